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
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_progress import progress_of, resumed
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_rights import comparison_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_store import (
    ROW_HASH,
    StoreState,
    plan_absent,
    plan_present,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_verdict import There, Verdict, judge
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import VARIABLES, read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.repair_script import can_be_repaired
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_follow import Follow
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_lead import Lead, Pace
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_store import Store
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.login_rights import login_rights
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import (
    databases,
    definition,
    listed,
    tables,
    without_transactions,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.read_sums import Recorder, log_statements, prepare
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.repair_script import (
    WriteScript,
    refuse_unwritable,
    script_path,
)


class Notes(NamedTuple):
    """What was observed of the notes, and the tables that there are to compare."""

    store: StoreState
    variables: Mapping[str, str]
    kept: Optional[LeadState]
    tables: Sequence[TableProgress]
    lacking: Sequence[Refusal] = ()


@dataclass(frozen=True)
class BeginWork:
    """Makes the database of the notes. ``resume``: go on with an older comparison of the same tables."""

    database: str
    selection: Selection
    run: str
    resume: bool
    repair_dir: str

    def observe(self, session: Session) -> Notes:
        """The notes as they are, and which tables there are."""
        if self.repair_dir:
            refuse_unwritable(self.repair_dir, session.where)
        kept = Store(session, self.database, self.run).state()
        goes_on = self.resume and kept is not None and kept.selection == self.selection
        there = tables(session, self.selection, self.database)
        needed = [*self._needed_globally(), *(["LOCK TABLES"] if without_transactions(session) & {*map(str, there)} else [])]
        return Notes(
            _store_state(session, self.database),
            _read_only(session),
            kept if goes_on else None,
            there,
            comparison_obstacles(session.dialect, login_rights(session), self.database, needed),
        )

    def _needed_globally(self) -> list[str]:
        """Servers list no table, and no trigger, of which a login may know nothing."""
        is_everything = self.selection == Selection()
        return [*(["SELECT"] if is_everything else []), *(["TRIGGER"] if self.repair_dir else [])]

    def plan(self, _dialect: Dialect, observed: Notes) -> Plan:
        """See ``_plan.comparison_store``."""
        steps = plan_present(observed.store)
        obstacles = read_only_obstacles(observed.store.where, observed.variables, "the comparison's notes")
        return Plan(steps, [*obstacles, *observed.lacking])

    def verify(self, session: Session, _steps: Sequence[Step], observed: Notes) -> Notes:
        """Writes down what is to be compared, or that this run goes on with it."""
        log_statements(session, self.database)
        store = Store(session, self.database, self.run)
        if observed.kept:
            store.resume(observed.kept)
        else:
            store.begin(LeadState(self.selection, list(observed.tables)))
        return observed

    @staticmethod
    def unsettled(_observed: Notes) -> Sequence[str]:
        """Nothing: a database is there at once."""
        return ()

    def report(self, _dialect: Dialect, observed: Notes) -> Mapping[str, Any]:
        """The run's token, and how far an older run was that this one goes on with: what each replica had found, and in words."""
        kept = observed.kept
        return {
            "run": self.run,
            "resumed": kept is not None,
            "memories": dict(kept.replicas) if kept else {},
            "tables": [str(table) for table in (kept.tables if kept else observed.tables)],
            "told": resumed(kept) if kept else [],
        }


class Outcome(NamedTuple):
    """The notes at the end, their verdict, and the scripts that are due for the replicas that differ."""

    notes: Notes
    verdict: Verdict
    scripts: Sequence[WriteScript]


@dataclass(frozen=True)
class EndWork:
    """Judges what the replicas found, and takes the notes away.

    ``replicas``: their memories, by host. ``repair_dir``: where repair scripts go; none are written if it is empty.
    """

    database: str
    run: str
    replicas: Mapping[str, Mapping[str, Any]]
    most_differences: int
    repair_dir: str

    def observe(self, session: Session) -> Outcome:
        """The notes, and the verdict of what they and the replicas hold."""
        prepare(session)
        store = Store(session, self.database, self.run)
        state = store.own_state() if self.run else store.state()
        told = {table.item: item for table in state.tables if table.item and (item := store.item(table.item))} if state else {}
        tables = {number: Table.parse(item.payload) for number, item in told.items()}
        changed = {number for number, table in tables.items() if definition(session, table.database, table.name) != table}
        tables_there = frozenset(str(table) for table in listed(session, Selection(), self.database))
        there = There(tables_there, frozenset(databases(session, self.database)))
        verdict = judge(state, self.replicas, changed, there, self.most_differences)
        notes = Notes(_store_state(session, self.database), _read_only(session), state, ())
        return Outcome(notes, verdict, self._scripts(verdict, tables))

    def _scripts(self, verdict: Verdict, tables: Mapping[int, Table]) -> list[WriteScript]:
        scripts = []
        for host, found in verdict.differences.items() if self.repair_dir else ():
            if any(map(can_be_repaired, found)):
                channel = Memory.parse(self.replicas[host]).channel
                scripts.append(WriteScript(script_path(self.repair_dir, host), host, channel, found, tables))
        return scripts

    def plan(self, _dialect: Dialect, observed: Outcome) -> Plan:
        """See ``_plan.comparison_store``. The scripts come first: were they not written, the notes would still be there."""
        notes = observed.notes
        steps = [
            Step("what brings the replica the primary's rows, for review", f"file {script.path}", None, "there", script)
            for script in observed.scripts
        ]
        steps += plan_absent(notes.store)
        return Plan(steps, read_only_obstacles(notes.store.where, notes.variables, "the comparison's notes") if steps else ())

    def verify(self, _session: Session, _steps: Sequence[Step], observed: Outcome) -> Outcome:
        """Nothing more: the server has said that the database is gone."""
        return observed

    @staticmethod
    def unsettled(_observed: Outcome) -> Sequence[str]:
        """Nothing: a database is gone at once."""
        return ()

    def report(self, _dialect: Dialect, observed: Outcome) -> Mapping[str, Any]:
        """The verdict, and where the scripts lie."""
        verdict, where = observed.verdict.describe(), observed.notes.store.where
        scripts = [f"{script.replica}: review {script.path} on {where}, which would repair it" for script in observed.scripts]
        return {**verdict, "told": [*verdict["told"], *scripts], "scripts": [script.path for script in observed.scripts]}


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
        prepare(session)
        log_statements(session, self.database)
        store = Store(session, self.database, self.run)
        state = store.own_state()
        recorder = Recorder(login, self.database, store.table(ROW_HASH))
        lead = Lead(session, store, recorder, state, self.pace)
        try:
            lead.take(self.replicas)
            lead.work(self.run, self.round)
        finally:
            recorder.close()
        current = state.current
        return {
            "run": self.run,
            "round": self.round,
            "progress": {**progress_of(state), "table": str(current) if current else ""},
            "waits": lead.waits,
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
    most_differences: int

    def compare(self, session: Session, _login: Login) -> Mapping[str, Any]:
        """Reads what the primary tells until it has ended this round."""
        prepare(session)
        # The suspects of the call before are the primary's by now.
        memory = replace(Memory.parse(self.memory), suspects=[])
        follow = Follow(session, Store(session, self.database, self.run), memory, self.max_lag, self.wait, self.most_differences)
        caught_up = follow.work(self.run, self.round, self.patience)
        return {
            "run": self.run,
            "round": self.round,
            "memory": memory.describe(),
            "waits": follow.waits,
            "done": caught_up and not memory.suspects,
        }


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
