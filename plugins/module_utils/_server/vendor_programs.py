# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's programs on a host: which of them is there, and option files that exist in memory alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from contextlib import suppress
from typing import IO, Callable, Optional, Pattern, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.error_text import without_secrets
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login

_USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/usr/local/mysql/bin")
_SHOWN = 600
# Linux, fcntl(2), F_SETPIPE_SZ: Python has the name since 3.10. The most that a process without privileges may ask for.
_SET_PIPE_SIZE = 1031
_PIPE_BYTES = 1 << 20


def find_program(names: Sequence[str], binary: str) -> str:
    """The path of the first of these programs: beside the server's ``binary``, or where programs usually are; else empty."""
    folders = os.pathsep.join(filter(None, (os.path.dirname(binary), os.environ.get("PATH", ""), *_USUAL_FOLDERS)))
    return next(filter(None, (shutil.which(name, path=folders) for name in names)), "")


def said_version(path: str) -> str:
    """What the program says of its version, or why it does not."""
    # There is no AnsibleModule here.
    done = subprocess.run(  # pylint: disable=ansible-bad-function
        [path, "--no-defaults", "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.stdout.strip() or done.stderr.strip()


def own_program(names: Sequence[str], binary: str, is_own: Callable[[str], bool], package: str) -> str:
    """As :func:`find_program`; raises :class:`Refusal` where it is another vendor's: ``is_own`` says so of its version."""
    path = find_program(names, binary)
    if path and not is_own(said_version(path)):
        raise Refusal(
            f"{path} is no program of this server's vendor: {said_version(path)}", f"install {package} of the server's own vendor"
        )
    return path


def needed_program(names: Sequence[str], binary: str, is_own: Callable[[str], bool], why: str, package: str) -> str:
    """As :func:`own_program`; raises :class:`Refusal` where there is none too."""
    path = own_program(names, binary, is_own, package)
    if not path:
        raise Refusal(f"there is no {' or '.join(names)} on this host, and {why} needs it", f"install {package}")
    return path


def memory_file(lines: Sequence[str]) -> IO[bytes]:
    """A file that only exists in memory, for this process and those that it is passed to: an option file may hold a secret."""
    file = os.fdopen(os.memfd_create("options", os.MFD_CLOEXEC), "r+b")
    # Clients ignore an option file that everybody may write to.
    os.fchmod(file.fileno(), 0o600)
    file.write("".join(f"{line}\n" for line in lines).encode())
    file.flush()
    return file


def quoted(text: str) -> str:
    """Manual, "Using Option Files": quotes keep # and blanks, a backslash is an escape."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def login_lines(login: Login) -> list[str]:
    """Lines of an option file's group that log in as this module does."""
    lines = [f"user={quoted(login.user)}"] if login.user else []
    lines += [f"password={quoted(login.password.reveal())}"] if login.password else []
    if login.socket:
        return [*lines, f"socket={quoted(login.socket)}"]
    tls = [f"ssl-ca={login.ca_cert}"] if login.ca_cert else []
    return [*lines, f"host={quoted(login.host or '127.0.0.1')}", f"port={login.port}", "protocol=tcp", *tls]


def included(path: str) -> list[str]:
    """The line that has an option file read another one, if that is there."""
    path = os.path.expanduser(path)
    return [f"!include {path}"] if path and os.path.exists(path) else []


def last_words(said: IO[bytes], leave_out: Pattern[str], hide: Pattern[str]) -> str:
    """The end of what a program wrote to a file: no line that matches ``leave_out``; of what matches ``hide``, its first group.

    A server may quote a statement, and that a secret: nothing from there on is in it.
    """
    said.seek(0)
    lines = [line for line in said.read().decode("utf-8", errors="replace").splitlines() if not leave_out.search(line)]
    return without_secrets(hide.sub(r"\1…", " ".join(lines)))[-_SHOWN:].strip()


def pipe(stream: Optional[IO[bytes]]) -> IO[bytes]:
    """One that was asked for, as wide as any process may have it: both ends wait for each other less often."""
    if stream is None:
        raise ValueError("a process was started without this pipe")
    with suppress(OSError):  # the user's pipes may have used up what they may have of it
        fcntl.fcntl(stream, _SET_PIPE_SIZE, _PIPE_BYTES)
    return stream


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends it if it has not ended."""
    if process.poll() is None:
        process.kill()
        process.wait()
