# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of servers, as they may be shown: nothing in them can move a cursor, change a colour or break a line."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text in one line; what is not printable is shown as its code, blanks of any kind as one blank."""
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(one if one.isprintable() else _code(one) for one in line)


def _code(one: str) -> str:
    number = ord(one)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"


def shortened(text: str, most: int) -> str:
    """At most so many characters; what is cut off is marked."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def words(count: int, one: str, more: str = "") -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count} {one if count == 1 else more or one + 's'}"
