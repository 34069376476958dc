# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies: hosts, names, and what may become of one that is up."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from testbed import model
from testbed.errors import TestbedError
from testbed.model import Host, Options, Topology

PAIR = Topology("t", model.pair("mysql-9.7", 1, None), "secret")


def test_a_pair_has_its_groups() -> None:
    hosts = model.pair("mariadb-10.11", 2, None)
    assert [(host.name, host.groups) for host in hosts] == [
        ("primary", ("mysql_primary",)),
        ("replica1", ("mysql_replicas",)),
        ("replica2", ("mysql_replicas",)),
    ]


@pytest.mark.parametrize(
    ("server", "tls", "expected"),
    [
        ("mysql-9.7", None, False),
        ("mysql-9.7", True, True),
        ("mariadb-11.8", None, False),
        ("mariadb-10.11", None, True),
        ("mariadb-10.11", False, False),
    ],
)
def test_tls_is_given_to_servers_that_have_none(server: str, tls: bool | None, expected: bool) -> None:
    assert all(host.tls is expected for host in model.pair(server, 1, tls))


def test_platforms_may_mix_servers() -> None:
    platforms: list[dict[str, object]] = [
        {"name": "primary", "groups": ["mysql_primary"], "server": "mariadb-10.11", "tls": False},
        {"name": "replica1", "groups": ["mysql_replicas"]},
        {"name": "bystander"},
    ]
    assert model.hosts_from_platforms(platforms, "mariadb-11.8") == (
        Host("primary", ("mysql_primary",), "mariadb-10.11", tls=False),
        Host("replica1", ("mysql_replicas",), "mariadb-11.8", tls=False),
        Host("bystander", (), "mariadb-11.8", tls=False),
    )


@pytest.mark.parametrize(
    "platform",
    [{"name": "-x"}, {"name": "a b"}, {"name": "a;b"}, {"name": ""}, {"name": "x", "server": "oracle"}],
)
def test_a_bad_platform_is_refused(platform: dict[str, str]) -> None:
    with pytest.raises(TestbedError):
        model.hosts_from_platforms([platform], "mysql-9.7")


def test_names_differ_by_folder_and_stay(tmp_path: Path) -> None:
    names = {model.topology_name("a", tmp_path / folder) for folder in ("one", "two")}
    assert len(names) == 2
    assert model.topology_name("a", tmp_path / "one") in names
    assert all(name.startswith("dbops-a-") for name in names)


def test_a_name_is_fit_for_containers() -> None:
    assert model.topology_name("molecule.AB12.with space", Path("/x")).startswith("dbops-molecule-ab12-with-space-")


def test_addresses_are_fixed_by_position() -> None:
    candidates = [model.address_candidates("198.18.7.0/24", position) for position in range(model.MAXIMUM_HOSTS)]
    assert [addresses[0] for addresses in candidates[:2]] == ["198.18.7.11", "198.18.7.12"]
    everyone = [address for addresses in candidates for address in addresses]
    assert len(everyone) == len(set(everyone))


@pytest.mark.parametrize("replicas", [-1, model.MAXIMUM_HOSTS])
def test_a_number_of_replicas_that_cannot_be(replicas: int) -> None:
    with pytest.raises(TestbedError):
        model.pair("mysql-9.7", replicas, None)


def test_json_round_trip() -> None:
    topology = replace(PAIR, options=Options(clone_uuid=True))
    assert model.from_json(json.loads(json.dumps(model.to_json(topology)))) == topology


def test_replicas_join_and_the_password_stays() -> None:
    wanted = Topology("t", model.pair("mysql-9.7", 3, None), "another")
    merged = model.merged(PAIR, wanted)
    assert len(merged.hosts) == 4
    assert merged.password == "secret"


@pytest.mark.parametrize(
    "wanted",
    [
        Topology("t", model.pair("mysql-9.7", 0, None), ""),
        Topology("t", model.pair("mariadb-11.8", 1, None), ""),
        Topology("t", model.pair("mysql-9.7", 1, tls=True), ""),
        replace(PAIR, options=Options(bare_client=True)),
    ],
)
def test_nothing_that_is_up_is_replaced(wanted: Topology) -> None:
    with pytest.raises(TestbedError) as caught:
        model.merged(PAIR, wanted)
    assert "make down" in caught.value.way_out


def test_an_unknown_host_is_named_with_the_known() -> None:
    with pytest.raises(TestbedError) as caught:
        PAIR.host("replica9")
    assert "primary, replica1" in str(caught.value)
