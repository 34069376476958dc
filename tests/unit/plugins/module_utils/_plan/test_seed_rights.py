# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A login that cannot have data copied is told all that it lacks, and the statement that gives it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import (
    LoginRights,
    blind_replica,
    blind_source,
    copied_obstacles,
    replica_obstacles,
    source_obstacles,
)

OPS = AccountName("ops", "localhost")
FULL = "GRANT ALL PRIVILEGES ON *.* TO `ops`@`localhost` WITH GRANT OPTION"
MYSQL, MARIADB = (dialect_for(parse_version(text)) for text in ("9.7.4", "10.11.18-MariaDB"))
ENOUGH = (
    "GRANT SELECT, CREATE USER, SHOW VIEW, TRIGGER, EVENT, PROCESS, RELOAD ON *.* TO `ops`@`localhost` WITH GRANT OPTION",
    "GRANT BACKUP_ADMIN,SESSION_VARIABLES_ADMIN ON *.* TO `r`@`%` WITH GRANT OPTION",
    "GRANT INSERT, DELETE ON `mysql`.* TO `ops`@`localhost`",
)
ENOUGH_THERE = (
    "GRANT SELECT, CREATE USER, SHOW VIEW, TRIGGER, EVENT, PROCESS, RELOAD, BINLOG MONITOR, LOCK TABLES ON *.* TO `ops`@`localhost`"
    " WITH GRANT OPTION",
    "GRANT BINLOG ADMIN ON *.* TO `r`",
)


def on_source(dialect, lines, methods, needs_plugin=True):
    grants = parse_grants(lines, dialect.accounts.privilege_aliases)
    return source_obstacles(dialect, LoginRights("db1", OPS, grants), methods, needs_plugin)


@pytest.mark.parametrize(
    ("dialect", "lines", "methods"),
    [
        (MYSQL, [FULL], ["clone", "dump"]),
        (MYSQL, ENOUGH, ["clone", "dump"]),
        (MARIADB, [FULL], ["backup", "dump"]),
        (MARIADB, ENOUGH_THERE, ["backup", "dump"]),
    ],
)
def test_a_login_that_has_all_is_told_nothing(dialect, lines, methods):
    assert on_source(dialect, lines, methods) == []


@pytest.mark.parametrize(
    ("dialect", "lines", "methods", "lacking", "remedy"),
    [
        (
            MYSQL,
            ["GRANT SELECT ON *.* TO `ops`@`localhost`"],
            ["clone"],
            "BACKUP_ADMIN WITH GRANT OPTION, CREATE USER, DELETE, INSERT, PROCESS WITH GRANT OPTION, SELECT WITH GRANT OPTION,"
            " SESSION_VARIABLES_ADMIN",
            "GRANT BACKUP_ADMIN, CREATE USER, DELETE, INSERT, PROCESS, SELECT, SESSION_VARIABLES_ADMIN ON *.* TO"
            " 'ops'@'localhost' WITH GRANT OPTION",
        ),
        (MYSQL, ENOUGH[:2], ["clone"], "DELETE, INSERT", "GRANT DELETE, INSERT ON *.* TO 'ops'@'localhost';"),
        (
            MARIADB,
            ["GRANT ALL PRIVILEGES ON *.* TO `ops`@`localhost`"],
            ["backup"],
            "PROCESS WITH GRANT OPTION, SELECT WITH GRANT OPTION",
            "GRANT PROCESS, SELECT ON *.* TO 'ops'@'localhost' WITH GRANT OPTION",
        ),
        (
            MARIADB,
            ["GRANT PROCESS, SELECT, CREATE USER ON *.* TO `ops`@`localhost` WITH GRANT OPTION"],
            ["backup"],
            "BINLOG ADMIN, BINLOG MONITOR, LOCK TABLES, RELOAD",
            "GRANT BINLOG ADMIN, BINLOG MONITOR, LOCK TABLES, RELOAD ON *.* TO 'ops'@'localhost';",
        ),
    ],
)
def test_all_that_is_lacking_is_told_at_once(dialect, lines, methods, lacking, remedy):
    (refusal,) = on_source(dialect, lines, methods)
    assert refusal.cause == f"'ops'@'localhost', with which this run is logged in to db1, lacks for a copy of the data: {lacking}"
    assert remedy in refusal.remedy


