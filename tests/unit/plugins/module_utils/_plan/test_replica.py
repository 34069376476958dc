# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps a channel needs, and which it must not get."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import Logged
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    CONNECTING,
    OFF,
    ON,
    Ahead,
    Channel,
    Coordinates,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.channel_safety import (
    is_older_than_log,
    own_log_tells,
    resumed_channel,
    search_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica import (
    plan_absent,
    plan_started,
    plan_stopped,
    restarted,
)

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"
MYSQL = parse_version("9.7.4")
MARIADB = parse_version("10.11.18-MariaDB")
RUNNING = Thread(ON)
STOPPED = Thread(OFF)

WANTED = {
    "source_host": "db1",
    "source_port": 3306,
    "source_user": "repl",
    "source_password": Secret("secret"),
    "auto_position": True,
    "connect_retry": 10,
    "delay": 0,
}
CONFIGURED = {**WANTED, "tls": True, "tls_verify": False, "heartbeat_period": 30.0}


_FIELDS = (*("tls", "tls_verify", "source_history_complete", "source_history_begun_anew", "source_log_started", "reconnect"),)


def desired(**options):
    more = {name: options.pop(name) for name in _FIELDS if name in options}
    fields = {"tls": "auto", "tls_verify": None, "source_history_complete": False, "reconnect": False, **more}
    return DesiredChannel(name="", options={**WANTED, **options}, **fields)


def channel(receiver=RUNNING, applier=RUNNING, executed=Coordinates("binlog.000002", 197), **options):
    configured = {name: value for name, value in {**CONFIGURED, **options}.items() if value is not None}
    return Channel("", configured, receiver, applier, executed, 0)


def gtids(version, replica):
    if version is MARIADB:
        return GtidState({"gtid_slave_pos": replica, "gtid_binlog_state": replica, "log_slave_updates": "1"})
    return GtidState({"gtid_mode": "ON", "gtid_executed": replica, "gtid_purged": ""})


def replica_state(version=MYSQL, *channels, executed=f"{A}:1-5", has_tables=True):
    identity = Identity(version, 2, "" if version is MARIADB else B, "db2", 3306)
    return ReplicaState(identity, gtids(version, executed), channels, has_tables, offers_tls=True)


def source_view(version=MYSQL, executed=f"{A}:1-9", purged="", **fields):
    state = gtids(version, executed)
    if version is not MARIADB:
        state = GtidState({**state.variables, "gtid_purged": purged})
    identity = Identity(version, 1, "" if version is MARIADB else A, "db1", 3306)
    view = SourceView(identity, state, "repl@%", may_replicate=True, encrypted=True, logs=True)
    return replace(view, **fields)


def statements(version, state, source, wanted):
    steps, obstacles = plan_started(dialect_for(version), state, source, wanted)
    assert not obstacles
    return [str(step.action) for step in steps]


def test_nothing_to_do():
    assert statements(MYSQL, replica_state(MYSQL, channel()), source_view(), desired()) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (channel(receiver=STOPPED), ["START REPLICA IO_THREAD FOR CHANNEL ''"]),
        (channel(applier=STOPPED), ["START REPLICA SQL_THREAD FOR CHANNEL ''"]),
        (channel(receiver=STOPPED, applier=STOPPED), ["START REPLICA FOR CHANNEL ''"]),
        (
            channel(connect_retry=60),
            [
                "STOP REPLICA IO_THREAD FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY = 10 FOR CHANNEL ''",
                "START REPLICA IO_THREAD FOR CHANNEL ''",
            ],
        ),
        (
            channel(delay=300),
            [
                "STOP REPLICA SQL_THREAD FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0 FOR CHANNEL ''",
                "START REPLICA SQL_THREAD FOR CHANNEL ''",
            ],
        ),
        (
            channel(source_host="wrong", receiver=Thread(CONNECTING, 2005, "unknown host")),
            [
                "STOP REPLICA IO_THREAD FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db1' FOR CHANNEL ''",
                "START REPLICA IO_THREAD FOR CHANNEL ''",
            ],
        ),
        (
            channel(source_password=Secret("old"), receiver=STOPPED),
            [
                "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = '********' FOR CHANNEL ''",
                "START REPLICA IO_THREAD FOR CHANNEL ''",
            ],
        ),
        # The account was mended a moment ago: no need to wait for the retry.
        (
            channel(receiver=Thread(CONNECTING, 13120, "Access denied")),
            ["STOP REPLICA IO_THREAD FOR CHANNEL ''", "START REPLICA IO_THREAD FOR CHANNEL ''"],
        ),
        # The source restarts: the receiver comes back by itself.
        (channel(receiver=Thread(CONNECTING, 2003, "refused")), []),
        # A password that nobody may read, and a login that fails with it although ours works: it is another one.
        (
            channel(source_password=None, receiver=Thread(CONNECTING, 1045, "Access denied")),
            [
                "STOP REPLICA IO_THREAD FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD = '********' FOR CHANNEL ''",
                "START REPLICA IO_THREAD FOR CHANNEL ''",
            ],
        ),
        (channel(source_password=None), []),
        (
            channel(tls=False),
            [
                "STOP REPLICA IO_THREAD FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_SSL = 1 FOR CHANNEL ''",
                "START REPLICA IO_THREAD FOR CHANNEL ''",
            ],
        ),
    ],
)
def test_mysql_changes_the_least(found, expected):
    assert statements(MYSQL, replica_state(MYSQL, found), source_view(), desired()) == expected


