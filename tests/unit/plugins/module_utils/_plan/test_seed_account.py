# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a source gives a copy, as long as that runs: accounts, MySQL's clone plugin, MariaDB's stream."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import AccountState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CopyEnd
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import (
    DesiredSeedAccounts,
    SeedAccount,
    Source,
    plan_seed_accounts,
)

MYSQL, OLD, MARIADB = "9.7.4", "8.0.20", "10.11.18-MariaDB"
WANTED = DesiredSeedAccounts(("10.0.0.2",), Secret("pw"), "auto")
NAME = AccountName("dbops_seed", "10.0.0.2")
END = CopyEnd("9.7.4", clone=True)
ACTIVE = replace(END, plugins=("clone",))


class Done:
    def __init__(self, text="OPEN"):
        self.text = text

    def __str__(self):
        return self.text

    def perform(self, session):
        raise AssertionError("a plan does nothing")


def statements(version, wanted, found=(), end=END, stream=None):
    parsed = parse_version(version)
    state = AccountState("db1", parsed, {}, True, frozenset(), frozenset(), frozenset(), NAME, (), (), (), b"A" * 20)
    source = Source("uuid-1", found, end, state if wanted.hosts else None, Done("UNINSTALL"), stream)
    return [str(step.action) for step in plan_seed_accounts(dialect_for(parsed), source, wanted)]


def test_the_plugin_comes_after_the_note_of_it():
    made = statements(MYSQL, WANTED)
    assert made[0] == "SET SESSION sql_log_bin = 0"
    assert 'ATTRIBUTE \'{"source": "uuid-1", "installed": "1"}\'' in made[1].replace("\\", "")
    assert "BACKUP_ADMIN" in made[2]
    assert made[3] == "INSTALL PLUGIN clone SONAME 'mysql_clone.so'"


def test_a_plugin_that_was_there_stays():
    made = statements(MYSQL, WANTED, end=ACTIVE)
    assert '"installed": "0"' in made[1].replace("\\", "")
    assert not [text for text in made if "INSTALL" in text]
    dropped = statements(MYSQL, replace(WANTED, hosts=()), [SeedAccount(NAME, "uuid-1", installed=False)], ACTIVE)
    assert dropped == ["SET SESSION sql_log_bin = 0", "DROP USER IF EXISTS 'dbops_seed'@'10.0.0.2'"]


def test_one_that_the_source_lists_and_has_not_loaded_is_forgotten_first():
    made = statements(MYSQL, WANTED, end=replace(END, clone_listed=True))
    assert made[-2:] == ["DELETE FROM mysql.plugin WHERE name = 'clone'", "INSTALL PLUGIN clone SONAME 'mysql_clone.so'"]


def test_a_plugin_that_was_installed_goes_before_the_note_of_it():
    dropped = statements(MYSQL, replace(WANTED, hosts=()), [SeedAccount(NAME, "uuid-1", installed=True)], ACTIVE)
    assert dropped[1:] == ["UNINSTALL", "DROP USER IF EXISTS 'dbops_seed'@'10.0.0.2'"]


def test_one_that_an_interrupted_run_installed_is_still_known_as_such():
    made = statements(MYSQL, WANTED, [SeedAccount(NAME, "uuid-1", installed=True)], ACTIVE)
    assert [text for text in made if '"installed": "1"' in text.replace("\\", "")]
    assert not [text for text in made if "INSTALL" in text]


@pytest.mark.parametrize(
    ("version", "method", "end", "granted"),
    [
        (MYSQL, "clone", END, "BACKUP_ADMIN, PROCESS, SELECT"),
        (MYSQL, "dump", END, "EVENT, PROCESS, RELOAD, SELECT, SHOW VIEW, TRIGGER"),
        (MYSQL, "auto", replace(END, clone=False), "EVENT, PROCESS, RELOAD, SELECT, SHOW VIEW, TRIGGER"),
        (OLD, "auto", END, "EVENT, PROCESS, RELOAD, SELECT, SHOW VIEW, TRIGGER"),
        (MARIADB, "backup", replace(END, backup="10.11.18", openssl=True), "PROCESS, SELECT"),
    ],
)
def test_privileges_are_those_of_the_method(version, method, end, granted):
    made = statements(version, replace(WANTED, method=method), end=end)
    assert [text for text in made if text.startswith("GRANT")] == [f"GRANT {granted} ON *.* TO 'dbops_seed'@'10.0.0.2'"]


@pytest.mark.parametrize(("backup", "openssl", "opened"), [("10.11.18", True, 1), ("", True, 0), ("10.11.18", False, 0)])
def test_a_stream_opens_last(backup, openssl, opened):
    end = CopyEnd("10.11.18", backup=backup, openssl=openssl)
    made = statements(MARIADB, WANTED, end=end, stream=Done())
    assert made.count("OPEN") == opened
    assert (made[-1] == "OPEN") is bool(opened)


def test_nothing_is_to_do_where_nothing_is():
    assert statements(MYSQL, replace(WANTED, hosts=()), end=CopyEnd("")) == []


def test_what_would_have_been_made_is_dropped_in_a_prediction():
    predicted = statements(MYSQL, replace(WANTED, hosts=(), made=("10.0.0.2",)))
    assert predicted[1:] == ["UNINSTALL", "DROP USER IF EXISTS 'dbops_seed'@'10.0.0.2'"]


def test_what_an_earlier_run_has_left_is_dropped_once_in_a_prediction():
    """By the task that makes the accounts of this run."""
    left = [SeedAccount(AccountName("dbops_seed", "192.0.2.7"))]
    predicted = statements(MYSQL, replace(WANTED, hosts=(), made=("10.0.0.2",)), left)
    assert predicted[-1] == "DROP USER IF EXISTS 'dbops_seed'@'10.0.0.2'"
    assert not [text for text in predicted if "192.0.2.7" in text]
