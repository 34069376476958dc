# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The notes' database is never a foreign one; the verdict counts only what was told last."""

from __future__ import annotations

import itertools
import json

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    DATABASE_MISSING,
    DATABASE_ONLY_THERE,
    DIFFERENT,
    MISSING,
    ONLY_THERE,
    RANGE,
    READ,
    READING,
    SKIPPED,
    STRUCTURE,
    Difference,
    LeadState,
    Memory,
    Selection,
    TableProgress,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_progress import progress_of, resumed
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_store import (
    StoreState,
    plan_absent,
    plan_present,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_verdict import There, judge

ENOUGH = 100
OWN = frozenset({"item", "row_hash", "state"})


@pytest.mark.parametrize(("tables", "made", "dropped"), [(None, 5, 0), (frozenset(), 4, 1), (OWN - {"item"}, 2, 1), (OWN, 0, 1)])
def test_what_is_missing_is_made_and_all_is_taken_away(tables, made, dropped):
    state = StoreState("db1", "not`es", tables)
    steps = plan_present(state)
    assert len(steps) == made
    # Filters by database go by the session's own one.
    before_the_tables = list(itertools.takewhile(lambda step: not step.target.startswith("table"), steps))
    assert [str(step.action) for step in before_the_tables[-1:]] == ["USE `not``es`"] * bool(made)
    assert [str(step.action) for step in plan_absent(state)] == ["DROP DATABASE `not``es`"] * dropped


def test_a_foreign_database_is_refused():
    state = StoreState("db1", "shop", OWN | {"orders"})
    for plan in (plan_present, plan_absent):
        with pytest.raises(Refusal, match=r"holds other tables: orders\. Nothing was touched"):
            plan(state)


def state_of(*tables):
    return LeadState(Selection(), list(tables))


def test_differences_of_a_table_that_was_begun_again_do_not_count():
    skipped = TableProgress("d", "u", 1, state=SKIPPED, note="it was dropped")
    state = state_of(TableProgress("d", "t", 1, item=5, rows_read=10), skipped)
    found = [
        Difference(2, "d.t", MISSING, "id=1", "1"),
        Difference(5, "d.t", DIFFERENT, "id=2", "2"),
        Difference(5, "d.t", STRUCTURE, "x"),
    ]
    memories = {"db2": Memory(differences=found).describe(), "db3": {}}
    verdict = judge(state, memories, (), There(), ENOUGH)
    assert [one.key for one in verdict.differences["db2"]] == ["id=2", "x"]
    assert verdict.told() == [
        "db2: d.t: the row id=2 has other values",
        "db2: d.t: x",
        "not compared: d.u: it was dropped",
        "same rows as the primary: db3 (10 rows in 1 table)",
    ]


def test_a_table_that_has_changed_since_is_vouched_for_by_nobody():
    memories = {"db2": Memory(differences=[Difference(5, "d.t", STRUCTURE, "x")]).describe()}
    verdict = judge(state_of(TableProgress("d", "t", 1, item=5)), memories, {5}, There(), ENOUGH)
    assert verdict.describe()["differences"] == []
    assert "run again" in verdict.skipped["d.t"]


def test_a_table_that_only_a_replica_has_counts_unless_the_primary_has_it_by_now():
    found = [Difference(0, "d.own", ONLY_THERE), Difference(0, "d.new", ONLY_THERE)]
    memories = {"db2": Memory(differences=found).describe()}
    verdict = judge(state_of(TableProgress("d", "t", 1, item=5)), memories, (), There({"d.t", "d.new"}), ENOUGH)
    assert verdict.told() == ["db2: d.own: a table that only this replica has"]


def test_a_database_without_tables_that_is_not_on_both_counts_if_that_is_so_still():
    found = [
        *(Difference(0, name, DATABASE_ONLY_THERE) for name in ("own", "made_since")),
        *(Difference(0, name, DATABASE_MISSING) for name in ("lost", "dropped_since")),
    ]
    there = There(frozenset({"d.t"}), frozenset({"d", "made_since", "lost"}))
    verdict = judge(state_of(), {"db2": Memory(differences=found).describe()}, (), there, ENOUGH)
    assert verdict.told() == [
        "db2: own: a database that only this replica has, without tables",
        "db2: lost: no such database there; it has no tables",
    ]


def test_progress_never_goes_above_its_total_and_a_resumed_comparison_says_from_where():
    state = state_of(
        TableProgress("d", "a", 5, state=READ, rows_read=9),
        TableProgress("d", "b", 700, state=SKIPPED),
        TableProgress("d", "c", 10, state=READING, rows_read=30),
        TableProgress("d", "e", 40),
    )
    assert progress_of(state) == {"tables_done": 1, "tables": 3, "rows": 39, "rows_estimate": 79}
    assert resumed(state) == [
        "goes on with the comparison that was broken off: 1 of 3 tables and 39 of about 79 rows are read, now d.c"
    ]


def test_a_chunk_that_was_left_is_told_by_its_range():
    differing = Difference(5, "d.t", RANGE, "rows differ after id=1 up to id=9; which, cannot be told while db3 has another table")
    told = judge(
        state_of(TableProgress("d", "t", 1, item=5)), {"db2": Memory(differences=[differing]).describe()}, (), There(), ENOUGH
    )
    assert told.told()[0].startswith("db2: d.t: rows differ after id=1 up to id=9; which")


def test_what_is_found_again_is_one_difference():
    memory = Memory()
    for _time in range(2):
        memory.note(Difference(5, "d.t", MISSING, "id=1", "1"))
    assert memory.found_in(5) == 1


def test_many_differences_are_said_to_be_more():
    many = [Difference(5, "d.t", MISSING, f"id={number}", str(number)) for number in range(ENOUGH)]
    told = judge(
        state_of(TableProgress("d", "t", 1, item=5)), {"db2": Memory(differences=many).describe()}, (), There(), ENOUGH
    ).told()
    assert f"db2: d.t has more; after {ENOUGH} no more were looked for" in told
    assert len(told) < ENOUGH


def test_filters_are_named_where_a_replica_differs():
    state = state_of(TableProgress("d", "t", 1, item=5))
    found = [Difference(5, "d.t", MISSING, "id=1", "1")]
    memories = {
        "db2": Memory(differences=found, filters=["Replicate_Ignore_DB=d"]).describe(),
        "db3": Memory(filters=["Replicate_Ignore_DB=x"]).describe(),
    }
    told = "\n".join(judge(state, memories, (), There(), ENOUGH).told())
    assert "db2: its channel has filters (Replicate_Ignore_DB=d): what they leave out differs" in told
    assert "Replicate_Ignore_DB=x" not in told


def test_what_is_remembered_survives_json():
    state = state_of(TableProgress("d", "t", 1, item=5))
    state.replicas["db2"] = Memory(seen=3, differences=[Difference(5, "d.t", MISSING)]).describe()
    assert LeadState.parse(json.loads(json.dumps(state.describe()))) == state
    memory = Memory.parse(json.loads(json.dumps(state.replicas["db2"])))
    assert (memory.seen, memory.found_in(5), memory.found_in(4)) == (3, 1, 0)
