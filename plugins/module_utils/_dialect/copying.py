# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family copies its data with its own dump client, and how a replica takes it in without a trace in its log."""

from __future__ import annotations

import json
import re
from typing import Mapping, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    BACKUP,
    BEGUN_HOST,
    CLONE,
    DUMP,
    NOTE_COMPLETE,
    NOTE_INSTALLED,
    NOTE_SOURCE,
    SEED_USER,
    SYSTEM_LISTED,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, account, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

# How long writers on the source may have to wait for a lock that takes a moment once it is granted.
_LONGEST_LOCK_SECONDS = 20
# Seen on 9.7: INSTALL PLUGIN of what is listed there and not loaded fails with error 3883, so that no clone follows such a dump.
_OWN_PLUGINS = "--ignore-table=mysql.plugin"
_DUMP = (
    *("--all-databases", "--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"),
    *("--max-allowed-packet=1G", "--default-character-set=utf8mb4", _OWN_PLUGINS),
)
# A table's own file is named as its database and itself.
_HELD = (
    "SELECT SUM(size) FROM (SELECT FILE_SIZE AS size FROM information_schema.{} WHERE NAME LIKE '_%/%'"
    f" AND SUBSTRING_INDEX(NAME, '/', 1) NOT IN {SYSTEM_LISTED} UNION ALL SELECT DATA_LENGTH + INDEX_LENGTH"
    f" FROM information_schema.TABLES WHERE ENGINE <> 'InnoDB' AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED}) s"
)
_LOGINS = (
    "SELECT u.plugin AS name, MIN(CONCAT(QUOTE(u.User), '@', QUOTE(u.Host))) AS account, MAX(p.PLUGIN_LIBRARY) AS file"
    " FROM mysql.user u JOIN information_schema.PLUGINS p ON p.PLUGIN_NAME = u.plugin AND p.PLUGIN_STATUS = 'ACTIVE'"
    " WHERE {} GROUP BY u.plugin ORDER BY 1"
)
# What the statements of a dump do, and those before and after it. EXECUTE: manual, "automatic_sp_privileges": who creates a routine
# and may not run it is granted that, which the source's grants are not.
_LOADED_WITH = (
    *("ALTER", "ALTER ROUTINE", "CREATE", "CREATE ROUTINE", "CREATE USER", "CREATE VIEW", "DROP", "EVENT", "EXECUTE", "INSERT"),
    *("LOCK TABLES", "REFERENCES", "RELOAD", "SELECT", "TRIGGER"),
)
#: The variable that lets a login without SUPER make triggers and functions where the binary log is on. Seen on 9.7, 10.11 and 11.8:
#: without it they take SUPER (error 1419), though the session's binary log is off.
ROUTINE_TRUST = "log_bin_trust_function_creators"
# A session may have nothing to do while another loads.
_LOADING = "SET SESSION sql_log_bin = 0, autocommit = 1, wait_timeout = 31536000"


