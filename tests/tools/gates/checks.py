# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks: commands that pass or fail, run side by side, each with its duration and its output kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gates.project import LOGS, PROJECT, RESULTS

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
JOBS = 2


@dataclass(frozen=True)
class Check:
    """A command; ``prepare`` makes what it needs just before (an environment, a copy), and its time counts."""

    name: str
    command: Sequence[str]
    cwd: Path = PROJECT
    env: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Result:
    """How a check went: its last line of output or the reason, and its duration in seconds."""

    name: str
    outcome: str
    seconds: float
    detail: str


def skipped(name: str, reason: str) -> Result:
    """A check that cannot run here, and why."""
    print(f"{'SKIPPED':8}{name}: {reason}", flush=True)
    return Result(name, SKIPPED, 0.0, reason)


def run_checks(part: str, checks: Sequence[Check]) -> list[Result]:
    """Run all checks, two at a time; print a line for each, and the output of those that fail."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(JOBS) as pool:
        return list(pool.map(lambda check: _run(part, check), checks))


def finish(part: str, results: Sequence[Result]) -> int:
    """Keep the results for the table that `make test` ends with, and say how many passed; the exit status."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps([asdict(result) for result in results], indent=1), encoding="utf-8")
    print(f"{part}: {counts(results)}", flush=True)
    return int(any(result.outcome == FAILED for result in results))


def counts(results: Sequence[Result]) -> str:
    """`12 passed, 0 failed`, and how many were skipped if any were."""
    number = {outcome: sum(result.outcome == outcome for result in results) for outcome in (PASSED, FAILED, SKIPPED)}
    text = f"{number[PASSED]} passed, {number[FAILED]} failed"
    return f"{text}, {number[SKIPPED]} skipped" if number[SKIPPED] else text


def load_results(part: str) -> list[Result]:
    """The results that the part saved in this run; none if it saves none."""
    path = RESULTS / f"{part}.json"
    return [Result(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def forget_results(part: str) -> None:
    """Drop the results of an earlier run."""
    (RESULTS / f"{part}.json").unlink(missing_ok=True)


def _inherited() -> dict[str, str]:
    """Without the collections of whoever calls: they would be tested instead of these."""
    return {name: value for name, value in os.environ.items() if name != "ANSIBLE_COLLECTIONS_PATH"}


def _run(part: str, check: Check) -> Result:
    log = LOGS / f"{part}-{check.name.replace(' ', '-').replace('/', '-')}.log"
    started = time.monotonic()
    try:
        check.prepare()
        with log.open("w", encoding="utf-8") as output:
            print("$", *check.command, file=output, flush=True)
            status = subprocess.run(
                check.command,
                cwd=check.cwd,
                env={**_inherited(), **check.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
    except (OSError, subprocess.CalledProcessError) as error:
        log.write_text(f"{error}\n{getattr(error, 'stdout', None) or ''}", encoding="utf-8")
        status = 1
    seconds = time.monotonic() - started
    text = log.read_text(encoding="utf-8", errors="replace")
    result = Result(check.name, FAILED if status else PASSED, seconds, _last_words(text))
    report = f"{'FAILED' if status else 'ok':8}{check.name:34}{seconds:7.1f} s  {result.detail[:80]}"
    # One write, so that checks that end together do not mix their output.
    sys.stdout.write(f"{text.rstrip()}\n{report}\n" if status else f"{report}\n")
    sys.stdout.flush()
    return result


def _last_words(output: str) -> str:
    """The last line that says something, after the line with the command."""
    lines = [line for line in output.strip().splitlines()[1:] if any(character.isalnum() for character in line)]
    return lines[-1] if lines else ""
