# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a primary's binary logs reach back to its first row, so that an empty replica may start from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Optional

_NUMBER = re.compile(r"\.([0-9]+)$")


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
    """``reason`` says why the binary logs are complete, or why not.

    ``begun_anew`` names a table that was there before the first of the binary logs, of which none is gone: they were reset, or
    turned on late. Empty if there is none. ``log_started`` is when the first of the binary logs was begun, in seconds since the
    epoch, ``None`` where that one is gone or does not say it.
    """

    complete: bool
    reason: str
    begun_anew: str = ""
    log_started: Optional[int] = None


def judge_history(seen: HistoryEvidence) -> History:
    """Says no whenever in doubt: a replica that starts too late lacks rows, and nothing tells."""
    return _judged(seen)._replace(log_started=seen.log_started if _has_the_first(seen) else None)


def _judged(seen: HistoryEvidence) -> History:
    doubt = seen.unreadable or _doubt_of_logs(seen) or _doubt_of_tables(seen)
    if doubt:
        anew = not seen.unreadable and seen.log_bin and not _doubt_of_logs(seen) and _is_older(seen)
        return History(False, doubt, seen.table if anew else "")
    if not seen.table:
        return History(True, "there is no user table, so nothing that the binary logs could lack")
    return History(True, f"the binary logs begin with {seen.first_log}, before the oldest table {seen.table}")


def _doubt_of_logs(seen: HistoryEvidence) -> str:
    if not seen.log_bin:
        return f"the binary log is off, and there are tables ({seen.table})" if seen.table else ""
    if seen.gtid_purged:
        return f"transactions were purged: {seen.gtid_purged}"
    if not _has_the_first(seen):
        return f"the oldest binary log is {seen.first_log}, the ones before it are gone"
    return ""


def _has_the_first(seen: HistoryEvidence) -> bool:
    number = _NUMBER.search(seen.first_log)
    return number is not None and int(number.group(1)) == 1


def _is_older(seen: HistoryEvidence) -> bool:
    return seen.oldest_table is not None and seen.log_started is not None and seen.oldest_table < seen.log_started


def _doubt_of_tables(seen: HistoryEvidence) -> str:
    if not seen.table:
        return ""
    if seen.log_started is None or seen.oldest_table is None:
        return f"when {seen.table} or {seen.first_log} was begun is unknown"
    if _is_older(seen):
        return f"the table {seen.table} is older than the oldest binary log {seen.first_log}"
    return ""
