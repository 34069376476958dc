# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's process on this host: where it reads its options from, as whom, since when, and in which systemd unit."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import option_name, switched
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Assignment

_UNIT = re.compile(r"([^/\n]+\.service)$", re.MULTILINE)
# MySQL manual, "Using Option Files", and MariaDB documentation, "Configuring MariaDB with Option Files"; /usr/etc is what
# RPM packages of MySQL are built with.
_GLOBAL_FILES = ("/etc/my.cnf", "/etc/mysql/my.cnf", "/usr/etc/my.cnf")
# What else finds messages, character sets and plugins.
_INSTALLATION = ("basedir", "plugin_dir", "lc_messages_dir", "character_sets_dir")


@dataclass(frozen=True)
class ServerProcess:
    """``arguments`` are the command line's without the program; ``started`` is in seconds since the epoch.

    ``service`` is the systemd unit, empty if there is none.
    """

    pid: int
    binary: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    uid: int
    gids: tuple[int, ...]
    home: str
    started: float
    service: str

    @property
    def option_files(self) -> tuple[str, ...]:
        """Where it starts to read option files, in order."""
        if "--no-defaults" in self.arguments:
            return ()
        only = self._argument("--defaults-file")
        if only:
            return (only,)
        paths = [*_GLOBAL_FILES]
        if self.environment.get("MYSQL_HOME"):
            paths.append(os.path.join(self.environment["MYSQL_HOME"], "my.cnf"))
        if self._argument("--defaults-extra-file"):
            paths.append(self._argument("--defaults-extra-file"))
        return (*paths, os.path.join(self.environment.get("HOME", self.home), ".my.cnf"))

    @property
    def identity(self) -> dict[str, Any]:
        """What :mod:`subprocess` takes to become the server's user; nothing where we may not."""
        return {"user": self.uid, "group": self.gids[0], "extra_groups": list(self.gids[1:])} if os.geteuid() == 0 else {}

    @property
    def group_suffix(self) -> str:
        """What is appended to the names of its groups in option files, for further groups that it reads."""
        return self._argument("--defaults-group-suffix") or self.environment.get("MYSQL_GROUP_SUFFIX", "")

    @property
    def reads_as_root(self) -> bool:
        """Whether it read its option files before it became another user."""
        return self.uid == 0 or bool(self._argument("--user"))

    @property
    def installation(self) -> tuple[str, ...]:
        """The arguments without which the binary may not find its own files."""
        return tuple(
            argument
            for argument in self.arguments
            if argument.startswith("--") and option_name(argument[2:].partition("=")[0], {}).name in _INSTALLATION
        )

    def assignments(self, aliases: Mapping[str, str]) -> tuple[Assignment, ...]:
        """The options of the command line, as lines of no file."""
        found = []
        for index, argument in enumerate(self.arguments):
            if not argument.startswith("--") or argument.startswith("--defaults-"):
                continue
            spelled, equals, value = argument[2:].partition("=")
            following = self.arguments[index + 1 : index + 2]
            given: Optional[str] = value if equals else None
            if not equals and following and not following[0].startswith("-"):
                given = following[0]
            name = option_name(spelled, aliases)
            effective, negated = switched(given, name.switch)
            found.append(Assignment(name.name, effective, "", 0, "", spelled, name.loose, negated, argument))
        return tuple(found)

    def _argument(self, name: str) -> str:
        return next((a.partition("=")[2] for a in self.arguments if a.startswith(name + "=")), "")


def find_process(pid_file: str, datadir: str, hostname: str, by_socket: bool) -> Optional[ServerProcess]:
    """The process that wrote this pid file; ``None`` where the server runs elsewhere, be it in a container of this host."""
    if not by_socket and hostname != socket.gethostname():
        return None
    text = _read(os.path.join(datadir, pid_file)).strip()
    if not text.isdigit():
        return None
    pid = int(text)
    if not _read(f"/proc/{pid}/comm").startswith(("mysqld", "mariadbd")):
        return None
    arguments = _read(f"/proc/{pid}/cmdline").rstrip("\0").split("\0")
    status = dict(line.split(":", 1) for line in _read(f"/proc/{pid}/status").splitlines() if ":" in line)
    uid = int(status["Uid"].split()[1])
    environment = dict(item.split("=", 1) for item in _read(f"/proc/{pid}/environ").split("\0") if "=" in item)
    unit = _UNIT.search(_read(f"/proc/{pid}/cgroup"))
    return ServerProcess(
        pid=pid,
        binary=_binary(pid, arguments[0]),
        arguments=tuple(arguments[1:]),
        environment=environment,
        uid=uid,
        gids=(int(status["Gid"].split()[1]), *map(int, status["Groups"].split())),
        home=_home(uid),
        started=_started(pid),
        service=unit.group(1) if unit else "",
    )


def _home(uid: int) -> str:
    for line in _read("/etc/passwd").splitlines():
        fields = line.split(":")
        if len(fields) > 5 and fields[2] == str(uid):
            return fields[5]
    return "/"


def _binary(pid: int, called: str) -> str:
    """What the next start will run: after an upgrade that is not what runs now."""
    if called.startswith("/") and os.path.exists(called):
        return called
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return called


def _started(pid: int) -> float:
    """proc(5): the 22nd field is the start in clock ticks after boot; the second is in parentheses, and may hold anything."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    boot = next(line.split()[1] for line in _read("/proc/stat").splitlines() if line.startswith("btime"))
    return float(boot) + int(fields[19]) / float(os.sysconf("SC_CLK_TCK"))


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