def test_mariadb_stops_both_threads_for_any_change():
    state = replica_state(MARIADB, channel(connect_retry=60), executed="0-1-5")
    assert statements(MARIADB, state, source_view(MARIADB, "0-1-9"), desired()) == [
        "STOP SLAVE ''",
        "CHANGE MASTER '' TO MASTER_CONNECT_RETRY = 10",
        "START SLAVE ''",
    ]


def test_tls_auto_never_falls_back_to_clear_text():
    state = replica_state(MYSQL, channel())
    assert statements(MYSQL, state, source_view(encrypted=False), desired()) == []


def test_tls_auto_without_tls_fetches_the_public_key():
    state = replica_state(MYSQL, executed="", has_tables=False)
    wanted = desired(source_history_complete=True)
    change = statements(MYSQL, state, source_view(executed="", encrypted=False), wanted)[0]
    assert "SOURCE_SSL = 0" in change
    assert "GET_SOURCE_PUBLIC_KEY = 1" in change


def test_new_channel_on_an_empty_replica_of_a_complete_source():
    state = replica_state(MYSQL, executed="", has_tables=False)
    steps = statements(MYSQL, state, source_view(), desired(source_history_complete=True))
    assert steps == [
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db1', SOURCE_PORT = 3306, SOURCE_USER = 'repl',"
        " SOURCE_PASSWORD = '********', SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 10, SOURCE_DELAY = 0,"
        " SOURCE_SSL = 1, SOURCE_SSL_VERIFY_SERVER_CERT = 0 FOR CHANNEL ''",
        "START REPLICA FOR CHANNEL ''",
    ]


def test_a_reset_channel_goes_on_from_the_replica_s_own_position():
    steps = statements(MYSQL, replica_state(), source_view(), desired())
    assert [step.split(" ")[0] for step in steps] == ["CHANGE", "START"]


@pytest.mark.parametrize(
    ("version", "state", "source", "needle"),
    [
        (MYSQL, replica_state(MYSQL, channel(), executed=f"{A}:1-5,{B}:1"), source_view(), f"errant transactions): {B}:1"),
        (MYSQL, replica_state(MYSQL, channel(), executed=f"{A}:1-12"), source_view(), f"lacks its own transactions {A}:10-12"),
        (MYSQL, replica_state(MYSQL, channel()), source_view(rewritten=True), "has read another one"),
        (MARIADB, replica_state(MARIADB, channel(), executed="0-2-6"), source_view(MARIADB, "0-1-9"), "0-2-6"),
        (MYSQL, replica_state(MYSQL, channel(), executed=f"{A}:1-2"), source_view(purged=f"{A}:1-4"), f"{A}:3-4"),
        (MYSQL, replica_state(executed="", has_tables=True), source_view(), "holds tables"),
        (MYSQL, replica_state(executed="", has_tables=False), source_view(), "reach back to its first row"),
        (MARIADB, replica_state(MARIADB, executed="", has_tables=True), source_view(MARIADB, "0-1-9"), "holds tables"),
        (MYSQL, replica_state(MYSQL, channel()), source_view(MARIADB, "0-1-9"), "GTIDs do not mix"),
        (MYSQL, replica_state(MYSQL, channel()), source_view(is_self=True), "is db2 itself"),
    ],
)
def test_refuses_what_would_lose_transactions(version, state, source, needle):
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(version), state, source, desired())
    assert needle in refused.value.cause


