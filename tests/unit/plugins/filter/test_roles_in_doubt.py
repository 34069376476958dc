# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers' standings, as the module returns them, are put together: a channel finds the server that it leads to."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.filter.roles_in_doubt import roles_in_doubt

UUIDS = {"a": "3e11fa47-71ca-11e1-9e33-c80aa9429562", "b": "8a94f357-aab4-11df-86ab-c80aa9429562"}


def server(name, product="MySQL 9.7.4", **fields):
    mysql = product.startswith("MySQL")
    return {
        "product": product,
        "server_id": ord(name),
        "server_uuid": UUIDS[name] if mysql else "",
        "hostname": f"{name}-host",
        "port": 3306,
        "takes_writes": True,
        "has_tables": True,
        "gtid": {"gtid_executed": f"{UUIDS['a']}:1-5"} if mysql else {"gtid_binlog_state": "0-97-5"},
        "channels": [],
        **fields,
    }


def channel(**fields):
    return {"source_host": "192.0.2.1", "source_port": 3306, "server_uuid": "", "server_id": 0, "rests": False, **fields}


@pytest.mark.parametrize(
    ("product", "leads"),
    [
        ("MySQL 9.7.4", {"source_host": "b"}),
        ("MySQL 9.7.4", {"source_host": "b-host"}),
        ("MySQL 9.7.4", {"source_host": "10.0.0.2"}),
        ("MySQL 9.7.4", {"server_uuid": UUIDS["b"]}),
        ("MariaDB 11.8.6", {"server_id": ord("b")}),
        ("MariaDB 11.8.6", {"source_host": "10.0.0.2"}),
    ],
)
def test_the_primary_follows_its_replica(product, leads):
    standings = {"a": server("a", product, channels=[channel(**leads)]), "b": server("b", product)}
    (text,) = roles_in_doubt(standings, "a", ["b"], {"b": "10.0.0.2"})
    assert text.startswith("a replicates from b, which replicates from nobody. Find out which of the two")


@pytest.mark.parametrize(
    "leads", [{}, {"source_host": "b", "source_port": 3307}, {"server_uuid": UUIDS["a"]}, {"server_id": ord("b")}]
)
def test_a_channel_from_elsewhere_is_none_from_the_replica(leads):
    standings = {"a": server("a", channels=[channel(**leads)]), "b": server("b", takes_writes=False)}
    assert roles_in_doubt(standings, "a", ["b"]) == []


def test_a_primary_that_was_not_read():
    assert "a was not read" in roles_in_doubt({"b": server("b")}, "a", ["b"])[0]


def test_a_replica_that_was_not_read():
    assert "b was not read" in roles_in_doubt({"a": server("a", takes_writes=False)}, "a", ["b"])[0]


@pytest.mark.parametrize("host", ["b", "10.0.0.2"])
def test_a_replica_that_follows_one_that_was_not_read(host):
    standings = {"c": server("b", takes_writes=False, channels=[channel(source_host=host)])}
    (text,) = roles_in_doubt(standings, "a", ["b", "c"], {"a": "10.0.0.1", "b": "10.0.0.2", "c": "10.0.0.3"})
    assert text.startswith("c replicates from b, which was not read; a was not read.")


def test_a_replica_of_a_primary_that_was_not_read():
    standings = {"c": server("b", takes_writes=False, channels=[channel(source_host="10.0.0.1")])}
    assert roles_in_doubt(standings, "a", ["b", "c"], {"a": "10.0.0.1", "b": "10.0.0.2"}) == []


def test_a_running_pair():
    standings = {"a": server("a"), "b": server("b", takes_writes=False, channels=[channel(source_host="a")])}
    assert roles_in_doubt(standings, "a", ["b"]) == []
