# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of faults, a tuple for each vendor."""

from __future__ import annotations

from fault import (
    MARIADB,
    MYSQL,
    RECONNECT,
    RESTART,
    Act,
    ApplierFails,
    Fault,
    NoChannel,
    ReceiverFails,
    Shows,
    Status,
    Threads,
    on,
    sh,
)
from pair import FIRST_ID

# Not in a table, for want of the thing itself: on MariaDB a server_uuid, persisted values, gtid_mode, super_read_only.

PRIMARY = "primary"
REPLICA = "replica"
_REPL = "repl@'%'"
#: A run brings accounts that shadow the right one into the same state, and never drops one.
NO_SHADOWS = on(PRIMARY, "DROP USER IF EXISTS repl@'$replica_address'; DROP USER IF EXISTS ''@'$replica_address'")
HAND_MADE = "$options/zzz-by-hand.cnf"
#: What is left of injections, and no run takes away: what it says was mended.
LEFT_OVER = (NO_SHADOWS, *(sh(host, f"rm -f {HAND_MADE}") for host in (PRIMARY, REPLICA)))


def _by_vendor(vendor: str, mysql: int, mariadb: int) -> ReceiverFails:
    return ReceiverFails((mysql if vendor == MYSQL else mariadb,))


def hidden(vendor: str, statements: str) -> Act:
    """A write on the replica that leaves no trace in its binary log."""
    if vendor == MARIADB:
        return on(REPLICA, f"SET SESSION sql_log_bin = 0; {statements}")
    return on(
        REPLICA,
        "SET @before = @@global.super_read_only; SET GLOBAL super_read_only = 0; SET SESSION sql_log_bin = 0;"
        f" {statements}; SET SESSION sql_log_bin = 1; SET GLOBAL super_read_only = @before",
    )


def _edited(host: str, name: str, line: str) -> Act:
    """Another line in place of the one that sets an option in the file that runs keep the settings in."""
    pattern = f"^{name.replace('_', '[-_]')} *=.*"
    return sh(host, f"sed -i 's/{pattern}/{line}/' $options/zz-replication.cnf; grep -qx '{line}' $options/zz-replication.cnf")


def _accounts(vendor: str) -> list[Fault]:
    denied = ReceiverFails((1045,))
    nobody = _by_vendor(vendor, 1045, 1698)
    return [
        Fault(
            "grant revoked",
            (on(PRIMARY, f"REVOKE REPLICATION SLAVE ON *.* FROM {_REPL}"),),
            _by_vendor(vendor, 13120, 1597),
            RECONNECT,
        ),
        Fault("user dropped", (on(PRIMARY, f"DROP USER {_REPL}"),), nobody, RECONNECT),
        Fault(
            "user dropped on the primary only",
            (on(PRIMARY, f"SET SESSION sql_log_bin = 0; DROP USER {_REPL}"),),
            nobody,
            RECONNECT,
        ),
        Fault(
            "password changed on the primary",
            (on(PRIMARY, f"ALTER USER {_REPL} IDENTIFIED BY 'another'"),),
            denied,
            RECONNECT,
        ),
        Fault(
            "wrong password stored on the replica",
            (on(REPLICA, "STOP REPLICA; $change ${source}_PASSWORD = 'another'; START REPLICA"),),
            denied,
        ),
        Fault(
            "account locked",
            (on(PRIMARY, f"ALTER USER {_REPL} ACCOUNT LOCK"),),
            _by_vendor(vendor, 3118, 4151),
            RECONNECT,
        ),
        Fault(
            "password expired",
            (
                *((on(PRIMARY, "SET GLOBAL disconnect_on_expired_password = ON"),) if vendor == MARIADB else ()),
                on(PRIMARY, f"ALTER USER {_REPL} PASSWORD EXPIRE"),
            ),
            ReceiverFails((1862,)),
            RECONNECT,
            cleanup=(on(PRIMARY, "SET GLOBAL disconnect_on_expired_password = DEFAULT"),) if vendor == MARIADB else (),
        ),
        Fault(
            "surplus privileges",
            (on(PRIMARY, f"GRANT SELECT, PROCESS ON *.* TO {_REPL}; GRANT ALL ON practice.* TO {_REPL}"),),
            Shows(PRIMARY, "SELECT COUNT(*) FROM mysql.db WHERE User = 'repl' AND Db = 'practice'", "1"),
        ),
        Fault(
            "TLS requirement removed",
            (on(PRIMARY, f"ALTER USER {_REPL} REQUIRE NONE"),),
            Shows(PRIMARY, _TLS_REQUIREMENT[vendor], ""),
        ),
        Fault("X509 required", (on(PRIMARY, f"ALTER USER {_REPL} REQUIRE X509"),), denied, RECONNECT),
        Fault(
            "a more specific account shadows it",
            (on(PRIMARY, "CREATE USER repl@'$replica_address' IDENTIFIED BY 'another'"),),
            denied,
            RECONNECT,
            cleanup=(NO_SHADOWS,),
        ),
        Fault(
            "an anonymous user shadows it",
            (on(PRIMARY, "CREATE USER ''@'$replica_address'"),),
            denied,
            RECONNECT,
            cleanup=(NO_SHADOWS,),
        ),
        *_PLUGINS[vendor],
    ]


