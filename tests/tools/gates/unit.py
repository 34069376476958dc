# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unit tests on every supported interpreter that this machine has."""

from __future__ import annotations

import functools
import os
import shlex
from pathlib import Path

from testbed.ansible import link_collection

from gates import interpreters, venvs
from gates.checks import Check, finish, run_checks, skipped
from gates.project import PROJECT


def run() -> int:
    """Each interpreter in an environment of its own; those that are not found are named."""
    link_collection(PROJECT)
    found = {version: interpreters.find(version) for version in interpreters.VERSIONS}
    for version, python in found.items():
        if python:
            print(f"Python {version}: {python}", flush=True)
    missing = [skipped(f"Python {version}", "no interpreter found") for version, python in found.items() if not python]
    # The newest first: the oldest runs no tests of the controller, and so ends soonest.
    results = run_checks("unit", [_check(version, python) for version, python in reversed(found.items()) if python])
    return finish("unit", [*missing, *results])


def _check(version: str, python: Path) -> Check:
    name = f"unit-{version}"
    arguments = shlex.split(os.environ.get("TESTBED_ARGS", ""))  # make's ARGS
    return Check(
        f"Python {version}",
        [venvs.program(name, "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit", *arguments],
        # Each interpreter keeps the examples that failed on it.
        env={"HYPOTHESIS_STORAGE_DIRECTORY": str(venvs.folder(name) / "hypothesis")},
        prepare=functools.partial(venvs.ensure, name, python, "unit.txt"),
    )
