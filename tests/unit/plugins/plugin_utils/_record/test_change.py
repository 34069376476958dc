# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task's result says was changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import (
    RESULTS,
    Outcome,
    Run,
    job_of,
    line,
    may_change,
    records,
)

PROJECT = Path(__file__).resolve().parents[5]
RUN = Run("2f2c", "root", "deploy", None, "dbops.mysql_replication.site")
FIRST = {
    "why": "a crash could lose transactions",
    "target": "system variable sync_binlog",
    "before": "0",
    "after": "1",
    "statement": "SET GLOBAL sync_binlog = 1",
    "summary": "not recorded",
}
SECOND = {
    **FIRST,
    "target": "system variable read_only",
    "before": "OFF",
    "after": "ON",
    "statement": "SET GLOBAL read_only = 'ON'",
}
DONE = Outcome(
    time="2026-11-26T06:31:05.123Z",
    host="db1",
    task="The settings",
    module="dbops.mysql_replication.server_config",
    check_mode=False,
    options={},
    values={"changed": True, "steps": [FIRST, SECOND]},
    state="ok",
)
RESTART = replace(
    DONE,
    module="ansible.builtin.service",
    task="Restart",
    options={"name": "mysql.service", "state": "restarted"},
    values={"changed": True},
)


def test_each_step_is_a_record_in_its_order():
    first, second = records(RUN, DONE)
    assert first == {
        "format": 1,
        "time": "2026-11-26T06:31:05.123Z",
        "run": "2f2c",
        "user": "root",
        "sudo_user": "deploy",
        "job": None,
        "playbook": "dbops.mysql_replication.site",
        "task": "The settings",
        "host": "db1",
        "module": "dbops.mysql_replication.server_config",
        "object": "system variable sync_binlog",
        "before": "0",
        "after": "1",
        "why": "a crash could lose transactions",
        "statement": "SET GLOBAL sync_binlog = 1",
        "result": "changed",
        "message": None,
        "by": None,
        "at": None,
    }
    assert second["object"] == "system variable read_only"


def test_check_mode_would_change_the_same():
    for done, predicted in zip(records(RUN, DONE), records(RUN, replace(DONE, check_mode=True)), strict=True):
        assert predicted == {**done, "result": "would change"}


@pytest.mark.parametrize("values", [{"changed": False, "steps": []}, {"changed": False}, {}, {"changed": False, "results": []}])
def test_what_changed_nothing_leaves_no_record(values):
    assert records(RUN, replace(DONE, values=values)) == []
    assert records(RUN, replace(RESTART, values=values)) == []


def test_a_failure_comes_after_the_steps_that_were_done_with_the_step_that_failed():
    values = {"changed": True, "steps": [FIRST], "failed_step": SECOND, "msg": "error 1290"}
    done, failed = records(RUN, replace(DONE, values=values, state="failed"))
    assert (done["object"], done["result"], done["message"]) == ("system variable sync_binlog", "changed", None)
    assert (failed["object"], failed["after"], failed["result"]) == ("system variable read_only", "ON", "failed")
    assert failed["message"] == "error 1290"


def test_a_failure_that_no_step_had_is_about_no_object():
    (failed,) = records(RUN, replace(DONE, values={"steps": [], "msg": "cannot log in"}, state="failed"))
    assert {failed[name] for name in ("object", "before", "after", "why", "statement")} == {None}


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_heal_might_have_mended_and_did_not_is_a_record(check_mode):
    left = [
        {"rule": "account.locked", "host": "db2", "reason": "mysql_replication_heal does not allow it", "safe": True},
        {"rule": "gtid.errant", "host": "db2", "reason": "it is not marked safe to mend without a person", "safe": False},
    ]
    module = "dbops.mysql_replication.replication_heal"
    found = records(RUN, replace(DONE, module=module, values={"changed": False, "left": left}, check_mode=check_mode))
    told = [(one["host"], one["object"], one["result"], one["message"]) for one in found]
    assert told == ([] if check_mode else [("db2", "finding account.locked", "left", "mysql_replication_heal does not allow it")])


def test_an_unreachable_host_is_a_record():
    (record,) = records(RUN, replace(DONE, values={"unreachable": True, "msg": "no route"}, state="unreachable"))
    assert (record["result"], record["message"], record["object"]) == ("unreachable", "no route", None)


@pytest.mark.parametrize("module", ["replication_info", "replication_audit", "change_history"])
def test_that_a_reader_fails_is_no_matter_of_this_log(module):
    outcome = replace(DONE, module=f"dbops.mysql_replication.{module}", values={"msg": "findings"}, state="failed")
    assert records(RUN, outcome) == []
    assert not may_change(outcome.module)


def test_all_items_of_a_loop_count():
    items = [{"changed": True, "steps": [FIRST]}, {"changed": False, "steps": []}, {"changed": True, "steps": [SECOND]}]
    found = records(RUN, replace(DONE, values={"changed": True, "results": items}))
    assert [one["object"] for one in found] == ["system variable sync_binlog", "system variable read_only"]


@pytest.mark.parametrize(
    ("module", "options", "target", "after"),
    [
        ("ansible.builtin.service", {"name": "mysql.service", "state": "restarted"}, "service mysql.service", "restarted"),
        ("ansible.builtin.package", {"name": ["python3-pymysql", "gpg"]}, "package python3-pymysql, gpg", None),
        ("ansible.builtin.user", {"name": "heartbeat", "password": "PASSWORD"}, "system user heartbeat", None),
        ("ansible.builtin.copy", {"src": "a", "dest": "/etc/b", "content": "PASSWORD"}, "file /etc/b", None),
        ("ansible.builtin.file", {"path": "/etc/b", "state": "absent"}, "file /etc/b", "absent"),
        ("ansible.builtin.command", {"argv": ["x", "PASSWORD"]}, None, None),
    ],
)
def test_of_other_modules_only_the_object_is_told(module, options, target, after):
    (record,) = records(RUN, replace(RESTART, module=module, options=options))
    assert (record["object"], record["after"], record["before"]) == (target, after, None)
    assert "PASSWORD" not in line(record)


