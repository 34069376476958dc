# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test sanity, with each supported ansible-core, on a copy of the sources: all tests on the newest, and no ignore file."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gates import interpreters, venvs
from gates.checks import Check, finish, run_checks, skipped
from gates.project import CACHE
from gates.sources import copy_collection

BOOTSTRAP_HOST = "ci-files.testing.ansible.com"
# ansible-test downloads pip's own installer; where its host is out of reach, the pip that Python brings along does.
BOOTSTRAP = "import ensurepip\n\nensurepip.bootstrap(default_pip=True)\n"


@dataclass(frozen=True)
class Core:
    """A release of ansible-core, and the controllers' Python it is tested with, the preferred first.

    ``left_to_newest``: tests that only read the sources, at length, and that the newest release runs with a stricter program.
    """

    version: str
    pythons: tuple[str, ...]
    left_to_newest: tuple[str, ...] = ()

    @property
    def venv(self) -> str:
        """The name of its environment."""
        return f"sanity-{self.version}"

    @property
    def home(self) -> Path:
        """The home folder in which ansible-test keeps its own environments."""
        return CACHE / "sanity" / self.version


CORES = (Core("2.19", ("3.11", "3.12", "3.13"), left_to_newest=("pylint",)), Core("2.21", ("3.13", "3.12")))


def run() -> int:
    """Both releases side by side, each on all interpreters that are found."""
    found = {version: path for version in interpreters.VERSIONS if (path := interpreters.find(version))}
    missing = [] if _has_shellcheck() else [skipped("shellcheck", "not installed, and apt-get cannot install it here")]
    checks: list[Check] = []
    with tempfile.TemporaryDirectory(prefix="sanity-") as scratch:
        reachable = _reachable(BOOTSTRAP_HOST)
        for core in CORES:
            name = f"ansible-core {core.version}"
            python = next((found[version] for version in core.pythons if version in found), None)
            if python:
                print(f"{name}: on {python}; imports and compiles on Python {', '.join(found)}", flush=True)
                checks.append(_check(name, core, python, found, Path(scratch), reachable))
            else:
                missing.append(skipped(name, f"none of Python {', '.join(core.pythons)} was found"))
        return finish("sanity", [*missing, *run_checks("sanity", checks)])


def _check(name: str, core: Core, python: Path, found: dict[str, Path], scratch: Path, reachable: bool) -> Check:
    # Outside of the repository: ansible-test takes the file list of the git repository that it finds itself in.
    collection = copy_collection(scratch / core.version)
    for ignored in collection.glob("tests/sanity/ignore*"):
        raise SystemExit(f"sanity must pass without {ignored.name}")

    def prepare() -> None:
        venvs.ensure(core.venv, python, f"sanity-{core.version}.txt")
        _link_interpreters(core, found)
        if not reachable:
            _provide_bootstrap(core)

    path = [str(venvs.folder(core.venv) / "bin"), str(core.home / "pythons"), *_path_without_shims()]
    config_home = os.environ.get("XDG_CONFIG_HOME", str(Path.home() / ".config"))
    return Check(
        name,
        [
            *(venvs.program(core.venv, "ansible-test"), "sanity", "--local", "--requirements", "--color", "no"),
            *(word for test in core.left_to_newest for word in ("--skip-test", test)),
        ],
        cwd=collection,
        env={"HOME": str(core.home), "PATH": os.pathsep.join(path), "XDG_CONFIG_HOME": config_home, "LC_ALL": "C.UTF-8"},
        prepare=prepare,
    )


def _has_shellcheck() -> bool:
    """The one program that ansible-test wants and PyPI has not; without it ansible-test only warns."""
    if not shutil.which("shellcheck") and shutil.which("apt-get") and os.geteuid() == 0:
        quietly: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True}
        install = ["apt-get", "install", "--quiet", "--yes", "shellcheck"]
        if subprocess.run(install, check=False, **quietly).returncode:
            subprocess.run(["apt-get", "update", "--quiet"], check=False, **quietly)
            subprocess.run(install, check=False, **quietly)
    return shutil.which("shellcheck") is not None


def _path_without_shims() -> list[str]:
    return [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder).name != "shims"]


def _link_interpreters(core: Core, found: dict[str, Path]) -> None:
    folder = core.home / "pythons"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for version, path in found.items():
        (folder / f"python{version}").symlink_to(path)


def _provide_bootstrap(core: Core) -> None:
    asking = (
        "import types; from ansible_test._internal.python_requirements import get_venv_packages as ask;"
        "print(ask(types.SimpleNamespace(version='3.12'))['pip'])"
    )
    python = venvs.program(core.venv, "python")
    version = subprocess.run([python, "-c", asking], capture_output=True, text=True, check=True).stdout.strip()
    script = core.home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(BOOTSTRAP, encoding="utf-8")


def _reachable(host: str) -> bool:
    try:
        with socket.create_connection((host, 443), timeout=5):
            return True
    except OSError:
        return False
