# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python interpreters of this machine."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSIONS = ("3.9", "3.11", "3.12", "3.13")


def find(version: str) -> Path | None:
    """A working interpreter of this minor version that can make virtual environments: from PATH, pyenv, uv, or the system."""
    probe = f"import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != {tuple(map(int, version.split('.')))!r})"
    for candidate in _candidates(version):
        # pyenv's shims are executable, and fail for versions that are not switched on.
        if os.access(candidate, os.X_OK) and _succeeds([str(candidate), "-c", probe]):
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    program = f"python{version}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if folder and Path(folder).name != "shims":
            yield Path(folder) / program
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    uv = home / ".local" / "share" / "uv" / "python"
    for root, pattern in ((pyenv, f"{version}.*"), (uv, f"cpython-{version}.*")):
        yield from (found / "bin" / program for found in sorted(root.glob(pattern), key=_numbers, reverse=True))
    yield from (Path(folder) / program for folder in ("/usr/local/bin", "/usr/bin", "/opt/python/bin"))


def _numbers(path: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", path.name)]


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
