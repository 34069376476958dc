# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history as people read it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import (
    CHANGED,
    COLLECTION,
    FAILED,
    OUTSIDE,
    UNREACHABLE,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history import History, Record, Wanted, users
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.nothing_found import NothingFound
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import became
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, shortened, words

_MOST_CHARACTERS = 160
#: Of an object whose statement was run to be sure.
_AS_IT_WAS = "as it was"


def render(history: History, wanted: Wanted, files: Sequence[str]) -> list[str]:
    """A line for each record, and what is not shown or cannot be read; the period as it was understood comes first."""
    shown = len(history.records)
    width = max((len(str(record["host"])) for record in history.records), default=0)
    lines = [f"{words(history.count, 'record')}{_period(wanted)} in {', '.join(map(printable, files))}; times are UTC"]
    if shown < history.count:
        lines.append(f"the last {shown} of them (mysql_replication_changes_limit):")
    lines += [_line(record, width) for record in history.records]
    return lines + [f"damaged: {printable(one.file)} line {one.line} {printable(one.reason)}" for one in history.damaged]


def explain(nothing: NothingFound, wanted: Wanted) -> list[str]:
    """What there is instead of the records that were asked for."""
    if not nothing.count:
        return ["there is no record at all"]
    span = f"from {_time(nothing.first)} to {_time(nothing.last)}"
    lines = [f"of all {words(nothing.count, 'record')} there, {span}, none is what was asked for"]
    for field, near in nothing.near.items():
        lines.append(f"no record has the {field} {printable(getattr(wanted, field))}{_meant(near)}")
    return lines


def _period(wanted: Wanted) -> str:
    since = f" since {_time(wanted.since)}" if wanted.since else ""
    return since + (f" until {_time(wanted.until)}" if wanted.until else "")


def _meant(near: Sequence[str]) -> str:
    return f"; did you mean {' or '.join(map(printable, near))}?" if near else ""


def _time(stamp: str) -> str:
    return stamp[:19].replace("T", " ")


def _line(record: Record, width: int) -> str:
    parts = (
        _time(str(record["time"])),
        f"{record['host']:{width}}",
        *_what(record),
        _who(record),
        *_reason(record),
    )
    return "  ".join(map(_plain, parts))


def _plain(part: str) -> str:
    """Printable, with the blanks that align it."""
    return printable(part) + " " * (len(part) - len(part.rstrip(" ")))


def _what(record: Record) -> Iterator[str]:
    result = str(record.get("result"))
    if result != CHANGED:
        yield result.upper() if result in (FAILED, UNREACHABLE) else result
    if record.get("object"):
        yield str(record["object"])
        if record.get("before") != record.get("after"):
            yield _values(record)
        elif record.get("before") is not None:
            yield _AS_IT_WAS


def _who(record: Record) -> str:
    who = users(record)[0] if users(record) else "nobody known"
    at = str(record.get("at") or "")
    at = f" {at}" if at.startswith("before ") else f" at {at}" if at else ""
    return f"by {who}{at} ({'seen by ' if record.get('result') == OUTSIDE else ''}{_playbook(record)})"


def _values(record: Record) -> str:
    before, after = record.get("before"), record.get("after")
    # What came to be with no state before it is no value that changed: a service restarted.
    is_state = before is None and not record.get("statement") and record.get("result") != OUTSIDE
    return str(after) if is_state and "\n" not in str(after) else became(before, after)


def _playbook(record: Record) -> str:
    name = str(record.get("playbook") or "no playbook")
    return name.removeprefix(f"{COLLECTION}.")


def _reason(record: Record) -> Iterator[str]:
    if record.get("why"):
        yield f"why {shortened(str(record['why']), _MOST_CHARACTERS)}"
    if record.get("message"):
        yield f"message {record['message']}"
