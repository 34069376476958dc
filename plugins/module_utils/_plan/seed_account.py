# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the account that a copy logs in to its source with: there while the copy runs, from the replica's host alone.

The clone plugin, where it has to be installed for the copy, comes and goes with it: the account's note says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import accounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_ANY, TLS_NONE, AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import AUTO, BACKUP, CLONE, SEED_USER, CopyEnd
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Performed, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import clone_plugin
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import TLS_OFF, TLS_REQUIRED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import LoginRights, source_obstacles


@dataclass(frozen=True)
class DesiredSeedAccounts:
    """One account for each of ``hosts``, as the source sees them; none at all where there are no hosts.

    ``method`` is how data will be copied, or ``auto``. ``made``: predict for a server on which an earlier task would have made
    those for these hosts.
    """

    hosts: tuple[str, ...]
    password: Secret
    tls: str
    method: str = AUTO
    made: tuple[str, ...] = ()


class SeedAccount(NamedTuple):
    """An account of a copy, and what its note says: the server that it was made on, whether the plugin was installed for it, and
    which server found a copy that brought it complete.
    """

    name: AccountName
    source: str = ""
    installed: bool = False
    complete: str = ""


class Source(NamedTuple):
    """The server that gets the accounts. ``state`` is only needed to make one, ``end`` to make or drop one.

    ``uninstall`` takes the clone plugin away, from sessions too that hang on. ``stream`` begins to serve backups; it ends by itself
    when the accounts are gone.
    """

    server_uuid: str
    found: Sequence[SeedAccount]
    end: CopyEnd
    state: Optional[AccountState]
    uninstall: Performed
    stream: Optional[Performed] = None


def wanted_methods(dialect: Dialect, method: str) -> list[str]:
    """The methods that are asked for, the best first, whatever the source offers."""
    return [one for one in dialect.copying.methods if method in (AUTO, one)]


def offered(dialect: Dialect, end: CopyEnd, method: str) -> list[str]:
    """The methods that come into question as far as the source knows."""
    lacking = {BACKUP: not (end.backup and end.openssl), CLONE: not end.clone}
    return [one for one in wanted_methods(dialect, method) if not lacking.get(one)]


def rights_obstacles(dialect: Dialect, source: Source, desired: DesiredSeedAccounts) -> list[Refusal]:
    """What this run's login lacks to make the accounts; ``source.state`` is there."""
    if source.state is None:
        return []
    rights = LoginRights(source.state.where, source.state.login, source.state.login_grants)
    return served_obstacles(dialect, rights, source.end, desired.method)


def served_obstacles(dialect: Dialect, rights: LoginRights, end: CopyEnd, method: str) -> list[Refusal]:
    """What a login lacks on a source to make the accounts of the copies that this one offers, and to serve them."""
    return source_obstacles(dialect, rights, offered(dialect, end, method), needs_plugin=CLONE not in end.plugins)


def plan_seed_accounts(dialect: Dialect, source: Source, desired: DesiredSeedAccounts) -> list[Step]:
    """Each account anew, with the password of this run; the ones that were found are those of runs before."""
    methods = offered(dialect, source.end, desired.method)
    active = CLONE in source.end.plugins
    needs_plugin = CLONE in methods and not active
    was_installed = active and any(one.installed for one in source.found)
    made = [SeedAccount(AccountName(SEED_USER, host), installed=needs_plugin or was_installed) for host in desired.made]
    # The task that made these would have dropped those of runs before.
    found = made or source.found
    installed = any(one.installed for one in found)
    steps = []
    if installed and (active or desired.made) and not (desired.hosts and CLONE in methods):
        steps.append(Step("it was installed for a copy", "plugin clone", "active", None, source.uninstall))
    steps += [Step("no copy needs it", _target(one.name), "there", None, accounts.drop(one.name)) for one in found]
    if source.state is not None:
        note = source.server_uuid, needs_plugin or (installed and active)
        for host in desired.hosts:
            steps += _made(dialect, source.state, AccountName(SEED_USER, host), desired, methods, note)
        if needs_plugin and desired.hosts:
            steps += clone_plugin.install(source.end)
        if source.stream is not None and desired.hosts and BACKUP in methods:
            steps.append(Step("a copy needs it, as long as the account is there", "stream of backups", None, "open", source.stream))
    if not steps:
        return []
    unlogged = sql("SET SESSION sql_log_bin = 0")
    return [Step("replicas shall not get it", "this session", "logged", "not logged", unlogged), *steps]


def _made(
    dialect: Dialect,
    state: AccountState,
    name: AccountName,
    desired: DesiredSeedAccounts,
    methods: Sequence[str],
    note: tuple[str, bool],
) -> list[Step]:
    syntax = dialect.accounts
    credential = syntax.credential(syntax.default_plugin, desired.password, state.salt, state.variables)
    wants_tls = desired.tls == TLS_REQUIRED or (state.offers_tls and desired.tls != TLS_OFF)
    create = accounts.create(name, syntax.identified(credential), TLS_ANY if wants_tls else TLS_NONE)
    granted = sorted({privilege for method in methods for privilege in dialect.copying.privileges[method]})
    why = "a copy needs it, as long as it runs"
    return [
        Step(why, _target(name), None, "there", dialect.copying.noted(create, *note)),
        Step(why, _target(name), "no privilege", ", ".join(granted), accounts.grant(name, granted)),
    ]


def _target(name: AccountName) -> str:
    return f"account {name.user}@{name.host}"
