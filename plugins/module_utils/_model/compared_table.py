# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table whose rows are compared: its columns, the key that its rows are walked by, and ranges of that key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal

#: How a column's value becomes text that is the same on every server and loses nothing.
NUMBER, TEMPORAL, TEXT, BINARY, FLOAT, BIT, DOCUMENT, OPAQUE = (
    "number",
    "temporal",
    "text",
    "binary",
    "float",
    "bit",
    "document",
    "opaque",
)
_KINDS = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double", "year"), NUMBER),
    **dict.fromkeys(("date", "datetime", "timestamp", "time"), TEMPORAL),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), TEXT),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), BINARY),
    "float": FLOAT,
    "bit": BIT,
    "json": DOCUMENT,
}
#: What a range of a key can be told by: the order of the literals is the order of the index. An ENUM's is another.
_ORDERED = (NUMBER, TEMPORAL, TEXT, BINARY, FLOAT)
#: Kinds whose texts hold none of the separators.
PLAIN = (NUMBER, TEMPORAL, FLOAT, BIT)


@dataclass(frozen=True)
class Column:
    """``data_type`` is the bare type, ``declared`` all of it with collation; ``charset`` is empty where there is none."""

    name: str
    data_type: str
    declared: str
    charset: str
    nullable: bool
    generated: bool

    @property
    def kind(self) -> str:
        """One of the constants above."""
        return _KINDS.get(self.data_type, OPAQUE)


Bound = Optional[str]


@dataclass(frozen=True)
class KeyRange:
    """Rows whose key is above ``lower`` and not above ``upper``; ``None`` is no bound. Bounds are encoded, see :class:`Table`."""

    lower: Bound = None
    upper: Bound = None


@dataclass(frozen=True)
class Table:
    """``key`` names the columns of a unique index without NULL, and ``index`` that index; both are empty where there is none.

    A key's values are encoded as the server prints them, joined by commas: texts and bytes as hexadecimal digits.
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    index: str
    key: tuple[str, ...]

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

    def key_expressions(self) -> list[str]:
        """What prints each column of a row's key, encoded."""
        return [_encoder(column) for column in self.key_columns]

    def describe(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def parse(cls, described: Mapping[str, Any]) -> Table:
        """What :meth:`describe` gave."""
        columns = tuple(Column(**column) for column in described["columns"])
        return cls(described["database"], described["name"], columns, described["index"], tuple(described["key"]))


def can_be_walked(column: Column) -> bool:
    """Whether a range of its values can be told by literals."""
    return column.kind in _ORDERED and not column.nullable


def shown_key(table: Table, encoded: str) -> str:
    """A key for people: ``id=7, name='O\\'Neil'``."""
    shown = []
    for column, text in zip(table.key_columns, encoded.split(",")):
        readable = _readable(bytes.fromhex(text), column) if column.kind in (TEXT, BINARY) else text
        shown.append(f"{column.name}={readable}")
    return ", ".join(shown)


def _readable(value: bytes, column: Column) -> str:
    if column.kind == TEXT:
        try:
            return literal(value.decode("latin-1" if column.charset == "latin1" else "utf-8"))
        except UnicodeDecodeError:
            pass
    return f"0x{value.hex()}"


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
        name, value = identifier(column.name), _decoded(column, text)
        operator = last if position == len(values) - 1 else strict
        alternatives.append(" AND ".join([*same, f"{name} {operator} {value}"]))
        same.append(f"{name} = {value}")
    return " OR ".join(f"({alternative})" for alternative in alternatives)


def _encoder(column: Column) -> str:
    name = identifier(column.name)
    if column.kind in (TEXT, BINARY):
        return f"HEX({name})"
    return f"({name} + 0e0)" if column.kind == FLOAT else name


def _decoded(column: Column, text: str) -> str:
    """The literal of an encoded value. A text's has the column's own character set, so nothing is lost on the way."""
    if column.kind == TEXT:
        return f"_{column.charset} X'{text}'"
    if column.kind == BINARY:
        return f"X'{text}'"
    return literal(text) if column.kind == TEMPORAL else text
