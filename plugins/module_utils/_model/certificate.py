# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a certificate ends. Python's own reader is not public, and no further library may be asked of a managed host."""

from __future__ import annotations

import base64
import re
from typing import Iterator

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
# DER, X.690: identifiers of what is walked through.
_VERSION, _UTC_TIME, _GENERALIZED_TIME = 0xA0, 0x17, 0x18
# RFC 5280, 4.1: serial number, signature and issuer stand between the version and the validity.
_BEFORE_VALIDITY = 3
# RFC 5280, 4.1.2.5.1: two digits from here on are of the last century.
_PIVOT = 50


def ends_at(pem: str) -> str:
    """When the first certificate of a PEM file ends, in UTC (``2036-11-22 10:00:00``). Raises ``ValueError``."""
    block = _BLOCK.search(pem)
    if block is None:
        raise ValueError("it holds no certificate")
    try:
        (_tag, certificate), *_others = _elements(base64.b64decode(block.group(1)))
        (_tag, signed), *_others = _elements(certificate)
        parts = [content for tag, content in _elements(signed) if tag != _VERSION]
        _begin, (tag, end) = _elements(parts[_BEFORE_VALIDITY])
        return _moment(tag, end.decode("ascii"))
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"its certificate is damaged: {error}") from None


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in a row."""
    place = 0
    while place < len(der):
        tag, length, place = der[place], der[place + 1], place + 2
        if length & 0x80:
            count = length & 0x7F
            length, place = int.from_bytes(der[place : place + count], "big"), place + count
        yield tag, der[place : place + length]
        place += length


def _moment(tag: int, text: str) -> str:
    digits = text if tag == _GENERALIZED_TIME else ("19" if int(text[:2]) >= _PIVOT else "20") + text
    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z", digits)
    if match is None or tag not in (_UTC_TIME, _GENERALIZED_TIME):
        raise ValueError(f"its certificate ends at {text!r}, which is no time")
    year, month, day, hour, minute, second = match.groups()
    return f"{year}-{month}-{day} {hour}:{minute}:{second}"
