# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streams a source's data from the vendor's dump client into the vendor's own client, both on the replica's host."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Callable, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import CopyDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SourceData
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.client_program import (
    find_client,
    login_lines,
    quoted,
    secret_file,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import Progress

_CHUNK = 1 << 20
# The position stands before the first table, or after the last.
_ENDS = 1 << 16
_SHOWN = 600
# A server quotes the statement, which may hold a row or the hash of a password.
_QUOTED = re.compile(r"( near '|statement: ).*", re.DOTALL)


@dataclass(frozen=True)
class Programs:
    """Paths of the two clients."""

    dump: str
    client: str


@dataclass
class DumpCopy:
    """The copying itself: see ``_model.step.Performed``. ``position`` is what the copy stands at, once it is there."""

    source: Login
    local: Login
    copying: CopyDialect
    programs: Programs
    tls: bool
    data: SourceData
    tell: Callable[[str], None]
    position: str = ""

    def __str__(self) -> str:
        dump, client = os.path.basename(self.programs.dump), os.path.basename(self.programs.client)
        return f"{dump} {' '.join(self.copying.dump_options)} | {client}"

    def perform(self, session: Session) -> None:
        """Loads all data, then sets the position; raises :class:`Refusal` that says which of the two clients failed."""
        positions = self.copying.positions(self._stream())
        if len(positions) != 1:
            raise Refusal(
                f"the dump of {self.source.where} names {len(positions)} GTID positions, not one",
                "see whether GTIDs and the binary log are on there; the next run begins the copy anew",
            )
        (self.position,) = positions
        session.execute(self.copying.place(self.position))

    def _stream(self) -> str:
        with ExitStack() as stack:
            there = stack.enter_context(secret_file(self._source_lines()))
            here = stack.enter_context(secret_file(self._local_lines()))
            said_there, said_here = (stack.enter_context(tempfile.TemporaryFile()) for _index in range(2))
            # AnsibleModule.run_command cannot hand one program's output to another while both run, nor tell how far they are.
            dump = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [self.programs.dump, f"--defaults-file=/dev/fd/{there.fileno()}", *self.copying.dump_options],
                pass_fds=(there.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said_there,
            )
            stack.callback(_end, dump)
            client = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [self.programs.client, f"--defaults-file=/dev/fd/{here.fileno()}", "--batch", "--binary-mode"],
                pass_fds=(here.fileno(),),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said_here,
            )
            stack.callback(_end, client)
            ends = self._pump(dump, client)
            # One of the two may have been ended for the other's sake.
            _end(dump)
            _end(client)
            self._refuse_failure(client, said_here, self.programs.client, f"loading into {self.local.where}")
            self._refuse_failure(dump, said_there, self.programs.dump, f"reading from {self.source.where}")
        return ends

    def _pump(self, dump: subprocess.Popen[bytes], client: subprocess.Popen[bytes]) -> str:
        """Hands the stream over, and returns its beginning and end once both have ended, or one has failed."""
        given, taken = _pipe(dump.stdout), _pipe(client.stdin)
        head, tail, progress = b"", b"", Progress(self.data.size, self.tell)
        try:
            while True:
                chunk = os.read(given.fileno(), _CHUNK)
                if not chunk:
                    break
                head += chunk[: _ENDS - len(head)] if len(head) < _ENDS else b""
                tail = (tail + chunk)[-_ENDS:]
                taken.write(chunk)
                progress.moved(len(chunk))
            # A dump that broke off must not look complete.
            if dump.wait() == 0:
                taken.close()
                client.wait()
        except BrokenPipeError:
            client.wait()
        progress.done()
        return b"\n".join((head, tail)).decode("utf-8", errors="replace")

    @staticmethod
    def _refuse_failure(process: subprocess.Popen[bytes], said: IO[bytes], program: str, what: str) -> None:
        """A client that another's end took with it has said nothing, and is not the one to blame."""
        said.seek(0)
        text = said.read().decode("utf-8", errors="replace")
        lines = [line for line in text.splitlines() if "[Warning]" not in line]
        if process.returncode == 0 or (process.returncode < 0 and not lines):
            return
        shown = _QUOTED.sub(r"\1…", " ".join(lines))[-_SHOWN:].strip()
        raise Refusal(
            f"{program}, {what}, ended with status {process.returncode}: {shown or 'it said nothing'}",
            "mend what it names, then run again: the copy begins anew",
        )

    def _source_lines(self) -> list[str]:
        login = self.source
        return [
            "[client]",
            f"user={quoted(login.user)}",
            f"password={quoted(login.password.reveal())}",
            f"host={quoted(login.host)}",
            f"port={login.port}",
            "protocol=tcp",
            *self.copying.tls_lines(self.tls, login.ca_cert),
            "[mysqldump]",
            *self.copying.dump_lines,
        ]

    def _local_lines(self) -> list[str]:
        more = ("max-allowed-packet=1G", "default-character-set=utf8mb4", f'init-command="{self.copying.loading}"')
        return login_lines(self.local, *more)


def find_programs(copying: CopyDialect, binary: str) -> Programs:
    """The vendor's clients on this host: beside the server's ``binary``, or on the usual path.

    Raises :class:`Refusal` where one is missing, or is another vendor's.
    """
    return Programs(_find(copying, copying.dump_programs, binary), _find(copying, copying.client_programs, binary))


def _find(copying: CopyDialect, names: Sequence[str], binary: str) -> str:
    path = find_client(names, copying.is_own_program, binary)
    if path is None:
        raise Refusal(
            f"there is no {' or '.join(names)} on this host, and a copy by dump needs it",
            "install the server's client package (mysql-client, mariadb-client)",
        )
    return path


def _pipe(stream: Optional[IO[bytes]]) -> IO[bytes]:
    """One that was asked for."""
    if stream is None:
        raise ValueError("a process was started without this pipe")
    return stream


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()
