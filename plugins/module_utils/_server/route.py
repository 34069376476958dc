# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How this host reaches another: what its name resolves to, and from which address. Sends nothing to it."""

from __future__ import annotations

import ipaddress
import socket
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.address import own_address


class Route(NamedTuple):
    """``addresses`` of the other host, ``own`` towards it; ``unresolved`` says why its name resolves to nothing."""

    addresses: tuple[str, ...] = ()
    own: str = ""
    unresolved: str = ""


def route_to(host: str, port: int) -> Route:
    """Resolves the name, and asks the routing table for the address that a connection would come from."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        return Route(unresolved=str(error))
    addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
    for family, kind, protocol, _name, target in answers:
        try:
            with socket.socket(family, kind, protocol) as probe:
                # Connecting a UDP socket sends nothing.
                probe.connect(target)
                return Route(addresses, str(probe.getsockname()[0]))
        except OSError:
            continue  # no route in this address family
    return Route(addresses)


def own_addresses() -> tuple[str, ...]:
    """All addresses of this host but loopback, by which others may reach it."""
    found = [own_address(), *_ipv4(), *_ipv6()]
    return tuple(dict.fromkeys(address for address in found if address and not _is_local(address)))


def _ipv4() -> list[str]:
    """The kernel's routing table lists each own address before the word LOCAL."""
    found, last = [], ""
    for line in _lines("/proc/net/fib_trie"):
        words = line.split()
        if words and words[0] == "|--":
            last = words[1]
        elif "LOCAL" in words and last:
            found.append(last)
    return found


def _ipv6() -> list[str]:
    return [str(ipaddress.IPv6Address(int(line.split()[0], 16))) for line in _lines("/proc/net/if_inet6") if line.strip()]


def _is_local(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_link_local or parsed.is_unspecified


def _lines(path: str) -> list[str]:
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except OSError:
        return []
