# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the replication account: there, usable, with the wanted privileges, and chosen by the server for every replica.

Every change starts with CREATE USER IF NOT EXISTS, so that no replica can stop on what follows (see ``_dialect.accounts``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import (
    EXPIRE_NEVER,
    UNLOCK,
    AccountDialect,
    alter,
    create,
    drop,
    require,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    NEVER,
    TLS_ANY,
    TLS_NONE,
    Account,
    AccountState,
    Credential,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import (
    AccountName,
    chosen,
    contenders,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.password_hash import Verdict, verify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, account
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.account_privileges import (
    Wanted,
    at_stake,
    privilege_steps,
)

TLS_OFF = "off"
TLS_REQUIRED = "required"


@dataclass(frozen=True)
class DesiredAccount:
    """What the account shall be. ``tls`` is ``auto``, ``required`` or ``off``; an empty ``plugin`` is the vendor's.

    ``privileges`` are global ones, in any of their names, ``on_databases`` grants on whole databases; ``exclusive`` takes all
    others away.
    """

    name: AccountName
    password: Secret
    tls: str
    plugin: str
    privileges: tuple[str, ...]
    exclusive: bool
    on_databases: tuple[Grant, ...] = ()

    @property
    def wanted(self) -> Wanted:
        """All privileges."""
        return Wanted(frozenset(self.privileges), self.on_databases)


class Target(NamedTuple):
    """An account to bring into the desired state. ``why``: what for, if it is not the declared one."""

    name: AccountName
    why: str
    exclusive: bool


def plan_present(dialect: Dialect, state: AccountState, desired: DesiredAccount) -> list[Step]:
    """The steps to the declared account, and to one of the same name wherever another account would be chosen before it."""
    return [step for target in targets(dialect, state, desired) for step in _steps(_case(dialect, state, desired, target))]


def plan_absent(state: AccountState, name: AccountName) -> list[Step]:
    """The steps to no such account."""
    found = state.account(name)
    if found is None:
        return []
    return [Step("state is absent", f"account {account(name)}", f"plugin: {found.plugin}", None, drop(name))]


def targets(dialect: Dialect, state: AccountState, desired: DesiredAccount) -> list[Target]:
    """The declared account, and those that it takes for a server to choose a right one for every client.

    A more specific account of the same name is brought into the same state; before an anonymous one, one of our name is
    made with its host. A client is matched with the names that the server may see for it, and without them: name
    resolution can fail.
    """
    rules = dialect.accounts.match_rules
    found = [Target(desired.name, "", desired.exclusive)]
    for client in state.clients:
        for names in (client.names, ()):
            while True:
                ours = {target.name for target in found}
                existing = {one.name for one in state.accounts} | ours
                winners = contenders(existing, desired.name.user, client.address, names, rules)
                missing = [one for one in winners if AccountName(desired.name.user, one.host) not in ours]
                if not missing:
                    break
                for one in missing:
                    why = f"for {client} the server chooses {account(one)} before {account(desired.name)}"
                    found.append(Target(AccountName(desired.name.user, one.host), why, exclusive=False))
    return found


def choices(dialect: Dialect, state: AccountState, targeted: list[Target]) -> dict[str, str]:
    """Which account (``user@host``) the server chooses for each client once the targeted accounts exist, by address."""
    if not targeted:
        return {}
    existing = {one.name for one in state.accounts} | {target.name for target in targeted}
    user = targeted[0].name.user
    rules = dialect.accounts.match_rules
    found = {client.address: chosen(existing, user, client.address, client.names, rules) for client in state.clients}
    return {address: f"{one.user}@{one.host}" for address, one in found.items() if one is not None}


def privileges_at_stake(dialect: Dialect, state: AccountState, desired: DesiredAccount) -> frozenset[str]:
    """The global privileges that the plan grants or takes away one by one."""
    wanted = desired.wanted
    return frozenset().union(
        *(at_stake(state.account(one.name), wanted, one.exclusive) for one in targets(dialect, state, desired))
    )


def required_tls(state: AccountState, desired: DesiredAccount, found: Optional[Account]) -> str:
    """The TLS requirement to enforce. Where the server offers no TLS, ``auto`` leaves a requirement that is there."""
    if desired.tls == TLS_OFF:
        return TLS_NONE
    if desired.tls == TLS_REQUIRED or state.offers_tls:
        return TLS_ANY
    return found.tls if found else TLS_NONE


class _Change(NamedTuple):
    why: str
    clause: Sql


@dataclass(frozen=True)
class _Case:
    """One account to bring into the desired state: ``found`` is what there is, ``plugin`` and ``tls`` what shall be."""

    dialect: AccountDialect
    state: AccountState
    desired: DesiredAccount
    target: Target
    found: Optional[Account]
    plugin: str
    tls: str
    password_fits: bool

    @property
    def subject(self) -> str:
        """The account as steps name it."""
        return f"account {account(self.target.name)}"

    def why(self, text: str) -> str:
        """The reason for a step, with what the account is for if it is not the declared one."""
        return f"{self.target.why}; there: {text}" if self.target.why else text


def _case(dialect: Dialect, state: AccountState, desired: DesiredAccount, target: Target) -> _Case:
    found = state.account(target.name)
    plugin = desired.plugin or dialect.accounts.default_plugin
    tls = required_tls(state, desired, found)
    return _Case(dialect.accounts, state, desired, target, found, plugin, tls, _fits(found, desired.password))


def _fits(found: Optional[Account], password: Secret) -> bool:
    """Whether a stored hash is the password's. A string that is no hash (UNKNOWN) lets nobody in, so it fits nothing."""
    credentials = found.credentials if found else ()
    return any(verify(one.plugin, one.stored_bytes, password.reveal()) is Verdict.MATCH for one in credentials)


def _steps(case: _Case) -> list[Step]:
    identified = case.dialect.identified(_credential(case))
    statement = create(case.target.name, identified, case.tls)
    wanted = _wanted_summary(case)
    privileges = [
        replace(step, why=case.why(step.why))
        for step in privilege_steps(case.dialect, case.found, case.target.name, case.desired.wanted, case.target.exclusive)
    ]
    if case.found is None:
        clauses = [identified, require(case.tls), EXPIRE_NEVER, UNLOCK]
        again = "a replica may still have an older account of this name, which CREATE leaves as it is"
        return [
            Step(case.why("no such account"), case.subject, None, wanted, statement),
            Step(case.why(again), case.subject, wanted, wanted, alter(case.target.name, clauses)),
            *privileges,
        ]
    changes = _changes(case, case.found, identified)
    if not changes and not privileges:
        return []
    before = _summary(case, case.found)
    steps = [
        Step(
            case.why("it is made where it is missing, so that no replica stops at a change of an account that it lacks"),
            case.subject,
            before,
            before,
            statement,
        )
    ]
    if changes:
        text = case.why(", ".join(change.why for change in changes))
        clauses = list(dict.fromkeys(change.clause for change in changes))
        steps.append(Step(text, case.subject, before, wanted, alter(case.target.name, clauses)))
    return steps + privileges


def _credential(case: _Case) -> Credential:
    """The stored hash where it is right, so that a replica gets the same; else a fresh one."""
    if case.found is not None and case.password_fits and case.found.plugin == case.plugin:
        stored = case.found.credentials[0]
        if stored.stored_bytes.isascii():
            return stored
    return case.dialect.credential(case.plugin, case.desired.password, case.state.salt, case.state.variables)


def _changes(case: _Case, found: Account, identified: Sql) -> list[_Change]:
    changes = []
    if found.plugin != case.plugin:
        changes.append(_Change(f"plugin {found.plugin or 'none'} instead of {case.plugin}", identified))
    elif not case.password_fits:
        changes.append(_Change("another password", identified))
    if found.expired:
        changes.append(_Change("password expired", identified))
    if found.tls != case.tls:
        changes.append(_Change(f"TLS {found.tls} instead of {case.tls}", require(case.tls)))
    if found.lifetime != NEVER:
        changes.append(_Change(f"password expires {_lifetime(found)}", EXPIRE_NEVER))
    if found.locked:
        changes.append(_Change("locked", UNLOCK))
    return changes


def _lifetime(found: Account) -> str:
    if found.lifetime is None:
        return "when the server's default says"
    return f"after {found.lifetime} day" + ("" if found.lifetime == 1 else "s")


def _summary(case: _Case, found: Account) -> str:
    return _lines(
        found.plugin,
        "as declared" if case.password_fits else f"another, set at {found.changed}" if found.changed else "another",
        found.tls,
        "expired" if found.expired else "never expires" if found.lifetime == NEVER else f"expires {_lifetime(found)}",
        "locked" if found.locked else "unlocked",
    )


def _wanted_summary(case: _Case) -> str:
    return _lines(case.plugin, "as declared", case.tls, "never expires", "unlocked")


def _lines(plugin: str, password: str, tls: str, expiry: str, lock: str) -> str:
    return f"plugin: {plugin}\npassword: {password}, {expiry}\nTLS: {tls}\naccount: {lock}"
