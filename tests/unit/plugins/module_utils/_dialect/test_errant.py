# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each vendor's binary log client says of itself, and what begins a binary log."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.errant import (
    MariaDBErrantDialect,
    MySQLErrantDialect,
)

MYSQL, MARIADB = MySQLErrantDialect(), MariaDBErrantDialect()


@pytest.mark.parametrize(
    ("version", "mysql", "mariadb"),
    [
        ("/usr/bin/mariadb-binlog Ver 3.5 for debian-linux-gnu at x86_64", False, True),
        ("mariadb-binlog from 11.8.9-MariaDB, client 3.5 for debian-linux-gnu (x86_64)", False, True),
        ("mariadb-binlog Ver 11.9 Distrib 12.3.1-MariaDB, for Linux (x86_64)", False, True),
        ("mysqlbinlog  Ver 9.7.4-0 for Linux on x86_64 ((Debian))", True, False),
        ("mysqlbinlog  Ver 26.10.0 for Linux on x86_64", True, False),
        ("", False, False),
    ],
)
def test_whose_client_it_is(version: str, mysql: bool, mariadb: bool) -> None:
    assert (MYSQL.is_own_program(version), MARIADB.is_own_program(version)) == (mysql, mariadb)


def test_what_precedes_a_log() -> None:
    assert MYSQL.before({"Event_type": "Previous_gtids", "Info": "a:1-2"}) == "a:1-2"
    assert MYSQL.before({"Event_type": "Previous_gtids", "Info": ""}) == ""
    assert MYSQL.before({"Event_type": "Gtid", "Info": ""}) is None
    assert MARIADB.before({"Event_type": "Gtid_list", "Info": "[0-1-5,0-2-3]"}) == "0-1-5,0-2-3"
    assert MARIADB.before({"Event_type": "Gtid_list", "Info": "[]"}) == ""
    assert MARIADB.before({"Event_type": "Gtid", "Info": "GTID 0-1-5"}) is None
