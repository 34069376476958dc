# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-rulebook on this machine, as on a controller. The machine that watches reaches it through SSH: it listens here only."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from watch import EPHEMERAL, until

_INVENTORY = EPHEMERAL / "inventory"
#: Where the recorder hands on what is for heal.
_THERE = 5056


@dataclass(frozen=True)
class Rulebook:
    """One that runs while ``running`` does."""

    folder: Path
    port: int

    @property
    def said(self) -> str:
        """What it, and the playbooks that it started, have printed."""
        return (self.folder / "rulebook.log").read_text("utf-8")

    @property
    def runs(self) -> int:
        """How many playbooks it has started that came to their end."""
        return self.said.count("PLAY RECAP")

    @property
    def token(self) -> str:
        return (EPHEMERAL / "heal_token").read_text("utf-8").strip()

    def post(self, alert: str, token: str) -> int:
        """Sends an alert as Alertmanager would; the answer's status."""
        call = {"status": "firing", "receiver": "heal", "alerts": [{"status": "firing", "labels": {"alertname": alert}}]}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        try:
            with urlopen(
                Request(f"http://127.0.0.1:{self.port}/endpoint", json.dumps(call).encode(), headers), timeout=5
            ) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code

    @contextmanager
    def running(self) -> Iterator[Rulebook]:
        """Returns once it listens; ends it, and what it started."""
        assert shutil.which("java"), "ansible-rulebook needs Java 17: apt install openjdk-17-jre-headless"
        given = self.folder / "heal_vars.yml"
        given.touch(mode=0o600)
        given.write_text(json.dumps({"heal_port": self.port, "heal_token": self.token}), "utf-8")
        command = [
            "ansible-rulebook",
            "--rulebook",
            "dbops.mysql_replication.heal",
            "--inventory",
            str(_INVENTORY),
            "--vars",
            str(given),
        ]
        # What Ansible prints is read here: without colours.
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0", "PYTHONUNBUFFERED": "1"}
        with (self.folder / "rulebook.log").open("wb") as log:
            rulebook = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
            tunnel = subprocess.Popen(self._tunnel(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            until("ansible-rulebook to listen", lambda: rulebook.poll() is not None or self._listens())
            assert rulebook.poll() is None, self.said
            assert tunnel.poll() is None, self.said
            yield self
        finally:
            os.killpg(rulebook.pid, signal.SIGTERM)
            tunnel.terminate()
            rulebook.wait()
            tunnel.wait()

    def _listens(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) == 0

    def _tunnel(self) -> list[str]:
        asked = ["ansible-inventory", "--inventory", str(_INVENTORY), "--host", "watch"]
        to = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)
        forward = ["-N", "-R", f"127.0.0.1:{_THERE}:127.0.0.1:{self.port}", "-o", "ExitOnForwardFailure=yes"]
        alone = ["-o", "ControlMaster=no", "-o", "ControlPath=none", "-i", to["ansible_ssh_private_key_file"]]
        return ["ssh", *alone, *shlex.split(to["ansible_ssh_common_args"]), *forward, f"{to['ansible_user']}@{to['ansible_host']}"]
