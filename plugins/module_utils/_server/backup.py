# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes a source's backup over, prepares it, and has systemd put it in the place of the data while the server is down."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.server_gone import explain_gone, says_gone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import CopyDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CopyEnd
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import lock, stream
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import Progress
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.swap import Swap
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import (
    end,
    find_program,
    last_words,
    pipe,
)

_CONNECT_SECONDS = 20
_LOCK_SECONDS = 60
_STREAMS = 2
_ALL = re.compile(r"(?!)")
_NOTHING = re.compile(r"()(?!)")
# Written by the backup, beside the data; the name changed in 11.
_POSITIONS = ("mariadb_backup_binlog_info", "xtrabackup_binlog_info")
_WRITTEN = "SELECT @@GLOBAL.gtid_binlog_pos"


@dataclass(frozen=True)
class BackupPrograms:
    """Paths of mariadb-backup and mbstream on the replica's host."""

    backup: str
    unpack: str


@dataclass
class BackupCopy:
    """The copying itself: see ``_model.step.Performed``. ``position`` is what the copy stands at, once it is there.

    ``size``: about how many bytes will come. ``process`` is the replica's server.
    """

    source: Login
    port: int
    local: Login
    copying: CopyDialect
    programs: BackupPrograms
    process: ServerProcess
    datadir: str
    size: int
    tell: Callable[[str], None]
    position: str = ""

    def __str__(self) -> str:
        backup, unpack = os.path.basename(self.programs.backup), os.path.basename(self.programs.unpack)
        source, service = f"{self.source.host}:{self.port}", self.process.service
        return f"{backup} on {source} over TLS | {unpack} -x; {backup} --prepare; restart of {service}"

    def perform(self, session: Session) -> None:
        """Returns when the restarted server answers and stands at the position of the copy; raises :class:`Refusal`."""
        swap = Swap(self.datadir, self.process)
        incoming = swap.begin()
        try:
            self._receive(incoming, session.where)
            self._prepare(incoming)
            self.position = _position(incoming)
        except Refusal:
            # The disk may be full, and the server still runs on it.
            swap.clear()
            raise
        swap.perform()
        self._come_back(session)
        swap.clear()
        session.execute(self.copying.place(self.position))

    def _receive(self, folder: str, replica: str) -> None:
        outcome: dict[str, Any] = {}
        progress = Progress(self.size, self.tell)
        with ExitStack() as stack:
            said = stack.enter_context(tempfile.TemporaryFile())
            try:
                connection = stack.enter_context(stream.joined(self.source.host, self.port, self.source.password, _CONNECT_SECONDS))
                # There is no AnsibleModule here.
                unpack = subprocess.Popen(  # pylint: disable=ansible-bad-function
                    [self.programs.unpack, "-x", f"--directory={folder}", f"--parallel={_STREAMS}"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    cwd=folder,
                    **self.process.identity,
                )
                stack.callback(end, unpack)
                taken = pipe(unpack.stdin)
                for chunk in stream.received(connection, outcome):
                    taken.write(chunk)
                    progress.moved(len(chunk))
                taken.close()
            except BrokenPipeError:
                pass  # it says why
            except OSError as error:
                raise Refusal(
                    f"the stream from {self.source.host}:{self.port} broke off: {error}",
                    "see whether a firewall is in between, and whether that host still runs; the next run begins the copy anew",
                ) from None
            if unpack.wait():
                raise _failed(self.programs.unpack, unpack.returncode, last_words(said, _ALL, _NOTHING))
        progress.done()
        if outcome.get("status") != 0:
            raise self._not_sent(replica, outcome.get("status", -1), str(outcome.get("said", "")))

    def _not_sent(self, replica: str, status: int, said: str) -> Refusal:
        failed = _failed(f"mariadb-backup on {self.source.host}", status, said)
        return explain_gone(self.source.where, f"{replica} copied its data", failed.cause) if says_gone(said) else failed

    def _prepare(self, folder: str) -> None:
        self.tell("preparing what was copied")
        # There is no AnsibleModule here.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            [self.programs.backup, "--no-defaults", "--prepare", f"--target-dir={folder}"],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            **self.process.identity,
        )
        if done.returncode:
            raise _failed(f"{self.programs.backup} --prepare", done.returncode, done.stderr.strip()[-600:])

    def _come_back(self, session: Session) -> None:
        """Logs in anew, and takes the lock that the old connection held; nobody may have written in between."""
        try:
            session.reconnect()
        except ServerError as error:
            raise Refusal(
                f"{self.local.where} has the accounts of {self.source.where} now, and refuses this run's:"
                f" error {error.errno}: {error.error}",
                "give that account the same password on both servers, then run again: the copy begins anew",
            ) from None
        lock.acquire(session, _LOCK_SECONDS)
        written = session.value(_WRITTEN)
        if written:
            raise Refusal(
                f"{session.where} has written transactions of its own ({written}) since it holds the copy",
                "see who does (events? event_scheduler), end that, then run again: the copy begins anew",
            )


def backup_copy(
    source: Login,
    port: int,
    local: Login,
    copying: CopyDialect,
    process: ServerProcess,
    here: CopyEnd,
    size: int,
    tell: Callable[[str], None],
) -> BackupCopy:
    """The copy with the programs of this host."""
    programs = BackupPrograms(
        *(find_program(names, process.binary) for names in (copying.backup_programs, copying.unpack_programs))
    )
    return BackupCopy(source, port, local, copying, programs, process, here.variables["datadir"], size, tell)


def _position(folder: str) -> str:
    """What the backup says of its place: file, offset and GTIDs, between tabs."""
    for name in _POSITIONS:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                fields = file.read().split()
            if len(fields) > 2:
                return fields[2]
    raise Refusal(
        "the backup names no GTID position", "see whether the source has its binary log on; the next run begins the copy anew"
    )


def _failed(program: str, status: int, said: str) -> Refusal:
    return Refusal(
        f"{program} ended with status {status}: {said or 'it said nothing'}",
        "mend what it names, then run again: the copy begins anew",
    )
