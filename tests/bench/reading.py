# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reading one server costs: time and queries, beside a scrape of mysqld_exporter and beside ansible.mysql.mysql_info."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from contextlib import closing

from machine import Machine, wait_until
from measure import HERE, PAIR_SERVER, ROUNDS, SITE, STATE, Figures, play, testbed
from modules import Modules
from pair import Pair, attach

_PORT = 9105
_EXPORTER, _UNIT = "prometheus-mysqld-exporter", "bench-exporter"
# What it has about replication, and of its defaults only what replication_info reads too.
_COLLECTORS = (
    *("slave_status", "slave_hosts", "binlog_size", "global_status", "global_variables", "mysql.user"),
    *("perf_schema.replication_applier_status_by_worker", "perf_schema.replication_group_members"),
    "perf_schema.replication_group_member_stats",
)
_LEFT_OUT = ("info_schema.innodb_cmp", "info_schema.innodb_cmpmem", "info_schema.query_response_time")
_SCRAPE = f"""
import time, urllib.request
started = time.monotonic()
text = urllib.request.urlopen("http://127.0.0.1:{_PORT}/metrics").read().decode()
seconds = time.monotonic() - started
assert "mysql_slave_status_replica_io_running{{" in text, "the exporter does not see the channel"
failed = [line for line in text.splitlines() if line.startswith("mysql_exporter_collector_success") and line.endswith(" 0")]
assert not failed, failed
print(seconds)
"""


def reading_figures() -> Figures:
    """The replica of a MySQL pair, read in each way in turn."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    play("pair", SITE)
    pair = attach(PAIR_SERVER, STATE / "pair")
    start_exporter(pair)
    with closing(Modules(pair)) as modules:
        ways: dict[str, Callable[[], float]] = {
            "replication_info": lambda: read(modules, trial=True),
            "replication_info, no login tried": lambda: read(modules, trial=False),
            "a scrape of mysqld_exporter": lambda: float(pair.replica.shell("python3 -", _SCRAPE.encode())),
            "Ansible with a ping": lambda: read_by_ansible("ping"),
            "Ansible with replication_info": lambda: read_by_ansible("replication_info"),
            "Ansible with ansible.mysql.mysql_info": lambda: read_by_ansible("mysql_info"),
        }
        for way in ways.values():
            way()
        runs: dict[str, list[float]] = {name: [] for name in ways}
        for _round in range(ROUNDS):
            for name, way in ways.items():
                runs[name].append(way())
        asked = {name: questions(pair.replica, way) for name, way in ways.items()}
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    scrape = medians["a scrape of mysqld_exporter"]
    own, peer = medians["Ansible with replication_info"], medians["Ansible with ansible.mysql.mysql_info"]
    return [
        *((f"reading by {name}", f"{medians[name]:.3f} s, {asked[name]} queries") for name in ways),
        ("replication_info / scrape", f"{medians['replication_info'] / scrape:.1f}"),
        ("replication_info, no login tried / scrape", f"{medians['replication_info, no login tried'] / scrape:.1f}"),
        ("Ansible: replication_info / mysql_info", f"{own / peer:.2f}"),
    ]


def read(modules: Modules, trial: bool) -> float:
    """Seconds that the module's own work takes there, its imports left out."""
    started = time.monotonic()
    result = modules.run(modules.pair.replica, "replication_info", {"trial": trial})
    seconds = time.monotonic() - started
    assert result.values["snapshot"]["channels"], result.values
    return seconds


def read_by_ansible(tag: str) -> float:
    """Seconds that a playbook with this one task takes."""
    return play("pair", str(HERE / "reading.yml"), "--tags", tag)


def questions(machine: Machine, way: Callable[[], float]) -> int:
    """Statements that the server is sent while it is read so."""
    before = _questions(machine)
    of_this_count = _questions(machine) - before
    way()
    return _questions(machine) - before - 2 * of_this_count


def _questions(machine: Machine) -> int:
    return int(machine.rows("SHOW GLOBAL STATUS LIKE 'Questions'")[0]["Value"])


def start_exporter(pair: Pair) -> None:
    """An exporter on the replica, with an account of its own, as its documentation makes it."""
    password = secrets.token_urlsafe(18)
    pair.primary.sql(
        f"CREATE USER IF NOT EXISTS exporter@localhost; ALTER USER exporter@localhost IDENTIFIED BY '{password}';"
        " GRANT PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SELECT ON *.* TO exporter@localhost"
    )
    pair.await_applied()
    replica = pair.replica
    replica.shell(f"systemctl mask {_EXPORTER}; umask 077; cat > /root/exporter.cnf", _settings(password))
    replica.shell(
        f"command -v {_EXPORTER} || {{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive"
        f" apt-get -qq install --yes --no-install-recommends {_EXPORTER}; }}"
    )
    flags = [f"--collect.{name}" for name in _COLLECTORS] + [f"--no-collect.{name}" for name in _LEFT_OUT]
    flags += ["--config.my-cnf=/root/exporter.cnf", f"--web.listen-address=127.0.0.1:{_PORT}"]
    replica.shell(f"systemctl stop {_UNIT} 2>/dev/null; systemd-run --quiet --unit {_UNIT} {_EXPORTER} {' '.join(flags)}")
    wait_until("the exporter", lambda: replica.attempt("python3 -", _SCRAPE.encode()).returncode == 0)


def _settings(password: str) -> bytes:
    return f"[client]\nuser = exporter\npassword = {password}\nsocket = /run/mysqld/mysqld.sock\n".encode()
