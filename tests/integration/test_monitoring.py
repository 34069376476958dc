# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``monitoring`` on a real pair: what the exporters tell, and that it mends what is broken and tells no secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from machine import Machine, wait_until
from pair import Pair
from playbook import run

_PASSWORD = "Wat.ch-12,er"
_SERVICE = "prometheus-mysqld-exporter"
_HEARTBEAT = "mysql-replication-heartbeat"
_FILES = (
    f"/etc/systemd/system/{_SERVICE}.service.d /etc/mysql-replication-monitoring.cnf /etc/systemd/system/{_HEARTBEAT}.service"
    f" /etc/{_HEARTBEAT}.json /usr/local/lib/mysql-replication"
)
_READ = "python3 -c 'import urllib.request as r; print(r.urlopen(\"http://127.0.0.1:9104/metrics\").read().decode())'"


def monitoring(pair: Pair, folder: Path, *arguments: str, **given: object) -> subprocess.CompletedProcess[str]:
    # In a file: Ansible shows its own arguments.
    variables = folder / "variables.json"
    variables.write_text(json.dumps({"mysql_replication_monitoring_password": _PASSWORD, **given}))
    return run(folder, "monitoring", "--inventory", str(pair.inventory), "--extra-vars", f"@{variables}", *arguments)


def changed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """How much each host has changed, of a run that must come to its end."""
    assert done.returncode == 0, done.stdout
    return [word for line in done.stdout.splitlines() for word in line.split() if word.startswith("changed=")]


def metrics(machine: Machine) -> str:
    return machine.attempt(_READ).stdout.decode()


def test_the_exporters_tell_of_the_servers_and_of_the_channel(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    done = monitoring(pair, tmp_path, "--diff", "-vvvv")
    assert done.returncode == 0, done.stdout
    assert _PASSWORD not in done.stdout
    assert changed(monitoring(pair, tmp_path)) == ["changed=0"] * 2
    for machine in (pair.primary, pair.replica):
        assert "\nmysql_up 1\n" in metrics(machine)
        assert "_io_running{" in metrics(machine) or machine is pair.primary
        assert machine.shell("ps axww | grep -c '[W]at.ch' || true") == "0\n"
        assert machine.shell("stat -c '%a %U %G' /etc/mysql-replication-monitoring.cnf") == "640 root prometheus\n"

    # Whoever only watches, writes nothing.
    pair.primary.sql("DROP USER monitoring@localhost")
    pair.prove_replication("the account is gone")
    assert changed(monitoring(pair, tmp_path, "--check"))[0] == "changed=1"
    assert changed(monitoring(pair, tmp_path)) == ["changed=1", "changed=0"]
    pair.replica.shell(f"systemctl kill --signal=KILL {_SERVICE}")
    wait_until("the exporter to be back", lambda: "\nmysql_up 1\n" in metrics(pair.replica), 60)

    refused = monitoring(pair, tmp_path, mysql_replication_monitoring_password='pa$word"1')
    assert refused.returncode != 0
    assert "Nothing was touched." in refused.stdout
    wrong = monitoring(
        pair, tmp_path, mysql_replication_exporter_socket="/run/mysqld/nowhere.sock", mysql_replication_exporter_wait=2
    )
    assert wrong.returncode != 0
    assert "The exporter cannot log in to the server as monitoring@localhost" in wrong.stdout

    for machine in (pair.primary, pair.replica):
        machine.shell(f"systemctl disable --now {_SERVICE} {_HEARTBEAT}; rm -r {_FILES}; systemctl daemon-reload")
    pair.primary.sql("DROP USER monitoring@localhost; DROP USER heartbeat@localhost; DROP DATABASE heartbeat")
    pair.prove_replication("after the monitoring")
