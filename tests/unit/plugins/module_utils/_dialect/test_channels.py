# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Channels as each server family words them; the status rows were recorded on running pairs (tests/unit/recorded)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import (
    APPLIER,
    BOTH,
    RECEIVER,
    MariaDBChannels,
    MySQLChannels,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import CONNECTING, OFF, ON
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

RECORDED = Path(__file__).parents[3] / "recorded"


def rows(server):
    return json.loads((RECORDED / f"channels-{server}.json").read_text(encoding="utf-8"))


def mysql(version="9.7.4"):
    return MySQLChannels(parse_version(version))


def mariadb(version="10.11.18-MariaDB"):
    return MariaDBChannels(parse_version(version))


def in_old_words(recorded):
    """The status as MySQL before 8.0.22 and its successors' manuals name its columns."""
    renamed = [
        {name.replace("Replica_", "Slave_").replace("Source", "Master"): value for name, value in row.items()}
        for row in recorded["status"]
    ]
    return {**recorded, "status": renamed}


@pytest.mark.parametrize(
    ("dialect", "recorded"),
    [
        (mysql(), rows("mysql-9.7.4")),
        (mysql("8.0.20"), in_old_words(rows("mysql-9.7.4"))),
        (mariadb(), rows("mariadb-10.11.18")),
        (mariadb("11.8.6-MariaDB"), rows("mariadb-11.8.6")),
    ],
)
def test_a_running_channel(dialect, recorded):
    (channel,) = dialect.parse(recorded, {"": "pw"})
    assert channel.healthy
    assert (channel.receiver.state, channel.applier.state, channel.lag) == (ON, ON, 0)
    assert channel.options["source_user"] == "repl"
    assert channel.options["source_port"] == 3306
    assert channel.options["source_password"] == Secret("pw")
    assert channel.options["connect_retry"] == 10
    assert channel.options["heartbeat_period"] == 30.0
    assert channel.options["tls"] is True
    assert channel.options["auto_position"] is True
    assert channel.executed is not None


@pytest.mark.parametrize(
    ("column", "value", "state"),
    [
        ("Slave_IO_Running", "No", OFF),
        ("Slave_IO_Running", "Connecting", CONNECTING),
        ("Slave_IO_Running", "Preparing", CONNECTING),
    ],
)
def test_receiver_states(column, value, state):
    recorded = rows("mariadb-10.11.18")
    recorded["status"][0][column] = value
    assert mariadb().parse(recorded, {})[0].receiver.state == state


def test_a_worker_s_error_says_more_than_the_coordinator_s():
    recorded = rows("mysql-9.7.4")
    recorded["status"][0].update(Replica_SQL_Running="No", Last_SQL_Errno="1062", Last_SQL_Error="Coordinator stopped")
    recorded["worker_errors"] = [
        {"CHANNEL_NAME": "", "LAST_ERROR_NUMBER": "1062", "LAST_ERROR_MESSAGE": "Duplicate entry '7' for key 't.PRIMARY'"}
    ]
    applier = mysql().parse(recorded, {})[0].applier
    assert (applier.state, applier.errno) == (OFF, 1062)
    assert "'7'" in applier.error


@pytest.mark.parametrize("by_worker", [False, True])
def test_an_error_is_told_without_the_secret_of_the_statement_that_it_quotes(by_worker):
    error = "Error 'x' on query. Query: 'ALTER USER zz IDENTIFIED BY 'S3cr7''"
    recorded = rows("mysql-9.7.4")
    recorded["status"][0].update(Replica_SQL_Running="No", Last_SQL_Errno="1396", Last_SQL_Error=error)
    recorded["worker_errors"] = (
        [{"CHANNEL_NAME": "", "LAST_ERROR_NUMBER": "1396", "LAST_ERROR_MESSAGE": error}] if by_worker else []
    )
    applier = mysql().parse(recorded, {})[0].applier
    assert (applier.errno, applier.error) == (1396, "Error 'x' on query. Query: 'ALTER USER zz IDENTIFIED ********")


def test_unknown_lag_is_not_zero():
    recorded = rows("mysql-9.7.4")
    recorded["status"][0]["Seconds_Behind_Source"] = None
    assert mysql().parse(recorded, {})[0].lag is None


