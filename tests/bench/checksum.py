# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast ``verify_data`` compares 8.8 million rows, beside pt-table-checksum as it comes, and with plans that it can read.

Besides the time there is what the servers worked for it, which says something on a machine that others use too, and what sysbench
suffers from each way.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import NamedTuple

from load import UNPACK, under_load
from machine import Machine
from measure import PAIR_SERVER, ROUNDS, SITE, STATE, Figures, play, testbed
from pair import Pair, attach
from rows import TABLES, sysbench_tables

_ROWS = int(os.environ.get("CHECKSUM_ROWS", "2200000"))
_PLAYBOOK = "dbops.mysql_replication.verify_data"
# Installed, it would remove the server: its packages are unpacked beside it.
_UNPACK = (
    "mkdir -p /opt/peer && cd /opt/peer && apt-get -qq update && chmod 777 . &&"
    " apt-get -qq download percona-toolkit libdbi-perl libdbd-mysql-perl libmariadb3 libterm-readkey-perl &&"
    " for package in *.deb; do dpkg -x $package .; done"
)
_PEER = (
    "MARIADB_PLUGIN_DIR=$(echo /opt/peer/usr/lib/*-linux-gnu/libmariadb3/plugin)"
    " PERL5LIB=/opt/peer/usr/share/perl5:$(echo /opt/peer/usr/lib/*/perl5/5*) LD_LIBRARY_PATH=$(echo /opt/peer/usr/lib/*-linux-gnu)"
    " perl /opt/peer/usr/bin/pt-table-checksum --quiet --no-check-binlog-format --recursion-method=dsn=t=bench.dsns"
    " --databases=sbtest --user=peer --password=peer --host=127.0.0.1"
)
#: Its password is its name.
_USER = "peer"
_WAYS = {"as it comes": "", "with explain_format=TRADITIONAL": " --set-vars explain_format=TRADITIONAL"}


def checksum_figures() -> Figures:
    """The same rows on both servers of a pair, in memory; ways in turn, at rest and then beside a load."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    play("pair", SITE)
    pair = attach(PAIR_SERVER, STATE / "pair")
    _fill(pair)
    pair.primary.shell(_UNPACK)
    pair.primary.shell(UNPACK)
    ways: dict[str, Callable[[], float]] = {"verify_data, the playbook": lambda: play("pair", _PLAYBOOK, *_OPTIONS)}
    for words, more in _WAYS.items():
        ways[f"pt-table-checksum {words}"] = lambda more=more: _peer(pair.primary, more)  # type: ignore[misc]
    runs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _round in range(ROUNDS):
        for name, way in ways.items():
            before = _server_seconds(pair)
            seconds = way()
            runs[name].append(Cost(seconds, _server_seconds(pair) - before))
    medians = {name: Cost(*map(statistics.median, zip(*costs, strict=True))) for name, costs in runs.items()}
    own, *others = medians.values()
    suffered = {name: under_load(pair, _USER, _ROWS, way) for name, way in {"nothing": lambda: time.sleep(20), **ways}.items()}
    return [
        *((f"{TABLES * _ROWS} rows by {name}", f"{c.elapsed:.1f} s, servers {c.servers:.1f} s") for name, c in medians.items()),
        ("the better pt-table-checksum / verify_data (at least 2.5)", f"{min(c.elapsed for c in others) / own.elapsed:.2f}"),
        ("likewise, CPU of both servers", f"{min(c.servers for c in others) / own.servers:.2f}"),
        *(
            (f"sysbench beside {name}", f"{s.latency:.0f} ms (95 %) for {s.seconds:.0f} s, lag {s.lag:.1f} s")
            for name, s in suffered.items()
        ),
    ]


class Cost(NamedTuple):
    """Seconds until the end, and CPU seconds of both servers."""

    elapsed: float
    servers: float


def _server_seconds(pair: Pair) -> float:
    """User and system time that both servers have taken so far (proc(5), fields 14 and 15)."""
    ticks = 0
    for machine in (pair.primary, pair.replica):
        fields = machine.shell("cat /proc/$(pidof mysqld)/stat").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


_OPTIONS = ("-e", '{"mysql_replication_verify_databases": ["sbtest"], "mysql_replication_verify_slice": 60}')


def _peer(primary: Machine, more: str) -> float:
    started = time.monotonic()
    done = primary.attempt(_PEER + more)
    if done.returncode:
        sys.exit(f"pt-table-checksum failed:\n{(done.stdout + done.stderr).decode()}")
    return time.monotonic() - started


def _fill(pair: Pair) -> None:
    """The same rows are made on each server: quicker than by replication."""
    pair.primary.sql(
        "CREATE USER IF NOT EXISTS peer@'%' IDENTIFIED BY 'peer'; GRANT ALL ON *.* TO peer@'%';"
        " CREATE DATABASE IF NOT EXISTS bench;"
        " CREATE TABLE IF NOT EXISTS bench.dsns (id INT PRIMARY KEY, parent_id INT, dsn VARCHAR(99));"
        f" REPLACE INTO bench.dsns VALUES (1, NULL, 'h={pair.replica.address},u=peer,p=peer')"
    )
    pair.await_applied()
    for machine in (pair.primary, pair.replica):
        machine.sql("SET GLOBAL super_read_only = OFF; SET GLOBAL innodb_buffer_pool_size = 3221225472;")
        machine.sql(sysbench_tables(pair.vendor, _ROWS))
    pair.replica.sql("SET GLOBAL super_read_only = ON")
