# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges of a key cover each row once, whatever its values; a row's hash is told by all of its columns."""

from __future__ import annotations

import sqlite3

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import (
    KeyRange,
    Table,
    predicate,
    shown_key,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.row_hash import checksum, row_hash
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import Column
from hypothesis import given
from hypothesis import strategies as st


def column(name, data_type="int", charset="", nullable=False, collation=""):
    declared = f"{data_type} {collation}".strip()
    return Column(name, data_type, declared, charset, nullable, generated=False)


NUMBERS = Table("d", "t", (column("a"), column("b"), column("c")), "PRIMARY", ("a", "b", "c"))
BYTES = Table("d", "t`", (column("k", "varbinary"), column("v")), "PRIMARY", ("k",))

keys = st.tuples(*[st.integers(-3, 3)] * 3)


def encoded(key):
    return ",".join(map(str, key))


@given(st.sets(keys), keys, keys)
def test_a_range_holds_the_keys_above_its_lower_bound_up_to_its_upper(rows, lower, upper):
    with sqlite3.connect(":memory:") as server:
        server.execute("CREATE TABLE t (a, b, c)")
        server.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        found = server.execute(f"SELECT * FROM t WHERE {predicate(NUMBERS, KeyRange(encoded(lower), encoded(upper)))}")
        assert set(found) == {row for row in rows if lower < row <= upper}


@given(st.sets(keys, min_size=1), st.sets(keys))
def test_neighbouring_ranges_hold_each_row_once(rows, bounds):
    edges = [None, *map(encoded, sorted(bounds)), None]
    with sqlite3.connect(":memory:") as server:
        server.execute("CREATE TABLE t (a, b, c)")
        server.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        found = [
            row
            for lower, upper in zip(edges, edges[1:])
            for row in server.execute(f"SELECT * FROM t WHERE {predicate(NUMBERS, KeyRange(lower, upper))}")
        ]
    assert sorted(found) == sorted(rows)


@given(st.binary(max_size=8), st.sets(st.binary(max_size=8)))
def test_any_bytes_are_told_without_quoting(key, others):
    with sqlite3.connect(":memory:") as server:
        server.execute("CREATE TABLE t (k BLOB)")
        server.executemany("INSERT INTO t VALUES (?)", [(one,) for one in {key, *others}])
        found = server.execute(f"SELECT k FROM t WHERE {predicate(BYTES, KeyRange(None, key.hex()))}").fetchall()
    assert {row[0] for row in found} == {one for one in {key, *others} if one <= key}


@given(st.text())
def test_texts_are_told_in_the_column_s_own_character_set(text):
    table = Table("d", "t", (column("k", "varchar", "utf8mb4"),), "PRIMARY", ("k",))
    bound = text.encode("utf-8", "surrogatepass").hex()
    assert predicate(table, KeyRange(None, bound)) == f"((`k` <= _utf8mb4 X'{bound}'))"


def test_keys_are_shown_to_people():
    table = Table("d", "t", (column("n"), column("k", "varchar", "latin1"), column("b", "binary")), "PRIMARY", ("n", "k", "b"))
    assert shown_key(table, "7,E9,00FF") == "n=7, k='\N{LATIN SMALL LETTER E WITH ACUTE}', b=X'00FF'"


@pytest.mark.parametrize(
    ("one", "walked"),
    [
        (column("k"), True),
        (column("k", "varchar", "utf8mb4"), True),
        (column("k", nullable=True), False),
        (column("k", "enum", "utf8mb4"), False),
    ],
)
def test_what_has_no_order_of_literals_is_no_key(one, walked):
    assert one.can_be_walked == walked


def test_tables_survive_json():
    assert Table.parse(BYTES.describe()) == BYTES


def test_columns_that_may_be_null_and_texts_are_told_apart():
    columns = (column("id"), column("a", "text", "utf8mb4"), column("b", "varchar", "latin1"), column("n", nullable=True))
    text = row_hash(Table("d", "t", columns, "PRIMARY", ("id",)))
    assert "LENGTH(CAST(`b` AS BINARY))" in text
    assert "ISNULL(`n`)" in text
    assert "ISNULL(`a`)" not in text


def test_rows_that_may_be_equal_are_summed():
    assert checksum(BYTES).startswith("COALESCE(BIT_XOR(")
    assert checksum(Table("d", "t", (column("v"),), "", ())).startswith("COALESCE(SUM(")