def former_primary(state, *more):
    """A MariaDB server without a replica's place, whose own binary log has this."""
    return replace(replica_state(MARIADB, *more), gtid=GtidState({"gtid_slave_pos": "", "gtid_binlog_state": state}))


def test_a_former_primary_of_mariadb_is_told_which_place_is_its_own():
    with pytest.raises(Refusal, match="seems to have been the primary once") as refused:
        plan_started(dialect_for(MARIADB), former_primary("0-1-7"), source_view(MARIADB, "0-1-7,0-2-9"), desired())
    assert "SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos" in refused.value.remedy


def test_a_server_with_an_empty_log_never_was_a_primary():
    with pytest.raises(Refusal, match="holds tables, but no GTID"):
        plan_started(dialect_for(MARIADB), former_primary(""), source_view(MARIADB, "0-1-7"), desired())


def test_a_second_source_knows_nothing_of_the_first_one_s_transactions():
    second = replace(channel(source_host="db9"), name="second")
    state = replica_state(MYSQL, second, channel(), executed=f"{A}:1-5,cccccccc-0000-0000-0000-000000000000:1-3")
    assert statements(MYSQL, state, source_view(), desired()) == []


@pytest.mark.parametrize(
    ("other", "source"),
    [
        (replace(channel(), name="old"), source_view()),
        (replace(channel(), name="old"), TrialFailure(2003, "Connection refused")),
        (replace(channel(source_host="db1.example.com"), name="old", source_uuid=A), source_view()),
    ],
)
def test_one_source_is_not_followed_over_two_channels(other, source):
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(MYSQL), replica_state(MYSQL, other), source, desired())
    assert "follows db1:3306 over channel 'old' already" in refused.value.cause


def test_errant_transactions_that_stopped_the_applier_say_so_and_mariadb_s_way_out():
    stopped = channel(applier=Thread(OFF, 1950, "An attempt was made to binlog GTID 0-1-10"))
    with pytest.raises(Refusal) as refused:
        plan_started(
            dialect_for(MARIADB), replica_state(MARIADB, stopped, executed="0-2-6"), source_view(MARIADB, "0-1-9"), desired()
        )
    assert "error 1950" in refused.value.cause
    assert "RESET MASTER" in refused.value.remedy
    assert "inject" not in refused.value.remedy


@pytest.mark.parametrize(("channels", "is_named"), [((), True), ((channel(),), False)])
def test_a_server_with_data_that_has_never_replicated_may_be_overwritten(channels, is_named):
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(MYSQL), replica_state(MYSQL, *channels, executed=f"{B}:1"), source_view(), desired())
    assert ("mysql_replication_seed_overwrite" in refused.value.remedy) is is_named


def test_on_mariadb_two_sources_of_one_domain_are_refused_before_the_second_one_is_attached():
    state = replica_state(MARIADB, channel(source_host="db9"), executed="0-3-7")
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(MARIADB), state, source_view(MARIADB, "0-1-9"), replace(desired(), name="second"))
    assert "0-3-7" in refused.value.cause
    assert "gtid_domain_id" in refused.value.remedy


@pytest.mark.parametrize("position", ["0-3-7,1-1-4", "0-3-7"])
def test_on_mariadb_a_second_source_has_a_domain_of_its_own(position):
    first, second = channel(source_host="db9"), replace(channel(), name="second")
    state = replica_state(MARIADB, first, second, executed=position)
    assert statements(MARIADB, state, source_view(MARIADB, "1-1-9"), replace(desired(), name="second")) == []


