# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What two servers' GTIDs tell of each other, in each vendor's form."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import MariaDBGtid, MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState


@pytest.mark.parametrize(
    ("here", "there", "knows"),
    [
        ("0-1-7", "0-1-7,0-2-9", True),
        ("0-1-7", "0-1-9", True),
        ("0-1-7", "0-1-5", False),
        ("0-1-7,0-3-8", "0-1-9", False),
        ("", "0-1-9", False),
    ],
)
def test_a_former_primary_has_a_place_of_its_own_where_the_source_knows_all_that_it_logged(here, there, knows):
    states = (GtidState({"gtid_slave_pos": "", "gtid_binlog_state": state}) for state in (here, there))
    assert bool(MariaDBGtid().place_of_its_own(*states)) is knows


def test_a_former_mysql_primary_needs_none():
    state = GtidState({"gtid_executed": f"{'3e11fa47-71ca-11e1-9e33-c80aa9429562'}:1-7"})
    assert MySQLGtid().place_of_its_own(state, state) == ""
