# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of a binary log's events join, whatever their last event says of its end."""

from __future__ import annotations

import re
from itertools import accumulate, islice

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import logged_events
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.logged_events import EventsUnreadable, events_from
from hypothesis import given
from hypothesis import strategies as st

#: Of each event, how long it is and whether the server says where it ends.
LOGS = st.lists(st.tuples(st.integers(19, 9000), st.booleans()), max_size=30)


class Server:
    """A server with one log; from 0 on it lists what it lists from the beginning on, as MariaDB does."""

    dialect = dialect_for(parse_version("11.8.9-MariaDB"))

    def __init__(self, log):
        starts = list(accumulate((size for size, _ends in log), initial=logged_events.FIRST_POSITION))
        self.events = [
            {"Pos": str(start), "End_log_pos": str(start + size if ends else 0), "Event_type": "Write_rows_v1", "Info": ""}
            for start, (size, ends) in zip(starts, log)
        ]
        self.places = [*starts[: len(log)], 0]

    def rows(self, query):
        start, limit = map(int, re.fullmatch(r"SHOW BINLOG EVENTS IN 'b.000001' FROM (\d+) LIMIT (\d+)", query).groups())
        assert start in self.places or not self.events
        return [event for event in self.events if int(event["Pos"]) >= start][:limit]


def events_of(server, position=logged_events.FIRST_POSITION):
    """No more than the log has, and a few: what never ends shall not run on here."""
    return list(islice(events_from(server, Coordinates("b.000001", position)), len(server.events) + 5))


@given(log=LOGS, page=st.integers(2, 12))
def test_each_event_is_read_once(log, page):
    server = Server(log)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logged_events, "_PAGE", page)
        assert events_of(server) == server.events
        for n, event in enumerate(server.events):
            assert events_of(server, int(event["Pos"])) == server.events[n:]


def test_what_does_not_go_on_is_not_read_for_ever(monkeypatch):
    monkeypatch.setattr(logged_events, "_PAGE", 2)
    server = Server([(20, True), (20, False)])
    server.rows = lambda _query: server.events
    with pytest.raises(EventsUnreadable, match=r"from b\.000001:24 on ends at 24"):
        events_of(server)
