# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a change log: the one that is written to, and those that were rotated away."""

from __future__ import annotations

import bz2
import glob
import gzip
import lzma
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from ansible import constants
from ansible.plugins.loader import callback_loader
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import COLLECTION
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history import Line, Record, Wanted, read

_CALLBACK = f"{COLLECTION}.change_log"
# As logrotate names them: a number (the highest is the oldest) or a date, and then what packed them.
_ROTATED = re.compile(r"(?:\.(?P<number>\d{1,4})|[-.](?P<date>\d{8,14}(?:-\d{1,10})?))(?P<packed>\.gz|\.bz2|\.xz|\.zst)?")
_OPENERS: Mapping[str, Callable[[str, str], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_UNREADABLE = (OSError, EOFError, lzma.LZMAError, zlib.error)


def configured_path() -> str:
    """The file that the callback writes to, as its configuration says."""
    callback = callback_loader.get(_CALLBACK)
    callback.set_options()
    return str(callback.get_option("path"))


def is_written() -> bool:
    """Whether this run of Ansible writes a change log."""
    return _CALLBACK in constants.CALLBACKS_ENABLED


def records_since(paths: Sequence[str], since: str) -> tuple[Record, ...] | None:
    """All records from a time on, written as theirs, the oldest first; ``None`` where there is no log at any of the paths."""
    files: list[str] = []
    for path in paths:
        with suppress(Refusal):
            files += log_files(path)
    return read(lines(files), Wanted(since=since), 0).records if files else None


def log_files(path: str) -> list[str]:
    """The log's files, the oldest first. Raises :class:`Refusal` if there is none."""
    if os.path.isdir(path):
        raise Refusal(f"{path} is a folder, and no change log", "name the file in mysql_replication_change_log")
    found = []
    for name in glob.glob(f"{glob.escape(path)}?*"):
        match = _ROTATED.fullmatch(name[len(path) :])
        if match:
            found.append((match["date"] or "", -int(match["number"] or 0), name))
    files = [name for _date, _number, name in sorted(found)] + ([path] if os.path.exists(path) else [])
    if not files:
        raise Refusal(
            f"there is no change log at {path}",
            "name its file in mysql_replication_change_log; one is written by runs with callbacks_enabled ="
            " dbops.mysql_replication.change_log in ansible.cfg",
        )
    return files


def lines(files: Sequence[str]) -> Iterator[Line]:
    """All lines, file by file; where a file cannot be read any further, one that says so."""
    for name in files:
        number = 0
        try:
            with _opened(name) as file:
                for number, text in enumerate(file, start=1):
                    yield Line(name, number, text)
        except _UNREADABLE as error:
            yield Line(name, number + 1, b"", f"cannot be read: {error}")


def _opened(name: str) -> IO[bytes]:
    packed = os.path.splitext(name)[1]
    if packed == ".zst":
        raise OSError("unpack it first (unzstd)")
    file: IO[bytes] = _OPENERS.get(packed, open)(name, "rb")
    return file
