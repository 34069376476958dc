# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GTID sets of MySQL: what @@gtid_executed and @@gtid_purged hold, and the set algebra that replication needs."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Iterable, Iterator, Mapping, Optional

# First and last transaction number, both inclusive.
Interval = tuple[int, int]
# Where transactions come from: the originating server's UUID, and the tag ("" where there is none).
Source = tuple[str, str]

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TAG = re.compile(r"[a-z_][a-z0-9_]{0,31}")
_BLANKS_AT_SEPARATOR = re.compile(r"\s*([:-])\s*")
_LAST_NUMBER = 2**63 - 2


@dataclass(frozen=True)
class GtidSet:
    """A set of MySQL transactions, always in canonical form, so that equal sets are equal values.

    Made by ``GtidSet.parse``; ``GtidSet()`` is the empty set. ``a | b``, ``a - b`` and ``a & b`` are union, difference
    and intersection, and a set is true if it holds any transaction. Each takes time linear in the number of intervals.

    ``intervals`` is sorted by source; the intervals of a source are sorted, and neither overlap nor touch.
    """

    intervals: tuple[tuple[Source, tuple[Interval, ...]], ...] = ()

    @classmethod
    def parse(cls, text: str) -> GtidSet:
        """Read a GTID set as the server prints or accepts it.

        Blanks and line breaks around separators, upper case, empty members, and overlapping, adjacent or unsorted
        intervals are accepted, as by the server. What it reads as nothing at all is refused, since it is rather a
        truncated text: a UUID or tag without intervals, and an interval that ends before it starts.
        (Manual: GTID Format and Storage, "GTID Sets".)

        Raises ValueError, saying which part is wrong.
        """
        if not text.isascii():
            raise ValueError(f"a GTID set holds ASCII characters only, not {text!r}")
        found: dict[Source, list[Interval]] = {}
        for member in text.lower().split(","):
            stripped = member.strip()
            if stripped:
                _parse_member(stripped, found)
        return _canonical(found)

    def __str__(self) -> str:
        """The server's own form: sources sorted, the tags of a UUID together, a line per UUID."""
        lines: list[str] = []
        previous = None
        for (uuid, tag), intervals in self.intervals:
            if uuid != previous:
                lines.append(uuid)
                previous = uuid
            if tag:
                lines[-1] += ":" + tag
            lines[-1] += "".join(f":{first}" if first == last else f":{first}-{last}" for first, last in intervals)
        return ",\n".join(lines)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __or__(self, other: GtidSet) -> GtidSet:
        merged = {source: list(intervals) for source, intervals in self.intervals}
        for source, intervals in other.intervals:
            merged.setdefault(source, []).extend(intervals)
        return _canonical(merged)

    def __sub__(self, other: GtidSet) -> GtidSet:
        removed = dict(other.intervals)
        rest = ((source, _subtract(intervals, removed.get(source, ()))) for source, intervals in self.intervals)
        return GtidSet(tuple((source, intervals) for source, intervals in rest if intervals))

    def __and__(self, other: GtidSet) -> GtidSet:
        theirs = dict(other.intervals)
        common = ((source, _intersect(intervals, theirs.get(source, ()))) for source, intervals in self.intervals)
        return GtidSet(tuple((source, intervals) for source, intervals in common if intervals))

    def issubset(self, other: GtidSet) -> bool:
        """Whether ``other`` holds every transaction of this set."""
        return not self - other

    def contains(self, uuid: str, number: int, tag: str = "") -> bool:
        """Whether the transaction ``uuid[:tag]:number`` is in the set."""
        intervals = dict(self.intervals).get((uuid.lower(), tag.lower()), ())
        index = bisect_right(intervals, (number, _LAST_NUMBER)) - 1
        return index >= 0 and number <= intervals[index][1]

    @property
    def count(self) -> int:
        """The number of transactions."""
        return sum(last - first + 1 for _source, intervals in self.intervals for first, last in intervals)

    @property
    def uuids(self) -> tuple[str, ...]:
        """The UUIDs of the servers that the transactions originate on, sorted."""
        return tuple(dict.fromkeys(uuid for (uuid, _tag), _intervals in self.intervals))

    def each(self) -> Iterator[str]:
        """Every transaction by itself, in the server's own form."""
        for (uuid, tag), intervals in self.intervals:
            origin = f"{uuid}:{tag}" if tag else uuid
            for first, last in intervals:
                yield from (f"{origin}:{number}" for number in range(first, last + 1))

    def restricted_to(self, uuid: str) -> GtidSet:
        """The transactions, with and without tags, that originate on the server with this UUID."""
        return GtidSet(tuple(entry for entry in self.intervals if entry[0][0] == uuid.lower()))

    @property
    def gaps(self) -> GtidSet:
        """The transactions that are not in it, though later ones of the same source are."""
        found: dict[Source, list[Interval]] = {}
        for source, intervals in self.intervals:
            ends = [0, *(last for _first, last in intervals)]
            found[source] = [(end + 1, first - 1) for end, (first, _last) in zip(ends, intervals) if first > end + 1]
        return _canonical({source: intervals for source, intervals in found.items() if intervals})

    def without(self, uuid: str) -> GtidSet:
        """The transactions that originate on any other server than the one with this UUID."""
        return GtidSet(tuple(entry for entry in self.intervals if entry[0][0] != uuid.lower()))


