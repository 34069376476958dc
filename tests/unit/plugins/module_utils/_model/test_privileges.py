# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SHOW GRANTS of both vendors, read into privileges by their one name."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import MariaDBAccounts, MySQLAccounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import (
    ON_OBJECT,
    ON_SERVER,
    PROXY,
    RESTRICTION,
    ROLE,
    Grant,
    canonical,
    held_globally,
    holds,
    parse_grants,
)

MYSQL = MySQLAccounts.privilege_aliases
MARIADB = MariaDBAccounts.privilege_aliases
HASH = "*94BDCEBE19083CE2A1F959FD02F964C7AF4CFC29"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GRANT USAGE ON *.* TO `repl`@`%`", None),
        ("GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`", Grant(ON_SERVER, "*.*", ("REPLICATION SLAVE",))),
        (
            "GRANT SELECT, REPLICATION CLIENT ON *.* TO `repl`@`%` WITH GRANT OPTION",
            Grant(ON_SERVER, "*.*", ("SELECT", "REPLICATION CLIENT"), True),
        ),
        (
            "GRANT BINLOG_ADMIN,CONNECTION_ADMIN ON *.* TO `repl`@`%`",
            Grant(ON_SERVER, "*.*", ("BINLOG_ADMIN", "CONNECTION_ADMIN")),
        ),
        ("GRANT USAGE ON *.* TO `repl`@`%` WITH GRANT OPTION", Grant(ON_SERVER, "*.*", (), True)),
        ("GRANT ALL PRIVILEGES ON `d`.* TO `repl`@`%`", Grant(ON_OBJECT, "`d`.*", ("ALL PRIVILEGES",))),
        (r"GRANT SELECT ON `a\_b`.* TO `repl`@`%`", Grant(ON_OBJECT, r"`a\_b`.*", ("SELECT",))),
        (
            "GRANT SELECT (`a`, `b,c`), INSERT (`a`), DELETE ON `d`.`t` TO `repl`@`%`",
            Grant(ON_OBJECT, "`d`.`t`", ("SELECT (`a`, `b,c`)", "INSERT (`a`)", "DELETE")),
        ),
        ("GRANT SELECT ON `a ON b`.` TO ` TO `repl`@`%`", Grant(ON_OBJECT, "`a ON b`.` TO `", ("SELECT",))),
        ("GRANT SELECT ON `a``b`.* TO `re``pl`@`%`", Grant(ON_OBJECT, "`a``b`.*", ("SELECT",))),
        ("GRANT EXECUTE ON PROCEDURE `d`.`p` TO `repl`@`%`", Grant(ON_OBJECT, "PROCEDURE `d`.`p`", ("EXECUTE",))),
        ("GRANT PROXY ON ``@`` TO `repl`@`%` WITH GRANT OPTION", Grant(PROXY, "``@``", ("PROXY",), True)),
        ("GRANT `r1`@`%`,`r2`@`%` TO `repl`@`%`", Grant(ROLE, "", ("`r1`@`%`", "`r2`@`%`"))),
        ("GRANT `r1`@`%` TO `repl`@`%` WITH ADMIN OPTION", Grant(ROLE, "", ("`r1`@`%`",), True)),
        ("REVOKE SELECT ON `mysql`.* FROM `repl`@`%`", Grant(RESTRICTION, "`mysql`.*", ("SELECT",))),
    ],
)
def test_mysql_line(line, expected):
    assert parse_grants([line], MYSQL) == (() if expected is None else (expected,))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"GRANT USAGE ON *.* TO `repl`@`%` IDENTIFIED BY PASSWORD '{HASH}' REQUIRE SSL", None),
        (
            f"GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `repl`@`%` IDENTIFIED BY PASSWORD '{HASH}' REQUIRE SSL",
            Grant(ON_SERVER, "*.*", ("REPLICATION SLAVE", "BINLOG MONITOR")),
        ),
        (
            f"GRANT ALL PRIVILEGES ON *.* TO `repl`@`%` IDENTIFIED BY PASSWORD '{HASH}' WITH GRANT OPTION MAX_USER_CONNECTIONS 3",
            Grant(ON_SERVER, "*.*", ("ALL PRIVILEGES",), True),
        ),
        ("GRANT SELECT ON *.* TO `repl`@`%` WITH MAX_USER_CONNECTIONS 3", Grant(ON_SERVER, "*.*", ("SELECT",))),
        (
            "GRANT USAGE ON *.* TO `repl`@`%` IDENTIFIED VIA ed25519 USING 'WITH GRANT OPTION' OR unix_socket",
            None,
        ),
        ("GRANT PROXY ON 'no''body'@'%' TO 'repl'@'%'", Grant(PROXY, "'no''body'@'%'", ("PROXY",))),
        ("GRANT `r1` TO `repl`@`%`", Grant(ROLE, "", ("`r1`",))),
        ("GRANT `r2` TO `r1`", Grant(ROLE, "", ("`r2`",))),
        ("SET DEFAULT ROLE `r1` FOR `repl`@`%`", None),
    ],
)
def test_mariadb_line(line, expected):
    assert parse_grants([line], MARIADB) == (() if expected is None else (expected,))


def test_an_unknown_line_does_not_show_its_hash():
    with pytest.raises(ValueError) as error:
        parse_grants([f"SURPRISE `repl`@`%` '{HASH}'"], MARIADB)
    assert HASH not in str(error.value)


@pytest.mark.parametrize(
    ("aliases", "name", "expected"),
    [
        (MYSQL, "replication  slave", "REPLICATION SLAVE"),
        (MYSQL, "Replication Replica", "REPLICATION SLAVE"),
        (MYSQL, "BINLOG MONITOR", "REPLICATION CLIENT"),
        (MYSQL, "all", "ALL PRIVILEGES"),
        (MARIADB, "REPLICATION CLIENT", "BINLOG MONITOR"),
        (MARIADB, "REPLICATION REPLICA", "REPLICATION SLAVE"),
        (MARIADB, "Replica Monitor", "SLAVE MONITOR"),
        (MARIADB, "Read_only admin", "READ_ONLY ADMIN"),
        (MARIADB, "READ ONLY ADMIN", "READ_ONLY ADMIN"),
    ],
)
def test_names_of_one_meaning(aliases, name, expected):
    assert canonical(name, aliases) == expected


def test_all_holds_each_and_other_scopes_hold_none():
    grants = parse_grants(["GRANT ALL PRIVILEGES ON *.* TO `a`@`%`", "GRANT SELECT ON `d`.* TO `a`@`%`"], MARIADB)
    assert holds(held_globally(grants), "REPLICATION SLAVE")
    assert not holds(held_globally(grants[1:]), "SELECT")
