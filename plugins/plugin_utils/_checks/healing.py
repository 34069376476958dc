# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which findings may be mended without a person, by which part of ``site`` on which host, and when it is time to give up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import refuse_unknown
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.kinds import kind_of

SETTINGS = "settings"
ACCOUNT = "account"
CHANNEL = "channel"

#: Causes that ``site`` mends without losing a row or taking a server away, and the part of it that does. What somebody may have
#: changed for a reason that the inventory does not know (a password, a channel's source) is not here, nor what needs a restart.
SAFE: Mapping[str, str] = {
    "account.exists": ACCOUNT,
    "account.locked": ACCOUNT,
    "account.password_expired": ACCOUNT,
    "account.plugin_usable": ACCOUNT,
    "account.replication_privilege": ACCOUNT,
    "account.tls_requirement": ACCOUNT,
    "durability.sync_binlog": SETTINGS,
    "durability.trx_commit": SETTINGS,
    "replica.read_only": SETTINGS,
    "replica.super_read_only": SETTINGS,
    "health.receiver": CHANNEL,
    "health.applier": CHANNEL,
}
_THREADS = ("health.receiver", "health.applier")
_MOVED = "topo.inventory_roles"
_MADE_READ_ONLY = ("replica.read_only", "replica.super_read_only")

#: Seconds to leave a cause alone after each attempt to mend it; after the last one it is left to people.
PAUSES = (300, 900, 2700)
#: Seconds after which an attempt is forgotten.
MEMORY = 24 * 3600


@dataclass(frozen=True)
class Attempt:
    """One attempt to mend a cause; ``at`` in seconds since the epoch."""

    rule: str
    host: str
    at: float


@dataclass(frozen=True)
class Cause:
    """A root finding, and the part of ``site`` that mends it."""

    rule: str
    host: str
    part: str


@dataclass(frozen=True)
class Left:
    """A root finding that is left to people, and why. ``safe``: its rule is one that may be mended without a person."""

    rule: str
    host: str
    reason: str
    safe: bool


@dataclass(frozen=True)
class Decision:
    """What to mend now, and what not. ``parts`` are those of ``site`` that do it, by host; no other host is touched."""

    causes: tuple[Cause, ...]
    left: tuple[Left, ...]
    parts: Mapping[str, list[str]]


def allowed_from(given: Mapping[str, Any], ids: Sequence[str]) -> dict[str, list[str]]:
    """The patterns of rule ids by host that people write as ``mysql_replication_heal``. Raises :class:`Refusal`."""
    for host, patterns in given.items():
        where = f"mysql_replication_heal of {host}"
        if not isinstance(patterns, list):
            raise Refusal(f"{where} is {kind_of(patterns)}", "give a list of rule ids or patterns, [] for none")
        for pattern in patterns:
            refuse_unknown(str(pattern), where, ids)
    return {host: list(map(str, patterns)) for host, patterns in given.items()}


def decide(
    findings: Sequence[Mapping[str, Any]], allowed: Mapping[str, Sequence[str]], attempts: Sequence[Attempt], now: float
) -> Decision:
    """Sorts the roots among an audit's findings, and what would be safe if it were not for a primary that somebody moved.

    ``allowed`` is what :func:`allowed_from` gives.
    """
    moved = {finding["key"] for finding in findings if finding["rule"] == _MOVED}
    # Two accounts of one host may be locked: that is one cause to mend, and one attempt.
    roots = list(
        dict.fromkeys(
            (str(finding["rule"]), str(finding["host"]))
            for finding in findings
            if not finding.get("caused_by") or (finding["caused_by"] in moved and finding["rule"] in SAFE)
        )
    )
    reasons = {(rule, host): _reason(rule, host, findings, allowed.get(host, ()), attempts, now) for rule, host in roots}
    reasons.update(_held(reasons))
    causes = [Cause(rule, host, SAFE[rule]) for rule, host in roots if not reasons[rule, host]]
    left = [Left(rule, host, reasons[rule, host], rule in SAFE) for rule, host in roots if reasons[rule, host]]
    stopped = {one.host for one in left if one.rule in _THREADS}
    return Decision(tuple(causes), tuple(left), _parts(causes, findings, stopped))


def _held(reasons: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    """The part of ``site`` that starts one thread of a channel starts both: one that is left keeps the other one stopped."""
    return {
        (rule, host): f"its start would be that of the other thread too, and {other} is left"
        for rule, other in (_THREADS, _THREADS[::-1])
        for host in {host for one, host in reasons if one == rule}
        if not reasons[rule, host] and reasons.get((other, host))
    }


def _parts(causes: Sequence[Cause], findings: Iterable[Mapping[str, Any]], stopped: Collection[str]) -> dict[str, list[str]]:
    """The cause's part on its host, and the channel where a thread stopped for it: not after every error it tries again.

    ``stopped``: hosts with a thread that is left.
    """
    mended = {(cause.rule, cause.host) for cause in causes}
    keys = {finding["key"] for finding in findings if (finding["rule"], finding["host"]) in mended}
    wanted = {(cause.host, cause.part) for cause in causes}
    wanted |= {
        (one["host"], CHANNEL)
        for one in findings
        if one["rule"] in _THREADS and one.get("caused_by") in keys and one["host"] not in stopped
    }
    order = (SETTINGS, ACCOUNT, CHANNEL)
    return {host: [part for part in order if (host, part) in wanted] for host in sorted({host for host, _part in wanted})}


def remembered(attempts: Iterable[Attempt], now: float) -> list[Attempt]:
    """The attempts that still count. One in time to come was made before the clock was put back: it counts as of now."""
    return [replace(attempt, at=min(attempt.at, now)) for attempt in attempts if now - attempt.at < MEMORY]


def _reason(
    rule: str, host: str, findings: Sequence[Mapping[str, Any]], allowed: Sequence[str], attempts: Sequence[Attempt], now: float
) -> str:
    """Why a finding is left to people; empty for none. The topology comes first: what is allowed is the inventory's to say."""
    if rule not in SAFE:
        return "it is not marked safe to mend without a person"
    return "; ".join(filter(None, (_promoted(rule, host, findings), _objection(rule, host, allowed, attempts, now))))


def _promoted(rule: str, host: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """Where the roles may no longer be the inventory's, after a switchover by hand: mended, no server might take writes."""
    found = {(one["rule"], one["host"]) for one in findings if not one.get("caused_by")}
    if any(one == _MOVED for one, _host in found):
        return f"the inventory's primary may not be the primary any more ({_MOVED})"
    if any(one == "primary.not_replicating" for one, _host in found):
        return "the inventory's primary follows another server: see whether the inventory is right"
    if ("replica.channel_set", host) in found:
        return f"{host} has no channel: it may have been made the primary"
    if rule in _MADE_READ_ONLY and ("health.receiver", host) in found:
        return f"the channel of {host} does not run: it may be on its way to be the primary"
    return ""


def _objection(rule: str, host: str, allowed: Sequence[str], attempts: Sequence[Attempt], now: float) -> str:
    if not any(fnmatchcase(rule, pattern) for pattern in allowed):
        return "mysql_replication_heal does not allow it"
    times = sorted(attempt.at for attempt in remembered(attempts, now) if (attempt.rule, attempt.host) == (rule, host))
    if len(times) > len(PAUSES):
        return f"it came back after {len(times)} attempts within a day: see who undoes them"
    wait = times[-1] + PAUSES[len(times) - 1] - now if times else 0
    return f"it was mended before: the next attempt is in {wait:.0f} s" if wait > 0 else ""
