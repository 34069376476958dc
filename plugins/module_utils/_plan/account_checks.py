# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a wanted replication account, or forbids to enforce it, said before anything is touched."""

from __future__ import annotations

import difflib

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_NONE, AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName, matches
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ALL,
    ON_OBJECT,
    ROLE,
    USAGE,
    Grant,
    held_globally,
    holds,
    passed_on,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account, identifier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_checks import (
    CONTROL_CHARACTERS,
    NOT_IN_PASSWORDS,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replication_user import (
    TLS_REQUIRED,
    DesiredAccount,
    required_tls,
)

_LONGEST_HOST = 255
_REPLICATES = "REPLICATION SLAVE"
# SHOW PRIVILEGES lists them, but they are no privileges that an account may hold on everything.
_NOT_GRANTABLE = frozenset({ALL, USAGE, "PROXY", "GRANT OPTION"})


def refuse_name(dialect: Dialect, state: AccountState, name: AccountName) -> None:
    """Raises :class:`Refusal` for a name that no replication account may have."""
    if not name.user:
        raise Refusal("name is empty, and the anonymous user cannot replicate", "give the account a name (mysql_replication_user)")
    if not CONTROL_CHARACTERS.isdisjoint(name.user + name.host):
        raise Refusal(f"{account(name)} holds a line break or another control character", "give a name and a host without it")
    if len(name.user) > dialect.accounts.longest_name or len(name.host) > _LONGEST_HOST:
        raise Refusal(
            f"{account(name)} is too long: {dialect.version} takes {dialect.accounts.longest_name} characters of name and"
            f" {_LONGEST_HOST} of host",
            "choose a shorter one",
        )
    if name.user in dialect.accounts.reserved or name.user == state.login.user:
        which = "this run is logged in with" if name.user == state.login.user else "the server itself or its administrator needs"
        raise Refusal(
            f"{account(name)} is an account that {which}; as a replication account it would lose its privileges",
            "give the replication account a name of its own (mysql_replication_user)",
        )


def refuse_password(dialect: Dialect, desired: DesiredAccount) -> None:
    """Raises :class:`Refusal` for a password that no channel can hold."""
    password = desired.password.reveal()
    longest = dialect.channels.longest_password
    if not password:
        raise Refusal("password is empty", "give the replication account a password (mysql_replication_password)")
    # Only an account that may replicate is one that channels store.
    if len(password) > longest and _REPLICATES in desired.privileges:
        raise Refusal(
            f"password has more than {longest} characters, and a channel of {dialect.version} can store no more",
            f"choose one of at most {longest} characters",
        )
    if not NOT_IN_PASSWORDS.isdisjoint(password):
        raise Refusal("password holds a line break or a NUL, which neither a channel nor an option file can hold", "choose another")


def refuse_plugin(dialect: Dialect, state: AccountState, desired: DesiredAccount) -> None:
    """Raises :class:`Refusal` for an authentication plugin that is not there, or whose hashes this collection cannot make."""
    plugin = desired.plugin or dialect.accounts.default_plugin
    usable = [one for one in dialect.accounts.plugins if one in state.plugins]
    if plugin not in dialect.accounts.plugins:
        raise Refusal(
            f"auth_plugin {plugin} is none that replication accounts of {dialect.version} can have here",
            f"leave auth_plugin out, or choose one of: {', '.join(usable)}",
        )
    if plugin not in state.plugins:
        raise Refusal(
            f"{state.where} has not loaded the authentication plugin {plugin}",
            f"choose one of: {', '.join(usable)}; or load the plugin on the primary and all replicas first",
        )


def refuse_privileges(state: AccountState, desired: DesiredAccount) -> None:
    """Raises :class:`Refusal` for a privilege that the server does not know, with the nearest that it knows."""
    grantable = sorted(state.known_privileges - _NOT_GRANTABLE)
    for grant in desired.on_databases:
        if not CONTROL_CHARACTERS.isdisjoint(grant.on) or grant.on == f"{identifier('')}.*":
            raise Refusal(f"database_privileges names no database: {grant.on!r}", "give the database's name")
    for name in (*desired.privileges, *(name for grant in desired.on_databases for name in grant.privileges)):
        if name in grantable:
            continue
        near = difflib.get_close_matches(name, grantable, n=1) if name not in _NOT_GRANTABLE else []
        raise Refusal(
            f"'{name}' is no privilege that {state.version} grants on *.*",
            f"did you mean {near[0]}?" if near else "name the privileges one by one, as SHOW PRIVILEGES lists them",
        )


def refuse_uncovered(dialect: Dialect, state: AccountState, name: AccountName) -> None:
    """Raises :class:`Refusal` if the account's host leaves out an address of ``replicas``."""
    for client in state.clients:
        if not matches(name.host, client.address, client.names, dialect.accounts.match_rules):
            seen = f" (seen by the server as {', '.join(client.names)})" if client.names else ""
            raise Refusal(
                f"{account(name)} does not fit the replica {client}{seen}: {state.where} would not let it in with this account",
                "give a host that covers all replicas (mysql_replication_user_host), or correct the list replicas",
            )


def tls_obstacles(state: AccountState, desired: DesiredAccount) -> list[Refusal]:
    """A TLS requirement that no replica can meet."""
    tls = required_tls(state, desired, state.account(desired.name))
    if tls == TLS_NONE or state.offers_tls:
        return []
    demand = "tls is required" if desired.tls == TLS_REQUIRED else f"{account(desired.name)} demands TLS ({tls})"
    return [
        Refusal(
            f"{demand}, but {state.where} offers no TLS: no replica could log in",
            "give the server a certificate (ssl_ca, ssl_cert, ssl_key), or say that TLS is not wanted"
            " (mysql_replication_tls: 'off')",
        )
    ]


def hash_obstacles(dialect: Dialect, state: AccountState) -> list[Refusal]:
    """A server that wants passwords in clear text only, to judge them."""
    if not dialect.accounts.refuses_hashes(state.variables) or not state.password_validators:
        return []
    return [
        Refusal(
            f"{state.where} refuses passwords given as hashes, since the plugin {', '.join(sorted(state.password_validators))}"
            " validates passwords and strict_password_validation is ON; in clear text the password would reach the server's logs",
            "SET GLOBAL strict_password_validation = OFF (module server_config): clear passwords are still validated then",
        )
    ]


def rights_obstacles(state: AccountState, privileges: frozenset[str]) -> list[Refusal]:
    """What the login lacks to change accounts and to grant or revoke these privileges.

    Roles may hold what is asked for, and so may the right to write to the schema mysql; then the server has the last word.
    """
    if any(grant.kind == ROLE or _writes_accounts(grant) for grant in state.login_grants):
        return []
    held = held_globally(state.login_grants)
    given = passed_on(state.login_grants)
    lacking = [] if holds(held, "CREATE USER") else ["CREATE USER"]
    lacking += [f"{name} WITH GRANT OPTION" for name in sorted(privileges) if not holds(given, name)]
    if not lacking:
        return []
    return [
        Refusal(
            f"{account(state.login)}, with which this run is logged in to {state.where}, lacks: {', '.join(lacking)}",
            "log in with an account that has it (login_user), or over the socket as root",
        )
    ]


def _writes_accounts(grant: Grant) -> bool:
    return grant.kind == ON_OBJECT and "mysql" in grant.on and bool({ALL, "INSERT", "UPDATE"} & {*grant.privileges})
