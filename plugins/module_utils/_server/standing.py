# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what tells a primary from a replica, as plain values for whoever sees all servers. Never writes."""

from __future__ import annotations

from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import OFF, Channel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import is_writable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import replica_state


def standing(session: Session) -> dict[str, Any]:
    """See the module ``replication_plan`` on what it returns as ``standing``."""
    state = replica_state(session)
    return {
        "product": str(state.identity.version),
        "server_id": state.identity.server_id,
        "server_uuid": state.identity.server_uuid,
        "hostname": state.identity.hostname,
        "port": state.identity.port,
        "takes_writes": is_writable(session.value("SELECT @@global.read_only")),
        "has_tables": state.has_tables,
        "gtid": dict(state.gtid.variables),
        "channels": [_channel(channel) for channel in state.channels],
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "source_host": channel.options["source_host"],
        "source_port": channel.options["source_port"],
        "server_uuid": channel.source_uuid,
        "server_id": channel.source_id,
        "rests": channel.receiver.state == channel.applier.state == OFF,
    }
