# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option files that a server reads, and one of them changed."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet

MAIN = "/etc/mysql/my.cnf"
DEBIAN = "[mysqld]\n!includedir /etc/mysql/conf.d/\n!includedir /etc/mysql/mysql.conf.d/\n"


def files(main=DEBIAN, **more):
    defaults = {
        "tops": ("/etc/my.cnf", MAIN),
        "texts": {"/etc/alternatives/my.cnf": main, "/etc/mysql/mysql.conf.d/mysqld.cnf": "[mysqld]\nsync_binlog = 0\n"},
        "real": {MAIN: "/etc/alternatives/my.cnf"},
        "listings": {"/etc/mysql/conf.d/": (), "/etc/mysql/mysql.conf.d/": ("mysqld.cnf", "README")},
        "group": "mysqld",
        "groups": ("mysqld", "server"),
    }
    return OptionFileSet(**{**defaults, **more})


def value(option_files, name):
    found = option_files.chain().effective(name)
    return found.value if found else None


def test_reads_through_symbolic_links():
    assert value(files(), "sync-binlog") == "0"


def test_own_path_is_in_the_directory_that_is_read_last():
    assert files().own_path() == "/etc/mysql/mysql.conf.d/zz-replication.cnf"


def test_own_path_without_a_directory_is_the_last_file_there_is():
    assert files(main="[mysqld]\n").own_path() == MAIN
    assert files(texts={}).own_path() == "/etc/my.cnf"
    assert files(texts={"/etc/my.cnf": "[mysqld]\n"}).own_path() == "/etc/my.cnf"


def test_a_broken_included_file_does_not_hide_the_directory():
    broken = {**files().texts, "/etc/mysql/mysql.conf.d/mysqld.cnf": "sync_binlog = 0\n"}
    assert files(texts=broken).own_path() == "/etc/mysql/mysql.conf.d/zz-replication.cnf"


def test_a_new_file_is_read_after_its_neighbours():
    new = files().with_text("/etc/mysql/mysql.conf.d/zz-replication.cnf", "[mysqld]\nsync_binlog = 1\n")
    assert value(new, "sync_binlog") == "1"
    assert value(files(), "sync_binlog") == "0"


def test_a_changed_file_is_changed_under_all_its_names():
    assert value(files().with_text(MAIN, "[mysqld]\nsync_binlog = 7\n"), "sync_binlog") == "7"


def test_which_paths_are_read():
    reads = files().reads
    assert reads(MAIN)
    assert reads("/etc/my.cnf")
    assert reads("/etc/mysql/mysql.conf.d/mysqld.cnf")
    assert reads("/etc/mysql/mysql.conf.d/new.cnf")
    assert not reads("/etc/mysql/mysql.conf.d/new.conf")
    assert not reads("/etc/foo.cnf")
