# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the heartbeat writes, and when; that it writes on a primary alone is seen on real servers."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("pymysql")
_PROGRAM = Path(__file__).parents[3] / "roles" / "monitoring" / "files" / "heartbeat.py"
_SPEC = importlib.util.spec_from_file_location("heartbeat_writer", _PROGRAM)
heartbeat = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(heartbeat)


def test_the_write_names_its_server_and_quotes_its_table() -> None:
    written = heartbeat.statement("heart`beat", "beats", 7)
    now = "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')"
    assert written == f"INSERT INTO `heart``beat`.`beats` (ts, server_id) VALUES ({now}, 7) ON DUPLICATE KEY UPDATE ts = {now}"


@pytest.mark.parametrize("now", [100.0, 100.25, 100.999])
def test_it_beats_at_whole_seconds(now: float) -> None:
    assert now + heartbeat.seconds_to_next(now) == pytest.approx(101)


@pytest.mark.parametrize(
    ("read_only", "writable"),
    [(0, True), (1, False), ("OFF", True), ("ON", False), ("NO_LOCK", False), ("NO_LOCK_NO_ADMIN", False)],
)
def test_what_read_only_says_on_every_server(read_only: object, writable: bool) -> None:
    assert heartbeat.is_writable(read_only) is writable
