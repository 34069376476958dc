# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far long work has come: bytes, rate, and the time that is left, told from time to time."""

from __future__ import annotations

import os
import time
from typing import Callable

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
