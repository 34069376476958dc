# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``monitoring``: what the exporters tell, a heartbeat that follows the primary, and a password that is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from machine import Machine, wait_until
from pair import Pair
from playbook import run, site

pytestmark = pytest.mark.dealt

# Its letters are what is looked for where no password may stand.
_CORE = "kXw7zq"
_PASSWORD = f"Pa.{_CORE}"
_EXPORTER = "prometheus-mysqld-exporter"
_HEARTBEAT = "mysql-replication-heartbeat"
_FILES = "/etc/mysql-replication-heartbeat.json /etc/mysql-replication-monitoring.cnf"
_READ = "import urllib.request as r; print(r.urlopen('http://localhost:9104/metrics').read().decode())"
_SEARCH = "find / -xdev -type f -perm /o+r ! -path '/proc/*' ! -path '/var/lib/mysql/*' -exec grep -l {core} {{}} +"


def deploy(pair: Pair, folder: Path, *arguments: str, **given: object) -> str:
    """Runs the playbook, and returns what it printed; its exit status is the last line."""
    # In a file: Ansible itself prints its own arguments at -vvvv.
    (folder / "secret.json").write_text(json.dumps({"mysql_replication_monitoring_password": _PASSWORD, **given}))
    done = run(folder, "monitoring", "--inventory", str(pair.inventory), "--extra-vars", "@secret.json", *arguments)
    print(done.stdout)
    return f"{done.stdout}\nended with {done.returncode}"


def changes(printed: str) -> list[int]:
    """How many tasks changed something, by host."""
    assert printed.endswith("ended with 0"), printed
    return [int(count) for count in re.findall(r"changed=(\d+)", printed)]


def metrics(machine: Machine) -> dict[str, float]:
    """What the exporter says now, by name without labels; of several, the last."""
    lines = machine.shell(f'python3 -c "{_READ}"').splitlines()
    found = (re.fullmatch(r"(\w+)(?:\{.*\})? (\S+)", line) for line in lines)
    return {match.group(1): float(match.group(2)) for match in found if match}


def lag(machine: Machine) -> float:
    """Seconds since the heartbeat that arrived last, by the exporter."""
    seen = metrics(machine)
    return seen["mysql_heartbeat_now_timestamp_seconds"] - seen["mysql_heartbeat_stored_timestamp_seconds"]


def beats(machine: Machine, server_id: str) -> str:
    """When this server's heartbeat was written last; nothing if it never was."""
    rows = machine.rows(f"SELECT ts FROM heartbeat.heartbeat WHERE server_id = {server_id}")
    return rows[0]["ts"] if rows else ""


def said(machine: Machine) -> str:
    """The last thing that the writer said."""
    return machine.shell(f"journalctl --unit {_HEARTBEAT} --lines 1 --output cat --no-pager").strip()


def process(machine: Machine, unit: str) -> str:
    """The number of a unit's main process; 0 if there is none."""
    return machine.shell(f"systemctl show --property MainPID --value {unit}").strip()


@pytest.fixture
def pair(server_name: str, replicating: Callable[[str], Pair]) -> Iterator[Pair]:
    found = replicating(server_name)
    yield found
    for name in ("primary", "replica"):
        found.machine(name).shell(
            f"systemctl disable --now {_HEARTBEAT} {_EXPORTER}; rm --recursive --force {_FILES}"
            f" /usr/local/lib/mysql-replication /etc/systemd/system/{_HEARTBEAT}.service /etc/systemd/system/{_EXPORTER}.service.d;"
            " systemctl daemon-reload"
        )
    found.machine("primary").sql(
        "DROP USER IF EXISTS monitoring@localhost; DROP USER IF EXISTS heartbeat@localhost; DROP DATABASE IF EXISTS heartbeat"
    )
    found.await_applied()


def test_metrics_and_a_heartbeat_that_tells_the_true_lag(pair: Pair, tmp_path: Path) -> None:
    primary, replica = pair.machine("primary"), pair.machine("replica")
    predicted = changes(deploy(pair, tmp_path, "--check"))
    assert not primary.rows("SELECT 1 FROM mysql.user WHERE User IN ('monitoring', 'heartbeat')")
    assert primary.attempt(f"ls {_FILES} /etc/systemd/system/{_HEARTBEAT}.service").returncode

    printed = deploy(pair, tmp_path, "--diff", "-vvvv")
    assert changes(printed) == predicted
    assert min(predicted) > 0
    assert _CORE not in printed
    assert changes(deploy(pair, tmp_path)) == [0, 0]

    for machine in (primary, replica):
        assert metrics(machine)["mysql_up"] == 1
        assert machine.shell("stat -c '%a %U %G' /etc/mysql-replication-monitoring.cnf") == "640 root prometheus\n"
        assert not machine.attempt(_SEARCH.format(core=_CORE)).stdout
        assert _CORE not in machine.shell("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'")
    assert any(name.startswith("mysql_slave_status_") for name in metrics(replica))

    wait_until("a heartbeat on the replica", lambda: lag(replica) < 2)
    replica.sql("STOP REPLICA SQL_THREAD")
    wait_until("the lag of a stopped applier", lambda: lag(replica) > 4)
    wait_until("no lag of the primary behind itself", lambda: lag(primary) < 2)
    replica.sql("START REPLICA SQL_THREAD")
    wait_until("no lag any more", lambda: lag(replica) < 2)


