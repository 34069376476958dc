# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``audit_schedule``: systemd starts the audit, people see how it ended, and what cannot work is refused."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from controller import USER, Controller, install
from machine import Machine, wait_until
from pair import Pair
from playbook import variables

PLAYBOOK = "dbops.mysql_replication.audit_schedule"
UNIT = "mysql-replication-audit"
UNITS = "find /etc/systemd/system /var/lib/systemd/timers ! -type d -printf '%p %l %s %T@\\n' | sort"
TOLD = "[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/told-%i\n"
TEXTFILES = "/var/lib/prometheus/node-exporter"
AUDITED = "mysql_replication_audit_timestamp_seconds"
# The servers of this one bring an ssh client and a Python that the controller's Ansible runs on.
ON_ONE_SERVER = pytest.mark.parametrize("name", ["mariadb-10.11"])


@pytest.fixture
def controller(name: str, replicating: Callable[[str], Pair]) -> Iterator[Controller]:
    found = install(replicating(name))
    found.machine.shell("cat > /etc/systemd/system/told@.service", TOLD.encode())
    yield found
    found.machine.shell(
        f"systemctl disable --now {UNIT}.timer; systemctl stop {UNIT}.service; systemctl reset-failed;"
        f" rm --force /etc/systemd/system/{UNIT}.* /etc/systemd/system/told@.service /run/told-*; systemctl daemon-reload"
    )
    found.remove()


def wanted(controller: Controller, **further: Any) -> dict[str, Any]:
    return {
        "mysql_replication_schedule_user": USER,
        "mysql_replication_schedule_inventory": controller.inventory,
        "mysql_replication_schedule_ansible_playbook": controller.program,
        "mysql_replication_schedule_collections_path": controller.collections,
        "mysql_replication_schedule_random_delay": "0",
        "mysql_replication_audit_report_dir": controller.reports,
        **further,
    }


def schedule(pair: Pair, folder: Path, hosts: dict[str, Any], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Runs the playbook for hosts that are all the pair's primary; gives its exit status, and what changed or failed."""
    inventory = yaml.safe_load(pair.inventory.read_text())
    primary = inventory["all"]["hosts"]["primary"]
    inventory["all"]["hosts"] = {host: {**primary, **values} for host, values in hosts.items()}
    del inventory["all"]["children"]
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
    record = folder / "record.jsonl"
    record.write_text("")
    done = subprocess.run(
        ["ansible-playbook", "--inventory", "inventory.yml", PLAYBOOK, "-e", "mysql_replication_schedule_hosts=all", *arguments],
        env=variables(record),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout)
    results = [json.loads(line) for line in record.read_text().splitlines()]
    return done.returncode, [one for one in results if one["values"].get("changed") or one["values"].get("failed")]


def scraped(machine: Machine) -> str:
    """What node_exporter shows on its host."""
    program = "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:9100/metrics').read().decode())"
    return machine.shell(f'python3 -c "{program}"')


@ON_ONE_SERVER
def test_what_cannot_work_is_refused_before_anything_is_written(
    name: str, replicating: Callable[[str], Pair], controller: Controller, tmp_path: Path
) -> None:
    cases: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
        "nobody": ({"mysql_replication_schedule_user": "nobody-here"}, ("there is no such user",)),
        "root": ({"mysql_replication_schedule_user": "root"}, ("needs no root",)),
        "unnamed": ({"mysql_replication_schedule_user": ""}, ("A schedule needs mysql_replication_schedule_user",)),
        "rights": (
            {
                "mysql_replication_schedule_inventory": "/nowhere/hosts.yml",
                "mysql_replication_schedule_vault_password_file": "/etc/shadow",
                "mysql_replication_audit_report_dir": "/etc",
            },
            (
                "/nowhere/hosts.yml, which auditor cannot read",
                "/etc/shadow, which auditor cannot read",
                "/etc, which auditor cannot write to",
            ),
        ),
        "times": (
            {"mysql_replication_schedule_calendar": "at dawn", "mysql_replication_schedule_timeout": "long"},
            ("Failed to parse calendar specification 'at dawn'", "Failed to parse time span 'long'"),
        ),
        "lines": ({"mysql_replication_schedule_environment": {"A": "b\nUser=root"}}, ("a line break",)),
        "told": ({"mysql_replication_schedule_on_failure": ["mail me"]}, ("these are no names of units: mail me",)),
        "name": ({"mysql_replication_schedule_name": "../audit"}, ("mysql_replication_schedule_name is '../audit'",)),
        "collection": ({"mysql_replication_schedule_collections_path": "/nowhere"}, ("cannot start",)),
        "textfiles": (
            {"mysql_replication_schedule_textfile_dir": "/nowhere"},
            ("/nowhere, which is no folder: install node_exporter",),
        ),
        "others": (
            {"mysql_replication_schedule_textfile_dir": "/opt"},
            (f"/opt/{UNIT}.prom is a file that this role did not make",),
        ),
        "misspelt": ({"mysql_replication_schedule_timout": "5min"}, ("mysql_replication_schedule_timeout",)),
        "closed": ({"mysql_replication_audit_report_dir": "/root/reports"}, ("auditor cannot enter /root",)),
        "foreign": ({"mysql_replication_schedule_name": "mariadb"}, ("/etc/systemd/system/mariadb.service",)),
    }
    machine = controller.machine
    machine.shell(f"touch /etc/systemd/system/mariadb.service /opt/{UNIT}.prom")
    try:
        before = machine.shell(UNITS)
        hosts = {host: wanted(controller, **values) for host, (values, _words) in cases.items()}
        _status, failures = schedule(replicating(name), tmp_path, hosts)
        assert machine.shell(UNITS) == before
    finally:
        machine.shell(f"rm /etc/systemd/system/mariadb.service /opt/{UNIT}.prom")
    said = {one["host"]: json.dumps(one["values"], ensure_ascii=False) for one in failures}
    unsaid = [(host, text) for host, (_values, words) in cases.items() for text in words if text not in said.get(host, "")]
    assert unsaid == [], said


