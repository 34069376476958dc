# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a search of the source's binary logs finds, and where it gives up."""

from __future__ import annotations

import re

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Ahead, Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import search_ahead as module
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.search_ahead import search_ahead

A = "aaaaaaaa-0000-0000-0000-000000000000"
START = ("Format_desc", "Previous_gtids")
#: An anonymous transaction, one with a GTID, one with a tagged GTID, a file's two possible ends.
ANON = ("Anonymous_Gtid", "Query", "Table_map", "Write_rows", "Xid")
GTID = ("Gtid", "Query", "Table_map", "Write_rows", "Xid")
TAGGED = ("Gtid_tagged", "Query", "Xid")
ROTATE = ("Rotate",)
STOP = ("Stop",)


class Source:
    """A server whose events are ten bytes long; the one at position 4 + 10·n is the file's n-th."""

    dialect = dialect_for(parse_version("9.7.4"))

    def __init__(self, files, refuses=()):
        self.files = {name: [kind for part in parts for kind in part] for name, parts in files.items()}
        self.refuses = refuses

    def rows(self, query):
        file, start, limit = re.fullmatch(r"SHOW BINLOG EVENTS IN '(.+)' FROM (\d+) LIMIT 0, (\d+)", query).groups()
        if file in self.refuses:
            raise ServerError(1220, "Error when executing command SHOW BINLOG EVENTS: I/O error", "db1:3306")
        if file not in self.files:
            raise ServerError(1220, "Error when executing command SHOW BINLOG EVENTS: Could not find target log", "db1:3306")
        events = [
            {"Pos": str(at(n)), "End_log_pos": str(at(n + 1)), "Event_type": kind, "Info": self.info(file, kind, n)}
            for n, kind in enumerate(self.files[file])
        ]
        return [event for event in events if int(event["Pos"]) >= int(start)][: int(limit)]

    @staticmethod
    def info(file, kind, n):
        tag = ":tag" if kind == "Gtid_tagged" else ""
        return f"SET @@SESSION.GTID_NEXT= '{A}{tag}:{int(file[-1]) * 100 + n}'" if kind.startswith("Gtid") else "BEGIN"


def at(number):
    return 4 + 10 * number


def found(files, place=("b.000001", 2), **more):
    return search_ahead(Source({f"b.00000{n}": parts for n, parts in files.items()}, **more), Coordinates(place[0], at(place[1])))


IN_THIRD = Ahead(anonymous=Coordinates("b.000003", at(2)))


@pytest.mark.parametrize(
    ("files", "place", "expected"),
    [
        ({1: [START]}, ("b.000001", 2), Ahead()),
        ({1: [START, ANON]}, ("b.000001", 7), Ahead()),
        ({1: [START, ANON]}, ("b.000001", 2), Ahead(anonymous=Coordinates("b.000001", at(2)))),
        ({1: [START, ANON, ANON]}, ("b.000001", 7), Ahead(anonymous=Coordinates("b.000001", at(7)))),
        ({1: [START, GTID, TAGGED]}, ("b.000001", 2), Ahead(gtids=f"{A}:102,{A}:tag:107")),
        ({1: [START, ROTATE], 2: [START, GTID]}, ("b.000001", 2), Ahead(gtids=f"{A}:202")),
        # In a file after the next, after a stop, after a crash that left no end.
        ({1: [START, ROTATE], 2: [START, ROTATE], 3: [START, ANON]}, ("b.000001", 3), IN_THIRD),
        ({1: [START, STOP], 2: [START, ANON]}, ("b.000001", 2), Ahead(anonymous=Coordinates("b.000002", at(2)))),
        ({1: [START], 2: [START, ANON]}, ("b.000001", 2), Ahead(anonymous=Coordinates("b.000002", at(2)))),
        # The source would begin in this file, and meet the one that is applied already.
        ({1: [START, ANON, GTID, ROTATE], 2: [START]}, ("b.000001", 7), Ahead(anonymous=Coordinates("b.000001", at(2)))),
        ({1: [START, GTID, GTID, ROTATE], 2: [START]}, ("b.000001", 7), Ahead(gtids=f"{A}:107")),
        # The one that the source writes now began with gtid_mode ON, so nobody looks back in it.
        ({1: [START, ANON, GTID]}, ("b.000001", 7), Ahead(gtids=f"{A}:107")),
        # It would begin in the next one.
        ({1: [START, ANON, ROTATE], 2: [START, GTID]}, ("b.000001", 7), Ahead(gtids=f"{A}:202")),
    ],
)
def test_what_is_ahead(files, place, expected):
    assert found(files, place) == expected


def test_too_far_behind(monkeypatch):
    monkeypatch.setattr(module, "_MOST_EVENTS", 9)
    assert "too far behind" in found({1: [START, GTID, GTID]}).unknown
    assert found({1: [START, GTID]}) == Ahead(gtids=f"{A}:102")


def test_what_cannot_be_read_is_not_nothing():
    assert "Could not find target log" in found({2: [START]}).unknown
    assert "I/O error" in found({1: [START, ROTATE], 2: [START]}, refuses=("b.000002",)).unknown
    assert "b.000001:24" in found({2: [START]}).unknown


def test_numbers_grow():
    source = Source({"b.999999": [START], "b.1000000": [START, ANON]})
    assert search_ahead(source, Coordinates("b.999999", at(2))) == Ahead(anonymous=Coordinates("b.1000000", at(2)))
