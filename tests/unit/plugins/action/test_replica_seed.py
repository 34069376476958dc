# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action of ``replica_seed`` around a module that fails, through the real ansible-playbook."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[4]
#: No server listens there.
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - dbops.mysql_replication.replica_seed:
        login_host: 127.0.0.1
        login_port: 1
        source_host: 127.0.0.1
        source_user: dbops_seed
        source_password: none
"""


def test_a_run_removes_the_progress_of_one_that_was_killed(tmp_path):
    word = secrets.token_hex(8)
    stale, fresh = (Path(f"/tmp/replica_seed-{word}-{name}") for name in ("stale", "fresh"))
    try:
        for path in (stale, fresh):
            path.write_text("copying: 1.0 MiB\n", encoding="utf-8")
        os.utime(stale, (time.time() - 600,) * 2)
        (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
        environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache" / "collections"), "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "play.yml"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert "FAILED!" in done.stdout
        assert (stale.exists(), fresh.exists()) == (False, True), done.stdout
    finally:
        for path in (stale, fresh):
            path.unlink(missing_ok=True)
