# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all parts of the bench measure with."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from testbed.ansible import environment

PROJECT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
STATE = PROJECT / ".cache" / "bench"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
PEER_COLLECTIONS = PROJECT / ".cache" / "bench-collections"
PAIR_SERVER = "mysql-9.7"
SITE = "dbops.mysql_replication.site"

#: Rows of the table that the bench prints: what was measured, and its value.
Figures = list[tuple[str, str]]


def testbed(name: str, *arguments: str, **more: str) -> str:
    """Runs a command of the test bed; fails with its output."""
    command = [sys.executable, "-m", "testbed", f"--state={STATE / name}", f"--name=bench-{name}", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(PROJECT / "molecule" / "resources"), **more}
    return subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def play(name: str, playbook: str, *arguments: str, **more: str) -> float:
    """Seconds that a playbook takes, with more variables in its environment; its output is shown if it fails."""
    variables = {**environment(PROJECT, os.environ), **more}
    variables["ANSIBLE_COLLECTIONS_PATH"] += f":{PEER_COLLECTIONS}"
    command = ["ansible-playbook", "-i", str(STATE / name / "inventory.yml"), playbook, *arguments]
    started = time.monotonic()
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return time.monotonic() - started


def cpu_seconds(command: list[str], path: str) -> float:
    """User and system time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
