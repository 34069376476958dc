# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command on this host that only tells something, and may fail to."""

from __future__ import annotations

import subprocess
from typing import Sequence


def output_of(command: Sequence[str], seconds: int) -> str:
    """What it prints, be it before it fails; nothing where it cannot be run, or does not end in time."""
    try:
        # AnsibleModule.run_command cannot end after a time.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            cwd="/",
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