def test_no_channel():
    assert mysql().parse({"status": [], "configuration": [], "worker_errors": []}, {}) == ()
    husk = rows("mariadb-10.11.18")
    husk["status"][0]["Master_Host"] = ""
    assert mariadb().parse(husk, {}) == ()


CHANGE = {"source_host": "it's", "source_port": 3307, "source_password": Secret("s3cret"), "auto_position": True, "tls": False}


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        (
            mysql(),
            "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'it\\'s', SOURCE_PORT = 3307, SOURCE_PASSWORD = '********',"
            " SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 0 FOR CHANNEL 'c'",
        ),
        (
            mysql("8.0.22"),
            "CHANGE MASTER TO MASTER_HOST = 'it\\'s', MASTER_PORT = 3307, MASTER_PASSWORD = '********',"
            " MASTER_AUTO_POSITION = 1, MASTER_SSL = 0 FOR CHANNEL 'c'",
        ),
        (
            mariadb(),
            "CHANGE MASTER 'c' TO MASTER_HOST = 'it\\'s', MASTER_PORT = 3307, MASTER_PASSWORD = '********',"
            " MASTER_SSL = 0, MASTER_USE_GTID = slave_pos",
        ),
    ],
)
def test_change(dialect, expected):
    change = dialect.change("c", CHANGE)
    assert str(change) == expected
    assert "'s3cret'" in change.text()


@pytest.mark.parametrize(
    ("dialect", "start", "stop", "remove"),
    [
        (mysql(), "START REPLICA FOR CHANNEL ''", "STOP REPLICA SQL_THREAD FOR CHANNEL ''", "RESET REPLICA ALL FOR CHANNEL ''"),
        (mysql("8.0.21"), "START SLAVE FOR CHANNEL ''", "STOP SLAVE SQL_THREAD FOR CHANNEL ''", "RESET SLAVE ALL FOR CHANNEL ''"),
        (mariadb(), "START SLAVE ''", "STOP SLAVE '' SQL_THREAD", "RESET SLAVE '' ALL"),
    ],
)
def test_threads(dialect, start, stop, remove):
    assert str(dialect.start("", BOTH)) == start
    assert str(dialect.stop("", APPLIER)) == stop
    assert str(dialect.remove("")) == remove


@pytest.mark.parametrize(
    ("dialect", "options", "parts"),
    [
        (mysql(), {"connect_retry": 1}, {RECEIVER}),
        (mysql(), {"delay": 1}, {APPLIER}),
        (mysql(), {"auto_position": True}, {RECEIVER, APPLIER}),
        (mysql(), {}, set()),
        (mariadb(), {"delay": 1}, {RECEIVER, APPLIER}),
        (mariadb(), {}, set()),
    ],
)
def test_which_threads_must_rest(dialect, options, parts):
    assert dialect.must_rest(options) == parts


def test_master_info_holds_the_password_on_its_sixth_line():
    text = "33\nbinlog.000001\n1234\ndb1\nrepl\np#w 'x'\n3306\n60\n"
    assert mariadb().stored_password(text) == "p#w 'x'"
    assert mariadb().password_file("") == "master.info"
    assert mariadb().password_file("Second") == "master-second.info"


@pytest.mark.parametrize(
    ("grant", "allowed"),
    [
        ("GRANT REPLICATION SLAVE ON *.* TO `repl`@`%` REQUIRE SSL", True),
        ("GRANT REPLICATION REPLICA ON *.* TO `repl`@`%`", True),
        ("GRANT SELECT, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `repl`@`%`", True),
        ("GRANT ALL PRIVILEGES ON *.* TO `repl`@`%` WITH GRANT OPTION", True),
        ("GRANT REPLICATION SLAVE ADMIN ON *.* TO `repl`@`%`", False),
        ("GRANT ALL PRIVILEGES ON `d`.* TO `repl`@`%`", False),
        ("GRANT USAGE ON *.* TO `repl`@`%`", False),
    ],
)
def test_mariadb_reads_the_privilege_from_the_grants(grant, allowed):
    assert mariadb().may_replicate([{"Grants for repl@%": grant}]) is allowed
    assert not mariadb().may_replicate(None)


def test_mysql_proves_the_privilege_by_a_statement_that_needs_it():
    assert mysql().may_replicate([])
    assert not mysql().may_replicate(None)
