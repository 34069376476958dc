# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account as a server holds it, and all that a planner needs to know around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

# What an account demands of a connection.
TLS_NONE = "not required"
TLS_ANY = "required"
TLS_X509 = "client certificate required"
TLS_SPECIFIED = "certain client certificate or cipher required"

#: Days until a password expires on a timer.
NEVER = 0


@dataclass(frozen=True)
class Credential:
    """How an account proves itself. ``stored`` is the authentication string, a character for each byte (Latin-1)."""

    plugin: str
    stored: Secret

    @property
    def stored_bytes(self) -> bytes:
        """The authentication string as the server holds it."""
        return self.stored.reveal().encode("latin-1")


@dataclass(frozen=True)
class Role:
    """A role granted to an account, by its name as the server prints it. ``active``: it is so right after the login."""

    name: str
    active: bool
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class Account:
    """One account. ``credentials`` are alternatives, of which MySQL has one; ``lifetime`` is in days, ``None`` the server's own.

    ``changed`` is when the password was last set, by the server's clock (ISO 8601, UTC); empty where the server does not tell.
    """

    name: AccountName
    credentials: tuple[Credential, ...]
    tls: str
    locked: bool
    expired: bool
    lifetime: Optional[int]
    default_roles: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    roles: tuple[Role, ...] = ()
    changed: str = ""

    @property
    def plugin(self) -> str:
        """The authentication plugin, or the alternatives in words."""
        return " or ".join(credential.plugin for credential in self.credentials)


@dataclass(frozen=True)
class Client:
    """One address from which a replica connects. ``names``: what the server may see for it by reverse resolution."""

    entry: str
    address: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return self.address if self.entry == self.address else f"{self.entry} ({self.address})"


@dataclass(frozen=True)
class AccountState:
    """What was observed.

    ``accounts``: all of the wanted user name, with their grants, and the anonymous ones, without. ``plugins`` are the active
    authentication plugins, ``password_validators`` the active plugins that judge passwords. ``known_privileges`` are canonical
    names. ``login`` is the account that the run is logged in with. ``salt`` is fresh randomness for a hash.
    """

    where: str
    version: ServerVersion
    variables: Mapping[str, str]
    offers_tls: bool
    plugins: frozenset[str]
    password_validators: frozenset[str]
    known_privileges: frozenset[str]
    login: AccountName
    login_grants: tuple[Grant, ...]
    accounts: tuple[Account, ...]
    clients: tuple[Client, ...]
    salt: bytes

    def account(self, name: AccountName) -> Optional[Account]:
        """The account of that name and host."""
        return next((account for account in self.accounts if account.name == name), None)
