# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that has taken the number of its replica."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import RegisteredReplica
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.hidden_gap import refuse_number_of_a_replica

NUMBER = SimpleNamespace(variable=SimpleNamespace(value="22"), target="11")


def refuse(version, *numbers):
    replicas = [RegisteredReplica(number, "db2.example.com", 3306) for number in numbers]
    refuse_number_of_a_replica(dialect_for(parse_version(version)), "db1", NUMBER, replicas)


@pytest.mark.parametrize(
    ("version", "words"),
    [("9.7.4", "STOP REPLICA; SET GLOBAL server_id"), ("10.11.18-MariaDB", "SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos")],
)
def test_the_number_of_a_replica(version, words):
    with pytest.raises(Refusal) as refused:
        refuse(version, 33, 22)
    assert words in str(refused.value)
    assert "on db1: SET GLOBAL server_id = 11" in str(refused.value)


def test_numbers_of_others():
    refuse("9.7.4")
    refuse("9.7.4", 33, 44)
