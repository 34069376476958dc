# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the transactions in a server's binary log did, from the rows of SHOW BINLOG EVENTS, as far as these tell: never a value."""

from __future__ import annotations

import re
from collections import Counter
from typing import Callable, Collection, Iterable, Iterator, Mapping, NamedTuple, Optional

Event = Mapping[str, Optional[str]]

_ROWS = re.compile(r"(Write|Update|Delete)_rows")
_VERBS = {"Write": "INSERT INTO", "Update": "UPDATE", "Delete": "DELETE FROM"}
_TABLE = re.compile(r"table_id: ([0-9]+)(?: \((.*)\))?")
#: Events that stand between transactions, or say nothing of what one did.
_BETWEEN = frozenset(
    {
        *("Format_desc", "Previous_gtids", "Gtid_list", "Binlog_checkpoint", "Rotate", "Stop", "Start_encryption"),
    }
)
#: What servers log though it changes no row and no object: each makes a transaction all the same, unless it says LOCAL.
_UPKEEP = ("FLUSH", "ANALYZE", "OPTIMIZE")
_SILENT = re.compile(r"(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|XA)\b", re.IGNORECASE)

_USE = re.compile(r"use `((?:[^`]|``)*)`; ?", re.IGNORECASE)
_SKIPPED = re.compile(
    r"\s+|/\*.*?\*/|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|DEFINER\s*=\s*\S+(?:\s*@\s*\S+)?|ALGORITHM\s*=\s*\w+|SQL\s+SECURITY\s+\w+",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[A-Za-z_]+(?![\w$.])")
_PART = r"(?:`(?:[^`]|``)+`|[\w$]+)"
_NAME = re.compile(rf"{_PART}(?:\s*\.\s*{_PART})?(?:@{_PART})?|'[^']*'(?:@'[^']*')?")
_KEYWORDS = frozenset(
    {
        *("CREATE", "OR", "REPLACE", "ALTER", "DROP", "TRUNCATE", "RENAME", "TEMPORARY", "ONLINE", "OFFLINE", "IGNORE"),
        *("UNIQUE", "FULLTEXT", "SPATIAL", "AGGREGATE", "IF", "NOT", "EXISTS", "TABLE", "DATABASE", "SCHEMA", "VIEW"),
        *("INDEX", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "USER", "ROLE", "SERVER", "SEQUENCE", "PACKAGE", "BODY"),
        *("ANALYZE", "OPTIMIZE", "TABLESPACE", "INSERT", "INTO", "UPDATE", "DELETE", "FROM", "LOW_PRIORITY", "DELAYED", "QUICK"),
    }
)
#: After one of these a name follows; an account's may stand there too, but never what comes after it.
_NAMED = frozenset(
    {
        *("TABLE", "DATABASE", "SCHEMA", "VIEW", "INDEX", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "USER", "ROLE"),
        *("SERVER", "SEQUENCE", "TRUNCATE", "INTO", "UPDATE", "FROM"),
    }
)
_IN_NO_DATABASE = frozenset({"DATABASE", "SCHEMA", "USER", "ROLE", "SERVER"})
_LONGEST = 120


class LoggedTransaction(NamedTuple):
    """A transaction of the binary log ``file``, from its first byte to the one after its last.

    ``changes``: what it did, in order, as ``INSERT INTO shop.orders`` or ``DROP TABLE old``; how many rows they tell nobody.
    """

    gtid: str
    file: str
    start: int
    end: int
    changes: tuple[str, ...]


def transactions_in(events: Iterable[Event], file: str, begins: Callable[[Event], Optional[str]]) -> Iterator[LoggedTransaction]:
    """The transactions of one binary log's events; ``begins`` gives the GTID of one that an event begins."""
    current: Optional[_Reading] = None
    for event in events:
        gtid = begins(event)
        if gtid is not None:
            if current is not None:
                yield current.transaction(file)
            current = _Reading(gtid, int(event["Pos"] or 0), int(event["End_log_pos"] or 0))
        elif current is not None and (event["Event_type"] or "") not in _BETWEEN:
            current.take(event)
    if current is not None:
        yield current.transaction(file)


class _Reading:
    """One transaction, event by event."""

    def __init__(self, gtid: str, start: int, end: int) -> None:
        self._gtid, self._start, self._end = gtid, start, end
        self._changes: list[str] = []
        self._tables: dict[str, str] = {}

    def take(self, event: Event) -> None:
        """One more event."""
        kind, info = event["Event_type"] or "", event["Info"] or ""
        self._end = max(self._end, int(event["End_log_pos"] or 0))
        table = _TABLE.match(info)
        rows = _ROWS.match(kind)
        if kind == "Table_map" and table:
            self._tables[table.group(1)] = table.group(2) or ""
        elif rows:
            name = self._tables.get(table.group(1), "") if table else ""
            self._add(f"{_VERBS[rows.group(1)]} {name or 'a table that the log does not name'}")
        elif kind.startswith(("Query", "Execute_load_query")):
            self._add(headline(info))

    def transaction(self, file: str) -> LoggedTransaction:
        """All of it."""
        return LoggedTransaction(self._gtid, file, self._start, self._end, tuple(self._changes))

    def _add(self, change: str) -> None:
        # A statement of many rows has many events.
        if change and change not in self._changes:
            self._changes.append(change)


def headline(statement: str) -> str:
    """What a statement does to what, without any value, password or condition; empty for one that only frames a transaction."""
    used = _USE.match(statement)
    text = statement[used.end() :] if used else statement
    words: list[str] = []
    position = 0
    while True:
        skipped = _SKIPPED.match(text, position)
        while skipped:
            position = skipped.end()
            skipped = _SKIPPED.match(text, position)
        word = _WORD.match(text, position)
        if word is None or word.group().upper() not in _KEYWORDS:
            break
        words.append(word.group().upper())
        position = word.end()
    if not words:
        first = _WORD.match(text, position)
        return "" if _SILENT.match(text, position) or first is None else first.group().upper()
    objects = [one for one in words if one in _NAMED]
    name = _NAME.match(text, position) if objects else None
    if name is None:
        return " ".join(words)
    shown = name.group().replace("`", "")
    inside = f"{used.group(1)}." if used and "." not in shown and objects[-1] not in _IN_NO_DATABASE else ""
    kept = [one for one in words if one not in ("IF", "NOT", "EXISTS")]
    return f"{' '.join(kept)} {inside}{shown}"[:_LONGEST]


def is_upkeep(changes: Collection[str]) -> bool:
    """Whether there are some, and none of them changes a row or an object."""
    return bool(changes) and all(change.split(" ")[0] in _UPKEEP for change in changes)


def summary(changes: Mapping[str, int], rows: Mapping[str, int], most: int) -> list[str]:
    """``most`` changes in words, those of rows first, the commonest before others: in how many transactions each is, and its rows
    where they were counted.
    """
    counted = sorted(Counter(changes).most_common(), key=lambda one: not _is_of_rows(one[0]))
    told = [_counted(change, count, rows.get(change, 0)) for change, count in counted[:most]]
    left = [change for change, _count in counted[most:]]
    return told + ([_untold(len(left), sum(map(_is_of_rows, left)))] if left else [])


def _untold(more: int, of_rows: int) -> str:
    said = f"and {more} more {'change' if more == 1 else 'changes'}"
    return f"{said}, {of_rows} of them of rows" if of_rows else said


def _is_of_rows(change: str) -> bool:
    return change.startswith(tuple(_VERBS.values()))


def _counted(change: str, transactions: int, rows: int) -> str:
    if rows:
        return f"{change} ({rows} {'row' if rows == 1 else 'rows'})"
    return change if transactions == 1 else f"{change} (in {transactions} transactions)"
