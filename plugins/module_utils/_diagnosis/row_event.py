# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which row an applier stumbled over: servers name only the table (error 1032), the key stands in the relay log."""

from __future__ import annotations

import re
from typing import Mapping, NamedTuple, Optional

_END = re.compile(r"end_log_pos (\d+)")
_CHANGE = re.compile(r"^### (UPDATE|DELETE FROM|INSERT INTO) `(.+)`\.`(.+)`$")
_VALUE = re.compile(r"^###   @(\d+)=(.*?)(?: /\*.*\*/)?$")
_MOST_ROWS = 5


class RowEvent(NamedTuple):
    """One event of the binary log: the table, and each row as it was before, as text by column number from 1 on."""

    schema: str
    table: str
    rows: tuple[Mapping[int, str], ...]


def end_of_event(error: str) -> Optional[int]:
    """Where the event that an applier's error names ends in the source's binary log."""
    found = _END.search(error)
    return int(found.group(1)) if found else None


def row_event(decoded: str, end: int) -> Optional[RowEvent]:
    """The event that ends there, from what ``mysqlbinlog --verbose --base64-output=decode-rows`` prints."""
    inside = False
    table: Optional[tuple[str, str]] = None
    rows: list[dict[int, str]] = []
    is_before = False
    for line in decoded.splitlines():
        if line.startswith("# at "):
            if inside and table:
                break
            inside = False
        elif not line.startswith("###"):
            inside = inside or f"end_log_pos {end} " in line
        elif inside:
            change, value = _CHANGE.match(line), _VALUE.match(line)
            if change:
                table = (change.group(2), change.group(3))
                rows.append({})
                is_before = True
            elif line == "### SET" and rows[-1]:
                is_before = False
            elif value and is_before:
                rows[-1][int(value.group(1))] = value.group(2)
    return RowEvent(*table, tuple(rows)) if table else None


def describe(event: RowEvent, key_columns: Mapping[int, str]) -> str:
    """The rows by their primary key; other columns may hold what is nobody's business."""
    if not key_columns:
        return f"a row of {event.schema}.{event.table}, which has no primary key here, or is not here at all"
    keys = [", ".join(f"{name} = {row.get(number, '?')}" for number, name in sorted(key_columns.items())) for row in event.rows]
    shown = "; ".join(keys[:_MOST_ROWS])
    more = f"; and {len(keys) - _MOST_ROWS} more" if len(keys) > _MOST_ROWS else ""
    one_of = "one of the rows" if len(keys) > 1 else "the row"
    return f"{one_of} of {event.schema}.{event.table} with {shown}{more}"
