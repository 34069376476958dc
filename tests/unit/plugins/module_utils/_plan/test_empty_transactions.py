# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which errant transactions a source takes over as empty ones, and which nobody may."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.empty_transactions import (
    DesiredEmpty,
    left,
    plan_empty,
)

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"
C = "cccccccc-0000-0000-0000-000000000000"


def targets(named, errant, executed=f"{A}:1-9", most=10, version="9.7.4", mode="ON"):
    server = parse_version(version)
    variables = {"gtid_mode": mode, "gtid_executed": executed, "gtid_purged": "", "gtid_binlog_state": "0-1-9"}
    identity = Identity(server, 1, A, "db1", 3306)
    steps = plan_empty(dialect_for(server), identity, GtidState(variables), DesiredEmpty(named, errant, most), str)
    return [step.target.removeprefix("transaction ") for step in steps]


def test_what_was_named_and_is_missing():
    assert targets(f"{B}:1-3", [f"{B}:1-5"]) == [f"{B}:1", f"{B}:2", f"{B}:3"]
    assert targets(f"{B}:t:2", [f"{B}:t:1-2"]) == [f"{B}:t:2"]
    assert targets(f"{B}:1,{C}:1", [f"{B}:1", f"{C}:1"]) == [f"{B}:1", f"{C}:1"]


def test_a_run_that_was_broken_off_goes_on():
    assert targets(f"{B}:1-3", [f"{B}:1-3"], executed=f"{A}:1-9,{B}:1-2") == [f"{B}:3"]
    assert targets(f"{B}:1-3", [f"{B}:1-3"], executed=f"{A}:1-9,{B}:1-3") == []


def test_what_is_left_is_told_by_replica():
    state = GtidState({"gtid_mode": "ON", "gtid_executed": f"{A}:1-9,{B}:1", "gtid_purged": ""})
    wanted = DesiredEmpty(f"{B}:2", [f"{B}:1-2", f"{B}:1-4,{C}:7", f"{C}:1"], 10)
    assert left(dialect_for(parse_version("9.7.4")), state, wanted) == ["", f"{B}:3-4,{C}:7", f"{C}:1"]


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"named": f"{B}:1-4", "errant": [f"{B}:1-3"]}, f"no replica in this run has {B}:4 as errant"),
        ({"named": f"{B}:1", "errant": []}, "no replica in this run"),
        ({"named": f"{A}:12", "errant": [f"{A}:12"]}, "began on db1 itself"),
        (
            {"named": f"{B}:1-3", "errant": [f"{B}:1-3"], "most": 2},
            "3 transactions would become empty ones on db1, and no more than 2",
        ),
        ({"named": "0-2-7", "errant": ["0-2-7"]}, "gtids is no GTID set"),
        ({"named": f"{B}:1", "errant": [f"{B}:1"], "mode": "OFF"}, "gtid_mode off"),
        ({"named": "0-2-7", "errant": ["0-2-7"], "version": "10.11.18-MariaDB"}, "MariaDB knows no empty transactions"),
    ],
)
def test_what_is_refused(arguments, cause):
    with pytest.raises(Refusal) as refused:
        targets(**arguments)
    assert cause in refused.value.cause


def test_mariadb_is_told_what_can_be_done():
    with pytest.raises(Refusal) as refused:
        targets("0-2-7", ["0-2-7"], version="10.11.18-MariaDB")
    assert "RESET MASTER" in refused.value.remedy
    assert "rebuild_replica" in refused.value.remedy
