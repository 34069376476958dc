# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ties symptoms to their roots: what a channel shows, and what is wrong behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Part


class Judged(NamedTuple):
    """A finding, and what its rule knows of causes and symptoms."""

    finding: Finding
    found: Found


def tie(judged: Sequence[Judged]) -> list[Finding]:
    """The findings in the order for people: each root, the worst first, and right after it what it causes."""
    judged = _with_drift_tied(_with_overruled_tied(judged))
    roots = [one for one in judged if one.found.shows is None]
    breaking: dict[Part, list[Judged]] = {}
    for one in sorted(roots, key=lambda one: SEVERITIES.index(one.finding.severity)):
        for part in one.found.breaks:
            breaking.setdefault(part, []).append(one)
    threads: dict[Part, Finding] = {}
    tied: list[Finding] = [one.finding for one in roots]
    for one in judged:
        shown = one.found.shows
        if shown is None:
            continue
        cause = _cause(one, breaking.get(shown, ()))
        if not cause and shown in threads:
            cause = threads[shown].caused_by or threads[shown].key
        finding = replace(one.finding, caused_by=cause, remedy=_remedy(one, breaking.get(shown, ())))
        threads.setdefault(shown, finding)
        tied.append(finding)
    stopped = {one.finding.key for one in judged if one.found.is_stopped}
    return _ordered(tied, stopped, {one.finding.key for one in judged if one.found.overrules})


def _with_drift_tied(judged: Sequence[Judged]) -> list[Judged]:
    """A value that is wrong now is the root; that the next start would change it back comes with it."""
    wrong = {
        (one.found.host, one.found.variable): one.finding.caused_by or one.finding.key
        for one in judged
        if one.found.variable and not one.found.is_drift
    }
    return [
        Judged(replace(one.finding, caused_by=wrong.get((one.found.host, one.found.variable), "")), one.found)
        if one.found.is_drift
        else one
        for one in judged
    ]


def _with_overruled_tied(judged: Sequence[Judged]) -> list[Judged]:
    """What another finding overrules comes with it, and is not mended before it."""
    causes = {overruled: one.finding for one in judged for overruled in one.found.overrules}
    return [
        Judged(
            replace(one.finding, caused_by=cause.key, remedy=f"First settle {cause.rule} on {cause.host}."),
            replace(one.found, shows=None, breaks=()),
        )
        if (cause := causes.get((one.finding.rule, one.finding.host))) and cause.key != one.finding.key
        else one
        for one in judged
    ]


def _cause(symptom: Judged, candidates: Iterable[Judged]) -> str:
    """The key of the root that would show just so, empty for none.

    A thread that is off without an error was stopped by somebody: whatever else is wrong, that is not why.
    """
    errno = symptom.found.errno
    if symptom.found.is_stopped:
        return ""
    return next((one.finding.key for one in candidates if not one.found.errnos or errno in one.found.errnos), "")


def _remedy(symptom: Judged, candidates: Sequence[Judged]) -> str:
    """A start is no way out while something else would stop the thread again, or have it skip transactions."""
    if not symptom.found.is_stopped or not candidates:
        return symptom.finding.remedy
    first = candidates[0].finding
    return f"First mend {first.rule} on {first.host}, and leave it stopped until then; then START REPLICA."


def _ordered(findings: Sequence[Finding], stopped: Collection[str], overruling: Collection[str]) -> list[Finding]:
    effects: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.caused_by:
            effects.setdefault(finding.caused_by, []).append(finding)
    # A root that bites already stands before one that is as bad and still waits; what somebody stopped runs again at a word, and
    # stands after what would stop it again. What puts other remedies in doubt is read before them.
    roots = sorted(
        (finding for finding in findings if finding.is_root),
        key=lambda one: (SEVERITIES.index(one.severity), one.key not in overruling, one.key in stopped, one.key not in effects),
    )
    return [one for root in roots for one in (root, *effects.get(root.key, ()))]
