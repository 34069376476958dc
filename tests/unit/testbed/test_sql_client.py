# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the client is asked to print rows."""

from __future__ import annotations

import pytest
from testbed.sql import client_arguments


@pytest.mark.parametrize(
    ("statements", "names"),
    [("SELECT 1", False), ("SELECT 1; SELECT 'a;b'", False), ("SHOW REPLICA STATUS\\G", True)],
)
def test_column_names(statements: str, names: bool) -> None:
    assert ("--skip-column-names" not in client_arguments("mysql", statements)) is names