class CopyDialect(Protocol):
    """What a copy asks of a server family."""

    #: How it can be copied, the best first.
    methods: Sequence[str]
    #: Global privileges that the account of a copy needs on the source, by method.
    privileges: Mapping[str, Sequence[str]]
    #: Global privileges that the run's own login needs beside: on the source, to serve a copy by this method; on the replica, to
    #: take it in; and any one of these on either, to keep the copy out of its binary log.
    served_with: Mapping[str, Sequence[str]]
    taken_with: Mapping[str, Sequence[str]]
    unlogged_with: Sequence[str]
    #: What the replica's takes besides, for a dump, where events run there.
    halted_with: Sequence[str]
    #: What it takes to read all that a copy depends on, on either.
    read_with: Sequence[str]
    #: The accounts of copies, with what their notes say: ``User``, ``Host``, ``source``, ``installed``, ``complete``.
    accounts: str
    #: The plugins by which accounts can log in, with one of these accounts: ``name``, ``account``, ``file``.
    logins: str
    #: The bytes of all tablespaces, as the server's own files.
    size: str
    #: The bytes that come free where all databases but the server's own are dropped: what lies in a tablespace that stays does not.
    held: str
    #: Has a session read the sizes of tables as they are, not as they were a day ago.
    fresh_sizes: Sql
    #: The bytes of the redo log that a copy of its files has beside them.
    log: str
    #: Names of the dump client and of the command-line client; the first that is found is run.
    dump_programs: Sequence[str]
    client_programs: Sequence[str]
    dump_options: Sequence[str]
    #: Lines for the dump client's option file.
    dump_lines: Sequence[str]
    #: Names of the programs that make a physical backup, and unpack its stream; empty where there is none.
    backup_programs: Sequence[str]
    unpack_programs: Sequence[str]
    #: The engine of the marker's table: one that outlives a copy where the marker's folder does.
    marker_engine: str
    #: What each loading session sets first: one statement.
    loading: str
    #: The variable that must be OFF while data is loaded; empty where the privileges of an administrator are enough.
    write_lock: str
    #: Forgets the binary log and all GTIDs.
    forget_history: Sql

    def is_own_program(self, version: str) -> bool:
        """Whether a client that says this of its version is the vendor's own."""

    def forget_place(self, channel: str) -> Sql:
        """Drops the relay logs of a channel that rests, and keeps how it connects."""

    def positions(self, ends: str) -> set[str]:
        """The GTID positions that a dump's beginning and end name, each in one line: one, if it is sound."""

    def place(self, position: str) -> Sql:
        """Tells a server that it holds everything up to this position."""

    def tls_lines(self, tls: bool, ca: str) -> list[str]:
        """Lines of a client's option file, with TLS or without; a ``ca`` file is verified against."""

    def rest_event(self, definer: str, event: str) -> Sql:
        """Has an event rest as one that was replicated; ``definer`` and ``event`` are quoted."""

    def noted(self, create: Sql, source: str, installed: bool) -> Sql:
        """The statement that creates the account of a copy, with its note where the server keeps one."""