@pytest.mark.parametrize(
    ("source", "wanted", "needle"),
    [
        (source_view(may_replicate=False), desired(), "lacks the privilege REPLICATION SLAVE"),
        (source_view(encrypted=False), desired(tls="required"), "offers no TLS"),
        (source_view(executed="", logs=False), desired(), "keeps no binary log"),
        (TrialFailure(3118, "Access denied. Account is locked."), desired(), "is locked on db1:3306"),
        (TrialFailure(2003, "Connection refused"), desired(), "cannot reach db1:3306"),
        (replace(source_view(), identity=Identity(MYSQL, 2, A, "db1", 3306)), desired(), "both have server_id 2"),
        (replace(source_view(), identity=Identity(MYSQL, 1, B, "db1", 3306)), desired(), "both have server_uuid"),
    ],
)
def test_obstacles_that_another_task_of_the_run_may_remove(source, wanted, needle):
    steps, obstacles = plan_started(dialect_for(MYSQL), replica_state(MYSQL, channel()), source, wanted)
    assert steps == []
    assert needle in obstacles[0].cause


def test_gtid_mode_off_is_an_obstacle_for_auto_position_only():
    state = replica_state(MYSQL, channel())
    state = replace(state, gtid=GtidState({**state.gtid.variables, "gtid_mode": "OFF"}))
    dialect = dialect_for(MYSQL)
    assert "gtid_mode is not ON" in plan_started(dialect, state, source_view(), desired())[1][0].cause
    assert not plan_started(dialect, state, source_view(), desired(auto_position=False))[1]


def test_gtid_mode_off_on_the_source_is_an_obstacle_for_auto_position_only():
    source = source_view()
    source = replace(source, gtid=GtidState({**source.gtid.variables, "gtid_mode": "ON_PERMISSIVE"}))
    dialect, state = dialect_for(MYSQL), replica_state(MYSQL, channel())
    assert "db1:3306: gtid_mode is not ON" in plan_started(dialect, state, source, desired())[1][0].cause
    assert not plan_started(dialect, state, source, desired(auto_position=False))[1]


BY_POSITION = channel(auto_position=False)


@pytest.mark.parametrize(
    ("version", "found", "source", "wanted", "searched"),
    [
        (MYSQL, BY_POSITION, source_view(), desired(), True),
        (MYSQL, channel(auto_position=False, source_host="same"), source_view(), desired(), False),
        (MYSQL, replace(channel(auto_position=False, source_host="same"), source_uuid=A), source_view(), desired(), True),
        (MYSQL, channel(auto_position=False, executed=None), source_view(), desired(), False),
        (MYSQL, channel(), source_view(), desired(), False),
        (MYSQL, BY_POSITION, source_view(), desired(auto_position=False), False),
        (MYSQL, BY_POSITION, source_view(may_replicate=False), desired(), False),
        (MYSQL, None, source_view(), desired(), False),
        (MARIADB, BY_POSITION, source_view(MARIADB, "0-1-9"), desired(), False),
    ],
)
def test_the_source_is_searched_only_when_a_channel_leaves_file_and_position(version, found, source, wanted, searched):
    state = replica_state(version, *([found] if found else []), executed="" if version is MARIADB else f"{A}:1-5")
    assert search_from(dialect_for(version), state, source, wanted) == (found.executed if searched else None)


def test_a_source_that_does_not_write_gtids_only_is_not_searched():
    source = replace(source_view(), gtid=GtidState({"gtid_mode": "ON_PERMISSIVE", "gtid_executed": "", "gtid_purged": ""}))
    assert search_from(dialect_for(MYSQL), replica_state(MYSQL, BY_POSITION), source, desired()) is None


SWITCHED = [
    "STOP REPLICA FOR CHANNEL ''",
    "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1 FOR CHANNEL ''",
    "START REPLICA FOR CHANNEL ''",
]


@pytest.mark.parametrize(
    ("executed", "source"),
    [
        # All applied, without a GTID in common: the pair never had any.
        ("", source_view(executed="", ahead=Ahead())),
        ("", source_view(executed=f"{A}:1-2", ahead=Ahead(gtids=f"{A}:1,{A}:2"))),
        (f"{A}:1-5", source_view(executed=f"{A}:1-9", ahead=Ahead(gtids=f"{A}:6-9"))),
        # The position is the applier's slowest: some of what is ahead is applied.
        (f"{A}:1-5", source_view(executed=f"{A}:1-9", ahead=Ahead(gtids=f"{A}:4-9"))),
    ],
)
def test_a_channel_leaves_file_and_position_when_nothing_is_lost(executed, source):
    assert statements(MYSQL, replica_state(MYSQL, BY_POSITION, executed=executed), source, desired()) == SWITCHED


