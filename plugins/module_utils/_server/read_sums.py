# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads checksums of a table's ranges on one server: rows and their sum, where a chunk ends, and rows one by one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Iterator, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import (
    Bound,
    KeyRange,
    Table,
    predicate,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.row_hash import checksum, row_hash
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import without_transactions

# No such column, table, index, database, or a definition that has changed since the statement began (MySQL and MariaDB).
_CHANGED = (1054, 1146, 1176, 1049, 1412, 1267)
# TIMESTAMP columns print in the session's time zone.
_TIME_ZONE = "SET SESSION time_zone = '+00:00'"


class Sum(NamedTuple):
    """How many rows, and the sum of their hashes, as the server prints it."""

    rows: int
    checksum: str


def prepare(session: Session) -> None:
    """Makes a session read values as every other one does."""
    session.rows(_TIME_ZONE)


def log_statements(session: Session, database: str) -> None:
    """Has the session's changes of the notes logged as statements, which each replica runs again.

    It needs the right to set binlog_format. Manual, "Replication Formats": a replica that lacks the notes' rows, as its filters
    left them out, passes over a statement, but would stop at a row event. Filters by database go by the session's own one.
    """
    session.rows(f"USE {identifier(database)}")
    session.rows("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    session.rows("SET SESSION binlog_format = 'STATEMENT'")


def is_change(error: ServerError) -> bool:
    """Whether a statement failed because the table is not what it was."""
    return error.errno in _CHANGED


def read_sum(session: Session, table: Table, part: KeyRange) -> Sum:
    """The sum over a range, in one consistent read."""
    row = session.rows(f"SELECT COUNT(*) AS n, {checksum(table)} AS s FROM {_source(table)} WHERE {predicate(table, part)}")[0]
    return Sum(int(row["n"] or 0), row["s"] or "0")


def end_of_chunk(session: Session, table: Table, part: KeyRange, rows: int) -> Bound:
    """The key of the last of so many rows of the range; its own upper bound if it has no more."""
    names = [identifier(name) for name in table.key]
    keys = ", ".join(f"{text} AS k{number}" for number, text in enumerate(table.key_expressions()))
    found = session.rows(
        f"SELECT {keys} FROM {_source(table)} WHERE {predicate(table, part)} ORDER BY {', '.join(names)} LIMIT {rows - 1}, 1"
    )
    return ",".join(found[0][f"k{number}"] or "" for number in range(len(names))) if found else part.upper


def key_edges(session: Session, table: Table) -> Optional[tuple[int, int]]:
    """The least and the greatest value of a key of one integer; ``None`` for an empty table. It takes two looks at the index."""
    name = identifier(table.key[0])
    row = session.rows(f"SELECT MIN({name}) AS least, MAX({name}) AS most FROM {table.quoted}")[0]
    return None if row["least"] is None or row["most"] is None else (int(row["least"]), int(row["most"]))


def more_rows_than(session: Session, table: Table, limit: int) -> bool:
    """Whether a table without a key has more rows than this."""
    return bool(session.rows(f"SELECT 1 AS more FROM {table.quoted} LIMIT {limit}, 1"))


@dataclass
class Recorder:
    """Computes hashes row by row on the primary and, by the same statement, on each replica at the same point of the binary log.

    While it runs it holds shared locks on its rows, or on a table without transactions, so it is for few rows.
    """

    login: Login
    database: str
    row_hash_table: str
    _session: Optional[Session] = field(default=None, init=False)

    def record(self, number: int, table: Table, part: KeyRange) -> None:
        """Leaves the hashes of the range's rows under this number, with a row of an empty hash that says it was done."""
        session = self._opened()
        keys = f"CONCAT_WS(',', {', '.join(table.key_expressions())})" if table.key else "''"
        value = row_hash(table) if table.key else checksum(table)
        with self._at_rest(session, table):
            session.rows(f"DELETE FROM {self.row_hash_table} WHERE item = {number}")
            session.rows(f"INSERT INTO {self.row_hash_table} VALUES ({number}, '', '', 0)")
            session.rows(
                f"INSERT INTO {self.row_hash_table} SELECT {number}, SHA2({keys}, 256), {keys}, {value}"
                f" FROM {_source(table)} WHERE {predicate(table, part)}"
            )

    @contextmanager
    def _at_rest(self, session: Session, table: Table) -> Iterator[None]:
        """A transaction. Nobody writes the rows that it reads until its end, and so nothing comes between in the binary log.

        Row locks last so long. What MyISAM locks for a statement it gives back with it. Manual, "LOCK TABLES": while autocommit is
        off a commit leaves table locks.
        """
        named = f"TABLE_SCHEMA = {literal(table.database)} AND TABLE_NAME = {literal(table.name)}"
        if not without_transactions(session, named):
            session.rows("START TRANSACTION")
            yield
            session.rows("COMMIT")
            return
        try:
            session.rows("SET SESSION autocommit = 0")
            session.rows(f"LOCK TABLES {table.quoted} READ, {self.row_hash_table} WRITE")
            yield
            session.rows("COMMIT")
        finally:
            session.rows("UNLOCK TABLES")
            session.rows("SET SESSION autocommit = 1")

    def close(self) -> None:
        """Ends the session, if one was needed."""
        if self._session:
            self._session.close()

    def _opened(self) -> Session:
        if self._session is None:
            session = self._session = Session(self.login)
            prepare(session)
            log_statements(session, self.database)
            session.execute(session.dialect.channels.in_turn)
        return self._session


def _source(table: Table) -> str:
    return f"{table.quoted} FORCE INDEX ({identifier(table.index)})" if table.index else table.quoted
