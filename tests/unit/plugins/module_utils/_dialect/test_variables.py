# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers call their variables, tell of them, and are told."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import (
    GLOBAL,
    PERSIST,
    Setting,
    modern_name,
    passed_trial,
    set_variable,
    trial,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    DECIMAL,
    ENUM,
    INTEGER,
    LOG,
    TEXT,
    SystemVariable,
    VariableType,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

MYSQL_9 = dialect_for(parse_version("9.7.4")).variables
MYSQL_8 = dialect_for(parse_version("8.0.21")).variables
MARIADB = dialect_for(parse_version("10.11.18-MariaDB")).variables

NEW = {"log_replica_updates": "ON", "log_slave_updates": "ON", "replica_parallel_workers": "4", "slave_parallel_workers": "4"}
OLD = {"log_slave_updates": "ON", "slave_parallel_workers": "4", "sync_master_info": "1"}
MARIA = {"log_slave_updates": "ON", "slave_parallel_workers": "0", "slave_parallel_threads": "0", "master_verify_checksum": "OFF"}


@pytest.mark.parametrize(
    ("dialect", "values", "name", "own"),
    [
        (MYSQL_9, NEW, "log-slave-updates", "log_replica_updates"),
        (MYSQL_9, NEW, "LOG_REPLICA_UPDATES", "log_replica_updates"),
        (MYSQL_8, OLD, "log_replica_updates", "log_slave_updates"),
        (MYSQL_8, OLD, "sync_source_info", "sync_master_info"),
        (MYSQL_8, OLD, "slave_parallel_workers", "slave_parallel_workers"),
        (MARIADB, MARIA, "replica_parallel_workers", "slave_parallel_threads"),
        (MARIADB, MARIA, "slave-parallel-workers", "slave_parallel_threads"),
        (MARIADB, MARIA, "slave_parallel_threads", "slave_parallel_threads"),
        (MARIADB, MARIA, "source_verify_checksum", "master_verify_checksum"),
        (MARIADB, MARIA, "super_read_only", ""),
        (MYSQL_9, NEW, "gtid_strict_mode", ""),
    ],
)
def test_names_are_translated(dialect, values, name, own):
    assert dialect.own_name(name, values) == own


def test_a_name_of_today_is_one_for_both_vendors():
    assert modern_name("slave_parallel_threads") == modern_name("Slave-Parallel-Workers") == "replica_parallel_workers"
    assert modern_name("log_slave_updates") == "log_replica_updates"


def test_a_word_is_translated_only_as_a_whole():
    assert modern_name("mastery_slaves") == "mastery_slaves"
    assert modern_name("rpl_semi_sync_master_wait_no_slave") == "rpl_semi_sync_source_wait_no_replica"


def test_old_names_in_option_files_mean_the_new_variables_where_both_exist():
    assert MYSQL_9.aliases(NEW)["slave_parallel_workers"] == "replica_parallel_workers"
    assert MYSQL_8.aliases(OLD) == {}
    assert MARIADB.aliases(MARIA) == {"slave_parallel_workers": "slave_parallel_threads"}


def metadata(name, kind, least="", most=""):
    row = {"DATA_TYPE": kind, "MIN_VALUE": least, "MAX_VALUE": most, "VARIABLE_SOURCE": "DYNAMIC"}
    return {name: {**row, "SET_USER": "root", "SET_HOST": "localhost", "SET_TIME": "2026-11-23T08:02:23Z"}}


def test_mysql_9_tells_types():
    variable = MYSQL_9.variable("sync_binlog", {"sync_binlog": "0"}, metadata("sync_binlog", "Integer", "0", "4294967295"), {})
    assert variable.type == VariableType(INTEGER, minimum=0, maximum=4294967295)
    assert variable.set_by == "root@localhost at 2026-11-23T08:02:23Z"
    assert not variable.static
    assert variable.persisted is None


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("read_only", "OFF", BOOLEAN),
        ("sync_binlog", "1", INTEGER),
        ("long_query_time", "10.000000", DECIMAL),
        ("binlog_format", "ROW", ENUM),
        ("report_host", "", TEXT),
    ],
)
def test_mysql_8_types_are_seen_in_values(name, value, kind):
    assert MYSQL_8.variable(name, {name: value}, {}, {}).type.kind == kind


POOL = {"innodb_buffer_pool_chunk_size": "134217728", "innodb_buffer_pool_instances": "2"}


