# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The database in which a comparison keeps its notes on the primary. It replicates, and so tells the replicas what to compare."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import LeadState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_store import ITEM, ROW_HASH, STATE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

# No such table, no such database.
_NOT_THERE = (1146, 1049)


class Item(NamedTuple):
    """What the primary tells: ``kind`` is one of ``_model.comparison``, ``after`` the number of the item before it, 0 for none."""

    number: int
    after: int
    kind: str
    payload: Mapping[str, Any]


class Store:
    """The notes, over one session, as one run sees them.

    A run that was broken off may still have a module at work on the primary. Once another run has taken the notes over, it is
    refused: it could tell of tables by numbers that by now mean others.
    """

    def __init__(self, session: Session, database: str, run: str) -> None:
        self._session = session
        self._database = database
        self._run = run

    @property
    def database(self) -> str:
        """Its name."""
        return self._database

    def table(self, name: str) -> str:
        """One of the tables, quoted."""
        return f"{identifier(self._database)}.{identifier(name)}"

    def state(self) -> Optional[LeadState]:
        """The primary's side, ``None`` before it has begun."""
        text = self._value(f"SELECT payload FROM {self.table(STATE)} WHERE id = 1 AND opened <> ''")
        return None if text is None else LeadState.parse(json.loads(text))

    def begin(self, state: LeadState) -> None:
        """Begins a comparison; what an older one told is forgotten, and no older run changes the notes any more.

        Row events cannot forget it: the replicas' row hashes are their own, so the rows differ.
        """
        self._claim(state)
        for name in (ITEM, ROW_HASH):
            self._session.rows(f"TRUNCATE TABLE {self.table(name)}")
        self._open()

    def resume(self, state: LeadState) -> None:
        """Goes on with a comparison; the run that it was begun or gone on with changes the notes no more."""
        self._claim(state)
        self._open()

    def is_open(self) -> bool:
        """Whether the items that are here are this run's, which a replica learns after a while."""
        return self._value(f"SELECT opened FROM {self.table(STATE)} WHERE id = 1") == self._run

    def own_state(self) -> LeadState:
        """The primary's side; raises :class:`Refusal` if another run has taken the notes over."""
        with self._owned():
            state = self.state()
        if state is None:
            raise self._taken_over()
        return state

    def keep(self, state: LeadState) -> None:
        """Writes the primary's side down; raises :class:`Refusal` if another run has taken the notes over."""
        with self._owned():
            self._session.rows(f"UPDATE {self.table(STATE)} SET payload = {literal(json.dumps(state.describe()))} WHERE id = 1")

    def tell(self, items: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Tells the replicas; returns the last item's number. Raises :class:`Refusal` if another run has taken the notes over."""
        item = self.table(ITEM)
        with self._owned():
            number = int(self._session.value(f"SELECT COALESCE(MAX(id), 0) FROM {item}") or 0)
            for kind, payload in items:
                values = f"{number}, {literal(kind)}, {literal(json.dumps(payload))}"
                self._session.rows(f"INSERT INTO {item} (after, kind, payload) VALUES ({values})")
                number = int(self._session.value("SELECT LAST_INSERT_ID()") or 0)
        return number

    def _claim(self, state: LeadState) -> None:
        text = literal(json.dumps(state.describe()))
        self._session.rows(f"REPLACE INTO {self.table(STATE)} VALUES (1, {literal(self._run)}, '', {text})")

    def _open(self) -> None:
        with self._owned():
            self._session.rows(f"UPDATE {self.table(STATE)} SET opened = run WHERE id = 1")

    @contextmanager
    def _owned(self) -> Iterator[None]:
        """A transaction in which the notes stay this run's."""
        self._session.rows("START TRANSACTION")
        try:
            if self._value(f"SELECT run FROM {self.table(STATE)} WHERE id = 1 FOR UPDATE") != self._run:
                raise self._taken_over()
            yield
        except BaseException:
            self._session.rows("ROLLBACK")
            raise
        self._session.rows("COMMIT")

    def _taken_over(self) -> Refusal:
        return Refusal(
            "another run has taken over, or taken away, the notes of this comparison"
            f" (database {self._database} on {self._session.where})",
            "let that run end; two at a time need a mysql_replication_verify_database each",
        )

    def items(self, after: int, limit: int = 100) -> list[Item]:
        """What was told after this number; nothing where the notes have not arrived yet."""
        try:
            rows = self._session.rows(
                f"SELECT id, after, kind, payload FROM {self.table(ITEM)} WHERE id > {after} ORDER BY id LIMIT {limit}"
            )
        except ServerError as error:
            if error.errno in _NOT_THERE:
                return []
            raise
        return [_item(row) for row in rows]

    def item(self, number: int) -> Optional[Item]:
        """One item."""
        rows = self._session.rows(f"SELECT id, after, kind, payload FROM {self.table(ITEM)} WHERE id = {number}")
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
    return Item(int(row["id"] or 0), int(row["after"] or 0), row["kind"] or "", json.loads(row["payload"] or "{}"))
