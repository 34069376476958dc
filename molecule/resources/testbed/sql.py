# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL on a host of the topology, as root, in one session."""

from __future__ import annotations

import os
import subprocess

from testbed.engine import Engine
from testbed.model import Topology
from testbed.servers import Server, server


def client_arguments(kind: Server, statements: str) -> list[str]:
    """The server's own client, printing rows as tab-separated text: NULL, \\t, \\n and \\\\ stand for what they name.

    Column names are left out, except where a statement ends in \\G: such rows are read by their names.
    """
    rows = kind.client_commands if "\\G" in statements else ("--skip-column-names",)
    return [kind.client, "--batch", "--default-character-set=utf8mb4", *rows]


def run(engine: Engine, topology: Topology, host_name: str, statements: str) -> int:
    """Run the statements; rows go to standard output, the server's error to standard error.

    Returns the client's exit status; raises TestbedError if there is no such host.
    """
    host = topology.host(host_name)
    command = client_arguments(server(host.server), statements)
    return subprocess.run(
        [engine.program, "exec", "--interactive", topology.container(host), *command],
        input=statements.encode(),
        env={**os.environ, **engine.environment},
        check=False,
    ).returncode
