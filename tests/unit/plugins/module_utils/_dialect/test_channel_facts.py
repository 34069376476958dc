# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit reads of channels; the status rows were recorded on running pairs (tests/unit/recorded)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.facts import facts_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    COMMAND_LINE,
    COMPILED,
    FILE,
    RUN_TIME,
    UNKNOWN,
    Origin,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

RECORDED = Path(__file__).parents[3] / "recorded"
MYSQL = parse_version("9.7.4")
MARIADB = parse_version("10.11.18-MariaDB")


def recorded(name, version, **status):
    rows = json.loads((RECORDED / f"channels-{name}.json").read_text(encoding="utf-8"))
    rows["status"] = [{**row, **status} for row in rows["status"]]
    (channel,) = dialect_for(version).channels.parse(rows, {})
    return channel, rows


def test_mysql_channels_come_from_status_and_performance_schema():
    channel, rows = recorded("mysql-9.7.4", MYSQL, Replicate_Do_DB="a", Replicate_Ignore_Server_Ids="7", Skip_Counter="2")
    name = channel.name
    rows.update(
        appliers=[{"CHANNEL_NAME": name, "PRIVILEGE_CHECKS_USER": "'a'@'b'", "REQUIRE_TABLE_PRIMARY_KEY_CHECK": "STREAM"}],
        receivers=[{"CHANNEL_NAME": name, "RECEIVED_TRANSACTION_SET": "x:1-2,\ny:3", "silent_for": "4.5"}],
        workers=[{"CHANNEL_NAME": name, "applying_for": None}],
        retries=[{"CHANNEL_NAME": name, "COUNT_TRANSACTIONS_RETRIES": "3"}],
    )
    found = facts_for(MYSQL).channels.facts(channel, rows)
    assert (found.filters, found.ignore_server_ids, found.skip_counter) == (("Replicate_Do_DB=a",), "7", 2)
    assert (found.received, found.silent_for, found.applying_for, found.retries) == ("x:1-2,y:3", 4.5, None, 3)
    assert (found.privilege_checks_user, found.requires_primary_key) == ("'a'@'b'", "STREAM")
    assert (found.position_by, found.healthy, found.retry_count) == ("auto", True, 86400)


@pytest.mark.parametrize(("using", "position"), [("Slave_Pos", "auto"), ("Current_Pos", "current_pos"), ("No", "file")])
def test_mariadb_channels_come_from_status_alone(using, position):
    channel, rows = recorded("mariadb-10.11.18", MARIADB, Using_Gtid=using, Retried_transactions="9")
    found = facts_for(MARIADB).channels.facts(channel, rows)
    assert (found.position_by, found.retries, found.retry_count, found.received) == (position, 9, None, "")


@pytest.mark.parametrize(
    ("source", "by", "origin"),
    [
        ("COMPILED", None, Origin(COMPILED)),
        ("EXPLICIT", None, Origin(FILE, "/etc/my.cnf")),
        ("COMMAND_LINE", None, Origin(COMMAND_LINE)),
        ("DYNAMIC", "root", Origin(RUN_TIME, "", "root@localhost", "2026-11-25T10:00:00Z")),
    ],
)
def test_mysql_tells_who_set_a_variable(source, by, origin):
    row = {
        "VARIABLE_NAME": "sync_binlog",
        "VARIABLE_VALUE": "1",
        "VARIABLE_SOURCE": source,
        "VARIABLE_PATH": origin.path,
        "SET_TIME": "2026-11-25T10:00:00Z",
        "SET_USER": by,
        "SET_HOST": "localhost" if by else None,
    }
    assert facts_for(MYSQL).server.variable(row).origin == origin
    # Our own session has set this one, and the server tells of that.
    assert facts_for(MYSQL).server.variable({**row, "VARIABLE_NAME": "sql_mode"}).origin == Origin(UNKNOWN)


def test_mariadb_tells_where_a_value_comes_from():
    row = {"name": "sync_binlog", "value": "0", "origin": "SQL", "path": None}
    assert facts_for(MARIADB).server.variable(row).origin == Origin(RUN_TIME)
    assert facts_for(MARIADB).server.variable({**row, "origin": "CONFIG", "path": "/a"}).origin == Origin(FILE, "/a")
    assert facts_for(MARIADB).server.variable({**row, "origin": "AUTO"}).origin == Origin(COMPILED)


@pytest.mark.parametrize(
    ("version", "replicas", "position"),
    [
        ("8.0.20", "SHOW SLAVE HOSTS", "SHOW MASTER STATUS"),
        ("8.0.36", "SHOW REPLICAS", "SHOW MASTER STATUS"),
        ("8.4.0", "SHOW REPLICAS", "SHOW BINARY LOG STATUS"),
        ("26.10.0", "SHOW REPLICAS", "SHOW BINARY LOG STATUS"),
        ("11.8.9-MariaDB", "SHOW REPLICA HOSTS", "SHOW MASTER STATUS"),
    ],
)
def test_statements_follow_the_version(version, replicas, position):
    server = facts_for(parse_version(version)).server
    assert (server.replicas_query, server.position_query) == (replicas, position)


def test_replicas_are_read_under_any_column_name():
    mysql = facts_for(MYSQL).server.replica({"Server_Id": "5", "Host": "a", "Port": "3306", "Replica_UUID": "u"})
    mariadb = facts_for(MARIADB).server.replica({"Server_id": "5", "Host": "", "Port": "3306"})
    assert (mysql.server_id, mysql.uuid, mariadb.server_id, mariadb.host) == (5, "u", 5, "")
