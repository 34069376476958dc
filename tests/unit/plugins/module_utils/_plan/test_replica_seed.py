# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a replica gets a copy of its source's data, and what is never overwritten for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    ON,
    Channel,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import NeedsCopy, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CopyState, DesiredCopy, Folder, SourceData
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica import copied, plan_started
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica_seed import CopySource, Doing, plan_copy

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"
MYSQL = parse_version("9.7.4")
MARIADB = parse_version("10.11.18-MariaDB")
WANTED = DesiredCopy("auto", "db1", 3306, "dbops_seed", Secret("pw"), "auto", "", "", overwrite=False)
LOCKED = {"super_read_only": "ON", "event_scheduler": "ON", "lower_case_table_names": "0"}

NOTED = {"event_scheduler": "ON", "super_read_only": "ON"}


class Done:
    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text

    def perform(self, session):
        raise AssertionError("a plan does nothing")


DOING = Doing(Done("COPY"), Done("SETTLE"))


def gtids(version, history):
    if version is MARIADB:
        return GtidState({"gtid_slave_pos": history, "gtid_binlog_state": history, "log_slave_updates": "1"})
    return GtidState({"gtid_mode": "ON", "gtid_executed": history, "gtid_purged": ""})


def state(version=MYSQL, history="", schemas=(), before=None, free=10**12, channels=(), **fields):
    identity = Identity(version, 2, "" if version is MARIADB else B, "db2", 3306)
    replica = ReplicaState(identity, gtids(version, history), channels, bool(schemas), offers_tls=True)
    return CopyState(
        replace(replica, **fields), tuple(schemas), LOCKED, before or {}, Folder("/var/lib/mysql", free), AccountName("ops", "%")
    )


def source(version=MYSQL, history=f"{A}:1-9", size=1000, variables=None, has_login=True, **fields):
    identity = Identity(version, 1, "" if version is MARIADB else A, "db1", 3306)
    view = SourceView(identity, gtids(version, history), "dbops_seed@db2", may_replicate=False, encrypted=True, logs=True)
    return CopySource(replace(view, **fields), SourceData(size, variables or LOCKED, has_login))


def statements(found, seen, wanted=WANTED):
    steps, obstacles = plan_copy(dialect_for(found.replica.identity.version), found, seen, wanted, DOING)
    assert not obstacles
    return [str(step.action) for step in steps]


def test_an_empty_replica_gets_a_copy_between_marks():
    assert statements(state(), source()) == [
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "SET GLOBAL super_read_only = OFF",
        "CREATE DATABASE IF NOT EXISTS `dbops_seed`",
        "CREATE TABLE IF NOT EXISTS `dbops_seed`.`before` (name VARCHAR(64) PRIMARY KEY, value VARCHAR(255)) ENGINE = InnoDB",
        "INSERT INTO `dbops_seed`.`before` VALUES ('event_scheduler', 'ON'), ('super_read_only', 'ON')",
        "SET GLOBAL event_scheduler = OFF",
        "COPY",
        "SETTLE",
        "SET GLOBAL event_scheduler = ON",
        "DROP DATABASE `dbops_seed`",
        "SET GLOBAL super_read_only = ON",
    ]


def test_mariadb_needs_no_lock_taken_off():
    found = statements(state(MARIADB), source(MARIADB, "0-1-9"))
    assert not [text for text in found if "read_only" in text]
    assert found.index("COPY") == found.index("SETTLE") - 1


def test_a_broken_copy_is_dropped_and_what_it_changed_comes_back():
    broken = state(history=f"{A}:1-7", schemas=("shop",), before=NOTED, half_copied=True)
    found = statements(replace(broken, variables={**LOCKED, "event_scheduler": "OFF", "super_read_only": "OFF"}), source())
    assert "DROP DATABASE `shop`" in found
    assert found.index("RESET BINARY LOGS AND GTIDS") < found.index("COPY")
    assert "SET GLOBAL event_scheduler = OFF" not in found
    assert found.index("SETTLE") < found.index("SET GLOBAL event_scheduler = ON")
    assert found[-1] == "SET GLOBAL super_read_only = ON"


def test_a_channel_rests_and_forgets_its_relay_logs():
    configured = {"source_host": "db1", "source_port": 3306, "auto_position": True}
    running = Channel("", configured, Thread(ON), Thread(ON), None, 0)
    purged = GtidState({"gtid_mode": "ON", "gtid_executed": f"{A}:1-9", "gtid_purged": f"{A}:1-3"})
    found = statements(state(channels=(running,)), source(gtid=purged))
    assert found.index("STOP REPLICA FOR CHANNEL ''") < found.index("RESET REPLICA FOR CHANNEL ''") < found.index("COPY")


@pytest.mark.parametrize("version", [MYSQL, MARIADB])
def test_who_can_follow_gets_none(version):
    history = "0-1-7" if version is MARIADB else f"{A}:1-7"
    assert statements(state(version, history, ("shop",)), source(version, "0-1-9" if version is MARIADB else f"{A}:1-9")) == []


