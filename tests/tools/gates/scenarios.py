# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of Molecule's scenarios took and how they ended, read from the JUnit files that pytest writes for each."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree

from gates.checks import FAILED, PASSED, Result


def read_results(folder: Path) -> list[Result]:
    """A result for each file of tests of each scenario; its seconds are those of its tests, which may run side by side."""
    return [result for path in sorted(folder.glob("*.xml")) for result in _of_scenario(path)]


def forget_results(folder: Path) -> None:
    """Drop the files of an earlier run."""
    for path in folder.glob("*.xml"):
        path.unlink()


def _of_scenario(path: Path) -> list[Result]:
    files: dict[str, list[ElementTree.Element]] = defaultdict(list)
    for case in ElementTree.parse(path).iter("testcase"):
        files[case.get("classname", "").rpartition(".")[2]].append(case)
    return [_of_file(f"{path.stem} {name}", cases) for name, cases in sorted(files.items())]


def _of_file(name: str, cases: list[ElementTree.Element]) -> Result:
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    seconds = sum(float(case.get("time", 0)) for case in cases)
    if not failed:
        skipped = sum(case.find("skipped") is not None for case in cases)
        return Result(name, PASSED, seconds, f"{len(cases) - skipped} passed" + (f", {skipped} skipped" if skipped else ""))
    names = ", ".join(case.get("name", "") for case in failed)
    return Result(name, FAILED, seconds, f"{len(failed)} of {len(cases)} failed: {names}")
