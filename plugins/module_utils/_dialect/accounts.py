# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family words accounts: where they are stored, their hashes, and statements on which no replica can stop.

Observed on pairs of MySQL 9.7, MariaDB 10.11 and 11.8: CREATE USER IF NOT EXISTS, ALTER USER IF EXISTS and DROP USER IF EXISTS
pass on a replica whether or not it has the account; GRANT stops one that lacks it (errors 1410, 1133).
"""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_revocation import (
    Revocation,
    global_or_all,
    one_by_one,
    roles_and_all,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import Row
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    TLS_ANY,
    TLS_NONE,
    TLS_SPECIFIED,
    TLS_X509,
    Account,
    Credential,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import (
    MARIADB_RULES,
    MYSQL_RULES,
    AccountName,
    MatchRules,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.password_hash import (
    make_caching_sha2,
    make_ed25519,
    make_native,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import GLOBAL, Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, account, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

# What a certain certificate must be is not known here; X509 is the next that is no weaker.
_REQUIRE = {TLS_NONE: "NONE", TLS_ANY: "SSL", TLS_X509: "X509", TLS_SPECIFIED: "X509"}


class AccountDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    default_plugin: str
    #: Authentication plugins whose hashes this collection makes.
    plugins: Sequence[str]
    #: Plugins whose client's half came with a later version than the first that this collection knows, and that version.
    client_halves: Mapping[str, tuple[int, int]]
    match_rules: MatchRules
    longest_name: int
    #: Other names of a privilege → the one that the server prints.
    privilege_aliases: Mapping[str, str]
    #: Global variables that :class:`AccountState` holds, where the server has them.
    variables: Sequence[str]
    #: User names that the server itself needs.
    reserved: Sequence[str]

    def query(self, user: str) -> str:
        """The rows of this user name and of the anonymous user, for :meth:`parse`."""

    def parse(self, rows: Sequence[Row]) -> tuple[Account, ...]:
        """The accounts without their grants."""

    def activates_all_roles(self, variables: Mapping[str, str]) -> bool:
        """Whether a login has all its roles active, not only the default ones."""

    def refuses_hashes(self, variables: Mapping[str, str]) -> bool:
        """Whether the server refuses hashes as soon as a plugin validates passwords."""

    def credential(self, plugin: str, password: Secret, salt: bytes, variables: Mapping[str, str]) -> Credential:
        """The plugin with the password's hash. ``salt`` is 20 bytes of letters and digits."""

    def identified(self, credential: Credential) -> Sql:
        """The clause that sets plugin and hash; it also ends an expiry."""

    def revoke(self, name: AccountName, surplus: Sequence[Grant], wanted: frozenset[str]) -> list[Revocation]:
        """Takes the surplus from an account that exists everywhere; ``wanted`` are the global privileges to keep."""


def require(tls: str) -> Sql:
    """The clause for a TLS requirement, one of the TLS_ words of ``_model.account``."""
    return sql(f"REQUIRE {_REQUIRE[tls]}")


EXPIRE_NEVER = sql("PASSWORD EXPIRE NEVER")
UNLOCK = sql("ACCOUNT UNLOCK")


def create(name: AccountName, identified: Sql, tls: str) -> Sql:
    """Creates an account, unlocked and without expiry, unless it exists; ``tls`` as for :func:`require`."""
    return _spaced(f"CREATE USER IF NOT EXISTS {account(name)}", [identified, require(tls), EXPIRE_NEVER, UNLOCK])


def alter(name: AccountName, clauses: Sequence[Sql]) -> Sql:
    """Changes an account if it exists. The clauses stand in this order: identified, require, expiry, lock."""
    return _spaced(f"ALTER USER IF EXISTS {account(name)}", clauses)


def drop(name: AccountName) -> Sql:
    """Removes an account if it exists."""
    return sql(f"DROP USER IF EXISTS {account(name)}")


def grant(name: AccountName, privileges: Iterable[str], on: str = GLOBAL) -> Sql:
    """Grants privileges; the account must exist, on replicas too."""
    return sql(f"GRANT {', '.join(sorted(privileges))} ON {on} TO {account(name)}")


