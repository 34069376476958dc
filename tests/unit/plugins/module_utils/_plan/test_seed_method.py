# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which method is the best that both servers allow, and why the better ones are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    CopyEnd,
    DesiredCopy,
    SourceData,
    copy_end,
    with_settings,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_method import choose, inexact, told

MYSQL = dialect_for(parse_version("9.7.4"))
VARIABLES = {
    "innodb_page_size": "16384",
    "innodb_data_file_path": "ibdata1:12M:autoextend",
    "character_set_server": "utf8mb4",
    "collation_server": "utf8mb4_0900_ai_ci",
    "max_allowed_packet": "67108864",
    "event_scheduler": "ON",
    "super_read_only": "ON",
}
END = CopyEnd("9.7.4", VARIABLES, plugins=("InnoDB", "mysqlx"), clone=True)
WANTED = DesiredCopy("auto", "db1", 3306, "dbops_seed", Secret("pw"), "auto", "", "", overwrite=False, offers=END)


def with_variable(end, name, value):
    return replace(end, variables={**end.variables, name: value})


def test_clone_is_the_best_that_mysql_has():
    assert choose(MYSQL, END, WANTED) == ("clone", {}, "")


def test_what_the_run_sets_first_counts_as_set():
    there = replace(END, events=True)
    bare = with_variable(END, "super_read_only", "OFF")
    assert choose(MYSQL, bare, replace(WANTED, offers=there)).method == "dump"
    enforced = with_settings(bare, {"super_read_only": "ON", "sync_binlog": "1"})
    assert choose(MYSQL, enforced, replace(WANTED, offers=there)).method == "clone"
    assert set(enforced.variables) == set(END.variables)


def test_the_choice_in_lines_for_people():
    assert told("clone", "", {}, ["x"]) == ["by clone to the position of the source"]
    assert told("dump", "uuid:1-7", {"clone": "tables of MyISAM"}, ()) == ["by dump to uuid:1-7", "not by clone: tables of MyISAM"]
    assert told("dump", "", {}, ["x", "y"])[1:] == ["x", "y"]


def test_what_a_dump_loses():
    assert inexact(SourceData(1)) == []
    assert inexact(SourceData(1, rounded=("a.b.c",), versioned=("a.d",))) == [
        "columns of the type FLOAT (a.b.c …) are rounded to six digits",
        "tables with system versioning (a.d …) come without their history",
    ]


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        (replace(END, clone=False), END, "this server has no clone plugin"),
        (END, replace(END, clone=False), "db1:3306 has no clone plugin"),
        (END, with_variable(END, "max_allowed_packet", "1048576"), "max_allowed_packet of db1:3306"),
        (with_variable(END, "innodb_page_size", "8192"), END, "innodb_page_size is 16384 on db1:3306 and 8192 here"),
        (with_variable(END, "collation_server", "latin1_bin"), END, "collation_server"),
        (END, replace(END, plugins=("InnoDB", "mysqlx", "clone", "validator")), "not active here: validator"),
        (END, replace(END, unlike=("shop.old",)), r"engines other than InnoDB, which would be empty (shop.old …)"),
        (replace(END, overlay=True), END, "overlay file system"),
        (END, replace(END, follows=True), "has a replication channel"),
        (with_variable(END, "super_read_only", "OFF"), replace(END, events=True), "events would run here"),
        (replace(END, version="8.0.36"), replace(END, version="8.0.35"), "before 8.0.37 both must be the same"),
        (END, None, "nobody said what the source offers"),
    ],
)
def test_what_forbids_a_clone(here, there, why):
    wanted = replace(WANTED, offers=there)
    chosen = choose(MYSQL, here, wanted)
    assert chosen.method == "dump"
    assert why in chosen.passed_over["clone"]
    asked = choose(MYSQL, here, replace(wanted, method="clone"))
    assert asked == ("clone", {}, chosen.passed_over["clone"])


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (replace(END, version="8.0.40"), replace(END, version="8.0.37")),
        (replace(END, plugins=("InnoDB", "mysqlx", "clone", "more")), replace(END, plugins=("InnoDB", "clone"))),
        (with_variable(END, "event_scheduler", "OFF"), replace(END, events=True)),
        (END, replace(END, events=True)),
    ],
)
def test_what_does_not(here, there):
    assert choose(MYSQL, here, replace(WANTED, offers=there)).method == "clone"


@pytest.mark.parametrize("version", ["8.0.20", "10.11.18-MariaDB"])
def test_who_knows_no_clone(version):
    dialect = dialect_for(parse_version(version))
    assert "clone" not in dialect.copying.methods
    assert "has no such method" in choose(dialect, END, replace(WANTED, method="clone")).obstacle


MARIADB = dialect_for(parse_version("10.11.18-MariaDB"))
PLACES = {
    "datadir": "/var/lib/mysql/",
    "innodb_data_home_dir": "",
    "innodb_log_group_home_dir": "./",
    "innodb_undo_directory": "./",
    "aria_log_dir_path": "/var/lib/mysql/",
    "innodb_page_size": "16384",
    "innodb_data_file_path": "ibdata1:12M:autoextend",
    "innodb_undo_tablespaces": "0",
    "event_scheduler": "OFF",
}
HOST = CopyEnd("10.11.18", PLACES, backup="10.11.18", openssl=True, service="mariadb.service", unlike=("shop.old",), follows=True)


def test_backup_is_the_best_that_mariadb_has():
    assert choose(MARIADB, HOST, replace(WANTED, offers=HOST)) == ("backup", {}, "")


@pytest.mark.parametrize(
    ("here", "there", "why"),
    [
        (replace(HOST, backup=""), HOST, "this server's host has no mariadb-backup"),
        (HOST, replace(HOST, backup=""), "the host of db1:3306 has no mariadb-backup"),
        (HOST, replace(HOST, backup="10.6.2"), "mariadb-backup 10.6.2 beside a server 10.11.18"),
        (HOST, replace(HOST, openssl=False), "has no openssl"),
        (replace(HOST, service=""), HOST, "no systemd service of this host"),
        (with_variable(HOST, "innodb_log_group_home_dir", "/fast"), HOST, "innodb_log_group_home_dir of this server is /fast"),
        (with_variable(HOST, "innodb_undo_tablespaces", "3"), HOST, "innodb_undo_tablespaces is 0 on db1:3306 and 3 here"),
        (with_variable(HOST, "event_scheduler", "ON"), replace(HOST, events=True), "events would run here"),
    ],
)
def test_what_forbids_a_backup(here, there, why):
    chosen = choose(MARIADB, here, replace(WANTED, offers=there))
    assert chosen.method == "dump"
    assert why in chosen.passed_over["backup"]


def test_a_dump_needs_nothing():
    assert choose(MYSQL, replace(END, clone=False), replace(WANTED, method="dump", offers=None)) == ("dump", {}, "")


def test_what_a_module_returns_is_read_back():
    assert copy_end(END.plain()) == END
    with pytest.raises((KeyError, TypeError)):
        copy_end({"version": "9.7.4"})
