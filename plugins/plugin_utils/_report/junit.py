# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as JUnit XML: a suite for each group of rules, a test case for each rule, so that a CI shows rules as tests."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, Finding, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Rule
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.unjudged import unjudged
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable

_MOST_REASONS = 10


def render(audit: Audit) -> str:
    """The document. A finding of medium severity or above is a failure; a smaller one is told in the test's output.

    A rule without a finding is passed only if it has seen all that it looks at, and nothing of it is ignored; else it is skipped.
    """
    by_rule: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    suites = []
    for about, rules in audit.judgement.groups:
        untold = {rule.id: _untold(audit, rule) for rule in rules if rule.id not in by_rule}
        cases = [line for rule in rules for line in _case(rule, by_rule.get(rule.id, ()), untold.get(rule.id, ""))]
        counts = {
            "tests": len(rules),
            "failures": sum(_fails(by_rule.get(rule.id, ())) for rule in rules),
            "skipped": sum(map(bool, untold.values())),
        }
        counted = " ".join(f"{name}={quoteattr(str(count))}" for name, count in counts.items())
        head = f"  <testsuite name={quoteattr(about.partition(':')[0])} {counted}"
        suites += [f"{head} timestamp={quoteattr(audit.taken.rstrip('Z'))}>", *cases, "  </testsuite>"]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


def _fails(findings: Iterable[Finding]) -> bool:
    return any(at_least(finding.severity, MEDIUM) for finding in findings)


def _untold(audit: Audit, rule: Rule) -> str:
    """Why a rule that found nothing has not passed; empty where it has."""
    ignored: dict[str, set[str]] = {}
    for one in audit.judgement.exempt:
        if one.finding.rule == rule.id:
            ignored.setdefault(one.exemption.why, set()).add(one.finding.host)
    parts = [f"ignored on {', '.join(sorted(hosts))}: {why}" for why, hosts in ignored.items()]
    parts += [f"not judged on {one}" for one in dict.fromkeys(unjudged(rule, audit.topology))]
    more = f"; and {len(parts) - _MOST_REASONS} more" if len(parts) > _MOST_REASONS else ""
    return "; ".join(parts[:_MOST_REASONS]) + more


def _case(rule: Rule, findings: Iterable[Finding], untold: str) -> list[str]:
    ones = list(findings)
    head = f"    <testcase classname={quoteattr(rule.group)} name={quoteattr(f'{rule.id}: {rule.title}')}"
    if untold:
        return [f"{head}>", f"      <skipped message={quoteattr(printable(untold))}/>", "    </testcase>"]
    if not ones:
        return [f"{head}/>"]
    worst = ones[0]
    body = "\n".join(_told(finding) for finding in ones)
    if not _fails(ones):
        return [f"{head}>", f"      <system-out>{escape(body)}</system-out>", "    </testcase>"]
    message = f"{worst.severity}: {printable(worst.host)}: {printable(worst.evidence)}"
    return [
        f"{head}>",
        f"      <failure type={quoteattr(worst.severity)} message={quoteattr(message)}>{escape(body)}</failure>",
        "    </testcase>",
    ]


def _told(finding: Finding) -> str:
    caused = f"; caused by {printable(finding.caused_by)}" if finding.caused_by else ""
    return (
        f"{finding.severity} on {printable(finding.host)}: {printable(finding.evidence)}; cause: {printable(finding.cause)};"
        f" remedy: {printable(finding.remedy)}{caused}"
    )
