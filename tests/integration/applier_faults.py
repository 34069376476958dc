# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults of what a replica receives and applies, for an audit."""

from __future__ import annotations

from fault import MARIADB, MYSQL, Act, ApplierFails, Fault, ReceiverFails, Shows, on, restart, sh
from faults import PRIMARY, REPLICA, hidden
from pair import FIRST_ID

_MARK = "a row of a relay log that is then damaged"
_DAMAGE = f"""\
python3 -c '
import glob, time
mark, found = b"{_MARK}", []
while not found:
    time.sleep(0.1)
    found = [path for path in glob.glob("/var/lib/mysql/*relay-bin.0*") if mark in open(path, "rb").read()]
with open(found[0], "r+b") as file:
    file.seek(file.read().rindex(mark))
    file.write(b"X" * 9)
'"""
# Below the ids that rows without one get.
_ENTRY = "INSERT INTO practice.entry (id, note) VALUES (700002, 'an entry')"
_UNDO = on(PRIMARY, "DELETE FROM practice.entry WHERE id = 700002")
_RELAY_ERROR = {MYSQL: 13121, MARIADB: 1594}
_BY_FILE = {MYSQL: "SOURCE_AUTO_POSITION = 0", MARIADB: "MASTER_USE_GTID = no"}
_BY_GTID = {MYSQL: "SOURCE_AUTO_POSITION = 1", MARIADB: "MASTER_USE_GTID = slave_pos"}
_CLIENT = 'c="$$(command -v mariadb || command -v mysql) -N -e"'
_SLEEPER = "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
_HOLD = f"""\
{_CLIENT}
setsid -f $$c "BEGIN; SELECT * FROM practice.entry LOCK IN SHARE MODE; SELECT SLEEP(900)" > /dev/null 2>&1 < /dev/null
until [ -n "$$($$c "{_SLEEPER}")" ]; do sleep 0.1; done"""
_PLUGIN = (on(PRIMARY, "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'"),)
_NO_PLUGIN = (on(PRIMARY, "UNINSTALL PLUGIN rpl_semi_sync_source"),)
_RETRIES = {MYSQL: "replica_transaction_retries", MARIADB: "slave_transaction_retries"}


# Of the relay logs alone: every container has that small file system. A server that waits for room does not end when asked to.
_SMALL = "$options/zz-small.cnf"
_FULL = (
    "health.disk_free",
    Fault(
        "the disk of the relay logs is full",
        (
            sh(REPLICA, f"install -d -o mysql -g mysql /dev/shm/relay; echo '[mysqld]\nrelay_log=/dev/shm/relay/log' > {_SMALL}"),
            restart(REPLICA),
            sh(REPLICA, "test $$(stat -f -c %T /dev/shm) = tmpfs && ! cat /dev/zero > /dev/shm/filler 2> /dev/null"),
            on(PRIMARY, "; ".join([f"UPDATE practice.entry SET note = REPEAT(UUID(), 5) WHERE id = {FIRST_ID}"] * 40)),
        ),
        Shows(
            REPLICA,
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST"
            " WHERE STATE IN ('Waiting for disk space', 'Waiting for someone to free space')",
            "1",
        ),
        cleanup=(
            sh(REPLICA, f"systemctl kill --signal=KILL $service; rm -r /dev/shm/filler /dev/shm/relay {_SMALL}"),
            sh(REPLICA, "systemctl reset-failed $service; systemctl restart $service"),
        ),
    ),
)


def applier_faults(vendor: str) -> list[tuple[str, Fault]]:
    """The rule that must come first, and the fault."""
    return [*_stopped(vendor), *_positions(vendor), _FULL, *(_MYSQL if vendor == MYSQL else _MARIADB)]


def _stopped(vendor: str) -> list[tuple[str, Fault]]:
    def applier(name: str, inject: tuple[Act, ...], errno: int, *cleanup: Act) -> tuple[str, Fault]:
        return "health.applier", Fault(name, inject, ApplierFails(errno), cleanup=(*cleanup, on(REPLICA, "START REPLICA")))

    return [
        applier(
            "a relay log is damaged",
            (
                on(REPLICA, "STOP REPLICA SQL_THREAD"),
                on(PRIMARY, f"INSERT INTO practice.entry (id, note) VALUES (700002, '{_MARK}')"),
                sh(REPLICA, _DAMAGE),
                on(REPLICA, "START REPLICA SQL_THREAD"),
            ),
            _RELAY_ERROR[vendor],
            on(REPLICA, "STOP REPLICA; RESET REPLICA"),
            _UNDO,
        ),
        applier(
            "a table is missing on the replica",
            (hidden(vendor, "RENAME TABLE practice.entry TO practice.elsewhere"), on(PRIMARY, _ENTRY)),
            1146,
            hidden(vendor, "RENAME TABLE practice.elsewhere TO practice.entry"),
            _UNDO,
        ),
        applier(
            "a session on the replica holds a lock for long",
            (
                on(
                    REPLICA,
                    f"SET GLOBAL innodb_lock_wait_timeout = 1; SET GLOBAL {_RETRIES[vendor]} = 0; STOP REPLICA; START REPLICA",
                ),
                sh(REPLICA, _HOLD),
                on(PRIMARY, f"UPDATE practice.entry SET note = CONCAT('locked ', UUID()) WHERE id = {FIRST_ID}"),
            ),
            1205,
            sh(REPLICA, f'{_CLIENT}; $$c "KILL $$($$c "{_SLEEPER}")"'),
            on(REPLICA, f"SET GLOBAL innodb_lock_wait_timeout = DEFAULT; SET GLOBAL {_RETRIES[vendor]} = DEFAULT; STOP REPLICA"),
        ),
    ]


