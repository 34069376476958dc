# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements that take privileges away, and on which no replica can stop, as long as it has the account.

Observed on pairs of MySQL 9.7, MariaDB 10.11 and 11.8, with an account or a grant that the replica lacks: a plain REVOKE stops it
(errors 1141, 1147, 1269, 1403, 1962), but for REVOKE … ON *.* and REVOKE ALL PRIVILEGES, GRANT OPTION where only the grant is
missing, and for MySQL's REVOKE IF EXISTS … IGNORE UNKNOWN USER.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ALL,
    ON_OBJECT,
    ON_SERVER,
    PROXY,
    ROLE,
    Grant,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, account, sql

_OPTION = "GRANT OPTION"


class Revocation(NamedTuple):
    """``statement`` takes surplus privileges away; ``takes_wanted``: also some that are wanted, which are then granted again."""

    statement: Sql
    takes_wanted: bool = False


def one_by_one(name: AccountName, surplus: Sequence[Grant], wanted: frozenset[str]) -> list[Revocation]:
    """MySQL from 8.0.30 on: each surplus by itself, which leaves the rest in place."""
    found: list[Revocation] = []
    # Observed on 9.7: after REVOKE GRANT OPTION ON *.* the server takes dynamic privileges that had the option out of its
    # tables, but keeps them in memory. So they go first.
    for grant in sorted(surplus, key=_is_dynamic, reverse=True):
        if grant.kind == ROLE:
            found.append(_tolerant(name, ", ".join(grant.privileges)))
        elif grant.kind == PROXY:
            found.append(_tolerant(name, f"PROXY ON {grant.on}"))
        elif ALL in grant.privileges:
            option = [_tolerant(name, f"{_OPTION} ON {grant.on}")] if grant.grant_option else []
            found += [_tolerant(name, f"{ALL} ON {grant.on}", grant.kind == ON_SERVER), *option]
        elif _is_dynamic(grant):
            found.append(_revoke_dynamic(name, grant, wanted))
        else:
            items = [item for item in grant.privileges if grant.kind == ON_OBJECT or item not in wanted]
            items += [_OPTION] if grant.grant_option else []
            found.append(_tolerant(name, f"{', '.join(items)} ON {grant.on}"))
    return found


def roles_and_all(name: AccountName, surplus: Sequence[Grant]) -> list[Revocation]:
    """MySQL before 8.0.30, whose REVOKE ALL leaves the roles: made and granted first, each is there to be revoked."""
    forms = ("CREATE ROLE IF NOT EXISTS {0}", "GRANT {0} TO {1}", "REVOKE {0} FROM {1}")
    roles = [role for grant in surplus if grant.kind == ROLE for role in grant.privileges]
    statements = [Revocation(sql(form.format(role, account(name)))) for role in roles for form in forms]
    return statements + _all(name, [grant for grant in surplus if grant.kind != ROLE])


def global_or_all(name: AccountName, surplus: Sequence[Grant], wanted: frozenset[str]) -> list[Revocation]:
    """MariaDB, whose REVOKE ALL takes the roles too."""
    if any(grant.kind != ON_SERVER or ALL in grant.privileges for grant in surplus):
        return _all(name, surplus)
    items = [item for grant in surplus for item in grant.privileges if item not in wanted]
    items += [_OPTION] if any(grant.grant_option for grant in surplus) else []
    return [Revocation(sql(f"REVOKE {', '.join(items)} ON *.* FROM {account(name)}"))]


def _tolerant(name: AccountName, what: str, takes_wanted: bool = False) -> Revocation:
    return Revocation(sql(f"REVOKE IF EXISTS {what} FROM {account(name)} IGNORE UNKNOWN USER"), takes_wanted)


def _revoke_dynamic(name: AccountName, grant: Grant, wanted: frozenset[str]) -> Revocation:
    """A privilege with its own GRANT OPTION goes whole: there is no statement that takes only the option."""
    items = [item for item in grant.privileges if grant.grant_option or item not in wanted]
    return _tolerant(name, f"{', '.join(items)} ON {grant.on}", not wanted.isdisjoint(items))


def _is_dynamic(grant: Grant) -> bool:
    """MySQL's dynamic privileges alone have an underscore; SHOW GRANTS lists them on lines of their own."""
    return grant.kind == ON_SERVER and any("_" in item for item in grant.privileges)


def _all(name: AccountName, surplus: Sequence[Grant]) -> list[Revocation]:
    """Everything at once. Proxies stay then; each is granted first, so that it is there to be revoked."""
    forms = ("GRANT PROXY ON {0} TO {1}", "REVOKE PROXY ON {0} FROM {1}")
    proxies = [grant.on for grant in surplus if grant.kind == PROXY]
    found = [Revocation(sql(form.format(on, account(name)))) for on in proxies for form in forms]
    if len(proxies) < len(surplus):
        found.append(Revocation(sql(f"REVOKE {ALL}, {_OPTION} FROM {account(name)}"), takes_wanted=True))
    return found
