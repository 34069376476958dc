# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database in which a comparison keeps its notes on the primary. It replicates, and so tells the replicas what to compare."""

from __future__ import annotations

import json
from typing import Any, Iterable, Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import LeadState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_store import ITEM, ROW_HASH, STATE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

# No such table, no such database.
_NOT_THERE = (1146, 1049)


class Item(NamedTuple):
    """What the primary tells: ``kind`` is one of ``_model.comparison``."""

    number: int
    kind: str
    payload: Mapping[str, Any]


class Store:
    """The notes, over one session."""

    def __init__(self, session: Session, database: str) -> None:
        self._session = session
        self._database = database

    def table(self, name: str) -> str:
        """One of the tables, quoted."""
        return f"{identifier(self._database)}.{identifier(name)}"

    def state(self) -> Optional[LeadState]:
        """The primary's side, ``None`` before it has begun."""
        text = self._value(f"SELECT payload FROM {self.table(STATE)} WHERE id = 1")
        return None if text is None else LeadState.parse(json.loads(text))

    def keep(self, state: LeadState) -> None:
        """Writes the primary's side down."""
        text = literal(json.dumps(state.describe()))
        self._session.rows(f"REPLACE INTO {self.table(STATE)} (id, payload) VALUES (1, {text})")

    def clear(self) -> None:
        """Forgets an older comparison. Row events cannot do it: the replicas' row hashes are their own, so the rows differ."""
        for name in (ITEM, ROW_HASH, STATE):
            self._session.rows(f"TRUNCATE TABLE {self.table(name)}")

    def tell(self, items: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Tells the replicas; returns the first item's number."""
        values = ", ".join(f"({literal(kind)}, {literal(json.dumps(payload))})" for kind, payload in items)
        self._session.rows(f"INSERT INTO {self.table(ITEM)} (kind, payload) VALUES {values}")
        return int(self._session.value("SELECT LAST_INSERT_ID()") or 0)

    def items(self, after: int, limit: int = 100) -> list[Item]:
        """What was told after this number; nothing where the notes have not arrived yet."""
        try:
            rows = self._session.rows(
                f"SELECT id, kind, payload FROM {self.table(ITEM)} WHERE id > {after} ORDER BY id LIMIT {limit}"
            )
        except ServerError as error:
            if error.errno in _NOT_THERE:
                return []
            raise
        return [_item(row) for row in rows]

    def item(self, number: int) -> Optional[Item]:
        """One item."""
        rows = self._session.rows(f"SELECT id, kind, payload FROM {self.table(ITEM)} WHERE id = {number}")
        return _item(rows[0]) if rows else None

    def row_hashes(self, number: int) -> Optional[dict[str, str]]:
        """Rows' hashes by encoded key, as this server computed them; ``None`` if it did not."""
        rows = self._session.rows(f"SELECT key_hash, key_text, hash FROM {self.table(ROW_HASH)} WHERE item = {number}")
        found = {row["key_text"] or "": row["hash"] or "" for row in rows if row["key_hash"]}
        return found if rows else None

    def _value(self, query: str) -> Optional[str]:
        try:
            return self._session.value(query)
        except ServerError as error:
            if error.errno in _NOT_THERE:
                return None
            raise


def _item(row: Mapping[str, Optional[str]]) -> Item:
    return Item(int(row["id"] or 0), row["kind"] or "", json.loads(row["payload"] or "{}"))
