# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the ``server_config`` module, and the configuration that they ask for."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.gtid_mode import MODES, GtidOnly, Way
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.server_config import Persistence
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_config import DesiredConfig

#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "profile": {"type": "str", "choices": ["primary", "replica"]},
    "settings": {"type": "dict", "default": {}},
    "option_file": {"type": "path"},
    "persist": {"type": "str", "choices": ["option_file", "server", "both", "none"], "default": "option_file"},
    "backup": {"type": "bool", "default": False},
    "server_id": {"type": "int"},
    "taken_server_uuids": {"type": "list", "elements": "str", "default": []},
    "gtid_mode_until": {"type": "str", "choices": list(MODES), "default": "ON"},
    "source_gtid_only_from": {
        "type": "dict",
        "options": {
            "server_uuid": {"type": "str", "required": True},
            "file": {"type": "str", "required": True},
            "position": {"type": "int", "required": True},
        },
    },
}


def desired_config(params: Mapping[str, Any]) -> DesiredConfig:
    """The configuration that the module's options ask for."""
    return DesiredConfig(
        profile=params["profile"] or "",
        settings=params["settings"],
        option_file=params["option_file"] or "",
        backup=params["backup"],
        server_id=params["server_id"],
        persistence=Persistence(params["persist"], tuple(params["taken_server_uuids"])),
        way=Way(params["gtid_mode_until"], _gtid_only(params["source_gtid_only_from"])),
    )


def _gtid_only(found: Optional[Mapping[str, Any]]) -> Optional[GtidOnly]:
    """The place that another call of the module returned."""
    return GtidOnly(found["server_uuid"], Coordinates(found["file"], found["position"])) if found else None
