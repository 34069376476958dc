# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the scenario's machines say: Prometheus, Alertmanager's receivers, and the servers."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import testinfra
from testinfra.host import Host

EPHEMERAL = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"])
RESOURCES = Path(__file__).resolve().parents[2] / "resources"
PROJECT = RESOURCES.parents[1]
# The disks are those of the machine that this runs on, and audits are few here.
OURS = 'alertname!~"MySQLDisk.+|MySQLReplicationAuditStale", severity!="none"'


def machine(name: str) -> Host:
    """A machine of the scenario."""
    return testinfra.get_host(f"ansible://{name}", ansible_inventory=str(EPHEMERAL / "inventory"))


def sql(host: Host, statements: str) -> str:
    """Runs them in one session, as root."""
    client = "mariadb" if host.exists("mariadb") else "mysql"
    return host.check_output(f"{client} --batch --skip-column-names -e %s", statements).strip()


def play(playbook: str) -> None:
    """Runs a playbook on the scenario's machines, one of the collection or one of the scenarios' resources."""
    name = str(RESOURCES / playbook) if playbook.endswith(".yml") else f"dbops.mysql_replication.{playbook}"
    command = ["ansible-playbook", "--inventory", str(EPHEMERAL / "inventory"), name]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def changes(since: float) -> list[dict[str, Any]]:
    """The records of the change log since that time (seconds since 1970), oldest first."""
    inventory = subprocess.run(
        ["ansible-inventory", "--inventory", str(EPHEMERAL / "inventory"), "--host", "primary"], stdout=subprocess.PIPE, check=True
    )
    log = Path(json.loads(inventory.stdout)["mysql_replication_change_log"])
    began = datetime.fromtimestamp(since, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return [one for one in map(json.loads, log.read_text("utf-8").splitlines()) if one["time"] >= began]


def until(what: str, holds: Callable[[], Any], seconds: float = 60) -> Any:
    """Waits until it is true of something, and returns that."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.2)
    return found


class Watch:
    """The machine that watches the others."""

    def __init__(self) -> None:
        self.host = machine("watch")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that it has now: `metric` with its labels, `value` with time and text."""
        command = "promtool query instant --format json http://127.0.0.1:9090 %s"
        return json.loads(self.host.check_output(command, expression))

    def value(self, expression: str) -> float:
        """The number that it is now."""
        return float(self.query(expression)[0]["value"][1])

    def firing(self, matchers: str = OURS) -> set[tuple[str, str]]:
        """Alerts that fire now, each with its host."""
        return _named(self.query(f'ALERTS{{alertstate="firing", {matchers}}}'))

    def fired(self, since: float, matchers: str = OURS) -> set[tuple[str, str]]:
        """Alerts that have fired since that time (seconds since 1970)."""
        seconds = int(time.time() - since) + 1
        return _named(self.query(f'last_over_time(ALERTS{{alertstate="firing", {matchers}}}[{seconds}s])'))

    def settle(self) -> None:
        """Returns once nothing fires."""
        try:
            until("no alert any more", lambda: not self.firing())
        except AssertionError as late:
            raise AssertionError(f"{late}: {self.firing()}") from None

    def told(self, path: str, since: float) -> list[dict[str, Any]]:
        """What a receiver was told since that time: Alertmanager's alerts, oldest first."""
        lines = self.host.check_output("cat /var/log/alerts.jsonl").splitlines()
        return [alert for alert in map(json.loads, lines) if alert["path"] == path and alert["at"] >= since]


def _named(series: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["metric"]["alertname"], one["metric"].get("host", "")) for one in series}
