# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which account a server chooses for a connection: the first, in its order of specificity, that matches user and host.

The password plays no part: if it is wrong for the chosen account, no other account is tried.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable, Iterable, Optional, Pattern

_ALL_BITS = 0xFFFFFFFF
_LITERAL = 128
_MAX_HOST_LENGTH = 255
_IPV4_START = re.compile(r"([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})\.([0-9]{1,9})(.*)", re.DOTALL)
_TOKEN = re.compile(r"\\.|.", re.DOTALL)


@dataclass(frozen=True)
class AccountName:
    """An account. ``user`` is "" for the anonymous user; ``host`` is the host part as the grant tables hold it."""

    user: str
    host: str


@dataclass(frozen=True)
class Network:
    """IPv4 addresses that a host part stands for: those whose bits under ``mask`` are ``address``.

    ``form`` ranks the notation: 0 a plain address, 1 CIDR, 2 netmask.
    """

    address: int
    mask: int
    form: int


@dataclass(frozen=True)
class MatchRules:
    """In what MySQL and MariaDB differ here; the dialect chooses between MYSQL_RULES and MARIADB_RULES.

    ``network`` reads a host part as a network (None: it is a name or a pattern), ``name_pattern`` as a pattern of names.
    ``admits_by_text`` tells of host parts that admit, at the first check, only a client whose address is written alike.
    ``sort_key`` orders accounts as the server does, the most specific first; where keys are equal, its order is not
    defined.
    """

    network: Callable[[str], Optional[Network]]
    name_pattern: Callable[[str], Pattern[str]]
    admits_by_text: Callable[[str], bool]
    sort_key: Callable[[AccountName], tuple[int, ...]]


def matches(host: str, address: str, names: Iterable[str], rules: MatchRules) -> bool:
    """Whether the host part of an account fits a client.

    ``address`` is the client's IP address, or "" on a socket. ``names`` are the names that the server may see for it:
    ("localhost",) on a socket; the reverse DNS name over TCP (the server takes it only if it resolves back), where
    127.0.0.1 and ::1 become "localhost" without DNS; none with skip_name_resolve. A name that starts with digits and a
    dot is never matched. (Manual: Specifying Account Names.)

    Raises ValueError if ``address`` is neither empty nor an IP address.
    """
    client = _client_address(address)
    network = rules.network(host)
    if network and network.mask:
        number = _ipv4_number(client)
        if number is not None:
            return number & network.mask == network.address
    if not host or _address_pattern(host).fullmatch(client):
        return True
    return any(rules.name_pattern(host).fullmatch(name) for name in names if not re.match(r"[0-9]+\.", name))


def contenders(
    accounts: Iterable[AccountName], user: str, address: str, names: Iterable[str], rules: MatchRules
) -> tuple[AccountName, ...]:
    """The accounts one of which the server chooses; none if it would refuse the client.

    More than one only where they are equally specific, so that the server's choice is not defined (MySQL, for example
    with ``localhost`` and ``::1``). Refused is the client of a user whom no account fits (error 1045), and any client
    that no account's host part admits, of whatever user (error 1130); the latter as after a restart or FLUSH
    PRIVILEGES, since MySQL goes on admitting every client after an account at "%" was dropped.

    Parameters as for ``matches`` and ``chosen``.
    """
    seen = tuple(names)
    at_host = [account for account in accounts if matches(account.host, address, seen, rules)]
    client = _client_address(address)
    if all(rules.admits_by_text(account.host) and account.host != client for account in at_host):
        return ()
    fitting = [account for account in at_host if account.user in ("", user)]
    best = min(map(rules.sort_key, fitting), default=None)
    return tuple(sorted((a for a in fitting if rules.sort_key(a) == best), key=lambda a: (a.host, a.user)))


def chosen(
    accounts: Iterable[AccountName], user: str, address: str, names: Iterable[str], rules: MatchRules
) -> Optional[AccountName]:
    """The account that the server chooses for ``user`` from a client, or None if none fits.

    ``accounts`` are all rows of mysql.user, without MariaDB's roles; the others as for ``matches``. User names are
    compared exactly; the anonymous user fits any. Of ``contenders``, the first by name.
    (Manual: Access Control, Stage 1: Connection Verification.)
    """
    return next(iter(contenders(accounts, user, address, names, rules)), None)


def _client_address(address: str) -> str:
    """The address as the server writes it: IPv6 compressed in lower case, IPv4 in IPv6 as IPv4."""
    if not address:
        return ""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def _ipv4_number(text: str) -> Optional[int]:
    number, rest = _leading_ipv4(text)
    return number if rest == "" else None


def _leading_ipv4(text: str) -> tuple[Optional[int], str]:
    """The IPv4 address that a text starts with, as a number, and the text after it."""
    match = _IPV4_START.fullmatch(text)
    if not match:
        return None, text
    octets = [int(octet) for octet in match.groups()[:4]]
    if max(octets) > 255:
        return None, text
    return int.from_bytes(bytes(octets), "big"), match.group(5)


