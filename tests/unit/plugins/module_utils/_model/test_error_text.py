# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret of a statement that an error quotes gets further, and what carries none stays as it is."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.error_text import without_secrets

SECRET = "S3cr7"
#: What servers put around the statement: MariaDB, MySQL's worker, and a syntax error that quotes its rest.
AROUND = (
    "Error 'Operation ALTER USER failed for 'zz'@'%'' on query. Default database: ''. Query: '{}'",
    "Worker 1 failed executing transaction 'u:5' at source log binlog.000002, end_log_pos 7; Error 'x' on query. Query: '{}'",
    "You have an error in your SQL syntax; … near '{}' at line 1",
    "Slave SQL: Error 'x' on query. Query: '{}', Gtid 0-1-10, Internal MariaDB error code: 1396",
)
STATEMENTS = (
    "ALTER USER zz IDENTIFIED BY 'S3cr7'",
    'alter user zz identified by "S3cr7" require ssl',
    "ALTER USER zz IDENTIFIED /* x */ BY 'S3cr7'",
    "ALTER USER zz IDENTIFIED\nBY 'it''s S3cr7'",
    "ALTER USER repl IDENTIFIED VIA ed25519 USING PASSWORD('S3cr7')",
    "CREATE USER 'zz'@'%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$S3cr7' REQUIRE NONE",
    "IDENTIFIED BY PASSWORD '*S3cr7'",
    "GRANT SELECT ON *.* TO zz IDENTIFIED BY 'S3cr7'",
    "SET PASSWORD FOR zz = '*S3cr7'",
    "SET PASSWORD = PASSWORD('S3cr7')",
    "SET /* a */ PASSWORD /* b */ = 'S3cr7'",
    "SET PASSWORD -- for zz\n= 'S3cr7'",
    "PASSWORD('S3cr7')",
    "PASSWORD/**/('S3cr7')",
    "PASSWORD 'S3cr7'",
    "OLD_PASSWORD('S3cr7')",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'S3cr7')",
    "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD'S3cr7')",
    "CHANGE MASTER TO MASTER_PASSWORD = 'S3cr7'",
    "CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='S3cr7'",
)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_may_be_a_secret_is_masked(statement, around):
    told = without_secrets(around.format(statement))
    assert SECRET not in told
    assert told.endswith("********")
    assert told.startswith(around.partition("{}")[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error connecting to master 'repl@db1:3306' - message: Access denied for user 'repl'@'db2' (using password: YES)",
        "Your password has expired. To log in you must change it using a client that supports expired passwords.",
        "Could not execute Write_rows event on table app.password_resets; Duplicate entry '7' for key 'PRIMARY'",
        "Could not execute Write_rows event on table app.password; Duplicate entry '7' for key 'PRIMARY'",
        "Error 'Unknown column 'password' in 'field list'' on query. Query: 'SELECT 1'",
        "Error 'Operation DROP USER failed for 'zz'@'%'' on query. Query: 'DROP USER zz'",
    ],
)
def test_what_carries_none_stays_as_it_is(text):
    assert without_secrets(text) == text
