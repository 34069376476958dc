# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers' arguments, and what is read from the engine's answers."""

from __future__ import annotations

import pytest
from testbed import model, topology
from testbed.engine import Cgroups, Engine
from testbed.errors import TestbedError
from testbed.model import Topology

PAIR = Topology("dbops-t-1", model.pair("mysql-9.7", 1, None), "secret")


def test_run_arguments_name_label_and_place_the_container() -> None:
    arguments = topology.run_arguments(Engine("podman", Cgroups.UNIFIED), PAIR, PAIR.hosts[1], "image:1", "198.18.1.12")
    assert {
        "--name=dbops-t-1-replica1",
        "--hostname=replica1",
        "--network=dbops-t-1",
        "--network-alias=replica1",
        "--ip=198.18.1.12",
        "--label=dbops.testbed=dbops-t-1",
        "--publish=127.0.0.1::22",
        "--volume=/var/lib/mysql",
    } <= set(arguments)
    assert arguments[-2:] == ["image:1", "/sbin/init"]
    assert "secret" not in " ".join(arguments)


@pytest.mark.parametrize(
    "network",
    [
        {"name": "n", "subnets": [{"subnet": "198.18.1.0/24", "gateway": "198.18.1.1"}]},
        {"Name": "n", "IPAM": {"Config": [{"Subnet": "198.18.1.0/24"}]}},
    ],
    ids=["podman", "docker"],
)
def test_subnet(network: dict[str, object]) -> None:
    assert topology.subnet_of(network) == "198.18.1.0/24"


@pytest.mark.parametrize("network", [{}, {"subnets": []}, {"IPAM": {"Config": []}}])
def test_a_network_without_a_subnet_is_refused(network: dict[str, object]) -> None:
    with pytest.raises(TestbedError):
        topology.subnet_of(network)


def test_jobs_run_to_their_ends_before_one_fails() -> None:
    done = []

    def job(number: int) -> None:
        if number == 0:
            raise TestbedError("first")
        done.append(number)

    assert topology.in_parallel(str, range(3)) == ["0", "1", "2"]
    with pytest.raises(TestbedError, match="first"):
        topology.in_parallel(job, range(5))
    assert sorted(done) == [1, 2, 3, 4]
