# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action and the playbook ``audit`` on saved snapshots, through the real ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
RECORDED = PROJECT / "tests" / "unit" / "recorded" / "snapshots-mysql-9.7.4.json"
RESCUED = """
- hosts: localhost
  gather_facts: false
  tasks:
    - block:
        - dbops.mysql_replication.replication_audit:
            snapshots: snapshots
            report_dir: reports
          register: audit
      rescue:
        - ansible.builtin.assert:
            that:
              - audit.findings[0].rule == 'account.exists'
              - audit.counts.critical == 1
              - audit.reports[0] == 'reports/report.html'
              - "'first account.exists on primary' in audit.msg"
"""


@pytest.fixture
def folder(tmp_path):
    """Snapshots of a pair whose primary has lost the replication account."""
    pair = json.loads(RECORDED.read_text(encoding="utf-8"))
    pair["primary"]["accounts"] = [one for one in pair["primary"]["accounts"] if one["user"] != "repl"]
    (channel,) = pair["replica"]["channels"]
    channel["trial"] = {"errno": 1045, "error": "Access denied", "seen_as": channel["own_address"]}
    (tmp_path / "snapshots").mkdir()
    for name, snapshot in pair.items():
        (tmp_path / "snapshots" / f"{name}.json").write_text(json.dumps(snapshot), encoding="utf-8")
    return tmp_path


def play(folder, *arguments):
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache" / "collections"), "ANSIBLE_NOCOLOR": "1"}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def test_a_failure_by_severity_hands_its_findings_to_rescue(folder):
    (folder / "play.yml").write_text(RESCUED, encoding="utf-8")
    done = play(folder, "play.yml")
    assert done.returncode == 0, done.stdout
    assert "rescued=1" in done.stdout


def test_the_playbook_fails_in_one_line(folder):
    done = play(folder, "dbops.mysql_replication.audit", "-e", "mysql_replication_audit_snapshots=snapshots")
    assert done.returncode == 2, done.stdout
    told = [line for line in done.stdout.splitlines() if "first account.exists on primary" in line]
    assert told
    assert "remedy" not in "".join(told)


def test_the_playbook_says_what_is_wrong_with_its_options(folder):
    done = play(folder, "dbops.mysql_replication.audit", "-e", "mysql_replication_audit_snapshots=nowhere.json")
    assert done.returncode == 2, done.stdout
    assert "nowhere.json" in done.stdout


def test_old_snapshots_do_not_stand_in_for_a_later_audit(folder):
    """In the folder that monitoring reads they would say what is true now."""
    arguments = (
        "dbops.mysql_replication.audit",
        "-e",
        "mysql_replication_audit_fail_on=never",
        "-e",
        "mysql_replication_audit_report_dir=r",
    )
    early = folder / "early"
    early.mkdir()
    for path in (folder / "snapshots").iterdir():
        snapshot = json.loads(path.read_text(encoding="utf-8"))
        snapshot["taken_at"] -= 86400
        (early / path.name).write_text(json.dumps(snapshot), encoding="utf-8")
    for name, status in (("early", 0), ("early", 0), ("snapshots", 0), ("early", 2)):
        done = play(folder, *arguments, "-e", f"mysql_replication_audit_snapshots={name}")
        assert done.returncode == status, done.stdout
    assert "the report of a later audit" in done.stdout
    taken = max(json.loads(path.read_text(encoding="utf-8"))["taken_at"] for path in (folder / "snapshots").iterdir())
    assert f"mysql_replication_audit_timestamp_seconds {int(taken)}" in (folder / "r" / "metrics.prom").read_text(encoding="utf-8")


def test_a_proxy_that_the_inventory_names_is_meant(folder):
    pair = json.loads(RECORDED.read_text(encoding="utf-8"))
    pair["replica"]["channels"][0].update(source_host="203.0.113.9", source_port=3307, addresses=["203.0.113.9"])
    (folder / "pair.json").write_text(json.dumps(pair["replica"]), encoding="utf-8")
    (folder / "primary.json").write_text(json.dumps(pair["primary"]), encoding="utf-8")
    groups = "[mysql_primary]\nprimary\n[mysql_replicas]\nreplica mysql_replication_source_host=203.0.113.9"
    given = json.dumps({"mysql_replication_audit_snapshots": ["pair.json", "primary.json"]})
    for port, is_told in ((" mysql_replication_source_port=3307\n", False), ("\n", True)):
        (folder / "hosts.ini").write_text(groups + port, encoding="utf-8")
        done = play(folder, "-i", "hosts.ini", "dbops.mysql_replication.audit", "-e", given)
        assert done.returncode == 0, done.stdout
        assert ("replica.source_forwarded" in done.stdout) == is_told, done.stdout
