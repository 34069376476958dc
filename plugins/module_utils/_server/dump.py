# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streams a source's data from the vendor's dump client into the vendor's own clients, all on the replica's host."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, Callable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.dump import explain_dump
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.server_gone import explain_gone, says_gone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import CopyDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_extent import DumpExtent, SourceTable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_stream import DumpStream, Kind
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import (
    SYSTEM_SCHEMAS,
    TABLE_TYPES_LISTED,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.copy_end import data_folder
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.loaders import Loaders
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import DumpProgress
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import (
    end,
    included,
    last_words,
    login_lines,
    memory_file,
    needed_program,
    pipe,
    quoted,
)

_WORD_BYTES = 16
_CHUNK = 1 << 20
# The position stands before the first table, or after the last.
_ENDS = 1 << 16
# Of very many tables it takes a while; the copy does not wait for ever for what only people want to know.
_SIZES_SECONDS = 60
_TABLES = (
    "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, DATA_LENGTH AS size FROM information_schema.TABLES"
    f" WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED} ORDER BY TABLE_SCHEMA, TABLE_NAME"
)
_WARNING = re.compile(r"\[Warning\]")
# A server quotes the statement, which may hold a row or the hash of a password.
_QUOTED = re.compile(r"( near '|statement: ).*", re.DOTALL)


@dataclass(frozen=True)
class Programs:
    """Paths of the two clients."""

    dump: str
    client: str


@dataclass
class DumpCopy:
    """The copying itself: see ``_model.step.Performed``. ``position`` is what the copy stands at, once it is there.

    ``datadir``: where the replica's data lies, empty where that is another host. ``streams``: how many clients load at once what
    the one dump client reads.
    """

    source: Login
    local: Login
    copying: CopyDialect
    programs: Programs
    tls: bool
    datadir: str
    streams: int
    tell: Callable[[str], None]
    position: str = ""

    def __str__(self) -> str:
        dump, client = os.path.basename(self.programs.dump), os.path.basename(self.programs.client)
        return f"{dump} {' '.join(self.copying.dump_options)} | {client} × {self.streams}"

    def perform(self, session: Session) -> None:
        """Loads all data, then sets the position; raises :class:`Refusal` that says which client failed."""
        positions = self.copying.positions(self._stream(session.where))
        if len(positions) != 1:
            raise Refusal(
                f"the dump of {self.source.where} names {len(positions)} GTID positions, not one",
                "see whether GTIDs and the binary log are on there; the next run begins the copy anew",
            )
        (self.position,) = positions
        session.execute(self.copying.place(self.position))

    def _stream(self, replica: str) -> str:
        condition = f"TRUE /* {secrets.token_hex(_WORD_BYTES)} */"
        with ExitStack() as stack:
            there = stack.enter_context(memory_file(self._source_lines(condition)))
            said_there = stack.enter_context(tempfile.TemporaryFile())
            # AnsibleModule.run_command cannot hand one program's output to another while both run, nor tell how far they are.
            dump = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [self.programs.dump, f"--defaults-file=/dev/fd/{there.fileno()}", *self.copying.dump_options],
                pass_fds=(there.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said_there,
            )
            stack.callback(end, dump)
            loaders = Loaders(stack, self.programs.client, self._local_lines(), self.streams)
            ends = self._pump(dump, DumpStream(condition), loaders)
            # Some may have been ended for another's sake.
            for process in (dump, *(loader.process for loader in loaders.all)):
                end(process)
            for loader in loaders.all:
                self._refuse_failure(loader.process, loader.said, partial(self._not_loaded, replica))
            self._refuse_failure(dump, said_there, partial(self._not_read, replica))
        return ends

    def _pump(self, dump: subprocess.Popen[bytes], stream: DumpStream, loaders: Loaders) -> str:
        """Hands the dump over, and returns its beginning and end once all have ended, or one has failed."""
        given = pipe(dump.stdout)
        head, tail, progress = b"", b"", DumpProgress(DumpExtent(self._tables()), self.tell)
        # A client that has ended says why.
        with suppress(BrokenPipeError):
            while True:
                chunk = os.read(given.fileno(), _CHUNK)
                if not chunk:
                    break
                head += chunk[: _ENDS - len(head)] if len(head) < _ENDS else b""
                tail = (tail + chunk)[-_ENDS:]
                for part in stream.parts(chunk):
                    if part.kind is Kind.LOCKS and part.table:
                        progress.begins(part.table)
                    loaders.take(part)
                    progress.moved(len(part.data))
            # A dump that broke off must not look complete.
            if dump.wait() == 0:
                loaders.take(stream.rest())
                loaders.finish()
        progress.done()
        return b"\n".join((head, tail)).decode("utf-8", errors="replace")

    def _tables(self) -> list[SourceTable]:
        """In the order in which the dump names them; none where the source says nothing, since the dump client says why."""
        try:
            with Session(replace(self.source, read_timeout=_SIZES_SECONDS)) as source:
                source.execute(self.copying.fresh_sizes)
                rows = source.rows(_TABLES)
        except ServerError:
            return []
        return [
            SourceTable(row["db"] or "", row["name"] or "", int(row["size"] or 0), (row["db"] or "") in SYSTEM_SCHEMAS)
            for row in rows
        ]

    @staticmethod
    def _refuse_failure(process: subprocess.Popen[bytes], said: IO[bytes], explain: Callable[[int, str], Refusal]) -> None:
        """A client that another's end took with it has said nothing, and is not the one to blame."""
        shown = last_words(said, _WARNING, _QUOTED)
        if process.returncode == 0 or (process.returncode < 0 and not shown):
            return
        raise explain(process.returncode, shown or "it said nothing")

    def _not_read(self, replica: str, status: int, said: str) -> Refusal:
        failed = explain_dump(self.programs.dump, "reading from", self.source.where, status, said)
        return explain_gone(self.source.where, f"{replica} copied its data", failed.cause) if says_gone(said) else failed

    def _not_loaded(self, replica: str, status: int, said: str) -> Refusal:
        folder = data_folder(self.datadir) if self.datadir else None
        failed = explain_dump(self.programs.client, "loading into", replica, status, said, folder)
        return explain_gone(replica, f"the data of {self.source.where} came in", failed.cause) if says_gone(said) else failed

    def _source_lines(self, condition: str) -> list[str]:
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
            f"where={quoted(condition)}",
        ]

    def _local_lines(self) -> list[str]:
        return [
            *included(self.local.config_file),
            "[client]",
            "max-allowed-packet=1G",
            "default-character-set=utf8mb4",
            f'init-command="{self.copying.loading}"',
            *login_lines(self.local),
        ]


def find_programs(copying: CopyDialect, binary: str) -> Programs:
    """The vendor's clients on this host: beside the server's ``binary``, or on the usual path.

    Raises :class:`Refusal` where one is missing, or is another vendor's.
    """
    package = "the server's client package (mysql-client, mariadb-client)"
    found = (
        needed_program(names, binary, copying.is_own_program, "a copy by dump", package)
        for names in (copying.dump_programs, copying.client_programs)
    )
    return Programs(*found)
