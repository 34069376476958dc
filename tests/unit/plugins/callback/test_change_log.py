# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The callback through the real ansible-playbook: where it writes to, and when it ends a run.

The tasks log in to a server where none listens: what they record is that they failed.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[4]
FAILING = {
    "name": "The settings",
    "dbops.mysql_replication.server_config": {"login_host": "127.0.0.1", "login_port": 1, "login_user": "x", "config_file": ""},
}
TOUCHED = {"ansible.builtin.file": {"path": "touched", "state": "touch", "mode": "0600"}, "ignore_errors": True}
# Ansible's own files are smaller.
_MOST_BYTES = 8 << 20
NAMED = {"ANSIBLE_CALLBACKS_ENABLED": "dbops.mysql_replication.change_log"}


def play(folder, tasks, variables=None, environment=None, hosts=("localhost",), arguments=(), playbook="play.yml"):
    """A play with these tasks, or another playbook: its exit status and its output."""
    inventory = {"all": {"hosts": {host: {"ansible_connection": "local"} for host in hosts}, "vars": variables or {}}}
    (folder / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    (folder / "play.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "inventory.json", playbook, *arguments],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "SUDO_USER"},
            **{"ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache" / "collections"), "ANSIBLE_NOCOLOR": "1", "HOME": str(folder)},
            **{"ANSIBLE_PYTHON_INTERPRETER": sys.executable, **(NAMED if environment is None else environment)},
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def recorded(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_it_is_off_until_it_is_enabled(tmp_path):
    play(tmp_path, [FAILING], {"mysql_replication_change_log": "log"}, environment={})
    assert not (tmp_path / "log").exists()


def test_a_failure_is_recorded_where_each_host_has_its_log(tmp_path):
    variables = {"mysql_replication_change_log": "logs/{{ inventory_hostname }}.jsonl"}
    environment = {**NAMED, "AWX_JOB_ID": "7", "SUDO_USER": "deploy"}
    status, output = play(
        tmp_path, [FAILING], variables, environment, ("db1", "db2"), ["--check", "-e", "awx_user_name=ann awx_job_template_name=T"]
    )
    assert status == 2, output
    for host in ("db1", "db2"):
        (record,) = recorded(tmp_path / "logs" / f"{host}.jsonl")
        assert (record["host"], record["result"], record["task"], record["playbook"]) == (
            host,
            "failed",
            "The settings",
            "play.yml",
        )
        assert record["job"] == {"id": "7", "template": "T", "user": "ann"}
        assert record["sudo_user"] == "deploy"
        assert "cannot log in to 127.0.0.1:1 as x" in record["message"]
        assert "cannot log in to 127.0.0.1:1 as x" in output


def test_what_one_host_tells_of_another_goes_to_that_one_s_log(tmp_path):
    """An audit, and what decides about healing, run once for all hosts."""
    found = [{"rule": "account.locked", "host": host, "caused_by": "", "key": f"{host}"} for host in ("db1", "db2", "elsewhere")]
    options = {"findings": found, "allow": {}, "state_file": "heal.json"}
    decide = {"dbops.mysql_replication.replication_heal": options, "run_once": True}
    variables = {"mysql_replication_change_log": "logs/{{ inventory_hostname }}.jsonl"}
    status, output = play(tmp_path, [decide, {"ansible.builtin.meta": "noop"}], variables, hosts=("db1", "db2"))
    assert status == 0, output
    logs = {path.stem: [record["host"] for record in recorded(path)] for path in (tmp_path / "logs").iterdir()}
    assert logs == {"db1": ["db1", "elsewhere"], "db2": ["db2"]}


def test_tasks_of_others_are_no_matter_of_this_log(tmp_path):
    status, output = play(tmp_path, [TOUCHED], {"mysql_replication_change_log": "/dev/null/log"})
    assert status == 0, output
    assert (tmp_path / "touched").exists()


def test_without_a_log_nothing_is_touched_and_the_way_out_is_named(tmp_path):
    (tmp_path / "file").touch()
    tasks = [{**FAILING, "ignore_errors": True}, TOUCHED]
    status, output = play(tmp_path, tasks, {"mysql_replication_change_log": "file/log"})
    assert status == 1
    assert "[ERROR]: the change log" in output
    assert "file: Not a directory\nWay out: mend that" in output
    assert "cannot log in" not in output
    assert not (tmp_path / "touched").exists()


def test_a_path_that_nobody_can_tell_is_refused(tmp_path):
    status, output = play(tmp_path, [FAILING], {"mysql_replication_change_log": "{{ nowhere }}"})
    assert status == 1
    assert "mysql_replication_change_log of localhost cannot be told" in output
    assert "'nowhere' is undefined" in output


def test_a_playbook_that_changes_something_ends_before_its_first_task(tmp_path):
    (tmp_path / "file").touch()
    for name, is_tried in (("site", True), ("audit", False)):
        _status, output = play(
            tmp_path, [], {"mysql_replication_change_log": "file/log"}, playbook=f"dbops.mysql_replication.{name}"
        )
        assert ("file: Not a directory" in output, "TASK [" in output) == (is_tried, not is_tried), output


def test_a_log_that_is_not_required_is_only_warned_of(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "ansible.cfg").write_text(
        "[defaults]\ncallbacks_enabled = dbops.mysql_replication.change_log\n[change_log]\npath = file/log\nrequired = false\n"
    )
    status, output = play(tmp_path, [{**FAILING, "ignore_errors": True}, TOUCHED], environment={})
    assert status == 0, output
    assert output.count("[WARNING]: the change log") == 1
    assert (tmp_path / "touched").exists()


@pytest.fixture
def full(tmp_path):
    """Variables that name a log to which this process's children can write no whole line any more; before, it looks sound."""
    log, limit = tmp_path / "log", resource.getrlimit(resource.RLIMIT_FSIZE)
    log.write_bytes(b"\n" * (_MOST_BYTES - 10))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MOST_BYTES, limit[1]))
    yield {"mysql_replication_change_log": "log"}
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert log.stat().st_size == _MOST_BYTES - 10, "a part of a line is left"


