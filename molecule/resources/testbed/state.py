# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topology's folder on this machine: what was made, the key to its hosts, its inventory and certificates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from testbed import packages
from testbed.errors import TestbedError
from testbed.model import Topology, from_json, to_json


@dataclass(frozen=True)
class State:
    """The paths in a topology's folder."""

    folder: Path

    @property
    def topology_file(self) -> Path:
        """What was made."""
        return self.folder / "topology.json"

    @property
    def inventory(self) -> Path:
        """For Ansible."""
        return self.folder / "inventory.yml"

    @property
    def key(self) -> Path:
        """The private key that opens the hosts."""
        return self.folder / "id_ed25519"

    @property
    def change_log(self) -> Path:
        """Where the collection's change log goes."""
        return self.folder / "changes.jsonl"

    @property
    def tls(self) -> Path:
        """The certificate authority, and what it signed."""
        return self.folder / "tls"

    def load(self) -> Topology | None:
        """The topology that was made here, or None; an unreadable record counts as none."""
        try:
            return from_json(json.loads(self.topology_file.read_text()))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def require(self) -> Topology:
        """The topology that was made here; raises TestbedError if there is none."""
        topology = self.load()
        if topology is None:
            raise TestbedError(f"no topology is up ({self.folder})", "make one first (make up)")
        return topology

    def save(self, topology: Topology) -> None:
        """Record what is about to be made, so that it can be completed or removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write(self.topology_file, json.dumps(to_json(topology), indent=2) + "\n")

    def write(self, path: Path, text: str) -> None:
        """Write a file that only its owner can read, whole or not at all."""
        fresh = path.with_suffix(path.suffix + ".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(text)
        fresh.replace(path)

    def public_key(self) -> str:
        """The public key of the pair with which hosts are reached, made if it is missing."""
        public = self.key.with_suffix(".pub")
        if not public.exists():
            self.key.unlink(missing_ok=True)
            packages.require("ssh-keygen", "openssh-client")
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "testbed", "-f", str(self.key)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise TestbedError(f"no key could be made at {self.key}", detail=done.stderr)
        return public.read_text()

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