@pytest.mark.parametrize(
    ("found", "seen", "said"),
    [
        (state(schemas=("shop",)), source(), r"holds data of its own \(shop\)"),
        (state(history=f"{B}:1"), source(), f"has transactions that db1:3306 lacks \\({B}:1\\)"),
        (state(), source(parse_version("8.4.3")), "MySQL 8.4.3, db2 is MySQL 9.7.4"),
        (state(), source(MARIADB, "0-1-9"), "MariaDB 10.11.18, db2 is MySQL"),
        (state(), source(variables={"lower_case_table_names": "1"}), "lower_case_table_names is 1 on db1:3306 and 0 on db2"),
        (state(), source(has_login=False), "ops@%, as which this run is logged in to db2, is not one of them"),
        (state(free=1 << 20), source(size=1 << 20), "1 MiB free in /var/lib/mysql"),
    ],
)
def test_what_forbids_a_copy(found, seen, said):
    with pytest.raises(Refusal, match=said):
        statements(found, seen)


def test_tls_is_required():
    with pytest.raises(Refusal, match="offers no TLS"):
        statements(state(), source(encrypted=False), replace(WANTED, tls="required"))


def test_an_option_names_what_may_be_dropped():
    found = statements(state(history=f"{B}:1", schemas=("shop",)), source(), replace(WANTED, overwrite=True))
    assert [text for text in found if "`shop`" in text or text.startswith("RESET")] == [
        "DROP DATABASE `shop`",
        "RESET BINARY LOGS AND GTIDS",
    ]


def test_without_a_login_a_copy_is_foreseen():
    steps, obstacles = plan_copy(dialect_for(MYSQL), state(), TrialFailure(1045, "Access denied"), WANTED, DOING)
    assert "COPY" in [str(step.action) for step in steps]
    assert len(obstacles) == 1


@pytest.mark.parametrize(("version", "history"), [(MYSQL, f"{A}:1-9"), (MARIADB, "0-1-7,0-3-9,2-1-4")])
def test_the_channel_follows_a_copy_that_was_foreseen(version, history):
    dialect, view = dialect_for(version), replace(source(version, history).view, may_replicate=True)
    options = {
        "source_host": "db1",
        "source_port": 3306,
        "source_user": "repl",
        "source_password": Secret("x"),
        "auto_position": True,
    }
    wanted = DesiredChannel("", options, "auto", None, source_history_complete=False, reconnect=False)
    empty = state(version).replica
    with pytest.raises(NeedsCopy):
        plan_started(dialect, empty, view, wanted)
    steps, obstacles = plan_started(dialect, copied(dialect, empty, view), view, wanted)
    assert steps
    assert not obstacles


@pytest.mark.parametrize(
    ("fields", "holds"),
    [({"half_copied": True, "has_tables": True}, False), ({"has_tables": True}, True), ({}, False)],
)
def test_a_channel_without_data_says_what_a_copy_would_cost(fields, holds):
    options = {
        "source_host": "db1",
        "source_port": 3306,
        "source_user": "repl",
        "source_password": Secret("x"),
        "auto_position": True,
    }
    wanted = DesiredChannel("", options, "auto", None, source_history_complete=False, reconnect=False)
    view = replace(source().view, may_replicate=True, client="repl@10.0.0.2")
    with pytest.raises(NeedsCopy) as refused:
        plan_started(dialect_for(MYSQL), replace(state().replica, **fields), view, wanted)
    assert (refused.value.holds_data, refused.value.client) == (holds, "10.0.0.2")


def test_a_dump_that_rounds_is_made_only_where_that_is_asked_for():
    rounding = source()._replace(data=SourceData(1000, LOCKED, rounded=("shop.t.f",)))
    with pytest.raises(Refusal, match=r"FLOAT \(shop\.t\.f …\)"):
        plan_copy(dialect_for(MYSQL), state(), rounding, WANTED, DOING)
    assert "COPY" in statements(state(), rounding, replace(WANTED, method="dump"))


def test_a_rebuild_copies_what_could_go_on():
    follows = state(history=f"{A}:1-9", schemas=("shop",))
    assert statements(follows, source()) == []
    found = statements(follows, source(), replace(WANTED, anew=True))
    assert found.index("DROP DATABASE `shop`") < found.index("RESET BINARY LOGS AND GTIDS") < found.index("COPY")
    assert found.index("CREATE DATABASE IF NOT EXISTS `dbops_seed`") < found.index("DROP DATABASE `shop`")
    errant = state(history=f"{A}:1-9,{B}:1", schemas=("shop",))
    assert "COPY" in statements(errant, source(), replace(WANTED, anew=True))


def test_a_rebuild_takes_nothing_from_others():
    anew = replace(WANTED, anew=True)
    follows = state(history=f"{A}:1-9", schemas=("shop",))
    with pytest.raises(Refusal, match="db3 replicate from db2"):
        statements(replace(follows, followers=("db3",)), source(), anew)
    other = Channel("sales", {"source_host": "db9", "source_port": 3306, "auto_position": True}, Thread(ON), Thread(ON), None, 0)
    with pytest.raises(Refusal, match="channel 'sales'"):
        statements(state(history=f"{A}:1-9", schemas=("shop",), channels=(other,)), source(), anew)
    # A broken copy has nothing left that they could follow.
    half = replace(follows, followers=("db3",), replica=replace(follows.replica, half_copied=True))
    assert "COPY" in statements(half, source(), anew)


def test_room_that_a_rebuild_makes_counts():
    anew = replace(WANTED, anew=True)
    tight = state(history=f"{A}:1-9", schemas=("shop",), free=1 << 20)
    big = source(size=5 << 20)
    with pytest.raises(Refusal, match="1 MiB free"):
        statements(tight, big, anew)
    assert "COPY" in statements(replace(tight, held=5 << 20), big, anew)