def test_the_heartbeat_is_written_where_the_server_is_a_primary(pair: Pair, tmp_path: Path) -> None:
    primary, replica = pair.machine("primary"), pair.machine("replica")
    changes(deploy(pair, tmp_path))
    own, others = (machine.value("SELECT @@global.server_id") for machine in (primary, replica))
    first = wait_until("a heartbeat", lambda: beats(primary, own))
    wait_until("the next heartbeat", lambda: beats(primary, own) > first)

    primary.sql("SET GLOBAL read_only = ON")
    try:
        wait_until("a writer that waits", lambda: said(primary) == "waiting: this server is read-only")
        last = beats(primary, own)
        # It tries each second.
        seen = primary.value("SELECT UNIX_TIMESTAMP()")
        wait_until("three seconds of the server", lambda: int(primary.value("SELECT UNIX_TIMESTAMP()")) > int(seen) + 3)
        assert beats(primary, own) == last
    finally:
        primary.sql("SET GLOBAL read_only = OFF")
    wait_until("a writer that writes again", lambda: beats(primary, own) > last)

    before = {name: replica.value(f"SELECT @@global.{name}") for name in read_only_variables(replica)}
    replica.sql("; ".join(f"SET GLOBAL {name} = OFF" for name in before))
    try:
        wait_until("a writer that does not take a replica for a primary", lambda: "follows another" in said(replica))
        assert beats(replica, others) == ""
    finally:
        replica.sql("; ".join(f"SET GLOBAL {name} = {value}" for name, value in reversed(before.items())))


def read_only_variables(machine: Machine) -> list[str]:
    """The variables that make the server read-only, in the order in which they are turned off."""
    there = machine.rows("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('super_read_only', 'read_only')")
    return sorted((row["Variable_name"] for row in there), reverse=True)


def test_what_is_lost_comes_back(pair: Pair, tmp_path: Path) -> None:
    primary = pair.machine("primary")
    changes(deploy(pair, tmp_path))
    for unit in (_EXPORTER, _HEARTBEAT):
        before = process(primary, unit)
        primary.shell(f"kill -KILL {before}")
        wait_until(f"{unit} to come back", lambda unit=unit, before=before: process(primary, unit) not in (before, "0"))
    primary.sql("DROP USER monitoring@localhost; DROP USER heartbeat@localhost; DROP TABLE heartbeat.heartbeat")
    wait_until("an exporter that is locked out", lambda: metrics(primary)["mysql_up"] == 0)
    pair.prove_replication("whoever only watches writes nothing")
    assert changes(deploy(pair, tmp_path, "--check"))[0] > 0
    assert changes(deploy(pair, tmp_path)) == [3, 0]
    wait_until("an exporter that is let in", lambda: metrics(primary)["mysql_up"] == 1)
    wait_until("a heartbeat on the replica", lambda: lag(pair.machine("replica")) < 2)

    # As a run leaves it that ends between the files and the restart.
    kept = {unit: process(primary, unit) for unit in (_EXPORTER, _HEARTBEAT)}
    primary.shell(f"touch --date 'now + 2 seconds' /etc/mysql-replication-monitoring.cnf /etc/systemd/system/{_HEARTBEAT}.service")
    changes(deploy(pair, tmp_path))
    assert [unit for unit, before in kept.items() if process(primary, unit) == before] == []


def test_what_cannot_work_is_named(pair: Pair, tmp_path: Path) -> None:
    password = deploy(pair, tmp_path, mysql_replication_monitoring_password='pa$word"1')
    assert "Nothing was touched." in password
    missing = deploy(pair, tmp_path, mysql_replication_monitoring_password=None)
    assert "mysql_replication_monitoring_password is missing" in missing
    assert "is undefined" not in missing
    assert not pair.primary.rows("SELECT 1 FROM mysql.user WHERE User IN ('monitoring', 'heartbeat')")
    replica = pair.machine("replica")
    replica.sql("STOP REPLICA; RESET REPLICA ALL")
    try:
        alone = deploy(pair, tmp_path)
    finally:
        assert site(pair).failure is None
    assert "has no channel, over which the monitoring accounts would come to it. Run the playbook site first" in alone
    assert not pair.primary.rows("SELECT 1 FROM mysql.user WHERE User IN ('monitoring', 'heartbeat')")
    assert replica.attempt(f"ls {_FILES} /etc/systemd/system/{_HEARTBEAT}.service").returncode
    replica.shell(f"systemctl mask {_EXPORTER} {_HEARTBEAT}")
    try:
        masked = [deploy(pair, tmp_path, *arguments) for arguments in (["--check"], [])]
    finally:
        replica.shell(f"systemctl unmask {_EXPORTER} {_HEARTBEAT}")
    for printed in masked:
        assert f"masked {_EXPORTER} {_HEARTBEAT} on replica" in printed
        assert f"systemctl unmask {_EXPORTER} {_HEARTBEAT}" in printed
        assert not re.search("changed=[1-9]", printed)
    soon = {"mysql_replication_exporter_wait": 2}
    nowhere = deploy(pair, tmp_path, mysql_replication_exporter_socket="/run/mysqld/nowhere.sock", **soon)
    assert "The exporter cannot connect to the server at /run/mysqld/nowhere.sock" in nowhere
    # The server's own port, whose greeting is no text.
    taken = deploy(pair, tmp_path, mysql_replication_exporter_port=3306, **soon)
    assert re.search("The exporter does not run: .* The exporter says: .*3306: bind: address already in use", taken)
    assert not re.search("[\x00-\x08]", taken)
    program = deploy(pair, tmp_path, mysql_replication_heartbeat_python="/usr/bin/nowhere", **soon)
    assert re.search("The heartbeat does not run: .*. The heartbeat says: .*/usr/bin/nowhere: No such file", program)
    assert not password.endswith("ended with 0")
