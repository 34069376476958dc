# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a replica's relay log with the server's own tool, to name the row that its applier stumbled over. Never writes."""

from __future__ import annotations

import os
import shutil
import subprocess

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.row_event import (
    describe,
    end_of_event,
    row_event,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

_TOOLS = ("mariadb-binlog", "mysqlbinlog")
_SECONDS = 30


def failing_row(session: Session, channel: Channel) -> str:
    """The row that stopped the channel's applier, in words; empty where the relay log can't be read from here."""
    end = end_of_event(channel.applier.error)
    tool = next(filter(None, map(shutil.which, _TOOLS)), None)
    if end is None or tool is None or channel.relay_log is None:
        return ""
    basename = session.value("SELECT @@global.relay_log_basename") or ""
    path = os.path.join(os.path.dirname(basename), os.path.basename(channel.relay_log.file))
    if not os.access(path, os.R_OK):
        return ""
    command = [
        tool,
        "--no-defaults",
        "--verbose",
        "--base64-output=decode-rows",
        f"--start-position={channel.relay_log.position}",
        path,
    ]
    try:
        # AnsibleModule.run_command cannot end after a time, and a relay log may be long.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    event = row_event(done.stdout.decode(errors="replace"), end)
    if event is None:
        return ""
    keys = session.rows(
        "SELECT ORDINAL_POSITION AS number, COLUMN_NAME AS name FROM information_schema.COLUMNS"
        f" WHERE COLUMN_KEY = 'PRI' AND TABLE_SCHEMA = {literal(event.schema)} AND TABLE_NAME = {literal(event.table)}"
    )
    return describe(event, {int(row["number"] or 0): row["name"] or "" for row in keys})
