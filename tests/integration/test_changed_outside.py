# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others change on a real pair is told by the next audit or ``site``, and what this collection changes is not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from logged import Logged, Record, changes
from machine import wait_until
from pair import Pair
from playbook import run, variables
from testbed.ansible import CHANGE_LOG, with_callback

_SYNC = "system variable sync_binlog"
_VISITOR = "account 'visitor'@'%'"
_GRANT = "CREATE USER visitor@'%' IDENTIFIED BY 'Vis1tor-x' REQUIRE SSL; GRANT REPLICATION SLAVE ON *.* TO visitor@'%'"
_FILE = "/etc/mysql/conf.d/by-hand.cnf"


@pytest.fixture
def logged(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> Logged:
    return Logged(replicating(server_name), tmp_path)


def watched(logged: Logged) -> tuple[str, ...]:
    asked = {
        "mysql_replication_audit_report_dir": str(logged.folder / "reports"),
        "mysql_replication_audit_watch": ["long_query_time"],
        "mysql_replication_change_log": str(logged.path),
    }
    return ("--inventory", str(logged.pair.inventory), "--extra-vars", json.dumps(asked))


def audit(logged: Logged, *arguments: str) -> str:
    """What an audit prints that watches a variable, and keeps a change log."""
    known = with_callback(variables(logged.folder / "record.jsonl"), CHANGE_LOG)
    done = run(logged.folder, "audit", *watched(logged), "-e", "mysql_replication_audit_fail_on=never", *arguments, **known)
    assert done.returncode == 0, done.stdout
    return done.stdout


def outside(logged: Logged) -> list[Record]:
    """What the log says of others."""
    if not logged.path.exists():
        return []
    found = logged.records()
    return [record for record in found if record["result"] == "outside"]


def test_what_others_change_is_told_and_recorded_and_what_we_change_is_not(logged: Logged) -> None:
    pair = logged.pair
    slow = pair.primary.value("SELECT @@global.long_query_time")
    # Sessions stand in another time zone, and the moment is told in UTC.
    pair.primary.sql("SET GLOBAL time_zone = '+05:00'")
    assert "Changed since" not in audit(logged)

    pair.primary.sql("SET GLOBAL sync_binlog = 0, long_query_time = 7.5;" + _GRANT)
    pair.prove_replication("the account has come to the replica")
    pair.replica.shell(f"printf '# a word of mine\\n' > {_FILE}")
    foreseen = audit(logged, "--check")
    assert outside(logged) == []
    told = audit(logged)
    for said in (foreseen, told):
        assert ", outside of this collection: 4" in said, said
        assert "no record is made of it" not in said
    seen = outside(logged)
    of = {record["object"]: record for record in seen}
    assert set(of) == {_SYNC, "system variable long_query_time", _VISITOR, f"option file {_FILE}"}
    assert [(of[_SYNC][name]) for name in ("host", "before", "after")] == ["primary", "1", "0"]
    assert float(of["system variable long_query_time"]["before"]) == float(slow)
    assert (of[_VISITOR]["host"], of[_VISITOR]["before"]) == ("primary", None)
    assert of[f"option file {_FILE}"]["host"] == "replica1"
    if pair.vendor == "mysql":
        assert of[_SYNC]["by"].startswith("root@")
        since = datetime.fromisoformat(of[_SYNC]["time"]) - datetime.fromisoformat(of[_SYNC]["at"])
        assert 0 <= since.total_seconds() < 600
    lines = changes(logged, mysql_replication_changes_setting="sync_binlog")
    assert len(lines) == 1
    assert "1 → 0  by " in lines[0]
    assert "(seen by audit)" in lines[0]

    # Repaired by us: no news. The same fault in between, repaired by us: told by the run that repairs it.
    assert logged.repair(*watched(logged)).stdout.count("Changed since") == 0
    assert outside(logged) == seen
    pair.primary.sql("SET GLOBAL sync_binlog = 0")
    assert "Changed since" in logged.repair(*watched(logged)).stdout
    (again,) = outside(logged)[len(seen) :]
    assert (again["object"], again["before"], again["after"]) == (_SYNC, "1", "0")
    assert again["by"] == of[_SYNC]["by"]
    assert again["at"].startswith("before ") == (pair.vendor != "mysql")

    # Nothing of that is what site enforces, and it tells of it all the same.
    pair.primary.sql(f"DROP USER visitor@'%'; SET GLOBAL long_query_time = {slow}")
    pair.prove_replication("the account has gone from the replica")
    pair.replica.shell(f"rm {_FILE}")
    done = logged.repair(*watched(logged))
    assert "Changed since" in done.stdout
    gone = outside(logged)[len(seen) + 1 :]
    assert {(one["host"], one["object"]) for one in gone} == {
        ("primary", _VISITOR),
        ("primary", "system variable long_query_time"),
        ("replica1", f"option file {_FILE}"),
    }
    assert "Changed since" not in audit(logged)
    pair.primary.sql("SET GLOBAL time_zone = DEFAULT")


def test_what_we_mend_of_an_object_does_not_hide_what_others_do_to_it(logged: Logged) -> None:
    pair = logged.pair
    account, file = "account 'repl'@'%'", pair.primary.shell("ls /etc/mysql/*/zz-replication.cnf").strip()
    audit(logged)
    pair.primary.sql("REVOKE REPLICATION SLAVE ON *.* FROM repl@'%'; FLUSH PRIVILEGES")
    pair.primary.shell(f"sed -i '/^sync.binlog/d' {file}")
    pair.prove_replication("the account is without its privilege on the replica too")
    logged.repair(*watched(logged))
    assert "privileges of 'repl'@'%'" in {record["object"] for record in logged.records()}
    (ours,) = [record for record in logged.records() if record["object"] == f"option file {file}"]
    told = [(one["object"], one["before"], one["after"], one["at"]) for one in outside(logged) if one["object"] == account]
    assert len(told) == 1, told
    assert "privileges: REPLICATION SLAVE" in told[0][1]
    assert "privileges" not in told[0][2]
    assert told[0][3].startswith("before ")

    # The audit at the end of site compared the rest; what is repaired anew and changed at once afterwards is in one comparison.
    seen = len(outside(logged))
    pair.primary.sql("REVOKE REPLICATION SLAVE ON *.* FROM repl@'%'")
    pair.primary.shell(f"sed -i '/^sync.binlog/d' {file}")
    logged.repair("-e", f"mysql_replication_audit_report_dir={logged.folder / 'elsewhere'}")
    ours = [record for record in logged.records() if record["object"] == f"option file {file}"][-1]
    repaired = datetime.fromisoformat(ours["time"]).timestamp()
    wait_until("another time of a file", lambda: int(pair.primary.shell("date +%s")) > repaired + 6)
    pair.primary.sql("ALTER USER repl@'%' PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT LOCK")
    pair.primary.shell(f"printf '# a word of mine\\n' >> {file}")
    pair.prove_replication("the account is locked on the replica too")
    printed = audit(logged)
    assert "expires: never → 90 days, locked: no → yes" in printed
    found = {(one["host"], one["object"], one["at"]) for one in outside(logged)[seen:] if not str(one["at"]).startswith("before ")}
    assert (("primary", account, None)) in found, found
    assert f"option file {file}" in {name for _host, name, _at in found}, found
    assert {host for host, name, _at in found if name == account} == {"primary"}, found
    logged.repair(*watched(logged))
    assert "Changed since" not in audit(logged)


def test_without_a_change_log_ours_is_said_to_be_among_it(logged: Logged) -> None:
    def told(*arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = run(logged.folder, "audit", *watched(logged), *arguments)
        return done.stdout

    told()
    logged.pair.primary.sql("SET GLOBAL long_query_time = 7.5")
    said = told()
    logged.pair.primary.sql("SET GLOBAL long_query_time = DEFAULT")
    assert "there is no change log: 1" in said
    assert "no record is made of it" in said
    assert "system variable long_query_time: " in said
    assert not logged.path.exists()
    unknown = told("-e", '{"mysql_replication_audit_watch": ["long_qeury_time"]}')
    assert "long_qeury_time is watched, and no server has such a system variable" in " ".join(unknown.split())
