# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what a server knows of its variables and channels, in a bounded number of queries. Never writes."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DISK_FULL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, Coordinates, GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import WAITS_FOR_DISK
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import SystemVariable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Row, ServerError, Session

_NUMBER = re.compile(r"\.[0-9]{6,}$")
_MAKE_ROOM = "make room on the file systems of its data and logs (df -h there); it goes on by itself, within a minute"
_IN_STATE = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = {state}"


def global_values(session: Session) -> dict[str, str]:
    """All global variables as the server prints them, by name; NULL is an empty text."""
    return {str(row["Variable_name"]): row["Value"] or "" for row in session.rows("SHOW GLOBAL VARIABLES")}


def persisted_values(session: Session) -> dict[str, str]:
    """What SET PERSIST stored, by variable name."""
    query = session.dialect.variables.persisted_query
    return {str(row["VARIABLE_NAME"]): row["VARIABLE_VALUE"] or "" for row in session.rows(query)} if query else {}


def variables(
    session: Session, names: Sequence[str], values: Mapping[str, str], persisted: Mapping[str, str]
) -> dict[str, SystemVariable]:
    """These variables, by own name."""
    if not names:
        return {}
    dialect = session.dialect.variables
    details = {str(row["VARIABLE_NAME"]): row for row in session.rows(dialect.details_query(names))}
    return {name: dialect.variable(name, values, details, persisted) for name in names}


def refuse_full_disk(session: Session) -> None:
    """Raises :class:`Refusal` where a thread waits for disk space.

    It holds what SHOW REPLICA STATUS, the tables of it, and SHOW BINARY LOGS need: these would wait with it, until there is some
    (observed on 9.7, 10.11 and 11.8). A login without PROCESS is not shown the thread.
    """
    try:
        waits = session.value(_IN_STATE.format(state=literal(session.dialect.channels.disk_wait))) != "0"
    except ServerError as error:
        # The question itself may need a temporary table.
        if error.errno in DISK_FULL:
            raise Refusal(f"{session.where} {WAITS_FOR_DISK}: error {error.errno}: {error.error}", _MAKE_ROOM) from None
        raise
    if waits:
        raise Refusal(
            f"a thread of {session.where} {WAITS_FOR_DISK}, and whoever asks for channels or binary logs waits with it", _MAKE_ROOM
        )


def channel_rows(session: Session) -> dict[str, list[Row]]:
    """The rows of the dialect's queries about channels; see :func:`refuse_full_disk`."""
    refuse_full_disk(session)
    return {name: session.rows(query) for name, query in session.dialect.channels.queries.items()}


def channels(session: Session, rows: Mapping[str, Sequence[Row]]) -> tuple[Channel, ...]:
    """The channels in these rows, without their passwords."""
    return session.dialect.channels.parse(rows, {})


def log_position(session: Session) -> Optional[Coordinates]:
    """Where the server's binary log ends now; ``None`` without a binary log."""
    rows = session.rows(session.dialect.channels.log_position_query)
    return Coordinates(rows[0]["File"] or "", int(rows[0]["Position"] or 0)) if rows else None


def statuses(rows: Mapping[str, Sequence[Row]]) -> dict[str, Row]:
    """The rows of SHOW REPLICA STATUS by channel name."""
    return {row.get("Channel_Name") or row.get("Connection_name") or "": row for row in rows["status"]}


def relay_log_basename(values: Mapping[str, str], status: Mapping[str, Row]) -> str:
    """Where relay logs are written; empty if there are none.

    MariaDB has no value while relay_log is not set, and makes the name up: then the channels' files tell (observed:
    a named connection's name is appended to it).
    """
    if values.get("relay_log_basename"):
        return values["relay_log_basename"]
    for name, row in status.items():
        stem = _NUMBER.sub("", row.get("Relay_Log_File") or "")
        suffix = f"-{name.lower()}" if name else ""
        if stem.endswith(suffix):
            return stem[: len(stem) - len(suffix)]
    return ""


def gtid_state(session: Session) -> GtidState:
    """The GTID variables of the session's server."""
    return GtidState({name: value or "" for name, value in session.rows(session.dialect.gtid.query)[0].items()})