def _mysql_network(host: str) -> Optional[Network]:
    """MySQL 8.0.23 and later: a plain address, CIDR, or a netmask of contiguous bits.

    Text that goes on after an address (``192.0.2.1%``) stays a pattern, but is ranked among the plain addresses.
    """
    address, rest = _leading_ipv4(host)
    if address is None:
        return None
    if not rest.startswith("/"):
        return Network(address, 0 if rest else _ALL_BITS, 0)
    mask = _ipv4_number(rest[1:])
    if mask is not None:
        contiguous = mask and not (~mask & _ALL_BITS) & ((~mask & _ALL_BITS) + 1)
        return Network(address, mask, 2) if contiguous else None
    if re.fullmatch(r"0*([1-9]|[12][0-9]|3[0-2])", rest[1:]):
        return Network(address, _ALL_BITS << (32 - int(rest[1:])) & _ALL_BITS, 1)
    return None


def _mysql_sort_key(account: AccountName) -> tuple[int, ...]:
    """IPv4 first: addresses, CIDR, netmasks, each by length of the mask. Then literals, then patterns, those with the
    longer text before the first wildcard first, then "%", then "". At last the anonymous user after the named one.
    """
    anonymous = int(account.user == "")
    network = _mysql_network(account.host)
    if network and network.address:
        return (0, network.form, -network.mask, anonymous)
    return (1, -_literal_length(account.host), anonymous)


def _literal_length(host: str) -> int:
    position = 0
    for token in _TOKEN.findall(host):
        if token in ("%", "_"):
            return 1 if host == "%" else min(position + 2, 127)
        position += len(token.encode("utf-8"))
    return _LITERAL if host else 0


def _mysql_admits_by_text(host: str) -> bool:
    """At the first check MySQL looks up what is no pattern as text, so that 192.0.2.1/32 alone admits nobody."""
    network = _mysql_network(host)
    return network is not None and network.mask == _ALL_BITS


@lru_cache(maxsize=1024)
def _mysql_name_pattern(host: str) -> Pattern[str]:
    """In names, MySQL lets a "%" at the end stand for nothing only if it is a single one after a literal."""
    tokens = _TOKEN.findall(host)
    body = len(tokens)
    while body and tokens[body - 1] == "%":
        body -= 1
    closing = len(tokens) - body
    needs_text = closing and (closing > 1 or tokens[body - 1] == "_")
    return _like(tokens[:body] + ["_", "%"] if needs_text else tokens, re.IGNORECASE)


def _mariadb_network(host: str) -> Optional[Network]:
    """MariaDB: any netmask but 0.0.0.0; it knows no CIDR, and takes a plain address as text."""
    address, rest = _leading_ipv4(host)
    mask = _ipv4_number(rest[1:]) if rest.startswith("/") else None
    return Network(address, mask, 2) if address is not None and mask is not None else None


def _mariadb_sort_key(account: AccountName) -> tuple[int, ...]:
    """By how many names a pattern can fit: what matters is the room left to "%", the number of "%", and of "_".

    Literals of all kinds come first and are equal here. Then the anonymous user after the named one, then the host part
    that is the greater text first.
    """
    # An empty host part is stored for the same as "%".
    host = account.host or "%"
    tokens = _TOKEN.findall(host)
    many = sum(token == "%" != previous for previous, token in zip([""] + tokens, tokens))
    one = tokens.count("_")
    literal = len(tokens) - tokens.count("%") - one
    prefix = next((index for index, token in enumerate(tokens) if token in ("%", "_")), 0)
    room = _MAX_HOST_LENGTH - literal - one if many else 0
    # The closing 1 sorts a text after those that it is the beginning of.
    descending = tuple(-byte for byte in host.encode("utf-8")) + (1,)
    return (room, many, one, prefix, int(account.user == "")) + descending


@lru_cache(maxsize=1024)
def _mariadb_name_pattern(host: str) -> Pattern[str]:
    return _like(_TOKEN.findall(host), re.IGNORECASE)


@lru_cache(maxsize=1024)
def _address_pattern(host: str) -> Pattern[str]:
    return _like(_TOKEN.findall(host), re.DOTALL)


def _like(tokens: list[str], flags: re.RegexFlag) -> Pattern[str]:
    """The regular expression for a pattern of SQL wildcards."""
    wildcards = {"%": ".*", "_": "."}
    return re.compile("".join(wildcards.get(token) or re.escape(token[-1]) for token in tokens), re.DOTALL | flags)


MYSQL_RULES = MatchRules(
    network=_mysql_network,
    name_pattern=_mysql_name_pattern,
    admits_by_text=_mysql_admits_by_text,
    sort_key=_mysql_sort_key,
)
MARIADB_RULES = MatchRules(
    network=_mariadb_network,
    name_pattern=_mariadb_name_pattern,
    admits_by_text=lambda _host: False,
    sort_key=_mariadb_sort_key,
)
