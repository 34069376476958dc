# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks for the first binary log's start and the oldest user table. Never writes."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.history import HistoryEvidence
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import (
    SYSTEM_SCHEMAS_LISTED,
    TABLE_TYPES_LISTED,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.own_log import (
    LogUnreadable,
    begun_at,
    log_names,
    log_path,
)

# Without SELECT on all of them we would not be shown all tables.
_MAY_SEE_ALL = (
    "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SELECT'"
    " AND REPLACE(GRANTEE, '''', '') = CURRENT_USER()"
)
_OLDEST_TABLE = (
    "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) AS name, UNIX_TIMESTAMP(CREATE_TIME) AS created"
    f" FROM information_schema.TABLES WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED} AND TABLE_SCHEMA NOT IN {SYSTEM_SCHEMAS_LISTED}"
    " ORDER BY CREATE_TIME LIMIT 1"
)


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
        started = _begun_at(log_path(values, first_log), table) if first_log else None
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


def _begun_at(path: str, oldest: _Table) -> Optional[int]:
    try:
        return begun_at(path)
    except LogUnreadable as unreadable:
        if oldest.name:
            raise _Unknown(str(unreadable)) from None
        return None


def _first_log(session: Session) -> str:
    try:
        return next(iter(log_names(session)), "")
    except ServerError as error:
        raise _Unknown(f"the binary logs cannot be listed: error {error.errno}: {error.error}") from None
