# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client configuration file: that it can be read, and where it says that the server is."""

from __future__ import annotations

import configparser
import os
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login

#: The one that every client reads if it is there.
USUAL_FILE = "~/.my.cnf"
_GROUP = "client"


def refuse_unreadable(path: str) -> None:
    """Raises :class:`Refusal` for a file that was named and is not there, or that is none of its kind."""
    path = os.path.expanduser(path)
    if not path or (path == os.path.expanduser(USUAL_FILE) and not os.path.exists(path)):
        return
    try:
        _read(path)
    except (OSError, UnicodeError, configparser.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).replace("\n", " ")
        raise Refusal(
            f"cannot read config_file {path}: {reason}",
            "name a client configuration file that is on this host, with a group [client] (mysql_replication_login_config_file)",
        ) from None


def with_its_address(login: Login) -> Login:
    """The login with the file's host, port and socket, where no option gives an address: as the vendors' clients do it."""
    path = os.path.expanduser(login.config_file)
    if login.host or login.unix_socket or not os.path.exists(path):
        return login
    try:
        found = _read(path)
    except (OSError, UnicodeError, configparser.Error):
        return login  # refuse_unreadable says it
    given = {name: found[name].strip().strip("'\"") for name in ("host", "port", "socket") if found.get(name)}
    port = int(given["port"]) if given.get("port", "").isdigit() else login.port
    return replace(login, host=given.get("host", ""), port=port, unix_socket=given.get("socket", ""))


def _read(path: str) -> dict[str, str]:
    parser = configparser.RawConfigParser(allow_no_value=True, strict=False)
    with open(path, encoding="utf-8") as file:
        parser.read_file(file)
    return {name: value or "" for name, value in parser.items(_GROUP)} if parser.has_section(_GROUP) else {}
