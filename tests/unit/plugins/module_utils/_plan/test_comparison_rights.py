# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login that cannot compare is told all that it lacks, before anything is done, and the statements that give it."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_rights import comparison_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import LoginRights

OPS = AccountName("ops", "%")
MYSQL, MARIADB = (dialect_for(parse_version(text)) for text in ("9.7.4", "10.11.18-MariaDB"))
BASE = "GRANT SELECT, SYSTEM_VARIABLES_ADMIN ON *.* TO `ops`@`%`"
NOTES = "CREATE, DELETE, DROP, INSERT, UPDATE"


def obstacles(dialect, lines, globally=("SELECT",)):
    grants = parse_grants(lines, dialect.accounts.privilege_aliases)
    return comparison_obstacles(dialect, LoginRights("db1", OPS, grants), "notes_1", globally)


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        (MYSQL, ["GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION"]),
        (MYSQL, [BASE, f"GRANT {NOTES} ON `notes_1`.* TO `ops`@`%`"]),
        (MYSQL, [BASE, f"GRANT {NOTES} ON `notes\\_1`.* TO `ops`@`%`"]),
        (MYSQL, [BASE, "GRANT ALL PRIVILEGES ON `n%`.* TO `ops`@`%`"]),
        (MARIADB, ["GRANT SELECT, SUPER ON *.* TO `ops`@`%`", f"GRANT {NOTES} ON `notes_1`.* TO `ops`@`%`"]),
    ],
)
def test_nothing_is_said_of_a_login_that_has_enough(dialect, lines):
    assert obstacles(dialect, lines) == []


@pytest.mark.parametrize(
    ("dialect", "lines", "globally", "remedy"),
    [
        (MYSQL, [BASE], ["SELECT"], f"GRANT {NOTES} ON `notes_1`.* TO 'ops'@'%'; or log in"),
        (MYSQL, [BASE, f"GRANT {NOTES} ON `notes_1`.`item` TO `ops`@`%`"], [], f"GRANT {NOTES} ON `notes_1`.* TO 'ops'@'%'; or"),
        (MYSQL, [BASE, f"GRANT {NOTES} ON `n.te__1`.* TO `ops`@`%`"], [], f"GRANT {NOTES} ON `notes_1`.* TO 'ops'@'%'; or"),
        (
            MARIADB,
            ["GRANT USAGE ON *.* TO `ops`@`%`", f"GRANT {NOTES} ON `notes_1`.* TO `ops`@`%`"],
            ["SELECT", "TRIGGER"],
            ": GRANT SELECT, TRIGGER, BINLOG ADMIN ON *.* TO 'ops'@'%'; or log in",
        ),
    ],
)
def test_all_that_a_login_lacks_is_given_in_statements(dialect, lines, globally, remedy):
    (found,) = obstacles(dialect, lines, globally)
    assert remedy in found.remedy
    assert found.cause.startswith("'ops'@'%', with which this run is logged in to db1, lacks for a comparison: ")
