# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user's settings mean on one server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    FLAGS,
    INTEGER,
    LOG,
    TEXT,
    SystemVariable,
    VariableType,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import Requirement, requirements
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import Named, named, wanted

MYSQL = dialect_for(parse_version("9.7.4"))
MARIADB = dialect_for(parse_version("11.8.6-MariaDB"))
VALUES = {
    "server_id": "1",
    "sync_binlog": "1",
    "replica_parallel_workers": "4",
    "slave_parallel_workers": "4",
    "super_read_only": "OFF",
    "gtid_mode": "ON",
    "log_bin": "ON",
    "report_password": "",
}
LOG_BIN = SystemVariable("log_bin", VariableType(LOG, directory="/var/lib/mysql/"), "binlog", static=True)


def owns(dialect, profile, settings, values):
    wishes = requirements(profile, 7, "10.0.0.7") if profile else []
    return {name.own: name.requirement.target for name in named(dialect, wishes, settings, values)}


def test_a_profile_leaves_out_what_the_server_lacks():
    assert owns(MYSQL, "replica", {}, VALUES).keys() == {
        "server_id",
        "sync_binlog",
        "replica_parallel_workers",
        "super_read_only",
        "gtid_mode",
        "log_bin",
    }
    assert owns(MARIADB, "replica", {}, {"slave_parallel_threads": "0", "slave_parallel_mode": "none"}) == {
        "slave_parallel_threads": "4",
        "slave_parallel_mode": "optimistic",
    }


def test_a_setting_goes_before_the_profile_in_whatever_spelling():
    assert owns(MYSQL, "replica", {"slave-parallel-workers": 8}, VALUES)["replica_parallel_workers"] == "8"
    assert owns(MYSQL, "", {"gtid_mode": True}, VALUES) == {"gtid_mode": "ON"}


def test_a_setting_is_exact_where_the_profile_is_not():
    names = named(MYSQL, requirements("replica", 7, ""), {"replica_parallel_workers": 8}, VALUES)
    wish = next(name.requirement for name in names if name.own == "replica_parallel_workers")
    assert wish.accepts is None


@pytest.mark.parametrize(
    ("settings", "cause", "remedy"),
    [
        ({"sync_binlogg": 1}, "settings.sync_binlogg: MySQL 9.7.4 has no system variable", "did you mean sync_binlog"),
        ({"slave_paralel_workers": 1}, "no system variable", "replica_parallel_workers"),
        ({"gtid_strict_mode": 1}, "no system variable", "SHOW GLOBAL VARIABLES"),
        ({"slave_parallel_workers": 1, "replica_parallel_workers": 2}, "twice", "leave one"),
        ({"sync_binlog": None}, "settings.sync_binlog: it has no value", "give sync_binlog"),
        ({"report_password": "s3cret"}, "does not set it", "leave it out"),
        ({"Server-ID": 7}, "a server_id of its own", "mysql_replication_server_id"),
    ],
)
def test_bad_settings(settings, cause, remedy):
    with pytest.raises(Refusal) as refused:
        named(MYSQL, [], settings, VALUES)
    assert cause in refused.value.cause
    assert remedy in refused.value.remedy
    assert "s3cret" not in str(refused.value)


def test_a_bad_value_is_named_as_the_user_spelled_it():
    number = SystemVariable("sync_binlog", VariableType(INTEGER, maximum=9), "1")
    with pytest.raises(Refusal, match=r"settings.sync-binlog: MySQL 9.7.4 cannot set sync_binlog to '10': the most"):
        wanted(Named("sync_binlog", Requirement("sync_binlog", "10", ""), "sync-binlog"), number, MYSQL.version)


@pytest.mark.parametrize(
    ("asked", "held", "not_held"),
    [
        ("ON", ("binlog", "other"), ("OFF", "", None)),
        ("1", ("other",), ("OFF",)),
        ("off", ("OFF",), ("binlog", "")),
        ("mysql-bin.log", ("mysql-bin",), ("binlog", "OFF")),
    ],
)
def test_a_log_is_on_off_or_of_that_name(asked, held, not_held):
    wish = wanted(Named("log_bin", Requirement("log_bin", asked, ""), "log_bin"), LOG_BIN, MYSQL.version)
    assert all(wish.holds(value) for value in held)
    assert not any(wish.holds(value) for value in not_held)


def test_targets_are_compared_in_the_servers_spelling():
    switch = SystemVariable("read_only", VariableType(BOOLEAN), "ON")
    assert wanted(Named("read_only", Requirement("read_only", "1", ""), "read_only"), switch, "").holds_now


@pytest.mark.parametrize(
    ("name", "kind", "now", "given"), [("datadir", TEXT, "/var/lib/mysql/", "/data/"), ("innodb_page_size", INTEGER, "16384", "8K")]
)
def test_what_the_data_is_bound_to_stays(name, kind, now, given):
    variable = SystemVariable(name, VariableType(kind), now, static=True)
    with pytest.raises(Refusal, match="bound to that"):
        wanted(Named(name, Requirement(name, given, "settings ask for it"), name), variable, "MySQL 9.7.4")
    assert wanted(Named(name, Requirement(name, now, "settings ask for it"), name), variable, "MySQL 9.7.4").holds_now


def test_switches_are_wanted_one_by_one():
    before = SystemVariable("optimizer_switch", VariableType(FLAGS), "hash_join=on,mrr=on")
    wish = Named("optimizer_switch", Requirement("optimizer_switch", "MRR=off", "settings ask for it"), "optimizer_switch")
    found = wanted(wish, before, "MySQL 9.7.4")
    assert not found.holds_now
    assert found.holds("hash_join=on,mrr=off")
    after = wanted(wish, replace(before, value="hash_join=off,mrr=off"), "MySQL 9.7.4")
    assert after.holds_now
    assert after.kept == "mrr=off"
