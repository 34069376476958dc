# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One audit, ready to be reported: what was judged, what was found, and what has changed since the run before."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, SEVERITIES, Finding, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Judgement
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import OutsideChange
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology

NEVER = "never"


class Run(NamedTuple):
    """One run of an audit: when, as ISO 8601 in UTC, and its root findings by severity."""

    taken: str
    counts: Mapping[str, int]


class Outside(NamedTuple):
    """What was changed since the audit before, and not by this collection; without a change log what it did is among it.

    ``hosts`` are those that both audits have read. ``is_kept``: a change log takes the changes, or the next audit tells them again.
    """

    since: str
    has_change_log: bool
    hosts: Sequence[str]
    changes: Sequence[OutsideChange]
    is_kept: bool = True


@dataclass(frozen=True)
class Audit:
    """``since`` is when each finding was first seen, by key, as ISO 8601; ``gone`` are those of the run before that are not there
    any more. Both are empty where there was no run before. ``unseen`` are those of which nobody can tell: their servers could not
    be read now, or were left out, and ``inventory`` still has them. ``earlier`` are runs that are kept, the oldest first.
    ``outside`` is ``None`` where there is nothing to tell it from."""

    topology: Topology
    judgement: Judgement
    since: Mapping[str, str] = field(default_factory=dict)
    gone: Sequence[Mapping[str, str]] = ()
    unseen: Sequence[Mapping[str, str]] = ()
    inventory: Collection[str] = ()
    has_predecessor: bool = False
    earlier: Sequence[Run] = ()
    outside: Outside | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order for people."""
        return self.judgement.findings

    @property
    def roots(self) -> tuple[Finding, ...]:
        """Findings that are no symptom of another; one whose root is ignored stands for itself."""
        keys = {finding.key for finding in self.findings}
        return tuple(finding for finding in self.findings if finding.caused_by not in keys)

    @property
    def counts(self) -> dict[str, int]:
        """Findings by severity, symptoms too."""
        return {severity: sum(finding.severity == severity for finding in self.findings) for severity in SEVERITIES}

    @property
    def runs(self) -> tuple[Run, ...]:
        """Those that are kept, and this one."""
        return (*self.earlier, Run(self.taken, self.root_counts))

    @property
    def root_counts(self) -> dict[str, int]:
        """Findings by severity, without symptoms."""
        return {severity: sum(root.severity == severity for root in self.roots) for severity in SEVERITIES}

    @property
    def taken(self) -> str:
        """When it was judged, as ISO 8601 in UTC."""
        return stamp(self.topology.now)

    @property
    def doubts(self) -> list[str]:
        """What is gone from the findings, and may have left other rows behind: nothing else would tell of them."""
        marked = {rule.id for _about, rules in self.judgement.groups for rule in rules if rule.rows_differ}
        return [
            f"{one['rule']} is gone from {one['host']}, and the rows that it told of may still differ: if they were not copied"
            " anew, run the playbook verify_data"
            for one in self.gone
            if one["rule"] in marked
        ]

    def exceeding(self, limit: str) -> tuple[Finding, ...]:
        """The findings that are as bad as the limit, or worse; none for ``never``."""
        return () if limit == NEVER else tuple(finding for finding in self.findings if at_least(finding.severity, limit))

    def trouble(self, *links: Link) -> Finding | None:
        """The worst finding about these channels, if it is so bad that none of them should be taken for sound."""
        found = [self.judgement.channels.get((link.replica.name, link.channel.name)) for link in links]
        grave = [one for one in found if one and at_least(one.severity, MEDIUM)]
        return min(grave, key=lambda one: SEVERITIES.index(one.severity), default=None)

    def effects(self, root: Finding) -> tuple[Finding, ...]:
        """The symptoms of a root."""
        return tuple(finding for finding in self.findings if finding.caused_by == root.key)

    def is_new(self, finding: Finding) -> bool:
        """Whether the run before did not have it; nothing is new on the first run."""
        return self.has_predecessor and self.since.get(finding.key) == self.taken


def stamp(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
