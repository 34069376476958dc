# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file format of binary logs, as far as the vendors share it.

MySQL Internals, "Binary Log Event Structure": a file starts with the magic number, then come events. All numbers are little-endian.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

MAGIC = b"\xfebin"
HEADER_SIZE = 19
#: As much of an event's body as its GTID takes with any vendor, in bytes.
GTID_SIZE = 25


class Header(NamedTuple):
    """What each event begins with: when it was written, in seconds since the epoch, its type, the server that wrote it first, and
    its length in bytes, this header included.
    """

    at: int
    kind: int
    server_id: int
    length: int


class Logged(NamedTuple):
    """A transaction. ``at`` is when it was begun, in seconds since the epoch, by the clock of the server that wrote it first."""

    gtid: str
    at: int


def header_from(raw: bytes) -> Optional[Header]:
    """The header in these bytes; ``None`` where the file ends, or holds none."""
    if len(raw) < HEADER_SIZE:
        return None
    header = Header(number(raw[0:4]), raw[4], number(raw[5:9]), number(raw[9:13]))
    return header if header.length >= HEADER_SIZE else None


def number(raw: bytes) -> int:
    """An unsigned number as binary logs hold it."""
    return int.from_bytes(raw, "little")
