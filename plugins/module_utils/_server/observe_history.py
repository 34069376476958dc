# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for the first binary log's start and the oldest user table. Never writes."""

from __future__ import annotations

import os
import struct
from typing import Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.history import HistoryEvidence
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

_SYSTEM_SCHEMAS = "('mysql', 'sys', 'performance_schema', 'information_schema')"
# Without SELECT on all of them we would not be shown all tables.
_MAY_SEE_ALL = (
    "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'"
    " AND REPLACE(GRANTEE, '''', '') = CURRENT_USER()"
)
_OLDEST_TABLE = (
    "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name, UNIX_TIMESTAMP(CREATE_TIME) AS created"
    f" FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN {_SYSTEM_SCHEMAS}"
    " ORDER BY CREATE_TIME LIMIT 1"
)
# MySQL Internals, "Binary Log Event Structure": each file starts with this, then the first event's header, whose first four
# bytes are the time of its writing, little-endian.
_MAGIC = b"\xfebin"


class _Unknown(Exception):
    pass


class _Table(NamedTuple):
    name: str
    created: Optional[int]


def history_evidence(session: Session, values: Mapping[str, str]) -> HistoryEvidence:
    """What is needed to judge; ``values`` are all global variables."""
    log_bin = values["log_bin"] == "ON"
    purged = values.get("gtid_purged", "")
    try:
        table = _oldest_table(session)
        first_log = _first_log(session) if log_bin else ""
        started = _log_started(values, first_log) if log_bin and table.name else None
    except _Unknown as unknown:
        return HistoryEvidence(log_bin, purged, "", unreadable=str(unknown))
    return HistoryEvidence(log_bin, purged, first_log, table.name, table.created, started)


def _oldest_table(session: Session) -> _Table:
    if session.value(_MAY_SEE_ALL) == "0":
        raise _Unknown("the login account lacks the privilege SELECT on *.*, and so is not shown all tables")
    rows = session.rows(_OLDEST_TABLE)
    if not rows:
        return _Table("", None)
    created = rows[0]["created"]
    return _Table(rows[0]["name"] or "", int(float(created)) if created else None)


def _first_log(session: Session) -> str:
    try:
        rows = session.rows("SHOW BINARY LOGS")
    except ServerError as error:
        raise _Unknown(f"the binary logs cannot be listed: error {error.errno}: {error.error}") from None
    return next(iter(rows[0].values())) or "" if rows else ""


def _log_started(values: Mapping[str, str], name: str) -> int:
    path = os.path.join(os.path.dirname(values["log_bin_basename"]), os.path.basename(name))
    try:
        with open(path, "rb") as file:
            head = file.read(len(_MAGIC) + 4)
    except OSError as error:
        raise _Unknown(f"the binary log {path} cannot be read here: {error.strerror}") from None
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + 4:
        raise _Unknown(f"the binary log {path} does not say when it was begun (it may be encrypted)")
    return int(struct.unpack("<I", head[len(_MAGIC) :])[0])
