# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All parts of `make test` one after the other, those that `+` joins beside each other, and a table of where the time went."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from gates.checks import FAILED, PASSED, Result, counts, forget_results, load_results
from gates.project import PROJECT

LIMIT_MINUTES = 86


def run(words: Sequence[str]) -> int:
    """Run them all, those after a failure too; the exit status says whether all passed."""
    started = time.monotonic()
    deadline = started + LIMIT_MINUTES * 60
    outcomes = [outcome for word in words for outcome in _run_parts(word.split("+"), deadline)]
    seconds_in_all = time.monotonic() - started
    print(f"\n{'part':40}{'time':>9}  outcome")
    results: list[Result] = []
    for name, outcome, seconds in outcomes:
        print(f"{name:40}{_clock(seconds)}  {outcome}")
        inside = load_results(name)
        for result in inside:
            print(f"    {result.name:36}{_clock(result.seconds)}  {result.outcome:8}{result.detail[:60]}".rstrip())
        lost = outcome != PASSED and all(result.outcome != FAILED for result in inside)
        results += [*inside, Result(name, FAILED, seconds, outcome)] if lost else inside or [Result(name, PASSED, seconds, "")]
    print(f"{'in all':40}{_clock(seconds_in_all)}")
    for name in (name for name, outcome, seconds in outcomes if outcome != PASSED):
        print(f"failed: make {name}")
        for result in load_results(name):
            if result.outcome == FAILED:
                print(f"    {result.name}: {result.detail}")
    print(counts(results), flush=True)
    return int(any(result.outcome == FAILED for result in results))


def _run_parts(names: Sequence[str], deadline: float) -> list[tuple[str, str, float]]:
    """Runs parts beside each other: name, outcome and seconds of each.

    One that hangs ends at the deadline, so that the table is still printed.
    """
    started = time.monotonic()
    running = {name: _start(name) for name in names}
    ended: dict[str, float] = {}
    try:
        while len(ended) < len(running) and time.monotonic() < deadline:
            time.sleep(0.1)
            ended.update({name: time.monotonic() for name in running if name not in ended and running[name].poll() is not None})
    finally:
        for process in running.values():
            if process.poll() is None:
                _stop(process)
    now = time.monotonic()
    return [(name, _outcome(running[name], name in ended), ended.get(name, now) - started) for name in names]


def _start(name: str) -> subprocess.Popen[bytes]:
    print(f"\n==> make {name}", flush=True)
    forget_results(name)
    return subprocess.Popen([os.environ.get("MAKE", "make"), name], cwd=PROJECT, stdin=subprocess.DEVNULL, start_new_session=True)


def _outcome(process: subprocess.Popen[bytes], ended: bool) -> str:
    if not ended:
        return f"stopped after {LIMIT_MINUTES} minutes in all"
    return FAILED if process.returncode else PASSED


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGINT, 30), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:4}:{seconds % 60:04.1f}"
