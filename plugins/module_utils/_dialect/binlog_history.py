# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source's binary log is still the one that a channel has read: what each server family tells a replication account."""

from __future__ import annotations

from typing import Mapping, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, Coordinates, GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import GtidPosition
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal

Row = Mapping[str, Optional[str]]
#: What each query gave; ``None`` where the server refused it.
Answers = Mapping[str, Optional[Sequence[Row]]]

_FIRST_POSITION = 4
# A binary log that was reset begins with number 1.
_MOST_FILES = 50


class BinlogHistory(Protocol):
    """What the observer asks of a server family."""

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """Queries of the source, by name, about the place that the channel's receiver has come to."""

    def is_rewritten(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> bool:
        """Whether the source's binary log holds something else there than the channel has read."""


class MySQLBinlogHistory:
    """A source that was reset and told its old GTIDs (gtid_purged) uses none of them again; one that was not told does.

    SHOW BINLOG EVENTS needs REPLICATION SLAVE alone (observed on 9.7). From a place in the file it shows what
    stands there; from past the file's end nothing; from inside of its last event, an error.
    """

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """See :class:`BinlogHistory`."""
        place = channel.received or Coordinates("", 0)
        events = f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM"
        return {
            "oldest": "SHOW BINLOG EVENTS LIMIT 1",
            "before": f"{events} {max(place.position - 1, _FIRST_POSITION)} LIMIT 1",
            "here": f"{events} {place.position} LIMIT 1",
        }

    def is_rewritten(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> bool:
        """See :class:`BinlogHistory`. A file that is older than the oldest was purged, and says nothing."""
        known = GtidSet.parse(replica.variables["gtid_executed"]) | GtidSet.parse(channel.received_gtids)
        logged = GtidSet.parse(source.variables["gtid_executed"]) - GtidSet.parse(source.variables["gtid_purged"])
        if channel.received is None or not known & logged:
            return False
        here = answers["here"]
        if here is None:
            return _is_after(channel.received.file, answers["oldest"])
        if not here:
            return answers["before"] == []
        # Another server's GTID may be one that was injected here, because the replica has it.
        begun = GtidSet.parse(MySQLGtid().begins(here[0]) or "").restricted_to(channel.source_uuid)
        return here[0]["Pos"] != str(channel.received.position) or bool(begun and not begun - known)


class MariaDBBinlogHistory:
    """KB, "BINLOG_GTID_POS": the GTID position at a place of the binary log; NULL if there is no such place.

    It needs no privilege (observed on 10.11). Nothing names the files to a replication account, but each can be asked for: where
    the one that the channel has read is gone and an older one is there, the log has begun anew; where none is, it was purged.
    """

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """See :class:`BinlogHistory`."""
        places = {"received": channel.received, "executed": channel.executed}
        queries = {name: f"SELECT {_position_at(place)} AS position" for name, place in places.items() if place is not None}
        stem, _dot, number = channel.received.file.rpartition(".") if channel.received else ("", "", "")
        if number.isdigit():
            older = (f"{stem}.{each:06d}" for each in range(1, min(int(number), _MOST_FILES) + 1))
            begins = ", ".join(_position_at(Coordinates(file, _FIRST_POSITION)) for file in older)
            queries["begun_anew"] = f"SELECT COALESCE({begins}) IS NOT NULL AS position"
        return queries

    def is_rewritten(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> bool:
        """See :class:`BinlogHistory`."""
        known = [GtidPosition.parse(text) for text in (channel.received_gtids, replica.variables["gtid_slave_pos"])]
        found = {name: rows[0]["position"] for name, rows in answers.items() if rows}
        places = [text for text in (found.get("received"), found.get("executed")) if text]
        if not places:
            return found.get("begun_anew") == "1"
        return not any(set(GtidPosition.parse(text).gtids) <= set(position.gtids) for text in places for position in known)


def _position_at(place: Coordinates) -> str:
    return f"BINLOG_GTID_POS({literal(place.file)}, {place.position})"


def _is_after(file: str, oldest: Optional[Sequence[Row]]) -> bool:
    stem, _dot, number = file.rpartition(".")
    first_stem, _dot, first = ((oldest[0]["Log_name"] or "") if oldest else "").rpartition(".")
    return stem == first_stem and number.isdigit() and first.isdigit() and int(number) >= int(first)
