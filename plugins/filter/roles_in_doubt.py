# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: roles_in_doubt
short_description: Which servers may not be what the inventory calls them any more
description:
  - Tells from what the module M(dbops.mysql_replication.replication_plan) found on all servers whether somebody moved the primary
    by hand, so that the inventory names the one before.
  - A replica that replicates from nobody (or whose channels are stopped) and holds tables is in doubt if it takes writes and the
    primary takes none, or lacks what it wrote since, or was not read, or other replicas follow it; if the primary follows it; or if
    the primary takes no writes and it has written since or others follow it.
  - A replica that runs from another one that was not read is in doubt if the primary was not read either, or takes no writes.
  - The primary is in doubt if it takes no writes, holds tables, and no replica that was read runs from it.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
positional: primary, replicas
options:
  _input:
    description: RV(dbops.mysql_replication.replication_plan#module:standing) of each server that was read, by its name.
    type: dict
    required: true
  primary:
    description: Name of the server that the inventory calls the primary.
    type: str
    required: true
  replicas:
    description: Names of the others.
    type: list
    elements: str
    required: true
  addresses:
    description: By server name, the address under which others reach it.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Nobody moved the primary by hand
  ansible.builtin.assert:
    that: standings | dbops.mysql_replication.roles_in_doubt('db1', ['db2', 'db3']) | length == 0
"""

RETURN = r"""
_value:
  description: A sentence for each server in doubt, with what speaks for it and what a person does.
  type: list
  elements: str
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.promotion import doubts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import Standing
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_product


def roles_in_doubt(
    standings: Mapping[str, Any], primary: str, replicas: list[str], addresses: Mapping[str, str] | None = None
) -> list[str]:
    """See the documentation above."""
    read = {name: _standing(name, one, standings, addresses or {}) for name, one in standings.items()}
    unread = [name for name in replicas if name not in read]
    found = doubts(primary, read.get(primary), [read[name] for name in replicas if name in read], unread)
    return [f"{doubt.evidence}. {doubt.remedy}." for doubt in found]


def _standing(name: str, one: Mapping[str, Any], standings: Mapping[str, Any], addresses: Mapping[str, str]) -> Standing:
    identity = Identity(parse_product(one["product"]), one["server_id"], one["server_uuid"], one["hostname"], one["port"])
    sources = [_source(channel, name, standings, addresses) for channel in one["channels"]]
    return Standing(
        name=name,
        identity=identity,
        gtid=GtidState(one["gtid"]),
        takes_writes=one["takes_writes"],
        has_tables=one["has_tables"],
        follows=tuple(sources),
        rests=all(channel["rests"] for channel in one["channels"]),
    )


def _source(channel: Mapping[str, Any], name: str, standings: Mapping[str, Any], addresses: Mapping[str, str]) -> str:
    """The server of the inventory that a channel leads to, by where it points, else by whom it spoke to; else its address."""
    others = {other: one for other, one in standings.items() if other != name}
    host, port = channel["source_host"], channel["source_port"]
    for other, one in others.items():
        if host in (other, one["hostname"], addresses.get(other)) and port == one["port"]:
            return other
    for other, address in addresses.items():
        if other not in standings and host in (other, address):
            return other
    for other, one in others.items():
        if channel["server_uuid"] and channel["server_uuid"] == one["server_uuid"]:
            return other
        if not one["server_uuid"] and channel["server_id"] == one["server_id"]:
            return other
    return f"{host}:{port}"


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"roles_in_doubt": roles_in_doubt}
