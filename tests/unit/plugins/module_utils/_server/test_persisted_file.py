# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who persisted a variable, out of the file in which MySQL 9.7 keeps it."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Origin
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.persisted_file import persisted_origins

CONTENT = """{"Version": 2,
"mysql_dynamic_variables": {"sync_binlog": {"Value": "0",
  "Metadata": {"Host": "localhost", "User": "root", "Timestamp": 1764209222000001}}},
"mysql_static_variables": {"report_host": {"Value": "db1",
  "Metadata": {"Host": "db9", "User": "ann", "Timestamp": 1764209223999999}}}}"""


def test_who_and_when(tmp_path):
    (tmp_path / "mysqld-auto.cnf").write_text(CONTENT)
    assert persisted_origins(str(tmp_path)) == {
        "sync_binlog": Origin("persisted value", "", "root@localhost", "2025-11-27T02:07:02Z"),
        "report_host": Origin("persisted value", "", "ann@db9", "2025-11-27T02:07:03Z"),
    }


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"Version": 1}', '{"mysql_server": {"sync_binlog": {"Value": "0"}}}', '{"a": {"b": 1}}']
)
def test_what_tells_nothing(tmp_path, content):
    (tmp_path / "mysqld-auto.cnf").write_text(content)
    assert persisted_origins(str(tmp_path)) == {}


def test_no_file(tmp_path):
    assert persisted_origins(str(tmp_path)) == {}
