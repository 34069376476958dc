# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a dump has come, by the tables that it has passed: its text has another size than the files of the data.

A table counts for what its rows take on the source. How much text that comes to, the tables that are passed have shown.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

# What less than this has come to says nothing of the next table.
_LEAST = 1 << 20


class SourceTable(NamedTuple):
    """A table of the source. ``size``: bytes that its rows take there. ``is_own``: it is the server's, and counts for nothing."""

    database: str
    name: str
    size: int
    is_own: bool


class DumpExtent:
    """Counts tables of a dump, which come in the order of ``tables``, database by database; but MySQL's client dumps its own first
    (seen on 9.7), and some of the server's own do not come at all.
    """

    def __init__(self, tables: Sequence[SourceTable]) -> None:
        self._tables = tables
        self._weights = [0 if table.is_own else max(table.size, 1) for table in tables]
        self._begun: set[int] = set()
        self._current: Optional[int] = None
        self._text = self._passed_text = 0

    def begins(self, name: str) -> None:
        """The data of a table of this name begins: the next one that has it; a dump names no database there."""
        after = 0 if self._current is None else self._current + 1
        for place in (*range(after, len(self._tables)), *range(after)):
            if self._tables[place].name == name and place not in self._begun:
                self._begun.add(place)
                self._passed_text += self._text
                self._text, self._current = 0, place
                return

    def took(self, count: int) -> None:
        """So many bytes of text more."""
        if self._current is not None and self._weights[self._current]:
            self._text += count

    @property
    def table(self) -> str:
        """Which one it is at, of how many, and its name; empty before the first one, and at the server's own."""
        if self._current is None or not self._weights[self._current]:
            return ""
        current = self._tables[self._current]
        place = sum(self._weights[one] > 0 for one in self._begun)
        return f"table {place} of {sum(weight > 0 for weight in self._weights)} ({current.database}.{current.name})"

    @property
    def share(self) -> Optional[float]:
        """How much of the data has come, from 0 to 1; ``None`` where the last table came to more than was to be foreseen."""
        current = 0 if self._current is None else self._weights[self._current]
        passed = sum(self._weights[one] for one in self._begun) - current
        after = sum(self._weights) - passed - current
        text_per_byte = self._passed_text / passed if min(passed, self._passed_text) >= _LEAST else 1.0
        came = self._text / text_per_byte
        expected = passed + max(current, came) + after
        share = (passed + came) / expected if expected else 0.0
        return share if share < 1 else None