_TLS_REQUIREMENT = {
    MYSQL: "SELECT CAST(ssl_type AS CHAR) FROM mysql.user WHERE User = 'repl'",
    MARIADB: "SELECT ssl_type FROM mysql.user WHERE User = 'repl'",
}
_PLUGINS = {
    MYSQL: [
        Fault(
            "wrong auth plugin",
            (on(PRIMARY, f"ALTER USER {_REPL} IDENTIFIED WITH sha256_password BY '$password'"),),
            Shows(PRIMARY, "SELECT plugin FROM mysql.user WHERE User = 'repl'", "sha256_password"),
        )
    ],
    MARIADB: [
        Fault(
            "wrong auth plugin",
            (on(PRIMARY, f"ALTER USER {_REPL} IDENTIFIED VIA unix_socket"),),
            ReceiverFails((1045, 1698)),
            RECONNECT,
        )
    ],
}


def _channel(vendor: str) -> list[Fault]:
    return [
        Fault(
            "wrong source host",
            (on(REPLICA, "STOP REPLICA; $change ${source}_HOST = 'nowhere.invalid'; START REPLICA"),),
            ReceiverFails((2003, 2005)),
        ),
        Fault(
            "wrong port",
            (on(REPLICA, "STOP REPLICA; $change ${source}_PORT = 3307; START REPLICA"),),
            ReceiverFails((2003,)),
        ),
        Fault("receiver stopped", (on(REPLICA, "STOP REPLICA IO_THREAD"),), Threads("No", "Yes")),
        Fault("applier stopped", (on(REPLICA, "STOP REPLICA SQL_THREAD"),), Threads("Yes", "No")),
        Fault("both threads stopped", (on(REPLICA, "STOP REPLICA"),), Threads("No", "No")),
        Fault("channel reset", (on(REPLICA, "STOP REPLICA; RESET REPLICA ALL"),), NoChannel()),
        Fault(
            "channel's TLS off",
            (on(REPLICA, "STOP REPLICA; $change ${source}_SSL = 0; START REPLICA"),),
            Status("Source_SSL_Allowed", "No"),
        ),
        Fault(
            "connect-retry drift",
            (on(REPLICA, "STOP REPLICA; $change ${source}_CONNECT_RETRY = 7; START REPLICA"),),
            Status("Connect_Retry", "7"),
        ),
    ]


def _settings(vendor: str) -> list[Fault]:
    def drift(name: str, value: str, host: str = PRIMARY, shown: str = "") -> tuple[tuple[Act, ...], Shows]:
        return (on(host, f"SET GLOBAL {name} = {value}"),), Shows(host, f"SELECT @@global.{name}", shown or value)

    same_id = _by_vendor(vendor, 13117, 1593)
    no_binary_log = _by_vendor(vendor, 13114, 1236)
    return [
        Fault("read_only off", *drift("read_only", "0", REPLICA)),
        Fault("sync_binlog=0", *drift("sync_binlog", "0")),
        Fault("flush_log_at_trx_commit=2", *drift("innodb_flush_log_at_trx_commit", "2")),
        Fault("refused logins are not logged", *drift(*_UNLOGGED[vendor])),
        Fault("binlog_format changed", *drift("binlog_format", "'MIXED'", shown="MIXED")),
        Fault(
            "two servers with the same server_id",
            (on(REPLICA, "SET GLOBAL server_id = $primary_id"),),
            same_id,
            RECONNECT,
        ),
        Fault(
            "option file edited by hand: the next start takes the primary's server_id",
            (_edited(REPLICA, "server_id", "server-id=$primary_id"),),
            same_id,
            RESTART,
            REPLICA,
        ),
        Fault("log_bin off in the option file", (_edited(PRIMARY, "log_bin", "skip-log-bin"),), no_binary_log, RESTART),
        Fault(
            "bind_address 127.0.0.1 on the primary",
            (_edited(PRIMARY, "bind_address", "bind-address = 127.0.0.1"),),
            ReceiverFails((2003,)),
            RESTART,
        ),
        Fault(
            "an option file that is read later says otherwise",
            (sh(PRIMARY, f"printf '[mysqld]\\nsync-binlog = 0\\n' > {HAND_MADE}"),),
            Shows(PRIMARY, "SELECT @@global.sync_binlog", "0"),
            RESTART,
            refused=(f"{HAND_MADE} line 2", "sync_binlog"),
            cleanup=(sh(PRIMARY, f"rm {HAND_MADE}"),),
        ),
        *(_MYSQL_SETTINGS if vendor == MYSQL else []),
    ]