class MySQLCopy:
    """MySQL 8.0 and later. Manual, "mysqldump"."""

    backup_programs: Sequence[str] = ()
    unpack_programs: Sequence[str] = ()
    marker_engine = "InnoDB"
    dump_programs: Sequence[str] = ("mysqldump",)
    client_programs: Sequence[str] = ("mysql",)
    # COMMENTED: seen on 9.7, the position is read under a lock of a moment all the same, and is set here when all data is there.
    dump_options: Sequence[str] = (*_DUMP, "--set-gtid-purged=COMMENTED")
    # FLUSH TABLES WITH READ LOCK waits for the statements that run, and all writers wait for it. Older clients lack the option.
    dump_lines: Sequence[str] = (f'loose-init-command="SET SESSION lock_wait_timeout = {_LONGEST_LOCK_SECONDS}"',)
    privileges: Mapping[str, Sequence[str]] = {
        CLONE: ("BACKUP_ADMIN", "PROCESS", "SELECT"),
        DUMP: ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "PROCESS", "RELOAD"),
    }
    served_with: Mapping[str, Sequence[str]] = {}
    unlogged_with: Sequence[str] = ("SESSION_VARIABLES_ADMIN", "SYSTEM_VARIABLES_ADMIN", "SUPER")
    halted_with: Sequence[str] = ("SYSTEM_VARIABLES_ADMIN",)
    read_with: Sequence[str] = ("SELECT", "PROCESS", "REPLICATION CLIENT", "REPLICATION SLAVE")
    logins = _LOGINS.format("u.account_locked = 'N'")
    # The first table leaves the system tablespace out, where tables are with innodb_file_per_table = OFF; in the second one, which
    # has it, small files have no size (seen on 9.7).
    size = (
        "SELECT SUM(size) FROM (SELECT FILE_SIZE AS size FROM information_schema.INNODB_TABLESPACES"
        " UNION ALL SELECT TOTAL_EXTENTS * EXTENT_SIZE FROM information_schema.FILES WHERE TABLESPACE_NAME = 'innodb_system') s"
    )
    held = _HELD.format("INNODB_TABLESPACES")
    fresh_sizes = sql("SET SESSION information_schema_stats_expiry = 0")
    write_lock = "super_read_only"

    def __init__(self, version: ServerVersion) -> None:
        invisible_keys = ", sql_generate_invisible_primary_key = 0" if version.at_least(8, 0, 30) else ""
        self.loading = f"{_LOADING}, sql_require_primary_key = 0{invisible_keys}"
        admin = ("CONNECTION_ADMIN", "SYSTEM_VARIABLES_ADMIN", "REPLICATION_SLAVE_ADMIN", "SYSTEM_USER")
        # A definer may be one of the server's own accounts, or nobody. Seen on 9.7: ALTER EVENT asks for all of it too.
        definers = ("SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER") if version.at_least(8, 2) else ("SET_USER_ID",)
        self.taken_with: Mapping[str, Sequence[str]] = {
            CLONE: ("CLONE_ADMIN", *admin, *definers, "RELOAD", "CREATE", "CREATE USER", "DROP", "EVENT", "INSERT", "DELETE"),
            DUMP: (*admin, *definers, *_LOADED_WITH),
        }
        self.forget_history = sql("RESET BINARY LOGS AND GTIDS" if version.at_least(8, 2) else "RESET MASTER")
        # The clone plugin is there from 8.0.17 on, but notes, without which an interrupted clone is not known again, from 8.0.21.
        self._notes = version.at_least(8, 0, 21)
        self.methods: Sequence[str] = (CLONE, DUMP) if self._notes else (DUMP,)
        note = "User_attributes->>'$.metadata.{0}' AS {0}"
        self.accounts = (
            f"SELECT User, Host, {note.format(NOTE_SOURCE)}, {note.format(NOTE_INSTALLED)}, {note.format(NOTE_COMPLETE)}"
            f" FROM mysql.user WHERE User = {literal(SEED_USER)}"
        )
        # Seen on 9.7: a clone wants room for all that the log may come to.
        files = "@@innodb_log_file_size * @@innodb_log_files_in_group"
        self.log = f"SELECT {'@@innodb_redo_log_capacity' if version.at_least(8, 0, 30) else files}"
        self._noun = "REPLICA" if version.at_least(8, 0, 22) else "SLAVE"
        self._rest = "DISABLE ON REPLICA" if version.at_least(8, 2) else "DISABLE ON SLAVE"

    def is_own_program(self, version: str) -> bool:
        """See :class:`CopyDialect`."""
        return "Ver" in version and "MariaDB" not in version

    def forget_place(self, channel: str) -> Sql:
        """See :class:`CopyDialect`."""
        return sql(f"RESET {self._noun} FOR CHANNEL {literal(channel)}")

    def positions(self, ends: str) -> set[str]:
        """See :class:`CopyDialect`; it stands before the first table, on several lines if it is long."""
        return {"".join(found.split()) for found in re.findall(r"^/\* SET @@GLOBAL\.GTID_PURGED='\+?([^']*)';\*/$", ends, re.M)}

    def place(self, position: str) -> Sql:
        """See :class:`CopyDialect`; manual, "gtid_purged": a leading plus adds to what is there."""
        return sql(f"SET GLOBAL gtid_purged = {literal('+' + position)}")

    def tls_lines(self, tls: bool, ca: str) -> list[str]:
        """See :class:`CopyDialect`."""
        if not tls:
            return ["ssl-mode=DISABLED", "get-server-public-key"]
        return ["ssl-mode=VERIFY_CA", f"ssl-ca={ca}"] if ca else ["ssl-mode=REQUIRED"]

    def rest_event(self, definer: str, event: str) -> Sql:
        """See :class:`CopyDialect`; without its definer it would become that of who alters it."""
        return sql(f"ALTER DEFINER = {definer} EVENT {event} {self._rest}")

    def noted(self, create: Sql, source: str, installed: bool) -> Sql:
        """See :class:`CopyDialect`; manual, "CREATE USER Comment and Attribute Options"."""
        if not self._notes:
            return create
        return sql(create, f" ATTRIBUTE {literal(json.dumps({NOTE_SOURCE: source, NOTE_INSTALLED: str(int(installed))}))}")


