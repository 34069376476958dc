# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where and as whom the server's binary is run to check or to tell something: never in the server's data, never as root."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import Any, Iterator, Mapping, NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess


class Sandbox(NamedTuple):
    """An empty data directory of the server's user, and what :mod:`subprocess` takes to become that user, if we may."""

    folder: str
    identity: Mapping[str, Any]

    def own(self, path: str) -> None:
        """Lets the binary read a file."""
        if self.identity:
            os.chown(path, self.identity["user"], self.identity["group"])


@contextmanager
def sandbox(process: ServerProcess) -> Iterator[Sandbox]:
    """It is gone afterwards, with all that the binary left there."""
    with tempfile.TemporaryDirectory(prefix="dbops-") as folder:
        made = Sandbox(folder, process.identity)
        made.own(folder)
        yield made
