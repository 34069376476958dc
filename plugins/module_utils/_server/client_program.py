# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendors' client programs on this host, and how they get a login without anybody seeing it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import IO, Callable, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login

_USUAL_FOLDERS = ("/usr/bin", "/usr/local/bin", "/usr/local/mysql/bin")


def find_client(names: Sequence[str], is_own: Callable[[str], bool], binary: str) -> Optional[str]:
    """The first of these programs on this host, beside the server's ``binary`` or on the usual path; ``None`` if there is none.

    ``is_own`` says of its version whether it is of the server's vendor; raises :class:`Refusal` if it is another's.
    """
    folders = os.pathsep.join(filter(None, (os.path.dirname(binary), os.environ.get("PATH", ""), *_USUAL_FOLDERS)))
    path: Optional[str] = next(filter(None, (shutil.which(name, path=folders) for name in names)), None)
    if path is None:
        return None
    # There is no AnsibleModule here.
    done = subprocess.run(  # pylint: disable=ansible-bad-function
        [path, "--no-defaults", "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if not is_own(done.stdout):
        raise Refusal(
            f"{path} is no client of this server's vendor: {done.stdout.strip() or done.stderr.strip()}",
            "install the client package of the server's own vendor",
        )
    return path


def secret_file(lines: Sequence[str]) -> IO[bytes]:
    """An option file that only exists in memory, for this process and those that it is passed to."""
    file = os.fdopen(os.memfd_create("options", os.MFD_CLOEXEC), "r+b")
    # Clients ignore an option file that everybody may write to.
    os.fchmod(file.fileno(), 0o600)
    file.write("".join(f"{line}\n" for line in lines).encode())
    file.flush()
    return file


def quoted(text: str) -> str:
    """Manual, "Using Option Files": quotes keep # and blanks, a backslash is an escape."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def login_lines(login: Login, *more: str) -> list[str]:
    """Lines of a client's option file for the login of a module; ``more`` are further ones of its group."""
    path = os.path.expanduser(login.config_file)
    lines = [f"!include {path}"] if path and os.path.exists(path) else []
    lines += ["[client]", *more]
    lines += [f"user={quoted(login.user)}"] if login.user else []
    lines += [f"password={quoted(login.password.reveal())}"] if login.password else []
    if login.socket:
        return [*lines, f"socket={quoted(login.socket)}"]
    tls = [f"ssl-ca={login.ca_cert}"] if login.ca_cert else []
    return [*lines, f"host={quoted(login.host or '127.0.0.1')}", f"port={login.port}", "protocol=tcp", *tls]