class MariaDBCopy:
    """MariaDB 10.6 and later. KB, "mariadb-dump": a snapshot knows its place in the binary log, so nothing is locked."""

    backup_programs: Sequence[str] = ("mariadb-backup", "mariabackup")
    unpack_programs: Sequence[str] = ("mbstream",)
    # Databases are folders here, and this engine's tables need nothing outside of them.
    marker_engine = "MyISAM"
    dump_programs: Sequence[str] = ("mariadb-dump", "mysqldump")
    client_programs: Sequence[str] = ("mariadb", "mysql")
    dump_options: Sequence[str] = (*_DUMP, "--gtid", "--master-data=2")
    # From 11.8 on each table is one transaction, unless this is said; other sessions would wait for its rows to no end.
    dump_lines: Sequence[str] = ("skip-no-autocommit",)
    methods: Sequence[str] = (BACKUP, DUMP)
    privileges: Mapping[str, Sequence[str]] = {
        BACKUP: ("PROCESS", "SELECT"),
        DUMP: ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "PROCESS", "RELOAD", "BINLOG MONITOR"),
    }
    # KB, "mariadb-backup Overview".
    served_with: Mapping[str, Sequence[str]] = {BACKUP: ("RELOAD", "PROCESS", "LOCK TABLES", "BINLOG MONITOR")}
    taken_with: Mapping[str, Sequence[str]] = {
        BACKUP: (
            *("REPLICATION SLAVE ADMIN", "READ_ONLY ADMIN", "SET USER"),
            *("RELOAD", "CREATE", "CREATE USER", "DROP", "EVENT", "INSERT"),
        ),
        DUMP: ("REPLICATION SLAVE ADMIN", "READ_ONLY ADMIN", "SET USER", *_LOADED_WITH),
    }
    unlogged_with: Sequence[str] = ("BINLOG ADMIN", "SUPER")
    # event_scheduler takes it (error 1227 on 10.11).
    halted_with: Sequence[str] = ("SUPER",)
    read_with: Sequence[str] = ("SELECT", "PROCESS", "BINLOG MONITOR", "SLAVE MONITOR", "REPLICATION MASTER ADMIN")
    accounts = (
        f"SELECT User, Host, NULL AS source, NULL AS installed, NULL AS complete FROM mysql.user WHERE User = {literal(SEED_USER)}"
    )
    logins = _LOGINS.format("u.plugin <> '' AND u.is_role = 'N'")
    size = "SELECT SUM(FILE_SIZE) FROM information_schema.INNODB_SYS_TABLESPACES"
    held = _HELD.format("INNODB_SYS_TABLESPACES")
    fresh_sizes = sql("DO 0")
    log = "SELECT 0"
    loading = _LOADING
    write_lock = ""
    forget_history = sql("RESET MASTER")

    def is_own_program(self, version: str) -> bool:
        """See :class:`CopyDialect`."""
        return "MariaDB" in version

    def forget_place(self, channel: str) -> Sql:
        """See :class:`CopyDialect`."""
        return sql(f"RESET SLAVE {literal(channel)}" if channel else "RESET SLAVE")

    def positions(self, ends: str) -> set[str]:
        """See :class:`CopyDialect`; it stands before the first table, or after the last (seen on 10.11)."""
        return set(re.findall(r"^-- SET GLOBAL gtid_slave_pos='([^']*)';$", ends, re.M))

    def place(self, position: str) -> Sql:
        """See :class:`CopyDialect`."""
        return sql(f"SET GLOBAL gtid_slave_pos = {literal(position)}")

    def tls_lines(self, tls: bool, ca: str) -> list[str]:
        """See :class:`CopyDialect`. From 11.4 on clients verify by themselves, by the password where there is no CA."""
        if not tls:
            return ["skip-ssl"]
        return ["ssl", f"ssl-ca={ca}", "ssl-verify-server-cert"] if ca else ["ssl"]

    def rest_event(self, definer: str, event: str) -> Sql:
        """See :class:`CopyDialect`."""
        return sql(f"ALTER DEFINER = {definer} EVENT {event} DISABLE ON SLAVE")

    def noted(self, create: Sql, source: str, installed: bool) -> Sql:
        """See :class:`CopyDialect`; this vendor keeps no notes."""
        return create


