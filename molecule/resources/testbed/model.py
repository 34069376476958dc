# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a topology is: its hosts, its options, and the names that follow from them. Pure values."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from testbed.errors import TestbedError
from testbed.servers import server

PRIMARY_GROUP = "mysql_primary"
REPLICAS_GROUP = "mysql_replicas"
HOST_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
FIRST_ADDRESS = 11
MAXIMUM_HOSTS = 40


@dataclass(frozen=True)
class Host:
    """One machine: its name on the topology's network, its inventory groups, and its server (a name in SERVERS)."""

    name: str
    groups: tuple[str, ...]
    server: str
    tls: bool


@dataclass(frozen=True)
class Options:
    """How the machines are handed over.

    ``clone_uuid`` gives all the primary's auto.cnf, as copying a virtual machine does; ``bare_client`` removes
    PyMySQL, as on a machine that never saw Ansible.
    """

    clone_uuid: bool = False
    bare_client: bool = False


@dataclass(frozen=True)
class Topology:
    """Hosts that share a private network; ``name`` names it, and is unique on this machine."""

    name: str
    hosts: tuple[Host, ...]
    password: str
    options: Options = Options()

    def container(self, host: Host) -> str:
        """The name of the host's container."""
        return f"{self.name}-{host.name}"

    @property
    def primary(self) -> Host | None:
        """The host in the group of primaries, if there is one."""
        return next((host for host in self.hosts if PRIMARY_GROUP in host.groups), None)

    def host(self, name: str) -> Host:
        """Look a host up; raises TestbedError if there is none of that name."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise TestbedError(f"no host is called {name!r}", f"choose one of {', '.join(h.name for h in self.hosts)}")


def topology_name(label: str, state: Path) -> str:
    """A name for containers and network that two checkouts, or two scenarios, on one machine do not share."""
    digest = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:6]
    return f"dbops-{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}-{digest}"


def pair(server_name: str, replicas: int, tls: bool | None) -> tuple[Host, ...]:
    """A primary and that many replicas, all with the same server; ``tls`` None means as the server needs it.

    Raises TestbedError for a number of replicas that no network of ours can hold.
    """
    if not 0 <= replicas < MAXIMUM_HOSTS:
        raise TestbedError(f"there cannot be {replicas} replicas", f"choose 0 to {MAXIMUM_HOSTS - 1}")
    with_tls = server(server_name).default_tls if tls is None else tls
    primary = Host("primary", (PRIMARY_GROUP,), server_name, with_tls)
    names = [f"replica{number}" for number in range(1, replicas + 1)]
    return (primary, *(Host(name, (REPLICAS_GROUP,), server_name, with_tls) for name in names))


def hosts_from_platforms(platforms: Iterable[Mapping[str, Any]], default_server: str) -> tuple[Host, ...]:
    """Hosts from the list `platforms` of a molecule.yml: `name`, `groups`, and if wanted `server` and `tls`.

    Raises TestbedError for a name that is no host name, or a server that is not offered.
    """
    hosts = []
    for platform in platforms:
        name = str(platform["name"])
        if not HOST_NAME.fullmatch(name):
            raise TestbedError(f"{name!r} is no name for a host", "use lower-case letters, digits and hyphens")
        server_name = str(platform.get("server", default_server))
        tls = bool(platform.get("tls", server(server_name).default_tls))
        hosts.append(Host(name, tuple(platform.get("groups", ())), server_name, tls))
    return tuple(hosts)


def address_candidates(subnet: str, position: int) -> list[str]:
    """Addresses for the host at that position (from 0) in a topology, the usual one first, and no other host's."""
    network = ipaddress.ip_network(subnet)
    return [str(network[FIRST_ADDRESS + position + spare * MAXIMUM_HOSTS]) for spare in range(5)]


def to_json(topology: Topology) -> dict[str, Any]:
    """Plain values for a JSON file."""
    return asdict(topology)


def from_json(data: Mapping[str, Any]) -> Topology:
    """The topology of such plain values; raises KeyError or TypeError for others."""
    hosts = tuple(Host(h["name"], tuple(h["groups"]), h["server"], h["tls"]) for h in data["hosts"])
    return Topology(data["name"], hosts, data["password"], Options(**data["options"]))


def merged(running: Topology, wanted: Topology) -> Topology:
    """The topology to bring about when ``running`` exists already: replicas can join, and nothing is lost.

    Raises TestbedError when that would need a host to be removed or made anew.
    """
    if running.options != wanted.options:
        raise TestbedError("the topology that is up was made with other options", "take it down first (make down)")
    kept: Sequence[Host] = wanted.hosts[: len(running.hosts)]
    if tuple(kept) != running.hosts:
        raise TestbedError(
            f"another topology is up: {describe(running)}; wanted: {describe(wanted)}",
            "take it down first (make down)",
        )
    return Topology(running.name, wanted.hosts, running.password, running.options)


def describe(topology: Topology) -> str:
    """One line for people."""
    return ", ".join(f"{host.name} ({host.server}{', TLS' if host.tls else ''})" for host in topology.hosts)
