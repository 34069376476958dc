# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the ``replica`` module, and the work that they ask for."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica import ChannelWork

#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "source_host": {"type": "str"},
    "source_port": {"type": "int", "default": 3306},
    "source_user": {"type": "str"},
    "source_password": {"type": "str", "no_log": True},
    "auto_position": {"type": "bool", "default": True},
    "source_log_file": {"type": "str"},
    "source_log_pos": {"type": "int", "default": 4},
    "source_tls": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "source_tls_ca": {"type": "path"},
    "source_tls_cert": {"type": "path"},
    "source_tls_key": {"type": "path", "no_log": False},
    "source_tls_verify": {"type": "bool"},
    "connect_retry": {"type": "int", "default": 10},
    "retry_count": {"type": "int", "default": 86400},
    "heartbeat_period": {"type": "float"},
    "delay": {"type": "int", "default": 0},
    "channel": {"type": "str", "default": ""},
    "source_history_complete": {"type": "bool", "default": False},
    "source_history_begun_anew": {"type": "str", "default": ""},
    "source_log_started": {"type": "int"},
    "state": {"type": "str", "choices": ["started", "stopped", "absent"], "default": "started"},
    "reconnect": {"type": "bool", "default": False},
    "after_restart": {"type": "bool", "default": False},
    "after_copy": {"type": "str", "choices": ["", "backup", "clone", "dump"], "default": ""},
    "wait": {"type": "int", "default": 60},
}


def channel_work(params: Mapping[str, Any]) -> ChannelWork:
    """What the module's options ask for."""
    return ChannelWork(_desired(params), params["state"], params["wait"], params["after_restart"], params["after_copy"])


def _desired(params: Mapping[str, Any]) -> DesiredChannel:
    options = {
        "source_host": params["source_host"],
        "source_port": params["source_port"],
        "source_user": params["source_user"],
        "source_password": Secret(params["source_password"] or ""),
        "auto_position": params["auto_position"],
        "connect_retry": params["connect_retry"],
        "retry_count": params["retry_count"],
        "heartbeat_period": params["heartbeat_period"],
        "delay": params["delay"],
        "tls_ca": params["source_tls_ca"],
        "tls_cert": params["source_tls_cert"],
        "tls_key": params["source_tls_key"],
    }
    if params["source_log_file"]:
        options.update(source_log_file=params["source_log_file"], source_log_pos=params["source_log_pos"])
    return DesiredChannel(
        name=params["channel"],
        options={name: value for name, value in options.items() if value is not None},
        tls=params["source_tls"],
        tls_verify=params["source_tls_verify"],
        source_history_complete=params["source_history_complete"],
        source_history_begun_anew=params["source_history_begun_anew"],
        source_log_started=params["source_log_started"],
        reconnect=params["reconnect"],
    )