#: The accounts of copies and what tells those of one run from those of another, in one value.
BACKUP_ACCOUNTS = (
    "SELECT GROUP_CONCAT(CONCAT_WS('@', Host, authentication_string) ORDER BY Host)"
    f" FROM mysql.user WHERE User = {literal(SEED_USER)}"
)
LOCK = sql("SET GLOBAL super_read_only = ON")
UNLOCK = sql("SET GLOBAL super_read_only = OFF")
HALT_EVENTS = sql("SET GLOBAL event_scheduler = OFF")
RESUME_EVENTS = sql("SET GLOBAL event_scheduler = ON")
FORGET_CLONE = sql("DELETE FROM mysql.plugin WHERE name = 'clone'")
INSTALL_CLONE = sql("INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
UNINSTALL_CLONE = sql("UNINSTALL PLUGIN clone")


BEGUN = AccountName(SEED_USER, BEGUN_HOST)
# As a hash it is checked against no policy. That of the server's own locked accounts is no secret, but told as one: whoever looks
# for hashes in output finds none.
_NO_PASSWORD = Secret("$A$005$THISISACOMBINATIONOFINVALIDSALTANDPASSWORDTHATMUSTNEVERBRBEUSED")
#: Nobody can log in with it.
MARK_BEGUN = sql(
    f"CREATE USER IF NOT EXISTS {account(BEGUN)} IDENTIFIED WITH 'caching_sha2_password' AS ", _NO_PASSWORD, " ACCOUNT LOCK"
)


def found_complete(name: AccountName, server_uuid: str) -> Sql:
    """Adds to the note of a copy's account that this server found its copy complete; MySQL keeps what else the note says."""
    return sql(f"ALTER USER {account(name)} ATTRIBUTE {literal(json.dumps({NOTE_COMPLETE: server_uuid}))}")


_STATE_TEXTS = ("character_set_client", "collation_connection", "sql_mode", "time_zone")
_STATE = ", ".join(f"'{name} = ', QUOTE(@@{name}), ', '" for name in _STATE_TEXTS)
#: What a dump has set in a session that bears on rows: one value, the hexadecimal digits of the statements with which several
#: sessions stand there. But without unique_checks MariaDB gives an empty table, or partition, to one session alone
#: (KB, "InnoDB bulk insert"), and two that want it at once are in a deadlock.
SESSION_STATE = (
    "SELECT HEX(CONVERT(CONCAT('USE `', REPLACE(DATABASE(), '`', '``'), '`;', CHAR(10), 'SET SESSION ',"
    f" {_STATE}, 'foreign_key_checks = ', @@foreign_key_checks, ', unique_checks = 1;', CHAR(10)) USING utf8mb4))"
)


def takes_any_order(table: str) -> str:
    """Whether rows of this table of the session's database may come in any order, and from sessions that need not wait for others.

    A table of another engine is locked by each of them; and one of ARCHIVE has its rows in the order in which they came.
    """
    name = literal(table)
    return (
        "SELECT COUNT(*) FROM information_schema.TABLES"
        f" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = {name} AND ENGINE = 'InnoDB'"
    )


def clone_from(source: AccountName, port: int, password: Secret, tls: bool) -> Sql:
    """Replaces all data of a server by that of its donor; ``source.host`` is where it reaches that one. Manual, "CLONE"."""
    return sql(f"CLONE INSTANCE FROM {account(source)}:{port} IDENTIFIED BY ", password, f" REQUIRE {'' if tls else 'NO '}SSL")
