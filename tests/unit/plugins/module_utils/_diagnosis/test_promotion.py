# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A primary that was moved by hand is seen, and what only looks like it is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.promotion import doubts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import Standing, is_writable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, MYSQL, ServerVersion

A = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
B = "8a94f357-aab4-11df-86ab-c80aa9429562"
HISTORY = {
    MYSQL: {"shared": {"gtid_executed": f"{A}:1-9"}, "b wrote": {"gtid_executed": f"{A}:1-9,{B}:1-3"}},
    MARIADB: {"shared": {"gtid_binlog_state": "0-1-9"}, "b wrote": {"gtid_binlog_state": "0-1-9,0-2-12"}},
}


def standing(vendor, name, number, **fields):
    identity = Identity(
        ServerVersion(vendor, (11, 8, 0)), number, {1: A, 2: B}.get(number, "") if vendor == MYSQL else "", name, 3306
    )
    return Standing(name, identity, GtidState(HISTORY[vendor]["shared"]), **fields)


@pytest.fixture(params=[MYSQL, MARIADB])
def vendor(request):
    return request.param


@pytest.fixture
def a(vendor):
    return standing(vendor, "a", 1, takes_writes=True, has_tables=True, follows=(), rests=True)


@pytest.fixture
def b(vendor):
    return standing(vendor, "b", 2, takes_writes=False, has_tables=True, follows=("a",), rests=False)


@pytest.fixture
def c(vendor):
    return standing(vendor, "c", 3, takes_writes=False, has_tables=True, follows=("a",), rests=False)


@pytest.fixture
def alone(b):
    """B without a channel, and writable."""
    return replace(b, follows=(), rests=True, takes_writes=True)


def written(vendor, server):
    return replace(server, gtid=GtidState(HISTORY[vendor]["b wrote"]))


def told(primary, *replicas, unread=()):
    return [(doubt.name, doubt.evidence) for doubt in doubts("a", primary, replicas, unread)]


def test_a_sound_topology_is_in_no_doubt(a, b, c):
    assert told(a, b, c) == []


@pytest.mark.parametrize(
    "change",
    [
        {"follows": (), "rests": True},  # its channel was reset
        {"rests": True},  # its threads were stopped
        {"takes_writes": True},  # read_only was taken off
        {"rests": True, "takes_writes": True},  # both, and nothing more: a copy made by hand looks like it
        {"follows": (), "rests": True, "takes_writes": True, "has_tables": False},  # a new server
    ],
)
def test_a_replica_with_a_fault_is_none_that_was_promoted(a, b, c, change):
    assert told(a, replace(b, **change), c) == []


def test_what_it_wrote_as_a_connected_replica_is_another_fault(vendor, a, b):
    assert told(a, written(vendor, replace(b, takes_writes=True))) == []


def test_two_servers_that_were_written_to(vendor, a, alone):
    ((name, evidence),) = told(a, written(vendor, alone))
    assert name == "b" and "replicates from nobody" in evidence and "which a lacks, and both take writes" in evidence


def test_a_server_with_data_of_its_own_never_was_a_replica(vendor, a, alone):
    own = {MYSQL: {"gtid_executed": f"{B}:1-3"}, MARIADB: {"gtid_binlog_state": "0-2-12", "gtid_slave_pos": ""}}[vendor]
    assert told(a, replace(alone, gtid=GtidState(own))) == []


def test_a_replica_that_does_not_log_what_it_applies(a, alone):
    if alone.identity.version.vendor == MARIADB:
        state = GtidState({"gtid_slave_pos": "0-1-9", "gtid_binlog_state": "0-2-12"})
        assert [name for name, _evidence in told(a, replace(alone, gtid=state))] == ["b"]


def test_what_the_old_primary_has_by_now_is_no_sign(vendor, a, alone):
    assert told(written(vendor, a), written(vendor, alone)) == []


def test_a_primary_that_takes_no_writes_beside_a_replica_that_does(a, alone):
    assert told(replace(a, takes_writes=False), alone) == [
        ("b", "b takes writes and replicates from nobody; a takes none"),
    ]


def test_a_new_server_beside_a_primary_that_takes_no_writes(a, alone):
    assert told(replace(a, takes_writes=False), replace(alone, has_tables=False)) == []


def test_one_doubt_is_enough(a, alone):
    assert [name for name, _evidence in told(replace(a, takes_writes=False), alone, unread=["c"])] == ["b"]


