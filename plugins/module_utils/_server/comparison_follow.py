# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica's side of a comparison: reads the same chunks as they are told, and remembers those that differ."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import (
    KeyRange,
    Table,
    shown_key,
    shown_range,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    CHUNK,
    DATABASE_MISSING,
    DATABASE_ONLY_THERE,
    DIFFERENT,
    EXTRA,
    LEFT,
    MARK,
    MISSING,
    ONLY_THERE,
    RANGE,
    ROWS,
    STRUCTURE,
    TABLE,
    TABLES,
    Difference,
    Memory,
    Selection,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_store import Item, Store
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import (
    databases,
    definition,
    empty_databases,
    listed,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.read_sums import Sum, is_change, read_sum

_POLL_SECONDS = 0.01
_LAG_SECONDS = 1.0


@dataclass
class Follow:
    """One call's work on a replica. ``wait``: seconds without anything new after which it gives up; ``max_lag`` in seconds.

    A replica that is delayed on purpose gets so much longer for both. ``most_differences``: of a table, after which no more of it
    are looked for.
    """

    session: Session
    store: Store
    memory: Memory
    max_lag: int
    wait: int
    most_differences: int
    _lagging: str = ""
    _late: str = ""
    _tables: dict[int, Table] = field(default_factory=dict)
    _lag_known_until: float = 0.0

    @property
    def waits(self) -> str:
        """What it waits for, or has waited for, in words; empty if for nothing."""
        return self._lagging or self._late

    def work(self, run: str, round_number: int, patience: float) -> bool:
        """Works until the primary has ended this round, and returns true; or false if it came no further for so many seconds.

        A delay is waited out from the second round on: people are told of it before.
        """
        channels = self._channels()
        self.memory.channel = channels[0].name if len(channels) == 1 else ""
        self.memory.filters = [words for channel in channels for words in channel.filters]
        last = looked = time.monotonic()
        patience += _delay(channels) if round_number > 1 else 0
        is_open = False
        while True:
            seen = self.memory.seen
            is_open = is_open or self.store.is_open()
            for item in self.store.items(seen) if is_open else ():
                if item.after != self.memory.seen or self._lags():
                    break
                self._take(item)
                self.memory.seen, self.memory.idle = item.number, 0.0
                if item.kind == MARK and item.payload["run"] == run and item.payload["round"] >= round_number:
                    return True
            now = time.monotonic()
            if self.memory.seen > seen:
                last = looked = now
                continue
            if now - looked > _LAG_SECONDS:
                channels = self._channels()
                self._refuse_stopped(channels)
                self._late = self._why_late(channels)
                looked = now
            if now - last > patience:
                self.memory.idle += 0 if self._lagging else now - last
                self._refuse_silence()
                return False
            time.sleep(_POLL_SECONDS)

    def _take(self, item: Item) -> None:
        if item.kind == TABLE:
            self._take_table(item)
        elif item.kind == CHUNK and self._is_wanted(int(item.payload["table"])):
            self._take_chunk(item)
        elif item.kind == ROWS and self._is_wanted(int(item.payload["table"])):
            self._take_rows(item)
        elif item.kind == LEFT and self._is_wanted(int(item.payload["table"])):
            self._take_left(item)
        elif item.kind == TABLES:
            self._take_tables(item)

    def _is_wanted(self, number: int) -> bool:
        return number not in self.memory.apart and self.memory.found_in(number) < self.most_differences

    def _take_table(self, item: Item) -> None:
        told = Table.parse(item.payload)
        here = definition(self.session, told.database, told.name)
        if here != told:
            self._set_apart(item.number, told, here)

    def _set_apart(self, number: int, told: Table, here: Optional[Table]) -> None:
        self.memory.apart.append(number)
        self.memory.note(Difference(number, str(told), STRUCTURE, _unlike(told, here)))

    def _take_chunk(self, item: Item) -> None:
        if self._differs(item):
            self.memory.suspects.append(item.number)

    def _differs(self, chunk: Item) -> bool:
        """Whether the rows of a chunk are others here; not where the whole table is, which is then known."""
        number = int(chunk.payload["table"])
        table = self._table(number)
        try:
            found = read_sum(self.session, table, KeyRange(chunk.payload["lower"], chunk.payload["upper"]))
        except ServerError as error:
            if not is_change(error):
                raise
            self._set_apart(number, table, definition(self.session, table.database, table.name))
            return False
        return found != Sum(chunk.payload["rows"], chunk.payload["checksum"])

    def _take_left(self, item: Item) -> None:
        """It was read anew. Traffic may look like a difference in it, as in every chunk, and here nobody can look closer."""
        if self._differs(item):
            number = int(item.payload["table"])
            table = self._table(number)
            where = shown_range(table, KeyRange(item.payload["lower"], item.payload["upper"]))
            why = f"which, or whether only by traffic, cannot be told while {', '.join(item.payload['unlike'])} has another table"
            self.memory.note(Difference(number, str(table), RANGE, f"rows differ{where}; {why}"))

    def _take_tables(self, item: Item) -> None:
        selection = Selection(*(tuple(item.payload["selection"][name]) for name in ("databases", "tables")))
        there = set(item.payload["tables"])
        for table in listed(self.session, selection, self.store.database):
            if str(table) not in there:
                self.memory.note(Difference(0, str(table), ONLY_THERE))
        here = databases(self.session, self.store.database)
        for name in empty_databases(self.session, selection, self.store.database):
            if name not in item.payload["databases"]:
                self.memory.note(Difference(0, name, DATABASE_ONLY_THERE))
        for name in item.payload["empty"]:
            if name not in here:
                self.memory.note(Difference(0, name, DATABASE_MISSING))

    def _take_rows(self, item: Item) -> None:
        number, hashes = int(item.payload["table"]), item.payload["hashes"]
        here = self.store.row_hashes(int(item.payload["chunk"]))
        if here is None:
            raise Refusal(
                f"{self.session.where} has not run the statement that computes hashes row by row, though the primary's binary log"
                " holds it",
                "see whether the channel filters the database of the notes (replicate_* variables); let it pass, then run again",
            )
        table = self._table(number)
        for encoded in sorted({*hashes, *here}):
            if hashes.get(encoded) != here.get(encoded) and self.memory.found_in(number) < self.most_differences:
                kind = MISSING if encoded not in here else EXTRA if encoded not in hashes else DIFFERENT
                key = shown_key(table, encoded) if table.key else ""
                self.memory.note(Difference(number, str(table), kind, key, encoded, here.get(encoded, ""), table.unwalked))

    def _table(self, number: int) -> Table:
        if number not in self._tables:
            item = self.store.item(number)
            if item is None:
                raise Refusal(
                    f"the notes of the comparison on {self.session.where} have no item {number}", "run again; see who changes them"
                )
            self._tables[number] = Table.parse(item.payload)
        return self._tables[number]

    def _lags(self) -> bool:
        """Whether the replica is to be left alone now; looked at once a second."""
        if time.monotonic() > self._lag_known_until:
            channels = self._channels()
            self._refuse_stopped(channels)
            lag, most = max((channel.lag or 0 for channel in channels), default=0), self.max_lag + _delay(channels)
            self._lagging = f"it lags {lag} s, and reads on at {most} s" if lag > most else ""
            self._lag_known_until = time.monotonic() + _LAG_SECONDS
        return bool(self._lagging)

    def _why_late(self, channels: Sequence[Channel]) -> str:
        """Why what the primary tells has not come yet, in words; empty where the primary may have nothing to tell."""
        delay, lag = _delay(channels), max((channel.lag or 0 for channel in channels), default=0)
        if lag > self.max_lag + delay:
            return f"it lags {lag} s, so that what the primary tells has not come yet"
        return f"it is delayed by {delay} s on purpose, and each round takes that much longer" if delay else ""

    def _channels(self) -> tuple[Channel, ...]:
        return observe_variables.channels(self.session, observe_variables.channel_rows(self.session))

    def _refuse_stopped(self, channels: Sequence[Channel]) -> None:
        broken = [channel for channel in channels if not channel.healthy]
        if channels and not broken:
            return
        ends = ((name, end) for c in broken for name, end in (("receiver", c.receiver), ("applier", c.applier)) if not end.healthy)
        seen = "; ".join(
            f"{name} {end.state} ({end.errno}: {end.error})" if end.errno else f"{name} {end.state}" for name, end in ends
        )
        raise Refusal(
            f"{self.session.where} does not replicate: {seen or 'it has no channel'}",
            "mend replication (playbook site names the cause), then run again: the comparison goes on from where it was",
        )

    def _refuse_silence(self) -> None:
        channels = self._channels()
        if self.memory.idle <= self.wait + _delay(channels):
            return
        lag = ", ".join(f"lag {channel.lag} s, delay {channel.options.get('delay', 0)} s" for channel in channels)
        raise Refusal(
            f"for {int(self.memory.idle)} s nothing of the comparison has come from the primary to {self.session.where}"
            f" ({lag}; filters: {', '.join(self.memory.filters) or 'none'})",
            "let the channel's filters, if there are any, pass the database of the notes (give it a name that they pass by"
            " mysql_replication_verify_database), see whether a long transaction of the primary's is applied, then run again",
        )


def _delay(channels: Sequence[Channel]) -> int:
    """Seconds by which the replica is delayed on purpose."""
    return max((int(channel.options.get("delay", 0)) for channel in channels), default=0)  # type: ignore[arg-type]


def _unlike(told: Table, here: Optional[Table]) -> str:
    """In which way the definitions differ, in words."""
    if here is None:
        return "no such table there"
    if told.columns != here.columns:
        names = sorted({c.name for c in {*told.columns} ^ {*here.columns}}) or ["their order"]
        return f"other columns there: {', '.join(names)}"
    return f"other key there: {', '.join(here.key) or 'none'} instead of {', '.join(told.key) or 'none'}"