@pytest.mark.parametrize(
    ("executed", "source", "needle"),
    [
        ("", source_view(executed="", ahead=Ahead(anonymous=Coordinates("b.2", 9))), "without a GTID that db1:3306 wrote"),
        (f"{A}:1-5", source_view(ahead=Ahead(anonymous=Coordinates("b.2", 9))), "the first is at b.2:9"),
        (f"{A}:1-5", source_view(ahead=Ahead(unknown="too far behind")), "too far behind"),
        (f"{A}:6-7", source_view(ahead=Ahead(gtids=f"{A}:8-9")), f"past the transactions {A}:1-5"),
        (f"{A}:1-5", source_view(purged=f"{A}:1-7", ahead=Ahead(gtids=f"{A}:8-9")), "has purged transactions"),
        (f"{A}:1-5,{B}:1", source_view(ahead=Ahead(gtids=f"{A}:6-9")), "errant"),
    ],
)
def test_refuses_to_leave_file_and_position(executed, source, needle):
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(MYSQL), replica_state(MYSQL, BY_POSITION, executed=executed), source, desired())
    assert needle in refused.value.cause


@pytest.mark.parametrize(
    ("channels", "has_tables", "ways"),
    [
        ((), True, ["playbook rebuild_replica", "mysql_replication_seed_overwrite names db2;", "by hand: on db2: STOP REPLICA"]),
        ((), False, ["playbook site (mysql_replication_seed other than never)", "by hand: on db2: STOP REPLICA"]),
        # No copy brings what came over another channel.
        ((replace(channel(source_host="db9"), name="other"),), True, ["for example: on db2: STOP REPLICA"]),
    ],
)
def test_a_copy_that_the_collection_makes_is_named_before_that_by_hand(channels, has_tables, ways):
    found = replace(replica_state(MYSQL, *channels, executed=f"{A}:1-5"), has_tables=has_tables)
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(MYSQL), found, source_view(purged=f"{A}:1-7"), desired())
    places = [refused.value.remedy.find(way) for way in ways]
    assert -1 not in places, refused.value.remedy
    assert places == sorted(places)
    assert ("playbook" in refused.value.remedy) == (not channels)


def test_file_and_position_are_stated_again_when_the_host_changes():
    found = channel(source_host="wrong", auto_position=False)
    change = statements(MYSQL, replica_state(MYSQL, found), source_view(), desired(auto_position=False))[1]
    assert change == (
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'db1', SOURCE_LOG_FILE = 'binlog.000002', SOURCE_LOG_POS = 197 FOR CHANNEL ''"
    )


def test_stopped_and_absent():
    dialect = dialect_for(MYSQL)
    state = replica_state(MYSQL, channel(applier=STOPPED))
    assert [str(step.action) for step in plan_stopped(dialect, state, "")] == ["STOP REPLICA IO_THREAD FOR CHANNEL ''"]
    assert [str(step.action) for step in plan_absent(dialect, state, "")] == [
        "STOP REPLICA IO_THREAD FOR CHANNEL ''",
        "RESET REPLICA ALL FOR CHANNEL ''",
    ]
    assert plan_stopped(dialect, replica_state(), "") == []
    assert plan_absent(dialect, replica_state(), "") == []


READ = {"received": Coordinates("binlog.000002", 700), "source_uuid": A, "source_id": 1}


@pytest.mark.parametrize(
    ("found", "source", "resumed"),
    [
        (channel(receiver=STOPPED), source_view(), True),
        (channel(receiver=Thread(CONNECTING, 1236, "gone")), source_view(), True),
        (channel(), source_view(), False),
        (channel(receiver=STOPPED, auto_position=False), source_view(), False),
        (channel(receiver=STOPPED, source_host="db9"), source_view(), False),
        (channel(receiver=STOPPED), source_view(may_replicate=False), False),
        (channel(receiver=STOPPED), source_view(identity=Identity(MYSQL, 7, B, "db1", 3306)), False),
    ],
)
def test_a_source_is_asked_for_its_history_only_where_a_receiver_would_go_on(found, source, resumed):
    found = replace(found, **READ)
    assert resumed_channel(replica_state(MYSQL, found), source, desired()) == (found if resumed else None)


