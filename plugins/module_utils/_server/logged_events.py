# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the events of a server's binary log through the server, page by page. Never writes."""

from __future__ import annotations

from typing import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.logged_transaction import Event
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

FIRST_POSITION = 4
# More than one: a page begins with the last event of the page before.
_PAGE = 2000


class EventsUnreadable(Exception):
    """The server does not list the events in their order; the text says what it did."""


def events_from(session: Session, place: Coordinates) -> Iterator[Event]:
    """All events from this place to the end of its file; raises ServerError, :class:`EventsUnreadable`.

    Where an event begins the server always tells, and a page may begin within a transaction. Where one ends it does not: amid a
    transaction End_log_pos is 0 on MariaDB from 11.x on (observed on 11.8).
    """
    events = session.rows(session.dialect.gtid.events(place, _PAGE))
    yield from events
    while len(events) >= _PAGE:
        last = Coordinates(place.file, int(events[-1]["Pos"] or 0))
        if last.position <= place.position:
            raise EventsUnreadable(f"a page of its events from {place} on ends at {last.position}")
        place = last
        events = session.rows(session.dialect.gtid.events(place, _PAGE))
        yield from events[1:]
