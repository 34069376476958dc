# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server's own binary has for variables that nothing sets: MySQL tells it nowhere else. Starts no server."""

from __future__ import annotations

from typing import Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import option_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.local_command import output_of
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_binary import sandbox

_TIMEOUT_SECONDS = 20
_NONE = "(No default value)"


def compiled_defaults(process: ServerProcess, aliases: Mapping[str, str]) -> dict[str, str]:
    """The defaults as the binary prints them, by the variables' own names; empty where it does not tell."""
    with sandbox(process) as box:
        command = [process.binary, "--no-defaults", *process.installation, f"--datadir={box.folder}", "--help", "--verbose"]
        return parse_help(output_of(command, _TIMEOUT_SECONDS, **box.identity), aliases)


def parse_help(text: str, aliases: Mapping[str, str]) -> dict[str, str]:
    """The table at the end of ``mysqld --verbose --help``: a name in hyphens, blanks, and a value that may hold blanks.

    Where the table has no default, the variable is empty.
    """
    table = text.partition("\nVariables (--variable-name=value)")[2].partition("\n---")[2].partition("\n")[2].partition("\n\n")[0]
    rows = (line.partition(" ") for line in table.splitlines())
    return {option_name(name, aliases).name: "" if value.strip() == _NONE else value.strip() for name, _blank, value in rows}
