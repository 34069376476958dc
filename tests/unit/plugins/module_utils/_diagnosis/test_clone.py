# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clone that failed says why, and what to do; the texts are those of 9.7."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.clone import Failure, explain_clone, explain_half
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import Folder

KILLED = "Clone Donor Error: 1815 : Internal error: Innodb Clone Restart could not find existing clone."
DEAD = "Clone Donor Error: Connect failed: 2003 : Can't connect to MySQL server on 'db1:3306' (111)."
LOST = "Clone Donor Error: 2013 : Lost connection to MySQL server during query."
CUT_OFF = "Got an error reading communication packets"
DENIED = "Clone Donor Error: 1227 : Access denied; you need the BACKUP_ADMIN privilege."
FULL = "Error writing file 'd/t.ibd' (errno: 28 - No space left on device)"


def explained(errno, error, status="", folder=None):
    return explain_clone("db2", "db1:3306", Failure(errno, error, status, folder))


@pytest.mark.parametrize(("errno", "error"), [(3862, KILLED), (3862, DEAD), (3862, LOST), (1158, CUT_OFF)])
def test_a_primary_that_went_away_is_named(errno, error):
    refusal = explained(errno, error)
    assert refusal.cause.startswith("db1:3306 went away while db2 copied its data")
    assert f"error {errno}: {error}" in refusal.cause
    assert "see why on db1:3306" in refusal.remedy
    assert refusal.remedy.endswith("start it, then run again: the copy begins anew")


def test_another_error_of_the_primary_is_its_own():
    refusal = explained(3862, DENIED)
    assert refusal.cause == f"db2 could not clone db1:3306: error 3862: {DENIED}"
    assert "the error is that of db1:3306" in refusal.remedy


def test_a_full_disk_says_what_the_server_remembers_and_how_much_room_there_is():
    refusal = explained(1026, FULL, "Failed error 1026: disk", Folder("/var/lib/mysql", 700 << 20))
    assert refusal.cause.startswith("the disk of db2 is full\n")
    assert "(performance_schema.clone_status: Failed error 1026: disk)" in refusal.cause
    assert "700 MiB are free in /var/lib/mysql since what was copied is gone" in refusal.cause
    assert "make room" in refusal.remedy


def test_what_is_not_known_is_told_as_the_server_does():
    refusal = explained(3869, "Clone system configuration: x", folder=Folder("/var/lib/mysql", 1))
    assert refusal.cause == "db2 could not clone db1:3306: error 3869: Clone system configuration: x"
    assert refusal.remedy == "mend what it names, then run again: the copy begins anew"


def test_a_replica_that_was_ended_amid_a_clone_says_that_nothing_of_it_is_left():
    refusal = explain_half("db2", "db1:3306", "In Progress error 1317: Query execution was interrupted")
    assert refusal.cause.startswith("db2 was ended while it copied the data of db1:3306, and has come back without the copy")
    assert "clone_status: In Progress error 1317: Query execution was interrupted" in refusal.cause
    assert refusal.remedy.endswith("then run again: the copy begins anew")
