# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison remembers between calls: the primary's side in its own database, a replica's in what the play hands on."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Mapping, Optional

#: States of a table: not begun, being read, read to its end, left out.
WAITING, READING, READ, SKIPPED = "waiting", "reading", "read", "skipped"
#: Kinds of items that travel from the primary to its replicas. A chunk that is left is not looked at row by row.
TABLE, CHUNK, ROWS, LEFT, TABLES, MARK = "table", "chunk", "rows", "left", "tables", "mark"
#: What differs: rows that a replica lacks, has alone, has otherwise; some of a range; a table that is not the same there at all, or
#: that only the replica has.
MISSING, EXTRA, DIFFERENT, RANGE, STRUCTURE, ONLY_THERE = "missing", "extra", "different", "range", "structure", "only there"
#: Of databases without tables: one that only the replica has, or that it lacks.
DATABASE_ONLY_THERE, DATABASE_MISSING = "database only there", "database missing"


@dataclass(frozen=True)
class Selection:
    """What is compared: all of ``databases`` and ``tables`` (as ``database.table``); all there is where both are empty."""

    databases: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass
class TableProgress:
    """One table. ``item`` is the number under which its present definition was told, ``begun`` how often it was begun.

    ``rows`` is the server's estimate, ``rows_read`` how many were read of this definition; ``note`` says why it was skipped.
    """

    database: str
    name: str
    rows: int
    state: str = WAITING
    item: int = 0
    begun: int = 0
    rows_read: int = 0
    note: str = ""

    def __str__(self) -> str:
        return f"{self.database}.{self.name}"


@dataclass
class LeadState:
    """The primary's side. ``lower`` is how far the table that is read was read; ``queue`` holds chunks to be narrowed.

    ``spread``: how many values of the key a row took in the last chunk. ``listed``: the replicas were told which tables there are.
    """

    selection: Selection
    tables: list[TableProgress]
    lower: Optional[str] = None
    chunk_rows: int = 0
    spread: float = 1.0
    listed: bool = False
    queue: list[int] = field(default_factory=list)
    replicas: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def rows_read(self) -> int:
        """Of all tables."""
        return sum(table.rows_read for table in self.tables)

    @property
    def current(self) -> Optional[TableProgress]:
        """The table to read on; ``None`` when all were read."""
        return next((table for table in self.tables if table.state in (WAITING, READING)), None)

    def table_of(self, item: int) -> Optional[TableProgress]:
        """The table whose present definition has this number."""
        return next((table for table in self.tables if table.item == item), None)

    def describe(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def parse(cls, described: Mapping[str, Any]) -> LeadState:
        """What :meth:`describe` gave."""
        chosen = described["selection"]
        return cls(
            **{
                **described,
                "selection": Selection(tuple(chosen["databases"]), tuple(chosen["tables"])),
                "tables": [TableProgress(**table) for table in described["tables"]],
            }
        )


@dataclass(frozen=True)
class Difference:
    """``key`` is for people, ``encoded`` for statements, both empty where the table has no key; ``item`` is the table's number, 0
    for what is not on both. ``table`` is the database's name where it is about a database.

    ``held`` is the hash of the replica's row, empty where it has none. ``unwalked``: see ``_model.compared_table.Table``.
    """

    item: int
    table: str
    kind: str
    key: str = ""
    encoded: str = ""
    held: str = ""
    unwalked: str = ""


@dataclass
class Memory:
    """A replica's side. ``seen`` is the last item that was looked at, ``suspects`` chunks that the primary shall narrow.

    ``idle`` counts seconds since anything came; ``apart`` holds the numbers of tables that are not the same here. ``channel`` is
    the name of the channel that the notes come by, ``filters`` are those of all channels.
    """

    seen: int = 0
    suspects: list[int] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    apart: list[int] = field(default_factory=list)
    idle: float = 0.0
    channel: str = ""
    filters: list[str] = field(default_factory=list)

    def note(self, difference: Difference) -> None:
        """Keeps it, once: a run that goes on with an older one looks at some chunks again."""
        if difference not in self.differences:
            self.differences.append(difference)

    def found_in(self, item: int) -> int:
        """How many differences of this table are known."""
        return sum(difference.item == item for difference in self.differences)

    def describe(self) -> dict[str, Any]:
        """As the play hands it on."""
        return asdict(self)

    @classmethod
    def parse(cls, described: Mapping[str, Any]) -> Memory:
        """What :meth:`describe` gave; nothing yet for an empty one."""
        differences = [Difference(**one) for one in described.get("differences", [])]
        return cls(**{**described, "differences": differences})
