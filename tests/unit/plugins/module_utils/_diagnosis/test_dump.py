# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of a dump that ended is explained."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.dump import explain_dump
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import Folder

LOADING = ("/usr/bin/mysql", "loading into", "db2")
FOLDER = Folder("/var/lib/mysql/", 3 << 20)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR 1114 (HY000) at line 70: The table 'orders' is full",
        "ERROR 1026 (HY000) at line 9: Error writing file './shop/#sql' (Errcode: 28 \"No space left on device\")",
        "ERROR 3 (HY000) at line 9: Error writing file '/tmp/x' (OS errno 28 - No space left on device)",
    ],
)
def test_a_full_disk_is_told_with_its_folder_and_what_is_free(said):
    refusal = explain_dump(*LOADING, 1, said, FOLDER)
    assert refusal.cause.startswith("the data found no room on db2: 3 MiB are free now in its data directory /var/lib/mysql/")
    assert said in refusal.cause
    assert "on db2: make room on the file system of /var/lib/mysql/" in refusal.remedy


def test_anything_else_is_told_as_the_client_said_it():
    for said, folder in (("ERROR 1114 (HY000): full", None), ("ERROR 1419 (HY000) at line 7: You do not have", FOLDER)):
        assert explain_dump(*LOADING, 1, said, folder).cause == (f"/usr/bin/mysql, loading into db2, ended with status 1: {said}")
