# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source's binary log is still the one that a channel has read: what each server family tells a replication account."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ON, Channel, Coordinates, GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import GtidPosition, gap_before
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal

Row = Mapping[str, Optional[str]]
#: What each query gave; ``None`` where the server refused it.
Answers = Mapping[str, Optional[Sequence[Row]]]

_FIRST_POSITION = 4
# A binary log that was reset begins with number 1.
_MOST_FILES = 50
# That many files after the last one that was read are asked for: where the first of them begins, nothing before is left.
_MOST_PURGED = 500


class LogVerdict(NamedTuple):
    """``rewritten``: the source's binary log holds something else at the channel's place than the channel has read.

    ``purged`` names the transactions that it no longer has and the replica lacks, empty if none.
    """

    rewritten: bool = False
    purged: str = ""


class BinlogHistory(Protocol):
    """What the observer asks of a server family."""

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """Queries of the source, by name, about the place that the channel's receiver has come to."""

    def judge(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> LogVerdict:
        """Whether the channel can go on from there."""


class MySQLBinlogHistory:
    """A source that was reset and told its old GTIDs (gtid_purged) uses none of them again; one that was not told does.

    SHOW BINLOG EVENTS needs REPLICATION SLAVE alone (observed on 9.7). From a place in the file it shows what
    stands there; from past the file's end nothing; from inside of its last event an error, but of a file that was
    only just begun, and holds no transaction yet, nothing either: where its head ends is asked for.
    """

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """See :class:`BinlogHistory`."""
        place = channel.received or Coordinates("", 0)
        events = f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM"
        return {
            "oldest": "SHOW BINLOG EVENTS LIMIT 1",
            "before": f"{events} {max(place.position - 1, _FIRST_POSITION)} LIMIT 1",
            "here": f"{events} {place.position} LIMIT 1",
            "head": f"SHOW BINLOG EVENTS IN {literal(place.file)} LIMIT 2",
        }

    def judge(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> LogVerdict:
        """See :class:`BinlogHistory`. What was purged, gtid_purged says: that is told by the GTID relation of the two."""
        return LogVerdict(rewritten=self._is_rewritten(answers, channel, replica, source))

    def _is_rewritten(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> bool:
        known = GtidSet.parse(replica.variables["gtid_executed"]) | GtidSet.parse(channel.received_gtids)
        logged = GtidSet.parse(source.variables["gtid_executed"]) - GtidSet.parse(source.variables["gtid_purged"])
        if channel.received is None or not known & logged:
            return False
        here = answers["here"]
        if here is None:
            return _is_after(channel.received.file, answers["oldest"])
        if not here:
            return answers["before"] == [] and channel.received.position not in _ends(answers["head"])
        # Another server's GTID may be one that was injected here, because the replica has it.
        begun = GtidSet.parse(MySQLGtid().begins(here[0]) or "").restricted_to(channel.source_uuid)
        return here[0]["Pos"] != str(channel.received.position) or bool(begun and not begun - known)


class MariaDBBinlogHistory:
    """KB, "BINLOG_GTID_POS": the GTID position at a place of the binary log; NULL if there is no such place.

    It needs no privilege (observed on 10.11). Nothing names the files to a replication account, but each can be asked for: where
    the one that the channel has read is gone and an older one is there, the log has begun anew; where none is, it was purged, and
    the position at which the next file begins says whether anything is missing.
    """

    def queries(self, channel: Channel) -> Mapping[str, str]:
        """See :class:`BinlogHistory`."""
        places = {"received": channel.received, "executed": channel.executed}
        queries = {name: f"SELECT {_position_at(place)} AS position" for name, place in places.items() if place is not None}
        stem, number = _numbered(channel.received)
        if number:
            queries["begun_anew"] = f"SELECT {_begin(stem, range(1, min(number, _MOST_FILES) + 1))} IS NOT NULL AS position"
        resumes = places[_resumes(channel)]
        stem, number = _numbered(resumes)
        if number:
            queries["oldest"] = f"SELECT {_begin(stem, range(number + 1, number + 1 + _MOST_PURGED))} AS position"
        elif resumes is None:
            queries["oldest"] = f"SELECT {_first_begin()} AS position"
        return queries

    def judge(self, answers: Answers, channel: Channel, replica: GtidState, source: GtidState) -> LogVerdict:
        """See :class:`BinlogHistory`."""
        found = {name: rows[0]["position"] for name, rows in answers.items() if rows}
        position = replica.variables["gtid_slave_pos"]
        known = [GtidPosition.parse(text) for text in (channel.received_gtids, position)]
        there = [text for text in (found.get("received"), found.get("executed")) if text]
        if there and not any(set(GtidPosition.parse(text).gtids) <= set(one.gtids) for text in there for one in known):
            return LogVerdict(rewritten=True)
        if not there and found.get("begun_anew") == "1":
            return LogVerdict(rewritten=True)
        resumes = _resumes(channel)
        if found.get(resumes) or not found.get("oldest"):
            return LogVerdict()
        return LogVerdict(purged=gap_before(known[0 if resumes == "received" else 1], GtidPosition.parse(found["oldest"] or "")))


def _resumes(channel: Channel) -> str:
    # With both threads off the relay logs are thrown away at the start, and what is in them is asked for again.
    return "received" if channel.applier.state == ON else "executed"


def _numbered(place: Optional[Coordinates]) -> tuple[str, int]:
    stem, _dot, number = place.file.rpartition(".") if place else ("", "", "")
    return stem, int(number) if number.isdigit() else 0


def _begin(stem: str, numbers: range) -> str:
    """The position at which the first of these files begins that is there."""
    begins = (_position_at(Coordinates(f"{stem}.{number:06d}", _FIRST_POSITION)) for number in numbers)
    return f"COALESCE({', '.join(begins)})"


def _first_begin() -> str:
    """The same of a source whose files a channel does not name: RESET SLAVE makes it forget them, and keeps its GTIDs."""
    stem = "SUBSTRING_INDEX(@@global.log_bin_basename, '/', -1)"
    begins = (f"BINLOG_GTID_POS(CONCAT({stem}, '.{number:06d}'), {_FIRST_POSITION})" for number in range(1, 1 + _MOST_PURGED))
    return f"COALESCE({', '.join(begins)})"


def _position_at(place: Coordinates) -> str:
    return f"BINLOG_GTID_POS({literal(place.file)}, {place.position})"


def _ends(events: Optional[Sequence[Row]]) -> list[int]:
    return [int(event["End_log_pos"] or 0) for event in events or ()]


def _is_after(file: str, oldest: Optional[Sequence[Row]]) -> bool:
    stem, _dot, number = file.rpartition(".")
    first_stem, _dot, first = ((oldest[0]["Log_name"] or "") if oldest else "").rpartition(".")
    return stem == first_stem and number.isdigit() and first.isdigit() and int(number) >= int(first)
