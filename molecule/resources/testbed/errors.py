# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the test bed reports to people."""

from __future__ import annotations


class TestbedError(Exception):
    """What failed, and the way out.

    ``what`` is one sentence; ``way_out`` says what to do about it; ``detail`` is output worth reading (a log's end).
    """

    __test__ = False  # the name begins with "Test", and pytest would collect it

    def __init__(self, what: str, way_out: str = "", detail: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.way_out = way_out
        self.detail = detail

    def __str__(self) -> str:
        parts = [f"testbed: {self.what}"]
        if self.detail:
            parts.append(self.detail.rstrip())
        if self.way_out:
            parts.append(f"Way out: {self.way_out}")
        return "\n".join(parts)
