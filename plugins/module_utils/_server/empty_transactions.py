# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``empty_transactions`` module's work at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.empty_transactions import DesiredEmpty, left, plan_empty
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_variables import gtid_state


class Observed(NamedTuple):
    """The source."""

    identity: Identity
    gtid: GtidState


@dataclass(frozen=True)
class EmptyTransaction:
    """See ``_model.step.Performed``."""

    statements: Sequence[Sql]

    def __str__(self) -> str:
        return "; ".join(map(str, self.statements))

    def perform(self, session: Session) -> None:
        """A session that breaks off amid them gives the GTID back."""
        for statement in self.statements:
            session.execute(statement)


@dataclass(frozen=True)
class EmptyWork:
    """One run of the module."""

    desired: DesiredEmpty

    def observe(self, session: Session) -> Observed:
        """Who the source is, and which transactions it has."""
        return Observed(identity(session), gtid_state(session))

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.empty_transactions``."""

        def doing(gtid: str) -> EmptyTransaction:
            return EmptyTransaction(dialect.errant.empty(gtid))

        return Plan(plan_empty(dialect, observed.identity, observed.gtid, self.desired, doing))

    def verify(self, session: Session, steps: Sequence[Step], observed: Observed) -> Observed:
        """Observes again after steps; raises :class:`Refusal` where one is missing."""
        if not steps:
            return observed
        found = self.observe(session)
        if self.plan(session.dialect, found).steps:
            raise Refusal(f"{session.where} still lacks some of these transactions", "see who else works there, then run again")
        return found

    @staticmethod
    def unsettled(_observed: Observed) -> Sequence[str]:
        """Nothing: a transaction is there or not."""
        return ()

    def report(self, dialect: Dialect, observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {
            "gtid_position": dialect.errant.state(observed.gtid),
            "left": left(dialect, observed.gtid, self.desired),
            "version": str(dialect.version),
        }
