# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action ``replication_heal`` through the real ansible-playbook: what it remembers, and when it refuses to decide."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
LOCKED = {"rule": "account.locked", "host": "db1", "caused_by": "", "key": "account.locked@db1"}
ALLOWED = {"db1": ["account.*"]}
MENDED = "account.locked is mended now"


def decide(folder, *arguments, allow=None, state_file="state/heal.json"):
    """The exit status and the output of a play that decides about a locked account."""
    options = {"findings": [LOCKED], "allow": ALLOWED if allow is None else allow, "state_file": state_file}
    tasks = [
        {"dbops.mysql_replication.replication_heal": options, "register": "decision"},
        {"ansible.builtin.debug": {"var": "decision.told"}},
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache" / "collections"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "play.yml", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_an_attempt_is_remembered_by_the_next_run(tmp_path):
    status, output = decide(tmp_path)
    assert (status, MENDED in output) == (0, True)
    (attempt,) = json.loads((tmp_path / "state" / "heal.json").read_text())
    assert (attempt["rule"], attempt["host"]) == ("account.locked", "db1")
    assert (tmp_path / "state" / "heal.json").stat().st_mode & 0o777 == 0o600
    status, output = decide(tmp_path)
    assert (status, MENDED in output) == (0, False)
    assert "it was mended before" in output


def test_check_mode_remembers_nothing(tmp_path):
    for _run in range(2):
        status, output = decide(tmp_path, "--check")
        assert (status, MENDED in output, "account.locked would be mended, by" in output) == (0, False, True)
    assert not (tmp_path / "state").exists()


def test_after_a_clock_was_put_back_the_pause_counts_from_now(tmp_path):
    memory = tmp_path / "heal.json"
    memory.write_text(json.dumps([{"rule": "account.locked", "host": "db1", "at": time.time() + 4000}]))
    status, output = decide(tmp_path, state_file="heal.json")
    assert (status, "the next attempt is in 300 s" in output) == (0, True), output
    assert json.loads(memory.read_text())[0]["at"] <= time.time()


@pytest.mark.parametrize("memory", ["{", '[{"rule": "account.locked"}]', '{"a": 1}', "7"])
def test_without_a_memory_that_can_be_read_nothing_is_mended(tmp_path, memory):
    (tmp_path / "heal.json").write_text(memory)
    status, output = decide(tmp_path, state_file="heal.json")
    assert status == 2
    assert "no memory of earlier attempts" in output
    assert (tmp_path / "heal.json").read_text() == memory


def test_a_memory_that_cannot_be_written_is_refused(tmp_path):
    status, output = decide(tmp_path, state_file="/dev/full/heal.json")
    assert status == 2
    assert "give a state_file that this user may write to" in output


@pytest.mark.parametrize("allow", [{"db1": "account.*"}, {"db1": ["acount.locked"]}])
def test_what_cannot_be_meant_is_refused_before_anything_is_touched(tmp_path, allow):
    status, output = decide(tmp_path, allow=allow)
    assert status == 2
    assert "mysql_replication_heal of db1" in output
    assert not (tmp_path / "state").exists()
