# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Serves a backup of this host's server to each replica that knows the secret, for as long as the accounts of copies are there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import BACKUP_ACCOUNTS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import stream
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import (
    end,
    included,
    last_words,
    login_lines,
    memory_file,
    pipe,
)

_POLL_SECONDS = 1
# Of a run that was broken off another one may still listen: it notices within a moment that the accounts are new.
_BIND_SECONDS = 20
# Whoever knows the secret answers at once.
_HANDSHAKE_SECONDS = 10
# Measured: with two streams as fast as with four.
_STREAMS = 2
_DETAIL = re.compile(r"^\[\d+\] \d{4}-\d\d-\d\d [\d:]+ (?!.*(?i:error|fail|cannot|denied))")
_NOTHING = re.compile(r"()(?!)")


@dataclass(frozen=True)
class OpenStream:
    """Begins to listen in a process of its own: see ``_model.step.Performed``.

    ``program`` is mariadb-backup; ``option_files`` are those that the server has read.
    """

    login: Login
    secret: Secret
    port: int
    program: str
    option_files: Sequence[str]

    def __str__(self) -> str:
        program = os.path.basename(self.program)
        return f"{program} --backup --stream=xbstream over TLS to whoever asks on port {self.port} and knows the secret"

    def perform(self, session: Session) -> None:
        """Returns when it listens; raises :class:`Refusal`."""
        accounts = session.value(BACKUP_ACCOUNTS)
        identity = stream.Identity()
        listener = _bound(self.port)
        if os.fork():
            listener.close()
            return
        try:
            _detach(listener)
            self._serve(listener, identity, accounts)
        finally:
            os._exit(0)

    def _serve(self, listener: socket.socket, identity: stream.Identity, accounts: Optional[str]) -> None:
        listener.settimeout(_POLL_SECONDS)
        with Session(self.login) as session:
            while session.value(BACKUP_ACCOUNTS) == accounts:
                try:
                    raw, _address = listener.accept()
                except socket.timeout:
                    continue
                self._served(raw, identity)

    def _served(self, raw: socket.socket, identity: stream.Identity) -> None:
        try:
            raw.settimeout(_HANDSHAKE_SECONDS)
            with stream.accepted(raw, identity, self.secret) as connection:
                connection.settimeout(None)
                self._back_up(connection)
        except OSError:
            return  # a stranger, or a replica that is gone: that one says so itself
        finally:
            raw.close()

    def _back_up(self, connection: ssl.SSLSocket) -> None:
        with ExitStack() as stack:
            folder = tempfile.mkdtemp()
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            lines = [line for path in self.option_files for line in included(path)]
            lines += [*included(self.login.config_file), "[xtrabackup]", *login_lines(self.login)]
            options = stack.enter_context(memory_file(lines))
            said = stack.enter_context(tempfile.TemporaryFile())
            command = [self.program, f"--defaults-file=/dev/fd/{options.fileno()}", "--backup", "--stream=xbstream"]
            # There is no AnsibleModule here.
            backup = subprocess.Popen(  # pylint: disable=ansible-bad-function
                [*command, f"--parallel={_STREAMS}", f"--target-dir={folder}"],
                pass_fds=(options.fileno(),),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
            stack.callback(end, backup)
            given, place = pipe(backup.stdout), memoryview(bytearray(stream.CHUNK))
            while True:
                length = os.readv(given.fileno(), [place])
                if not length:
                    break
                stream.send(connection, place[:length])
            status = backup.wait()
            stream.send_end(connection, {"status": status, "said": last_words(said, _DETAIL, _NOTHING) if status else ""})


def _bound(port: int) -> socket.socket:
    deadline = time.monotonic() + _BIND_SECONDS
    while True:
        try:
            return stream.listening(port)
        except OSError as error:
            if time.monotonic() > deadline:
                raise Refusal(
                    f"cannot listen on port {port} of this host: {error.strerror}",
                    "see who does (ss -ltnp), or give another port: mysql_replication_seed_port (option port)",
                ) from None
            time.sleep(_POLL_SECONDS)


def _detach(listener: socket.socket) -> None:
    """Leaves the module's session and files: it must end when this process goes on, and its server's lock with it."""
    os.setsid()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    keep = listener.fileno()
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
