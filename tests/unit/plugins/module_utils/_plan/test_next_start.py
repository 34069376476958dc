# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What rules a variable at the next start."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import read_chain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    INTEGER,
    LOG,
    SystemVariable,
    VariableType,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import (
    COMMAND_LINE,
    DEFAULT,
    OPTION_FILE,
    PERSISTED,
    assigned_value,
    next_start,
)

MYSQL = dialect_for(parse_version("9.7.4")).variables
MARIADB = dialect_for(parse_version("11.8.6-MariaDB")).variables
SYNC = SystemVariable("sync_binlog", VariableType(INTEGER), "1")
PERSISTED_SYNC = SystemVariable("sync_binlog", VariableType(INTEGER), "1", persisted="5")
READ_ONLY = SystemVariable("read_only", VariableType(BOOLEAN), "ON")
LOG_BIN = SystemVariable("log_bin", VariableType(LOG, directory="/var/lib/mysql/"), "binlog", static=True)
EXPIRE = SystemVariable("binlog_expire_logs_seconds", VariableType(INTEGER, minimum=0, maximum=8553600), "0")


def lines(*options, path="/etc/my.cnf"):
    text = "\n".join(["[mysqld]", *options, ""])
    return read_chain([path], {path: text}.get, {}.get, ["mysqld"], {}).assignments


@pytest.mark.parametrize(
    ("persisted", "heeds", "command_line", "files", "layer", "value"),
    [
        (True, True, ["sync_binlog=7"], ["sync_binlog=3"], PERSISTED, "5"),
        (True, False, ["sync_binlog=7"], ["sync_binlog=3"], COMMAND_LINE, "7"),
        (False, True, ["sync_binlog=7"], ["sync_binlog=3"], COMMAND_LINE, "7"),
        (False, True, [], ["sync_binlog=3"], OPTION_FILE, "3"),
        (False, True, [], ["sync_binlog=3", "SYNC-BINLOG = 1k"], OPTION_FILE, "1024"),
        (False, True, [], ["sync_binlog=often"], OPTION_FILE, None),
        (False, True, [], ["max_connections=3"], DEFAULT, None),
    ],
)
def test_the_order_of_layers(persisted, heeds, command_line, files, layer, value):
    ruling = next_start(MYSQL, PERSISTED_SYNC if persisted else SYNC, lines(*command_line, path=""), lines(*files), heeds)
    assert (ruling.layer, ruling.value) == (layer, value)


def test_places_are_named():
    assert next_start(MYSQL, SYNC, (), lines("", "sync_binlog=1"), True).where == "/etc/my.cnf line 3"
    assert "mysqld-auto.cnf" in next_start(MYSQL, PERSISTED_SYNC, (), (), True).where


@pytest.mark.parametrize(
    ("variable", "line", "value"),
    [
        (READ_ONLY, "read_only", "ON"),
        (READ_ONLY, "skip_read_only", "OFF"),
        (READ_ONLY, "skip-read-only = 0", "ON"),
        (READ_ONLY, "read_only = true", "ON"),
        (LOG_BIN, "log_bin", None),
        (LOG_BIN, "log_bin =", None),
        (LOG_BIN, "skip-log-bin", "OFF"),
        (LOG_BIN, "disable_log_bin", "OFF"),
        (LOG_BIN, "log_bin = OFF", "./OFF"),
        (LOG_BIN, "log_bin = /var/lib/mysql/binlog.log", "binlog"),
        (LOG_BIN, "log-bin = /var/log/mysql-bin", "/var/log/mysql-bin"),
    ],
)
def test_what_a_line_means(variable, line, value):
    (assignment,) = lines(line)
    assert assigned_value(MYSQL, variable, assignment) == value


@pytest.mark.parametrize(
    ("variable", "line"),
    [(READ_ONLY, "read_only = maybe"), (READ_ONLY, "read_only ="), (SYNC, "sync_binlog"), (SYNC, "sync_binlog = often")],
)
def test_lines_that_no_server_takes(variable, line):
    (assignment,) = lines(line)
    with pytest.raises(ValueError, match="it "):
        assigned_value(MYSQL, variable, assignment)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        (["expire_logs_days = 10"], "864000"),
        (["expire_logs_days = 0.5"], "43200"),
        (["binlog_expire_logs_seconds = 3600", "expire_logs_days = 3"], "259200"),
        (["expire_logs_days = 3", "binlog_expire_logs_seconds = 3600"], "3600"),
        (["expire_logs_days = soon"], None),
    ],
)
def test_days_are_seconds_on_mariadb(options, value):
    assert next_start(MARIADB, EXPIRE, (), lines(*options), False).value == value


def test_days_mean_nothing_to_mysql_9():
    assert next_start(MYSQL, EXPIRE, (), lines("expire_logs_days = 10"), False).layer == DEFAULT
