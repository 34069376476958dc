# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The load that monitoring puts on a primary: queries and CPU time of its exporter's scrapes and of the heartbeat."""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

from machine import Machine
from measure import PAIR_SERVER, ROUNDS, SITE, STATE, Figures, play, testbed
from pair import attach

PLAYBOOK = "dbops.mysql_replication.monitoring"
_PASSWORD = ("-e", "mysql_replication_monitoring_password=of-no-consequence")
_EXPORTER, _HEARTBEAT = "prometheus-mysqld-exporter", "mysql-replication-heartbeat"
#: The same program and account with the collectors that it has by itself.
_DEFAULTS = "bench-exporter"
_PORTS = {_EXPORTER: 9104, _DEFAULTS: 9105}
_SCRAPES = 40
_BEATS = 20
#: Seconds between two scrapes, as in examples/prometheus.
_INTERVAL = 15
_TICKS = 100


class Load(NamedTuple):
    """What a unit costs: queries of the server, and CPU seconds of the server and the unit together."""

    queries: float
    seconds: float


def monitoring_figures() -> Figures:
    """Scrapes of the role's exporter and of one with the exporter's defaults in turn; then the heartbeat alone."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    play("pair", SITE)
    play("pair", PLAYBOOK, *_PASSWORD)
    primary = attach(PAIR_SERVER, STATE / "pair").primary
    options = f"--config.my-cnf=/etc/mysql-replication-monitoring.cnf --web.listen-address=:{_PORTS[_DEFAULTS]}"
    primary.shell(f"systemd-run --unit {_DEFAULTS} --property=User=prometheus prometheus-mysqld-exporter {options}")
    try:
        primary.shell(f"systemctl stop {_HEARTBEAT}")
        scrapes = {unit: _median([_scrapes(primary, unit) for _round in range(ROUNDS)]) for unit in _PORTS}
        primary.shell(f"systemctl start {_HEARTBEAT}")
        beat = _median([_beats(primary) for _round in range(ROUNDS)])
    finally:
        primary.shell(f"systemctl stop {_DEFAULTS}; systemctl start {_HEARTBEAT}")
    ours, defaults = scrapes[_EXPORTER], scrapes[_DEFAULTS]
    queries, seconds = (scrape / _INTERVAL + each for scrape, each in zip(ours, beat, strict=True))
    return [
        ("queries of a scrape: the role's exporter / its defaults", f"{ours.queries:.1f} / {defaults.queries:.1f}"),
        ("CPU of a scrape, server and exporter: the role's / its defaults", f"{_ms(ours)} / {_ms(defaults)}"),
        ("the heartbeat, each second: queries, CPU of server and writer", f"{beat.queries:.1f}, {_ms(beat)}"),
        (
            f"queries per second, scraped each {_INTERVAL} s: all / defaults",
            f"{queries:.1f} / {defaults.queries / _INTERVAL:.1f}",
        ),
        (f"CPU, scraped each {_INTERVAL} s: all / defaults", f"{seconds:.2%} / {defaults.seconds / _INTERVAL:.2%} of a core"),
    ]


def _scrapes(machine: Machine, unit: str) -> Load:
    program = f"for _ in range({_SCRAPES}): urlopen('http://127.0.0.1:{_PORTS[unit]}/metrics').read()"
    before = _spent(machine, unit)
    machine.shell(f'python3 -c "from urllib.request import urlopen\n{program}"')
    return _each(before, _spent(machine, unit), _SCRAPES)


def _beats(machine: Machine) -> Load:
    before = _spent(machine, _HEARTBEAT)
    began = time.monotonic()
    time.sleep(_BEATS)
    return _each(before, _spent(machine, _HEARTBEAT), time.monotonic() - began)


def _spent(machine: Machine, unit: str) -> Load:
    """Since the start. What is asked here counts as a query too: one, the same each time."""
    queries = machine.rows("SHOW GLOBAL STATUS LIKE 'Questions'")[0]["Value"]
    pids = f"for unit in {machine.service} {unit}; do systemctl show --property MainPID --value $unit; done"
    ticks = machine.shell(f"for pid in $({pids}); do cut --delimiter=' ' --fields=14,15 /proc/$pid/stat; done").split()
    return Load(float(queries), sum(map(int, ticks)) / _TICKS)


def _each(before: Load, after: Load, count: float) -> Load:
    # The client of the second question logs in with a query of its own.
    return Load((after.queries - before.queries - 2) / count, (after.seconds - before.seconds) / count)


def _median(rounds: list[Load]) -> Load:
    return Load(*map(statistics.median, zip(*rounds, strict=True)))


def _ms(load: Load) -> str:
    return f"{load.seconds * 1000:.1f} ms"
