# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the change log costs a run, and how fast its history is read back."""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import PAIR_SERVER, PROJECT, ROUNDS, SITE, Figures, play, testbed
from testbed.ansible import CHANGE_LOG, environment, with_callback

RECORDS = 100_000
_BREAK = "SET GLOBAL sync_binlog = 0; REVOKE REPLICATION SLAVE ON *.* FROM repl"


def change_log_figures() -> Figures:
    """Runs with and without the callback in turn, on one pair; then a long history through the playbook ``changes``."""
    testbed("pair", "up", f"--server={PAIR_SERVER}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / "changes.jsonl"
        rows = _run_figures(log)
        kept = log.read_text(encoding="utf-8").splitlines()
        seconds = _history_seconds(log, kept)
    return [*rows, (f"changes, of one host in {RECORDS} records (at most 5 s)", f"{seconds:.2f} s")]


def _run_figures(log: Path) -> Figures:
    place = ("-e", f"mysql_replication_change_log={log}")
    enabled = with_callback(os.environ, CHANGE_LOG)
    play("pair", SITE)
    runs: dict[tuple[str, bool], list[float]] = {}
    for number in range(ROUNDS):
        for kind in ("nothing to do", "a repair"):
            # Whatever the second of two runs finds warmer than the first, each of both finds as often.
            for logged in (number % 2 == 0, number % 2 == 1):
                if kind == "a repair":
                    testbed("pair", "sql", "primary", TESTBED_SQL=_BREAK)
                seconds = play("pair", SITE, *place, **(enabled if logged else {}))
                runs.setdefault((kind, logged), []).append(seconds)
    rows = []
    for kind in ("nothing to do", "a repair"):
        with_log, without = (statistics.median(runs[kind, logged]) for logged in (True, False))
        rows.append((f"site, {kind}, without / with the change log", f"{without:.2f} s / {with_log:.2f} s"))
        rows.append((f"with / without, {kind} (at most 1.05)", f"{with_log / without:.2f}"))
    return rows


def _history_seconds(log: Path, kept: list[str]) -> float:
    """Seconds that the playbook takes for a log of which two thirds were rotated away, one of them packed."""
    records = [json.loads(line) for line in kept]
    lines = []
    for number in range(RECORDS):
        day, host = 1 + number * 28 // RECORDS, f"db{number % 50}"
        record = {**records[number % len(records)], "time": f"2026-10-{day:02}T06:00:00.{number % 1000:03}Z", "host": host}
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    third = RECORDS // 3
    Path(f"{log}.2.gz").write_bytes(gzip.compress("".join(lines[:third]).encode()))
    Path(f"{log}.1").write_text("".join(lines[third : 2 * third]), encoding="utf-8")
    log.write_text("".join(lines[2 * third :]), encoding="utf-8")
    asked = {"mysql_replication_change_log": str(log), "mysql_replication_changes_host": "db7"}
    started = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", "dbops.mysql_replication.changes", "-e", json.dumps(asked)],
        env=environment(PROJECT, os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    if done.returncode or f"{RECORDS // 50} records in " not in done.stdout:
        sys.exit(f"the history is not all there:\n{done.stdout}")
    return seconds
