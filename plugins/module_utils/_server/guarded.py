# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step of a copy that fails leaves the replica read-only, and says how it leaves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Iterable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import LOCK, ROUTINE_TRUST
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.apply import StepRefusal, run_step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

_LOCK_SECONDS = 60
_LEFT = ("super_read_only", "event_scheduler", ROUTINE_TRUST)


@dataclass(frozen=True)
class Guarded:
    """See ``_model.step.Performed``: the step's own action, on a server that was super_read_only before the copy."""

    step: Step

    def __str__(self) -> str:
        return str(self.step.action)

    def perform(self, session: Session) -> None:
        """Until the next run nobody shall write there, and no event of the source."""
        try:
            run_step(session, self.step)
        except StepRefusal as refusal:
            raise Refusal(refusal.cause, f"{refusal.remedy}\n{_closed(session)}") from None


def guarded(steps: Iterable[Step]) -> list[Step]:
    """The same steps."""
    return [replace(step, action=Guarded(step)) for step in steps]


def _closed(session: Session) -> str:
    names = ", ".join(map(literal, _LEFT))
    try:
        # What a client that has ended began there may still run, and the statement waits for it.
        session.execute(sql(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}"))
        session.execute(LOCK)
        rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")
    except ServerError as error:
        return f"{session.where} could not be made read-only again (error {error.errno}): SET GLOBAL super_read_only = ON there"
    left = ", ".join(f"{row['Variable_name']} = {row['Value']}" for row in rows)
    return f"Until then {session.where} is left with {left}; the run that finishes the copy sets them as they were"
