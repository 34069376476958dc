# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one error that people see: what is wrong, where, and the way out."""

from __future__ import annotations


class Refusal(Exception):
    """A run stops, with nothing further touched.

    ``cause`` says what was seen, in words and with the server's own error where there is one; ``remedy`` says what to do.
    """

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.cause}\nWay out: {self.remedy}"


class HasErrant(Refusal):
    """A replica has transactions that its source lacks. ``remedy`` begins with what needs no copy."""


class NeedsCopy(Refusal):
    """Replication cannot go on here without a copy of the source's data: no setting and no statement mends it.

    ``holds_data``: a copy would overwrite tables. ``client`` is the replica's host as the source sees it, empty if that is unknown.
    """

    def __init__(self, cause: str, remedy: str, holds_data: bool, client: str) -> None:
        super().__init__(cause, remedy)
        self.holds_data = holds_data
        self.client = client
