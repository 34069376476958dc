# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible on a topology: the collection is taken from the working tree, through a tree of links."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from testbed.errors import TestbedError

COLLECTION = ("dbops", "mysql_replication")
CHANGE_LOG = ".".join((*COLLECTION, "change_log"))
FORKS = "10"
BASE_CONFIG = ".config/molecule/config.yml"


def link_collection(project: Path) -> Path:
    """The folder for ANSIBLE_COLLECTIONS_PATH in which this collection is the working tree itself."""
    root = project / ".cache" / "collections"
    link = root.joinpath("ansible_collections", *COLLECTION)
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or link.readlink() != project:
        link.unlink(missing_ok=True)
        link.symlink_to(project)
    return root


def environment(project: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment in which Ansible and Molecule find the collection, and this virtual environment's programs."""
    folders = [str(link_collection(project)), inherited.get("ANSIBLE_COLLECTIONS_PATH", "")]
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": ":".join(filter(None, folders)),
        "ANSIBLE_PIPELINING": "True",
        "ANSIBLE_FORKS": FORKS,
        # Molecule keeps a scenario's files there, by the name of the checkout's folder alone: two checkouts would clash.
        "ANSIBLE_HOME": str(project / ".cache" / "ansible"),
        # A socket's path may not be long, and a checkout's can be.
        "ANSIBLE_SSH_CONTROL_PATH_DIR": "~/.ansible/cp",
    }


def split_arguments(text: str) -> list[str]:
    """Words as a shell splits them, with quotes honoured and nothing expanded."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise TestbedError(f"ARGS cannot be split into words: {error}", "close its quotes") from None


def play(project: Path, inventory: Path, playbook: str, arguments: list[str]) -> int:
    """Run a playbook of the collection in place of this process: the exit status becomes Ansible's."""
    name = playbook if "." in playbook else ".".join((*COLLECTION, playbook))
    return _become(project, ["ansible-playbook", "--inventory", str(inventory), name, *arguments], CHANGE_LOG)


def molecule(project: Path, scenario: str, arguments: list[str]) -> int:
    """Run the test of one of Molecule's scenarios in place of this process."""
    base = str(project / BASE_CONFIG)
    return _become(project, ["molecule", "--base-config", base, "test", "--scenario-name", scenario, *arguments])


def with_callback(inherited: Mapping[str, str], callback: str) -> dict[str, str]:
    """The variable that enables a callback beside those that are."""
    others = [name for name in inherited.get("ANSIBLE_CALLBACKS_ENABLED", "").split(",") if name and name != callback]
    return {"ANSIBLE_CALLBACKS_ENABLED": ",".join([*others, callback])}


def _become(project: Path, command: list[str], *callbacks: str) -> int:
    os.chdir(project)
    changed = environment(project, os.environ)
    for callback in callbacks:
        changed.update(with_callback(changed, callback))
    changed["MOLECULE_GLOB"] = "molecule/*/molecule.yml"
    sys.stdout.flush()
    os.execvpe(command[0], command, changed)
