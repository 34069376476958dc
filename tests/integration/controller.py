# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair's primary as a controller too: it gets this session's Ansible, the collection, a user, and an inventory of the pair."""

from __future__ import annotations

import importlib.metadata
import io
import shlex
import tarfile
from dataclasses import dataclass
from pathlib import PurePath

from machine import Machine
from pair import PROJECT, Pair
from testbed.ansible import COLLECTION

USER = "auditor"
# Its name has what a shell and systemd read something into.
HOME = "/opt/100% mine"
# ssh would read something into it too.
KEY = f"/home/{USER}/key"
_DISTRIBUTIONS = ("ansible-core", "Jinja2", "MarkupSafe", "PyYAML", "packaging", "resolvelib")
_PARTS = ("galaxy.yml", "meta", "playbooks", "plugins", "roles")
_PROGRAM = """\
#!/usr/bin/python3
import sys
sys.path.insert(0, {packages!r})
from ansible.cli.playbook import main
main()
"""


@dataclass(frozen=True)
class Controller:
    """The machine, and the paths there."""

    machine: Machine
    inventory: str = f"{HOME}/inventory/hosts.yml"
    program: str = f"{HOME}/ansible-playbook"
    collections: str = f"{HOME}/collections"
    reports: str = f"{HOME}/reports"

    def text(self, path: str) -> str:
        """A file's text, empty if it is not there."""
        return self.machine.attempt(f"cat {shlex.quote(path)}").stdout.decode()

    def remove(self) -> None:
        """Takes all that was installed away again."""
        self.machine.shell(f"rm -r {shlex.quote(HOME)}; userdel --remove {USER}")


def install(pair: Pair) -> Controller:
    """Makes the pair's primary a controller."""
    controller = Controller(pair.primary)
    key = pair.inventory.parent / "id_ed25519"
    inventory = pair.inventory.read_text().replace(str(key), KEY)
    files = {
        "inventory/hosts.yml": (inventory.encode(), 0o600),
        "ansible-playbook": (_PROGRAM.format(packages=f"{HOME}/packages").encode(), 0o755),
    }
    quoted = shlex.quote(HOME)
    script = f"useradd --create-home {USER} && mkdir {quoted} && tar --extract --no-same-owner --directory {quoted}"
    pair.primary.shell(f"{script} && chown --recursive {USER} {quoted}", _archive(files))
    pair.primary.shell(f"install --mode 600 --owner {USER} /dev/stdin {KEY}", key.read_bytes())
    return controller


def _archive(files: dict[str, tuple[bytes, int]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for distribution in map(importlib.metadata.distribution, _DISTRIBUTIONS):
            for path in filter(_is_of_use, distribution.files or ()):
                archive.add(str(distribution.locate_file(path)), f"packages/{path}")
        for part in _PARTS:
            archive.add(PROJECT / part, "/".join(("collections/ansible_collections", *COLLECTION, part)), filter=_of_use)
        for name, (text, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(text), mode
            archive.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


def _is_of_use(path: PurePath) -> bool:
    """Whether a machine with another Python can use the file, or passes it over: libraries have the version in their name."""
    return path.suffix != ".pyc" and not {"..", "ansible_test", "__pycache__"} & set(path.parts)


def _of_use(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return entry if _is_of_use(PurePath(entry.name)) else None
