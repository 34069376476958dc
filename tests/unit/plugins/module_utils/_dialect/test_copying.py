# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a dump says of its position, in the forms that clients write."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

MYSQL = dialect_for(parse_version("9.7.4")).copying
MARIADB = dialect_for(parse_version("10.11.18-MariaDB")).copying
A = "7c33acb3-e9dc-11f1-9811-a2da2bde6428"


@pytest.mark.parametrize(
    ("copying", "ends", "found"),
    [
        (MYSQL, f"--\n/* SET @@GLOBAL.GTID_PURGED='+{A}:1-5';*/\n--", {f"{A}:1-5"}),
        (
            MYSQL,
            f"/* SET @@GLOBAL.GTID_PURGED='+{A}:1-5,\nbbbbbbbb-e9dc-11f1-9811-a2da2bde6428:1';*/",
            {f"{A}:1-5,bbbbbbbb{A[8:]}:1"},
        ),
        (MYSQL, f"INSERT INTO `t` VALUES ('/* SET @@GLOBAL.GTID_PURGED=\\'{A}:1\\';*/')", set()),
        (MARIADB, "--\n\n-- SET GLOBAL gtid_slave_pos='0-1-9,2-3-4';\n/*!40103 SET", {"0-1-9,2-3-4"}),
        (MARIADB, "-- SET GLOBAL gtid_slave_pos='0-1-9';\n-- SET GLOBAL gtid_slave_pos='0-1-8';", {"0-1-9", "0-1-8"}),
        (MARIADB, "-- CHANGE MASTER TO MASTER_USE_GTID=slave_pos;", set()),
    ],
)
def test_positions(copying, ends, found):
    assert copying.positions(ends) == found


@pytest.mark.parametrize(
    ("copying", "text", "own"),
    [
        (MYSQL, "mysqldump  Ver 9.7.4-2 for Linux on x86_64 ((Debian))", True),
        (MYSQL, "mysqldump  Ver 10.19 Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)", False),
        (MARIADB, "mysqldump  Ver 10.19 Distrib 10.11.18-MariaDB, for debian-linux-gnu (x86_64)", True),
        (MARIADB, "mysqldump  Ver 9.7.4-2 for Linux on x86_64 ((Debian))", False),
    ],
)
def test_only_the_vendors_own_clients_run(copying, text, own):
    assert copying.is_own_program(text) is own
