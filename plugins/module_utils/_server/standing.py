# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what tells a primary from a replica, as plain values for whoever sees all servers. Never writes.

It is read of every server in every run, also where nothing is to do, so it takes no more code and queries than it must.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import OFF, Channel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import HOLDS_TABLES
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import is_writable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

#: How far a server came; each vendor has its own.
_GTIDS = ("gtid_executed", "gtid_slave_pos", "gtid_binlog_state")
_VARIABLES = (
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'server_id', 'server_uuid', 'hostname', 'port',"
    f" {', '.join(repr(name) for name in _GTIDS)})"
)


def standing(session: Session) -> dict[str, Any]:
    """See the module ``replication_plan`` on what it returns as ``standing``."""
    channels = observe_variables.channels(session, observe_variables.channel_rows(session))
    values = {str(row["Variable_name"]): row["Value"] or "" for row in session.rows(_VARIABLES)}
    return {
        "product": str(session.dialect.version),
        "server_id": int(values["server_id"]),
        "server_uuid": values.get("server_uuid", ""),
        "hostname": values["hostname"],
        "port": int(values["port"]),
        "takes_writes": is_writable(values["read_only"]),
        "has_tables": session.value(f"SELECT {HOLDS_TABLES}") == "1",
        "gtid": {name: values[name] for name in _GTIDS if name in values},
        "channels": [_channel(channel) for channel in channels],
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "source_host": channel.options["source_host"],
        "source_port": channel.options["source_port"],
        "server_uuid": channel.source_uuid,
        "server_id": channel.source_id,
        "rests": channel.receiver.state == channel.applier.state == OFF,
    }
