# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replication_user`` module's work at the edge: what it observes, which planner it asks, and how it verifies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import canonical
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import account_checks
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replication_user import (
    DesiredAccount,
    choices,
    plan_absent,
    plan_present,
    privileges_at_stake,
    required_tls,
    targets,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import account_state


@dataclass(frozen=True)
class AccountWork:
    """One run of the module. ``state`` is ``present`` or ``absent``; ``replicas`` are addresses or names."""

    desired: DesiredAccount
    replicas: tuple[str, ...]
    state: str

    def observe(self, session: Session) -> AccountState:
        """The accounts of the wanted name, with their grants, and the clients to match."""
        return account_state(session, self.desired.name.user, self.replicas if self.state == "present" else ())

    def plan(self, dialect: Dialect, observed: AccountState) -> Plan:
        """See ``_plan.replication_user``; bad input is refused first, what forbids the steps comes along as obstacles."""
        account_checks.refuse_name(dialect, observed, self.desired.name)
        if self.state == "absent":
            steps = plan_absent(observed, self.desired.name)
            return Plan(steps, self._obstacles(observed, frozenset()) if steps else ())
        desired = self._canonical(dialect)
        account_checks.refuse_password(dialect, desired)
        account_checks.refuse_plugin(dialect, observed, desired)
        account_checks.refuse_privileges(observed, desired)
        account_checks.refuse_uncovered(dialect, observed, desired.name)
        steps = plan_present(dialect, observed, desired)
        # Without TLS no replica gets in, steps or not.
        obstacles = account_checks.tls_obstacles(observed, desired)
        if steps:
            obstacles += account_checks.hash_obstacles(dialect, observed)
            obstacles += self._obstacles(observed, privileges_at_stake(dialect, observed, desired))
        return Plan(steps, obstacles)

    def verify(self, session: Session, steps: Sequence[Step], observed: AccountState) -> AccountState:
        """Observes again after steps; raises :class:`Refusal` if anything is left to do."""
        if not steps:
            return observed
        state = self.observe(session)
        left = self.plan(session.dialect, state).steps
        if left:
            raise Refusal(
                f"{session.where}: after {len(steps)} steps {left[0].target} is still not as it shall be: {left[0].why}",
                "see who else changes accounts on this server, then run again",
            )
        return state

    @staticmethod
    def unsettled(_observed: AccountState) -> Sequence[str]:
        """Nothing: an account is right at once."""
        return ()

    def report(self, dialect: Dialect, observed: AccountState) -> Mapping[str, Any]:
        """What the module returns besides its steps: the account as declared, since it has been verified or predicted."""
        if self.state == "absent":
            return {"account": None, "chosen": {}, "version": str(dialect.version)}
        desired = self._canonical(dialect)
        return {
            "account": {
                "name": f"{desired.name.user}@{desired.name.host}",
                "plugin": desired.plugin or dialect.accounts.default_plugin,
                "tls": required_tls(observed, desired, observed.account(desired.name)),
                "privileges": [*sorted(set(desired.privileges)), *map(str, desired.on_databases)],
            },
            "chosen": choices(dialect, observed, targets(dialect, observed, desired)),
            "version": str(dialect.version),
        }

    def _canonical(self, dialect: Dialect) -> DesiredAccount:
        aliases = dialect.accounts.privilege_aliases
        databases = [
            replace(one, privileges=tuple(sorted({canonical(name, aliases) for name in one.privileges})))
            for one in self.desired.on_databases
        ]
        return replace(
            self.desired,
            privileges=tuple(dict.fromkeys(canonical(name, aliases) for name in self.desired.privileges)),
            on_databases=tuple(databases),
        )

    @staticmethod
    def _obstacles(observed: AccountState, privileges: frozenset[str]) -> list[Refusal]:
        return read_only_obstacles(observed.where, observed.variables, "accounts") + account_checks.rights_obstacles(
            observed, privileges
        )
