# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots out of plain values: from a module's result, or from a file that anybody may have touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import BinlogState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import NotPlain, from_plain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    FORMAT,
    VARIABLES,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_product
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import PRIMARY, REPLICA, Unreadable

_SETS = ("gtid_executed", "gtid_purged")
_ROLES = ("", PRIMARY, REPLICA)
# The last second that a date can name.
_END_OF_TIME = 253402300799.0


def snapshot_from_text(text: str | bytes, where: str) -> Snapshot | Unreadable:
    """What a file holds: a snapshot, a module's result, or the note that a server could not be read.

    Raises :class:`Refusal` that names the file and what is wrong with it.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Refusal(
            f"{where} is no JSON: {error}",
            "it may be truncated: take the snapshot again (module replication_info, or playbook audit)",
        ) from None
    return snapshot_from_value(value, where)


def snapshot_from_value(value: Any, where: str) -> Snapshot | Unreadable:
    """The same of a value. Raises :class:`Refusal`."""
    if not isinstance(value, Mapping):
        raise Refusal(f"{where} is {type(value).__name__}, no snapshot", "give what the module replication_info returned")
    if "unreadable_because" in value:
        reason, tried = str(value["unreadable_because"]), bool(value.get("tried", True))
        return Unreadable(str(value.get("name", where)), str(value.get("role", "")), reason, tried)
    plain = value.get("snapshot", value)
    if not isinstance(plain, Mapping) or "format" not in plain:
        raise Refusal(
            f"{where} is no snapshot of this collection: it has no format", "give what the module replication_info returned"
        )
    if plain["format"] != FORMAT:
        raise Refusal(
            f"{where} is a snapshot of format {plain['format']!r}; this version reads format {FORMAT}",
            "take it again, with the same version of the collection",
        )
    try:
        found = from_plain(Snapshot, plain)
        _check(found)
    except (NotPlain, ValueError) as error:
        raise Refusal(
            f"{where} is a damaged snapshot: {error}", "take it again (module replication_info, or playbook audit)"
        ) from None
    return found


def _check(found: Snapshot) -> None:
    """What rules rely on must be what it is said to be. Raises ``ValueError``."""
    if parse_product(found.product).vendor != found.product.partition(" ")[0]:
        raise ValueError(f"{found.product!r} is no product that this collection knows")
    if found.role not in _ROLES:
        raise ValueError(f"role is {found.role!r}, and can be {PRIMARY}, {REPLICA} or empty")
    if found.server_id < 0:
        raise ValueError(f"server_id is {found.server_id}")
    if not found.variables and found.is_readable(VARIABLES):
        raise ValueError("it has no variables, and does not say why")
    for name, moment in (("taken_at", found.taken_at), ("clock", found.clock)):
        if not 0 <= moment <= _END_OF_TIME:
            raise ValueError(f"{name} is {moment}, which is no time")
    for name in _SETS:
        GtidSet.parse(found.gtid.get(name, ""))
    BinlogState.parse(found.gtid.get("gtid_binlog_state", ""))
    for channel in found.channels:
        GtidSet.parse(channel.received)
