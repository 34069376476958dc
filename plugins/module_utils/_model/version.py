# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which product and version a server is, from what ``SELECT VERSION()`` says."""

from __future__ import annotations

import re
from dataclasses import dataclass

MYSQL = "MySQL"
MARIADB = "MariaDB"

_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")
# Some MariaDB versions put "5.5.5-" before their own number in the handshake, for old MySQL replicas.
_HANDSHAKE_PREFIX = "5.5.5-"


@dataclass(frozen=True, order=True)
class ServerVersion:
    """``numbers`` compare as numbers: 26.10 is newer than 9.7, which no string comparison would say."""

    vendor: str
    numbers: tuple[int, int, int]

    def __str__(self) -> str:
        return f"{self.vendor} {'.'.join(map(str, self.numbers))}"

    def at_least(self, *numbers: int) -> bool:
        """Whether this version is the given one (``at_least(8, 4)``) or newer, of the same vendor."""
        return self.numbers >= numbers


def parse_version(text: str) -> ServerVersion:
    """Reads ``9.7.4``, ``8.0.36-28`` (Percona), ``11.8.6-MariaDB-0+deb13u1``.

    Raises ``ValueError`` for a text without a version number.
    """
    found = _NUMBERS.search(text.removeprefix(_HANDSHAKE_PREFIX) if "MariaDB" in text else text)
    if not found:
        raise ValueError(f"not a server version: {text!r}")
    major, minor, patch = found.groups(default="0")
    return ServerVersion(MARIADB if "mariadb" in text.lower() else MYSQL, (int(major), int(minor), int(patch)))


def parse_product(product: str) -> ServerVersion:
    """Product and version out of their words (``MariaDB 11.8.9``). Raises ``ValueError``."""
    vendor, _space, numbers = product.partition(" ")
    return parse_version(f"{numbers}-{vendor}" if vendor == MARIADB else numbers)
