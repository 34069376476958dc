# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table whose rows are compared: its columns, the key that its rows are walked by, and ranges of that key."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import Column

Bound = Optional[str]
_INTEGERS = ("tinyint", "smallint", "mediumint", "int", "bigint")


@dataclass(frozen=True)
class KeyRange:
    """Rows whose key is above ``lower`` and not above ``upper``; ``None`` is no bound. Bounds are encoded, see :class:`Table`."""

    lower: Bound = None
    upper: Bound = None


@dataclass(frozen=True)
class Table:
    """``key`` names the columns of a unique index without NULL, and ``index`` that index; both are empty where there is none.

    A key's values are encoded as :meth:`Column.printed` prints them, joined by commas. Without a key ``unwalked`` says, in words,
    why none of its unique indexes can be one; it is empty if it has none.
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    index: str
    key: tuple[str, ...]
    unwalked: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.database}.{self.name}"

    @property
    def quoted(self) -> str:
        """For statements."""
        return f"{identifier(self.database)}.{identifier(self.name)}"

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The key's columns in the index's order."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in self.key)

    @property
    def is_counted(self) -> bool:
        """Whether the key is one integer, whose ranges can be told without reading it."""
        return len(self.key) == 1 and self.key_columns[0].data_type in _INTEGERS

    def key_expressions(self) -> list[str]:
        """What prints each column of a row's key, encoded."""
        return [column.printed() for column in self.key_columns]

    def describe(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def parse(cls, described: Mapping[str, Any]) -> Table:
        """What :meth:`describe` gave."""
        columns = tuple(Column(**column) for column in described["columns"])
        key, unwalked = tuple(described["key"]), described.get("unwalked", "")
        return cls(described["database"], described["name"], columns, described["index"], key, unwalked)


def shown_key(table: Table, encoded: str) -> str:
    """A key for people: ``id=7, name='O\\'Neil'``."""
    parts = zip(table.key_columns, encoded.split(","))
    return ", ".join(f"{column.name}={column.legible(text)}" for column, text in parts)


def shown_range(table: Table, part: KeyRange) -> str:
    """A range for people, to be put after what is said of its rows; empty where it is the whole table."""
    beyond = f" after {shown_key(table, part.lower)}" if part.lower is not None else ""
    up_to = f" up to {shown_key(table, part.upper)}" if part.upper is not None else ""
    return beyond + up_to


def is_row(table: Table, encoded: str) -> str:
    """The condition that a row has this key."""
    parts = zip(table.key_columns, encoded.split(","))
    return " AND ".join(f"{identifier(column.name)} = {column.literal(text)}" for column, text in parts)


def predicate(table: Table, part: KeyRange) -> str:
    """The condition that a row is in the range, in a form whose index ranges servers find (ORs of ANDs, no row constructors)."""
    conditions = []
    if part.lower is not None:
        conditions.append(_beyond(table, part.lower, ">", ">"))
    if part.upper is not None:
        conditions.append(_beyond(table, part.upper, "<", "<="))
    return " AND ".join(f"({condition})" for condition in conditions) or "TRUE"


def _beyond(table: Table, bound: str, strict: str, last: str) -> str:
    alternatives: list[str] = []
    same: list[str] = []
    values = list(zip(table.key_columns, bound.split(",")))
    for position, (column, text) in enumerate(values):
        operator = last if position == len(values) - 1 else strict
        alternatives.append(" AND ".join([*same, column.beyond(operator, text)]))
        same.append(f"{identifier(column.name)} = {column.literal(text)}")
    return " OR ".join(f"({alternative})" for alternative in alternatives)
