# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots that came back from a file: whole ones, and what anybody may have made of them."""

from __future__ import annotations

import json

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import to_plain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_text
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Unreadable


def plain(pair, **changed):
    return {**to_plain(pair.servers["primary"]), **changed}


def test_a_snapshot_comes_back_as_it_was(pair):
    for server in pair.servers.values():
        assert snapshot_from_text(json.dumps(to_plain(server)), "file") == server


def test_a_module_result_is_taken_too(mysql):
    assert snapshot_from_text(json.dumps({"snapshot": plain(mysql), "changed": False}), "file") == mysql.servers["primary"]


def test_a_server_that_could_not_be_read_is_remembered():
    text = json.dumps({"name": "db1", "role": "primary", "unreadable_because": "timed out"})
    assert snapshot_from_text(text, "file") == Unreadable("db1", "primary", "timed out")
    text = json.dumps({"name": "db1", "role": "primary", "unreadable_because": "it failed", "tried": False})
    assert snapshot_from_text(text, "file") == Unreadable("db1", "primary", "it failed", tried=False)


def test_variables_that_could_not_be_read_are_no_damage(mysql):
    blind = plain(mysql, variables={}, unreadable={"variables": "no privilege"})
    assert snapshot_from_text(json.dumps(blind), "file").variables == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: json.dumps(value)[:2000], ("is no JSON", "truncated")),
        (lambda value: "", ("is no JSON",)),
        (lambda value: "[1, 2]", ("is list",)),
        (lambda value: json.dumps({"hits": 7}), ("no format",)),
        (lambda value: json.dumps({**value, "format": 99}), ("format 99", "format 1")),
        (lambda value: json.dumps({**value, "server_id": "one"}), ("server_id is str", "a whole number")),
        (lambda value: json.dumps({**value, "server_id": True}), ("server_id is bool",)),
        (lambda value: json.dumps({**value, "channels": {}}), ("channels is dict", "a list")),
        (lambda value: json.dumps({**value, "hackers": 1}), ("hackers",)),
        (lambda value: json.dumps({**value, "product": "PostgreSQL"}), ("damaged",)),
        (lambda value: json.dumps({**value, "product": "PostgreSQL 16.1"}), ("no product that this collection knows",)),
        (lambda value: json.dumps({**value, "gtid": {"gtid_executed": "zzz"}}), ("damaged", "zzz")),
        (lambda value: json.dumps({name: one for name, one in value.items() if name != "hostname"}), ("lacks hostname",)),
        (lambda value: json.dumps({**value, "variables": {}}), ("damaged", "no variables")),
        (lambda value: json.dumps({**value, "server_id": -1}), ("damaged", "server_id is -1")),
        (lambda value: json.dumps({**value, "role": "witness"}), ("role is 'witness'", "primary, replica")),
        (lambda value: json.dumps({**value, "taken_at": 1e308}), ("taken_at is 1e+308",)),
        (lambda value: json.dumps({**value, "taken_at": float("nan")}), ("taken_at is nan",)),
        (lambda value: json.dumps({**value, "clock": -1.0}), ("clock is -1.0",)),
        (lambda value: json.dumps(value).encode() + b"\xff", ("is no JSON",)),
        (lambda value: json.dumps({**value, "accounts": [{"user": "repl"}]}), ("accounts[0] lacks host",)),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_by_name(mysql, change, words):
    with pytest.raises(Refusal) as refused:
        snapshot_from_text(change(plain(mysql)), "/tmp/db1.json")
    assert "/tmp/db1.json" in str(refused.value)
    assert [word for word in words if word not in str(refused.value)] == []
