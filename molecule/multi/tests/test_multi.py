# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three replicas: one stays behind on purpose, one has a second source over a named channel."""

from __future__ import annotations

import time

import pytest
import testinfra
from testinfra.host import Host

ARRIVES_WITHIN_SECONDS = 60


def sql(host: Host, statement: str) -> str:
    return host.check_output("mysql --batch --skip-column-names -e %s", statement)


def until_equal(read, wanted: str) -> None:
    """Waits for the condition, not for a time."""
    deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
    while (found := read()) != wanted:
        assert time.monotonic() < deadline, f"{found!r} instead of {wanted!r}"


@pytest.fixture(scope="module")
def other(host: Host):
    """Another host of the topology, by name."""
    inventory = host.backend.ansible_runner.inventory_file
    return lambda name: testinfra.get_host(f"ansible://{name}", ansible_inventory=inventory)


def name_of(host: Host) -> str:
    return host.backend.get_hostname()


def test_each_server_has_an_id_of_its_own(host: Host, other) -> None:
    ids = [sql(other(name), "SELECT @@server_id") for name in ("primary", "replica1", "replica2", "replica3", "archive")]
    assert len(set(ids)) == len(ids)


def test_rows_arrive_on_the_replicas_that_do_not_wait(host: Host, other) -> None:
    if name_of(host) not in ("replica1", "replica3"):
        return
    sql(other("primary"), "CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.t (id INT PRIMARY KEY)")
    sql(other("primary"), f"REPLACE INTO shop.t VALUES ({name_of(host)[-1]})")
    until_equal(lambda: sql(host, "SELECT * FROM shop.t"), sql(other("primary"), "SELECT * FROM shop.t"))


def test_the_delayed_replica_has_received_but_not_applied(host: Host, other) -> None:
    if name_of(host) != "replica2":
        return
    sql(other("primary"), "CREATE DATABASE IF NOT EXISTS late")
    wanted = sql(other("primary"), "SELECT GTID_SUBTRACT(@@gtid_executed, '') <> ''")
    assert wanted == "1"
    received = "SELECT GTID_SUBSET('%s', RECEIVED_TRANSACTION_SET) FROM performance_schema.replication_connection_status" % sql(
        other("primary"), "SELECT @@gtid_executed"
    ).replace("\n", "")
    until_equal(lambda: sql(host, received), "1")
    assert sql(host, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'late'") == "0"
    assert sql(host, "SELECT DESIRED_DELAY FROM performance_schema.replication_applier_configuration") == "3600"


def test_the_second_channel_brings_the_second_source_s_rows(host: Host, other) -> None:
    if name_of(host) != "replica3":
        return
    sql(other("archive"), "CREATE DATABASE IF NOT EXISTS old; CREATE TABLE IF NOT EXISTS old.t (id INT PRIMARY KEY)")
    sql(other("archive"), "REPLACE INTO old.t VALUES (7)")
    until_equal(lambda: host.run("mysql -BN -e 'SELECT id FROM old.t'").stdout, "7\n")
    channels = "SELECT CHANNEL_NAME, HOST FROM performance_schema.replication_connection_configuration ORDER BY 1"
    assert len(sql(host, channels).splitlines()) == 2
    assert sql(host, "SELECT COUNT(*) FROM performance_schema.replication_connection_status WHERE SERVICE_STATE = 'ON'") == "2"
