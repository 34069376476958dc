# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table's column, and how its values are printed and written in statements so that nothing of them is lost."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal

#: How a column's value becomes text that is the same on every server and loses nothing.
NUMBER, TEMPORAL, TEXT, BINARY, FLOAT, BIT, MEMBER, DOCUMENT, OPAQUE = (
    "number",
    "temporal",
    "text",
    "binary",
    "float",
    "bit",
    "member",
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
    "enum": MEMBER,
    "json": DOCUMENT,
}
#: What a range of a key can be told by: the order of the literals is the order of the index. A SET's is too, but servers find no
#: index range by it.
_ORDERED = (NUMBER, TEMPORAL, TEXT, BINARY, FLOAT, BIT, MEMBER)
# A member of an ENUM as servers declare it, with what they escape.
_MEMBER = re.compile(r"'((?:[^'\\]|''|\\.)*)'", re.DOTALL)
_ESCAPED = re.compile(r"''|\\(.)", re.DOTALL)
_CONTROLS = {"0": "\0", "n": "\n", "r": "\r"}
# Python's names of the character sets that are read as text; values in others are shown as bytes.
_READABLE = {**dict.fromkeys(("utf8mb4", "utf8mb3", "utf8"), "utf-8"), "ascii": "ascii", "latin1": "cp1252"}
# What has no character set, and is no bytes either, but a text of its own (MariaDB).
_WORDED = ("uuid", "inet4", "inet6")


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

    @property
    def can_be_walked(self) -> bool:
        """Whether a range of its values can be told by literals."""
        return (self.kind in _ORDERED or self.data_type in _WORDED) and not self.nullable

    @property
    def members(self) -> tuple[str, ...]:
        """Those of an ENUM, which stores their numbers from 1 on, and 0 for a value that is none of them."""
        return tuple(_ESCAPED.sub(_unescaped, one) for one in _MEMBER.findall(self.declared)) if self.kind == MEMBER else ()

    @property
    def _is_bytes(self) -> bool:
        return self.kind in (TEXT, BINARY, OPAQUE) and self.data_type not in _WORDED

    def printed(self) -> str:
        """An expression that prints its value: texts and bytes as hexadecimal digits, a FLOAT with all that it holds.

        An ENUM's is its number: it is ordered by that.
        """
        name = identifier(self.name)
        if self.kind == DOCUMENT:
            return f"HEX(CAST({name} AS CHAR))"
        if self._is_bytes:
            return f"HEX({name})"
        if self.data_type in _WORDED:
            return f"CAST({name} AS CHAR)"
        # As text a FLOAT has six digits only, and a BIT is bytes.
        return f"({name} + 0{'e0' if self.kind == FLOAT else ''})" if self.kind in (FLOAT, BIT, MEMBER) else name

    def literal(self, text: str) -> str:
        """The literal of a printed value. A text's has the column's own character set, so nothing is lost on the way."""
        if self.kind == DOCUMENT:
            return literal(bytes.fromhex(text).decode("utf-8"))
        if self._is_bytes:
            return f"_{self.charset} X'{text}'" if self.charset else f"X'{text}'"
        return literal(text) if self.kind == TEMPORAL or self.data_type in _WORDED else text

    def beyond(self, operator: str, text: str) -> str:
        """The condition that a value is ``>``, ``<`` or ``<=`` a printed one, in a form whose index ranges servers find.

        Seen on 9.7: by the number of an ENUM they find those of ``=`` and ``IN`` only.
        """
        name = identifier(self.name)
        if self.kind != MEMBER:
            return f"{name} {operator} {self.literal(text)}"
        above = int(text) + (operator != "<")
        numbers = range(above, len(self.members) + 1) if operator == ">" else range(above)
        return f"{name} IN ({', '.join(map(str, numbers))})" if numbers else "FALSE"

    def legible(self, text: str) -> str:
        """The literal for people, where they can read it and it says the same in a session that speaks UTF-8."""
        if self.kind == MEMBER:
            word = dict(enumerate(self.members, start=1)).get(int(text))
            return literal(word) if word is not None and _is_clear(word) else text
        if not self._is_bytes or self.charset not in _READABLE:
            return self.literal(text)
        try:
            words = bytes.fromhex(text).decode(_READABLE[self.charset])
        except UnicodeDecodeError:
            return self.literal(text)
        return literal(words) if _is_clear(words) else self.literal(text)


def _is_clear(words: str) -> bool:
    return all(character.isprintable() or character in "\n\t" for character in words)


def _unescaped(found: re.Match[str]) -> str:
    character: Optional[str] = found.group(1)
    return "'" if character is None else _CONTROLS.get(character, character)
