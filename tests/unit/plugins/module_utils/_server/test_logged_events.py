# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of a binary log's events join, whatever their last event says of its end."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import logged_events
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.logged_events import EventsUnreadable, events_from
from hypothesis import given
from hypothesis import strategies as st

#: Of each event how long it is, whether the server says where it ends, and how many are listed that are compressed in it.
LOGS = st.lists(st.tuples(st.integers(19, 9000), st.booleans(), st.sampled_from([0, 0, 0, 1, 2, 9])), max_size=20)


class Server:
    """A server with one log; from 0 on it lists what it lists from the beginning on, as MariaDB does."""

    dialect = dialect_for(parse_version("11.8.9-MariaDB"))

    def __init__(self, log):
        self.events = []
        self.places = [0]
        start = logged_events.FIRST_POSITION
        for size, ends, inside in log:
            self.places.append(start)
            self._list(start, start + size if ends else 0, "Transaction_payload" if inside else "Write_rows")
            start += size
            for number in range(inside):
                self._list(start, start, f"Write_rows {number}")

    def _list(self, start, end, info):
        self.events.append({"Pos": str(start), "End_log_pos": str(end), "Event_type": "", "Info": info})

    def rows(self, query):
        matched = re.fullmatch(r"SHOW BINLOG EVENTS IN 'b.000001' FROM (\d+) LIMIT (\d+), (\d+)", query)
        start, skipped, limit = map(int, matched.groups())
        assert start in self.places or not self.events
        # It reads on from there: what was compressed before is not listed, though it says the same place.
        there = [n for n, event in enumerate(self.events) if int(event["Pos"]) >= start and event["Pos"] != event["End_log_pos"]]
        return self.events[there[0] :][skipped : skipped + limit] if there else []


def events_of(server, position=logged_events.FIRST_POSITION):
    """No more than the log has, and a few: what never ends shall not run on here."""
    return list(islice(events_from(server, Coordinates("b.000001", position)), len(server.events) + 5))


@given(log=LOGS, page=st.integers(1, 12))
def test_each_event_is_read_once(log, page):
    server = Server(log)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logged_events, "_PAGE", page)
        assert events_of(server) == server.events
        for n, event in enumerate(server.events):
            if event["Pos"] != event["End_log_pos"]:
                assert events_of(server, int(event["Pos"])) == server.events[n:]


def test_what_does_not_go_on_is_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(logged_events, "_PAGE", 2)
    server = Server([(20, True, 0), (20, False, 0)])
    server.rows = lambda _query: server.events
    with pytest.raises(EventsUnreadable, match=r"from b\.000001:24 on ends at 24"):
        events_of(server)
