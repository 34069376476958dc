# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family tells about all of its accounts at once: logging in, privileges, roles. Hashes are not asked for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Collection, Iterable, Mapping, NamedTuple, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    TLS_ANY,
    TLS_NONE,
    TLS_SPECIFIED,
    TLS_X509,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import USAGE, canonical
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import AccountFacts

Row = Mapping[str, Optional[str]]
Rows = Mapping[str, Sequence[Row]]

#: More accounts than this are not read; those that can replicate come first.
MOST_ACCOUNTS = 20_000
_MOST_NAMES = 20

# Observed on 10.11 and 11.8: the bit of REPLICATION SLAVE in "access".
_MARIADB_REPLICATION_SLAVE = 524288
_MOST_PRIVILEGES = 12
_TELLING = frozenset({"ALL PRIVILEGES", "REPLICATION SLAVE", "SELECT", "SUPER"})
_GRANTEE = re.compile(r"'(.*)'@'(.*)'", re.DOTALL)
_MYSQL_TLS = {"": TLS_NONE, "ANY": TLS_ANY, "X509": TLS_X509, "SPECIFIED": TLS_SPECIFIED}
_MARIADB_TLS = (TLS_NONE, TLS_ANY, TLS_X509, TLS_SPECIFIED)

_PRIVILEGES = f"SELECT GRANTEE, PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE <> '{USAGE}'"
_OBJECTS = (
    "SELECT DISTINCT GRANTEE, TABLE_SCHEMA AS object FROM information_schema.SCHEMA_PRIVILEGES"
    " UNION SELECT DISTINCT GRANTEE, CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLE_PRIVILEGES"
)


class Grantee(NamedTuple):
    """An account or a role; MariaDB's roles have no host."""

    user: str
    host: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host}" if self.host else self.user


class AccountFactsDialect(Protocol):
    """What the observer of snapshots asks of a server family."""

    #: Queries whose rows :meth:`parse` takes, by name.
    queries: Mapping[str, str]

    def parse(self, rows: Rows, variables: Mapping[str, str], aliases: Mapping[str, str]) -> tuple[AccountFacts, ...]:
        """All accounts. ``aliases`` are other names of privileges, ``variables`` the global ones."""


class MySQLAccountFacts:
    """MySQL 8.0 and later."""

    queries: Mapping[str, str] = {
        "accounts": "SELECT User, Host, plugin, ssl_type, account_locked, password_expired, password_lifetime,"
        " UNIX_TIMESTAMP(password_last_changed) AS changed, max_connections, max_user_connections"
        f" FROM mysql.user ORDER BY Repl_slave_priv = 'Y' DESC, User, Host LIMIT {MOST_ACCOUNTS}",
        "privileges": _PRIVILEGES,
        "objects": _OBJECTS,
        "roles": "SELECT TO_USER AS user, TO_HOST AS host, FROM_USER AS role, FROM_HOST AS role_host FROM mysql.role_edges",
        "default_roles": "SELECT USER AS user, HOST AS host, DEFAULT_ROLE_USER AS role, DEFAULT_ROLE_HOST AS role_host"
        " FROM mysql.default_roles",
    }

    def parse(self, rows: Rows, variables: Mapping[str, str], aliases: Mapping[str, str]) -> tuple[AccountFacts, ...]:
        """See :class:`AccountFactsDialect`. Manual, "Grant Tables"."""
        granted = _roles(rows["roles"])
        active = granted if variables.get("activate_all_roles_on_login") == "ON" else _roles(rows["default_roles"])
        accounts = [
            AccountFacts(
                user=row["User"] or "",
                host=row["Host"] or "",
                plugins=(row["plugin"] or "",),
                tls=_MYSQL_TLS[row["ssl_type"] or ""],
                locked=row["account_locked"] == "Y",
                expired=row["password_expired"] == "Y",
                lifetime=_number(row["password_lifetime"]),
                changed=_number(row["changed"]),
                max_connections=_number(row["max_user_connections"]) or 0,
                max_connections_per_hour=_number(row["max_connections"]) or 0,
            )
            for row in rows["accounts"]
        ]
        return _with_privileges(accounts, rows, granted, active, aliases, {})


class MariaDBAccountFacts:
    """MariaDB 10.6 and later."""

    queries: Mapping[str, str] = {
        "accounts": "SELECT User, Host, JSON_REMOVE(Priv, '$.authentication_string') AS Priv FROM mysql.global_priv"
        f" ORDER BY JSON_VALUE(Priv, '$.access') & {_MARIADB_REPLICATION_SLAVE} DESC, User, Host LIMIT {MOST_ACCOUNTS}",
        "privileges": _PRIVILEGES,
        "objects": _OBJECTS,
        "roles": "SELECT User AS user, Host AS host, Role AS role, '' AS role_host FROM mysql.roles_mapping",
    }

    def parse(self, rows: Rows, variables: Mapping[str, str], aliases: Mapping[str, str]) -> tuple[AccountFacts, ...]:
        """See :class:`AccountFactsDialect`. KB, "mysql.global_priv Table"; a role is no account."""
        found = [(Grantee(row["User"] or "", row["Host"] or ""), json.loads(row["Priv"] or "{}")) for row in rows["accounts"]]
        # Observed on 10.11 and 11.8: the table of privileges leaves roles out.
        of_roles = {name: _privileges_of_role(priv) for name, priv in found if priv.get("is_role")}
        found = [(name, priv) for name, priv in found if not priv.get("is_role")]
        # KB, "PUBLIC": its privileges are everybody's.
        active = {name: {Grantee("PUBLIC", "")} | _default_role(priv) for name, priv in found}
        return _with_privileges(
            [_mariadb_account(name, priv) for name, priv in found], rows, _roles(rows["roles"]), active, aliases, of_roles
        )


