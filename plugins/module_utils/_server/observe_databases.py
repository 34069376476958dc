# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads which databases and tables a server holds, and how large they are. Never writes."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.facts import facts_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SYSTEM_LISTED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import TABLE_TYPES_LISTED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

_SIZES = (
    "SELECT SCHEMA_NAME AS name, COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) AS size FROM information_schema.SCHEMATA"
    " LEFT JOIN information_schema.TABLES ON TABLE_SCHEMA = SCHEMA_NAME"
    f" WHERE SCHEMA_NAME NOT IN {SYSTEM_LISTED} GROUP BY SCHEMA_NAME ORDER BY SCHEMA_NAME"
)
_TABLES = (
    "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME) AS name FROM information_schema.TABLES"
    f" WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED} AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED} ORDER BY TABLE_SCHEMA, TABLE_NAME"
)


def database_sizes(session: Session) -> dict[str, int]:
    """Bytes of tables and indexes by database, as the server estimates them; not its own databases."""
    return {row["name"] or "": int(float(row["size"] or 0)) for row in session.rows(_SIZES)}


def table_names(session: Session) -> list[str]:
    """All tables, each as ``database.table``; not those of its own databases."""
    return [row["name"] or "" for row in session.rows(_TABLES)]


def followers(session: Session) -> tuple[str, ...]:
    """Who is connected to replicate from this server, as it is registered."""
    facts = facts_for(session.dialect.version).server
    found = [facts.replica(row) for row in session.rows(facts.replicas_query)]
    return tuple(one.host or f"the replica with server_id {one.server_id}" for one in found)
