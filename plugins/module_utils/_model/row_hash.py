# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SQL that sums rows up: equal rows give equal checksums, and any other value, order, NULL or border another one.

A row's hash is CRC32 over its other columns, times a CRC32 over its key. The factor matters: CRC32 is linear, so that in a mere
XOR or sum of it two rows that swapped a value of equal length would cancel out.
"""

from __future__ import annotations

from typing import Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.compared_table import Table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import (
    BIT,
    DOCUMENT,
    FLOAT,
    OPAQUE,
    PLAIN,
    TEXT,
    Column,
)


def row_hash(table: Table) -> str:
    """An expression over one row: an integer below 2**64."""
    others = [column for column in table.columns if column.name not in table.key]
    row = f"CRC32({_text_of(others or table.columns)})"
    if not table.key:
        return f"{row} * {row}"
    return f"{row} * (CRC32(CONCAT_WS(',', {', '.join(table.key_expressions())})) + 1)"


def checksum(table: Table) -> str:
    """An aggregate over rows. Without a key rows may be equal, and in XOR two equal rows cancel out."""
    return f"COALESCE({'BIT_XOR' if table.key else 'SUM'}({row_hash(table)}), 0)"


def _text_of(columns: Sequence[Column]) -> str:
    """The columns' texts, then what tells their borders and NULLs apart: lengths, and a digit for each column that may be NULL.

    CONCAT_WS leaves NULL out. Only texts and bytes can hold the separator, and one of them needs no length: it is what is left.
    """
    # Bytes are what is compared. Texts of one collation, in which the session speaks too, are those bytes without a cast.
    collations = {column.declared.partition(" ")[2] for column in columns if column.kind == TEXT}
    as_it_is = len(collations) == 1 and all(
        column.kind in PLAIN or (column.kind == TEXT and column.charset == "utf8mb4") for column in columns
    )
    texts = [identifier(column.name) if as_it_is and column.kind == TEXT else _text(column) for column in columns]
    lengths = [f"LENGTH({text})" for text, column in zip(texts, columns) if column.kind not in PLAIN][1:]
    nulls = [f"ISNULL({identifier(column.name)})" for column in columns if column.nullable]
    return f"CONCAT_WS('#', {', '.join([*texts, *lengths, *nulls])})"


def _text(column: Column) -> str:
    name = identifier(column.name)
    if column.kind in (FLOAT, BIT):
        # As text a FLOAT has six digits only, and a BIT is bytes.
        return f"({name} + 0{'e0' if column.kind == FLOAT else ''})"
    if column.kind == DOCUMENT:
        return f"CAST(CAST({name} AS CHAR) AS BINARY)"
    if column.kind == OPAQUE:
        return f"HEX({name})"
    return name if column.kind in PLAIN else f"CAST({name} AS BINARY)"