def test_a_restart_starts_the_threads():
    stopped = channel(receiver=Thread(OFF, 13117, "same UUIDs"), applier=STOPPED)
    state = restarted(replica_state(MYSQL, stopped))
    assert statements(MYSQL, state, source_view(), desired()) == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (channel(), ["STOP REPLICA IO_THREAD FOR CHANNEL ''", "START REPLICA IO_THREAD FOR CHANNEL ''"]),
        (channel(receiver=STOPPED), ["START REPLICA IO_THREAD FOR CHANNEL ''"]),
        (
            channel(delay=9),
            [
                "STOP REPLICA FOR CHANNEL ''",
                "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0 FOR CHANNEL ''",
                "START REPLICA FOR CHANNEL ''",
            ],
        ),
    ],
)
def test_reconnect_has_a_running_receiver_log_in_anew(found, expected):
    assert statements(MYSQL, replica_state(MYSQL, found), source_view(), desired(reconnect=True)) == expected


def received(channel, gtids):
    return replace(channel, received_gtids=gtids)


@pytest.mark.parametrize(
    ("executed", "got", "missing", "remedy"),
    [
        (f"{A}:1-3:7-8", f"{A}:1-3:7-8", f"{A}:4-6", "playbook rebuild_replica, which first shows"),
        (f"{A}:1-3", f"{A}:2-3:7-8", f"{A}:4-6", "RESET REPLICA"),
        (f"{A}:1-3", f"{A}:1-3", "", ""),
        # What was applied before the receiver's memory begins, and what the source itself never had.
        (f"{A}:1-8", f"{A}:7-8", "", ""),
        (f"{A}:1-9:12", f"{A}:12", "", ""),
    ],
)
def test_transactions_that_were_passed_over_are_named_before_anything_is_touched(executed, got, missing, remedy):
    state, view = replica_state(MYSQL, received(channel(), got), executed=executed), source_view()
    # Also where an obstacle, such as the same server_id on both, is mended later in the run.
    same = replace(view, identity=replace(view.identity, server_id=2))
    if not missing:
        assert len(plan_started(dialect_for(MYSQL), state, same, desired())[1]) == 1
        return
    for source in (view, same):
        with pytest.raises(Refusal) as refused:
            plan_started(dialect_for(MYSQL), state, source, desired())
        assert f"does not hold their rows: {missing}." in refused.value.cause
        assert remedy in refused.value.remedy


def mariadb_state(position, log, **fields):
    gtid = GtidState({"gtid_slave_pos": position, "gtid_binlog_state": log, "log_slave_updates": "1", **fields})
    return replace(replica_state(MARIADB, channel()), gtid=gtid)


def test_mariadb_says_where_to_put_the_position_back_to():
    with pytest.raises(Refusal) as refused:
        plan_started(
            dialect_for(MARIADB), mariadb_state("0-1-7,4-9-2", "0-1-5,0-2-3,4-9-2"), source_view(MARIADB, "0-1-9"), desired()
        )
    assert "0-1-5 (excluded) to 0-1-7" in refused.value.cause
    assert "SET GLOBAL gtid_slave_pos = '0-1-5,4-9-2'" in refused.value.remedy


@pytest.mark.parametrize(
    "state",
    [
        mariadb_state("0-1-7", "0-1-7"),
        mariadb_state("0-1-7", ""),
        mariadb_state("0-1-7", "0-1-5", log_slave_updates="0"),
        replace(mariadb_state("0-1-7", "0-1-5"), channels=(replace(channel(), filters=("Replicate_Do_DB=a",)),)),
    ],
)
def test_mariadb_s_binary_log_says_nothing_where_it_leaves_out_by_itself(state):
    assert plan_started(dialect_for(MARIADB), state, source_view(MARIADB, "0-1-9"), desired())[1] == []


FORGOT = channel(receiver=STOPPED, applier=STOPPED)
ANEW = desired(source_history_begun_anew="shop.orders")


