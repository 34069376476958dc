# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ranges of a key cover each row once, whatever its values; a row's hash is told by all of its columns."""

from __future__ import annotations

import re
import sqlite3
import zlib

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


KINDS = Table(
    "d", "t", (column("a", collation="x"), Column("k", "enum", "enum('z','y','x') c", "utf8mb4", False, False)), "P", ("k", "a")
)
kinds = st.tuples(st.integers(0, 3), st.integers(-3, 3))


@given(st.sets(kinds), kinds, kinds)
def test_a_range_of_an_enum_goes_by_its_numbers_without_comparing_them(rows, lower, upper):
    condition = predicate(KINDS, KeyRange(encoded(lower), encoded(upper)))
    assert not re.search("`k` [<>]", condition), "servers find no index range by that"
    with sqlite3.connect(":memory:") as server:
        server.execute("CREATE TABLE t (k, a)")
        server.executemany("INSERT INTO t VALUES (?, ?)", rows)
        assert set(server.execute(f"SELECT * FROM t WHERE {condition}")) == {row for row in rows if lower < row <= upper}


@given(st.lists(st.text(), min_size=1))
def test_each_member_of_an_enum_is_known(members):
    """As servers print a definition: quotes are doubled, a backslash and what ends a line are escaped."""
    escapes = str.maketrans({"'": "''", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
    listed = ",".join(f"'{member.translate(escapes)}'" for member in members)
    assert Column("k", "enum", f"enum({listed}) c", "utf8mb4", False, False).members == tuple(members)


def test_keys_are_shown_to_people():
    assert shown_key(KINDS, "3,7") == "k='x', a=7"
    assert shown_key(KINDS, "0,7") == "k=0, a=7", "a value that is none of them"
    table = Table("d", "t", (column("n"), column("k", "varchar", "latin1"), column("b", "binary")), "PRIMARY", ("n", "k", "b"))
    assert shown_key(table, "7,E9,00FF") == "n=7, k='\N{LATIN SMALL LETTER E WITH ACUTE}', b=X'00FF'"


@pytest.mark.parametrize(
    ("one", "walked"),
    [
        (column("k"), True),
        (column("k", "varchar", "utf8mb4"), True),
        (column("k", nullable=True), False),
        (column("k", "enum", "utf8mb4"), True),
        (column("k", "bit"), True),
        (column("k", "set", "utf8mb4"), False),
    ],
)
def test_what_has_no_order_of_literals_is_no_key(one, walked):
    assert one.can_be_walked == walked


def test_tables_survive_json():
    assert Table.parse(BYTES.describe()) == BYTES


NULL = "CAST(4294967296 AS UNSIGNED)"


def hashed(table, rows):
    """The table's checksum over rows, as a server calculates it: unsigned, refusing more than 64 bits."""
    total = 0
    for row in rows:
        text = re.sub(r"`(\w+)`", lambda name: f"row[{name.group(1)!r}]", row_hash(table).replace(NULL, str(2**32)))
        value = eval(text, {"row": row, "CRC32": crc32, "COALESCE": lambda one, other: other if one is None else one})
        assert 0 <= value < 2**64
        total ^= value
    return total


def crc32(value):
    return None if value is None else zlib.crc32(str(value).encode())


HASHED = Table("d", "t", (column("id"), *(column(name, nullable=True) for name in "abc")), "PRIMARY", ("id",))
rows_of = st.fixed_dictionaries({"id": st.integers(0, 9), **{name: st.one_of(st.none(), st.integers(0, 9)) for name in "abc"}})


@given(st.lists(rows_of, unique_by=lambda row: row["id"]), st.lists(rows_of, unique_by=lambda row: row["id"]))
def test_other_rows_have_another_checksum(some, others):
    """Among few values everything that is swapped, moved, or changed in the same way twice comes up."""
    same = sorted(some, key=lambda row: row["id"]) == sorted(others, key=lambda row: row["id"])
    assert (hashed(HASHED, some) == hashed(HASHED, others)) == same


@given(rows_of, rows_of)
def test_a_value_that_is_swapped_between_rows_or_columns_shows(one, other):
    one, other = {**one, "id": 1}, {**other, "id": 2}
    swapped = [{**one, "a": other["a"]}, {**other, "a": one["a"]}]
    assert (hashed(HASHED, [one, other]) == hashed(HASHED, swapped)) == (one["a"] == other["a"])
    assert (hashed(HASHED, [one]) == hashed(HASHED, [{**one, "a": one["b"], "b": one["a"]}])) == (one["a"] == one["b"])


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_no_row_s_hash_leaves_64_bits(crc, key):
    wide = Table("d", "t", (column("id"), *(column(f"c{number}", nullable=True) for number in range(50))), "PRIMARY", ("id",))
    text = re.sub(r"CRC32\(`id`\)", str(key), row_hash(wide))
    text = re.sub(r"CRC32\(`c\d+`\)", str(crc), text.replace(NULL, str(2**32)))
    for null in (0, 1):
        value = eval(text, {"COALESCE": lambda one, other, null=null: other if null else one})
        assert 0 <= value < 2**64


def test_a_row_without_a_key_is_hashed_by_its_square():
    assert row_hash(Table("d", "t", (column("v"),), "", ())).count("CRC32(`v`)") == 2


def test_rows_that_may_be_equal_are_summed():
    assert checksum(BYTES).startswith("COALESCE(BIT_XOR(")
    assert checksum(Table("d", "t", (column("v"),), "", ())).startswith("COALESCE(SUM(")
