# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison comes to: the rows that differ, by replica, and the tables that nobody can vouch for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import AbstractSet, Any, Collection, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    DATABASE_MISSING,
    DATABASE_ONLY_THERE,
    DIFFERENT,
    EXTRA,
    MISSING,
    ONLY_THERE,
    RANGE,
    SKIPPED,
    STRUCTURE,
    Difference,
    LeadState,
    Memory,
)

_SHOWN = 20
# What of a difference is for people.
_TOLD = ("table", "kind", "key")
_WORDS = {MISSING: "is missing", EXTRA: "is only there", DIFFERENT: "has other values"}


@dataclass(frozen=True)
class Verdict:
    """``differences`` and ``filters`` of the channels by replica; ``skipped``: why, by table."""

    differences: Mapping[str, tuple[Difference, ...]]
    skipped: Mapping[str, str]
    rows: int
    tables: int
    most_differences: int
    filters: Mapping[str, Sequence[str]]

    def describe(self) -> dict[str, Any]:
        """As the module returns it."""
        return {
            "differences": [
                {"replica": host, **{name: value for name, value in asdict(one).items() if name in _TOLD}}
                for host, found in self.differences.items()
                for one in found
            ],
            "skipped": [{"table": table, "reason": reason} for table, reason in self.skipped.items()],
            "told": self.told(),
        }

    def told(self) -> list[str]:
        """The same for people, a line each."""
        lines = []
        for host, found in self.differences.items():
            lines += [f"{host}: {in_words(one)}" for one in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(
                    f"{host}: … {len(found)} differences in all; a repair script names them (mysql_replication_verify_repair_dir)"
                )
            full = sorted({one.table for one in found if sum(other.item == one.item for other in found) >= self.most_differences})
            if found and self.filters[host]:
                lines.append(f"{host}: its channel has filters ({', '.join(self.filters[host])}): what they leave out differs")
            lines += [f"{host}: {table} has more; after {self.most_differences} no more were looked for" for table in full]
        lines += [f"not compared: {table}: {reason}" for table, reason in self.skipped.items()]
        same = [host for host, found in self.differences.items() if not found]
        if same:
            lines.append(
                f"same rows as the primary: {', '.join(same)} ({_count(self.rows, 'row')} in {_count(self.tables, 'table')})"
            )
        return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class There(NamedTuple):
    """The primary's tables and databases by now."""

    tables: AbstractSet[str] = frozenset()
    databases: AbstractSet[str] = frozenset()


def judge(
    state: Optional[LeadState],
    memories: Mapping[str, Mapping[str, Any]],
    changed: Collection[int],
    there: There,
    most_differences: int,
) -> Verdict:
    """Counts what was found in tables as they were told last. ``changed`` holds the numbers of tables that are no longer so.

    ``there``: what the primary has made after it told of what it has is not its replicas' alone, and what it has dropped is not
    missing.
    ``most_differences``: how many were looked for in a table at most.
    """
    progress = state.tables if state else []
    current = {table.item for table in progress if table.item} - set(changed)
    parsed = {host: Memory.parse(memory) for host, memory in sorted(memories.items())}

    def counts(one: Difference) -> bool:
        if one.kind == ONLY_THERE:
            return one.table not in there.tables
        if one.kind in (DATABASE_ONLY_THERE, DATABASE_MISSING):
            return (one.table in there.databases) == (one.kind == DATABASE_MISSING)
        return one.item in current

    differences = {host: tuple(filter(counts, memory.differences)) for host, memory in parsed.items()}
    filters = {host: memory.filters for host, memory in parsed.items()}
    skipped = {str(table): table.note for table in progress if table.state == SKIPPED}
    skipped.update({str(t): "its definition changed after it was read: run again" for t in progress if t.item in changed})
    compared = [table for table in progress if str(table) not in skipped]
    rows = sum(table.rows_read for table in compared)
    return Verdict(differences, skipped, rows, len(compared), most_differences, filters)


def in_words(one: Difference) -> str:
    """A difference for people."""
    if one.kind == DATABASE_ONLY_THERE:
        return f"{one.table}: a database that only this replica has, without tables"
    if one.kind == DATABASE_MISSING:
        return f"{one.table}: no such database there; it has no tables"
    if one.kind == ONLY_THERE:
        return f"{one.table}: a table that only this replica has"
    if one.kind in (STRUCTURE, RANGE):
        return f"{one.table}: {one.key}"
    if not one.key:
        why = f": {one.unwalked}" if one.unwalked else ""
        return f"{one.table}: its rows differ (no key tells which{why})"
    return f"{one.table}: the row {one.key} {_WORDS[one.kind]}"
