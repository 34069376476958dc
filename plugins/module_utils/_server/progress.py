# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far long work has come: bytes, rate, and the time that is left, told from time to time."""

from __future__ import annotations

import os
import time
from typing import Callable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_extent import DumpExtent

_EVERY_SECONDS = 10.0
_MIB = 1 << 20


class Teller:
    """Tells people: by the host's journal, and by a file, if one is named, that gets a line each time."""

    def __init__(self, log: Callable[[str], None], path: str) -> None:
        self._log = log
        self._path = os.path.expanduser(path)

    def __call__(self, line: str) -> None:
        """Says this line."""
        self._log(line)
        if not self._path:
            return
        try:
            # Where everybody may write, a name may lead astray; whoever reads the file need not be the one who writes it.
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            with os.fdopen(os.open(self._path, flags, 0o644), "a") as file:
                file.write(f"{line}\n")
        except OSError:
            return  # nobody's copy ends for the sake of a line


class DumpProgress:
    """As :class:`Progress`, of a dump: its text, and the table that it is at."""

    def __init__(self, extent: DumpExtent, tell: Callable[[str], None]) -> None:
        self._extent = extent
        self._tell = tell
        self._moved = 0
        self._started = self._told = time.monotonic()

    def begins(self, table: str) -> None:
        """The data of a table of this name begins."""
        self._extent.begins(table)

    def moved(self, count: int) -> None:
        """So many bytes of text more."""
        self._moved += count
        self._extent.took(count)
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._tell(self._line(now - self._started))

    def done(self) -> None:
        """No more will come."""
        self._tell(f"copied {self._moved / _MIB:.1f} MiB of text in {time.monotonic() - self._started:.1f} s")

    def _line(self, passed: float) -> str:
        share = self._extent.share
        left = f"about {passed * (1 - share) / share:.0f} s left" if share else ""
        rate = f"{self._moved / passed / _MIB:.1f} MiB/s"
        said = (f"{self._moved / _MIB:.1f} MiB of text", self._extent.table, rate, left)
        return f"copying: {', '.join(filter(None, said))}"


class Progress:
    """Counts bytes that were moved, of about ``total``, and calls ``tell`` with a line every ten seconds."""

    def __init__(self, total: int, tell: Callable[[str], None]) -> None:
        self._total = total
        self._tell = tell
        self._moved = 0
        self._started = self._told = time.monotonic()

    def moved(self, count: int) -> None:
        """So many bytes more."""
        self._moved += count
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._tell(self._line(now))

    def stands_at(self, moved: int, total: int) -> None:
        """As :meth:`moved`, where somebody else counts: so many bytes of so many."""
        self._total = total
        self.moved(moved - self._moved)

    def done(self) -> None:
        """No more will come."""
        self._tell(f"copied {self._moved / _MIB:.1f} MiB in {time.monotonic() - self._started:.1f} s")

    def _line(self, now: float) -> str:
        rate = self._moved / (now - self._started)
        left = f", about {max(self._total - self._moved, 0) / rate:.0f} s left" if rate else ""
        moved, total = f"{self._moved / _MIB:.1f} MiB", f"{self._total / _MIB:.0f} MiB"
        return f"copying: {moved} of about {total}, {rate / _MIB:.1f} MiB/s{left}"
