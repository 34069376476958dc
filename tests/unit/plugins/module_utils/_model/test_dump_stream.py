# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows are told from all else however a dump is cut into chunks, and no text of a routine passes for rows."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_stream import DumpStream, Kind, Part
from hypothesis import given
from hypothesis import strategies as st

CONDITION = "TRUE /* 0a1b */"
MARK = f"-- WHERE:  {CONDITION}\n"
HEAD = f"--\n-- Dumping data for table `t`\n--\n{MARK}\n"
LOCK = "LOCK TABLES `t` WRITE;\n"
OFF, ON = (f"/*!40000 ALTER TABLE `t` {word} KEYS */;\n" for word in ("DISABLE", "ENABLE"))
UNLOCK = "UNLOCK TABLES;\n"
MYSQL = "INSERT INTO `t` VALUES (1,'a;\\nUNLOCK TABLES;\\n'),(2,'ü');\n"
MARIADB = "INSERT INTO `t` VALUES\n(1,'INSERT INTO `t`'),\n(2,');');\n"
CREATE = "DROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (\n  `id` int\n);\n"
LOOKALIKE = (
    f"DELIMITER ;;\nCREATE PROCEDURE p() BEGIN /*\nDELIMITER ;\n{LOCK}{MYSQL}{UNLOCK}*/\nINSERT INTO x VALUES (1);\nEND ;;\n"
)
#: Not locked: INSERT IGNORE is all that shows where its data is.
STATISTICS = f"{HEAD}{OFF}{MYSQL.replace('INTO', 'IGNORE INTO')}{ON}\n"


def taken(dump, cuts=()):
    """What the sessions get: text for the first alone, and statements of rows, each whole, as they follow each other."""
    stream, data, found = DumpStream(CONDITION), dump.encode(), []
    start, parts = 0, []
    for end in [*sorted(min(cut, len(data)) for cut in cuts), len(data)]:
        parts += stream.parts(data[start:end])
        start = end
    for part in [*parts, stream.rest()]:
        if part.kind is Kind.LOCKS:
            assert part.data.decode() in (LOCK, UNLOCK)
            continue
        if part.kind is Kind.ROWS or not found or (part.kind is Kind.ALONE and found[-1][0] == "rows"):
            found.append(["alone" if part.kind is Kind.ALONE else "rows", b""])
        assert found[-1][0] == ("alone" if part.kind is Kind.ALONE else "rows")
        found[-1][1] += part.data
    return [(kind, text.decode()) for kind, text in found if text]


@pytest.mark.parametrize("insert", [MYSQL, MARIADB])
def test_rows_are_for_any_and_locks_for_none(insert):
    dump = CREATE + HEAD + LOCK + OFF + insert + insert + ON + UNLOCK + LOOKALIKE
    assert taken(dump) == [
        ("alone", CREATE + HEAD + OFF),
        ("rows", insert),
        ("rows", insert),
        ("alone", ON + LOOKALIKE),
    ]


@pytest.mark.parametrize(
    "dump",
    [
        LOOKALIKE,
        STATISTICS + LOOKALIKE,
        HEAD + STATISTICS + LOOKALIKE,
        HEAD.replace("0a1b", "0a1c") + LOCK + MYSQL + UNLOCK,
        f"'{MARK}" + LOCK + MYSQL + UNLOCK,
        HEAD + CREATE + LOCK + MYSQL,
        "",
        HEAD,
        CREATE[:-1],
    ],
)
def test_what_is_not_surely_rows_is_for_the_first(dump):
    assert "".join(text for kind, text in taken(dump) if kind == "alone") == dump


@pytest.mark.parametrize(
    ("line", "table"),
    [(LOCK, "t"), (UNLOCK, ""), ("LOCK TABLES `a``b ü'` WRITE;\n", "a`b ü'"), ("LOCK TABLES `a` READ, `b` WRITE;\n", "")],
)
def test_a_lock_names_the_table(line, table):
    assert Part(Kind.LOCKS, bytearray(line.encode())).table == table


def test_after_a_table_s_data_nothing_is_rows():
    dump = HEAD + LOCK + OFF + ON + UNLOCK + MYSQL + LOCK + MYSQL
    assert taken(dump) == [("alone", HEAD + OFF + ON + MYSQL + LOCK + MYSQL)]


def test_a_statement_that_broke_off_is_not_mended():
    assert taken(HEAD + LOCK + MYSQL[:-2]) == [("alone", HEAD), ("rows", MYSQL[:-2])]


def test_rows_are_handed_over_before_their_end_is_there():
    stream = DumpStream(CONDITION)
    list(stream.parts((HEAD + LOCK).encode()))
    assert [(part.kind, bytes(part.data)) for part in stream.parts(b"INSERT INTO `t` VALUES (1")] == [
        (Kind.ROWS, b"INSERT INTO `t` VALUES (")
    ]
    assert [(part.kind, bytes(part.data)) for part in stream.parts(b"2),(3")] == [(Kind.MORE, b"12),(")]


_TABLE = st.lists(st.sampled_from([MYSQL, MARIADB, OFF, ON]), max_size=4).map(lambda lines: HEAD + LOCK + "".join(lines) + UNLOCK)
_DUMP = st.lists(st.one_of(_TABLE, st.sampled_from([CREATE, LOOKALIKE, STATISTICS, "\n", MARK[:9]])), max_size=6).map("".join)


@given(_DUMP, st.lists(st.integers(0, 2000), max_size=40))
def test_cuts_change_nothing(dump, cuts):
    assert taken(dump, cuts) == taken(dump)


@given(_DUMP)
def test_nothing_is_lost_but_locks(dump):
    whole = taken(dump)
    assert all(text in (MYSQL, MARIADB) for kind, text in whole if kind == "rows")
    locked = dump.replace(LOOKALIKE, "\0")
    assert "".join(text for _kind, text in whole) == locked.replace(LOCK, "").replace(UNLOCK, "").replace("\0", LOOKALIKE)
