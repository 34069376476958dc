# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ties symptoms to their roots: what a channel shows, and what is wrong behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Part

_SITE = "playbook site"


class Judged(NamedTuple):
    """A finding, and what its rule knows of causes and symptoms."""

    finding: Finding
    found: Found


class Tied(NamedTuple):
    """``findings`` in the order for people: each root, the worst first, and right after it what it causes; ``ignored`` likewise."""

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...]


def tie(judged: Sequence[Judged], ignored: Collection[str] = ()) -> Tied:
    """``ignored`` are the keys of findings that are left out.

    One that is left out stays the root of what it causes, where nothing else explains that: its symptom is told, with the root's
    cause and remedy and no graver than the root, which somebody has looked at. For itself it would be another root, with a remedy
    that does not help.
    """
    judged = _with_followers_tied(_with_drift_tied(_with_overruled_tied(_with_site_barred(judged, ignored), ignored)))
    roots = [one for one in judged if one.found.shows is None]
    breaking: dict[Part, list[Judged]] = {}
    for one in sorted(roots, key=lambda one: (one.finding.key in ignored, SEVERITIES.index(one.finding.severity))):
        for part in one.found.breaks:
            breaking.setdefault(part, []).append(one)
    threads: dict[Part, Finding] = {}
    tied: list[Finding] = [one.finding for one in roots]
    for one in judged:
        shown = one.found.shows
        if shown is None:
            continue
        told, finding = threads.get(shown), one.finding
        if not finding.caused_by:
            candidates = breaking.get(shown, ())
            cause = _root_of(told, ignored) if told else _cause(one, candidates)
            finding = replace(finding, caused_by=cause, remedy=_remedy(one, candidates))
        threads.setdefault(shown, finding)
        tied.append(finding)
    left_out = {one.key: one for one in tied if one.key in ignored}
    kept = [
        _of_ignored(one, left_out[one.caused_by]) if one.caused_by in left_out else one for one in tied if one.key not in ignored
    ]
    stopped = {one.finding.key for one in judged if one.found.is_stopped}
    overruling = {one.finding.key for one in judged if one.found.overrules}
    return Tied(tuple(_ordered(kept, stopped, overruling)), tuple(left_out.values()))


def _root_of(symptom: Finding, ignored: Collection[str]) -> str:
    """What another symptom of the same thread is tied to; to this one where its own root is not told."""
    return symptom.caused_by if symptom.caused_by not in ("", *ignored) else symptom.key


def _of_ignored(symptom: Finding, root: Finding) -> Finding:
    severity = max(symptom.severity, root.severity, key=SEVERITIES.index)
    cause = f"{root.rule} on {root.host}, which is ignored: {root.cause}"
    return replace(symptom, severity=severity, cause=cause, remedy=root.remedy)


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


def _with_followers_tied(judged: Sequence[Judged]) -> list[Judged]:
    """What only comes of another finding on its host or one of its peers is no root; the worst of several is its cause."""
    by_place: dict[tuple[str, str], list[Finding]] = {}
    for one in sorted(judged, key=lambda one: SEVERITIES.index(one.finding.severity)):
        by_place.setdefault((one.finding.rule, one.finding.host), []).append(one.finding)
    return [
        Judged(replace(one.finding, caused_by=one.finding.caused_by or _leading(one, by_place)), one.found)
        if one.found.follows
        else one
        for one in judged
    ]


def _with_site_barred(judged: Sequence[Judged], ignored: Collection[str]) -> list[Judged]:
    """A run of site is no way out where it refuses, as long as another finding is not settled."""
    before = {host: one.finding for one in judged if one.finding.key not in ignored for host in one.found.bars_site}
    return [
        Judged(replace(one.finding, remedy=f"{_first(blocking)} Before, site refuses. {one.finding.remedy}"), one.found)
        if (blocking := before.get(one.finding.host)) and blocking.rule != one.finding.rule and _SITE in one.finding.remedy
        else one
        for one in judged
    ]


def _with_overruled_tied(judged: Sequence[Judged], ignored: Collection[str]) -> list[Judged]:
    """What another finding overrules comes with it, and is not mended before it; one that is ignored puts nothing in doubt."""
    causes = {overruled: one.finding for one in judged if one.finding.key not in ignored for overruled in one.found.overrules}
    return [
        Judged(
            replace(one.finding, caused_by=cause.key, remedy=_first(cause)),
            replace(one.found, breaks=()),
        )
        if (cause := causes.get((one.finding.rule, one.finding.host))) and cause.key != one.finding.key
        else one
        for one in judged
    ]


def _first(cause: Finding) -> str:
    return f"First settle {cause.rule} on {cause.host}."


def _leading(follower: Judged, by_place: Mapping[tuple[str, str], Sequence[Finding]]) -> str:
    places = [(rule, host) for rule in follower.found.follows for host in (follower.found.host, *follower.found.peers)]
    first = next((one for place in places for one in by_place.get(place, ())), None)
    return (first.caused_by or first.key) if first else ""


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
    keys = {finding.key for finding in findings}
    # A root that bites already stands before one that is as bad and still waits; what somebody stopped runs again at a word, and
    # stands after what would stop it again. What puts other remedies in doubt is read before them.
    roots = sorted(
        (finding for finding in findings if finding.caused_by not in keys),
        key=lambda one: (SEVERITIES.index(one.severity), one.key not in overruling, one.key in stopped, one.key not in effects),
    )
    return [one for root in roots for one in (root, *effects.get(root.key, ()))]
