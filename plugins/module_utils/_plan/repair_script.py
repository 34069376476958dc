# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the SQL by which a replica gets its primary's rows, for a person to review and run.

Rows that differ are deleted before any is inserted, so that a value of a unique key may move from one row to another. What
has changed since it was compared stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table, is_row
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import (
    DATABASE_MISSING,
    DATABASE_ONLY_THERE,
    DIFFERENT,
    EXTRA,
    MISSING,
    ONLY_THERE,
    RANGE,
    STRUCTURE,
    Difference,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.row_hash import row_hash
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal

_UNLOGGED = "with SET SESSION sql_log_bin = 0 on the replica"
_BY_HAND = {
    STRUCTURE: f"compare SHOW CREATE TABLE on both servers, and make the replica's table as the primary's, {_UNLOGGED};"
    " or copy the replica anew (playbook rebuild_replica)",
    RANGE: "first mend the table of the other replica, then run verify_data again, which then names the rows",
    ONLY_THERE: f"if nobody needs it, drop it {_UNLOGGED}; otherwise save it, and write on the primary what shall stay",
    DATABASE_ONLY_THERE: f"if nobody needs it, drop it {_UNLOGGED}",
    DATABASE_MISSING: f"create it as SHOW CREATE DATABASE on the primary says, {_UNLOGGED}",
}
_WITHOUT_KEY = (
    "no statement can name one of its rows: copy the replica anew (playbook rebuild_replica), and give the table a primary key"
)

#: A row as it was printed, by column name; ``None`` for NULL.
Values = Mapping[str, Optional[str]]

_HEAD = """\
Repair script for the replica {replica}: it gives that replica the rows of the primary {primary}.
Written at {at} by the playbook verify_data, on {primary}, as {path}.
Nobody has run it, and nothing runs it by itself. It holds rows of your tables: keep it as safe as these.

WHAT IT DOES
  Table by table, it deletes the replica's rows that differ, then inserts the rows that the primary has for them.
  It deletes a row only if that row is still as it was compared. It inserts a row only if the replica has none with its key.
  So whatever has changed since is left alone. Nothing goes to the replica's binary log.

BEFORE YOU RUN IT
  1. Read the statements. A row that is deleted is gone: if somebody may need it, save it first.
  2. See below for what this script leaves to you, if there is anything.
  3. See that replication runs on {replica}. The rows were read at {place} of the primary's binary log. The script waits
     {seconds} seconds for the replica to come that far, and otherwise stops with an error, before it has changed anything.

HOW TO RUN IT, on the host of {replica}, as an administrator of the server (on MariaDB the client is called mariadb)
  scp HOST_OF_THE_PRIMARY:{path} .
  mysql -e 'SET GLOBAL super_read_only = OFF'     only where it is ON (MySQL)
  mysql < {file}
  mysql -e 'SET GLOBAL super_read_only = ON'      only where it was ON
  rm {file}
  It stops at the first error. It may be run again: what is done already is not done twice.

AFTER IT
  Run verify_data again. It says whether the rows are the same now.
"""
# sql_log_bin: a transaction of the replica's own would be errant. Foreign keys: a DELETE would go on to rows that are right.
_SETTINGS = """\
SET NAMES utf8mb4;
SET SESSION sql_log_bin = 0, time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES';
SET SESSION foreign_key_checks = 0, sql_safe_updates = 0, autocommit = 1;
"""
# Outside of stored programs SQL can neither branch nor stop, but a statement that is none stops the client, and is shown by it.
_NOT_YET = "this replica does not replicate, or is not yet where the rows were read: run the script again"


class Origin(NamedTuple):
    """Where a script comes from: hosts, when (UTC), the place in the primary's binary log.

    ``caught_up`` is an expression that waits for so many ``seconds``, and is 1 once the replica has come to that place. ``path`` is
    the script's own on the primary's host.
    """

    replica: str
    primary: str
    at: str
    place: str
    caught_up: str
    seconds: int
    path: str


@dataclass(frozen=True)
class Repair:
    """What differs in a table on the replica; ``rows`` are the primary's of those keys, ``triggers`` the table's."""

    table: Table
    differences: tuple[Difference, ...]
    rows: tuple[Values, ...]
    triggers: tuple[str, ...] = ()


def can_be_repaired(difference: Difference) -> bool:
    """Whether a row is known that statements could name."""
    return difference.kind in (MISSING, EXTRA, DIFFERENT) and bool(difference.key)


def by_hand(difference: Difference) -> str:
    """What a person does about a difference that no script repairs."""
    return _BY_HAND.get(difference.kind, _WITHOUT_KEY)


def repair_script(origin: Origin, repairs: Sequence[Repair], left_out: Sequence[str]) -> str:
    """The script's text. ``left_out`` are differences that it does not repair, in words."""
    head = _HEAD.format(**origin._asdict(), file=origin.path.rpartition("/")[2])
    off = [f"{repair.table}: it has triggers; its statements are below, switched off" for repair in repairs if repair.triggers]
    if left_out or off:
        head += "\nWHAT IT LEAVES TO YOU\n" + "".join(f"  - {_one_line(words)}\n" for words in (*left_out, *off))
    waited = f"SET @statement = IF({origin.caught_up}, 'DO 0', {literal(_NOT_YET)});\nPREPARE waited FROM @statement;\n"
    return "".join([_comment(head), _SETTINGS, waited, *(_statements(repair) for repair in repairs)])


def _statements(repair: Repair) -> str:
    table = repair.table
    differ = [one for one in repair.differences if one.held]
    lines = ["START TRANSACTION;"]
    lines += [_delete(table, one) for one in differ]
    lines += [_insert(table, row) for row in repair.rows]
    lines.append("COMMIT;")
    about = f"\n{table}: {len(differ)} rows that differ, {len(repair.rows)} rows of the primary"
    if not repair.triggers:
        return _comment(about) + "".join(f"{line}\n" for line in lines)
    about += (
        f"\nSwitched off: this table has triggers ({', '.join(repair.triggers)}). Replication does not run them, but the statements"
        " below would,\nand the rows might come out otherwise than on the primary. To repair this table:"
        "\n  1. On the replica keep what SHOW CREATE TRIGGER prints of each, and drop them, all with SET SESSION sql_log_bin = 0."
        "\n  2. Remove the two dashes before the statements of this table, and run the script as its head says."
        "\n  3. Create the triggers again, with SET SESSION sql_log_bin = 0 as well."
    )
    return _comment(about) + "".join(map(_comment, lines))


def _delete(table: Table, one: Difference) -> str:
    return f"DELETE FROM {table.quoted} WHERE {is_row(table, one.encoded)} AND {row_hash(table)} = {one.held};"


def _insert(table: Table, row: Values) -> str:
    stored = [column for column in table.columns if not column.generated]
    names = ", ".join(identifier(column.name) for column in stored)
    texts = ((column, row[column.name]) for column in stored)
    values = ", ".join("NULL" if text is None else column.legible(text) for column, text in texts)
    key = ",".join(row[name] or "" for name in table.key)
    return (
        f"INSERT INTO {table.quoted} ({names}) SELECT {values} FROM DUAL"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table.quoted} WHERE {is_row(table, key)});"
    )


def _comment(text: str) -> str:
    return "".join(f"-- {_one_line(line)}".rstrip() + "\n" for line in text.split("\n"))


def _one_line(words: str) -> str:
    """Names may hold anything: no character of theirs ends a comment, or moves a terminal's cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in words)
