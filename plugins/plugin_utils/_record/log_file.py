# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log's file: lines are appended whole, and are on disk before anything else happens."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

# A batch is a few kilobytes; a file system with less than this is as good as full.
_LEAST_FREE_BYTES = 256 * 1024
_LOCK_SECONDS = 30
_POLL_SECONDS = 0.02
_REMEDY = "mend that, or name another file in mysql_replication_change_log; without it runs go on only with required = false"


def refuse_unwritable(path: str) -> None:
    """Makes the file, and its folder, if they are missing. Raises :class:`Refusal` if lines could not be appended to it."""
    try:
        with _locked(path) as file:
            free = os.fstatvfs(file)
            is_file = stat.S_ISREG(os.fstat(file).st_mode)
    except OSError as error:
        raise _refusal(path, error) from None
    if not is_file:
        raise Refusal(f"the change log {path} cannot be written: it is no regular file", _REMEDY)
    blocks = free.f_bfree if os.geteuid() == 0 else free.f_bavail
    # File systems without a size of their own say 0 of everything.
    if free.f_blocks and blocks * free.f_frsize < _LEAST_FREE_BYTES:
        raise Refusal(f"the change log {path} cannot be written: its file system is full", _REMEDY)


def append(path: str, lines: str) -> None:
    """Appends whole lines in one go, and returns when they are on disk. Raises :class:`Refusal`, and takes back what was written.

    What UTF-8 cannot express becomes a JSON escape.
    """
    try:
        with _locked(path) as file:
            _write(file, lines.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise _refusal(path, error) from None


def _write(file: int, data: bytes) -> None:
    end = os.fstat(file).st_size
    # A line that a crash has torn stays alone.
    if end and os.pread(file, 1, end - 1) != b"\n":
        data = b"\n" + data
    try:
        written = os.write(file, data)
        while written < len(data):
            # What is left tells, by failing, why not all of it was taken.
            written += os.write(file, data[written:])
        os.fsync(file)
    except OSError:
        # Where the file system lets lines be appended only (chattr +a), half a line stays, and is told to readers as such.
        with suppress(OSError):
            os.ftruncate(file, end)
        raise


@contextmanager
def _locked(path: str) -> Iterator[int]:
    """The file, open to append and locked against other runs; it is the one that has this name while the lock is held."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        file = _open(path)
        try:
            _lock(file, deadline)
            if _is_at(path, file):
                yield file
                return
        finally:
            os.close(file)


def _open(path: str) -> int:
    folder = os.path.dirname(path) or "."
    try:
        os.makedirs(folder, mode=0o750, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", folder) from None
    # Read too: the last byte tells whether the last line is whole.
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
    try:
        return os.open(path, flags)
    except FileNotFoundError:
        file = os.open(path, flags | os.O_CREAT, 0o640)
    entry = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)
    return file


def _lock(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError(None, f"another process has held its lock for {_LOCK_SECONDS} s") from None
        time.sleep(_POLL_SECONDS)


def _is_at(path: str, file: int) -> bool:
    """Whether the path still leads to the open file: it may have been rotated away in between."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(file))
    except FileNotFoundError:
        return False


def _refusal(path: str, error: OSError) -> Refusal:
    where = f"{error.filename}: " if error.filename and error.filename != path else ""
    return Refusal(f"the change log {path} cannot be written: {where}{error.strerror}", _REMEDY)