def _mariadb_account(name: Grantee, priv: Mapping[str, Any]) -> AccountFacts:
    # "auth_or" lists the alternatives, with {} where the credential of the account itself stands in their order.
    alternatives = [one or priv for one in priv.get("auth_or", [{}])]
    lifetime = int(priv.get("password_lifetime", -1))
    changed = priv.get("password_last_changed")
    return AccountFacts(
        user=name.user,
        host=name.host,
        plugins=tuple(one.get("plugin") or "mysql_native_password" for one in alternatives),
        tls=_MARIADB_TLS[max(int(priv.get("ssl_type", 0)), 0)],
        locked=bool(priv.get("account_locked")),
        # Observed on 10.11: without disconnect_on_expired_password the login succeeds, and every statement fails (error 1820).
        expired=changed == 0,
        lifetime=None if lifetime < 0 else lifetime,
        changed=int(changed) if changed else None,
        max_connections=int(priv.get("max_user_connections", 0)),
        max_connections_per_hour=int(priv.get("max_connections", 0)),
    )


def _privileges_of_role(priv: Mapping[str, Any]) -> set[str]:
    access = int(priv.get("access", 0))
    found = {"REPLICATION SLAVE"} if access & _MARIADB_REPLICATION_SLAVE else set()
    return found | ({"other privileges"} if access & ~_MARIADB_REPLICATION_SLAVE else set())


def _default_role(priv: Mapping[str, Any]) -> set[Grantee]:
    return {Grantee(priv["default_role"], "")} if priv.get("default_role") else set()


def _roles(rows: Iterable[Row]) -> dict[Grantee, set[Grantee]]:
    found: dict[Grantee, set[Grantee]] = {}
    for row in rows:
        role = Grantee(row["role"] or "", row["role_host"] or "")
        found.setdefault(Grantee(row["user"] or "", row["host"] or ""), set()).add(role)
    return found


def _closure(start: Iterable[Grantee], granted: Mapping[Grantee, set[Grantee]]) -> set[Grantee]:
    """Roles and the roles granted to them, which are active with them."""
    seen: set[Grantee] = set()
    todo = list(start)
    while todo:
        role = todo.pop()
        if role not in seen:
            seen.add(role)
            todo += granted.get(role, ())
    return seen


def _with_privileges(
    accounts: Sequence[AccountFacts],
    rows: Rows,
    granted: Mapping[Grantee, set[Grantee]],
    active: Mapping[Grantee, set[Grantee]],
    aliases: Mapping[str, str],
    of_roles: Mapping[Grantee, set[str]],
) -> tuple[AccountFacts, ...]:
    held = _by_grantee((row["GRANTEE"], canonical(row["PRIVILEGE_TYPE"] or "", aliases)) for row in rows["privileges"])
    held.update(of_roles)
    objects = _by_grantee((row["GRANTEE"], row["object"] or "") for row in rows["objects"])

    def together(roles: set[Grantee]) -> tuple[str, ...]:
        return tuple(sorted({name for role in roles for name in held.get(role, ())}))

    found = []
    for one in accounts:
        name = Grantee(one.user, one.host)
        awake = _closure(active.get(name, ()), granted)
        asleep = _closure(granted.get(name, ()), granted) - awake
        found.append(
            replace(
                one,
                privileges=shortened(held.get(name, ())),
                role_privileges=together(awake),
                idle_privileges=together(asleep),
                roles=_first(sorted(map(str, granted.get(name, ())))),
                objects=_first(sorted(objects.get(name, ()))),
            )
        )
    return tuple(found)


def shortened(privileges: Collection[str]) -> tuple[str, ...]:
    """All of them; of an administrator's only those that matter here, and the number of the others."""
    if len(privileges) <= _MOST_PRIVILEGES:
        return tuple(sorted(privileges))
    kept = sorted(_TELLING.intersection(privileges))
    return (*kept, f"{len(privileges) - len(kept)} more")


def _first(names: Sequence[str]) -> tuple[str, ...]:
    more = len(names) - _MOST_NAMES
    return (*names[:_MOST_NAMES], f"{more} more") if more > 0 else tuple(names)


def _by_grantee(items: Iterable[tuple[Optional[str], str]]) -> dict[Grantee, set[str]]:
    found: dict[Grantee, set[str]] = {}
    for grantee, item in items:
        match = _GRANTEE.fullmatch(grantee or "")
        if match:
            found.setdefault(Grantee(match.group(1), match.group(2)), set()).add(item)
    return found


def _number(text: Optional[str]) -> Optional[int]:
    return int(float(text)) if text else None
