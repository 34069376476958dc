# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vendors' programs say of a server that was killed amid a copy is known, and nothing else; seen on 9.7 and 10.11."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.server_gone import explain_gone, says_gone


@pytest.mark.parametrize(
    ("said", "is_gone"),
    [
        ("FATAL ERROR: 2026-11-28 16:50:09 failed to execute query BACKUP LOCK `mysql`.`index_stats`: Server has gone away", True),
        ("mysqldump: Error 2013: Lost connection to MySQL server during query when dumping table `t2` at row: 39837", True),
        ("mariadb-dump: Couldn't execute 'SELECT `id` FROM `t`': TLS/SSL error: unexpected eof while reading (2026)", True),
        ("mysqldump: Got error: 2003: Can't connect to MySQL server on 'db1:3306' (111) when trying to connect", True),
        ("mysqldump: Couldn't execute 'SHOW FIELDS FROM `broken`': View 'd.broken' references invalid table(s)", False),
        ("mariadb-backup: Error writing file 'UNOPENED' (errno: 28 \"No space left on device\")", False),
    ],
)
def test_a_server_that_is_gone_is_known(said, is_gone):
    assert says_gone(said) is is_gone


def test_it_is_named_with_what_was_seen():
    refusal = explain_gone("db1:3306", "db2 copied its data", "mariadb-backup on db1 ended with status 1: Server has gone away")
    assert refusal.cause.splitlines() == [
        "db1:3306 went away while db2 copied its data: its server was ended or restarted, or the connection was lost",
        "Seen: mariadb-backup on db1 ended with status 1: Server has gone away",
    ]
    assert "systemctl status mysql mariadb" in refusal.remedy
    assert refusal.remedy.endswith("start it, then run again: the copy begins anew")
