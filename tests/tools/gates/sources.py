# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sources of the collection: what git tracks or would, or without git all but caches."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gates.project import COLLECTION, PROJECT

_NO_SOURCES = {".git", ".cache", ".practice", ".ansible", ".hypothesis", "__pycache__"}
_CACHE_ENDING = "_cache"


def copy_collection(root: Path) -> Path:
    """Copy the sources to ROOT/ansible_collections/<namespace>/<name>, the layout that Ansible's tools ask for."""
    target = root.joinpath("ansible_collections", *COLLECTION)
    for relative in source_files():
        (target / relative).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / relative, target / relative, follow_symlinks=False)
    return target


def source_files() -> list[Path]:
    """Their paths, relative to the project."""
    return sorted(path for path in _from_git() or _from_folders() if os.path.lexists(PROJECT / path))


def _from_git() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [Path(name) for name in listing.split("\0") if name]


def _from_folders() -> Iterator[Path]:
    for folder, folders, files in os.walk(PROJECT):
        folders[:] = [name for name in folders if name not in _NO_SOURCES and not name.endswith(_CACHE_ENDING)]
        yield from ((Path(folder) / name).relative_to(PROJECT) for name in files if not name.endswith((".pyc", ".tar.gz")))
