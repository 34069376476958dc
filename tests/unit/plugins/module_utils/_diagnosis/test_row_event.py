# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The row that stopped an applier, found in what mysqlbinlog prints (shortened from real output)."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.row_event import (
    describe,
    end_of_event,
    row_event,
)

DECODED = """\
# at 126
#261123  9:20:00 server id 1  end_log_pos 2300 CRC32 0x1	Query	thread_id=9	exec_time=0	error_code=0
BEGIN
/*!*/;
# at 204
#261123  9:20:00 server id 1  end_log_pos 2400 CRC32 0x2	Table_map: `practice`.`entry` mapped to number 95
# at 260
#261123  9:20:00 server id 1  end_log_pos 2574 CRC32 0x3	Update_rows: table id 95 flags: STMT_END_F
### UPDATE `practice`.`entry`
### WHERE
###   @1=800001
###   @2='the first'
### SET
###   @1=800001
###   @2='changed'
### UPDATE `practice`.`entry`
### WHERE
###   @1=800002 /* INT meta=0 nullable=0 is_null=0 */
###   @2=NULL
### SET
###   @1=9
###   @2='x'
# at 330
#261123  9:20:00 server id 1  end_log_pos 2600 CRC32 0x4	Delete_rows: table id 95 flags: STMT_END_F
### DELETE FROM `practice`.`entry`
### WHERE
###   @1=7
# at 361
"""


def test_where_the_event_ends():
    assert end_of_event("Can't find record in 'entry'; the event's source log binlog.000019, end_log_pos 2574") == 2574
    assert end_of_event("Table 'd.t' doesn't exist") is None


def test_rows_as_they_were_before():
    event = row_event(DECODED, 2574)
    assert (event.schema, event.table) == ("practice", "entry")
    assert event.rows == ({1: "800001", 2: "'the first'"}, {1: "800002", 2: "NULL"})
    assert row_event(DECODED, 2600).rows == ({1: "7"},)


@pytest.mark.parametrize("end", [2300, 2400, 257, 1])
def test_no_such_row_event(end):
    assert row_event(DECODED, end) is None


def test_only_the_key_is_told():
    event = row_event(DECODED, 2574)
    assert describe(event, {1: "id"}) == "one of the rows of practice.entry with id = 800001; id = 800002"
    assert describe(row_event(DECODED, 2600), {1: "id"}) == "the row of practice.entry with id = 7"
    assert "first" not in describe(event, {1: "id"})
    assert describe(event, {}) == "a row of practice.entry, which has no primary key here, or is not here at all"


def test_a_long_event_is_cut():
    many = row_event(DECODED, 2574)._replace(rows=tuple({1: str(number)} for number in range(9)))
    assert describe(many, {1: "id"}).endswith("id = 4; and 4 more")
