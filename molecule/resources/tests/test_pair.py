# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair that ``site`` made, as its hosts see it: services, ports, option files, and rows that arrive."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
import testinfra
from testinfra.host import Host

T = TypeVar("T")
ARRIVES_WITHIN_SECONDS = 60


def sql(host: Host, statement: str) -> str:
    """What the server on the host answers, tab-separated."""
    client = "mariadb" if host.exists("mariadb") else "mysql"
    return host.check_output(f"{client} --batch --skip-column-names -e %s", statement).strip()


def rows_if_there(host: Host, statement: str) -> str:
    """What the server answers, or its error: the table may not have arrived yet."""
    client = "mariadb" if host.exists("mariadb") else "mysql"
    return host.run(f"{client} --batch --skip-column-names -e %s", statement).stdout.strip()


def status(host: Host) -> dict[str, str]:
    """The default channel's status, by column; the old words are turned into the new ones."""
    client, show = ("mariadb", "SHOW SLAVE STATUS\\G") if host.exists("mariadb") else ("mysql -E", "SHOW REPLICA STATUS")
    lines = host.check_output(f"{client} -e %s", show).splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name.strip().replace("Slave_", "Replica_").replace("Master", "Source"): value.strip() for name, value in pairs}


def until_equal(read: Callable[[], T], wanted: T) -> None:
    """Waits for the condition, not for a time."""
    deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} instead of {wanted!r}"


@pytest.fixture(scope="module")
def service(host: Host) -> str:
    return "mariadb" if host.exists("mariadb") else "mysql"


@pytest.fixture(scope="module")
def primary(host: Host) -> Host:
    backend = host.backend
    return testinfra.get_host(
        "ansible://primary",
        ansible_inventory=backend.ansible_runner.inventory_file,  # type: ignore[attr-defined]
    )


def is_primary(host: Host) -> bool:
    return host.backend.get_hostname() == "primary"


def test_the_service_runs_and_comes_back_after_a_reboot(host: Host, service: str) -> None:
    assert host.service(service).is_running
    assert host.service(service).is_enabled


def test_the_server_listens_for_the_others(host: Host) -> None:
    if is_primary(host):
        assert host.socket("tcp://0.0.0.0:3306").is_listening or host.socket("tcp://:::3306").is_listening


def test_the_option_file_holds_the_settings_for_the_next_start(host: Host, service: str) -> None:
    directory = "mariadb.conf.d" if service == "mariadb" else "mysql.conf.d"
    option_file = host.file(f"/etc/mysql/{directory}/zz-replication.cnf")
    assert option_file.is_file
    assert option_file.mode == 0o644
    assert option_file.user == "root"
    assert option_file.contains("^server_id = ")
    assert option_file.contains("^sync_binlog = 1")
    assert "password" not in option_file.content_string


def test_settings_survive_a_restart(host: Host, service: str) -> None:
    before = sql(host, "SELECT @@server_id, @@log_bin, @@sync_binlog, @@binlog_format, @@read_only")
    host.check_output(f"systemctl restart {service}")
    assert sql(host, "SELECT @@server_id, @@log_bin, @@sync_binlog, @@binlog_format, @@read_only") == before


def test_rows_written_on_the_primary_arrive_on_each_replica(host: Host, primary: Host) -> None:
    if is_primary(host):
        return
    text = f"{uuid.uuid4()} \N{SNOWMAN} O'Neil"
    sql(primary, "CREATE DATABASE IF NOT EXISTS shop")
    sql(primary, "CREATE TABLE IF NOT EXISTS shop.t (id INT AUTO_INCREMENT PRIMARY KEY, v TEXT)")
    sql(primary, "SET NAMES utf8mb4; INSERT INTO shop.t (v) VALUES ('" + text.replace("'", "''") + "')")
    everything = "SET NAMES utf8mb4; SELECT * FROM shop.t ORDER BY id"
    written = sql(primary, everything)
    assert text in written
    until_equal(lambda: rows_if_there(host, everything), written)


def test_the_channel_runs_encrypted_by_gtid(host: Host) -> None:
    if is_primary(host):
        return
    until_equal(lambda: (status(host)["Replica_IO_Running"], status(host)["Replica_SQL_Running"]), ("Yes", "Yes"))
    found = status(host)
    assert found["Last_IO_Errno"] == found["Last_SQL_Errno"] == "0"
    assert found["Source_SSL_Allowed"] == "Yes"
    assert found.get("Using_Gtid") == "Slave_Pos" or found["Auto_Position"] == "1"


def test_the_replica_takes_no_writes(host: Host) -> None:
    expected = "0" if is_primary(host) else "1"
    assert sql(host, "SELECT @@read_only") == expected
