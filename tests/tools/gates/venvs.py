# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments under .cache/venvs, each made once for its interpreter and its requirements."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from gates.project import CACHE, REQUIREMENTS


def folder(name: str) -> Path:
    """Where the environment of this name lies."""
    return CACHE / "venvs" / name


def program(name: str, command: str) -> str:
    """A program of an environment."""
    return str(folder(name) / "bin" / command)


def environment(name: str) -> dict[str, str]:
    """What makes the environment's programs come first."""
    return {"PATH": f"{folder(name) / 'bin'}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(folder(name))}


def ensure(name: str, python: Path, requirements: str) -> Path:
    """Make the environment, or take the one that fits. Raises CalledProcessError with pip's output."""
    source = REQUIREMENTS / requirements
    stamp = folder(name) / ".made-from"
    wanted = hashlib.sha256(f"{python.resolve()}\n".encode() + source.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        _call([str(python), "-m", "venv", "--clear", str(folder(name))])
        pip = [program(name, "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _call([*pip, "install", "--requirement", str(source)])
        stamp.write_text(wanted, encoding="utf-8")
    return folder(name)


def _call(command: list[str]) -> None:
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
