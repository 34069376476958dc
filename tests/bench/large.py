# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reading costs on a server with 10,000 tables, 5,000 accounts and 300 binary logs."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import closing

from machine import Machine
from measure import PAIR_SERVER, ROUNDS, SITE, STATE, Figures, play, testbed
from modules import PACKAGE, UNDER_TEST, Modules
from pair import attach
from reading import questions

_SCHEMAS, _TABLES_EACH, _ACCOUNTS, _LOGS = 20, 500, 5000, 300
_AT_ONCE = 100
_MEMORY = f"""
import resource, subprocess, sys
command = [sys.executable, "-m", "{PACKAGE}.modules.replication_info"]
subprocess.run(command, input=b'{{"ANSIBLE_MODULE_ARGS": {{}}}}', stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def large_figures() -> Figures:
    """The primary of a MySQL pair, before and after it grew; the replica gets nothing of it."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    play("pair", SITE)
    pair = attach(PAIR_SERVER, STATE / "pair")
    with closing(Modules(pair)) as modules:
        small = _figures(modules, "a small server")
        pair.primary.sql("\n".join(_growth()))
        return [*small, *_figures(modules, f"{_SCHEMAS * _TABLES_EACH} tables, {_ACCOUNTS} accounts, {_LOGS} logs")]


def _figures(modules: Modules, what: str) -> Figures:
    machine = modules.pair.primary

    def read() -> float:
        started = time.monotonic()
        modules.run(machine, "replication_info", {})
        return time.monotonic() - started

    seconds = statistics.median(read() for _round in range(ROUNDS))
    size = len(json.dumps(modules.run(machine, "replication_info", {}).values["snapshot"]))
    cost = f"{seconds:.2f} s, {questions(machine, read)} queries, {_memory(machine):.0f} MiB, snapshot of {size / 1024:.0f} KiB"
    return [(f"reading {what}", cost)]


def _memory(machine: Machine) -> float:
    """MiB that the module's process takes at most."""
    return float(machine.shell(f"PYTHONPATH={UNDER_TEST} python3 -", _MEMORY.encode()))


def _growth() -> Iterator[str]:
    # What is made here is thrown away: nothing has to be on disk at once.
    yield "SET SESSION sql_log_bin = 0; SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 0;"
    for first in range(0, _ACCOUNTS, _AT_ONCE):
        names = [f"'app_{number}'@'10.{number // 250}.{number % 250}.%'" for number in range(first, first + _AT_ONCE)]
        yield f"CREATE USER {', '.join(names)};"
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {', '.join(names)};"
    for schema in range(_SCHEMAS):
        yield f"CREATE DATABASE large{schema};"
        yield from (f"CREATE TABLE large{schema}.customer_order_{number} (id INT PRIMARY KEY);" for number in range(_TABLES_EACH))
    yield "FLUSH BINARY LOGS;" * _LOGS
    yield "SET GLOBAL sync_binlog = 1; SET GLOBAL innodb_flush_log_at_trx_commit = 1;"
