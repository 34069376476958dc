# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files of the server's host, replaced in one move so that no reader and no crash ever sees half of one."""

from __future__ import annotations

import os
import shutil
import tempfile

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

_NEW_FILE_MODE = 0o644


def replace(path: str, text: str) -> None:
    """Writes the text beside ``path``, syncs it, and renames it over it; owner and mode of an old file stay.

    Raises :class:`Refusal` if the file system refuses.
    """
    real = os.path.realpath(path)
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=os.path.dirname(real), prefix=".", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(real):
            shutil.copystat(real, temporary)
            owner = os.stat(real)
            os.chown(temporary, owner.st_uid, owner.st_gid)
        else:
            os.chmod(temporary, _NEW_FILE_MODE)
        os.utime(temporary)
        os.replace(temporary, real)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise Refusal(
            f"cannot write {path}: {error.strerror}",
            "make the file system writable for the user that Ansible becomes there, or name another file with option_file",
        ) from None


def set_aside(path: str) -> None:
    """Renames the file to ``<path>.replaced``. Raises :class:`Refusal` if the file system refuses."""
    try:
        os.replace(path, path + ".replaced")
    except OSError as error:
        raise Refusal(
            f"cannot rename {path}: {error.strerror}", "make the file system writable for the user that Ansible becomes there"
        ) from None
