# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the primary's rows where a replica differs, and writes the script on the primary's host: the data goes nowhere else."""

from __future__ import annotations

import os
import tempfile
import time
import urllib.parse
from dataclasses import dataclass
from typing import Mapping, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table, is_row
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import Difference
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.comparison_verdict import in_words
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.repair_script import (
    Origin,
    Repair,
    Values,
    by_hand,
    can_be_repaired,
    repair_script,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

# Rows that one statement asks for.
_AT_ONCE = 50
# How long a script waits for its replica.
_WAIT_SECONDS = 60


def refuse_unwritable(folder: str, where: str) -> None:
    """Raises :class:`Refusal` if no script could be written into that folder of this host."""
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK | os.X_OK):
        raise Refusal(
            f"{folder} on {where} is no directory that repair scripts could be written to. Nothing was compared",
            "make it there, for root alone, or name another one (mysql_replication_verify_repair_dir)",
        )


def script_path(folder: str, replica: str) -> str:
    """The file for a replica's script; one of its own each time, as an older one may still be under review."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    return os.path.join(folder, f"repair-{urllib.parse.quote(replica, safe='')}-{stamp}.sql")


@dataclass(frozen=True)
class WriteScript:
    """Writes one replica's script; see ``_model.step.Performed``. ``tables`` are the definitions by number."""

    path: str
    replica: str
    channel: str
    differences: Sequence[Difference]
    tables: Mapping[int, Table]

    def __str__(self) -> str:
        return f"write {self.path}"

    def perform(self, session: Session) -> None:
        """Reads the rows, then the place in the binary log: what is read stood there at that place or before."""
        named = [one for one in self.differences if can_be_repaired(one)]
        repairs = []
        for number in dict.fromkeys(one.item for one in named):
            table = self.tables[number]
            here = tuple(one for one in named if one.item == number)
            repairs.append(Repair(table, here, _rows(session, table, here), _triggers(session, table)))
        left_out = [f"{in_words(one)}: {by_hand(one)}" for one in self.differences if not can_be_repaired(one)]
        _write(self.path, repair_script(self._origin(session), repairs, left_out))

    def _origin(self, session: Session) -> Origin:
        place = observe_variables.log_position(session)
        if place is None:
            raise Refusal(f"{session.where} writes no binary log, so no replica follows it", "see its option log_bin")
        caught_up = session.dialect.variables.caught_up(place, self.channel, _WAIT_SECONDS)
        at = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        return Origin(self.replica, session.where, at, str(place), caught_up, _WAIT_SECONDS, self.path)


def _write(path: str, text: str) -> None:
    """In one move, for its owner alone from the first byte on."""
    handle, unfinished = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".repair-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        os.unlink(unfinished)
        raise Refusal(f"cannot write {path}: {error.strerror}", "make room there, then run again: the notes are kept") from None


def _rows(session: Session, table: Table, differences: Sequence[Difference]) -> tuple[Values, ...]:
    listed = ", ".join(f"{column.printed()} AS c{number}" for number, column in enumerate(table.columns))
    found: dict[tuple[str, ...], Values] = {}
    for first in range(0, len(differences), _AT_ONCE):
        wanted = " OR ".join(f"({is_row(table, one.encoded)})" for one in differences[first : first + _AT_ONCE])
        for row in session.rows(f"SELECT {listed} FROM {table.quoted} WHERE {wanted}"):
            values = {column.name: row[f"c{number}"] for number, column in enumerate(table.columns)}
            found[tuple(values[name] or "" for name in table.key)] = values
    return tuple(found.values())


def _triggers(session: Session, table: Table) -> tuple[str, ...]:
    rows = session.rows(
        "SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE EVENT_MANIPULATION IN ('INSERT', 'DELETE')"
        f" AND EVENT_OBJECT_SCHEMA = {literal(table.database)} AND EVENT_OBJECT_TABLE = {literal(table.name)} ORDER BY 1"
    )
    return tuple(row["name"] or "" for row in rows)
