# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps make a server's variables right, now and after its next start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Channel,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Assignment
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import KeepCopy, RemoveFile, WriteFile
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    ENUM,
    FLAGS,
    INTEGER,
    LOG,
    TEXT,
    SystemVariable,
    VariableType,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.gtid_mode import Way
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_file_steps import OptionFile
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.server_config import (
    ConfigState,
    Persistence,
    gtid_mode_pending,
    plan_config,
    restart_required,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import Wanted

MYSQL = dialect_for(parse_version("9.7.4"))
MARIADB = dialect_for(parse_version("11.8.6-MariaDB"))
OWN = "/etc/d/zz-replication.cnf"
VENDOR = "/etc/d/server.cnf"
LATER = "/etc/d/zzz.cnf"
IN_FILE = Persistence("option_file")

SYNC = Wanted(SystemVariable("sync_binlog", VariableType(INTEGER), "1", persistable=True), "1", "because", None, True)
GTID_TYPE = VariableType(ENUM, choices=("OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"))
GTID = Wanted(SystemVariable("gtid_mode", GTID_TYPE, "ON", persistable=True), "ON", "because", None, True)
ENFORCE_TYPE = VariableType(ENUM, choices=("OFF", "ON", "WARN"))
ENFORCE = Wanted(SystemVariable("enforce_gtid_consistency", ENFORCE_TYPE, "ON", persistable=True), "ON", "", None, True)
BIND = Wanted(SystemVariable("bind_address", VariableType(TEXT), "127.0.0.1", static=True), "*", "", lambda v: v == "*", True)
LOG_BIN = Wanted(
    SystemVariable("log_bin", VariableType(LOG, directory="/var/lib/mysql/"), "mysql-bin", static=True),
    "binlog",
    "because",
    lambda value: value not in ("", "OFF"),
    True,
)
CHANNEL = Channel("c", {"auto_position": True}, Thread(ON), Thread(ON), None, 0)


def switch(name, value, target):
    return Wanted(SystemVariable(name, VariableType(BOOLEAN), value, persistable=True), target, "because", None, True)


def workers(value, persisted=None):
    variable = SystemVariable("replica_parallel_workers", VariableType(INTEGER), value, persisted=persisted, persistable=True)
    return Wanted(variable, "4", "because", lambda value: int(value) >= 2, True)


def at(wish, **changes):
    return replace(wish, variable=replace(wish.variable, **changes))


def state(*wanted, own=None, vendor=None, later=None, command_line=(), channels=(), **more):
    texts = {"/etc/my.cnf": "!includedir /etc/d\n", OWN: own, VENDOR: vendor, LATER: later}
    present = {path: text for path, text in texts.items() if text is not None}
    names = tuple(path.rpartition("/")[2] for path in present if path.startswith("/etc/d/"))
    files = OptionFileSet(("/etc/my.cnf",), present, {}, {"/etc/d": names}, "mysqld", ("mysqld", "server"))
    defaults = {
        "hostname": "db1",
        "on_host": True,
        "server_uuid": "",
        "wanted": wanted,
        "heeds_persisted": True,
        "command_line": command_line,
        "files": files,
        "own_file": OptionFile(OWN, own, ""),
        "auto_cnf": "",
        "channels": channels,
    }
    return ConfigState(**{**defaults, **more})


def statements(plan):
    return [str(step.action) for step in plan.steps]


def written(plan):
    return {step.action.path: step.action.text for step in plan.steps if isinstance(step.action, WriteFile)}


RIGHT = "[mysqld]\nsync_binlog = 1\n"


def test_right_now_and_later_is_nothing_to_do():
    assert plan_config(MYSQL, state(SYNC, own=RIGHT), IN_FILE).steps == []
    assert plan_config(MYSQL, state(SYNC, vendor="[server]\nsync-binlog=1\n"), IN_FILE).steps == []


def test_a_value_that_only_the_compiled_default_gives_is_pinned():
    plan = plan_config(MYSQL, state(SYNC), IN_FILE)
    assert written(plan)[OWN].endswith("[mysqld]\nsync_binlog = 1\n")
    assert "set nowhere: sync_binlog" in plan.steps[0].why


def test_run_time_alone():
    plan = plan_config(MYSQL, state(at(SYNC, value="0", set_by="root@x"), own=RIGHT), IN_FILE)
    assert statements(plan) == ["SET GLOBAL sync_binlog = 1"]
    assert plan.steps[0].describe()["before"] == "0"
    assert "root@x" in plan.steps[0].why
    assert [str(setting) for setting in plan.settings] == ["GLOBAL sync_binlog = 1"]


@pytest.mark.parametrize("persist", ["option_file", "both"])
def test_of_two_good_values_the_one_in_the_file_is_set_at_run_time(persist):
    """The next start would set it anyway, at a moment that nobody chose."""
    wanted = workers("2", persisted="4" if persist == "both" else None)
    plan = plan_config(MYSQL, state(wanted, own="[mysqld]\nreplica_parallel_workers = 4\n"), Persistence(persist))
    assert statements(plan) == ["SET GLOBAL replica_parallel_workers = 4"]
    assert plan.steps[0].why.startswith("the next start would make it so")


@pytest.mark.parametrize(("now", "after", "statement"), [("30", "10", []), ("10", "30", ["SET GLOBAL {} = 30"])])
def test_binary_logs_that_somebody_keeps_longer_at_run_time_are_kept(now, after, statement):
    """A replica may be away."""
    name = "binlog_expire_logs_seconds"
    wanted = Wanted(SystemVariable(name, VariableType(INTEGER), now), "30", "because", lambda value: int(value) >= 7, True)
    plan = plan_config(MYSQL, state(wanted, own=f"[mysqld]\n{name} = {after}\n"), IN_FILE)
    assert statements(plan) == [one.format(name) for one in statement]


def test_of_two_good_values_the_persisted_one_is_set_where_values_are_kept_on_the_server():
    plan = plan_config(MYSQL, state(workers("2", persisted="8"), files=None), Persistence("server"))
    assert statements(plan) == ["SET GLOBAL replica_parallel_workers = 8"]


def test_files_persisted_value_and_run_time_agree_in_the_end():
    own = "[mysqld]\nreplica_parallel_workers = 4\n"
    for persist, statement in (
        ("option_file", ["RESET PERSIST replica_parallel_workers", "SET GLOBAL replica_parallel_workers = 4"]),
        ("both", ["SET PERSIST replica_parallel_workers = 4"]),
    ):
        plan = plan_config(MYSQL, state(workers("8", persisted="8"), own=own), Persistence(persist))
        assert statements(plan) == statement
        settled = workers("4", persisted=None if persist == "option_file" else "4")
        assert plan_config(MYSQL, state(settled, own=own), Persistence(persist)).steps == []


def test_of_switches_only_those_that_are_wanted_are_compared():
    switches = Wanted(
        SystemVariable("optimizer_switch", VariableType(FLAGS), "mrr=on,mrr_cost_based=off"),
        "mrr=on",
        "",
        lambda value: "mrr=on" in value.split(","),
        True,
    )
    assert plan_config(MYSQL, state(switches, own="[mysqld]\noptimizer_switch = mrr=on\n"), IN_FILE).steps == []


def test_the_next_start_alone_beats_an_earlier_file():
    plan = plan_config(MYSQL, state(SYNC, vendor="[mysqld]\nsync_binlog = 0\n"), IN_FILE)
    assert statements(plan) == [f"write {OWN}"]
    assert f"sync_binlog (0 by {VENDOR} line 2)" in plan.steps[0].why


def test_files_come_before_anything_on_the_server():
    plan = plan_config(MYSQL, state(at(SYNC, value="0"), switch("super_read_only", "ON", "OFF")), IN_FILE)
    assert statements(plan) == [f"write {OWN}", "SET GLOBAL super_read_only = 'OFF'", "SET GLOBAL sync_binlog = 1"]


def test_what_stops_writes_comes_last():
    wanted = [switch("super_read_only", "OFF", "ON"), switch("read_only", "OFF", "ON"), at(SYNC, value="0")]
    plan = plan_config(MYSQL, state(*wanted), Persistence("none"))
    assert statements(plan) == ["SET GLOBAL sync_binlog = 1", "SET GLOBAL read_only = 'ON'", "SET GLOBAL super_read_only = 'ON'"]


def test_comments_and_foreign_options_stay_and_are_not_shown():
    own = "# mine\n[mysqld]\nreport_password = hidden\nsync_binlog = 0 # why\n"
    plan = plan_config(MYSQL, state(SYNC, own=own), IN_FILE)
    assert written(plan)[OWN] == "# mine\n[mysqld]\nreport_password = hidden\nsync_binlog = 1 # why\n"
    assert "hidden" not in str([step.describe() for step in plan.steps])


def test_a_copy_on_request():
    kept = OptionFile(OWN, "[mysqld]\n", OWN + ".20261123")
    plan = plan_config(MYSQL, state(SYNC, own="[mysqld]\n", own_file=kept), IN_FILE)
    assert [type(step.action) for step in plan.steps] == [KeepCopy, WriteFile]


def test_a_later_file_is_named():
    with pytest.raises(Refusal, match=rf"{LATER} line 2 sets it to 0"):
        plan_config(MYSQL, state(SYNC, later="[mysqld]\nsync_binlog = 0\n"), IN_FILE)


def test_a_later_file_that_says_the_same_is_fine():
    assert plan_config(MYSQL, state(SYNC, later=RIGHT), IN_FILE).steps == []


@pytest.mark.parametrize("path", [OWN, VENDOR, LATER])
def test_a_broken_line_of_a_wanted_variable_is_repaired_where_it_stands(path):
    kind = {OWN: "own", VENDOR: "vendor", LATER: "later"}[path]
    plan = plan_config(MYSQL, state(SYNC, **{kind: "[mysqld]\nsync_binlog = often # x\n"}), IN_FILE)
    assert written(plan)[path] == "[mysqld]\nsync_binlog = 1 # x\n"
    assert plan.files.chain().effective("sync_binlog").value == "1"


def test_a_broken_line_that_is_overridden_is_repaired_too():
    plan = plan_config(MYSQL, state(SYNC, vendor="[mysqld]\nsync_binlog = often\n", own=RIGHT), IN_FILE)
    assert written(plan) == {VENDOR: "[mysqld]\nsync_binlog = 1\n"}


def given(option, value):
    return Assignment(option.replace("-", "_"), value, "", 0, "", option, False, False, "")


def test_the_command_line_is_named():
    with pytest.raises(Refusal, match="command line option --sync-binlog sets it to 7"):
        plan_config(MYSQL, state(SYNC, command_line=(given("sync-binlog", "7"),)), IN_FILE)
    assert plan_config(MYSQL, state(SYNC, command_line=(given("sync-binlog", "1"),)), IN_FILE).steps == []


def test_a_persisted_value_is_reset_for_the_option_file():
    plan = plan_config(MYSQL, state(at(SYNC, persisted="0"), own=RIGHT), IN_FILE)
    assert statements(plan) == ["RESET PERSIST sync_binlog"]
    plan = plan_config(MYSQL, state(at(SYNC, persisted="0")), IN_FILE)
    assert statements(plan) == [f"write {OWN}", "RESET PERSIST sync_binlog"]


def test_a_persisted_value_that_is_right_is_reset_too_once_the_option_file_has_it():
    plan = plan_config(MYSQL, state(at(SYNC, persisted="1")), IN_FILE)
    assert statements(plan) == [f"write {OWN}", "RESET PERSIST sync_binlog"]
    plan = plan_config(MYSQL, state(at(SYNC, persisted="1"), own=RIGHT), IN_FILE)
    assert statements(plan) == ["RESET PERSIST sync_binlog"]


def test_a_persisted_value_that_nobody_heeds_does_not_count():
    plan = plan_config(MYSQL, state(at(SYNC, persisted="1"), heeds_persisted=False), IN_FILE)
    assert statements(plan) == [f"write {OWN}"]


@pytest.mark.parametrize(
    ("changes", "statement"),
    [
        ({}, ["SET PERSIST sync_binlog = 1"]),
        ({"value": "0"}, ["SET PERSIST sync_binlog = 1"]),
        ({"value": "0", "persisted": "1"}, ["SET GLOBAL sync_binlog = 1"]),
        ({"static": True, "value": "0"}, ["SET PERSIST_ONLY sync_binlog = 1"]),
        ({"persisted": "1"}, []),
    ],
)
def test_kept_on_the_server(changes, statement):
    remote = state(at(SYNC, **changes), files=None, on_host=False)
    assert statements(plan_config(MYSQL, remote, Persistence("server"))) == statement


def test_kept_in_both():
    plan = plan_config(MYSQL, state(SYNC), Persistence("both"))
    assert statements(plan) == [f"write {OWN}", "SET PERSIST sync_binlog = 1"]
    assert plan_config(MYSQL, state(at(SYNC, persisted="1"), own=RIGHT), Persistence("both")).steps == []
    beaten = state(at(SYNC, persisted="1"), own=RIGHT, command_line=(given("sync-binlog", "7"),))
    assert plan_config(MYSQL, beaten, Persistence("both")).steps == []


def test_kept_nowhere():
    unread = state(at(SYNC, value="0"), files=None)
    assert statements(plan_config(MYSQL, unread, Persistence("none"))) == ["SET GLOBAL sync_binlog = 1"]


def test_what_the_server_cannot_keep_is_said():
    remote = state(BIND, files=None, on_host=False)
    with pytest.raises(Refusal, match="SET PERSIST cannot keep"):
        plan_config(MYSQL, remote, Persistence("server"))
    assert plan_config(MYSQL, replace(remote, wanted=(replace(BIND, urgent=False),)), Persistence("server")).steps == []
    assert plan_config(MYSQL, replace(remote, wanted=(at(BIND, value="*"),)), Persistence("server")).steps == []


def test_a_good_value_is_pinned_and_not_replaced():
    assert "log_bin = mysql-bin\n" in written(plan_config(MYSQL, state(LOG_BIN), IN_FILE))[OWN]
    named = "[mysqld]\nlog_bin = /var/lib/mysql/mysql-bin.log\n"
    assert plan_config(MYSQL, state(LOG_BIN, vendor=named), IN_FILE).steps == []


@pytest.mark.parametrize("line", ["log_bin", "skip-log-bin", "disable_log_bin", "log_bin ="])
def test_a_log_without_a_name_gets_the_one_in_use(line):
    plan = plan_config(MYSQL, state(LOG_BIN, vendor=f"[mysqld]\n{line}\n"), IN_FILE)
    assert "log_bin = mysql-bin\n" in written(plan)[OWN]


def test_a_log_that_is_off_gets_a_name_and_needs_a_restart():
    off = state(at(LOG_BIN, value="OFF"), own="[mysqld]\nskip_log_bin\n")
    assert written(plan_config(MYSQL, off, IN_FILE))[OWN] == "[mysqld]\nlog_bin = binlog\n"
    assert restart_required(off, IN_FILE) == ["log_bin"]


def test_a_log_may_be_wanted_off():
    off = replace(LOG_BIN, target="OFF", accepts=None)
    assert "skip_log_bin\n" in written(plan_config(MYSQL, state(off), IN_FILE))[OWN]
    assert plan_config(MYSQL, state(off, own="[mysqld]\nskip_log_bin\n"), IN_FILE).steps == []


def test_what_only_a_restart_changes():
    waiting = state(BIND, own="[mysqld]\nbind_address = *\n")
    assert plan_config(MYSQL, waiting, IN_FILE).steps == []
    assert restart_required(waiting, IN_FILE) == ["bind_address"]
    assert restart_required(state(replace(BIND, urgent=False)), IN_FILE) == []
    assert restart_required(state(at(BIND, value="*")), IN_FILE) == []


def test_days_in_the_own_file_do_not_override_seconds():
    seconds = SystemVariable("binlog_expire_logs_seconds", VariableType(INTEGER), "864000")
    wish = Wanted(seconds, "864000", "", None, True)
    own = "[mysqld]\nbinlog_expire_logs_seconds = 864000\nexpire_logs_days = 1\n"
    plan = plan_config(MARIADB, state(wish, own=own), IN_FILE)
    assert written(plan)[OWN] == "[mysqld]\nbinlog_expire_logs_seconds = 864000\n"


def test_appliers_rest_while_their_settings_change():
    plan = plan_config(MYSQL, state(workers("1"), channels=(CHANNEL,)), Persistence("none"))
    assert statements(plan) == [
        "STOP REPLICA SQL_THREAD FOR CHANNEL 'c'",
        "SET GLOBAL replica_parallel_workers = 4",
        "START REPLICA SQL_THREAD FOR CHANNEL 'c'",
    ]
    assert plan.settings == []


def test_a_channel_is_named_as_the_module_replica_names_it():
    for name, words in (("", "the default channel applier"), ("c", "channel 'c' applier")):
        plan = plan_config(MYSQL, state(workers("1"), channels=(replace(CHANNEL, name=name),)), Persistence("none"))
        assert [step.target for step in plan.steps[::2]] == [words, words]


def test_appliers_that_rest_are_not_started():
    resting = replace(CHANNEL, applier=Thread(OFF))
    plan = plan_config(MYSQL, state(workers("1"), channels=(resting,)), Persistence("none"))
    assert statements(plan) == ["SET GLOBAL replica_parallel_workers = 4"]


def test_appliers_do_not_rest_for_the_next_start():
    running = CHANNEL
    assert statements(plan_config(MYSQL, state(workers("4"), channels=(running,)), IN_FILE)) == [f"write {OWN}"]
    kept = plan_config(MYSQL, state(workers("4"), channels=(running,)), Persistence("server"))
    assert statements(kept) == ["SET PERSIST_ONLY replica_parallel_workers = 4"]


def test_gtid_mode_is_stepped_after_consistency():
    off = state(at(GTID, value="OFF"), at(ENFORCE, value="OFF"), files=None)
    plan = plan_config(MYSQL, off, Persistence("none"))
    assert [s for s in statements(plan) if s.startswith("SET")] == [
        "SET GLOBAL enforce_gtid_consistency = 'WARN'",
        "SET GLOBAL enforce_gtid_consistency = 'ON'",
        "SET GLOBAL gtid_mode = 'OFF_PERMISSIVE'",
        "SET GLOBAL gtid_mode = 'ON_PERMISSIVE'",
        "SET GLOBAL gtid_mode = 'ON'",
    ]


def test_gtids_come_last_so_that_further_calls_go_on_with_them():
    wanted = [at(GTID, value="OFF"), at(ENFORCE, value="OFF"), at(SYNC, value="0"), switch("super_read_only", "OFF", "ON")]
    together = statements(plan_config(MYSQL, state(*wanted), IN_FILE))
    assert together[:3] == [f"write {OWN}", "SET GLOBAL sync_binlog = 1", "SET GLOBAL super_read_only = 'ON'"]
    first = statements(plan_config(MYSQL, state(*wanted), IN_FILE, Way("OFF_PERMISSIVE")))
    assert first == together[: len(first)]
    assert first[-1] == "SET GLOBAL gtid_mode = 'OFF_PERMISSIVE'"


def test_the_option_file_gets_the_final_gtid_mode_at_once():
    plan = plan_config(MYSQL, state(at(GTID, value="OFF")), IN_FILE, Way("OFF_PERMISSIVE"))
    assert "gtid_mode = ON\n" in written(plan)[OWN]


@pytest.mark.parametrize(
    ("value", "until", "pending"),
    [
        ("OFF", "OFF_PERMISSIVE", True),
        ("OFF_PERMISSIVE", "OFF_PERMISSIVE", True),
        ("ON_PERMISSIVE", "OFF_PERMISSIVE", True),
        ("ON", "OFF_PERMISSIVE", False),
        ("OFF", "ON", False),
    ],
)
def test_whether_gtid_mode_is_on_its_way(value, until, pending):
    on_its_way = state(at(GTID, value=value), own="[mysqld]\ngtid_mode = ON\n")
    assert gtid_mode_pending(on_its_way, Way(until)) is pending
    if value == until:
        assert plan_config(MYSQL, on_its_way, IN_FILE, Way(until)).steps == []


def test_no_gtid_mode_is_on_its_way_where_none_is_wanted():
    assert not gtid_mode_pending(state(SYNC), Way("OFF_PERMISSIVE"))
    assert not gtid_mode_pending(state(replace(GTID, target="OFF")), Way("OFF_PERMISSIVE"))
    assert not gtid_mode_pending(state(replace(GTID, target="ON_PERMISSIVE")), Way("OFF_PERMISSIVE"))


def test_obstacles_only_before_on():
    by_position = replace(CHANNEL, options={"auto_position": False, "source_host": "db1", "source_port": 3306})
    off = state(at(GTID, value="OFF"), channels=(by_position,))
    assert plan_config(MYSQL, off, IN_FILE, Way("ON_PERMISSIVE")).obstacles == []
    assert "gtid_mode cannot become ON" in plan_config(MYSQL, off, IN_FILE).obstacles[0].cause
    assert plan_config(MYSQL, state(GTID, channels=(by_position,)), IN_FILE).obstacles == []


def test_gtid_mode_goes_off_before_consistency():
    plan = plan_config(MYSQL, state(replace(GTID, target="OFF"), replace(ENFORCE, target="OFF"), files=None), Persistence("none"))
    assert statements(plan)[0] == "SET GLOBAL gtid_mode = 'ON_PERMISSIVE'"
    assert statements(plan)[-1] == "SET GLOBAL enforce_gtid_consistency = 'OFF'"


def test_only_the_last_gtid_mode_is_kept():
    plan = plan_config(MYSQL, state(at(GTID, value="OFF"), files=None), Persistence("server"))
    assert [s.split()[1] for s in statements(plan) if s.startswith("SET")] == ["GLOBAL", "GLOBAL", "PERSIST"]


def test_a_taken_server_uuid():
    mine = Persistence("option_file", ("u-1", "u-2"))
    clone = state(server_uuid="u-1", auto_cnf="/var/lib/mysql/auto.cnf")
    (step,) = plan_config(MYSQL, clone, mine).steps
    assert step.action == RemoveFile("/var/lib/mysql/auto.cnf")
    assert restart_required(clone, mine) == ["server_uuid"]
    assert plan_config(MYSQL, replace(clone, auto_cnf=""), mine).steps == []
    assert restart_required(replace(clone, auto_cnf=""), mine) == ["server_uuid"]
    assert plan_config(MYSQL, replace(clone, server_uuid="u-3"), mine).steps == []
    with pytest.raises(Refusal, match=r"auto\.cnf"):
        plan_config(MYSQL, replace(clone, on_host=False, auto_cnf="", files=None), Persistence("none", ("u-1",)))


@pytest.mark.parametrize(("dialect", "noun"), [(MYSQL, "REPLICA"), (MARIADB, "SLAVE")])
def test_a_channel_rests_while_the_server_id_changes(dialect, noun):
    number = Wanted(SystemVariable("server_id", VariableType(INTEGER), "1", persistable=True), "2", "because", None, True)
    half = replace(CHANNEL, name="d", applier=Thread("off"))
    plan = plan_config(dialect, state(number, own="[mysqld]\nserver_id = 2\n", channels=(CHANNEL, half)), IN_FILE)
    words = [text.split() for text in statements(plan)]
    assert [one[0] for one in words] == ["STOP"] * 3 + ["SET"] + ["START"] * 3
    assert all(one[1] == noun for one in words if one[0] != "SET")
    assert [str(setting) for setting in plan.settings] == ["GLOBAL server_id = 2"]
    resting = replace(CHANNEL, receiver=Thread("off"), applier=Thread("off"))
    assert len(plan_config(dialect, state(number, own="[mysqld]\nserver_id = 2\n", channels=(resting,)), IN_FILE).steps) == 1
