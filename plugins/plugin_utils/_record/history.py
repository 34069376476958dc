# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log read back: which records are asked for, and each as a line for people. Pure."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import OUTSIDE, stamp
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import differing

Record = Mapping[str, Any]

_AGO = re.compile(r"(\d{1,6}) ?([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Wanted:
    """Which records; an empty text asks for all. ``since`` and ``until`` are written as records have their time.

    ``host``, ``user`` and ``setting`` may be patterns; a setting without a wildcard may be a part of an object's name.
    """

    host: str = ""
    setting: str = ""
    user: str = ""
    run: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class Line:
    """A line of a file, from 1; ``error`` tells why a file could not be read any further, in place of ``text``."""

    file: str
    number: int
    text: bytes
    error: str = ""


@dataclass(frozen=True)
class Damaged:
    """A line that holds no record."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class History:
    """The last of the records that were asked for, the oldest first; ``count`` is how many there are in all."""

    records: tuple[Record, ...]
    count: int
    damaged: tuple[Damaged, ...]


def moment(text: str, now: datetime, is_end: bool) -> str:
    """A time that a person gave, as records have theirs: a day, a day and a time of day (UTC without an offset), or ``7d`` ago.

    A day alone stands for its first moment, or for its last if it ``is_end``. Raises :class:`Refusal` for anything else.
    """
    given = text.strip()
    ago = _AGO.fullmatch(given)
    try:
        if ago:
            return stamp(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        found = datetime.fromisoformat(given)
        if is_end and _DAY.fullmatch(given):
            found += timedelta(days=1) - timedelta(milliseconds=1)
        return stamp(found if found.tzinfo else found.replace(tzinfo=timezone.utc))
    except (ValueError, OverflowError):
        raise Refusal(
            f"'{given}' is no time", "give a day (YYYY-MM-DD), a day and a time in UTC, or how long ago: 30m, 12h, 7d, 2w"
        ) from None


def read(lines: Iterable[Line], wanted: Wanted, limit: int) -> History:
    """The last ``limit`` records, 0 for all. What is no record is told, and hides nothing else."""
    damaged: list[Damaged] = []
    counted = _Counted()
    found = counted.through(_wanted(parsed(lines, damaged), wanted))
    # A batch has one time: its records stay in their order.
    placed = ((record["time"], place, record) for place, record in enumerate(found))
    kept = heapq.nlargest(limit, placed, key=_time_and_place) if limit else sorted(placed, key=_time_and_place, reverse=True)
    return History(tuple(record for _time, _place, record in reversed(kept)), counted.count, tuple(damaged))


def _time_and_place(placed: tuple[str, int, Record]) -> tuple[str, int]:
    return placed[:2]


class _Counted:
    """Counts what goes by."""

    def __init__(self) -> None:
        self.count = 0

    def through(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            self.count += 1
            yield record


def parsed(lines: Iterable[Line], damaged: list[Damaged]) -> Iterator[Record]:
    """The records; what is none goes to ``damaged``."""
    for line in lines:
        if line.error:
            damaged.append(Damaged(line.file, line.number, line.error))
        elif not line.text.isspace():
            try:
                record = json.loads(line.text)
            except ValueError:
                record = None
            if isinstance(record, dict) and isinstance(record.get("time"), str) and isinstance(record.get("host"), str):
                yield record
            else:
                damaged.append(Damaged(line.file, line.number, "is no record"))


def _wanted(records: Iterable[Record], wanted: Wanted) -> Iterator[Record]:
    for record in records:
        if (
            (not wanted.since or record["time"] >= wanted.since)
            and (not wanted.until or record["time"] <= wanted.until)
            and (not wanted.host or is_of(record, wanted.host))
            and (not wanted.run or str(record.get("run")).startswith(wanted.run))
            and (not wanted.user or is_by(record, wanted.user))
            and (not wanted.setting or is_about(record, wanted.setting))
        ):
            yield record


def users(record: Record) -> tuple[str, ...]:
    """Who it may have been, the person first: AWX's user, who called sudo, the account that ran Ansible; whom the server names."""
    if record.get("result") == OUTSIDE:
        return (str(record["by"]),) if record.get("by") else ()
    job = record.get("job")
    names = (job.get("user") if isinstance(job, dict) else None, record.get("sudo_user"), record.get("user"))
    return tuple(str(name) for name in names if name)


def is_of(record: Record, host: str) -> bool:
    """Whether it is of a host, given as in :class:`Wanted`."""
    return fnmatchcase(record["host"], host)


def is_by(record: Record, user: str) -> bool:
    """Whether it may be by a user, given as in :class:`Wanted`."""
    return any(fnmatchcase(name, user) for name in users(record))


def is_about(record: Record, setting: str) -> bool:
    """Whether it is about a setting, given as in :class:`Wanted`."""
    return any(_is_about(record, setting, spelled) for spelled in (folded, _under_todays_names))


def _is_about(record: Record, setting: str, spelled: Callable[[str], str]) -> bool:
    pattern, target = spelled(setting), spelled(_target(record))
    return (
        pattern in target or fnmatchcase(target, pattern) or any(fnmatchcase(spelled(name), pattern) for name in settings(record))
    )


def settings(record: Record) -> Iterator[str]:
    """What it may be asked for by: each word of its object, and the options whose lines changed."""
    yield from _target(record).split()
    for side in differing(record.get("before"), record.get("after")):
        yield from (re.split("[=:]", one, maxsplit=1)[0].strip() for one in side)


def _target(record: Record) -> str:
    return str(record.get("object") or "")


def _under_todays_names(text: str) -> str:
    return " ".join(map(modern_name, text.split()))


def folded(name: str) -> str:
    """A name as servers compare it: in any case, and with dashes for underscores."""
    return name.strip().lower().replace("-", "_")
