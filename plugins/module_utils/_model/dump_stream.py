# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the rows in a dump client's output, which may be loaded in any order, from all else, which may not.

Seen on 9.7, 10.11 and 11.8: the data of a table is a comment, ``LOCK TABLES``, ``INSERT`` statements amid ``ALTER TABLE``, and
``UNLOCK TABLES``. There a newline only ends a line, since those in values are escaped, and ``;`` before one only ends a statement.
The text of a routine, a trigger or an event is as its author wrote it, and may hold all of these lines. So what begins a table's
data is the condition that the dump was asked for, which each comment repeats, and which nobody can have written before.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Callable, Iterator, NamedTuple, Optional

_INSERT = b"INSERT "
_LOCK = b"LOCK TABLES "
_UNLOCK = b"UNLOCK TABLES;\n"
_LOCKED = re.compile(rb"LOCK TABLES `((?:[^`]|``)+)` WRITE;\n")
_COMMENT = b"--"
_END = b";\n"


class Kind(Enum):
    """What a part of a dump is.

    ``ALONE``: for one session, after all before it and before all after it. ``ROWS``: the beginning of a statement that any session
    may take; ``MORE``: how that goes on. ``LOCKS``: for none, it would keep the others out; it names the table that rows are for.
    """

    ALONE = 1
    ROWS = 2
    MORE = 3
    LOCKS = 4


class _Found(NamedTuple):
    """The first ``size`` bytes are of this kind; then ``then`` looks on."""

    kind: Kind
    size: int
    then: Callable[[], Optional[_Found]]


class Part(NamedTuple):
    """Some bytes of a dump; several parts of one kind may follow each other, but a statement of rows begins with ``ROWS``."""

    kind: Kind
    data: bytearray

    @property
    def table(self) -> str:
        """The name of the table that this locks; empty where it unlocks."""
        found = _LOCKED.fullmatch(self.data)
        return found.group(1).replace(b"``", b"`").decode() if found else ""


class DumpStream:
    """The parts of a dump whose rows were asked for ``WHERE condition``."""

    def __init__(self, condition: str) -> None:
        """``condition`` holds a word that is in no database, and no line break."""
        self._mark = f"\n-- WHERE:  {condition}\n".encode()
        self._held = bytearray()
        self._look: Callable[[], Optional[_Found]] = self._outside

    def parts(self, chunk: bytes) -> Iterator[Part]:
        """What is clear with this chunk; up to the length of a line is kept back, and of rows one byte."""
        self._held += chunk
        found = self._look()
        while found is not None:
            self._look = found.then
            yield Part(found.kind, self._held[: found.size])
            del self._held[: found.size]
            found = self._look()

    def rest(self) -> Part:
        """What was kept back, once nothing more comes."""
        return Part(Kind.MORE if self._look == self._within else Kind.ALONE, self._held)

    def _outside(self) -> Optional[_Found]:
        at = self._held.find(self._mark)
        if at >= 0:
            return _Found(Kind.ALONE, at + len(self._mark), self._before)
        surely = len(self._held) - len(self._mark) + 1
        return _Found(Kind.ALONE, surely, self._outside) if surely > 0 else None

    def _before(self) -> Optional[_Found]:
        """Between the comment and the lock; of tables without one, as those of InnoDB's statistics, the end cannot be told."""
        end = self._held.find(b"\n") + 1
        if not end:
            return None
        if self._held.startswith(_LOCK):
            return _Found(Kind.LOCKS, end, self._inside)
        return _Found(Kind.ALONE, end, self._before if end == 1 or self._held.startswith(_COMMENT) else self._outside)

    def _inside(self) -> Optional[_Found]:
        if self._held.startswith(_INSERT):
            return self._statement(Kind.ROWS)
        end = self._held.find(b"\n") + 1
        if not end:
            return None
        if self._held.startswith(_UNLOCK):
            return _Found(Kind.LOCKS, end, self._outside)
        return _Found(Kind.ALONE, end, self._inside)

    def _within(self) -> Optional[_Found]:
        return self._statement(Kind.MORE)

    def _statement(self, kind: Kind) -> Optional[_Found]:
        at = self._held.find(_END)
        if at >= 0:
            return _Found(kind, at + len(_END), self._inside)
        surely = len(self._held) - len(_END) + 1
        return _Found(kind, surely, self._within) if surely > 0 else None
