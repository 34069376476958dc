# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``heal`` through the real ansible-playbook: it mends what is allowed, once, and leaves the rest to people."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from fault import perform
from faults import faults
from pair import Pair, assert_same
from playbook import variables


def heal(pair: Pair, folder: Path, *allowed: str) -> subprocess.CompletedProcess[str]:
    record = folder / "record.jsonl"
    record.touch()
    given = {"mysql_replication_heal": list(allowed), "mysql_replication_heal_state_file": str(folder / "heal.json")}
    command = ["ansible-playbook", "dbops.mysql_replication.heal", "--inventory", str(pair.inventory), "-e", json.dumps(given)]
    # As ansible-rulebook starts it: its limit leaves localhost out.
    command += ["--limit", "all"]
    return subprocess.run(
        command, env=variables(record), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )


def test_what_is_allowed_is_mended_once_and_then_left_for_a_while(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    revoked = next(fault for fault in faults(pair.vendor) if fault.name == "grant revoked")
    perform(pair, revoked.inject)
    broken = pair.fingerprint()

    done = heal(pair, tmp_path)
    assert "account.replication_privilege is left: mysql_replication_heal does not allow it" in done.stdout
    assert_same(broken, pair.fingerprint())

    done = heal(pair, tmp_path, "account.*")
    assert "account.replication_privilege is mended now" in done.stdout
    pair.prove_replication("healed")

    perform(pair, revoked.inject)
    broken = pair.fingerprint()
    done = heal(pair, tmp_path, "account.*")
    assert "account.replication_privilege is left: it was mended before: the next attempt is in" in done.stdout
    assert_same(broken, pair.fingerprint())

    (tmp_path / "heal.json").unlink()
    heal(pair, tmp_path, "account.*")
    pair.prove_replication("healed again")


def test_a_sound_pair_is_left_alone(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    before = pair.fingerprint()
    done = heal(pair, tmp_path, "*")
    assert "Nothing that is marked safe" in done.stdout
    assert_same(before, pair.fingerprint())