@ON_ONE_SERVER
def test_the_timer_starts_the_audit_and_node_exporter_and_systemd_show_how_it_ended(
    name: str, replicating: Callable[[str], Pair], controller: Controller, tmp_path: Path
) -> None:
    pair, machine = replicating(name), controller.machine
    machine.shell("apt-get --quiet update && apt-get --quiet --yes install --no-install-recommends prometheus-node-exporter")
    textfiles = {"mysql_replication_schedule_textfile_dir": TEXTFILES}
    often = {"primary": wanted(controller, mysql_replication_schedule_calendar="*:*:0/1", **textfiles)}
    before, started = machine.shell(UNITS), machine.shell("date +%s").strip()
    _status, predicted = schedule(pair, tmp_path, often, "--check", "--diff")
    assert machine.shell(UNITS) == before
    status, done = schedule(pair, tmp_path, often)
    assert status == 0
    assert len(done) == len(predicted)
    # The last one starts the timer; before the unit is there no module could say so.
    assert [one["task"] for one in done[:-1]] == [one["task"] for one in predicted[:-1]]

    def runs() -> list[str]:
        return machine.attempt(f"cd '{controller.reports}/history' && head --lines 1 --quiet *").stdout.decode().splitlines()

    wait_until("two runs of the timer", lambda: len(runs()) > 1, 240)
    assert controller.text(f"{controller.reports}/report.html").count("<h2>Trend</h2>") == 1
    assert AUDITED in scraped(machine)
    assert "Failed" not in machine.shell(f"journalctl --unit {UNIT} --since @{started}")

    seldom = wanted(
        controller, mysql_replication_audit_fail_on="info", mysql_replication_schedule_on_failure=["told@%n.service"],
        mysql_replication_audit_keep=1, **textfiles,
    )  # fmt: skip
    assert schedule(pair, tmp_path, {"primary": seldom})[0] == 0
    assert schedule(pair, tmp_path, {"primary": seldom}) == (0, [])
    wait_until("the last run's end", lambda: "activating" not in machine.shell(f"systemctl show {UNIT} -p ActiveState"), 120)
    journal = machine.shell(f"journalctl --unit {UNIT} --since @{started} --output json").splitlines()
    processes = [one["_PID"] for one in map(json.loads, journal) if one.get("SYSLOG_IDENTIFIER") == UNIT]
    runs_in_a_row = [process for process, _lines in itertools.groupby(processes)]
    assert len(runs_in_a_row) == len(set(runs_in_a_row)) > 1, "runs overlap"

    assert machine.attempt(f"systemctl start {UNIT}.service").returncode != 0
    assert "status=2" in machine.attempt(f"systemctl status {UNIT}.service").stdout.decode()
    assert "of severity info or above" in machine.shell(f"journalctl --unit {UNIT}")
    wait_until("the unit that tells people", lambda: not machine.attempt(f"test -e /run/told-{UNIT}.service").returncode)
    assert len(runs()) == 1

    removed = {"primary": {"mysql_replication_schedule_state": "absent", **textfiles}}
    assert schedule(pair, tmp_path, removed)[0] == 0
    assert machine.shell(UNITS) == before
    assert AUDITED not in scraped(machine)
    assert UNIT not in machine.shell("systemctl list-units --all --plain")
    assert schedule(pair, tmp_path, removed) == (0, [])
    assert controller.text(f"{controller.reports}/report.json")