@pytest.mark.parametrize(
    ("dialect", "values", "name", "given", "printed"),
    [
        (MYSQL_9, {}, "character_set_server", "UTF8MB4", "utf8mb4"),
        (MYSQL_9, {}, "character_set_server", "utf8", "utf8mb3"),
        (MYSQL_8, {}, "character_set_server", "UTF8", "utf8"),
        (MYSQL_9, {}, "collation_server", "UTF8MB4_0900_AI_CI", "utf8mb4_0900_ai_ci"),
        (MARIADB, {"old_mode": "UTF8_IS_UTF8MB3"}, "character_set_server", "Utf8", "utf8mb3"),
        (MARIADB, {"old_mode": ""}, "collation_server", "utf8_bin", "utf8mb4_bin"),
        (MYSQL_9, {}, "lc_messages", "EN_us", "en_US"),
        (MARIADB, {}, "default_storage_engine", "INNODB", "InnoDB"),
        (MYSQL_9, {}, "innodb_stats_method", "NULLS_EQUAL", "nulls_equal"),
        (MYSQL_9, {}, "innodb_log_writer_threads", "1", "ON"),
        (MYSQL_9, {}, "transaction_isolation", "1", "READ-COMMITTED"),
        (MYSQL_8, {}, "sql_mode", "ansi", "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI"),
        (MARIADB, {}, "sql_mode", "ANSI", "REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI"),
        (MYSQL_9, POOL, "innodb_buffer_pool_size", "200M", "268435456"),
        (MYSQL_9, POOL, "innodb_buffer_pool_size", "300M", "536870912"),
        (MARIADB, {"innodb_buffer_pool_chunk_size": "0"}, "innodb_buffer_pool_size", "200M", "209715200"),
    ],
)
def test_what_was_given_and_what_the_server_prints_of_it_are_one(dialect, values, name, given, printed):
    details = {name: {**row("VARCHAR"), "DATA_TYPE": "Integer" if printed.isdigit() else "String"}}
    if printed.isdigit():
        details[name]["VARIABLE_TYPE"] = "BIGINT UNSIGNED"
    for_metadata = {"MIN_VALUE": None, "MAX_VALUE": None, "VARIABLE_SOURCE": "COMPILED"}
    variable = dialect.variable(name, {**values, name: printed}, {name: {**details[name], **for_metadata}}, {})
    assert variable.type.normalise(given) == variable.value


@pytest.mark.parametrize("name", ["time_zone", "init_connect", "general_log_file", "character_sets_dir"])
def test_the_case_of_other_texts_means_something(name):
    details = {name: {"DATA_TYPE": "String"}}
    assert MYSQL_9.variable(name, {name: "Aa"}, details, {}).type.normalise("Europe/Berlin") == "Europe/Berlin"


def test_a_number_that_mysql_would_round_down_is_none_that_it_takes():
    variable = MYSQL_9.variable("max_allowed_packet", {"max_allowed_packet": "1024"}, metadata("max_allowed_packet", "Integer"), {})
    with pytest.raises(ValueError, match="multiples of 1024"):
        variable.type.normalise("1000000")


def test_the_value_of_a_log_is_its_name():
    values = {"log_bin": "ON", "log_bin_basename": "/var/lib/mysql/binlog", "datadir": "/var/lib/mysql/"}
    variable = MYSQL_9.variable("log_bin", values, {}, {})
    assert (variable.type.kind, variable.value, variable.static, variable.persistable) == (LOG, "binlog", True, False)
    assert MYSQL_9.variable("log_bin", {**values, "log_bin": "OFF", "log_bin_basename": ""}, {}, {}).value == "OFF"
    relay = {"relay_log": "", "relay_log_basename": "", "datadir": "/var/lib/mysql/"}
    assert MYSQL_9.variable("relay_log", relay, {}, {}).value == ""


def test_persisted_values_are_normalised_too():
    variable = MYSQL_9.variable("read_only", {"read_only": "OFF"}, metadata("read_only", "Boolean"), {"read_only": "1"})
    assert variable.persisted == "ON"


def row(kind, choices=None, least=None, most=None, block=None, read_only="NO"):
    return {
        "VARIABLE_TYPE": kind,
        "ENUM_VALUE_LIST": choices,
        "NUMERIC_MIN_VALUE": least,
        "NUMERIC_MAX_VALUE": most,
        "NUMERIC_BLOCK_SIZE": block,
        "READ_ONLY": read_only,
    }


def test_mariadb_tells_everything():
    details = {
        "slave_parallel_mode": row("ENUM", "none,optimistic"),
        "max_binlog_size": row("BIGINT UNSIGNED", None, "4096", "1073741824", "4096"),
        "bind_address": row("VARCHAR", read_only="YES"),
    }
    values = {"slave_parallel_mode": "optimistic", "max_binlog_size": "1073741824", "bind_address": ""}
    found = {name: MARIADB.variable(name, values, details, {}) for name in values}
    assert found["slave_parallel_mode"].type.choices == ("none", "optimistic")
    assert found["max_binlog_size"].type == VariableType(INTEGER, minimum=4096, maximum=1073741824, block=4096)
    assert found["bind_address"].static
    assert not found["max_binlog_size"].static


def test_statements():
    number = SystemVariable("sync_binlog", VariableType(INTEGER), "0")
    text = SystemVariable("report_host", VariableType(TEXT), "")
    assert str(set_variable(Setting(GLOBAL, number, "1"))) == "SET GLOBAL sync_binlog = 1"
    assert str(set_variable(Setting(PERSIST, text, "1"))) == "SET PERSIST report_host = '1'"


def test_a_trial_ends_with_what_no_server_takes():
    number = SystemVariable("max_connections", VariableType(INTEGER), "1")
    assert str(trial([Setting(GLOBAL, number, "5")])) == ("SET GLOBAL max_connections = 5, GLOBAL sync_binlog = 'not a number'")
    assert passed_trial(1232, "Incorrect argument type to variable 'sync_binlog'")
    assert not passed_trial(1231, "Variable 'sync_binlog' can't be set to the value of 'x'")
    assert not passed_trial(1232, "Incorrect argument type to variable 'server_id'")


def test_waiting_for_an_applier():
    place = Coordinates("binlog.000007", 157)
    assert MYSQL_9.applied(place, "c'1") == ("SELECT COALESCE(SOURCE_POS_WAIT('binlog.000007', 157, 1, 'c\\'1') >= 0, 0)")


def test_groups_of_option_files():
    assert MYSQL_9.groups == ("mysql_cluster", "mysqld", "server", "mysqld-9.7")
    assert {"mariadb-10.11", "mysqld", "client-server", "galera"} <= set(MARIADB.groups)
