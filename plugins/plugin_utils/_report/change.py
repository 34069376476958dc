# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a value, and by whom, in one line for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import WITHOUT
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import OutsideChange

# A file's or an account's text has a line for each of many settings.
_MOST_LINES = 4
_COMMENT = ("#", ";")


def differing(before: Any, after: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines before and after that are not on both sides. ``None`` is absent; a damaged record may hold anything."""
    old, new = ([] if text is None else str(text).splitlines() for text in (before, after))
    return tuple(one for one in old if one not in new), tuple(one for one in new if one not in old)


def became(before: Any, after: Any) -> str:
    """From what to what; of texts with many lines, only those that differ. ``None`` is absent."""
    if "\n" in f"{before}{after}":
        old, new = differing(before, after)
        if before is not None and after is not None:
            return _each(old, new) or f"{_joined(old) or 'nothing'} → {_joined(new) or 'nothing'}"
        before, after = (_joined(lines) or None for lines in (old, new))
    return f"{'absent' if before is None else before} → {'absent' if after is None else after}"


def told(change: OutsideChange) -> str:
    """A change that others made: where, what, from what to what, by whom and when."""
    who = ", ".join(who_and_when(change))
    return f"{change.host}: {change.object}: {became(change.before, change.after)}{who and f', {who}'}"


def who_and_when(change: OutsideChange) -> list[str]:
    """As far as the server tells, and the change itself does not: a start is a time."""
    is_new = change.at and change.at not in (change.after or "")
    return [*([f"by {change.by}"] if change.by else []), *([change.at] if is_new else [])]


def _each(old: Sequence[str], new: Sequence[str]) -> str:
    """What became of each of an object's values; empty where the lines are no ``name: value``."""
    if not all(": " in line for line in (*old, *new)):
        return ""
    was, is_now = ({name: value for name, _sign, value in (line.partition(": ") for line in lines)} for lines in (old, new))
    absent = {name: WITHOUT.get(name, "none") for name in {**was, **is_now}}
    return _joined([f"{name}: {was.get(name, none)} → {is_now.get(name, none)}" for name, none in absent.items()])


def _joined(lines: Sequence[str]) -> str:
    """The first of them; a file's licence and comments say nothing of what it does."""
    lines = [one for one in lines if one.strip() and not one.lstrip().startswith(_COMMENT)] or lines
    more = [f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return ", ".join([*lines[:_MOST_LINES], *more])
