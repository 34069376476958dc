# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges a topology by all rules: pure, so it works on live servers and on saved snapshots alike."""

from __future__ import annotations

import datetime
import difflib
import fnmatch
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import GROUPS, Group
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.kinds import kind_of
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rule
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.ties import Judged, tie
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.worst import worst_of_channels

_KEYS = ("rule", "host", "reason", "until")


@dataclass(frozen=True)
class Exemption:
    """A rule that is not to be judged on a host (both may be patterns), for a reason, until the end of a day."""

    rule: str
    host: str
    reason: str
    until: datetime.date | None

    def covers(self, finding: Finding, today: datetime.date) -> bool:
        """Whether the finding is exempt today."""
        in_time = self.until is None or today <= self.until
        return in_time and fnmatch.fnmatchcase(finding.rule, self.rule) and fnmatch.fnmatchcase(finding.host, self.host)

    def names_one_of(self, hosts: Iterable[str]) -> bool:
        """Whether there is a host that it could be about."""
        return any(fnmatch.fnmatchcase(host, self.host) for host in hosts)

    @property
    def why(self) -> str:
        """Its reason, and how long it holds."""
        return self.reason + (f", until {self.until}" if self.until else "")

    def __str__(self) -> str:
        return f"{self.rule} on {self.host}" + (f" until {self.until}" if self.until else "")


@dataclass(frozen=True)
class Exempt:
    """A finding that is left out, and the first exemption that covers it."""

    finding: Finding
    exemption: Exemption

    def describe(self) -> dict[str, Any]:
        """As plain values; ``until`` is empty for one without an end."""
        return {**self.finding.describe(), "reason": self.exemption.reason, "until": str(self.exemption.until or "")}


@dataclass(frozen=True)
class Policy:
    """What the user makes of the rules: exemptions, and other severities by rule."""

    exemptions: tuple[Exemption, ...] = ()
    severities: Mapping[str, str] | None = None

    def covering(self, finding: Finding, today: datetime.date) -> Exemption | None:
        """The first exemption that covers a finding today."""
        return next((one for one in self.exemptions if one.covers(finding, today)), None)


@dataclass(frozen=True)
class Judgement:
    """``findings`` in the order for people; ``exempt`` are those that the policy leaves out, which may be the roots of others.
    ``expired`` exemptions and ``aimless`` ones, which name a host that there is not, are in words.

    ``groups`` are the rules that were asked. ``channels`` has the worst finding about each channel, by replica and channel.
    """

    findings: tuple[Finding, ...]
    exempt: tuple[Exempt, ...]
    expired: tuple[str, ...]
    groups: tuple[Group, ...] = GROUPS
    channels: Mapping[tuple[str, str], Finding] = field(default_factory=dict)
    aimless: tuple[str, ...] = ()


def policy_from(ignore: object, severities: object, groups: Sequence[Group] = GROUPS) -> Policy:
    """The policy out of what people write. Raises :class:`Refusal` that says which entry is wrong, and how."""
    ids = [rule.id for _about, rules in groups for rule in rules]
    if not isinstance(ignore, (list, tuple)):
        raise _bad("ignore", "a list of entries with rule, host, reason and until", ignore)
    if not isinstance(severities, Mapping):
        raise _bad("severities", "a dictionary of rule and severity", severities)
    for rule, severity in severities.items():
        refuse_unknown(str(rule), "severities", ids)
        if severity not in SEVERITIES:
            raise Refusal(f"severities: {rule} cannot be {severity!r}", f"give one of {', '.join(SEVERITIES)}")
    return Policy(tuple(_exemption(index, entry, ids) for index, entry in enumerate(ignore, start=1)), dict(severities))


def judge(topology: Topology, policy: Policy, groups: tuple[Group, ...] = GROUPS) -> Judgement:
    """All findings, tied to their roots."""
    today = datetime.date(*time.gmtime(topology.now)[:3])
    hosts = [*topology.by_name, *(one.host for one in topology.unreadable)]
    judged = list(_judged(topology, policy.severities or {}, groups))
    exempt = {one.finding.key: covering for one in judged if (covering := policy.covering(one.finding, today))}
    tied = tie(judged, exempt)
    kept = {finding.key: finding for finding in tied.findings}
    return Judgement(
        findings=tied.findings,
        exempt=tuple(Exempt(finding, exempt[finding.key]) for finding in tied.ignored),
        expired=tuple(str(one) for one in policy.exemptions if one.until is not None and today > one.until),
        aimless=tuple(str(one) for one in policy.exemptions if not one.names_one_of(hosts)),
        groups=groups,
        channels=worst_of_channels(Judged(kept[key], one.found) for one in judged if (key := one.finding.key) in kept),
    )


def _judged(topology: Topology, severities: Mapping[str, str], groups: Sequence[Group]) -> Iterable[Judged]:
    for rule in (rule for _about, rules in groups for rule in rules):
        for found in rule.judge(topology):
            yield Judged(_finding(rule, found, severities.get(rule.id, "")), found)


def _finding(rule: Rule, found: Found, severity: str) -> Finding:
    return Finding(
        rule=rule.id,
        severity=severity or found.severity or rule.severity,
        host=found.host,
        title=found.title or rule.title,
        evidence=found.evidence,
        cause=found.cause or rule.reason,
        remedy=found.remedy or rule.remedy,
        peers=found.peers,
        key=f"{rule.id}@{found.host}" + (f"/{found.subject}" if found.subject else ""),
    )


def _exemption(index: int, entry: Any, ids: Sequence[str]) -> Exemption:
    where = f"ignore, entry {index}"
    if not isinstance(entry, Mapping) or "rule" not in entry:
        raise _bad(where, "a dictionary with rule, and host, reason, until", entry)
    unknown = sorted(set(map(str, entry)) - set(_KEYS))
    if unknown:
        raise Refusal(f"{where} has {', '.join(unknown)}, which means nothing", f"it takes {', '.join(_KEYS)}")
    if not str(entry.get("reason") or "").strip():
        raise Refusal(f"{where} ({entry['rule']}) gives no reason", "say with reason why this is right on that host")
    refuse_unknown(str(entry["rule"]), where, ids)
    return Exemption(str(entry["rule"]), str(entry.get("host") or "*"), str(entry["reason"]), _day(where, entry.get("until")))


def refuse_unknown(pattern: str, where: str, ids: Sequence[str]) -> None:
    """Raises :class:`Refusal` for a pattern that no rule's id matches."""
    if any(fnmatch.fnmatchcase(rule, pattern) for rule in ids):
        return
    near = difflib.get_close_matches(pattern, ids, n=3, cutoff=0.75)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise Refusal(f"{where}: there is no rule {pattern!r}", f"{hint}docs/rules.md lists all rules")


def _day(where: str, value: object) -> datetime.date | None:
    if value in (None, ""):
        return None
    try:
        return datetime.date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Refusal(f"{where}: until is {str(value)!r}, which is no date", "give the last day as YYYY-MM-DD") from None


def _bad(where: str, wanted: str, value: object) -> Refusal:
    return Refusal(f"{where} is {kind_of(value)}", f"give {wanted}")
