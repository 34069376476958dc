# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the login of a run lacks to have data copied: all of it at once, with the statement that gives it."""

from __future__ import annotations

from typing import Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    Grant,
    held_globally,
    held_on,
    holds,
    passed_on,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CLONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account

_ACCOUNTS = "mysql"
# INSTALL PLUGIN and UNINSTALL PLUGIN write into a table of that schema.
_PLUGINS = ("INSERT", "DELETE")


def source_obstacles(
    dialect: Dialect, where: str, login: AccountName, grants: Sequence[Grant], methods: Sequence[str], needs_plugin: bool
) -> list[Refusal]:
    """What the login on the source lacks to make the accounts of copies by these methods, and to serve them."""
    given = sorted({name for method in methods for name in dialect.copying.privileges[method]})
    needed = ["CREATE USER", *(name for method in methods for name in dialect.copying.served_with.get(method, ()))]
    local = ["SELECT", *(_PLUGINS if needs_plugin and CLONE in methods else ())]
    lacking = {name: True for name in given if not holds(passed_on(grants), name)}
    lacking.update({name: False for name in _lacking(grants, needed, local, dialect.copying.unlogged_with) if name not in lacking})
    return _obstacles(where, login, lacking)


def replica_obstacles(dialect: Dialect, where: str, login: AccountName, grants: Sequence[Grant], method: str) -> list[Refusal]:
    """What the login on the replica lacks to take a copy in by this method."""
    needed = dialect.copying.taken_with.get(method, ())
    return _obstacles(where, login, dict.fromkeys(_lacking(grants, needed, (), dialect.copying.unlogged_with), False))


def _lacking(grants: Sequence[Grant], needed: Sequence[str], local: Sequence[str], one_of: Sequence[str]) -> list[str]:
    """``local``: enough in the schema of accounts; of ``one_of`` any will do."""
    held = held_globally(grants)
    found = [name for name in needed if not holds(held, name)]
    found += [name for name in local if not holds(held | held_on(grants, _ACCOUNTS), name)]
    return found if any(holds(held, name) for name in one_of) else [*found, one_of[0]]


def _obstacles(where: str, login: AccountName, lacking: dict[str, bool]) -> list[Refusal]:
    """``lacking``: the rights, and whether each is to be passed on."""
    if not lacking:
        return []
    names = sorted(lacking)
    said = ", ".join(f"{name} WITH GRANT OPTION" if lacking[name] else name for name in names)
    option = " WITH GRANT OPTION" if any(lacking.values()) else ""
    return [
        Refusal(
            f"{account(login)}, with which this run is logged in to {where}, lacks for a copy of the data: {said}",
            f"on {where}, as its administrator: GRANT {', '.join(names)} ON *.* TO {account(login)}{option}; or log in with an"
            " account that has it (login_user), or over the socket as root",
        )
    ]
