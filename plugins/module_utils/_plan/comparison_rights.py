# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the login of a comparison lacks on the primary: all of it at once, with the statements that give it."""

from __future__ import annotations

import re
from typing import Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ON_OBJECT,
    Grant,
    held_globally,
    holds,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account, identifier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import LoginRights

_FOR_NOTES = ("CREATE", "DELETE", "DROP", "INSERT", "SELECT", "UPDATE")
_DATABASE = re.compile(r"`((?:[^`]|``)*)`\.\*")
# In a grant's name of a database: what stands for itself, for any characters, for one.
_WILD = re.compile(r"\\(.)|(%)|(_)", re.DOTALL)


def comparison_obstacles(dialect: Dialect, rights: LoginRights, database: str, globally: Sequence[str]) -> list[Refusal]:
    """``database`` is that of the notes, which are logged as statements; ``globally``: privileges on all tables.

    Manual, "binlog_format": to set it for a session takes a privilege too.
    """
    held, formats = held_globally(rights.grants), dialect.copying.unlogged_with
    everywhere = [name for name in globally if not holds(held, name)]
    everywhere += [] if any(holds(held, name) for name in formats) else [formats[0]]
    there = held | _held_in(rights.grants, database)
    for_notes = [name for name in _FOR_NOTES if name not in everywhere and not holds(there, name)]
    who = account(rights.login)
    given = [
        f"{', '.join(names)} ON {on}" for names, on in ((for_notes, f"{identifier(database)}.*"), (everywhere, "*.*")) if names
    ]
    if not given:
        return []
    return [
        Refusal(
            f"{who}, with which this run is logged in to {rights.where}, lacks for a comparison: {'; '.join(given)}."
            " Nothing was compared",
            f"on {rights.where}, as its administrator: {'; '.join(f'GRANT {one} TO {who}' for one in given)}; or log in with an"
            " account that has it (login_user), or over the socket as root",
        )
    ]


def _held_in(grants: Sequence[Grant], database: str) -> frozenset[str]:
    """The names of privileges on all that this database has. Manual, "GRANT Statement": its name in a grant is a pattern."""
    found = (grant for grant in grants if grant.kind == ON_OBJECT and _is_of(grant.on, database))
    return frozenset(name for grant in found for name in grant.privileges)


def _is_of(on: str, database: str) -> bool:
    named = _DATABASE.fullmatch(on)
    if named is None:
        return False
    name, pattern, end = named.group(1).replace("``", "`"), "", 0
    for found in _WILD.finditer(name):
        itself, any_number, _one = found.groups()
        pattern += re.escape(name[end : found.start()])
        pattern += re.escape(itself) if itself else ".*" if any_number else "."
        end = found.end()
    return re.fullmatch(pattern + re.escape(name[end:]), database, re.DOTALL) is not None