@pytest.mark.parametrize("module", ["wait_for", "set_fact", "assert"])
def test_that_a_task_which_touches_nothing_calls_itself_changed_is_no_change(module):
    told = replace(RESTART, module=f"ansible.builtin.{module}", options={"msg": "it would be installed"}, check_mode=True)
    assert records(RUN, told) == []
    (failed,) = records(RUN, replace(told, values={"msg": "bad input"}, state="failed"))
    assert failed["message"] == "bad input"


@pytest.mark.parametrize(
    ("values", "before", "after"),
    [
        ({"checksum": "0a1b"}, None, "SHA-1 0a1b"),
        ({"checksum": "0a1b", "diff": []}, None, "SHA-1 0a1b"),
        ({"checksum": "0a1b", "diff": {"before": "a\n", "after": "b\n"}}, "a\n", "b\n"),
        ({"diff": [{"before": {"mode": "0600"}, "after": {"mode": "0644"}}, {"before": "", "after": "b\n"}]}, "", "b\n"),
        ({"diff": {"src_binary": 1, "dst_binary": 1}}, None, None),
        ({"checksum": "0a1b", "diff": {"before": "", "after": ""}}, None, "SHA-1 0a1b"),
    ],
)
def test_of_a_file_its_texts_are_told_where_diff_tells_them(values, before, after):
    outcome = replace(RESTART, module="ansible.builtin.template", options={"dest": "/etc/b"}, values={"changed": True, **values})
    (record,) = records(RUN, outcome)
    assert (record["object"], record["before"], record["after"]) == ("file /etc/b", before, after)


def test_what_a_role_foretells_in_check_mode_is_a_record():
    told = replace(RESTART, module="ansible.builtin.debug", values={"changed": True, "msg": "package exporter"}, check_mode=True)
    (record,) = records(RUN, told)
    assert (record["object"], record["result"], record["why"]) == ("package exporter", "would change", RESTART.task)
    assert records(RUN, replace(told, values={"changed": False, "msg": "hello"})) == []
    assert records(RUN, replace(told, check_mode=False)) == []


def test_what_no_log_hides_is_said_to_be_hidden():
    hidden = {"changed": True, "censored": "the output has been hidden"}
    (record,) = records(RUN, replace(RESTART, module="ansible.builtin.command", options={"argv": ["PASSWORD"]}, values=hidden))
    assert (record["object"], record["why"]) == (None, "the task has no_log, so nothing is known of the change")
    assert "PASSWORD" not in line(record)


def test_no_log_hides_what_a_file_holds_and_not_which_it_is():
    options = {"dest": "/etc/b", "content": "PASSWORD"}
    hidden = {"changed": True, "censored": "the output has been hidden"}
    (record,) = records(RUN, replace(RESTART, module="ansible.builtin.copy", task="The login", options=options, values=hidden))
    assert (record["object"], record["why"]) == ("file /etc/b", "The login")
    assert "PASSWORD" not in line(record)


@pytest.mark.parametrize(
    ("environment", "extra_vars", "job"),
    [
        ({}, {}, None),
        ({"AWX_JOB_ID": "7"}, {}, {"id": "7", "template": None, "user": None}),
        ({}, {"awx_job_id": 7, "awx_user_name": "ann"}, {"id": "7", "template": None, "user": "ann"}),
        (
            {"TOWER_JOB_ID": "8"},
            {"tower_job_template_name": "Replication", "tower_user_name": "bob"},
            {"id": "8", "template": "Replication", "user": "bob"},
        ),
        # Anybody may set a variable of this name; without a job it is none of AWX's.
        ({}, {"awx_user_name": "ann"}, None),
    ],
)
def test_awx_names_its_job(environment, extra_vars, job):
    assert job_of(environment, extra_vars) == job


def test_records_are_what_the_schema_says():
    schema = json.loads((PROJECT / "docs" / "change_log.schema.json").read_text(encoding="utf-8"))
    assert set(schema["required"]) == set(schema["properties"])
    assert tuple(schema["properties"]["result"]["enum"]) == RESULTS
    for record in records(replace(RUN, job=job_of({"AWX_JOB_ID": "7"}, {})), DONE) + records(RUN, RESTART):
        assert list(record) == list(schema["properties"])
        job = record["job"]
        assert job is None or set(job) == set(schema["properties"]["job"]["required"])


def test_a_record_is_one_line_whatever_it_holds():
    record = {"why": "a\nb\u2028c\x85d\udcff"}
    assert line(record).count("\n") == 1
    assert json.loads(line(record)) == record


def test_what_an_audit_found_changed_by_others_is_recorded_on_its_host():
    change = {"host": "db2", "object": "system variable sync_binlog", "before": "1", "after": "0", "by": "root@localhost", "at": ""}
    audit = replace(DONE, module="dbops.mysql_replication.replication_audit", values={"outside": [change]})
    (record,) = records(RUN, audit)
    assert (record["host"], record["object"], record["before"], record["after"]) == ("db2", change["object"], "1", "0")
    assert (record["result"], record["by"], record["at"]) == ("outside", "root@localhost", None)
    assert records(RUN, replace(audit, state="failed")) == [record]
    assert records(RUN, replace(audit, check_mode=True)) == []
