# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the server's host, replaced in one move so that no reader and no crash ever sees half of one."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import tempfile

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

_NEW_FILE_MODE = 0o644

#: What is added to a file's name for the version before the last change. No server reads it: option files end in .cnf.
BEFORE = ".before"


def must_be_writable(path: str) -> None:
    """Raises :class:`Refusal` if :func:`replace` could not write there; writes nothing."""
    directory = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(directory):
        raise _not_written(path, OSError(errno.ENOENT, f"there is no directory {directory}"))
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise _not_written(path, OSError(errno.EROFS, os.strerror(errno.EROFS)))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise _not_written(path, OSError(errno.EACCES, os.strerror(errno.EACCES)))


def replace(path: str, text: str) -> None:
    """Writes the text beside ``path``, syncs it, and renames it over it; owner and mode of an old file stay.

    The old file stays as ``<path>.before``, for a server that does not start with the new one. The mode loses write permission
    for everybody: servers ignore an option file that everybody may write to. Raises :class:`Refusal` if the file system refuses.
    """
    real = os.path.realpath(path)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(real):
            keep_copy(path, path + BEFORE)
            shutil.copystat(real, temporary)
            old = os.stat(real)
            os.chown(temporary, old.st_uid, old.st_gid)
            os.chmod(temporary, stat.S_IMODE(old.st_mode) & ~stat.S_IWOTH)
        else:
            _forget(path + BEFORE)
            os.chmod(temporary, _NEW_FILE_MODE)
        os.utime(temporary)
        os.replace(temporary, real)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise _not_written(path, error) from None


def keep_copy(path: str, copy: str) -> None:
    """Copies the file, with owner and mode. Raises :class:`Refusal` if the file system refuses."""
    unfinished = copy + ".tmp"
    try:
        shutil.copy2(path, unfinished)
        owner = os.stat(path)
        os.chown(unfinished, owner.st_uid, owner.st_gid)
        os.replace(unfinished, copy)
    except OSError as error:
        raise _not_written(copy, error) from None


def set_aside(path: str) -> None:
    """Renames the file to ``<path>.replaced``. Raises :class:`Refusal` if the file system refuses."""
    try:
        os.replace(path, path + ".replaced")
    except OSError as error:
        raise Refusal(
            f"cannot rename {path}: {error.strerror}", "make the file system writable for the user that Ansible becomes there"
        ) from None


def _forget(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)


def _not_written(path: str, error: OSError) -> Refusal:
    return Refusal(
        f"cannot write {path}: {error.strerror}",
        "make the file system writable for the user that Ansible becomes there, or name another file with option_file",
    )