class MySQLAccounts:
    """MySQL 8.0 and later: mysql.user, caching_sha2_password, roles that are accounts."""

    default_plugin = "caching_sha2_password"
    plugins: Sequence[str] = ("caching_sha2_password", "mysql_native_password")
    client_halves: Mapping[str, tuple[int, int]] = {}
    match_rules = MYSQL_RULES
    longest_name = 32
    privilege_aliases: Mapping[str, str] = {
        "REPLICATION REPLICA": "REPLICATION SLAVE",
        "BINLOG MONITOR": "REPLICATION CLIENT",
        "SLAVE MONITOR": "REPLICATION CLIENT",
        "REPLICA MONITOR": "REPLICATION CLIENT",
    }
    variables: Sequence[str] = (
        "read_only",
        "super_read_only",
        "skip_name_resolve",
        "activate_all_roles_on_login",
        "caching_sha2_password_digest_rounds",
    )
    reserved: Sequence[str] = ("root", "mysql.sys", "mysql.session", "mysql.infoschema")

    def __init__(self, version: ServerVersion) -> None:
        # Manual, "REVOKE Statement": IF EXISTS and IGNORE UNKNOWN USER came with 8.0.30.
        self._tolerant_revoke = version.at_least(8, 0, 30)

    def query(self, user: str) -> str:
        """See :class:`AccountDialect`. The hash comes as hexadecimal digits: a salt may hold bytes that are no text."""
        role = "CONCAT('`', REPLACE(r.DEFAULT_ROLE_USER, '`', '``'), '`@`', REPLACE(r.DEFAULT_ROLE_HOST, '`', '``'), '`')"
        return (
            "SELECT u.User, u.Host, u.plugin, HEX(u.authentication_string) AS hex_hash, u.ssl_type, u.account_locked,"
            f" u.password_expired, u.password_lifetime, {_utc('UNIX_TIMESTAMP(u.password_last_changed)')} AS changed,"
            f" (SELECT JSON_ARRAYAGG({role}) FROM mysql.default_roles r WHERE r.USER = u.User AND r.HOST = u.Host) AS default_roles"
            f" FROM mysql.user u WHERE u.User IN ({literal(user)}, '')"
        )

    def parse(self, rows: Sequence[Row]) -> tuple[Account, ...]:
        """See :class:`AccountDialect`. Manual, "Grant Tables": ssl_type is '', ANY, X509 or SPECIFIED."""
        tls = {"": TLS_NONE, "ANY": TLS_ANY, "X509": TLS_X509, "SPECIFIED": TLS_SPECIFIED}
        return tuple(
            Account(
                name=AccountName(row["User"] or "", row["Host"] or ""),
                credentials=(Credential(row["plugin"] or "", Secret(bytes.fromhex(row["hex_hash"] or "").decode("latin-1"))),),
                tls=tls[row["ssl_type"] or ""],
                locked=row["account_locked"] == "Y",
                expired=row["password_expired"] == "Y",
                lifetime=None if row["password_lifetime"] is None else int(row["password_lifetime"]),
                default_roles=tuple(json.loads(row["default_roles"] or "[]")),
                changed=row["changed"] or "",
            )
            for row in rows
        )

    def activates_all_roles(self, variables: Mapping[str, str]) -> bool:
        """See :class:`AccountDialect`."""
        return variables.get("activate_all_roles_on_login") == "ON"

    def refuses_hashes(self, variables: Mapping[str, str]) -> bool:
        """Never: validate_password judges clear passwords only."""
        return False

    def credential(self, plugin: str, password: Secret, salt: bytes, variables: Mapping[str, str]) -> Credential:
        """See :class:`AccountDialect`."""
        if plugin == "mysql_native_password":
            stored = make_native(password.reveal())
        else:
            # Before 8.0.24 the rounds were fixed.
            rounds = int(variables.get("caching_sha2_password_digest_rounds", "5000"))
            stored = make_caching_sha2(password.reveal(), salt, rounds)
        return Credential(plugin, Secret(stored.decode("latin-1")))

    def identified(self, credential: Credential) -> Sql:
        """See :class:`AccountDialect`."""
        return sql(f"IDENTIFIED WITH {literal(credential.plugin)} AS ", credential.stored)

    def revoke(self, name: AccountName, surplus: Sequence[Grant], wanted: frozenset[str]) -> list[Revocation]:
        """See :class:`AccountDialect`."""
        return one_by_one(name, surplus, wanted) if self._tolerant_revoke else roles_and_all(name, surplus)


