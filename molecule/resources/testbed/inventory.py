# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a topology, as YAML text. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testbed.model import Topology

SSH_OPTIONS = (
    "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no -o LogLevel=ERROR -o IdentitiesOnly=yes"
    " -o ControlMaster=auto -o ControlPersist=60s"
)


@dataclass(frozen=True)
class Reach:
    """Where a host's sshd is reached from this machine, and its address on the topology's own network."""

    host: str
    port: int
    inside: str

    @property
    def is_published(self) -> bool:
        """Whether the way goes through a published port of this machine."""
        return self.host != self.inside


def variables_of(reach: Reach) -> dict[str, Any]:
    """A host's own inventory variables."""
    return {"ansible_host": reach.host, **({"ansible_port": reach.port} if reach.is_published else {})}


def shared_variables(topology: Topology, reaches: Mapping[str, Reach], key: str, change_log: str) -> dict[str, Any]:
    """The inventory variables that hold for every host.

    ``reaches`` by host name; ``key`` is the path of the private key. Where hosts are reached through published ports,
    replicas cannot use the primary's ansible_host, and are told its address on their network.
    """
    variables: dict[str, Any] = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": key,
        "ansible_ssh_common_args": SSH_OPTIONS,
        "ansible_ssh_pipelining": True,
        "ansible_pipelining": True,
        "ansible_python_interpreter": "/usr/bin/python3",
        "mysql_replication_password": topology.password,
        "mysql_replication_change_log": change_log,
    }
    if topology.primary and reaches[topology.primary.name].is_published:
        variables["mysql_replication_source_host"] = reaches[topology.primary.name].inside
    return variables


def render(topology: Topology, reaches: Mapping[str, Reach], key: str, change_log: str) -> str:
    """The inventory's text, hosts in their groups; a host without groups stands below `all` alone."""
    groups: dict[str, Any] = {}
    for host in topology.hosts:
        for group in host.groups:
            groups.setdefault(group, {"hosts": {}})["hosts"][host.name] = {}
    tree = {
        "all": {
            "vars": shared_variables(topology, reaches, key, change_log),
            "hosts": {host.name: variables_of(reaches[host.name]) for host in topology.hosts},
            "children": groups,
        }
    }
    return "---\n" + "\n".join(_lines(tree, 0)) + "\n"


def _lines(tree: Mapping[str, Any], depth: int) -> list[str]:
    """A mapping of mappings and scalars as block YAML; a JSON scalar is a YAML scalar."""
    lines = []
    for name, value in tree.items():
        indent = "  " * depth
        if isinstance(value, Mapping) and value:
            lines += [f"{indent}{name}:", *_lines(value, depth + 1)]
        else:
            lines.append(f"{indent}{name}: {json.dumps(value)}")
    return lines
