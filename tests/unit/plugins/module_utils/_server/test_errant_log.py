# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which binary logs are read for errant transactions, and what is found there."""

from __future__ import annotations

import re

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import MySQLErrant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import logged_events
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_log import Stretch, read_errant

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"


class Server:
    """A server whose events are ten bytes long; each transaction has three."""

    dialect = dialect_for(parse_version("9.7.4"))

    def __init__(self, files, first=1):
        self.files, self.read, before = {}, [], []
        for number, gtids in enumerate(files, first):
            events = [("Format_desc", ""), ("Previous_gtids", ",".join(before))]
            for gtid in gtids:
                events += [
                    ("Gtid", f"SET @@SESSION.GTID_NEXT= '{gtid}'"),
                    ("Table_map", "table_id: 1 (s.t)"),
                    ("Write_rows", "table_id: 1 flags: STMT_END_F"),
                ]
            self.files[f"b.{number:06d}"] = events
            before += gtids
        self.executed = before

    def value(self, query):
        return "0" if "PROCESSLIST" in query else {"SELECT @@global.log_bin": "1"}[query]

    def rows(self, query):
        if query == "SHOW BINARY LOGS":
            return [{"Log_name": name} for name in self.files]
        file, start, limit = re.fullmatch(r"SHOW BINLOG EVENTS IN '(.+)' FROM (\d+) LIMIT 0, (\d+)", query).groups()
        if int(limit) == logged_events._PAGE:
            self.read.append(file)
        found = [
            {"Pos": str(4 + 10 * n), "End_log_pos": str(14 + 10 * n), "Event_type": kind, "Info": info}
            for n, (kind, info) in enumerate(self.files[file])
        ]
        return [event for event in found if int(event["Pos"]) >= int(start)][: int(limit)]


def read(server, errant):
    gtid = GtidState({"gtid_executed": ",".join(server.executed)})
    return read_errant(server, MySQLErrant(GtidSet.parse(errant)), gtid)


def test_only_the_files_that_hold_some_are_read():
    server = Server([[f"{A}:1"], [f"{A}:2", f"{B}:1", f"{B}:2", f"{A}:3", f"{B}:3"], [f"{A}:4"]])
    found = read(server, f"{B}:1-3")
    assert found.gtids == [f"{B}:1", f"{B}:2", f"{B}:3"]
    assert found.stretches == [Stretch("b.000002", 54, 114), Stretch("b.000002", 144, 174)]
    assert found.changes == {"INSERT INTO s.t": 3}
    assert found.unread == ""
    assert set(server.read) == {"b.000002"}


def test_what_no_file_has_is_said():
    assert read(Server([[f"{A}:2", f"{B}:3"]]), f"{B}:1-3").unread == f"{B}:1-2"


def test_nothing_is_read_where_nothing_is_errant():
    server = Server([[f"{A}:1"]])
    assert read(server, "").gtids == []
    assert server.read == []


def test_a_log_whose_events_do_not_go_on_is_refused(monkeypatch):
    monkeypatch.setattr(logged_events, "_PAGE", 2)
    server = Server([[f"{B}:1"]])
    monkeypatch.setattr(server, "files", {"b.000001": []})
    listed = server.rows

    def again(query):
        return listed(query) or [{"Pos": "4", "End_log_pos": "0", "Event_type": "Query", "Info": ""}] * 2

    server.rows = again
    with pytest.raises(Refusal, match=r"a page of its events from b\.000001:4 on ends at 4"):
        read(server, f"{B}:1")


def test_a_log_that_cannot_be_read_is_not_an_empty_one():
    server = Server([[f"{B}:1"]])

    def refuse(_query):
        raise ServerError(1227, "Access denied", "db2")

    server.rows = refuse
    with pytest.raises(Refusal, match="error 1227"):
        read(server, f"{B}:1")
