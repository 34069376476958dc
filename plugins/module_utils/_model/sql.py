# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SQL text built safely: quoting for literals, identifiers and accounts, with secret parts marked.

The quoting holds for sessions with an ``sql_mode`` free of ``NO_BACKSLASH_ESCAPES`` and ``ANSI_QUOTES`` and a UTF-8
character set; ``_server.connection`` opens every session so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import MASK, Secret

# MySQL Reference Manual, "String Literals": the escape sequences that a literal may need.
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z"})
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class Sql:
    """One statement in parts; a part is plain text, or a :class:`Secret` that is sent as a string literal."""

    parts: tuple[Union[str, Secret], ...]

    @property
    def has_secret(self) -> bool:
        """Whether a part of it is secret."""
        return any(isinstance(part, Secret) for part in self.parts)

    def text(self) -> str:
        """The statement as the server must see it, secrets in clear. For the wire only."""
        return "".join(literal(part.reveal()) if isinstance(part, Secret) else part for part in self.parts)

    def __str__(self) -> str:
        """The statement for people: each secret is a mask."""
        return "".join(f"'{MASK}'" if isinstance(part, Secret) else part for part in self.parts)


def sql(*parts: Union[str, Secret, Sql]) -> Sql:
    """Joins texts, secrets and statements into one statement."""
    flat: list[Union[str, Secret]] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Sql) else (part,))
    return Sql(tuple(flat))


def joined(separator: str, items: list[Sql]) -> Sql:
    """The items with the separator between them."""
    parts: list[Union[str, Secret, Sql]] = []
    for item in items:
        if parts:
            parts.append(separator)
        parts.append(item)
    return sql(*parts)


def literal(value: str) -> str:
    """A string literal."""
    return "'" + value.translate(_ESCAPES) + "'"


def value_literal(value: str) -> str:
    """A number as it stands, anything else as a string literal: what ``SET GLOBAL`` takes on the right."""
    return value if _NUMBER.fullmatch(value) else literal(value)


def identifier(name: str) -> str:
    """A quoted identifier."""
    return "`" + name.replace("`", "``") + "`"


def account(name: AccountName) -> str:
    """``'user'@'host'``."""
    return f"{literal(name.user)}@{literal(name.host)}"
