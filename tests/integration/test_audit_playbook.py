# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``audit`` through the real ansible-playbook: what people see, what it leaves, and what it must not touch or tell."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fault import perform
from faults import faults
from machine import wait_until
from pair import Pair, assert_same
from playbook import run, site, variables
from verifying import on_the_replica

pytestmark = pytest.mark.dealt


def audit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "audit", *arguments)


def test_a_sound_pair_passes_and_is_left_as_it_was(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    before = pair.fingerprint()
    done = audit(tmp_path, "--inventory", str(pair.inventory), "-e", f"mysql_replication_audit_report_dir={tmp_path}/reports")
    assert done.returncode == 0, done.stdout
    assert_same(before, pair.fingerprint())
    names = {"report.html", "report.json", "junit.xml", "metrics.prom", "as_built.md", "snapshots", "history"}
    assert {path.name for path in (tmp_path / "reports").iterdir()} == names


def test_a_failed_statement_about_an_account_is_quoted_without_its_secret(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    password = f"Core{secrets.token_hex(8)}"
    pair.primary.sql(
        "SET SESSION sql_log_bin = 0; CREATE USER zz@localhost; SET SESSION sql_log_bin = 1;"
        f" ALTER USER zz@localhost IDENTIFIED /* by hand */ BY '{password}'"
    )
    wait_until("an applier that stops", lambda: "1396" in str(pair.channel()))
    stored = pair.primary.value("SELECT HEX(authentication_string) FROM mysql.user WHERE User = 'zz'")
    hashed = bytes.fromhex(stored).decode("latin-1")
    try:
        reports = tmp_path / "reports"
        done = audit(tmp_path, "--inventory", str(pair.inventory), "-vvvv", "-e", f"mysql_replication_audit_report_dir={reports}")
        texts = [done.stdout, *(path.read_text() for path in reports.rglob("*") if path.is_file()), site(pair, "-vvvv").output]
        assert "1396" in texts[0]
        for text in texts:
            assert password not in text
            assert hashed[:24] not in text
            assert json.dumps(hashed)[1:25] not in text
    finally:
        on_the_replica(pair, "CREATE USER zz@localhost")
        pair.replica.sql("START REPLICA SQL_THREAD")
        pair.await_applied()
        pair.primary.sql("DROP USER zz@localhost")
        pair.await_healthy()


def test_the_outage_is_named_before_it_happens_and_no_secret_is_told(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    revoked = next(fault for fault in faults(pair.vendor) if fault.name == "grant revoked")
    perform(pair, revoked.inject)
    reports = tmp_path / "reports"
    done = audit(tmp_path, "--inventory", str(pair.inventory), "-vvvv", "-e", f"mysql_replication_audit_report_dir={reports}")
    assert done.returncode != 0
    assert "CRITICAL  primary: The replication account lacks REPLICATION SLAVE" in done.stdout
    first = json.loads((reports / "report.json").read_text())["findings"][0]
    assert (first["rule"], first["host"], first["peers"]) == ("account.replication_privilege", "primary", ["replica1"])

    hashes = pair.primary.value("SELECT HEX(authentication_string) FROM mysql.user WHERE User = 'repl'")
    texts = [done.stdout, *(path.read_text() for path in reports.rglob("*") if path.is_file())]
    for text in texts:
        assert pair.password not in text
        assert hashes not in text.upper()
        assert bytes.fromhex(hashes).decode("latin-1") not in text

    again = audit(
        tmp_path, "-e", f"mysql_replication_audit_snapshots={reports}/snapshots", "-e", "mysql_replication_audit_fail_on=never"
    )
    assert again.returncode == 0, again.stdout
    assert "account.replication_privilege" in again.stdout
    assert site(pair).failure is None


def test_a_server_that_does_not_answer_is_a_finding_and_the_other_is_judged(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(pair.inventory.read_text().replace(pair.replica.address, "127.0.0.9"))
    done = audit(tmp_path, "--inventory", str(inventory))
    assert done.returncode != 0
    assert "HIGH      replica1: A server could not be read" in done.stdout
    assert "primary" in done.stdout.partition("Topology")[2].splitlines()[1]


_FAILS_FIRST = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.fail:
        msg: "it lacks a right\\nWay out: give it"
      when: inventory_hostname == 'primary'
      register: mysql_replication_seed_account
- import_playbook: dbops.mysql_replication.audit
"""


def test_a_server_that_failed_earlier_in_the_run_is_not_said_to_be_down(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    playbook, record = tmp_path / "both.yml", tmp_path / "record.jsonl"
    playbook.write_text(_FAILS_FIRST)
    record.touch()
    command = ["ansible-playbook", str(playbook), "--inventory", str(pair.inventory)]
    done = subprocess.run(
        command, env=variables(record), cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    assert "HIGH      primary: A server was not read, because it failed earlier in the run" in done.stdout
    assert "it failed earlier in this run at the account for copies: it lacks a right\n" in done.stdout
    assert "net.source_down" not in done.stdout


def test_a_limit_judges_the_servers_that_are_left(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    pair.replica.sql("STOP REPLICA SQL_THREAD")
    reports = tmp_path / "reports"
    limited = ("--inventory", str(pair.inventory), "-e", f"mysql_replication_audit_report_dir={reports}", "--limit")
    done = audit(tmp_path, *limited, "replica1")
    assert done.returncode != 0
    assert "CRITICAL  replica1: An applier (SQL thread) does not run" in done.stdout
    assert "gave no result" not in done.stdout
    done = audit(tmp_path, *limited, "primary,localhost")
    assert done.returncode == 0, done.stdout
    assert [one["host"] for one in json.loads((reports / "report.json").read_text())["findings"] if one["severity"] == "high"] == []
    pair.replica.sql("START REPLICA SQL_THREAD")
    pair.prove_replication("after a limited audit")


def test_a_group_that_is_named_and_not_there_is_refused(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    pair = replicating(server_name)
    done = audit(tmp_path, "--inventory", str(pair.inventory), "-e", "mysql_replication_primary_group=mysql_primry")
    assert done.returncode != 0
    assert "The inventory has no group mysql_primry." in done.stdout
