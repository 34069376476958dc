# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values a profile wants, and which it keeps."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import (
    PRIMARY,
    REPLICA,
    loopback_only,
    requirements,
)


def requirement(profile, name):
    return next(r for r in requirements(profile, 7, "10.0.0.7") if r.name == name)


@pytest.mark.parametrize(
    ("value", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.0.1.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.0.0.1,::1", True),
        ("127.0.0.1/red", True),
        ("*", False),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("127.0.0.1,10.0.0.5", False),
        ("db1", False),
    ],
)
def test_loopback(value, loopback):
    assert loopback_only(value) is loopback


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("binlog_expire_logs_seconds", "604800", True),
        ("binlog_expire_logs_seconds", "604799", False),
        ("binlog_expire_logs_seconds", "0", False),
        ("binlog_expire_logs_seconds", "", False),
        ("log_bin", "mysql-bin", True),
        ("log_bin", "OFF", False),
        ("log_bin", "", False),
        ("relay_log", "relay", True),
        ("relay_log", "", False),
        ("report_host", "db2", True),
        ("report_host", "", False),
        ("report_host", "127.0.0.1", False),
        ("replica_parallel_workers", "16", True),
        ("replica_parallel_workers", "1", False),
        ("replica_parallel_mode", "conservative", True),
        ("replica_parallel_mode", "aggressive", False),
        ("log_warnings", "4", True),
        ("log_warnings", "1", False),
    ],
)
def test_a_good_value_is_kept(name, value, accepted):
    assert requirement(REPLICA, name).accepts(value) is accepted


def test_every_target_is_accepted():
    for profile in (PRIMARY, REPLICA):
        for wish in requirements(profile, 7, "10.0.0.7"):
            assert wish.accepts is None or wish.accepts(wish.target), wish


def test_exact_ones():
    for name in (
        "server_id",
        "sync_binlog",
        "innodb_flush_log_at_trx_commit",
        "binlog_format",
        "gtid_mode",
        "read_only",
        "log_error_verbosity",
    ):
        assert requirement(PRIMARY, name).accepts is None


def test_refused_logins_are_logged_on_every_server():
    for profile in (PRIMARY, REPLICA):
        verbosity = requirement(profile, "log_error_verbosity")
        assert (verbosity.target, verbosity.accepts) == ("3", None)
        assert requirement(profile, "log_warnings").target == "2"


def test_who_writes():
    assert requirement(PRIMARY, "read_only").target == "OFF"
    assert requirement(REPLICA, "super_read_only").target == "ON"
    assert requirement(REPLICA, "report_host").target == "10.0.0.7"


def test_what_is_worth_a_restart():
    assert requirement(PRIMARY, "bind_address").urgent
    assert not requirement(REPLICA, "bind_address").urgent
    assert not requirement(PRIMARY, "log_replica_updates").urgent
    assert requirement(REPLICA, "log_replica_updates").urgent
