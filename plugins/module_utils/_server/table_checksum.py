# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``table_checksum`` module's work at the edge: notes made and taken away, and one call's comparing on either side."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    LeadState,
    Memory,
    Selection,
    TableProgress,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_store import (
    ROW_HASH,
    StoreState,
    plan_absent,
    plan_present,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_verdict import Verdict, judge
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import VARIABLES, read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_follow import Follow
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_lead import Lead, Pace, progress_of
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_store import Store
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import definition, tables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.read_sums import Recorder, prepare


class Notes(NamedTuple):
    """What was observed of the notes, and the tables that there are to compare."""

    store: StoreState
    variables: Mapping[str, str]
    kept: Optional[LeadState]
    tables: Sequence[TableProgress]


@dataclass(frozen=True)
class BeginWork:
    """Makes the database of the notes. ``resume``: go on with an older comparison of the same tables."""

    database: str
    selection: Selection
    run: str
    resume: bool

    def observe(self, session: Session) -> Notes:
        """The notes as they are, and which tables there are."""
        kept = Store(session, self.database).state()
        goes_on = self.resume and kept is not None and kept.selection == self.selection
        return Notes(
            _store_state(session, self.database),
            _read_only(session),
            kept if goes_on else None,
            tables(session, self.selection, self.database),
        )

    def plan(self, _dialect: Dialect, observed: Notes) -> Plan:
        """See ``_plan.comparison_store``."""
        steps = plan_present(observed.store)
        return Plan(steps, read_only_obstacles(observed.store.where, observed.variables, "the comparison's notes"))

    def verify(self, session: Session, _steps: Sequence[Step], observed: Notes) -> Notes:
        """Writes down what is to be compared, or that this run goes on with it."""
        store = Store(session, self.database)
        state = observed.kept
        if state is None:
            store.clear()
            state = LeadState(self.run, self.selection, list(observed.tables))
        state.run = self.run
        store.keep(state)
        return observed

    @staticmethod
    def unsettled(_observed: Notes) -> Sequence[str]:
        """Nothing: a database is there at once."""
        return ()

    def report(self, _dialect: Dialect, observed: Notes) -> Mapping[str, Any]:
        """The run's token, and what each replica had found before."""
        kept = observed.kept
        return {
            "run": self.run,
            "resumed": kept is not None,
            "memories": dict(kept.replicas) if kept else {},
            "tables": [str(table) for table in (kept.tables if kept else observed.tables)],
        }


@dataclass(frozen=True)
class EndWork:
    """Judges what the replicas found, and takes the notes away. ``replicas``: their memories, by host."""

    database: str
    run: str
    replicas: Mapping[str, Mapping[str, Any]]

    def observe(self, session: Session) -> tuple[Notes, Verdict]:
        """The notes, and the verdict of what they and the replicas hold."""
        state = Store(session, self.database).state()
        if self.run and (state is None or state.run != self.run):
            raise _taken_over(session, self.database)
        changed = _changed_tables(session, Store(session, self.database), state)
        verdict = judge(state, self.replicas, changed)
        return Notes(_store_state(session, self.database), _read_only(session), state, ()), verdict

    def plan(self, _dialect: Dialect, observed: tuple[Notes, Verdict]) -> Plan:
        """See ``_plan.comparison_store``."""
        notes, _verdict = observed
        steps = plan_absent(notes.store)
        return Plan(steps, read_only_obstacles(notes.store.where, notes.variables, "the comparison's notes") if steps else ())

    def verify(self, _session: Session, _steps: Sequence[Step], observed: tuple[Notes, Verdict]) -> tuple[Notes, Verdict]:
        """Nothing more: the server has said that the database is gone."""
        return observed

    @staticmethod
    def unsettled(_observed: tuple[Notes, Verdict]) -> Sequence[str]:
        """Nothing: a database is gone at once."""
        return ()

    def report(self, _dialect: Dialect, observed: tuple[Notes, Verdict]) -> Mapping[str, Any]:
        """The verdict."""
        return observed[1].describe()


@dataclass(frozen=True)
class LeadCall:
    """One call on the primary; ``replicas`` are their memories as the play has them, by host."""

    database: str
    run: str
    round: int
    pace: Pace
    replicas: Mapping[str, Mapping[str, Any]]

    def compare(self, session: Session, login: Login) -> Mapping[str, Any]:
        """Tells chunks for as long as a call may take; raises :class:`Refusal` if another run has taken the notes over."""
        store = Store(session, self.database)
        state = store.state()
        if state is None or state.run != self.run:
            raise _taken_over(session, self.database)
        prepare(session)
        recorder = Recorder(login, store.table(ROW_HASH))
        lead = Lead(session, store, recorder, state, self.pace)
        try:
            lead.take(self.replicas)
            lead.work(self.round)
        finally:
            recorder.close()
        current = state.current
        return {
            "run": self.run,
            "round": self.round,
            "progress": {**progress_of(state), "table": str(current) if current else ""},
            "done": current is None and not state.queue,
        }


@dataclass(frozen=True)
class FollowCall:
    """One call on a replica; ``memory`` is what the call before gave."""

    database: str
    run: str
    round: int
    memory: Mapping[str, Any]
    max_lag: int
    wait: int
    patience: float

    def compare(self, session: Session, _login: Login) -> Mapping[str, Any]:
        """Reads what the primary tells until it has ended this round."""
        prepare(session)
        # The suspects of the call before are the primary's by now.
        memory = replace(Memory.parse(self.memory), suspects=[])
        follow = Follow(session, Store(session, self.database), memory, self.max_lag, self.wait)
        caught_up = follow.work(self.run, self.round, self.patience)
        return {"run": self.run, "round": self.round, "memory": memory.describe(), "done": caught_up and not memory.suspects}


def _store_state(session: Session, database: str) -> StoreState:
    name = literal(database)
    there = session.rows(f"SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {name}")
    rows = session.rows(f"SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = {name}")
    found = frozenset(row["name"] or "" for row in rows)
    return StoreState(session.where, database, found if there else None)


def _read_only(session: Session) -> dict[str, str]:
    listed = ", ".join(map(literal, VARIABLES))
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({listed})")
    return {str(row["Variable_name"]): row["Value"] or "" for row in rows}


def _changed_tables(session: Session, store: Store, state: Optional[LeadState]) -> frozenset[int]:
    """Numbers of tables that are no longer as they were told to the replicas."""
    changed = []
    for progress in state.tables if state else ():
        item = store.item(progress.item) if progress.item else None
        now = definition(session, progress.database, progress.name) if item else None
        if item and (now is None or now != Table.parse(item.payload)):
            changed.append(progress.item)
    return frozenset(changed)


def _taken_over(session: Session, database: str) -> Refusal:
    return Refusal(
        f"another run has taken over, or taken away, the notes of this comparison (database {database} on {session.where})",
        "let that run end; two at a time need a mysql_replication_verify_database each",
    )
