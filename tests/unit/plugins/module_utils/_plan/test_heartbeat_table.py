# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heartbeat table is made where it is missing, and another table of its name is never touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.heartbeat import Column, HeartbeatState, TableName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import heartbeat_table

NAME = TableName("heart`beat", "beats")
SOUND = {"ts": Column("varchar(26)", False), "server_id": Column("int unsigned", True), "file": Column("varchar(255)", False)}
NOTHING = HeartbeatState("db1", {}, False, None)


@pytest.mark.parametrize(
    ("state", "starts"),
    [
        (NOTHING, ["CREATE DATABASE IF NOT EXISTS `heart``beat`", "CREATE TABLE IF NOT EXISTS `heart``beat`.`beats` ("]),
        (replace(NOTHING, has_database=True), ["CREATE TABLE IF NOT EXISTS `heart``beat`.`beats` ("]),
        (HeartbeatState("db1", {}, True, SOUND), []),
    ],
)
def test_only_what_is_missing_is_made(state, starts):
    statements = [str(step.action) for step in heartbeat_table.plan(NAME, state)]
    assert [text[: len(start)] for text, start in zip(statements, starts)] == starts
    assert len(statements) == len(starts)


@pytest.mark.parametrize("kind", ["int unsigned", "int(10) unsigned", "bigint(20)", "bigint unsigned"])
def test_the_table_of_another_writer_is_as_good(kind):
    columns = {"ts": Column("varchar(32)", False), "server_id": Column(kind, True)}
    assert heartbeat_table.plan(NAME, HeartbeatState("db1", {}, True, columns)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ts": Column("timestamp(6)", False)}, r"ts is timestamp\(6\), not varchar\(26\)"),
        ({"ts": Column("varchar(20)", False)}, r"ts is varchar\(20\)"),
        ({"server_id": Column("int", True)}, "server_id is int, not int unsigned"),
        ({"server_id": Column("int unsigned", False)}, "server_id is not the primary key"),
    ],
)
def test_another_table_is_refused(changed, said):
    with pytest.raises(Refusal, match=said):
        heartbeat_table.plan(NAME, HeartbeatState("db1", {}, True, {**SOUND, **changed}))


def test_a_table_without_the_columns_is_refused():
    with pytest.raises(Refusal, match=r"ts is missing, not .*; server_id is missing"):
        heartbeat_table.plan(NAME, HeartbeatState("db1", {}, True, {"id": Column("int", True)}))


@pytest.mark.parametrize("name", [TableName("", "b"), TableName("a" * 65, "b"), TableName("a ", "b"), TableName("a", "b\nc")])
def test_what_can_be_no_name_is_refused(name):
    with pytest.raises(Refusal, match="can be no name"):
        heartbeat_table.refuse_name(name)
