# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option files on the server's host: which ones it reads, and whether its own binary would start with them."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from dataclasses import dataclass, field, replace
from typing import Any, Collection, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import option_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import (
    Assignment,
    ChainError,
    merge,
    read_chain,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_binary import sandbox

_TIMEOUT_SECONDS = 60
_ERROR = re.compile(r"\[ERROR\] (?:\[[^\]]*\] )*(.*)")
# MariaDB goes on without InnoDB when one of that engine's options is wrong, and then does not start after all.
_FATAL = re.compile(r"Error while setting value|Parsing options for plugin")
_UNKNOWN = re.compile(r"unknown (?:variable|option) '(?:--)?([^'=]+)")
_NAMED = re.compile(r"'(?:--)?([^'=]+)(?:=[^']*)?'")
_VALUE = re.compile(r"'((?:--)?[^'=]+)=[^']*'")


class Rejection(NamedTuple):
    """The server's words, without values of unknown options, and the line that they are about, where that is clear."""

    message: str
    assignment: Optional[Assignment]


@dataclass
class HostFiles:
    """Reads files as the server does, and remembers texts, listings and times of change."""

    process: ServerProcess
    texts: dict[str, str] = field(default_factory=dict)
    real: dict[str, str] = field(default_factory=dict)
    listings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changed: bool = False

    def read(self, path: str) -> Optional[str]:
        """A file's text; ``None`` if the server does not read it.

        MySQL manual, "Using Option Files": world-writable files are ignored. Raises :class:`Refusal` if we may not read it.
        """
        real = os.path.realpath(path)
        if real != path:
            self.real[path] = real
        try:
            status = os.stat(real)
        except OSError:
            return None
        if not stat.S_ISREG(status.st_mode) or status.st_mode & stat.S_IWOTH or not self._server_may_read(status):
            return None
        self.texts[real] = text_of_file(real)
        # A file that was changed since the start may keep the server from starting again.
        self.changed = self.changed or status.st_ctime > self.process.started
        return self.texts[real]

    def list_dir(self, path: str) -> Optional[tuple[str, ...]]:
        """The names in a directory; ``None`` if there is none."""
        try:
            self.listings[path] = tuple(os.listdir(path))
        except OSError:
            return None
        return self.listings[path]

    def _server_may_read(self, status: os.stat_result) -> bool:
        if self.process.reads_as_root:
            return True
        if status.st_uid == self.process.uid:
            return bool(status.st_mode & stat.S_IRUSR)
        if status.st_gid in self.process.gids:
            return bool(status.st_mode & stat.S_IRGRP)
        return bool(status.st_mode & stat.S_IROTH)


def text_of_file(path: str) -> str:
    """The text, with bytes that are no UTF-8 kept. Raises :class:`Refusal` if we may not read it."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError as error:
        raise Refusal(
            f"cannot read the option file {path}: {error.strerror}", "run as root there (become: true), or use persist: server"
        ) from None


def read_option_files(process: ServerProcess, groups: Sequence[str], aliases: Mapping[str, str]) -> tuple[OptionFileSet, bool]:
    """All that the server reads, and whether any of it was changed since the server started.

    Raises :class:`Refusal` where the server would stop reading.
    """
    host = HostFiles(process)
    suffix = process.group_suffix
    read_groups = (*groups, *(f"{group}{suffix}" for group in groups)) if suffix else tuple(groups)
    try:
        read_chain(process.option_files, host.read, host.list_dir, read_groups, aliases)
    except ChainError as error:
        raise Refusal(
            f"{error}: the server would not start with this, or nobody can tell what it reads", "mend that line, then run again"
        ) from None
    files = OptionFileSet(process.option_files, host.texts, host.real, host.listings, f"mysqld{suffix}", read_groups, aliases)
    return files, host.changed


def check(process: ServerProcess, files: OptionFileSet, arguments: Sequence[str], known: Collection[str]) -> Optional[Rejection]:
    """Asks the server's binary whether it would start with these files; ``None`` if it would.

    ``arguments`` make it check and go. ``known`` are the running server's variables: a plugin's are unknown to a binary that
    only checks, and are left out.
    """
    chain = files.chain()
    while True:
        rejected = _run(process, merge(chain).text, arguments)
        unknown = {option_name(name, files.aliases).name for name in _UNKNOWN.findall(rejected)} & set(known)
        if not rejected or not unknown:
            break
        kept = tuple(assignment for assignment in chain.assignments if assignment.name not in unknown)
        if kept == chain.assignments:
            break
        chain = replace(chain, assignments=kept)
    if not rejected:
        return None
    names = [option_name(name, files.aliases).name for name in _NAMED.findall(rejected)]
    guilty = [assignment for assignment in chain.assignments if assignment.name in names]
    return Rejection(_VALUE.sub(r"'\1'", rejected), guilty[-1] if guilty else None)


def _run(process: ServerProcess, text: str, arguments: Sequence[str]) -> str:
    """What the binary has against the text; empty for nothing. The data directory that it sees is an empty one."""
    with sandbox(process) as box:
        path = os.path.join(box.folder, "options.cnf")
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        box.own(path)
        command = [process.binary, f"--defaults-file={path}", *process.installation, f"--datadir={box.folder}", *arguments]
        return _complaint(command, box.identity)


def _complaint(command: Sequence[str], identity: Mapping[str, Any]) -> str:
    try:
        # AnsibleModule.run_command can neither take another user's identity nor end after a time.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_SECONDS,
            cwd="/",
            check=False,
            **identity,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refusal(
            f"the option files cannot be checked: {command[0]} did not run: {error}",
            "see whether the server's package is whole, then run again",
        ) from None
    said = done.stderr.decode("utf-8", "replace")
    if done.returncode == 0 and not _FATAL.search(said):
        return ""
    errors = [line for line in _ERROR.findall(said) if line != "Aborting"]
    return " ".join(errors) or f"exit status {done.returncode}: {said.strip()[-500:]}"
