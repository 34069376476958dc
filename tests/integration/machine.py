# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One machine of a running topology, reached over one ssh connection that stays open: shell commands, and SQL as root."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Row = Mapping[str, str]

# A probe starts processes on both ends: what takes long is asked for less and less often.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5
_MARK = "--- next table ---"
_ESCAPES = {"\\0": "\0", "\\b": "\b", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\Z": "\x1a", "\\\\": "\\"}


class MachineError(AssertionError):
    """A command or statement failed on a machine where a test needed it to work."""


@dataclass(frozen=True)
class Machine:
    """A host by its inventory name; ``address`` is the one that the topology's other hosts reach it at."""

    name: str
    address: str
    ssh: tuple[str, ...]
    client: str
    service: str

    def attempt(self, command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Runs a shell command there and returns what came of it."""
        return subprocess.run([*self.ssh, command], input=stdin, capture_output=True, check=False)

    def shell(self, command: str, stdin: bytes = b"") -> str:
        """Runs a shell command there and returns its standard output; raises MachineError if it fails."""
        done = self.attempt(command, stdin)
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise MachineError(f"{self.name}: {command!r} ended with {done.returncode}: {said}")
        return done.stdout.decode(errors="replace")

    def sql(self, statements: str) -> None:
        """Runs statements as root, in one session; raises MachineError at the first that fails."""
        try:
            self.shell(f"{self.client} --batch --default-character-set=utf8mb4", statements.encode())
        except MachineError as error:
            raise MachineError(f"{error}\nwhile running: {statements}") from None

    def rows(self, query: str) -> list[Row]:
        """The rows of one query, by column name; NULL is the text ``NULL``."""
        return self.tables([query])[0]

    def tables(self, queries: Sequence[str]) -> list[list[Row]]:
        """The rows of several queries, read in one session."""
        text = "".join(f"{query};\nSELECT '{_MARK}';\n" for query in queries)
        printed = self.shell(f"{self.client} --batch --default-character-set=utf8mb4", text.encode())
        return [_rows(part.splitlines()) for part in printed.split(f"{_MARK}\n{_MARK}\n")[:-1]]

    def value(self, query: str) -> str:
        """The first column of a query's only row."""
        rows = self.rows(query)
        assert len(rows) == 1, f"{self.name}: {len(rows)} rows instead of one from {query}"
        return next(iter(rows[0].values()))

    def restart(self) -> None:
        """Restarts the database server, and returns once it answers (its unit says so by itself).

        Tests restart more often than systemd allows; resetting a unit's failures resets that count too.
        """
        self.shell(f"systemctl reset-failed {self.service}; systemctl restart {self.service}")


def wait_until(what: str, probe: Callable[[], T | None], timeout: float = 60.0) -> T:
    """Returns the probe's first true value; fails after ``timeout`` seconds, naming ``what`` was waited for."""
    deadline, pause = time.monotonic() + timeout, _FIRST_PAUSE
    while True:
        found = probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"after {timeout:.0f} s still waiting for {what}"
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST_PAUSE)


def _rows(lines: Sequence[str]) -> list[Row]:
    if not lines:
        return []
    names = lines[0].split("\t")
    return [dict(zip(names, map(_unescaped, line.split("\t")), strict=True)) for line in lines[1:]]


def _unescaped(text: str) -> str:
    """What the client's batch mode escaped, as it was."""
    if "\\" not in text:
        return text
    plain, position = "", 0
    while position < len(text):
        pair = text[position : position + 2]
        plain += _ESCAPES.get(pair, text[position])
        position += 2 if pair in _ESCAPES else 1
    return plain
