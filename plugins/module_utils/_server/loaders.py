# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command-line clients that load a dump side by side: the first takes what must be done in order, each of them rows."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
from contextlib import ExitStack, suppress
from typing import IO, NoReturn, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import SESSION_STATE, takes_any_order
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_stream import Kind, Part
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import end, memory_file, pipe

_MOST = 8
# fcntl.F_SETPIPE_SZ, which Python names from 3.10 on.
_SET_PIPE_SIZE = 1031
_PIPE_SIZE = 1 << 20
_DONE = "SELECT 'done'"


def most_streams() -> int:
    """How many clients load at once: one for each core that this process may use."""
    return min(_MOST, len(os.sched_getaffinity(0)))


class Loader:
    """One client, whose statements are done in their order; it reads the next one while the server is at the last.

    Each method raises :class:`BrokenPipeError` once the client has ended.
    """

    def __init__(self, stack: ExitStack, program: str, options: IO[bytes]) -> None:
        """``options``: its option file; the client ends with the stack."""
        self.said = stack.enter_context(memory_file(()))
        # AnsibleModule.run_command cannot feed a program while another is fed too.
        self.process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [
                *(program, f"--defaults-file=/dev/fd/{options.fileno()}", "--batch", "--binary-mode", "--skip-reconnect"),
                *("--skip-column-names", "--unbuffered"),
            ],
            pass_fds=(options.fileno(),),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
        )
        stack.callback(end, self.process)
        self._given, self._answers = pipe(self.process.stdin), pipe(self.process.stdout)
        self._state = b""
        self.number = self._given.fileno()
        # The next statement finds room here while the server is at the last; without it the other clients would wait too.
        with suppress(OSError):
            fcntl.fcntl(self.number, _SET_PIPE_SIZE, _PIPE_SIZE)

    def take(self, statements: bytes | bytearray) -> None:
        """Hands over text; waits while the client has no room for it."""
        try:
            self._given.write(statements)
            self._given.flush()
        except BrokenPipeError:
            self._end()

    def answer(self, query: str) -> bytes:
        """The one value of a query, once all before it is done."""
        self.take(f"{query};\n".encode())
        line = self._answers.readline()
        if not line:
            self._end()
        return line.rstrip(b"\n")

    def _end(self) -> NoReturn:
        self.process.wait()
        raise BrokenPipeError

    def stand_as(self, state: bytes) -> None:
        """Brings its session to a state, as the statements that lead there."""
        if state != self._state:
            self.take(state)
            self._state = state

    def finish(self) -> None:
        """Nothing more comes; returns when all is done."""
        self._given.close()
        self.process.wait()


class Loaders:
    """Hands the parts of a dump to clients. Methods raise :class:`BrokenPipeError` once one of them has ended."""

    def __init__(self, stack: ExitStack, program: str, option_lines: Sequence[str], count: int) -> None:
        """Starts ``count`` clients, which end with the stack."""
        options = stack.enter_context(memory_file(option_lines))
        self.all = [Loader(stack, program, options) for _index in range(count)]
        self._first, *self._others = self.all
        self._turns = list(self.all)
        self._current = self._first
        self._with_rows: set[Loader] = set()
        self._table, self._statements, self._is_shared = "", 0, False
        self._room = select.poll()
        for loader in self.all:
            self._room.register(loader.number, select.POLLOUT)

    def take(self, part: Part) -> None:
        """Hands one part over, after what must be done before it."""
        if part.kind is Kind.LOCKS:
            self._table = part.table
            return
        if part.kind is Kind.ALONE:
            self._gather()
            self._current = self._first
        elif part.kind is Kind.ROWS:
            self._current = self._turn()
        self._current.take(part.data)

    def finish(self) -> None:
        """Nothing more comes; returns when all have ended."""
        for loader in self.all:
            loader.finish()

    def _gather(self) -> None:
        """All rows are there."""
        for loader in self._with_rows:
            loader.answer(_DONE)
        self._with_rows.clear()
        self._statements = 0

    def _turn(self) -> Loader:
        """Who takes the next statement of rows: most tables have one, and need no others."""
        self._statements += 1
        if self._statements == 1:
            return self._first
        if self._statements == 2:
            self._is_shared = bool(self._others) and self._share()
        return self._next() if self._is_shared else self._first

    def _share(self) -> bool:
        """Whether the others take rows too; then they stand where the first stands.

        Its server is asked, since only that knows what all the statements have come to.
        """
        if self._first.answer(takes_any_order(self._table)) != b"1":
            return False
        state = bytes.fromhex(self._first.answer(SESSION_STATE).decode())
        for loader in self.all:
            loader.stand_as(state)
        self._turns = [*self._others, self._first]
        return True

    def _next(self) -> Loader:
        """Of those that have room, the one whose last turn is longest ago."""
        ready = {number for number, _event in self._room.poll()}
        loader = next(loader for loader in self._turns if loader.number in ready)
        self._turns.remove(loader)
        self._turns.append(loader)
        if loader is not self._first:
            self._with_rows.add(loader)
        return loader
