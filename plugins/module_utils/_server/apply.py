# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies a plan, step by step. Safe to kill after any step: what is left is planned again by the next run."""

from __future__ import annotations

import time
from typing import Callable, Iterable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import (
    AwaitStatus,
    KeepCopy,
    RemoveFile,
    Step,
    WriteFile,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import files
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

_AWAIT_SECONDS = 120
_POLL_SECONDS = 0.2


class StepRefusal(Refusal):
    """The refusal of one step; those before it are done."""

    def __init__(self, step: Step, cause: str, remedy: str) -> None:
        super().__init__(cause, remedy)
        self.step = step


def apply(session: Session, steps: Iterable[Step], on_done: Callable[[Step], None]) -> None:
    """Runs the steps in order and reports each to ``on_done``.

    Raises :class:`StepRefusal` with the step at which it stopped.
    """
    for step in steps:
        run_step(session, step)
        on_done(step)


def run_step(session: Session, step: Step) -> None:
    """Runs one; raises :class:`StepRefusal`."""
    try:
        _run(session, step)
    except ServerError as error:
        raise StepRefusal(
            step,
            f'{step.target}: the server ({error.where}) refused "{step.action}" with error {error.errno}: {error.error}',
            "the steps before this one are done and hold; mend what the error names and run again",
        ) from None
    except Refusal as refusal:
        raise StepRefusal(step, refusal.cause, refusal.remedy) from None


def _run(session: Session, step: Step) -> None:
    action = step.action
    if isinstance(action, Sql):
        session.execute(action)
    elif isinstance(action, WriteFile):
        files.replace(action.path, action.text)
    elif isinstance(action, KeepCopy):
        files.keep_copy(action.path, action.copy)
    elif isinstance(action, RemoveFile):
        files.set_aside(action.path)
    elif isinstance(action, AwaitStatus):
        _await(session, action)
    else:
        action.perform(session)


def _await(session: Session, action: AwaitStatus) -> None:
    deadline = time.monotonic() + _AWAIT_SECONDS
    while session.value(action.query) != action.wanted:
        if time.monotonic() > deadline:
            raise Refusal(
                f"after {_AWAIT_SECONDS} s still waiting for {action.waiting_for} on {session.where}",
                f"see why with: {action.query}; the run can be repeated at any time and goes on from here",
            )
        time.sleep(_POLL_SECONDS)
