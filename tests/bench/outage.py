# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the audit takes to name what the outage's teams looked for through 90 minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from measure import PAIR_SERVER, PROJECT, SITE, STATE, Figures, play, testbed
from testbed.ansible import environment


def outage_figures() -> Figures:
    """From the outage's fault to its root on the terminal, while the replica is still connected."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    play("pair", SITE)
    started = time.monotonic()
    testbed("pair", "sql", "primary", TESTBED_SQL="REVOKE REPLICATION SLAVE ON *.* FROM repl")
    report = subprocess.run(
        ["ansible-playbook", "-i", str(STATE / "pair" / "inventory.yml"), "dbops.mysql_replication.audit"],
        env=environment(PROJECT, os.environ),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    seconds = time.monotonic() - started
    if "[account.replication_privilege]" not in report:
        sys.exit(f"the audit does not name the root:\n{report}")
    return [("from the fault to its root on the terminal", f"{seconds:.1f} s")]