def test_a_stopped_channel_is_one_that_was_not_reset(a, b):
    ((_name, evidence),) = told(replace(a, takes_writes=False), replace(b, rests=True, takes_writes=True))
    assert "has stopped to replicate" in evidence


def test_a_primary_that_was_not_read_may_be_dead(alone, c):
    assert told(None, alone, c) == [("b", "b takes writes and replicates from nobody; a was not read")]


def test_a_replica_that_others_follow(a, alone, c):
    ((name, evidence),) = told(a, alone, replace(c, follows=("b",)))
    assert name == "b" and evidence.endswith("; c replicates from it")


def test_a_primary_that_follows_its_replica(a, b):
    turned = replace(a, follows=("b",), rests=False)
    assert told(turned, replace(b, follows=(), rests=True)) == [("b", "a replicates from b, which replicates from nobody")]


def test_a_circle_that_runs_is_somebodys_choice(a, b):
    assert told(replace(a, follows=("b",), rests=False), b) == []


@pytest.mark.parametrize("unread", [[], ["b"]])
def test_a_primary_without_writes_that_nobody_follows(a, b, unread):
    shut, others = replace(a, takes_writes=False), [] if unread else [replace(b, rests=True)]
    assert [name for name, _evidence in told(shut, *others, unread=unread)] == ["a"]
    assert told(a, *others, unread=unread) == []
    assert told(replace(shut, has_tables=False), *others, unread=unread) == []


def test_nobody_can_have_taken_the_place_of_a_primary_whose_replicas_are_empty(a, b):
    new = replace(b, follows=(), rests=True, has_tables=False)
    assert told(replace(a, takes_writes=False), new) == []


def test_a_primary_that_is_shut_amid_a_move(vendor, a, b, c):
    """Its writes are ended, one replica follows another, and that one is not open yet."""
    shut, moved = replace(a, takes_writes=False), replace(b, follows=(), rests=True)
    assert told(shut, moved, replace(c, follows=("b",))) == [
        ("b", "a takes no writes, and b replicates from nobody; c replicates from it")
    ]
    ((name, evidence),) = told(shut, written(vendor, moved), c)
    assert name == "b" and evidence.startswith("a takes no writes, and b replicates from nobody; it wrote ")


def test_an_intermediate_that_was_reset_is_a_fault_while_the_primary_takes_writes(a, b, c):
    assert told(a, replace(b, follows=(), rests=True), replace(c, follows=("b",))) == []


def test_a_replica_that_runs_from_one_that_was_not_read(a, c):
    elsewhere = replace(c, follows=("b",))
    assert told(None, elsewhere, unread=["b"]) == [("c", "c replicates from b, which was not read; a was not read")]
    assert told(replace(a, takes_writes=False), elsewhere, unread=["b"]) == [
        ("c", "c replicates from b, which was not read; a takes no writes")
    ]
    assert told(a, elsewhere, unread=["b"]) == []
    assert told(None, replace(elsewhere, rests=True), unread=["b"]) == []
    assert told(None, c, unread=["b"]) == []


def test_a_primary_without_writes_that_some_replica_runs_from(a, b, c):
    shut = replace(a, takes_writes=False)
    assert told(shut, c, unread=["b"]) == []
    assert [name for name, _evidence in told(shut, replace(c, rests=True), unread=["b"])] == ["a"]


def test_a_long_history_is_cut(a, alone):
    if alone.identity.version.vendor == MYSQL:
        many = ":".join(str(number) for number in range(1, 400, 2))
        ((_name, evidence),) = told(a, replace(alone, gtid=GtidState({"gtid_executed": f"{A}:1-9,{B}:{many}"})))
        assert " …, which a lacks" in evidence and len(evidence) < 400


@pytest.mark.parametrize("doubt", ["promoted", "demoted"])
def test_the_way_out_names_both_servers(a, b, alone, doubt):
    shut = replace(a, takes_writes=False)
    (found,) = doubts("a", shut, [alone], []) if doubt == "promoted" else doubts("a", shut, [], ["b"])
    assert "If a:" in found.remedy and "b" in found.remedy and "inventory" in found.remedy


def test_the_way_out_is_about_the_server_that_was_not_read(c):
    (found,) = doubts("a", None, [replace(c, follows=("b",))], ["b"])
    assert "If b: put it into the inventory's group of the primary" in found.remedy and "--limit" in found.remedy


@pytest.mark.parametrize(
    ("value", "answer"), [("OFF", True), ("0", True), ("ON", False), ("NO_LOCK_NO_ADMIN", False), (None, False)]
)
def test_what_read_only_says(value, answer):
    assert is_writable(value) is answer
