# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command on this host that only tells something, and may fail to."""

from __future__ import annotations

import subprocess
from typing import Any, Sequence


def output_of(command: Sequence[str], seconds: int, **identity: Any) -> str:
    """What it prints, be it before it fails; nothing where it cannot be run, or does not end in time.

    ``identity`` is that of another user, as :mod:`subprocess` takes it.
    """
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
            **identity,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    told: bytes = done.stdout
    return told.decode("utf-8", "replace")
