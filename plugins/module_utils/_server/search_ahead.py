# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches a source's binary log for transactions that a channel by file and position has still before it. Never writes."""

from __future__ import annotations

from typing import Iterator, NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Ahead, Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.logged_events import (
    FIRST_POSITION,
    EventsUnreadable,
    events_from,
)

# Five seconds or so: some minutes of a busy source, so that the lag that a replica's restart leaves is no reason to refuse.
_MOST_EVENTS = 1_000_000
# SHOW BINLOG EVENTS has one number for all that fails; its text is not translated.
_NO_SUCH_LOG = (1220, "Could not find target log")


class _Unknown(Exception):
    pass


class _Transaction(NamedTuple):
    """``gtid`` is empty if the transaction has none."""

    place: Coordinates
    gtid: str


def search_ahead(source: Session, executed: Coordinates) -> Ahead:
    """What comes after ``executed`` in the source's binary logs, up to where it writes now.

    Manual, "GTID Auto-Positioning": the source begins with the newest file before which nothing is that the replica lacks; what
    has no GTID in older files is skipped without a word, and in this file it is an error (observed on 9.7).
    """
    search = _Search(source)
    gtids: list[str] = []
    goes_on_here = False
    try:
        for place, gtid in search.transactions(executed):
            if not gtid:
                return Ahead(anonymous=place)
            gtids.append(gtid)
            goes_on_here = goes_on_here or place.file == executed.file
        # The file that the source writes now holds none: it began with gtid_mode ON.
        if goes_on_here and search.is_past_first_file:
            for place, gtid in search.transactions_of_file(Coordinates(executed.file, FIRST_POSITION)):
                if place.position >= executed.position:
                    break
                if not gtid:
                    return Ahead(anonymous=place)
    except _Unknown as unknown:
        return Ahead(unknown=str(unknown))
    return Ahead(gtids=",".join(gtids))


class _Search:
    """Reads events, up to a bound in all."""

    def __init__(self, source: Session) -> None:
        self._source = source
        self._left = _MOST_EVENTS
        self.is_past_first_file = False

    def transactions(self, place: Coordinates) -> Iterator[_Transaction]:
        """The beginnings of all transactions from this place on; raises :class:`_Unknown`."""
        try:
            yield from self.transactions_of_file(place)
        except ServerError as error:
            raise _Unknown(f"its binary log cannot be read at {place}: error {error.errno}: {error.error}") from None
        while True:
            place = Coordinates(_following(place.file), FIRST_POSITION)
            try:
                yield from self.transactions_of_file(place)
            except ServerError as error:
                if error.errno == _NO_SUCH_LOG[0] and _NO_SUCH_LOG[1] in error.error:
                    return
                raise _Unknown(f"its binary log cannot be read at {place}: error {error.errno}: {error.error}") from None
            self.is_past_first_file = True

    def transactions_of_file(self, place: Coordinates) -> Iterator[_Transaction]:
        """Those in one file; raises :class:`ServerError`, :class:`_Unknown`."""
        begins = self._source.dialect.gtid.begins
        try:
            for event in events_from(self._source, place):
                self._left -= 1
                if self._left < 0:
                    raise _Unknown(f"there are more than {_MOST_EVENTS} events to look through: it is too far behind")
                gtid = begins(event)
                if gtid is not None:
                    yield _Transaction(Coordinates(place.file, int(event["Pos"] or 0)), gtid)
        except EventsUnreadable as unreadable:
            raise _Unknown(f"its binary log cannot be read: {unreadable}") from None


def _following(file: str) -> str:
    """The next binary log's name. A file that a crash ended has no event that names it."""
    stem, _dot, number = file.rpartition(".")
    return f"{stem}.{int(number) + 1:06d}"