def _parse_member(text: str, found: dict[Source, list[Interval]]) -> None:
    """Add the intervals of ``uuid[:tag]:interval[:interval]…[:tag:interval…]…`` to ``found``."""
    uuid, *items = _BLANKS_AT_SEPARATOR.sub(r"\1", text).split(":") if _has_blank(text) else text.split(":")
    if not _UUID.fullmatch(uuid):
        raise ValueError(f"{uuid!r} is not a server UUID")
    tag = ""
    last: Optional[list[Interval]] = None
    for item in items:
        if item[:1].isdigit():
            if last is None:
                last = found.setdefault((uuid, tag), [])
            last.append(_parse_interval(item, uuid))
        elif _TAG.fullmatch(item) and (last is not None or not tag):
            tag, last = item, None
        else:
            raise ValueError(f"{item!r} is no interval, and no tag that can stand there, in the GTIDs of {uuid}")
    if last is None:
        raise ValueError(f"no interval follows {tag or uuid!r}, in the GTIDs of {uuid}")


def _has_blank(text: str) -> bool:
    return len(text.split(None, 1)) > 1


def _parse_interval(text: str, uuid: str) -> Interval:
    first, dash, last = text.partition("-")
    if not first.isdigit() or (dash and not last.isdigit()):
        raise ValueError(f"{text!r} is not an interval, in the GTIDs of {uuid}")
    interval = (int(first), int(last if dash else first))
    if not 1 <= interval[0] <= interval[1] <= _LAST_NUMBER:
        raise ValueError(f"{text!r} is out of order or out of range, in the GTIDs of {uuid}")
    return interval


def _canonical(intervals: Mapping[Source, Iterable[Interval]]) -> GtidSet:
    return GtidSet(tuple((source, _coalesce(intervals[source])) for source in sorted(intervals)))


def _coalesce(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    merged: list[Interval] = []
    end = -1
    for first, last in sorted(intervals):
        if first > end + 1:
            merged.append((first, last))
            end = last
        elif last > end:
            merged[-1] = (merged[-1][0], last)
            end = last
    return tuple(merged)


def _subtract(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> tuple[Interval, ...]:
    rest: list[Interval] = []
    index = 0
    for first, last in left:
        start = first
        while index < len(right) and right[index][1] < start:
            index += 1
        while index < len(right) and right[index][0] <= last:
            if start < right[index][0]:
                rest.append((start, right[index][0] - 1))
            start = right[index][1] + 1
            # What reaches past this interval may cut the next one too, so that index stays on it.
            if start > last:
                break
            index += 1
        if start <= last:
            rest.append((start, last))
    return tuple(rest)


def _intersect(left: tuple[Interval, ...], right: tuple[Interval, ...]) -> tuple[Interval, ...]:
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        first, last = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if first <= last:
            common.append((first, last))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(common)
