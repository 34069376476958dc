# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family copies its data with its own dump client, and how a replica takes it in without a trace in its log."""

from __future__ import annotations

import re
from typing import Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

# How long writers on the source may have to wait for a lock that takes a moment once it is granted.
_LONGEST_LOCK_SECONDS = 20
_DUMP = (
    *("--all-databases", "--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"),
    *("--max-allowed-packet=1G", "--default-character-set=utf8mb4"),
)


class CopyDialect(Protocol):
    """What a copy asks of a server family."""

    #: Names of the dump client and of the command-line client; the first that is found is run.
    dump_programs: Sequence[str]
    client_programs: Sequence[str]
    dump_options: Sequence[str]
    #: Lines for the dump client's option file.
    dump_lines: Sequence[str]
    #: Global privileges that the dump client's account needs, and no more.
    dump_privileges: Sequence[str]
    #: What the loading session sets first: one statement.
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


class MySQLCopy:
    """MySQL 8.0 and later. Manual, "mysqldump"."""

    dump_programs: Sequence[str] = ("mysqldump",)
    client_programs: Sequence[str] = ("mysql",)
    # COMMENTED: seen on 9.7, the position is read under a lock of a moment all the same, and is set here when all data is there.
    dump_options: Sequence[str] = (*_DUMP, "--set-gtid-purged=COMMENTED")
    # FLUSH TABLES WITH READ LOCK waits for the statements that run, and all writers wait for it. Older clients lack the option.
    dump_lines: Sequence[str] = (f'loose-init-command="SET SESSION lock_wait_timeout = {_LONGEST_LOCK_SECONDS}"',)
    dump_privileges: Sequence[str] = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "PROCESS", "RELOAD")
    write_lock = "super_read_only"

    def __init__(self, version: ServerVersion) -> None:
        invisible_keys = ", sql_generate_invisible_primary_key = 0" if version.at_least(8, 0, 30) else ""
        self.loading = f"SET SESSION sql_log_bin = 0, sql_require_primary_key = 0{invisible_keys}"
        self.forget_history = sql("RESET BINARY LOGS AND GTIDS" if version.at_least(8, 2) else "RESET MASTER")
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


class MariaDBCopy:
    """MariaDB 10.6 and later. KB, "mariadb-dump": a snapshot knows its place in the binary log, so nothing is locked."""

    dump_programs: Sequence[str] = ("mariadb-dump", "mysqldump")
    client_programs: Sequence[str] = ("mariadb", "mysql")
    dump_options: Sequence[str] = (*_DUMP, "--gtid", "--master-data=2")
    dump_lines: Sequence[str] = ()
    dump_privileges: Sequence[str] = ("SELECT", "SHOW VIEW", "TRIGGER", "EVENT", "PROCESS", "RELOAD", "BINLOG MONITOR")
    loading = "SET SESSION sql_log_bin = 0"
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
