# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sysbench's reads and writes on a primary suffer from what runs beside them, and how far its replica falls behind."""

from __future__ import annotations

import re
import shlex
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from machine import Machine, wait_until
from pair import Pair
from rows import TABLES

#: Installed, it would remove the server: its packages are unpacked beside it.
UNPACK = (
    "mkdir -p /opt/load && cd /opt/load && apt-get -qq update && chmod 777 . &&"
    " apt-get -qq download sysbench libluajit-5.1-2 libluajit-5.1-common libmariadb3 libpq5 &&"
    " for package in *.deb; do dpkg -x $package .; done"
)
# Transactions a second: what a replica on the same two cores keeps up with.
_RATE = 60
_SYSBENCH = (
    "cd /opt/load/usr/share/sysbench && export LD_LIBRARY_PATH=$(echo /opt/load/usr/lib/*-linux-gnu);"
    " MARIADB_PLUGIN_DIR=$(echo $LD_LIBRARY_PATH/libmariadb3/plugin) exec /opt/load/usr/bin/sysbench oltp_read_write.lua"
    " --mysql-host=127.0.0.1 --mysql-user={user} --mysql-password={user} --mysql-db=sbtest"
    f" --tables={TABLES} --table-size={{rows}} --threads=2 --rate={_RATE} --time=0 --report-interval=1 run"
)
_TABLE = "CREATE TABLE IF NOT EXISTS bench.beat (id INT PRIMARY KEY, at DATETIME(6)); REPLACE INTO bench.beat VALUES (1, NOW(6))"
_BEAT = "DO SLEEP(0.05); UPDATE bench.beat SET at = NOW(6) WHERE id = 1;"
_LAG = "DO SLEEP(0.05); SELECT 'lag', TIMESTAMPDIFF(MICROSECOND, at, NOW(6)) / 1e6 FROM bench.beat;"
_LATENCY = re.compile(r"lat \(ms,95%\): ([0-9.]+)")
_LAGS = re.compile(r"^lag\t([0-9.]+)\n", re.MULTILINE)


class Suffered(NamedTuple):
    """How long it lasted and the replica's longest lag, in seconds; a transaction's time (95th percentile), in milliseconds."""

    seconds: float
    latency: float
    lag: float


def under_load(pair: Pair, user: str, rows: int, run: Callable[[], object]) -> Suffered:
    """What the load suffers while ``run`` runs. Its tables are ``rows`` rows large; the account's password is its name."""
    pair.primary.sql(_TABLE)
    pair.await_applied()
    with ExitStack() as running:
        load = running.enter_context(_unit(pair.primary, "load", _SYSBENCH.format(user=user, rows=rows)))
        running.enter_context(_unit(pair.primary, "beat", f"yes {shlex.quote(_BEAT)} | {pair.primary.client} --batch"))
        lag = running.enter_context(
            _unit(pair.replica, "lag", f"yes {shlex.quote(_LAG)} | {pair.replica.client} --batch --unbuffered")
        )
        wait_until("the load to run", lambda: _LATENCY.search(pair.primary.shell(f"cat {load}")))
        started = time.monotonic()
        run()
        seconds = time.monotonic() - started
        latencies = [float(found) for found in _LATENCY.findall(pair.primary.shell(f"cat {load}"))]
        lags = [float(found) for found in _LAGS.findall(pair.replica.shell(f"cat {lag}"))]
    pair.await_applied()
    return Suffered(seconds, statistics.mean(latencies), max(lags))


@contextmanager
def _unit(machine: Machine, name: str, command: str) -> Iterator[str]:
    """A command that runs beside, and the file that it prints to."""
    printed = f"/run/bench-{name}.log"
    unit = f"--unit=bench-{name} --property=StandardOutput=truncate:{printed} --property=StandardError=inherit"
    machine.shell(f"systemd-run --quiet --collect --expand-environment=no {unit} sh -c {shlex.quote(command)}")
    try:
        yield printed
    finally:
        machine.shell(f"systemctl stop bench-{name}")
