# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A heartbeat table, in the format of Percona's pt-heartbeat: a row for each writer, with the time of its last write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional


@dataclass(frozen=True)
class TableName:
    """Where the table is, unquoted."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


@dataclass(frozen=True)
class Column:
    """One column. ``kind`` is the type as the server prints it, ``unique`` whether it alone is the primary key."""

    kind: str
    unique: bool


@dataclass(frozen=True)
class HeartbeatState:
    """What was observed. ``columns`` by name, ``None`` without the table; ``variables`` hold what makes a server read-only."""

    where: str
    variables: Mapping[str, str]
    has_database: bool
    columns: Optional[Mapping[str, Column]]