class MariaDBAccounts:
    """MariaDB 10.6 and later: mysql.global_priv, mysql_native_password, roles that are no accounts."""

    default_plugin = "mysql_native_password"
    plugins: Sequence[str] = ("mysql_native_password", "ed25519")
    client_halves: Mapping[str, tuple[int, int]] = {"parsec": (11, 6)}
    match_rules = MARIADB_RULES
    longest_name = 128
    privilege_aliases: Mapping[str, str] = {
        "REPLICATION REPLICA": "REPLICATION SLAVE",
        "REPLICATION CLIENT": "BINLOG MONITOR",
        "REPLICA MONITOR": "SLAVE MONITOR",
        "REPLICATION REPLICA ADMIN": "REPLICATION SLAVE ADMIN",
        "REPLICATION_SLAVE_ADMIN": "REPLICATION SLAVE ADMIN",
        "READ ONLY ADMIN": "READ_ONLY ADMIN",
        "DELETE VERSIONING ROWS": "DELETE HISTORY",
    }
    variables: Sequence[str] = ("read_only", "skip_name_resolve", "strict_password_validation")
    reserved: Sequence[str] = ("root", "mysql", "mariadb.sys", "PUBLIC")

    def query(self, user: str) -> str:
        """See :class:`AccountDialect`. mysql.user is only a view, without the alternatives of an account."""
        changed = _utc("NULLIF(JSON_VALUE(Priv, '$.password_last_changed'), 0)")
        return f"SELECT User, Host, Priv, {changed} AS changed FROM mysql.global_priv WHERE User IN ({literal(user)}, '')"

    def parse(self, rows: Sequence[Row]) -> tuple[Account, ...]:
        """See :class:`AccountDialect`. KB, "mysql.global_priv Table"; roles are no accounts and left out."""
        parsed = [(row, json.loads(row["Priv"] or "{}")) for row in rows]
        return tuple(_mariadb_account(row, priv) for row, priv in parsed if not priv.get("is_role"))

    def activates_all_roles(self, variables: Mapping[str, str]) -> bool:
        """Never: an account has one default role."""
        return False

    def refuses_hashes(self, variables: Mapping[str, str]) -> bool:
        """KB, "Password Validation Plugin API": strict_password_validation concerns hashes (error 1290)."""
        return variables.get("strict_password_validation") == "ON"

    def credential(self, plugin: str, password: Secret, salt: bytes, variables: Mapping[str, str]) -> Credential:
        """See :class:`AccountDialect`; neither of the plugins takes a salt."""
        make = make_ed25519 if plugin == "ed25519" else make_native
        return Credential(plugin, Secret(make(password.reveal()).decode("ascii")))

    def identified(self, credential: Credential) -> Sql:
        """See :class:`AccountDialect`."""
        return sql(f"IDENTIFIED VIA {credential.plugin} USING ", credential.stored)

    def revoke(self, name: AccountName, surplus: Sequence[Grant], wanted: frozenset[str]) -> list[Revocation]:
        """See :class:`AccountDialect`."""
        return global_or_all(name, surplus, wanted)


def _utc(seconds: str) -> str:
    """An expression for that many seconds since the epoch as a time in ISO 8601, whatever time zones the server knows."""
    return f"DATE_FORMAT(TIMESTAMPADD(SECOND, {seconds}, '1970-01-01'), '%Y-%m-%dT%H:%i:%sZ')"


def _mariadb_account(row: Row, priv: Mapping[str, Any]) -> Account:
    # "auth_or" lists the alternatives, with {} where the credential of the account itself stands in their order.
    alternatives = [one or priv for one in priv.get("auth_or", [{}])]
    lifetime = int(priv.get("password_lifetime", -1))
    default_role = priv.get("default_role")
    return Account(
        name=AccountName(row["User"] or "", row["Host"] or ""),
        credentials=tuple(
            Credential(one.get("plugin") or "mysql_native_password", Secret(one.get("authentication_string", "")))
            for one in alternatives
        ),
        tls=(TLS_NONE, TLS_ANY, TLS_X509, TLS_SPECIFIED)[max(int(priv.get("ssl_type", 0)), 0)],
        locked=bool(priv.get("account_locked")),
        expired=priv.get("password_last_changed") == 0,
        lifetime=None if lifetime < 0 else lifetime,
        default_roles=("`" + default_role.replace("`", "``") + "`",) if default_role else (),
        changed=row["changed"] or "",
    )


def _spaced(head: str, clauses: Sequence[Sql]) -> Sql:
    parts: list[Any] = [head]
    for clause in clauses:
        parts += [" ", clause]
    return sql(*parts)
