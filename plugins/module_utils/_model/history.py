# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a primary's binary logs reach back to its first row, so that an empty replica may start from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Optional

_NUMBER = re.compile(r"\.([0-9]+)$")
_NOTHING = "there is no user table, so nothing that the binary logs could lack"


@dataclass(frozen=True)
class HistoryEvidence:
    """What was seen. ``oldest_table`` and ``log_started`` are in seconds since the epoch.

    ``first_log`` is the name of the oldest binary log there is; ``unreadable`` says why its start or the tables could not be
    known, empty if they could. ``table`` names a user table, the oldest one, empty if there is none.
    """

    log_bin: bool
    gtid_purged: str
    first_log: str
    table: str = ""
    oldest_table: Optional[int] = None
    log_started: Optional[int] = None
    unreadable: str = ""


class History(NamedTuple):
    """``reason`` says why the binary logs are complete, or why not."""

    complete: bool
    reason: str


def judge_history(seen: HistoryEvidence) -> History:
    """Says no whenever in doubt: a replica that starts too late lacks rows, and nothing tells."""
    if seen.unreadable:
        return History(False, seen.unreadable)
    if not seen.log_bin:
        if seen.table:
            return History(False, f"the binary log is off, and there are tables ({seen.table})")
        return History(True, _NOTHING)
    if seen.gtid_purged:
        return History(False, f"transactions were purged: {seen.gtid_purged}")
    number = _NUMBER.search(seen.first_log)
    if number is None or int(number.group(1)) != 1:
        return History(False, f"the oldest binary log is {seen.first_log}, the ones before it are gone")
    if not seen.table:
        return History(True, _NOTHING)
    if seen.log_started is None or seen.oldest_table is None:
        return History(False, f"when {seen.table or seen.first_log} was begun is unknown")
    if seen.oldest_table < seen.log_started:
        return History(False, f"the table {seen.table} is older than the oldest binary log {seen.first_log}")
    return History(True, f"the binary logs begin with {seen.first_log}, before the oldest table {seen.table}")
