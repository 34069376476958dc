# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the ``replication_user`` module, and the work that they ask for."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import ON_OBJECT, Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replication_user import DesiredAccount
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replication_user import AccountWork

#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "name": {"type": "str", "required": True},
    "host": {"type": "str", "default": "%"},
    "password": {"type": "str", "no_log": True},
    "tls": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "auth_plugin": {"type": "str"},
    "privileges": {"type": "list", "elements": "str", "default": ["REPLICATION SLAVE"]},
    "database_privileges": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "database": {"type": "str", "required": True},
            "privileges": {"type": "list", "elements": "str", "required": True},
        },
    },
    "exclusive": {"type": "bool", "default": True},
    "replicas": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def account_work(params: Mapping[str, Any]) -> AccountWork:
    """What the module's options ask for."""
    desired = DesiredAccount(
        # Servers store the host part in lower case, and an empty one for any host.
        name=AccountName(params["name"], params["host"].lower() or "%"),
        password=Secret(params["password"] or ""),
        tls=params["tls"],
        plugin=params["auth_plugin"] or "",
        privileges=tuple(params["privileges"]),
        exclusive=params["exclusive"],
        on_databases=tuple(
            Grant(ON_OBJECT, f"{identifier(one['database'])}.*", tuple(one["privileges"])) for one in params["database_privileges"]
        ),
    )
    return AccountWork(desired, tuple(params["replicas"]), params["state"])
