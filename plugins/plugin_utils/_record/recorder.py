# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a run's records go, and what becomes of the run if they cannot."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record import host_log, log_file
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import line


class Recorder:
    """Writes records to files, and sends them to the host's own logs.

    ``also`` are names of ``host_log.SINKS``; ``warn`` tells people a text, ``show`` lines as they are. If the file is ``required``,
    ``lost`` says why records could not be written; without, and of the host's logs, people are warned once.
    """

    def __init__(self, required: bool, also: Sequence[str], warn: Callable[[str], None], show: Callable[[str], None]) -> None:
        self.lost: Refusal | None = None
        self._required = required
        self._also = also
        self._warn = warn
        self._show = show
        self._tried: set[str] = set()
        self._warned: set[str] = set()

    def try_out(self, path: str) -> None:
        """Finds out whether records could be written there; the first time that it is asked."""
        if path not in self._tried:
            self._tried.add(path)
            try:
                log_file.refuse_unwritable(path)
            except Refusal as refusal:
                self.lose(refusal)

    def write(self, path: str, records: list[dict[str, Any]]) -> None:
        """Writes the records of one task; those that a required file does not take are shown, so that they are somewhere."""
        lines = "".join(map(line, records))
        try:
            log_file.append(path, lines)
        except Refusal as refusal:
            self.lose(refusal)
            if self._required:
                self._show(lines)
        for name in self._also:
            try:
                host_log.send(name, records)
            except Refusal as refusal:
                self._warn_once(refusal)

    def lose(self, refusal: Refusal) -> None:
        """Records cannot be written, or nobody knows where."""
        if self._required:
            self.lost = self.lost or refusal
        else:
            self._warn_once(refusal)

    def _warn_once(self, refusal: Refusal) -> None:
        if str(refusal) not in self._warned:
            self._warned.add(str(refusal))
            self._warn(str(refusal))


def users(environment: Mapping[str, str]) -> tuple[str, str | None]:
    """The account that this process runs as, and who became it with sudo."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = str(number)
    return name, environment.get("SUDO_USER")
