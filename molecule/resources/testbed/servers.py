# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that the test bed offers: which distribution they come from, and how they are run."""

from __future__ import annotations

from dataclasses import dataclass

from testbed.errors import TestbedError


@dataclass(frozen=True)
class Server:
    """A packaged server.

    ``version`` is how the server's version must begin: a suite can move on to another release, and tests would then
    silently run on something else. ``systemd`` is the suite's major version of systemd. ``default_tls`` says whether
    a certificate is handed out unless asked otherwise: for servers that make none of their own. ``client_commands`` are the
    client's options to know its own commands, such as \\G, which MySQL's of 9.x does not do unasked.
    """

    name: str
    suite: str
    version: str
    systemd: int
    packages: tuple[str, ...]
    daemon: str
    service: str
    client: str
    client_commands: tuple[str, ...]
    admin: str
    option_dir: str
    default_tls: bool


SERVERS: dict[str, Server] = {
    server.name: server
    for server in (
        Server(
            name="mysql-9.7",
            suite="sid",
            version="9.7.",
            systemd=257,
            packages=("mysql-server",),
            daemon="mysqld",
            service="mysql",
            client="mysql",
            client_commands=("--commands",),
            admin="mysqladmin",
            option_dir="/etc/mysql/mysql.conf.d",
            default_tls=False,
        ),
        Server(
            name="mariadb-11.8",
            suite="trixie",
            version="11.8.",
            systemd=257,
            packages=("mariadb-server", "mariadb-backup"),
            daemon="mariadbd",
            service="mariadb",
            client="mariadb",
            client_commands=(),
            admin="mariadb-admin",
            option_dir="/etc/mysql/mariadb.conf.d",
            default_tls=False,
        ),
        Server(
            name="mariadb-10.11",
            suite="bookworm",
            version="10.11.",
            systemd=252,
            packages=("mariadb-server", "mariadb-backup"),
            daemon="mariadbd",
            service="mariadb",
            client="mariadb",
            client_commands=(),
            admin="mariadb-admin",
            option_dir="/etc/mysql/mariadb.conf.d",
            default_tls=True,
        ),
    )
}


def server(name: str) -> Server:
    """Look a server up by its name; raises TestbedError for one that is not offered."""
    try:
        return SERVERS[name]
    except KeyError:
        raise TestbedError(f"no server is called {name!r}", f"choose one of {', '.join(SERVERS)}") from None
