# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the login of a run lacks to have data copied: all of it at once, with the statement that gives it."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence

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
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CLONE, DUMP
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account

_ACCOUNTS = "mysql"
# INSTALL PLUGIN and UNINSTALL PLUGIN write into a table of that schema.
_PLUGINS = ("INSERT", "DELETE")


class LoginRights(NamedTuple):
    """The account that a run is logged in with on the server ``where``, and what it may do there."""

    where: str
    login: AccountName
    grants: Sequence[Grant]


def source_obstacles(dialect: Dialect, rights: LoginRights, methods: Sequence[str], needs_plugin: bool) -> list[Refusal]:
    """What the login on the source lacks to make the accounts of copies by these methods, and to serve them."""
    return _obstacles(rights, _for_source(dialect, rights.grants, methods, needs_plugin))


def replica_obstacles(dialect: Dialect, rights: LoginRights, method: str, events: bool, lock: str) -> list[Refusal]:
    """What the login on the replica lacks to take a copy in by this method. ``events``: they run there.

    ``lock``: the variable because of which nobody can be granted anything there; empty where that is OFF.
    """
    halted = dialect.copying.halted_with if events and method == DUMP else ()
    lacking = {**_for_replica(dialect, rights.grants, method), **dict.fromkeys(_lacking(rights.grants, halted), False)}
    return _obstacles(rights, lacking, _unlogged(lock))


def copied_obstacles(dialect: Dialect, rights: LoginRights, replica: str, method: str) -> list[Refusal]:
    """What the login to the replica will lack once a copy has brought its account; ``rights`` are that account's on the source."""
    lacking = sorted({*_lacking(rights.grants, dialect.copying.read_with), *_for_replica(dialect, rights.grants, method)})
    if not lacking:
        return []
    names, who = ", ".join(lacking), account(rights.login)
    return [
        Refusal(
            f"a copy brings the accounts of {rights.where}, and {who}, as which this run is logged in to {replica}, lacks there"
            f" what the run goes on with after the copy: {names}",
            f"on {rights.where}, as its administrator: GRANT {names} ON *.* TO {who}; or log in to {replica} with an account that"
            " has it there (login_user), or over the socket as root",
        )
    ]


def blind_source(dialect: Dialect, rights: LoginRights, methods: Sequence[str]) -> list[Refusal]:
    """The same for a login that may not even read what a copy depends on: all that it lacks, that too."""
    read = _lacking(rights.grants, dialect.copying.read_with)
    return _obstacles(rights, {**dict.fromkeys(read, False), **_for_source(dialect, rights.grants, methods, needs_plugin=True)})


def blind_replica(dialect: Dialect, rights: LoginRights, method: str, lock: str) -> list[Refusal]:
    """The same on the replica; ``lock`` as for :func:`replica_obstacles`."""
    read = _lacking(rights.grants, dialect.copying.read_with)
    return _obstacles(rights, {**dict.fromkeys(read, False), **_for_replica(dialect, rights.grants, method)}, _unlogged(lock))


def _for_source(dialect: Dialect, grants: Sequence[Grant], methods: Sequence[str], needs_plugin: bool) -> dict[str, bool]:
    """The rights, and whether each is to be passed on."""
    given = {name for method in methods for name in dialect.copying.privileges[method]}
    needed = ["CREATE USER", *(name for method in methods for name in dialect.copying.served_with.get(method, ()))]
    local = ["SELECT", *(_PLUGINS if needs_plugin and CLONE in methods else ())]
    lacking = [*_lacking(grants, needed), *_lacking_locally(grants, local), *_lacking_one(grants, dialect.copying.unlogged_with)]
    return {**dict.fromkeys(lacking, False), **{name: True for name in given if not holds(passed_on(grants), name)}}


def _for_replica(dialect: Dialect, grants: Sequence[Grant], method: str) -> dict[str, bool]:
    lacking = _lacking(grants, dialect.copying.taken_with.get(method, ())) + _lacking_one(grants, dialect.copying.unlogged_with)
    return dict.fromkeys(lacking, False)


def _lacking(grants: Sequence[Grant], needed: Sequence[str]) -> list[str]:
    return [name for name in needed if not holds(held_globally(grants), name)]


def _lacking_locally(grants: Sequence[Grant], needed: Sequence[str]) -> list[str]:
    """Where it is enough to have them in the schema of accounts."""
    return [name for name in needed if not holds(held_globally(grants) | held_on(grants, _ACCOUNTS), name)]


def _lacking_one(grants: Sequence[Grant], one_of: Sequence[str]) -> list[str]:
    """Where any will do, and none is held, the first."""
    return [] if any(holds(held_globally(grants), name) for name in one_of) else [one_of[0]]


def _unlogged(lock: str) -> tuple[str, str]:
    """What an administrator says before and after a GRANT that shall not become a transaction of a replica's own."""
    begin = "SET SESSION sql_log_bin = 0; "
    return (f"{begin}SET GLOBAL {lock} = OFF; ", f"; SET GLOBAL {lock} = ON") if lock else (begin, "")


def _obstacles(rights: LoginRights, lacking: Mapping[str, bool], around: tuple[str, str] = ("", "")) -> list[Refusal]:
    if not lacking:
        return []
    names, who = sorted(lacking), account(rights.login)
    said = ", ".join(f"{name} WITH GRANT OPTION" if lacking[name] else name for name in names)
    option = " WITH GRANT OPTION" if any(lacking.values()) else ""
    before, after = around
    return [
        Refusal(
            f"{who}, with which this run is logged in to {rights.where}, lacks for a copy of the data: {said}",
            f"on {rights.where}, as its administrator: {before}GRANT {', '.join(names)} ON *.* TO {who}{option}{after}; or log in"
            " with an account that has it (login_user), or over the socket as root",
        )
    ]
