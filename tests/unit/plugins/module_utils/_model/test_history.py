# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When binary logs are said to be complete."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.history import (
    HistoryEvidence,
    judge_history,
)

GOOD = {"log_bin": True, "gtid_purged": "", "first_log": "binlog.000001", "table": "d.t", "oldest_table": 200, "log_started": 100}


@pytest.mark.parametrize(
    ("changed", "complete", "says"),
    [
        ({}, True, "before the oldest table d.t"),
        ({"oldest_table": 100}, True, "before the oldest table"),
        ({"oldest_table": 99}, False, "older than the oldest binary log"),
        ({"first_log": "binlog.000002"}, False, "binlog.000002"),
        ({"first_log": "/var/log/mysql-bin.000011"}, False, "000011"),
        ({"first_log": "binlog.0000001"}, True, ""),
        ({"first_log": ""}, False, "oldest binary log"),
        ({"gtid_purged": "u:1-5"}, False, "u:1-5"),
        ({"gtid_purged": "u:1-5", "table": ""}, False, "purged"),
        ({"log_bin": False, "first_log": "", "log_started": None}, False, "the binary log is off"),
        ({"log_bin": False, "first_log": "", "log_started": None, "table": "", "oldest_table": None}, True, "no user table"),
        ({"table": "", "oldest_table": None, "log_started": None}, True, "no user table"),
        ({"table": "", "first_log": "binlog.000003"}, False, "gone"),
        ({"oldest_table": None}, False, "unknown"),
        ({"log_started": None}, False, "unknown"),
        ({"unreadable": "no right"}, False, "no right"),
    ],
)
def test_history(changed, complete, says):
    judged = judge_history(HistoryEvidence(**{**GOOD, **changed}))
    assert judged.complete is complete
    assert says in judged.reason


@pytest.mark.parametrize(
    ("changed", "begun_anew"),
    [
        ({}, ""),
        ({"oldest_table": 99}, "d.t"),
        ({"oldest_table": 99, "first_log": "binlog.000002"}, ""),
        ({"oldest_table": 99, "gtid_purged": "u:1-5"}, ""),
        ({"oldest_table": 99, "unreadable": "no right"}, ""),
        ({"oldest_table": None}, ""),
        ({"log_bin": False}, ""),
    ],
)
def test_logs_that_begin_after_the_tables_with_none_of_them_gone(changed, begun_anew):
    assert judge_history(HistoryEvidence(**{**GOOD, **changed})).begun_anew == begun_anew