def test_when_it_is_full_later_the_run_ends_before_the_next_task_and_shows_what_is_missing(tmp_path, full):
    status, output = play(tmp_path, [{**FAILING, "ignore_errors": True}, TOUCHED], full)
    assert status == 1
    assert f"the change log {tmp_path}/log cannot be written: File too large" in output
    assert '"result": "failed"' in output
    assert not (tmp_path / "touched").exists()


def test_the_last_task_counts_too(tmp_path, full):
    status, output = play(tmp_path, [{**FAILING, "ignore_errors": True}], full)
    assert status == 1
    assert "File too large" in output


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("required = ture", "required = ture in [change_log] is neither yes nor no"),
        ("path = log\nrequird = false", "requird in [change_log] is no option of the change log"),
        ("path =", "path in [change_log] is empty"),
        ("path = ; of the machine", "path in [change_log] is empty"),
        ("also = journald, or syslog", "or syslog is none of syslog, journald"),
    ],
)
def test_an_option_that_cannot_be_meant_ends_the_run_before_it_changes_anything(tmp_path, option, words):
    config = f"[defaults]\ncallbacks_enabled = dbops.mysql_replication.change_log\n[change_log]\n{option}\n"
    (tmp_path / "ansible.cfg").write_text(config)
    status, output = play(tmp_path, [{**FAILING, "ignore_errors": True}, TOUCHED], environment={})
    assert status == 1
    assert words in output
    assert not (tmp_path / "touched").exists()


def test_the_history_of_the_log_that_the_configuration_names_is_shown(tmp_path):
    (tmp_path / "ansible.cfg").write_text("[change_log]\npath = ./mine.jsonl\n")
    status, output = play(tmp_path, [{**FAILING, "ignore_errors": True}])
    assert status == 0, output
    shown = {"dbops.mysql_replication.change_history": {"since": "1h", "user": "*"}}
    status, output = play(tmp_path, [shown], environment={})
    assert status == 0, output
    assert re.search(f"1 record since .{{19}} in {tmp_path}/mine.jsonl; times are UTC", output)
    assert "localhost  FAILED  by " in output


def changes(folder, variables):
    """The playbook that shows the log: its output."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "dbops.mysql_replication.changes", "-e", json.dumps(variables)],
        cwd=folder,
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(PROJECT / ".cache" / "collections"), "HOME": str(folder), **NAMED},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def test_where_nothing_is_found_the_playbook_tells_what_there_is(tmp_path):
    play(tmp_path, [{**FAILING, "ignore_errors": True}], {"mysql_replication_change_log": str(tmp_path / "log")})
    output = changes(
        tmp_path, {"mysql_replication_change_log": str(tmp_path / "log"), "mysql_replication_changes_host": "locahost"}
    )
    assert f"0 records in {tmp_path}/log; times are UTC\nof all 1 record there, from 20" in output
    assert "no record has the host locahost; did you mean localhost?" in output


def test_to_read_the_history_leaves_no_record_even_where_that_fails(tmp_path):
    log = tmp_path / "log"
    play(tmp_path, [{**FAILING, "ignore_errors": True}], {"mysql_replication_change_log": str(log)})
    before = log.read_bytes()
    for wrong, words in (
        ({"mysql_replication_changes_hots": "x"}, "did you mean"),
        ({"mysql_replication_changes_since": "soon"}, "no time"),
    ):
        assert words in changes(tmp_path, {"mysql_replication_change_log": str(log), **wrong})
    assert log.read_bytes() == before


def test_what_cannot_be_meant_is_refused(tmp_path):
    for options, words in (
        ({"since": "soon"}, "'soon' is no time"),
        ({"limit": -1}, "limit is -1"),
        ({"paths": "no"}, "no change log"),
        ({"paths": "."}, "is a folder, and no change log"),
        (
            {"since": "2026-11-28", "until": "2026-11-27"},
            "since is 2026-11-28 (2026-11-28T00:00:00.000Z), which is later than until",
        ),
    ):
        status, output = play(tmp_path, [{"dbops.mysql_replication.change_history": options}], environment={})
        assert status == 2
        assert words in output
        assert "Way out: " in output


def test_what_an_audit_finds_wrong_is_no_failure_of_a_change(tmp_path):
    judge = {"ansible.builtin.import_role": {"name": "dbops.mysql_replication.audit", "tasks_from": "judge"}}
    variables = {
        "mysql_replication_change_log": "log",
        "mysql_replication_audit_snapshots": {"db1": {}},
        "mysql_replication_all_hosts": [],
    }
    status, output = play(tmp_path, [judge], variables)
    assert status == 2, output
    assert "Nothing as bad as mysql_replication_audit_fail_on" in output
    assert not (tmp_path / "log").exists() or recorded(tmp_path / "log") == []
