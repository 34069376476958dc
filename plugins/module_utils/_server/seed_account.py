# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``seed_account`` module's work at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SEED_USER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.account_checks import hash_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import (
    DesiredSeedAccounts,
    plan_seed_accounts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import account_state
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.settle import seed_accounts


class Observed(NamedTuple):
    """The accounts of copies, and what decides about a new one."""

    found: Sequence[AccountName]
    state: Optional[AccountState]


@dataclass(frozen=True)
class SeedAccountWork:
    """One run of the module."""

    desired: DesiredSeedAccounts

    def observe(self, session: Session) -> Observed:
        """The accounts of copies."""
        predicted = [AccountName(SEED_USER, host) for host in self.desired.made]
        found = list(dict.fromkeys([*seed_accounts(session), *predicted]))
        return Observed(found, account_state(session, SEED_USER, ()) if self.desired.hosts else None)

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.seed_account``."""
        steps = plan_seed_accounts(dialect, observed.found, observed.state, self.desired)
        state = observed.state
        if state is None:
            return Plan(steps)
        return Plan(steps, read_only_obstacles(state.where, state.variables, "accounts") + hash_obstacles(dialect, state))

    @staticmethod
    def verify(_session: Session, _steps: Sequence[Step], observed: Observed) -> Observed:
        """A copy logs in with it right away."""
        return observed

    @staticmethod
    def unsettled(_observed: Observed) -> Sequence[str]:
        """Nothing: an account is right at once."""
        return ()

    def report(self, dialect: Dialect, _observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {"seed_user": SEED_USER, "version": str(dialect.version)}
