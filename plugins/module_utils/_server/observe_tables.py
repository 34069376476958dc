# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads which tables there are, and how one is defined. Never writes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import SKIPPED, Selection, TableProgress
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import (
    SYSTEM_SCHEMAS,
    TABLE_TYPES_LISTED,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import Column
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Row, Session

# What MariaDB calls a folder of its data directory that is no database, as a file system's lost+found.
_FOLDER = "#mysql50#"
_SEQUENCE = "SEQUENCE"
# Servers before 8.0.19 print a width, which decides about nothing.
_INTEGER_WIDTH = re.compile(r"^((?:tiny|small|medium|big)?int|year)\(\d+\)")


def tables(session: Session, selection: Selection, own: str) -> list[TableProgress]:
    """The tables to compare, in order, without the system's and those of the database ``own``.

    Raises :class:`Refusal` for a database or table that was asked for and is not there.
    """
    there = _all(session, own)
    unknown = [name for name in selection.tables if name not in {str(table) for table in there}]
    unknown += [name for name in selection.databases if name not in {table.database for table in there}]
    if unknown:
        raise Refusal(
            f"{session.where} has no table to compare in, or named: {', '.join(unknown)}",
            "see databases and tables (mysql_replication_verify_databases, …_tables); a table is given as database.table",
        )
    return _chosen(there, selection)


def listed(session: Session, selection: Selection, own: str) -> list[TableProgress]:
    """Those of them that are on this server, which may lack some."""
    return _chosen(_all(session, own), selection)


def empty_databases(session: Session, selection: Selection, own: str) -> list[str]:
    """Those of the chosen databases that are on this server and have no table to compare."""
    everything = not selection.databases and not selection.tables
    used = {table.database for table in _all(session, own)}
    return [name for name in databases(session, own) if name not in used and (everything or name in selection.databases)]


def databases(session: Session, own: str) -> list[str]:
    """All databases on this server, without the system's and ``own``."""
    excluded = ", ".join(map(literal, (*SYSTEM_SCHEMAS, own)))
    rows = session.rows(f"SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ({excluded})")
    return sorted(row["name"] for row in rows if row["name"] and not row["name"].startswith(_FOLDER))


def _chosen(there: Sequence[TableProgress], selection: Selection) -> list[TableProgress]:
    everything = not selection.databases and not selection.tables
    return [t for t in there if everything or t.database in selection.databases or str(t) in selection.tables]


def _all(session: Session, own: str) -> list[TableProgress]:
    excluded = ", ".join(map(literal, (*SYSTEM_SCHEMAS, own)))
    rows = session.rows(
        "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, TABLE_ROWS AS estimate, TABLE_TYPE AS kind FROM information_schema.TABLES"
        f" WHERE (TABLE_TYPE IN {TABLE_TYPES_LISTED} OR TABLE_TYPE = {literal(_SEQUENCE)}) AND TABLE_SCHEMA NOT IN ({excluded})"
        " ORDER BY TABLE_SCHEMA, TABLE_NAME"
    )
    return [_progress(row) for row in rows]


def _progress(row: Row) -> TableProgress:
    table = TableProgress(row["db"] or "", row["name"] or "", int(row["estimate"] or 0))
    return replace(table, state=SKIPPED, note="it is a sequence") if row["kind"] == _SEQUENCE else table


def definition(session: Session, database: str, name: str) -> Optional[Table]:
    """How the table is defined now; ``None`` if it is not there."""
    where = f"TABLE_SCHEMA = {literal(database)} AND TABLE_NAME = {literal(name)}"
    columns = [
        _column(row)
        for row in session.rows(
            "SELECT COLUMN_NAME AS name, DATA_TYPE AS data_type, COLUMN_TYPE AS column_type, CHARACTER_SET_NAME AS charset,"
            " COLLATION_NAME AS collation, IS_NULLABLE AS nullable, EXTRA AS extra"
            f" FROM information_schema.COLUMNS WHERE {where} ORDER BY ORDINAL_POSITION"
        )
    ]
    if not columns:
        return None
    indexes = session.rows(
        "SELECT INDEX_NAME AS name, COLUMN_NAME AS col, SUB_PART AS prefix FROM information_schema.STATISTICS"
        f" WHERE {where} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX"
    )
    index, key, unwalked = walkable(columns, indexes)
    return Table(database, name, tuple(columns), index, key, unwalked)


def without_transactions(session: Session, condition: str = "TRUE") -> frozenset[str]:
    """Tables, as ``database.table``, whose engine has no transactions; the condition is one on ``information_schema.TABLES``."""
    rows = session.rows(
        "SELECT t.TABLE_SCHEMA AS db, t.TABLE_NAME AS name FROM information_schema.TABLES t"
        f" JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE e.TRANSACTIONS <> 'YES' AND {condition}"
    )
    return frozenset(f"{row['db']}.{row['name']}" for row in rows)


def _column(row: Row) -> Column:
    declared = _INTEGER_WIDTH.sub(r"\1", row["column_type"] or "")
    return Column(
        name=row["name"] or "",
        data_type=row["data_type"] or "",
        declared=" ".join(filter(None, (declared, row["collation"]))),
        charset=row["charset"] or "",
        nullable=row["nullable"] == "YES",
        generated="GENERATED" in (row["extra"] or "").replace("DEFAULT_GENERATED", ""),
    )


def walkable(columns: Sequence[Column], indexes: Sequence[Row]) -> tuple[str, tuple[str, ...], str]:
    """The first unique index, the primary key before others, whose columns are whole, never NULL, and told by literals.

    Where there is none: why, in words, for each of the unique indexes.
    """
    by_name = {column.name: column for column in columns}
    parts: dict[str, list[Row]] = {}
    for row in indexes:
        parts.setdefault(row["name"] or "", []).append(row)
    reasons = {name: [why for row in rows if (why := _why_not(row, by_name))] for name, rows in parts.items()}
    for name, rows in parts.items():
        if not reasons[name]:
            return name, tuple(row["col"] or "" for row in rows), ""
    return "", (), "; ".join(f"{_named(name)}: {', '.join(whys)}" for name, whys in reasons.items())


def _named(index: str) -> str:
    return "primary key" if index == "PRIMARY" else f"unique key {index}"


def _why_not(part: Row, columns: Mapping[str, Column]) -> str:
    """Why ranges of a key cannot be told by this part of its index, in words; empty if they can."""
    name = part["col"] or ""
    if name not in columns:
        return "an expression"
    if part["prefix"] is not None:
        return f"only the beginning of {name}"
    if columns[name].nullable:
        return f"{name} may be NULL"
    return "" if columns[name].can_be_walked else f"{name} is of the type {columns[name].data_type.upper()}"
