# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repair script names each row and nothing else, and nothing that a table holds or is called leaves its literal or comment."""

from __future__ import annotations

import re

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    DATABASE_MISSING,
    DATABASE_ONLY_THERE,
    DIFFERENT,
    EXTRA,
    MISSING,
    ONLY_THERE,
    RANGE,
    STRUCTURE,
    Difference,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import Column
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.repair_script import (
    Origin,
    Repair,
    by_hand,
    can_be_repaired,
    repair_script,
)
from hypothesis import given
from hypothesis import strategies as st

PATH = "/root/repair/repair-db2-20261127T020000Z.sql"
ORIGIN = Origin("db2", "db1", "2026-11-27 02:00:00 UTC", "binlog.000007:1234", "HAS_COME()", 60, PATH)


def column(name, data_type="int", charset="", generated=False):
    return Column(name, data_type.partition("(")[0], data_type, charset, nullable=True, generated=generated)


def table_of(*columns, name="t"):
    return Table("d", name, (column("id"), *columns), "PRIMARY", ("id",))


def script_of(table, differences, rows, **more):
    return repair_script(ORIGIN, [Repair(table, tuple(differences), tuple(rows), **more)], [])


def statements(script):
    return [line for line in script.splitlines() if line and not line.startswith("--")]


def difference(kind, key, held=""):
    return Difference(1, "d.t", kind, f"id={key}", key, held)


def test_rows_that_differ_go_before_any_comes():
    table = table_of(column("v"), column("twice", generated=True))
    found = [difference(DIFFERENT, "7", "55"), difference(EXTRA, "8", "66"), difference(MISSING, "9")]
    rows = [{"id": "7", "v": "1", "twice": "2"}, {"id": "9", "v": None, "twice": None}]
    done = statements(script_of(table, found, rows))
    changes = done[done.index("START TRANSACTION;") + 1 : -1]
    assert [re.sub(r" AND \(.* = ", " AND hash = ", line) for line in changes] == [
        "DELETE FROM `d`.`t` WHERE `id` = 7 AND hash = 55;",
        "DELETE FROM `d`.`t` WHERE `id` = 8 AND hash = 66;",
        "INSERT INTO `d`.`t` (`id`, `v`) SELECT 7, 1 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `d`.`t` WHERE `id` = 7);",
        "INSERT INTO `d`.`t` (`id`, `v`) SELECT 9, NULL FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `d`.`t` WHERE `id` = 9);",
    ]
    assert done[-1] == "COMMIT;"


def test_nothing_is_logged_and_nothing_runs_before_the_replica_is_there():
    done = statements(script_of(table_of(), [difference(EXTRA, "8", "66")], []))
    logged, waited, changed = (
        next(number for number, line in enumerate(done) if word in line) for word in ("sql_log_bin = 0", "PREPARE", "DELETE")
    )
    assert logged < waited < changed
    assert "IF(HAS_COME(), 'DO 0', '" in done[waited - 1]


@pytest.mark.parametrize(
    ("data_type", "charset", "printed", "written"),
    [
        ("varchar", "utf8mb4", "e29883".upper(), "'\N{SNOWMAN}'"),
        ("varchar", "utf8mb4", "4F274E", "'O\\'N'"),
        ("varchar", "utf8mb4", "1B5B", "_utf8mb4 X'1B5B'"),
        ("varchar", "latin1", "E9", "'\N{LATIN SMALL LETTER E WITH ACUTE}'"),
        ("varchar", "latin1", "81", "_latin1 X'81'"),
        ("text", "utf16", "2603", "_utf16 X'2603'"),
        ("enum('a','b#c')", "utf8mb4", "2", "'b#c'"),
        ("enum('a','b#c')", "utf8mb4", "0", "0"),
        ("enum('a','\x1b')", "utf8mb4", "2", "2"),
        ("blob", "", "00FF", "X'00FF'"),
        ("point", "", "0000", "X'0000'"),
        ("json", "", "7B7D", "'{}'"),
        ("bit", "", "5", "5"),
        ("float", "", "0.10000000149011612", "0.10000000149011612"),
        ("time", "", "-838:59:59", "'-838:59:59'"),
        ("uuid", "", "123e4567-e89b-12d3-a456-426655440000", "'123e4567-e89b-12d3-a456-426655440000'"),
    ],
)
def test_values_are_written_by_their_type(data_type, charset, printed, written):
    table = table_of(column("v", data_type, charset))
    done = script_of(table, [difference(MISSING, "7")], [{"id": "7", "v": printed}])
    assert f" SELECT 7, {written} FROM DUAL " in done


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_name_and_no_value_leaves_its_comment(name, value):
    table = table_of(column("v", "text", "utf8mb4"), name=name)
    held = value.encode("utf-8", "surrogatepass").hex()
    script = script_of(table, [difference(MISSING, "7")], [{"id": "7", "v": held}], triggers=(name,))
    _head, body = script.split("PREPARE waited FROM @statement;\n")
    # The statements of a table with triggers are comments; \n alone is what a client takes for the end of a line.
    assert all(line.startswith("--") for line in body.rstrip("\n").split("\n"))


def test_a_row_whose_key_is_empty_is_repaired():
    assert can_be_repaired(Difference(1, "d.t", MISSING, "k=''"))
    table = Table("d", "t", (column("k", "varchar", "utf8mb4"),), "PRIMARY", ("k",))
    done = script_of(table, [Difference(1, "d.t", MISSING, "k=''")], [{"k": ""}])
    assert (
        "INSERT INTO `d`.`t` (`k`) SELECT '' FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM `d`.`t` WHERE `k` = _utf8mb4 X'');" in done
    )


def test_what_a_person_has_to_do_is_said_of_each_kind():
    kinds = (STRUCTURE, RANGE, ONLY_THERE, DATABASE_ONLY_THERE, DATABASE_MISSING, DIFFERENT)
    assert len({by_hand(Difference(1, "d.t", kind)) for kind in kinds}) == len(kinds)
    assert "copy the replica anew" in by_hand(Difference(1, "d.t", DIFFERENT))


def test_what_no_statement_could_name_is_left_out_and_said():
    assert not can_be_repaired(Difference(1, "d.t", RANGE, "rows differ after id=7"))
    assert not can_be_repaired(Difference(1, "d.t", STRUCTURE, "no such table there"))
    assert not can_be_repaired(Difference(1, "d.t", DIFFERENT))
    script = repair_script(ORIGIN, [], ["d.t: its rows differ (no key tells which)"])
    assert "-- WHAT IT LEAVES TO YOU\n--   - d.t: its rows differ (no key tells which)\n" in script


def test_the_head_says_how_to_run_it_and_what_is_switched_off():
    script = script_of(table_of(), [difference(EXTRA, "8", "66")], [], triggers=("watch", "count"))
    head = script.partition("\nSET NAMES")[0]
    for said in (
        "Repair script for the replica db2: it gives that replica the rows of the primary db1.",
        f"scp HOST_OF_THE_PRIMARY:{PATH} .\n",
        "  mysql < repair-db2-20261127T020000Z.sql\n",
        "The script waits\n--      60 seconds",
        "  - d.t: it has triggers; its statements are below, switched off\n",
    ):
        assert said in head
    assert "-- Switched off: this table has triggers (watch, count)." in script
    assert "WHAT IT LEAVES TO YOU" not in script_of(table_of(), [difference(EXTRA, "8", "66")], [])
