# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults on real servers, the alert that each of them is for, and how it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from watch import machine, play, sql, until


@dataclass(frozen=True)
class Fault:
    """``beside`` are alerts of the same fault that may fire too; ``pages``: people are woken; ``heals``: heal is called."""

    name: str
    alert: str
    host: str
    inject: Callable[[], object]
    mend: Callable[[], object]
    beside: tuple[str, ...] = ()
    pages: bool = True
    heals: bool = False


def on(host: str, statements: str) -> Callable[[], object]:
    return lambda: sql(machine(host), statements)


def at(host: str, command: str) -> Callable[[], object]:
    return lambda: machine(host).check_output(command)


def each(*steps: Callable[[], object]) -> Callable[[], object]:
    return lambda: [step() for step in steps]


def read_only_again() -> None:
    """MySQL's stricter setting went OFF with the other one, and takes it along to ON; MariaDB has none."""
    replica = machine("replica1")
    sql(replica, "SET GLOBAL read_only = ON" if replica.exists("mariadb") else "SET GLOBAL super_read_only = ON")


WRITABLE = on("replica1", "SET GLOBAL read_only = OFF")
CLASHES = "$(command -v mariadb mysql | head -n 1) -e 'SELECT * FROM shop.clash'"
RECONNECT = on("replica1", "STOP REPLICA IO_THREAD; START REPLICA IO_THREAD")
FAULTS = (
    Fault(
        "account locked, then a reconnect",
        "MySQLReplicationLoginFails",
        "replica1",
        each(on("primary", "ALTER USER 'repl'@'%' ACCOUNT LOCK"), RECONNECT),
        each(on("primary", "ALTER USER 'repl'@'%' ACCOUNT UNLOCK"), RECONNECT),
        beside=("MySQLSemiSyncDegraded",),
        heals=True,
    ),
    Fault(
        "applier stopped",
        "MySQLApplierStopped",
        "replica1",
        on("replica1", "STOP REPLICA SQL_THREAD"),
        on("replica1", "START REPLICA SQL_THREAD"),
        pages=False,
    ),
    Fault(
        "a row written on the replica",
        "MySQLReplicationDataConflict",
        "replica1",
        each(
            on("primary", "CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.clash (id INT PRIMARY KEY)"),
            WRITABLE,
            lambda: until("the table to arrive", lambda: machine("replica1").run(CLASHES).rc == 0),
            on("replica1", "SET sql_log_bin = 0; INSERT INTO shop.clash VALUES (1)"),
            on("primary", "INSERT INTO shop.clash VALUES (1)"),
        ),
        each(
            on("replica1", "SET sql_log_bin = 0; DELETE FROM shop.clash; START REPLICA"),
            on("primary", "DROP TABLE shop.clash"),
            read_only_again,
        ),
        beside=("MySQLReplicaWritable", "MySQLCriticalSettingChanged"),
        heals=True,
    ),
    Fault(
        "replica made writable",
        "MySQLReplicaWritable",
        "replica1",
        WRITABLE,
        read_only_again,
        beside=("MySQLCriticalSettingChanged",),
        pages=False,
    ),
    Fault(
        "setting changed",
        "MySQLCriticalSettingChanged",
        "primary",
        on("primary", "SET GLOBAL sync_binlog = 100"),
        on("primary", "SET GLOBAL sync_binlog = 1"),
        pages=False,
    ),
    Fault(
        "receiver stopped",
        "MySQLSemiSyncDegraded",
        "primary",
        on("replica1", "STOP REPLICA IO_THREAD"),
        on("replica1", "START REPLICA IO_THREAD"),
        beside=("MySQLReceiverStopped",),
        pages=False,
    ),
    Fault(
        "exporter stopped",
        "MySQLExporterDown",
        "replica1",
        at("replica1", "systemctl stop prometheus-mysqld-exporter"),
        at("replica1", "systemctl start prometheus-mysqld-exporter"),
    ),
    Fault(
        "server stopped",
        "MySQLServerDown",
        "replica1",
        at("replica1", "systemctl stop mysql"),
        at("replica1", "systemctl start mysql"),
        beside=("MySQLSemiSyncDegraded", "MySQLCriticalSettingChanged"),
    ),
    Fault(
        "monitoring account dropped",
        "MySQLServerDown",
        "primary",
        on("primary", "DROP USER monitoring@localhost"),
        lambda: play("monitoring"),
        beside=("MySQLExporterDown",),
    ),
)
