# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a prepared data directory in the place of a server's own, in a moment in which it is down, whoever is killed meanwhile.

The moves are done by a script that systemd runs before it starts the server, so they do not depend on this process, and are gone
through to their end after a crash of the machine too. It lies where only root may write, and runs as the server does: whoever
has the server's rights gains none by it.
"""

from __future__ import annotations

import glob
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess

# Servers take no folder for a database whose name begins with a dot.
_STAGING = ".dbops_seed"
# What a server keeps of its own beside databases; the logs go with the data files that they belong to.
_ENGINE_FILES = ("ibdata*", "ib_logfile*", "ibtmp*", "undo*", "ib_buffer_pool", "aria_log*", "*.info")
# What a backup says of itself.
_ABOUT = ("backup-my.cnf", "xtrabackup_*", "mariadb_backup_*")
#: Where systemd looks for what belongs to this host alone.
UNITS = "/etc/systemd/system"
_DROP_IN, _MOVES = "dbops-seed.conf", "dbops-seed.sh"


@dataclass(frozen=True)
class Swap:
    """``incoming`` is where the new data is put together; ``process`` is the server's; ``units`` is systemd's folder."""

    datadir: str
    process: ServerProcess
    units: str = UNITS

    @property
    def staging(self) -> str:
        """On the file system of the data, so that a move takes no time."""
        return os.path.join(self.datadir, _STAGING)

    @property
    def incoming(self) -> str:
        """The new data."""
        return os.path.join(self.staging, "new")

    @property
    def _folder(self) -> str:
        return os.path.join(self.units, f"{self.process.service}.d")

    @property
    def _drop_in(self) -> str:
        return os.path.join(self._folder, _DROP_IN)

    @property
    def _moves(self) -> str:
        return os.path.join(self._folder, _MOVES)

    def begin(self) -> str:
        """The folder that the server's user fills with the new data: root, who could be led astray there, has no part in it."""
        self.clear()
        for folder in (self.staging, self.incoming):
            os.mkdir(folder, 0o700)
            os.chown(folder, self.process.uid, self.process.gids[0], follow_symlinks=False)
        return self.incoming

    def perform(self) -> None:
        """Returns when the server has started with the new data; raises :class:`Refusal`, with the old data in place again."""
        os.sync()
        new = self.prepare()
        self._systemctl("daemon-reload")
        started = self._systemctl("restart", self.process.service)
        if started.returncode:
            self._systemctl("stop", self.process.service)
            self.take_back(new)
            self._forget()
            self._systemctl("start", self.process.service)
            raise Refusal(
                f"{self.process.service} did not start with the copy: {started.stderr.strip()}."
                " It runs again with what it had before",
                f"see journalctl -u {self.process.service}; mend what it names, then run again: the copy begins anew",
            )

    def clear(self) -> None:
        """Removes what a swap leaves, or one that was broken off before it began."""
        self._forget()
        shutil.rmtree(self.staging, ignore_errors=True)

    def _forget(self) -> None:
        """The drop-in before what it runs."""
        for path in (self._drop_in, self._moves):
            if os.path.exists(path):
                os.unlink(path)
        if os.path.exists(self._folder) and not os.listdir(self._folder):
            os.rmdir(self._folder)
        self._systemctl("daemon-reload")

    @property
    def is_left(self) -> bool:
        """Whether one was broken off: what it would do at the server's next start must not be done to other data."""
        return os.path.exists(self._drop_in) or os.path.exists(self.staging)

    def prepare(self) -> list[str]:
        """Leaves the moves to the server's next start; returns the names of what is new."""
        about = {path for pattern in _ABOUT for path in glob.glob(os.path.join(self.incoming, pattern))}
        new = sorted(name for name in os.listdir(self.incoming) if os.path.join(self.incoming, name) not in about)
        found = (path for pattern in _ENGINE_FILES for path in glob.glob(os.path.join(self.datadir, pattern)))
        old = sorted({*new, *(os.path.basename(path) for path in found if os.path.isfile(path))})
        os.makedirs(self._folder, exist_ok=True)
        _write(self._moves, _SCRIPT.format(staging=shlex.quote(self.staging), old=_listed(old), new=_listed(new)))
        escaped = self._moves.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
        _write(self._drop_in, f'[Service]\nExecStartPre=/bin/sh "{escaped}"\n')
        return new

    def take_back(self, new: Sequence[str]) -> None:
        """Undoes the moves as far as they were done."""
        away, failed = os.path.join(self.staging, "old"), os.path.join(self.staging, "failed")
        os.mkdir(failed)
        for name in new:
            moved = os.path.join(self.datadir, name)
            # As long as it waits to be moved, what has its name is the old one.
            if os.path.exists(moved) and not os.path.exists(os.path.join(self.incoming, name)):
                os.rename(moved, os.path.join(failed, name))
        for name in os.listdir(away) if os.path.exists(away) else ():
            os.rename(os.path.join(away, name), os.path.join(self.datadir, name))

    @staticmethod
    def _systemctl(*words: str) -> subprocess.CompletedProcess[str]:
        # There is no AnsibleModule here.
        return subprocess.run(  # pylint: disable=ansible-bad-function
            ["systemctl", *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )


def is_pending(units: str) -> bool:
    """Whether a server of this host takes a copy of its data at its next start, or just now: then it is down for a moment."""
    return bool(glob.glob(os.path.join(glob.escape(units), "*.service.d", _DROP_IN)))


@dataclass(frozen=True)
class Sweep:
    """Removes what a swap that was broken off has left: see ``_model.step.Performed``."""

    swap: Swap

    def __str__(self) -> str:
        return f"rm -r {self.swap.staging}"

    def perform(self, _session: Any) -> None:
        """Does it."""
        self.swap.clear()


# Each move is done once, however often the script begins anew: the old names first, and then, when all of them are away, the new.
_SCRIPT = """\
set -eu
cd {staging}
[ -d new ] || exit 0
mkdir -p old
if [ ! -e away ]; then
    for name in {old}; do
        if [ -e "../$name" ]; then mv "../$name" old/; fi
    done
    : > away
    sync
fi
for name in {new}; do
    if [ -e "new/$name" ]; then mv "new/$name" ..; fi
done
sync
mv new done
"""


def _listed(names: list[str]) -> str:
    return " ".join(map(shlex.quote, names))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        # The server's user reads it, whatever this process's umask is.
        os.fchmod(file.fileno(), 0o644)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
