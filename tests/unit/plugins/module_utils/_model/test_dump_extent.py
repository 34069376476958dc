# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a dump has come, whose text has another size than the data."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_extent import DumpExtent, SourceTable

MIB = 1 << 20
TABLES = (
    SourceTable("app", "user", 100 * MIB, is_own=False),
    SourceTable("mysql", "user", 5 * MIB, is_own=True),
    SourceTable("shop", "orders", 200 * MIB, is_own=False),
    SourceTable("shop", "user", 100 * MIB, is_own=False),
)


def come(*steps):
    extent = DumpExtent(TABLES)
    for name, text in steps:
        extent.begins(name)
        extent.took(text)
    return extent


def test_a_dump_ends_at_its_last_table_whatever_its_text_comes_to():
    assert (DumpExtent(TABLES).table, DumpExtent(TABLES).share) == ("", 0.0)
    assert come(("user", 10 * MIB)).table == "table 1 of 3 (app.user)"
    assert come(("user", 10 * MIB)).share == pytest.approx(0.025)
    # The server's own is not counted.
    assert come(("user", 50 * MIB), ("user", 9 * MIB)).table == ""
    assert come(("user", 50 * MIB), ("user", 9 * MIB)).share == pytest.approx(0.25)
    # A table of 100 MiB came to 50 MiB of text, so that 50 more are half of one of 200.
    half = come(("user", 50 * MIB), ("user", 9 * MIB), ("orders", 50 * MIB))
    assert (half.table, half.share) == ("table 2 of 3 (shop.orders)", pytest.approx(0.5))
    last = come(("user", 50 * MIB), ("user", 9 * MIB), ("orders", 100 * MIB), ("user", 25 * MIB))
    assert (last.table, last.share) == ("table 3 of 3 (shop.user)", pytest.approx(0.875))


def test_the_server_s_own_database_may_come_first():
    extent, told = DumpExtent((TABLES[0], SourceTable("mysql", "db", 0, is_own=True), *TABLES[1:3])), []
    for name in ("db", "user", "user", "orders"):
        extent.begins(name)
        told.append(extent.table)
    assert told == ["", "", "table 1 of 2 (app.user)", "table 2 of 2 (shop.orders)"]


def test_what_comes_to_more_than_was_foreseen_has_no_end_that_is_known():
    assert come(("user", 0), ("orders", 0), ("user", 300 * MIB)).share is None
    assert come(("orders", 500 * MIB)).share == pytest.approx(500 / 700)


def test_a_table_that_nobody_foresaw_changes_nothing():
    assert come(("user", 10 * MIB), ("made_since", 0)).table == "table 1 of 3 (app.user)"
    nothing = DumpExtent(())
    nothing.begins("orders")
    nothing.took(MIB)
    assert (nothing.table, nothing.share) == ("", 0.0)
