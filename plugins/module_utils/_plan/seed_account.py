# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the account that a copy logs in to its source with: there while the copy runs, from the replica's host alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import accounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_ANY, TLS_NONE, AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SEED_USER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import TLS_OFF, TLS_REQUIRED


@dataclass(frozen=True)
class DesiredSeedAccounts:
    """One account for each of ``hosts``, as the source sees them; none at all where there are no hosts.

    ``made``: predict for a server on which an earlier task would have made those for these hosts.
    """

    hosts: tuple[str, ...]
    password: Secret
    tls: str
    made: tuple[str, ...] = ()


def plan_seed_accounts(
    dialect: Dialect, found: Sequence[AccountName], state: Optional[AccountState], desired: DesiredSeedAccounts
) -> list[Step]:
    """Each account anew, with the password of this run; the ones that were ``found`` are those of runs before.

    ``state`` is only needed to make one.
    """
    steps = [Step("no copy needs it", _target(name), "there", None, accounts.drop(name)) for name in found]
    if state is not None:
        for host in desired.hosts:
            steps += _made(dialect, state, AccountName(SEED_USER, host), desired)
    if not steps:
        return []
    unlogged = sql("SET SESSION sql_log_bin = 0")
    return [Step("replicas shall not get it", "this session", "logged", "not logged", unlogged), *steps]


def _made(dialect: Dialect, state: AccountState, name: AccountName, desired: DesiredSeedAccounts) -> list[Step]:
    syntax = dialect.accounts
    credential = syntax.credential(syntax.default_plugin, desired.password, state.salt, state.variables)
    wants_tls = desired.tls == TLS_REQUIRED or (state.offers_tls and desired.tls != TLS_OFF)
    create = accounts.create(name, syntax.identified(credential), TLS_ANY if wants_tls else TLS_NONE)
    granted = sorted(dialect.copying.dump_privileges)
    why = "a copy needs it, as long as it runs"
    return [
        Step(why, _target(name), None, "there", create),
        Step(why, _target(name), "no privilege", ", ".join(granted), accounts.grant(name, granted)),
    ]


def _target(name: AccountName) -> str:
    return f"account {name.user}@{name.host}"
