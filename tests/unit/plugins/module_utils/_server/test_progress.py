# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see of long work: bytes, rate, and the time that is left."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_extent import DumpExtent, SourceTable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import progress

MIB = 1 << 20


@pytest.fixture
def clock(monkeypatch):
    times = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: times[0])
    return times


def test_a_line_every_ten_seconds(clock):
    told = []
    work = progress.Progress(100 * MIB, told.append)
    for clock[0] in (4.0, 9.9, 10.0, 15.0, 20.0):
        work.moved(10 * MIB)
    assert told == [
        "copying: 30.0 MiB of about 100 MiB, 3.0 MiB/s, about 23 s left",
        "copying: 50.0 MiB of about 100 MiB, 2.5 MiB/s, about 20 s left",
    ]
    work.done()
    assert told[-1] == "copied 50.0 MiB in 20.0 s"


def test_where_somebody_else_counts(clock):
    told = []
    work = progress.Progress(0, told.append)
    work.stands_at(0, 0)
    for clock[0], moved in ((10.0, 0), (20.0, 40 * MIB)):
        work.stands_at(moved, 80 * MIB)
    assert told == [
        "copying: 0.0 MiB of about 80 MiB, 0.0 MiB/s",
        "copying: 40.0 MiB of about 80 MiB, 2.0 MiB/s, about 20 s left",
    ]


def test_a_dump_tells_its_table_and_a_time_that_its_text_does_not_belie(clock):
    told = []
    tables = [SourceTable("shop", name, 100 * MIB, is_own=False) for name in ("customers", "orders")]
    work = progress.DumpProgress(DumpExtent(tables), told.append)
    clock[0] = 10.0
    work.moved(MIB)
    work.begins("customers")
    work.moved(49 * MIB)
    work.begins("orders")
    clock[0] = 20.0
    work.moved(24 * MIB + MIB // 2)
    clock[0] = 40.0
    work.moved(100 * MIB)
    work.done()
    assert told == [
        "copying: 1.0 MiB of text, 0.1 MiB/s",
        "copying: 74.5 MiB of text, table 2 of 2 (shop.orders), 3.7 MiB/s, about 7 s left",
        "copying: 174.5 MiB of text, table 2 of 2 (shop.orders), 4.4 MiB/s",
        "copied 174.5 MiB of text in 40.0 s",
    ]


def test_the_lines_are_in_a_file_too(tmp_path):
    logged = []
    tell = progress.Teller(logged.append, str(tmp_path / "line"))
    for line in ("first", "second"):
        tell(line)
    assert logged == ["first", "second"]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first\nsecond\n"]


def test_the_file_is_nobody_else_s(tmp_path):
    (tmp_path / "precious").write_text("own\n")
    (tmp_path / "line").symlink_to(tmp_path / "precious")
    progress.Teller(lambda line: None, str(tmp_path / "line"))("told")
    assert (tmp_path / "precious").read_text() == "own\n"


def test_nobody_s_copy_ends_for_the_sake_of_a_line(tmp_path):
    logged = []
    progress.Teller(logged.append, str(tmp_path / "nowhere" / "line"))("a line")
    assert logged == ["a line"]
