# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All scenarios of Molecule, two at a time, and how each file of their tests ended: pytest writes that for each scenario."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from gates.checks import FAILED, PASSED, Check, Result, finish, run_checks
from gates.project import LOGS, PROJECT, SCENARIO_RESULTS

# It takes longer than all others together.
_LONGEST = "repair"


def run() -> int:
    """Each scenario by itself, so that one that fails does not keep the others from running."""
    folders = (PROJECT / "molecule").glob("*/molecule.yml")
    names = sorted((folder.parent.name for folder in folders), key=lambda name: (name != _LONGEST, name))
    for path in SCENARIO_RESULTS.glob("*.xml"):
        path.unlink()
    print(f"what they do meanwhile: {LOGS.relative_to(PROJECT)}/molecule-*.log", flush=True)
    results = run_checks("molecule", [_check(name) for name in names])
    return finish(
        "molecule", [row for result in results for row in (result, *_of_scenario(SCENARIO_RESULTS / f"{result.name}.xml"))]
    )


def _check(scenario: str) -> Check:
    path = os.pathsep.join([str(PROJECT / "molecule" / "resources"), os.environ.get("PYTHONPATH", "")])
    return Check(scenario, [sys.executable, "-m", "testbed", "molecule", scenario], env={"PYTHONPATH": path, "NO_COLOR": "1"})


def _of_scenario(path: Path) -> Iterator[Result]:
    """A result for each file of tests, its seconds those of its tests; none where the tests were not reached."""
    if not path.exists():
        return
    files: dict[str, list[ElementTree.Element]] = defaultdict(list)
    for case in ElementTree.parse(path).iter("testcase"):
        files[case.get("classname", "").rpartition(".")[2]].append(case)
    for name, cases in sorted(files.items()):
        yield _of_file(f"  {name}", cases)


def _of_file(name: str, cases: list[ElementTree.Element]) -> Result:
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    seconds = sum(float(case.get("time", 0)) for case in cases)
    if not failed:
        skipped = sum(case.find("skipped") is not None for case in cases)
        return Result(name, PASSED, seconds, f"{len(cases) - skipped} passed" + (f", {skipped} skipped" if skipped else ""))
    names = ", ".join(case.get("name", "") for case in failed)
    return Result(name, FAILED, seconds, f"{len(failed)} of {len(cases)} failed: {names}")
