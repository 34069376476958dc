# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``heal`` through the real ansible-playbook: it mends what is allowed, once, and leaves the rest to people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fault import perform
from faults import faults
from pair import Pair, assert_same
from playbook import run, site

pytestmark = pytest.mark.dealt


def heal(pair: Pair, folder: Path, *allowed: str) -> str:
    """What it prints, on one line: how Ansible lays a result out is up to its settings."""
    given = {"mysql_replication_heal": list(allowed), "mysql_replication_heal_state_file": str(folder / "heal.json")}
    # As ansible-rulebook starts it: its limit leaves localhost out.
    done = run(folder, "heal", "--inventory", str(pair.inventory), "-e", json.dumps(given), "--limit", "all")
    assert done.returncode == 0, done.stdout
    return " ".join(done.stdout.split())


def test_what_is_allowed_is_mended_once_and_then_left_for_a_while(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    revoked = next(fault for fault in faults(pair.vendor) if fault.name == "grant revoked")
    perform(pair, revoked.inject)
    broken = pair.fingerprint()

    told = heal(pair, tmp_path)
    assert "account.replication_privilege is left: mysql_replication_heal does not allow it" in told
    assert_same(broken, pair.fingerprint())

    told = heal(pair, tmp_path, "account.*")
    assert "account.replication_privilege is mended now" in told
    pair.prove_replication("healed")

    perform(pair, revoked.inject)
    broken = pair.fingerprint()
    told = heal(pair, tmp_path, "account.*")
    assert "account.replication_privilege is left: it was mended before: the next attempt is in" in told
    assert_same(broken, pair.fingerprint())

    (tmp_path / "heal.json").unlink()
    heal(pair, tmp_path, "account.*")
    pair.prove_replication("healed again")


def test_a_sound_pair_is_left_alone(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    before = pair.fingerprint()
    told = heal(pair, tmp_path, "*")
    assert "Nothing that is marked safe" in told
    assert_same(before, pair.fingerprint())


def test_what_one_host_does_not_allow_is_left_as_it_is(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    """The replica is writable and may be mended; the primary's own fault, of the same part of site, may not."""
    pair = replicating(server_name)
    pair.replica.sql("SET GLOBAL read_only = OFF")
    pair.primary.sql("SET GLOBAL sync_binlog = 0")
    primary = pair.fingerprint()["primary"]
    told = heal(pair, tmp_path, "replica.*")
    assert "replica.read_only is mended now" in told
    assert "durability.sync_binlog is left: mysql_replication_heal does not allow it" in told
    assert pair.replica.value("SELECT @@global.read_only") == "1"
    assert_same(primary, pair.fingerprint()["primary"])
    heal(pair, tmp_path, "durability.*")
    assert pair.primary.value("SELECT @@global.sync_binlog") == "1"
    pair.prove_replication("healed by host")


def test_a_replica_that_was_made_the_primary_by_hand_is_left_writable(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    """The inventory does not know yet: made read-only, no server would take writes."""
    pair = replicating(server_name)
    pair.replica.sql("STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF")
    before = pair.fingerprint()
    told = heal(pair, tmp_path, "*")
    assert "it may have been made the primary" in told
    assert_same(before, pair.fingerprint())
    assert site(pair).failure is None
    pair.prove_replication("a replica again")
