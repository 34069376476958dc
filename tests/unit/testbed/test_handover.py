# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that finishes a machine, run by a real shell."""

from __future__ import annotations

import getpass
import subprocess
from pathlib import Path

import pytest
from testbed import handover
from testbed.handover import File, script


@pytest.fixture(autouse=True)
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mark"
    monkeypatch.setattr(handover, "MARK", str(path))
    return path


def run(text: str) -> int:
    return subprocess.run(["sh", "-s"], input=text, text=True, check=False).returncode


def test_files_are_written_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a folder" / "it's"
    text = "line $HOME `x` \\\n'quotes' \"and\" ends without newline"
    assert run(script([File(str(path), text, getpass.getuser(), "640")], [])) == 0
    assert path.read_text() == text
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_machine_is_finished_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    text = script([], [f"echo x >> {count}"])
    assert [run(text), run(text)] == [0, 0]
    assert count.read_text() == "x\n"


def test_another_script_is_run_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    run(script([], [f"echo x >> {count}"]))
    run(script([], [f"echo y >> {count}"]))
    assert count.read_text() == "x\ny\n"


def test_a_failure_leaves_no_mark(mark: Path) -> None:
    assert run(script([], ["false"])) != 0
    assert not mark.exists()


def test_a_command_does_not_swallow_the_rest(tmp_path: Path) -> None:
    assert run(script([], ["cat", f"touch {tmp_path}/after"])) == 0
    assert (tmp_path / "after").exists()
