# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's own IPv4 address, and the server_id made of it."""

from __future__ import annotations

import ipaddress
import socket

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

# RFC 5737: an address for documentation, which every default route leads to. Connecting a UDP socket sends nothing.
_ANYWHERE = ("192.0.2.1", 9)


def own_address() -> str:
    """The address that the host reaches others from; empty if it has none but loopback."""
    return next((address for address in (_of_default_route(), _of_hostname()) if _is_usable(address)), "")


def server_id_of(address: str) -> int:
    """The address as an integer, which is unique where addresses are. Raises :class:`Refusal` for an empty address."""
    if not address:
        raise Refusal(
            "this host has no IPv4 address but loopback to make a server_id of",
            "give each server its own number: option server_id (variable mysql_replication_server_id)",
        )
    return int(ipaddress.IPv4Address(address))


def _of_default_route() -> str:
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_ANYWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        return ""


def _of_hostname() -> str:
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return ""


def _is_usable(address: str) -> bool:
    return bool(address) and not ipaddress.IPv4Address(address).is_loopback and address != "0.0.0.0"
