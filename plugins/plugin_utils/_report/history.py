# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runs that are kept: a small file of each, with its figures in the first line and a finding in each further one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Run

FORMAT = 1
#: More than these are kept if one wants to, and not drawn: it keeps the page small, and its making short.
MOST_DRAWN = 400
#: A first line is much shorter.
LONGEST_LINE = 4096
# The number gives the order: a clock can go backwards. Two audits at once may take one number, so chance tells them apart.
_NAME = re.compile(r"(\d{8,15})-\d{8}T\d{6}Z-[0-9a-f]{8}\.jsonl")
_TAKEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def own(names: Iterable[str]) -> list[str]:
    """Those of a folder's file names that an audit has given, the oldest run first."""
    numbered = [(int(found[1]), name) for name in names if (found := _NAME.fullmatch(name))]
    return [name for _number, name in sorted(numbered)]


def next_name(known: Sequence[str], taken: str, chance: str) -> str:
    """A name for the run after those that are known. ``chance`` is eight hexadecimal digits."""
    number = int(known[-1].partition("-")[0]) + 1 if known else 1
    return f"{number:08}-{re.sub('[-:]', '', taken)}-{chance}.jsonl"


def surplus(known: Sequence[str], keep: int) -> Sequence[str]:
    """The oldest, of which there are more than shall be kept."""
    return known[: max(len(known) - max(keep, 0), 0)]


def newest(known: Sequence[str], count: int) -> Sequence[str]:
    """So many of the newest, or all."""
    return known[len(surplus(known, count)) :]


def render(audit: Audit) -> str:
    """The run's file."""
    head = {"format": FORMAT, "taken": audit.taken, "counts": audit.root_counts}
    fields = ("key", "rule", "severity", "host", "caused_by")
    findings = [
        {**{name: getattr(one, name) for name in fields}, "since": audit.since.get(one.key, audit.taken)} for one in audit.findings
    ]
    return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in [head, *findings])


def read_run(line: str) -> Run | None:
    """The figures in a file's first line, ``None`` if it has none that an audit of this format wrote."""
    try:
        value = json.loads(line)
        if value["format"] != FORMAT or not _TAKEN.fullmatch(value["taken"]):
            return None
        return Run(value["taken"], {severity: _count(value["counts"][severity]) for severity in SEVERITIES})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(value)
    return value
