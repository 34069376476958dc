# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The primary's side of a comparison: tells chunks and their sums, and narrows those that a replica found to differ."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import KeyRange, Table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    CHUNK,
    LEFT,
    MARK,
    READ,
    READING,
    ROWS,
    SKIPPED,
    TABLE,
    TABLES,
    LeadState,
    Memory,
    TableProgress,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.chunk_size import FIRST_ROWS, next_rows, reckoned_end
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_store import Item, Store
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import (
    databases,
    definition,
    empty_databases,
    listed,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.read_sums import (
    Recorder,
    end_of_chunk,
    is_change,
    key_edges,
    more_rows_than,
    read_sum,
)

#: Rows of the chunks that a chunk which differs is divided into, and whose rows are then looked at one by one.
NARROW_ROWS = 1000
# Chunks of a table that are narrowed at a time: where everything differs, a few tell enough.
_NARROWED_AT_ONCE = 20
_MOST_BEGINNINGS = 3
# What was read is told soon: what is written in between looks like a difference until it is looked at again.
_TELL_SECONDS = 0.05
_LOAD_SECONDS = 0.5
# How much work is done again after a call was killed.
_KEEP_SECONDS = 10


class Pace(NamedTuple):
    """Seconds that a chunk and a call shall take, running threads at which it waits, rows of a table without a key.

    ``most_differences``: of a table on a replica, after which no more of it are looked for.
    """

    chunk_time: float
    slice: float
    max_load: int
    keyless_rows: int
    most_differences: int


class _Changed(Exception):
    """The table is not what it was told to be."""


@dataclass
class Lead:
    """One call's work on the primary. ``waits`` says in words what it waited for last, empty if for nothing."""

    session: Session
    store: Store
    recorder: Recorder
    state: LeadState
    pace: Pace
    waits: str = ""
    _load_known_until: float = 0.0
    _following: tuple[str, ...] = ()

    def take(self, replicas: Mapping[str, Mapping[str, Any]]) -> None:
        """Takes over what the replicas found since the last call; they are those that follow it still."""
        self._following = tuple(replicas)
        for host, described in replicas.items():
            memory = Memory.parse(described)
            self.state.queue += [number for number in memory.suspects if number not in self.state.queue]
            self.state.replicas[host] = {**described, "suspects": []}

    def work(self, run: str, round_number: int) -> None:
        """Works until the time is up or nothing is left; then tells the replicas that this call has ended."""
        kept = time.monotonic()
        deadline = kept + self.pace.slice
        self._narrow()
        while self.state.current is not None and time.monotonic() < deadline:
            if self._is_busy():
                time.sleep(_LOAD_SECONDS)
                continue
            self._read_on(self.state.current)
            if time.monotonic() - kept > _KEEP_SECONDS:
                self.store.keep(self.state)
                kept = time.monotonic()
        if self.state.current is None and not self.state.listed:
            self.store.tell([(TABLES, self._listed())])
            self.state.listed = True
        self.store.tell([(MARK, {"run": run, "round": round_number})])
        self.store.keep(self.state)

    def _listed(self) -> Mapping[str, Any]:
        """The tables and databases that there are by now: those made meanwhile are on the replicas before they read this."""
        selection = self.state.selection
        own = self.store.database
        return {
            "selection": asdict(selection),
            "tables": [str(table) for table in listed(self.session, selection, own)],
            "databases": databases(self.session, own),
            "empty": empty_databases(self.session, selection, own),
        }

    def _is_busy(self) -> bool:
        """Whether the server is to be left alone now; looked at twice a second."""
        if time.monotonic() > self._load_known_until:
            running = int(self.session.rows("SHOW GLOBAL STATUS LIKE 'Threads_running'")[0]["Value"] or 0)
            most = self.pace.max_load
            self.waits = f"{running} threads run, and it reads on at {most}" if running > most else ""
            self._load_known_until = time.monotonic() + _LOAD_SECONDS
        return bool(self.waits)

    def _read_on(self, progress: TableProgress) -> None:
        try:
            if not progress.item:
                self._begin(progress)
            elif progress.state == READING:
                self._next_chunk(progress, self._told_table(progress))
        except _Changed:
            self._begin_again(progress)
        except ServerError as error:
            if not is_change(error):
                raise
            self._begin_again(progress)

    def _begin(self, progress: TableProgress) -> None:
        table = definition(self.session, progress.database, progress.name)
        if table is None:
            return _skip(progress, "it was dropped meanwhile")
        if not table.key and more_rows_than(self.session, table, self.pace.keyless_rows):
            lacks = f"no key to walk by ({table.unwalked})" if table.unwalked else "no primary or unique key to walk by"
            most = f"{self.pace.keyless_rows} rows (mysql_replication_verify_keyless_rows)"
            return _skip(progress, f"it has {lacks}, and more than {most}")
        progress.item = self.store.tell([(TABLE, table.describe())])
        progress.state, progress.begun, progress.rows_read = READING, progress.begun + 1, 0
        self.state.lower, self.state.spread, self.state.chunk_rows = None, 1.0, self.state.chunk_rows or FIRST_ROWS
        return None

    def _begin_again(self, progress: TableProgress) -> None:
        """What was told of the table so far counts no more."""
        progress.item = 0
        if progress.begun >= _MOST_BEGINNINGS:
            return _skip(progress, f"its definition changed {progress.begun} times while it was read")
        progress.state = READING
        return None

    def _next_chunk(self, progress: TableProgress, table: Table) -> None:
        began = time.monotonic()
        part, first = self._next_part(table)
        rows = self._tell_chunk(progress, table, part)
        progress.rows_read += rows
        if part.upper is None:
            if definition(self.session, progress.database, progress.name) != table:
                raise _Changed
            progress.state, self.state.lower = READ, None
            return
        self.state.lower = part.upper
        if first is not None:
            self.state.spread = (int(part.upper) - first) / max(rows, 1)
        if rows >= self.state.chunk_rows / 2:
            self.state.chunk_rows = next_rows(rows, time.monotonic() - began, self.pace.chunk_time)

    def _next_part(self, table: Table) -> tuple[KeyRange, Optional[int]]:
        """The next range; where the key is an integer, also the one below which no row of the range lies."""
        rest = KeyRange(self.state.lower)
        if not table.key:
            return rest, None
        edges = key_edges(self.session, table) if table.is_counted else None
        if edges is None:
            return KeyRange(rest.lower, end_of_chunk(self.session, table, rest, self.state.chunk_rows)), None
        first = edges[0] - 1 if rest.lower is None else int(rest.lower)
        end = reckoned_end(first, self.state.chunk_rows, self.state.spread)
        if end is None:
            return KeyRange(rest.lower, end_of_chunk(self.session, table, rest, self.state.chunk_rows)), first
        return KeyRange(rest.lower, str(end) if end < edges[1] else None), first

    def _tell_chunk(self, progress: TableProgress, table: Table, part: KeyRange) -> int:
        found = read_sum(self.session, table, part)
        self.store.tell([_chunk(progress.item, part, 1, found.rows, found.checksum)])
        return found.rows

    def _narrow(self) -> None:
        """Divides each chunk of the queue, or has its rows looked at one by one; what is too much at once stays in the queue."""
        narrowed: dict[int, int] = {}
        left = []
        for number in self.state.queue:
            item = self.store.item(number)
            progress = self.state.table_of(int(item.payload["table"])) if item else None
            if item is None or progress is None or self._is_known_well(progress.item):
                continue
            if narrowed.get(progress.item, 0) >= _NARROWED_AT_ONCE:
                left.append(number)
                continue
            narrowed[progress.item] = narrowed.get(progress.item, 0) + 1
            try:
                if not self._look_closer(progress, item):
                    left.append(number)
            except (_Changed, ServerError) as error:
                if isinstance(error, ServerError) and not is_change(error):
                    raise
                self._begin_again(progress)
        self.state.queue = left

    def _is_known_well(self, item: int) -> bool:
        """Whether every replica that differs there has told enough."""
        found = [Memory.parse(memory).found_in(item) for memory in self.state.replicas.values()]
        return any(found) and all(count == 0 or count >= self.pace.most_differences for count in found)

    def _look_closer(self, progress: TableProgress, item: Item) -> bool:
        """Whether the chunk is done with. The statement that looks at rows stops a replica that has no such table."""
        table = self._told_table(progress)
        if definition(self.session, progress.database, progress.name) != table:
            raise _Changed
        part = KeyRange(item.payload["lower"], item.payload["upper"])
        if item.payload["level"] == 1 and table.key and item.payload["rows"] > NARROW_ROWS:
            self._divide(progress, table, part)
            return True
        memories = {host: Memory.parse(self.state.replicas[host]) for host in self._following}
        if any(memory.seen < progress.item for memory in memories.values()):
            return False
        unlike = [host for host, memory in memories.items() if progress.item in memory.apart]
        if unlike:
            found = read_sum(self.session, table, part)
            _kind, payload = _chunk(progress.item, part, item.payload["level"], found.rows, found.checksum)
            self.store.tell([(LEFT, {**payload, "unlike": unlike})])
            return True
        self.recorder.record(item.number, table, part)
        hashes = self.store.row_hashes(item.number) or {}
        self.store.tell([(ROWS, {"table": progress.item, "chunk": item.number, "hashes": hashes})])
        return True

    def _divide(self, progress: TableProgress, table: Table, whole: KeyRange) -> None:
        lower, found, told = whole.lower, [], time.monotonic()
        is_last = False
        while not is_last:
            rest = KeyRange(lower, whole.upper)
            part = KeyRange(lower, end_of_chunk(self.session, table, rest, NARROW_ROWS))
            is_last = part.upper == whole.upper
            summed = read_sum(self.session, table, part)
            found.append(_chunk(progress.item, part, 2, summed.rows, summed.checksum))
            if is_last or time.monotonic() - told > _TELL_SECONDS:
                self.store.tell(found)
                found, told = [], time.monotonic()
            lower = part.upper

    def _told_table(self, progress: TableProgress) -> Table:
        item = self.store.item(progress.item)
        if item is None:
            raise _Changed
        return Table.parse(item.payload)


def _chunk(table: int, part: KeyRange, level: int, rows: int, checksum: str) -> tuple[str, Mapping[str, Any]]:
    payload = {"table": table, "lower": part.lower, "upper": part.upper, "level": level, "rows": rows, "checksum": checksum}
    return CHUNK, payload


def _skip(progress: TableProgress, why: str) -> None:
    progress.state, progress.note, progress.item = SKIPPED, why, 0
