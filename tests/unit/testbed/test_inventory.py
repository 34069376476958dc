# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory as Ansible reads it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from testbed import inventory, model
from testbed.inventory import Reach
from testbed.model import Host, Topology

yaml = pytest.importorskip("yaml")

PAIR = Topology("t", model.pair("mysql-9.7", 1, None), 'pass: "word" #1')
DIRECT = {"primary": Reach("198.18.1.11", 22, "198.18.1.11"), "replica1": Reach("198.18.1.12", 22, "198.18.1.12")}
PUBLISHED = {"primary": Reach("127.0.0.1", 4001, "198.18.1.11"), "replica1": Reach("127.0.0.1", 4002, "198.18.1.12")}


def read(topology: Topology, reaches: dict[str, Reach]) -> Any:
    return yaml.safe_load(inventory.render(topology, reaches, "/state/a key", "/state/changes.jsonl"))["all"]


def test_groups_and_addresses() -> None:
    tree = read(PAIR, DIRECT)
    assert tree["hosts"] == {"primary": {"ansible_host": "198.18.1.11"}, "replica1": {"ansible_host": "198.18.1.12"}}
    assert tree["children"] == {
        "mysql_primary": {"hosts": {"primary": {}}},
        "mysql_replicas": {"hosts": {"replica1": {}}},
    }


def test_variables_survive_yaml() -> None:
    variables = read(PAIR, DIRECT)["vars"]
    assert variables["mysql_replication_password"] == 'pass: "word" #1'
    assert variables["ansible_ssh_private_key_file"] == "/state/a key"
    assert variables["mysql_replication_change_log"] == "/state/changes.jsonl"
    assert variables["ansible_pipelining"] is True


def test_replicas_find_the_primary_by_ansible_host_where_they_can() -> None:
    assert "mysql_replication_source_host" not in read(PAIR, DIRECT)["vars"]


def test_replicas_are_told_the_primary_behind_published_ports() -> None:
    tree = read(PAIR, PUBLISHED)
    assert tree["vars"]["mysql_replication_source_host"] == "198.18.1.11"
    assert tree["hosts"]["replica1"] == {"ansible_host": "127.0.0.1", "ansible_port": 4002}


def test_a_host_without_groups_is_there_all_the_same() -> None:
    alone = replace(PAIR, hosts=(Host("primary", (), "mysql-9.7", tls=False),))
    tree = read(alone, PUBLISHED)
    assert tree["children"] == {}
    assert "mysql_replication_source_host" not in tree["vars"]
