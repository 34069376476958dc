# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rows to move and to compare: four tables, as sysbench lays them out; 2.2 million rows in each are 2.3 GB."""

from __future__ import annotations

from collections.abc import Iterator

TABLES = 4
_DEPTH = {"mysql": "cte_max_recursion_depth", "mariadb": "max_recursive_iterations"}


def sysbench_tables(vendor: str, rows: int) -> str:
    """Statements that make the tables with so many rows each in database ``sbtest``, and leave no trace in the binary log."""
    return "\n".join(_statements(vendor, rows))


def _statements(vendor: str, rows: int) -> Iterator[str]:
    yield f"SET SESSION sql_log_bin = 0, {_DEPTH[vendor]} = {rows}; CREATE DATABASE IF NOT EXISTS sbtest;"
    for table in (f"sbtest.sbtest{number}" for number in range(1, TABLES + 1)):
        yield f"DROP TABLE IF EXISTS {table};"
        yield f"CREATE TABLE {table} (id INT AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL DEFAULT 0, c CHAR(120) NOT NULL DEFAULT '',"
        yield " pad CHAR(60) NOT NULL DEFAULT '', KEY k_1 (k));"
        yield f"INSERT INTO {table} (k, c, pad) WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows})"
        yield " SELECT CRC32(n) MOD 1000000, REPEAT(CONCAT(CRC32(n), '-'), 10), REPEAT(CONCAT(CRC32(-n), '-'), 5) FROM s;"
