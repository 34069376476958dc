# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What replicates is not changed on a server that is read-only."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import read_only_obstacles


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"read_only": "OFF", "super_read_only": "OFF"}, None),
        ({"read_only": "ON", "super_read_only": "ON"}, "super_read_only = ON: tables are changed on the primary"),
        ({"read_only": "ON"}, "read_only = ON"),
        ({"read_only": "NO_LOCK_NO_ADMIN"}, "read_only = NO_LOCK_NO_ADMIN"),
    ],
)
def test_read_only(variables, said):
    found = read_only_obstacles("db1", variables, "tables")
    assert [said in refusal.cause for refusal in found] == ([True] if said else [])
