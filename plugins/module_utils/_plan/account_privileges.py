# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans an account's privileges: what is wanted is held by every fresh login, and nothing else if that is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import AccountDialect, grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import Account
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ALL,
    ON_OBJECT,
    ON_SERVER,
    RESTRICTION,
    ROLE,
    Grant,
    held_globally,
    holds,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step

_NONE = "none"


class Wanted(NamedTuple):
    """The privileges that an account shall have: canonical names of global ones, and grants on whole databases."""

    everywhere: frozenset[str]
    on_databases: tuple[Grant, ...] = ()

    def on(self, place: str) -> frozenset[str]:
        """What is wanted on one database, named as in a :class:`Grant`."""
        return frozenset(name for grant in self.on_databases if grant.on == place for name in grant.privileges)


def privilege_steps(
    dialect: AccountDialect, found: Optional[Account], name: AccountName, wanted: Wanted, exclusive: bool
) -> list[Step]:
    """The steps to the wanted privileges; ``found`` is ``None`` for an account that is only just made.

    Surplus goes first: where it cannot be taken alone, what is wanted is granted again right after.
    """
    everywhere = wanted.everywhere
    surplus = _surplus(found, wanted) if found and exclusive else []
    revocations = dialect.revoke(name, surplus, everywhere) if surplus else []
    held = _kept(found, surplus) if found else frozenset()
    lacking = sorted(one for one in everywhere if not holds(held, one))
    taken = any(one.takes_wanted for one in revocations)
    subject = f"privileges of {account(name)}"
    before = _listed(found) if found else None
    after = _after(before, wanted, exclusive)
    steps = [
        Step(f"surplus: {_shown(surplus, wanted)}{_part(number, revocations)}", subject, before, after, revocation.statement)
        for number, revocation in enumerate(revocations, 1)
    ]
    grants: list[Step] = []
    by_then = Wanted(everywhere)
    if everywhere and (taken or lacking):
        why = f"lacks {', '.join(lacking)}" if lacking else "the surplus could only be revoked together with what is wanted"
        statement = grant(name, everywhere if taken else lacking)
        grants.append(Step(why, subject, before, _after(before, by_then, exclusive=False), statement))
    for place in sorted({one.on for one in wanted.on_databases}):
        missing = wanted.on(place) if taken else _lacking_on(place, found, surplus, held, wanted)
        by_then = Wanted(everywhere, (*by_then.on_databases, *(one for one in wanted.on_databases if one.on == place)))
        if missing:
            why = f"lacks {', '.join(sorted(missing))} ON {place}"
            grants.append(Step(why, subject, before, _after(before, by_then, exclusive=False), grant(name, missing, place)))
    for restriction in found.grants if found else ():
        lifted = everywhere.intersection(restriction.privileges)
        if restriction.kind == RESTRICTION and lifted:
            grants.append(Step(f"partially revoked: {restriction}", subject, before, after, grant(name, lifted, restriction.on)))
    if steps:
        # What a revocation that takes more than the surplus leaves until the grants, nobody reads: they are one change.
        return [*steps, *(replace(step, after=after) for step in grants)]
    return _one_after_another(grants, after)


def _one_after_another(grants: list[Step], after: str) -> list[Step]:
    """Each finds what the one before has left; the last leaves what is wanted."""
    left = [*(step.after for step in grants[:-1]), after]
    found = [*(step.before for step in grants[:1]), *left]
    return [replace(step, before=one, after=other) for step, one, other in zip(grants, found, left)]


def at_stake(found: Optional[Account], wanted: Wanted, exclusive: bool) -> frozenset[str]:
    """The global privileges that these steps grant, or take away one by one."""
    surplus = _surplus(found, wanted) if found and exclusive else []
    held = _kept(found, surplus) if found else frozenset()
    return frozenset(one for one in wanted.everywhere if not holds(held, one)) | held_globally(surplus) - {ALL}


def _surplus(found: Account, wanted: Wanted) -> list[Grant]:
    """What goes beyond the wanted. A role that is active and holds nothing else is a way to hold it."""
    surplus = []
    for held in found.grants:
        if held.kind == ROLE:
            names = tuple(name for name in held.privileges if not _harmless(found, name, wanted.everywhere))
            surplus += [Grant(ROLE, "", names)] if names else []
        elif held.kind == ON_SERVER:
            surplus += [held] if held.grant_option or not wanted.everywhere.issuperset(held.privileges) else []
        elif held.kind == ON_OBJECT:
            beyond = tuple(name for name in held.privileges if name not in wanted.on(held.on))
            surplus += [replace(held, privileges=beyond)] if beyond or held.grant_option else []
        elif held.kind != RESTRICTION:
            surplus.append(held)
    return surplus


def _harmless(found: Account, name: str, wanted: frozenset[str]) -> bool:
    role = next((role for role in found.roles if role.name == name), None)
    if role is None or not role.active:
        return False
    return all(held.kind == ROLE or (held.kind == ON_SERVER and wanted.issuperset(held.privileges)) for held in role.grants)


def _kept(found: Account, surplus: list[Grant]) -> frozenset[str]:
    """The global privileges of a fresh login once the surplus roles are gone."""
    gone = {name for one in surplus if one.kind == ROLE for name in one.privileges}
    roles = (role for role in found.roles if role.active and role.name not in gone)
    return held_globally(found.grants).union(*(held_globally(role.grants) for role in roles))


def _lacking_on(place: str, found: Optional[Account], surplus: list[Grant], held: frozenset[str], wanted: Wanted) -> frozenset[str]:
    """What is wanted on a database, and held neither there nor everywhere once the surplus is gone."""
    there = {
        name for one in (found.grants if found else ()) if one.kind == ON_OBJECT and one.on == place for name in one.privileges
    }
    there -= {name for one in surplus if one.kind == ON_OBJECT and one.on == place for name in one.privileges}
    return frozenset(name for name in wanted.on(place) if not holds(held | there, name))


def _shown(surplus: list[Grant], wanted: Wanted) -> str:
    return "; ".join(
        ", ".join(name for name in one.privileges if name not in wanted.everywhere)
        if one.kind == ON_SERVER and not one.grant_option
        else str(one)
        for one in surplus
    )


def _listed(found: Account) -> str:
    lines = {name for held in found.grants if held.kind == ON_SERVER and not held.grant_option for name in held.privileges}
    lines |= {str(held) for held in found.grants if held.kind != ON_SERVER or held.grant_option}
    return "\n".join(sorted(lines)) or _NONE


def _after(before: Optional[str], wanted: Wanted, exclusive: bool) -> str:
    others = before.splitlines() if before and not exclusive else []
    return "\n".join(sorted({*others, *wanted.everywhere, *map(str, wanted.on_databases)} - {_NONE})) or _NONE


def _part(number: int, revocations: Sequence[object]) -> str:
    """Which of several statements, so that no two lines of a report are the same."""
    return f", statement {number} of {len(revocations)}" if len(revocations) > 1 else ""
