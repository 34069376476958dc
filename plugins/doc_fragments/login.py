# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How modules log in to a server."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  login_user:
    description:
      - Account to log in with. Without it, the client's configuration file and then the name of the operating system's user decide.
      - If not set, the environment variable E(MYSQL_REPLICATION_LOGIN_USER) of the managed host is used; so with every option here.
    type: str
  login_password:
    description: Password of O(login_user).
    type: str
  login_host:
    description: Address of the server, for TCP. Without it the server's socket on the managed host is used.
    type: str
  login_port:
    description: Port of the server.
    type: int
    default: 3306
  login_unix_socket:
    description: Path of the server's socket. Without it the usual places are tried.
    type: path
  config_file:
    description:
      - Client configuration file, of which the group V(client) is read. The usual one may be missing.
      - Its host, port and socket count where neither O(login_host) nor O(login_unix_socket) is given.
    type: path
    default: ~/.my.cnf
  ca_cert:
    description: File with the CA that signed the server's certificate; the connection then uses TLS and verifies it.
    type: path
    aliases: [ssl_ca]
  client_cert:
    description: File with the client certificate.
    type: path
    aliases: [ssl_cert]
  client_key:
    description: File with the client certificate's key.
    type: path
    aliases: [ssl_key]
  check_hostname:
    description: Whether the server's certificate must name O(login_host).
    type: bool
    default: false
  connect_timeout:
    description: Seconds to wait for a connection.
    type: int
    default: 30
  lock_timeout:
    description: Seconds to wait for another run of this collection on the same server to end.
    type: int
    default: 60
requirements:
  - PyMySQL 1.0.2 or later on the managed host
"""