@pytest.mark.parametrize("channels", [(), (FORGOT,)], ids=["removed", "reset"])
@pytest.mark.parametrize(
    ("version", "applied", "source"), [(MYSQL, f"{A}:1-5", f"{A}:1-9"), (MARIADB, "0-1-5", "0-1-9")], ids=["mysql", "mariadb"]
)
def test_a_channel_that_forgot_its_place_is_refused_where_the_source_may_have_been_reset(channels, version, applied, source):
    state, view = replica_state(version, *channels, executed=applied), source_view(version, source)
    with pytest.raises(Refusal) as refused:
        plan_started(dialect_for(version), state, view, ANEW)
    assert f"has applied {applied} of db1:3306, whose table shop.orders is older" in refused.value.cause
    assert "by hand" in refused.value.remedy
    plan_started(dialect_for(version), state, view, desired())
    copied = {
        MYSQL: {"gtid_mode": "ON", "gtid_executed": applied, "gtid_purged": applied},
        MARIADB: {"gtid_slave_pos": applied, "gtid_binlog_state": "", "log_slave_updates": "1"},
    }[version]
    plan_started(dialect_for(version), replace(state, gtid=GtidState(copied)), view, ANEW)


def test_a_channel_that_runs_or_knows_its_place_is_compared_with_the_source_instead():
    for known in (channel(), replace(FORGOT, **READ)):
        plan_started(dialect_for(MYSQL), replica_state(MYSQL, known), source_view(), ANEW)


@pytest.mark.parametrize(
    ("version", "applied", "source"), [(MYSQL, f"{A}:1-5", f"{A}:1-9"), (MARIADB, "0-1-5", "0-1-9")], ids=["mysql", "mariadb"]
)
def test_a_channel_that_ignores_its_own_source_is_refused_though_it_runs(version, applied, source):
    def planned(*ignored):
        state = replica_state(version, replace(channel(), ignored_servers=ignored), executed=applied)
        return plan_started(dialect_for(version), state, source_view(version, source), desired())

    with pytest.raises(Refusal) as refused:
        planned(7, 1)
    assert "IGNORE_SERVER_IDS = ()" in refused.value.remedy
    assert "source's data: by playbook rebuild_replica, which first shows what would be lost" in refused.value.remedy
    assert "db2 holds now; or by hand: on db2: STOP" in refused.value.remedy
    assert "playbook site" not in refused.value.remedy
    planned(7)


BEGUN = desired(source_log_started=1000)


def test_the_own_log_is_asked_where_a_channel_knows_no_place_and_the_source_s_first_log_is_known():
    assert own_log_tells(replica_state(MYSQL), BEGUN)
    assert own_log_tells(replica_state(MYSQL, FORGOT), BEGUN)
    assert not own_log_tells(replica_state(MYSQL, channel()), BEGUN)
    assert not own_log_tells(replica_state(MYSQL, replace(FORGOT, **READ)), BEGUN)
    assert not own_log_tells(replica_state(MYSQL), desired())
    assert not own_log_tells(replica_state(MYSQL), desired(source_log_started=1000, auto_position=False))


@pytest.mark.parametrize(
    ("version", "first", "executed"), [(MYSQL, f"{A}:5", f"{A}:1-9"), (MARIADB, "0-1-5", "0-1-9")], ids=["mysql", "mariadb"]
)
def test_a_transaction_that_is_older_than_the_log_that_holds_it_was_another_one(version, first, executed):
    dialect, source = dialect_for(version), source_view(version, executed)
    assert is_older_than_log(dialect, Logged(first, 999), source, BEGUN)
    assert not is_older_than_log(dialect, Logged(first, 1000), source, BEGUN)
    assert not is_older_than_log(dialect, None, source, BEGUN)
    assert not is_older_than_log(dialect, Logged(first, 999), source, desired())
    assert not is_older_than_log(dialect, Logged(first.replace("5", "10"), 999), source, BEGUN)


def test_what_a_source_was_told_to_know_is_in_no_log_of_its_own():
    source = source_view(MYSQL, f"{A}:1-9", purged=f"{A}:1-6")
    assert not is_older_than_log(dialect_for(MYSQL), Logged(f"{A}:5", 999), source, BEGUN)