def test_a_plugin_that_is_there_takes_no_right_to_install_it():
    assert on_source(MYSQL, ENOUGH[:2], ["clone"], needs_plugin=False) == []
    assert on_source(MYSQL, ENOUGH[:2], ["dump"]) == []


@pytest.mark.parametrize(
    ("dialect", "method", "some"),
    [
        (MYSQL, "dump", {"CREATE", "DROP", "SYSTEM_USER", "SET_ANY_DEFINER"}),
        # Events of other definers rest after the copy.
        (MYSQL, "clone", {"EVENT", "SYSTEM_USER", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"}),
        (dialect_for(parse_version("8.0.37")), "clone", {"EVENT", "SYSTEM_USER", "SET_USER_ID"}),
        (dialect_for(parse_version("8.0.37")), "dump", {"CREATE", "SET_USER_ID"}),
        (MARIADB, "backup", {"BINLOG ADMIN", "CREATE", "DROP", "EVENT", "RELOAD", "SET USER"}),
        (MARIADB, "dump", {"BINLOG ADMIN", "CREATE", "EVENT", "SET USER"}),
    ],
)
def test_a_replica_is_told_all_that_each_method_needs_there(dialect, method, some):
    (refusal,) = replica_obstacles(dialect, LoginRights("db2", OPS, ()), method, events=False, lock="")
    assert some < said(refusal)
    given = refusal.remedy.partition("; GRANT ")[2].partition(" ON *.* TO ")[0]
    grants = parse_grants([f"GRANT {given} ON *.* TO `ops`@`localhost`"], dialect.accounts.privilege_aliases)
    assert replica_obstacles(dialect, LoginRights("db2", OPS, grants), method, events=False, lock="") == []


@pytest.mark.parametrize(
    ("dialect", "method", "lock", "statement"),
    [
        (
            MYSQL,
            "clone",
            "super_read_only",
            "SET SESSION sql_log_bin = 0; SET GLOBAL super_read_only = OFF; GRANT RELOAD ON *.* TO 'ops'@'localhost';"
            " SET GLOBAL super_read_only = ON;",
        ),
        (MYSQL, "clone", "", "SET SESSION sql_log_bin = 0; GRANT RELOAD ON *.* TO 'ops'@'localhost'; or"),
        (MARIADB, "backup", "", "SET SESSION sql_log_bin = 0; GRANT RELOAD ON *.* TO 'ops'@'localhost'; or"),
    ],
)
def test_a_grant_for_a_replica_can_be_run_there_and_is_no_transaction_of_its_own(dialect, method, lock, statement):
    needed = {*dialect.copying.taken_with[method], *dialect.copying.read_with, dialect.copying.unlogged_with[0]} - {"RELOAD"}
    rights = LoginRights("db2", OPS, parse_grants([f"GRANT {', '.join(needed)} ON *.* TO `ops`@`localhost`"], {}))
    for found in (replica_obstacles(dialect, rights, method, False, lock), blind_replica(dialect, rights, method, lock)):
        assert f"on db2, as its administrator: {statement}" in found[0].remedy


@pytest.mark.parametrize(("dialect", "method"), [(MYSQL, "clone"), (MYSQL, "dump"), (MARIADB, "backup"), (MARIADB, "dump")])
def test_the_account_that_a_copy_brings_needs_its_rights_on_the_source(dialect, method):
    full = LoginRights("db1:3306", OPS, parse_grants([FULL], {}))
    assert copied_obstacles(dialect, full, "db2", method) == []
    (refusal,) = copied_obstacles(dialect, full._replace(grants=()), "db2", method)
    assert "a copy brings the accounts of db1:3306, and 'ops'@'localhost', as which this run is logged in to db2," in refusal.cause
    lacking = {*dialect.copying.taken_with[method], *dialect.copying.read_with, dialect.copying.unlogged_with[0]}
    assert {*refusal.cause.partition("after the copy: ")[2].split(", ")} == lacking
    given = refusal.remedy.partition("on db1:3306, as its administrator: GRANT ")[2].partition(" ON *.* TO 'ops'@'localhost';")[0]
    grants = parse_grants([f"GRANT {given} ON *.* TO `ops`@`localhost`"], {})
    assert copied_obstacles(dialect, full._replace(grants=grants), "db2", method) == []


def test_a_replica_that_clones_takes_rights_of_its_own():
    few = LoginRights("db2", OPS, parse_grants(ENOUGH, MYSQL.accounts.privilege_aliases))
    (refusal,) = replica_obstacles(MYSQL, few, "clone", events=False, lock="")
    assert said(refusal) == {
        *("ALLOW_NONEXISTENT_DEFINER", "CLONE_ADMIN", "CONNECTION_ADMIN", "CREATE", "DELETE", "DROP", "INSERT"),
        *("REPLICATION_SLAVE_ADMIN", "SET_ANY_DEFINER", "SYSTEM_USER", "SYSTEM_VARIABLES_ADMIN"),
    }
    assert replica_obstacles(MYSQL, LoginRights("db2", OPS, parse_grants([FULL], {})), "clone", events=False, lock="") == []


def test_a_login_that_may_not_read_is_told_what_it_will_lack_after_that():
    none = LoginRights("db1", OPS, ())
    (refusal,) = blind_source(MYSQL, none, ["clone"])
    assert {"REPLICATION CLIENT", "CREATE USER", "BACKUP_ADMIN WITH GRANT OPTION", "SELECT WITH GRANT OPTION"} < said(refusal)
    (refusal,) = blind_source(MARIADB, none, ["backup"])
    assert {"SLAVE MONITOR", "CREATE USER", "BINLOG ADMIN", "PROCESS WITH GRANT OPTION"} < said(refusal)
    (refusal,) = blind_replica(MYSQL, none, "clone", lock="")
    assert {"REPLICATION CLIENT", "CLONE_ADMIN", "CREATE USER"} < said(refusal)


@pytest.mark.parametrize(("method", "events", "lacks"), [("dump", True, True), ("dump", False, False), ("backup", True, False)])
def test_super_is_asked_for_only_where_events_run_while_a_dump_comes(method, events, lacks):
    (refusal,) = replica_obstacles(MARIADB, LoginRights("db2", OPS, ()), method, events, lock="")
    assert ("SUPER" in said(refusal)) == lacks
    (refusal,) = replica_obstacles(MYSQL, LoginRights("db2", OPS, ()), method, events, lock="")
    assert "SUPER" not in said(refusal)


README = (Path(__file__).parents[5] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.search(r"-- MySQL\n(.*?)-- MariaDB\n(.*?)```", README, re.DOTALL)
OLDER = dialect_for(parse_version("8.0.37"))


@pytest.mark.parametrize(
    ("dialect", "vendor", "block", "definers"),
    [
        (MYSQL, "MySQL", BLOCKS.group(1), "ALLOW_NONEXISTENT_DEFINER, SET_ANY_DEFINER"),
        (OLDER, "MySQL", BLOCKS.group(1), "SET_USER_ID"),
        (MARIADB, "MariaDB", BLOCKS.group(2), ""),
    ],
)
def test_the_rights_that_the_readme_lists_are_those_that_a_run_asks_for(dialect, vendor, block, definers):
    grants = parse_grants(block.replace(";", "").splitlines(), dialect.accounts.privilege_aliases)
    rights = LoginRights("db1", AccountName("ops", "%"), grants)
    for method in dialect.copying.methods:
        row = re.search(rf"^\| {vendor}, `{method}` \|(.*)\|(.*)\|(.*)\|$", README, re.MULTILINE)
        passed_on, kept, there = row.groups()
        there = re.sub(r"ALLOW_NONEXISTENT_DEFINER and SET_ANY_DEFINER \(before 8\.2 SET_USER_ID\)", definers, there)
        on_primary = {f"{name} WITH GRANT OPTION" for name in listed(passed_on)} | listed(kept)
        assert {name for one in blind_source(dialect, rights, [method]) for name in said(one)} == on_primary
        assert {name for one in replica_obstacles(dialect, rights, method, events=True, lock="") for name in said(one)} == listed(
            there
        )


def listed(cell):
    return {name.strip() for name in cell.split(",") if name.strip()}


def said(refusal):
    return {*refusal.cause.partition("lacks for a copy of the data: ")[2].split(", ")}
