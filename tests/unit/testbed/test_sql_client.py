# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the client is asked to print rows."""

from __future__ import annotations

import pytest
from testbed.servers import SERVERS
from testbed.sql import client_arguments


@pytest.mark.parametrize(
    ("statements", "names"),
    [("SELECT 1", False), ("SELECT 1; SELECT 'a;b'", False), ("SHOW REPLICA STATUS\\G", True)],
)
def test_column_names(statements: str, names: bool) -> None:
    for kind in SERVERS.values():
        assert ("--skip-column-names" not in client_arguments(kind, statements)) is names


@pytest.mark.parametrize(("name", "asked"), [("mysql-9.7", True), ("mariadb-11.8", False), ("mariadb-10.11", False)])
def test_a_client_that_does_not_know_its_commands_unasked_is_asked(name: str, asked: bool) -> None:
    assert ("--commands" in client_arguments(SERVERS[name], "SHOW REPLICA STATUS\\G")) is asked
    assert "--commands" not in client_arguments(SERVERS[name], "SELECT 1")