_UNLOGGED = {MYSQL: ("log_error_verbosity", "1"), MARIADB: ("log_warnings", "1")}
_MYSQL_SETTINGS = [
    Fault("super_read_only off", (on(REPLICA, "SET GLOBAL super_read_only = 0"),), Shows(REPLICA, "SELECT @@super_read_only", "0")),
    Fault(
        "persisted value differs from run time",
        (on(PRIMARY, "SET PERSIST_ONLY sync_binlog = 0"),),
        Shows(PRIMARY, "SELECT @@global.sync_binlog", "0"),
        RESTART,
    ),
    Fault(
        "option file edited by hand: the next start turns GTIDs off",
        (_edited(PRIMARY, "gtid_mode", "gtid_mode = OFF"),),
        ReceiverFails((13117,)),
        RESTART,
    ),
    Fault(
        "the same server_uuid",
        (
            sh(
                REPLICA,
                "systemctl stop $service; printf '%s\\n' '$auto_cnf' > /var/lib/mysql/auto.cnf; systemctl start $service",
            ),
        ),
        ReceiverFails((13117,)),
    ),
]


def _losses(vendor: str) -> list[Fault]:
    """What no run may repair by itself: the rows of the two servers differ, or would."""
    applied = {
        MYSQL: "SET GLOBAL gtid_purged = CONCAT('+', GTID_SUBTRACT('$primary_gtids', @@global.gtid_executed))",
        MARIADB: "SET GLOBAL gtid_slave_pos = '$primary_gtids'",
    }[vendor]
    row = "INSERT INTO practice.entry (id, note) VALUES (900001, 'by hand')"
    forget = {
        MYSQL: on(
            PRIMARY,
            "SET @errant = GTID_SUBTRACT('$replica_gtids', @@global.gtid_executed); SET SESSION gtid_next = @errant;"
            " BEGIN; COMMIT; SET SESSION gtid_next = AUTOMATIC",
        ),
        MARIADB: on(REPLICA, "STOP REPLICA; RESET MASTER; START REPLICA"),
    }[vendor]
    on_purpose = {
        MYSQL: f"SET GLOBAL super_read_only = 0; {row}; SET GLOBAL super_read_only = 1",
        MARIADB: row,
    }[vendor]
    undo_row = on(PRIMARY, "DELETE FROM practice.entry WHERE id = 900001")
    return [
        Fault(
            "read from a purged position",
            (
                on(REPLICA, "STOP REPLICA"),
                on(PRIMARY, f"{row}; FLUSH BINARY LOGS"),
                sh(
                    PRIMARY,
                    # A log that a dump thread still reads is left alone, silently.
                    'c="$$(command -v mariadb || command -v mysql) -N -e"; last=$$($$c "SHOW BINARY LOGS" | tail -1 | cut -f1);'
                    ' until [ $$($$c "SHOW BINARY LOGS" | wc -l) = 1 ]; do $$c "PURGE BINARY LOGS TO \'$$last\'"; done',
                ),
                on(REPLICA, "START REPLICA"),
            ),
            _by_vendor(vendor, 13114, 1236),
            refused=("purged", "binary logs"),
            cleanup=(on(REPLICA, f"STOP REPLICA; {applied}"), hidden(vendor, row), on(REPLICA, "START REPLICA"), undo_row),
        ),
        Fault(
            "errant transaction on the replica",
            (on(REPLICA, on_purpose),),
            Shows(REPLICA, "SELECT COUNT(*) FROM practice.entry WHERE id = 900001", "1"),
            refused=("errant", "$replica_uuid" if vendor == MYSQL else "0-$replica_id-"),
            cleanup=(hidden(vendor, "DELETE FROM practice.entry WHERE id = 900001"), forget),
        ),
        Fault(
            "applier stopped by a duplicate key",
            (hidden(vendor, row), on(PRIMARY, row.replace("by hand", "rightly"))),
            ApplierFails(1062),
            refused=("practice.entry", "900001", "already holds a row"),
            cleanup=(
                hidden(vendor, "DELETE FROM practice.entry WHERE id = 900001"),
                on(REPLICA, "START REPLICA"),
                undo_row,
            ),
        ),
        Fault(
            "applier stopped by a missing row",
            (
                hidden(vendor, f"DELETE FROM practice.entry WHERE id = {FIRST_ID}"),
                on(PRIMARY, f"UPDATE practice.entry SET note = CONCAT('changed ', UUID()) WHERE id = {FIRST_ID}"),
            ),
            ApplierFails(1032),
            refused=("practice.entry", str(FIRST_ID), "lacks a row"),
            cleanup=(
                hidden(vendor, f"INSERT INTO practice.entry (id, note) VALUES ({FIRST_ID}, 'put back')"),
                on(REPLICA, "START REPLICA"),
            ),
        ),
    ]


def faults(vendor: str) -> list[Fault]:
    """All faults of a vendor."""
    return [*_accounts(vendor), *_channel(vendor), *_settings(vendor), *_losses(vendor)]
