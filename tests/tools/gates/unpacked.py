# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checkers of Prometheus and Alertmanager: those on the path, else those of Debian's packages, unpacked and not installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from testbed.errors import TestbedError

from gates.project import CACHE

PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}
_FOLDER = CACHE / "prometheus"


def program(name: str) -> str:
    """Where it is, or will be after `ensure`."""
    return shutil.which(name) or str(_FOLDER / "usr" / "bin" / name)


def ensure() -> None:
    """Raises TestbedError if one of them can neither be found nor fetched."""
    for name, package in PACKAGES.items():
        if not Path(program(name)).exists():
            _unpack(package)
        if not Path(program(name)).exists():
            raise TestbedError(f"{name} is not here, and Debian's package of it cannot be fetched", f"install {package}")


def _unpack(package: str) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    if _run("apt-get", "download", package):
        _run("apt-get", "update")
        _run("apt-get", "download", package)
    for archive in _FOLDER.glob(f"{package}_*.deb"):
        _run("dpkg-deb", "--extract", str(archive), ".")
        archive.unlink()


def _run(*command: str) -> int:
    return subprocess.run(command, cwd=_FOLDER, check=False).returncode
