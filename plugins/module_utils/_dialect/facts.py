# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit asks each server family about itself: one object a version, apart from what enforces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, NamedTuple, Optional, Protocol

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_facts import (
    AccountFactsDialect,
    MariaDBAccountFacts,
    MySQLAccountFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channel_facts import (
    ChannelFactsDialect,
    MariaDBChannelFacts,
    MySQLChannelFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import SET_BY_US, SET_TIME, in_utc
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    COMMAND_LINE,
    COMPILED,
    FILE,
    PERSISTED,
    RUN_TIME,
    UNKNOWN,
    Origin,
    RegisteredReplica,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, ServerVersion

Row = Mapping[str, Optional[str]]


class VariableRow(NamedTuple):
    """A global variable under the server's own name; ``value`` is empty for NULL."""

    name: str
    value: str
    origin: Origin


class ServerFacts(Protocol):
    """What the observer asks of a server family about the server itself."""

    #: A query whose rows :meth:`variable` takes.
    variables_query: str
    #: A query of the registered replicas, for :meth:`replica`.
    replicas_query: str
    #: A query of one row with the binary log's position and filters.
    position_query: str
    #: A query of the error log's newest lines: ``at``, ``priority``, ``text``; empty where SQL cannot read it.
    error_log_query: str
    #: A query of hosts that the server has blocked after connection errors, as ``host``.
    blocked_query: str

    def variable(self, row: Row) -> VariableRow:
        """One row of the query."""

    def begin_of_log(self, file: str) -> str:
        """A query of the GTID position at which a binary log begins; empty where gtid_purged says what is gone."""

    def replica(self, row: Row) -> RegisteredReplica:
        """One row of the query."""


_BLOCKED = "SELECT IP AS host FROM performance_schema.host_cache WHERE COUNT_HOST_BLOCKED_ERRORS > 0"


class MySQLFacts:
    """MySQL 8.0 and later."""

    variables_query = (
        "SELECT g.VARIABLE_NAME, g.VARIABLE_VALUE, i.VARIABLE_SOURCE, i.VARIABLE_PATH,"
        f" {SET_TIME}, i.SET_USER, i.SET_HOST"
        " FROM performance_schema.global_variables g JOIN performance_schema.variables_info i USING (VARIABLE_NAME)"
    )
    error_log_query = (
        f"SELECT {in_utc('LOGGED')} AS at, PRIO AS priority, CONCAT('[', ERROR_CODE, '] ', DATA) AS text"
        " FROM performance_schema.error_log"
        " WHERE SUBSYSTEM = 'Repl' OR DATA LIKE '%replica%' ORDER BY LOGGED DESC LIMIT 40"
    )
    blocked_query = _BLOCKED
    _SOURCES = {
        "COMPILED": COMPILED,
        "COMMAND_LINE": COMMAND_LINE,
        "PERSISTED": PERSISTED,
        "DYNAMIC": RUN_TIME,
    }

    def __init__(self, version: ServerVersion) -> None:
        self.replicas_query = "SHOW REPLICAS" if version.at_least(8, 0, 22) else "SHOW SLAVE HOSTS"
        self.position_query = "SHOW BINARY LOG STATUS" if version.at_least(8, 2) else "SHOW MASTER STATUS"
        if not version.at_least(8, 0, 22):
            self.error_log_query = ""

    def variable(self, row: Row) -> VariableRow:
        """See :class:`ServerFacts`."""
        if row["VARIABLE_NAME"] in SET_BY_US:
            return VariableRow(row["VARIABLE_NAME"] or "", row["VARIABLE_VALUE"] or "", Origin(UNKNOWN))
        source = self._SOURCES.get(row["VARIABLE_SOURCE"] or "", FILE)
        by = f"{row['SET_USER']}@{row['SET_HOST']}" if row["SET_USER"] else ""
        at = row["SET_TIME"] or "" if by else ""
        return VariableRow(
            row["VARIABLE_NAME"] or "", row["VARIABLE_VALUE"] or "", Origin(source, row["VARIABLE_PATH"] or "", by, at)
        )

    def begin_of_log(self, file: str) -> str:
        """See :class:`ServerFacts`."""
        return ""

    def replica(self, row: Row) -> RegisteredReplica:
        """See :class:`ServerFacts`."""
        uuid = row.get("Replica_UUID") or row.get("Slave_UUID") or ""
        return RegisteredReplica(
            int(row.get("Server_Id") or row.get("Server_id") or 0), row["Host"] or "", int(row["Port"] or 0), uuid
        )


class MariaDBFacts:
    """MariaDB 10.6 and later."""

    variables_query = (
        "SELECT LOWER(VARIABLE_NAME) AS name, GLOBAL_VALUE AS value, GLOBAL_VALUE_ORIGIN AS origin, GLOBAL_VALUE_PATH AS path"
        " FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'SESSION ONLY'"
    )
    replicas_query = "SHOW REPLICA HOSTS"
    position_query = "SHOW MASTER STATUS"
    error_log_query = ""
    blocked_query = _BLOCKED
    # KB, "Information Schema SYSTEM_VARIABLES Table"; AUTO is worked out by the server.
    _SOURCES = {"CONFIG": FILE, "COMMAND-LINE": COMMAND_LINE, "SQL": RUN_TIME, "ENVIRONMENT": COMMAND_LINE}

    def variable(self, row: Row) -> VariableRow:
        """See :class:`ServerFacts`."""
        source = self._SOURCES.get(row["origin"] or "", COMPILED)
        return VariableRow(row["name"] or "", row["value"] or "", Origin(source, row["path"] or ""))

    def begin_of_log(self, file: str) -> str:
        """See :class:`ServerFacts`; KB, "BINLOG_GTID_POS"."""
        return f"SELECT BINLOG_GTID_POS({literal(file)}, 4)"

    def replica(self, row: Row) -> RegisteredReplica:
        """See :class:`ServerFacts`."""
        return RegisteredReplica(int(row["Server_id"] or 0), row["Host"] or "", int(row["Port"] or 0))


@dataclass(frozen=True)
class Facts:
    """How one server tells about itself, by concern."""

    server: ServerFacts
    accounts: AccountFactsDialect
    channels: ChannelFactsDialect


def facts_for(version: ServerVersion) -> Facts:
    """The facts dialect of a server of this version."""
    if version.vendor == MARIADB:
        return Facts(MariaDBFacts(), MariaDBAccountFacts(), MariaDBChannelFacts())
    return Facts(MySQLFacts(version), MySQLAccountFacts(), MySQLChannelFacts())
