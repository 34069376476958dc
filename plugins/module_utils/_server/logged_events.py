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
_PAGE = 2000


class EventsUnreadable(Exception):
    """The server does not list the events in their order; the text says what it did."""


def events_from(session: Session, place: Coordinates) -> Iterator[Event]:
    """All events from this place to the end of its file; raises ServerError, :class:`EventsUnreadable`.

    A page goes on from the last event that says where it begins, past those that were listed from there on.
    """
    skipped = 0
    while True:
        events = session.rows(session.dialect.gtid.events(place, _PAGE, skipped))
        yield from events
        if len(events) < _PAGE:
            return
        begun = next((n for n in reversed(range(_PAGE)) if _says_its_place(events[n])), None)
        if begun is None:
            skipped += _PAGE
            continue
        last = Coordinates(place.file, int(events[begun]["Pos"] or 0))
        if last.position <= place.position and skipped + begun > 0:
            raise EventsUnreadable(f"a page of its events from {place} on ends at {last.position}")
        skipped = _PAGE - begun
        place = last


def _says_its_place(event: Event) -> bool:
    """What a compressed transaction holds is listed on MySQL with its end as both places (observed on 9.7).

    Where an event ends would be no place to go on from: amid a transaction MariaDB says 0 from 11.x on (observed on 11.8).
    """
    return event["Pos"] != event["End_log_pos"]
