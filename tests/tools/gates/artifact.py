# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it: built from the sources, installed into a path of its own, and looked at there."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from gates import lint, venvs
from gates.checks import FAILED, PASSED, Check, Result, finish, run_checks
from gates.project import CACHE, COLLECTION, PROJECT
from gates.sources import copy_collection

BUILT = CACHE / "build"
INSTALLED = CACHE / "installed"
PAIR = CACHE / "installed-pair"
SERVER = "mariadb-11.8"
CONTENT = {
    *("FILES.json", "MANIFEST.json", "README.md", "CHANGELOG.md", "LICENSE"),
    *("changelogs", "docs", "examples", "extensions", "meta", "playbooks", "plugins", "roles"),
}


def run() -> int:
    """Build, install, look; the installed copy stays at .cache/installed for tests that run it."""
    for folder in (BUILT, INSTALLED):
        shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="build-") as scratch:
        sources = copy_collection(Path(scratch))
        results = run_checks("build", [lint.tools()])
        if results[-1].outcome == PASSED:
            results += run_checks("build", [_galaxy("build", str(sources), "--output-path", str(BUILT))])
    if results[-1].outcome == PASSED:
        artifact = next(BUILT.glob("*.tar.gz"))
        results.append(_contents(artifact))
        results += run_checks("build", [_galaxy("install", str(artifact), "--offline", "--collections-path", str(INSTALLED))])
    if results[-1].outcome == PASSED:
        results += run_checks("build", [_importer(artifact), _documentation(), _playbooks()])
        results += _on_servers()
    return finish("build", results)


def _galaxy(action: str, *arguments: str) -> Check:
    return Check(f"collection {action}", [venvs.program(lint.VENV, "ansible-galaxy"), "collection", action, *arguments])


def _contents(artifact: Path) -> Result:
    with tarfile.open(artifact) as archive:
        strange = sorted({name.split("/")[0] for name in archive.getnames()} - CONTENT)
    detail = f"should not be in the artifact: {', '.join(strange)}" if strange else ""
    print(f"{'FAILED' if strange else 'ok':8}contents  {detail}", flush=True)
    return Result("contents", FAILED if strange else PASSED, 0.0, detail)


def _importer(artifact: Path) -> Check:
    """What Galaxy itself checks when a release is uploaded. It unpacks into the folder it runs in."""
    return Check(
        "galaxy-importer",
        [venvs.program(lint.VENV, "python"), "-m", "galaxy_importer.main", artifact.name],
        cwd=artifact.parent,
        env=venvs.environment(lint.VENV),
    )


def _documentation() -> Check:
    modules = [_qualified(path) for path in (PROJECT / "plugins" / "modules").glob("*.py")]
    return _installed("installed modules", ["ansible-doc", "--type", "module", "--json", *sorted(modules)])


def _playbooks() -> Check:
    playbooks = [_qualified(path) for path in (PROJECT / "playbooks").glob("*.yml")]
    return _installed("installed playbooks", ["ansible-playbook", "-i", "localhost,", "--syntax-check", *sorted(playbooks)])


def _on_servers() -> list[Result]:
    """The installed playbook, and with it the installed roles, on a pair of real servers."""
    inventory = str(PAIR / "inventory.yml")
    site = _installed("installed site on a pair", ["ansible-playbook", "-i", inventory, ".".join((*COLLECTION, "site"))])
    results = run_checks("build", [_testbed("up", f"--server={SERVER}")])
    if results[-1].outcome == PASSED:
        results += run_checks("build", [site])
    return results + run_checks("build", [_testbed("down")])


def _testbed(action: str, *arguments: str) -> Check:
    command = [sys.executable, "-m", "testbed", f"--state={PAIR}", "--name=installed", action, *arguments]
    return Check(f"the pair {action}", command, env={"PYTHONPATH": str(PROJECT / "molecule" / "resources")})


def _installed(name: str, command: list[str]) -> Check:
    # Away from the checkout, so that only the installed copy can be found.
    env = {"ANSIBLE_COLLECTIONS_PATH": str(INSTALLED), "PYTHONPATH": ""}
    return Check(name, [venvs.program(lint.VENV, command[0]), *command[1:]], cwd=INSTALLED, env=env)


def _qualified(path: Path) -> str:
    return ".".join((*COLLECTION, path.stem))