def _positions(vendor: str) -> list[tuple[str, Fault]]:
    return [
        (
            "health.receiver",
            Fault(
                "a file that the source never had",
                (
                    on(
                        REPLICA,
                        f"STOP REPLICA; $change {_BY_FILE[vendor]},"
                        " ${source}_LOG_FILE = 'binlog.000999', ${source}_LOG_POS = 4; START REPLICA",
                    ),
                ),
                ReceiverFails((13114, 1236)),
                cleanup=(on(REPLICA, f"STOP REPLICA; $change {_BY_GTID[vendor]}; START REPLICA"),),
            ),
        ),
        (
            "durability.semisync_state",
            Fault(
                "semi-synchronous replication has fallen back",
                (
                    *(_PLUGIN if vendor == MYSQL else ()),
                    on(
                        PRIMARY,
                        "SET GLOBAL rpl_semi_sync_${semisync}_enabled = ON; SET GLOBAL rpl_semi_sync_${semisync}_timeout = 100;"
                        f" {_ENTRY}",
                    ),
                ),
                Shows(PRIMARY, "SELECT COUNT(*) FROM practice.entry WHERE id = 700002", "1"),
                cleanup=(
                    _UNDO,
                    on(PRIMARY, "SET GLOBAL rpl_semi_sync_${semisync}_enabled = OFF"),
                    *(_NO_PLUGIN if vendor == MYSQL else ()),
                ),
            ),
        ),
    ]


_MYSQL = [
    (
        "account.privilege_checks_user",
        Fault(
            "the account that the applier works as may not write",
            (
                on(
                    REPLICA,
                    "SET GLOBAL super_read_only = 0; SET SESSION sql_log_bin = 0; CREATE USER weak@localhost;"
                    " GRANT REPLICATION_APPLIER ON *.* TO weak@localhost; SET GLOBAL super_read_only = 1;"
                    " STOP REPLICA SQL_THREAD; $change PRIVILEGE_CHECKS_USER = 'weak'@'localhost'; START REPLICA SQL_THREAD",
                ),
                on(PRIMARY, _ENTRY),
            ),
            ApplierFails(1142),
            cleanup=(
                on(REPLICA, "STOP REPLICA SQL_THREAD; $change PRIVILEGE_CHECKS_USER = NULL; START REPLICA SQL_THREAD"),
                hidden(MYSQL, "DROP USER weak@localhost"),
                _UNDO,
            ),
        ),
    ),
    (
        "health.applier",
        Fault(
            "a database is there already on the replica",
            (hidden(MYSQL, "CREATE DATABASE scratch"), on(PRIMARY, "CREATE DATABASE scratch")),
            ApplierFails(1007),
            cleanup=(hidden(MYSQL, "DROP DATABASE scratch"), on(REPLICA, "START REPLICA"), on(PRIMARY, "DROP DATABASE scratch")),
        ),
    ),
    (
        "identity.server_id_zero",
        Fault(
            "server_id 0 on the replica",
            (on(REPLICA, "SET GLOBAL server_id = 0"),),
            Shows(REPLICA, "SELECT @@global.server_id", "0"),
        ),
    ),
    (
        "drift.persisted_vs_runtime",
        Fault(
            "a persisted value hides the option file's from the next start on",
            (on(PRIMARY, "SET PERSIST_ONLY binlog_row_image = 'MINIMAL'"),),
            Shows(PRIMARY, "SELECT COUNT(*) FROM performance_schema.persisted_variables", "1"),
            cleanup=(on(PRIMARY, "RESET PERSIST binlog_row_image"),),
        ),
    ),
]
_MARIADB = [
    (
        "gtid.position_behind",
        Fault(
            "a position without the source's domain",
            (on(REPLICA, "STOP REPLICA; SET GLOBAL gtid_slave_pos = '5-1-1'; START REPLICA"),),
            ApplierFails(1950),
            cleanup=(on(REPLICA, "STOP REPLICA; SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos; START REPLICA"),),
        ),
    ),
    (
        "gtid.errant",
        Fault(
            "errant transaction, and then one of the source",
            (
                on(REPLICA, "INSERT INTO practice.entry (id, note) VALUES (700003, 'errant')"),
                on(PRIMARY, _ENTRY),
            ),
            ApplierFails(1950),
            cleanup=(
                hidden(MARIADB, "DELETE FROM practice.entry WHERE id = 700003"),
                on(REPLICA, "STOP REPLICA; RESET MASTER; START REPLICA"),
                _UNDO,
            ),
        ),
    ),
]
