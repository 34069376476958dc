# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the heartbeat table: there, and one that heartbeats can be written to. A table that is something else is never touched."""

from __future__ import annotations

import re
from typing import Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.heartbeat import Column, HeartbeatState, TableName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_checks import CONTROL_CHARACTERS

# MySQL Reference Manual, "Identifier Length Limits".
_LONGEST = 64
# pt-heartbeat's own, so that its --check and --monitor read the table. Only the first two are written here.
_COLUMNS = """\
  ts VARCHAR(26) NOT NULL,
  server_id INT UNSIGNED NOT NULL PRIMARY KEY,
  file VARCHAR(255) DEFAULT NULL,
  position BIGINT UNSIGNED DEFAULT NULL,
  relay_master_log_file VARCHAR(255) DEFAULT NULL,
  exec_master_log_pos BIGINT UNSIGNED DEFAULT NULL"""
_TEXT = re.compile(r"(?:var)?char\(([0-9]+)\)")
# 2026-11-26T07:00:00.123456
_TIME_LENGTH = 26
# MariaDB prints a width too.
_SERVER_ID = re.compile(r"int(?:\([0-9]+\))? unsigned|bigint(?:\([0-9]+\))?(?: unsigned)?")


def refuse_name(name: TableName) -> None:
    """Raises :class:`Refusal` for what can be no name of a database or a table."""
    for option, text in (("database", name.database), ("table", name.table)):
        if not text or len(text) > _LONGEST or text.endswith(" ") or not CONTROL_CHARACTERS.isdisjoint(text):
            raise Refusal(
                f"{option} is {text!r}, which can be no name",
                f"give a name of 1 to {_LONGEST} characters without control characters (mysql_replication_heartbeat_{option})",
            )


def plan(name: TableName, state: HeartbeatState) -> list[Step]:
    """The steps to the table. Each passes on a replica that has the object already.

    Raises :class:`Refusal` where there is a table of that name to which no heartbeat can be written.
    """
    quoted = f"{identifier(name.database)}.{identifier(name.table)}"
    if state.columns is not None:
        _refuse_another(name, state.where, state.columns)
        return []
    steps = []
    if not state.has_database:
        statement = sql(f"CREATE DATABASE IF NOT EXISTS {identifier(name.database)}")
        steps.append(Step("no such database", f"database {name.database}", None, "there", statement))
    create = sql(f"CREATE TABLE IF NOT EXISTS {quoted} (\n{_COLUMNS}\n) ENGINE = InnoDB")
    return [*steps, Step("no such table", f"table {name}", None, "columns of pt-heartbeat", create)]


def _refuse_another(name: TableName, where: str, columns: Mapping[str, Column]) -> None:
    time, server = columns.get("ts"), columns.get("server_id")
    text = _TEXT.fullmatch(time.kind) if time else None
    wrong = []
    if text is None or int(text.group(1)) < _TIME_LENGTH:
        wrong.append(f"ts is {time.kind if time else 'missing'}, not varchar({_TIME_LENGTH})")
    if server is None or not _SERVER_ID.fullmatch(server.kind):
        wrong.append(f"server_id is {server.kind if server else 'missing'}, not int unsigned")
    elif not server.unique:
        wrong.append("server_id is not the primary key")
    if wrong:
        raise Refusal(
            f"{name} on {where} is no heartbeat table: {'; '.join(wrong)}. Nothing was touched",
            "give another mysql_replication_heartbeat_table or _database; or rename this table if nobody needs its name",
        )
