# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Further faults that an audit must name, beyond those that a run of ``site`` is tested on."""

from __future__ import annotations

from fault import MARIADB, MYSQL, RECONNECT, Fault, ReceiverFails, Shows, Status, on
from faults import PRIMARY, REPLICA

_REPL = "repl@'%'"
_DENIED = ReceiverFails((1045, 1130, 1698))
_NO_PRIVILEGE = ReceiverFails((13120, 1597))
_MADE_ANEW = {
    MYSQL: f"DROP USER {_REPL}; CREATE USER {_REPL} IDENTIFIED BY '$password' REQUIRE SSL",
    MARIADB: f"CREATE OR REPLACE USER {_REPL} IDENTIFIED BY '$password' REQUIRE SSL",
}
_READ_ONLY = {MYSQL: "super_read_only", MARIADB: "read_only"}
_HISTORY = {
    MYSQL: (
        on(PRIMARY, "RESET BINARY LOGS AND GTIDS"),
        (on(PRIMARY, "SET GLOBAL gtid_purged = '$replica_gtids'"), on(REPLICA, "STOP REPLICA; START REPLICA")),
    ),
    MARIADB: (
        # MariaDB lets a replica in as long as the new history is empty.
        on(PRIMARY, "RESET MASTER; INSERT INTO practice.entry (note) VALUES ('anew')"),
        (
            on(REPLICA, "STOP REPLICA; RESET MASTER; SET GLOBAL gtid_slave_pos = ''; START REPLICA"),
            # Else this table would be older than the first binary log for ever, and a channel that is lost would be refused.
            on(PRIMARY, "ALTER TABLE practice.entry FORCE"),
        ),
    ),
}


def further_faults(vendor: str) -> list[tuple[str, Fault]]:
    """The rule that must come first, and the fault."""
    reset, restored = _HISTORY[vendor]
    return [
        (
            "account.replication_privilege",
            Fault("account made anew without its privilege", (on(PRIMARY, _MADE_ANEW[vendor]),), _NO_PRIVILEGE, RECONNECT),
        ),
        (
            "account.exists",
            Fault(
                "account made for another host",
                (on(PRIMARY, f"RENAME USER {_REPL} TO repl@'10.9.9.9'"),),
                _DENIED,
                RECONNECT,
                cleanup=(on(PRIMARY, "DROP USER repl@'10.9.9.9'"),),
            ),
        ),
        (
            "account.role_only",
            Fault(
                "privilege through a role that is not active",
                (
                    on(
                        PRIMARY,
                        f"REVOKE REPLICATION SLAVE ON *.* FROM {_REPL}; CREATE ROLE replicator;"
                        f" GRANT REPLICATION SLAVE ON *.* TO replicator; GRANT replicator TO {_REPL}",
                    ),
                ),
                _NO_PRIVILEGE,
                RECONNECT,
                cleanup=(on(PRIMARY, "DROP ROLE replicator"),),
            ),
        ),
        (
            "primary.writable",
            Fault(
                "primary read-only",
                (on(PRIMARY, f"SET GLOBAL {_READ_ONLY[vendor]} = 1"),),
                Shows(PRIMARY, "SELECT @@global.read_only", "1"),
            ),
        ),
        (
            "replica.delay",
            Fault(
                "delay by accident",
                (on(REPLICA, "STOP REPLICA; $change ${source}_DELAY = 300; START REPLICA"),),
                Status("SQL_Delay", "300"),
            ),
        ),
        (
            "schema.primary_key",
            Fault(
                "table without a primary key",
                (on(PRIMARY, "CREATE TABLE practice.keyless (id INT) ENGINE = InnoDB"),),
                Shows(PRIMARY, "SELECT COUNT(*) FROM practice.keyless", "0"),
                cleanup=(on(PRIMARY, "DROP TABLE practice.keyless"),),
            ),
        ),
        (
            "gtid.replica_ahead",
            Fault(
                "history of the source lost",
                (on(REPLICA, "STOP REPLICA IO_THREAD"), reset, on(REPLICA, "START REPLICA IO_THREAD")),
                ReceiverFails((13114, 1236)),
                cleanup=restored,
            ),
        ),
        *(_MYSQL if vendor == MYSQL else []),
    ]


_MYSQL = [
    (
        "identity.server_id_zero",
        Fault("server_id 0 on the primary", (on(PRIMARY, "SET GLOBAL server_id = 0"),), ReceiverFails((13114,)), RECONNECT),
    ),
    (
        "net.retry_budget",
        Fault(
            "the server's own number of tries",
            (on(REPLICA, "STOP REPLICA; $change SOURCE_RETRY_COUNT = 10, SOURCE_CONNECT_RETRY = 60; START REPLICA"),),
            Status("Source_Retry_Count", "10"),
        ),
    ),
    (
        "tls.sha2_cold_cache",
        Fault(
            "caching_sha2_password without TLS",
            (
                on(PRIMARY, f"ALTER USER {_REPL} REQUIRE NONE"),
                on(REPLICA, "STOP REPLICA; $change SOURCE_SSL = 0, GET_SOURCE_PUBLIC_KEY = 0; START REPLICA"),
                on(PRIMARY, "FLUSH PRIVILEGES"),
                on(REPLICA, "STOP REPLICA; START REPLICA"),
            ),
            ReceiverFails((2061,)),
        ),
    ),
    (
        "tls.ca_readable",
        Fault(
            "the channel's CA is gone",
            (on(REPLICA, "STOP REPLICA; $change SOURCE_SSL_CA = '/etc/ssl/gone.pem'; START REPLICA"),),
            ReceiverFails((2026,)),
            cleanup=(on(REPLICA, "STOP REPLICA; $change SOURCE_SSL_CA = ''; START REPLICA"),),
        ),
    ),
]
