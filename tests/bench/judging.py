# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How fast the audit judges and reports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from measure import HERE, PROJECT, Figures
from testbed.ansible import environment

JUDGED = (1, 10, 100, 1000)


def judging_figures() -> Figures:
    """Time and memory of judging and reporting snapshots of 1 to 1,000 servers, on one core."""
    variables = environment(PROJECT, os.environ)
    root = variables["ANSIBLE_COLLECTIONS_PATH"].split(":")[0]
    rows = []
    for count in JUDGED:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            command = ["taskset", "--cpu-list", "0", sys.executable, str(HERE / "judge.py"), str(count), folder]
            printed = subprocess.run(command, env={**variables, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True, check=True)
        seconds, mebibytes = map(float, printed.stdout.split())
        rows.append((f"judge and report {count} servers", f"{seconds:.2f} s, {mebibytes:.0f} MiB"))
    return rows
