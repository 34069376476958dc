# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that the test bed needs are installed with apt-get where they are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from testbed.errors import TestbedError


def require(program: str, *packages: str) -> None:
    """Make sure that the program is here; raises TestbedError, naming the packages, if it cannot be installed."""
    if not shutil.which(program):
        install(*packages)


def install(*packages: str) -> None:
    """Install the packages with apt-get, as root or with sudo; raises TestbedError if that is not possible."""
    names = " ".join(packages)
    way_out = f"apt-get install {names}"
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    if not shutil.which("apt-get") or (prefix and not shutil.which("sudo")):
        raise TestbedError(f"{names} must be installed first", way_out)
    print(f"installing {names} …", file=sys.stderr, flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
    command = [*apt, "install", "--no-install-recommends", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        subprocess.run([*apt, "update"], capture_output=True, check=False)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(f"{names} could not be installed", way_out, done.stdout[-1000:] + done.stderr[-2000:])
