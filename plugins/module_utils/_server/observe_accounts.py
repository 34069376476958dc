# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the accounts of one user name and what decides about them, and resolves the replicas' addresses. Never writes."""

from __future__ import annotations

import ipaddress
import secrets
import socket
import string
from dataclasses import replace
from typing import Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    Account,
    AccountState,
    Client,
    Role,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ROLE,
    Grant,
    canonical,
    parse_grants,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

# Manual, "Problems Connecting to MySQL": access to a database, a table, a column denied.
_ACCESS_DENIED = (1044, 1142, 1143)
_SALT_CHARACTERS = string.ascii_letters + string.digits
_SALT_LENGTH = 20


def account_state(session: Session, user: str, replicas: Sequence[str]) -> AccountState:
    """All that the planner needs to know of this user name. Raises :class:`Refusal` if the login may not read it."""
    dialect = session.dialect
    variables = _variables(session, dialect.accounts.variables)
    plugins = _plugins(session)
    return AccountState(
        where=session.where,
        version=dialect.version,
        variables=variables,
        offers_tls=session.value(dialect.tls_query) == "1",
        plugins=frozenset(name for name, kind in plugins.items() if kind == "AUTHENTICATION"),
        password_validators=frozenset(name for name, kind in plugins.items() if kind == "PASSWORD VALIDATION"),
        known_privileges=frozenset(
            canonical(row["Privilege"] or "", dialect.accounts.privilege_aliases) for row in session.rows("SHOW PRIVILEGES")
        ),
        login=own_account(session),
        login_grants=own_grants(session),
        accounts=_accounts(session, user, variables),
        clients=_clients(replicas, variables.get("skip_name_resolve") == "ON"),
        salt="".join(secrets.choice(_SALT_CHARACTERS) for _index in range(_SALT_LENGTH)).encode("ascii"),
    )


def _variables(session: Session, names: Sequence[str]) -> dict[str, str]:
    listed = ", ".join(f"'{name}'" for name in names)
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({listed})")
    return {str(row["Variable_name"]): row["Value"] or "" for row in rows}


def _plugins(session: Session) -> dict[str, str]:
    rows = session.rows(
        "SELECT PLUGIN_NAME AS name, PLUGIN_TYPE AS type FROM information_schema.PLUGINS"
        " WHERE PLUGIN_STATUS = 'ACTIVE' AND PLUGIN_TYPE IN ('AUTHENTICATION', 'PASSWORD VALIDATION')"
    )
    return {str(row["name"]): row["type"] or "" for row in rows}


def own_account(session: Session) -> AccountName:
    """The account that the session is logged in with."""
    user, _at, host = (session.value("SELECT CURRENT_USER()") or "").rpartition("@")
    return AccountName(user, host)


def own_grants(session: Session) -> tuple[Grant, ...]:
    """What that account may do, by itself and by the roles that are active."""
    return _grants(session, "SHOW GRANTS")


def grants_after_login(session: Session, name: AccountName) -> Optional[tuple[Grant, ...]]:
    """What an account of this server may do, by itself and by the roles that are active after its login; ``None`` without one."""
    accounts = _accounts(session, name.user, _variables(session, session.dialect.accounts.variables))
    found = next((one for one in accounts if one.name == name), None)
    if found is None:
        return None
    return (*found.grants, *(grant for role in found.roles if role.active for grant in role.grants))


def _grants(session: Session, query: str) -> tuple[Grant, ...]:
    lines = [next(iter(row.values())) or "" for row in session.rows(query)]
    try:
        return parse_grants(lines, session.dialect.accounts.privilege_aliases)
    except ValueError as error:
        raise Refusal(
            f"{session.where}: {query} gives {error}", "report this with the server's version; nothing was touched"
        ) from None


def _accounts(session: Session, user: str, variables: Mapping[str, str]) -> tuple[Account, ...]:
    syntax = session.dialect.accounts
    try:
        found = syntax.parse(session.rows(syntax.query(user)))
        return tuple(_with_grants(session, one, variables) if one.name.user == user else one for one in found)
    except ServerError as error:
        if error.errno not in _ACCESS_DENIED:
            raise
        raise Refusal(
            f"{session.where}: this login may not read the accounts: error {error.errno}: {error.error}",
            "log in with an account that has SELECT on mysql.* (login_user), or over the socket as root",
        ) from None


def _with_grants(session: Session, found: Account, variables: Mapping[str, str]) -> Account:
    grants = _grants(session, f"SHOW GRANTS FOR {account(found.name)}")
    all_active = session.dialect.accounts.activates_all_roles(variables)
    names = [name for grant in grants if grant.kind == ROLE for name in grant.privileges]
    roles = tuple(Role(name, all_active or name in found.default_roles, _role_grants(session, name, {name})) for name in names)
    return replace(found, grants=grants, roles=roles)


def _role_grants(session: Session, role: str, seen: set[str]) -> tuple[Grant, ...]:
    """The grants of a role and of the roles granted to it, which are active with it."""
    found = _grants(session, f"SHOW GRANTS FOR {role}")
    for inner in [name for grant in found if grant.kind == ROLE for name in grant.privileges]:
        if inner not in seen:
            seen.add(inner)
            found += _role_grants(session, inner, seen)
    return found


def _clients(replicas: Sequence[str], skip_name_resolve: bool) -> tuple[Client, ...]:
    found: dict[str, Client] = {}
    for entry in replicas:
        for address in _addresses(entry):
            names = () if skip_name_resolve else _names(address)
            found.setdefault(address, Client(entry, address, names))
    return tuple(found.values())


def _addresses(entry: str) -> list[str]:
    try:
        return [str(ipaddress.ip_address(entry))]
    except ValueError:
        pass  # a name
    try:
        answers = socket.getaddrinfo(entry, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refusal(
            f"'{entry}' in replicas does not resolve to an address on this host: {error}",
            "give the address from which the replica connects, or mend the name resolution",
        ) from None
    return sorted({str(answer[4][0]) for answer in answers})


def _names(address: str) -> tuple[str, ...]:
    """The name that a server on this host sees for a client: that of the reverse lookup, if it resolves back.

    Manual, "DNS Lookups and the Host Cache"; loopback addresses are "localhost" without any lookup.
    """
    if ipaddress.ip_address(address).is_loopback:
        return ("localhost",)
    name = _reverse(address)
    if name is None:
        return ()
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return (name,) if address in {str(answer[4][0]) for answer in answers} else ()


def _reverse(address: str) -> Optional[str]:
    try:
        return socket.getnameinfo((address, 0), socket.NI_NAMEREQD)[0]
    except OSError:
        return None
