# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people may say about rules, and what they get back for what makes no sense."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ThreadFacts
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import judge, policy_from

DELAY = {"rule": "replica.delay", "host": "replica", "reason": "on purpose"}


def judged(pair, *ignore, **severities):
    return judge(pair.topology(), policy_from(list(ignore), {name.replace("__", "."): one for name, one in severities.items()}))


def test_an_exempt_finding_is_left_out_and_told_apart(mysql):
    judgement = judged(mysql.channel(delay=9), DELAY)
    assert "replica.delay" not in [one.rule for one in judgement.findings]
    assert [one.finding.rule for one in judgement.exempt] == ["replica.delay"]


def test_patterns_cover_groups_and_hosts(mysql):
    judgement = judged(mysql.channel(delay=9), {"rule": "replica.*", "host": "rep*", "reason": "practice"})
    assert [one.finding.rule for one in judgement.exempt] == ["replica.delay"]
    assert not judged(mysql.channel(delay=9), {**DELAY, "host": "elsewhere"}).exempt


LOCKED = {"rule": "account.locked", "reason": "until the move"}


def test_an_ignored_root_stays_the_root_of_what_it_causes(mysql):
    broken = mysql.refused(3118).account(locked=True).channel(receiver=ThreadFacts("connecting", 3118, "locked"), lag=None)
    root = judged(broken).findings[0]
    assert root.rule == "account.locked"
    symptom, lag, *_others = judged(broken, LOCKED).findings
    assert (symptom.rule, symptom.caused_by, symptom.remedy) == ("health.receiver", root.key, root.remedy)
    assert symptom.cause.startswith("account.locked on primary, which is ignored: ")
    assert (lag.rule, lag.caused_by) == ("health.lag_unknown", symptom.key)
    assert [one.finding.key for one in judged(broken, LOCKED).exempt] == [root.key]


def test_what_an_ignored_root_causes_is_no_graver_than_that(mysql):
    broken = mysql.refused(3118).account(locked=True).channel(receiver=ThreadFacts("connecting", 3118, "locked"))
    assert judged(broken, LOCKED, account__locked="medium").findings[0].severity == "medium"


def test_a_symptom_that_is_ignored_passes_its_root_on(mysql):
    broken = mysql.refused(3118).account(locked=True).channel(receiver=ThreadFacts("connecting", 3118, "locked"), lag=None)
    root, lag, *_others = judged(broken, {"rule": "health.receiver", "reason": "known"}).findings
    assert (root.rule, lag.rule, lag.caused_by) == ("account.locked", "health.lag_unknown", root.key)


def test_another_root_goes_before_an_ignored_one(mysql):
    broken = mysql.refused(1045).account(privileges=()).channel(receiver=ThreadFacts("connecting", 1045, "denied"))
    findings = judged(broken, {"rule": "account.replication_privilege", "reason": "known"}).findings
    assert [(one.rule, one.caused_by) for one in findings[:2]] == [
        ("account.password", ""),
        ("health.receiver", findings[0].key),
    ]


def test_an_exemption_holds_through_its_last_day(mysql):
    pair = mysql.channel(delay=9)
    today = datetime.datetime.fromtimestamp(pair.topology().now, datetime.UTC).date()
    (exempt,) = judged(pair, {**DELAY, "until": str(today)}, {**DELAY, "reason": "a later entry"}).exempt
    assert exempt.exemption.why == f"on purpose, until {today}"
    assert (exempt.describe()["reason"], exempt.describe()["until"]) == ("on purpose", str(today))
    late = judged(pair, {**DELAY, "until": today - datetime.timedelta(days=1)})
    assert not late.exempt
    assert late.expired == (f"replica.delay on replica until {today - datetime.timedelta(days=1)}",)


def test_an_exemption_of_a_host_that_there_is_not_is_said(mysql):
    entries = [{"rule": "replica.*", "host": host, "reason": "x"} for host in ("db9*", "replica")]
    assert judge(mysql.topology(), policy_from(entries, {})).aimless == ("replica.* on db9*",)


def test_severities_are_overridden(mysql):
    findings = judged(mysql.channel(delay=9), replica__delay="info").findings
    assert next(one.severity for one in findings if one.rule == "replica.delay") == "info"


@pytest.mark.parametrize(
    ("ignore", "severities", "words"),
    [
        ([{"rule": "replica.dely", "reason": "x"}], {}, ("replica.dely", "did you mean replica.delay")),
        ([], {"no.such.rule": "low"}, ("severities: there is no rule 'no.such.rule'", "\nWay out: docs/rules.md lists all rules")),
        ([{"rule": "replica.delay"}], {}, ("no reason",)),
        ([{"rule": "replica.delay", "reason": " "}], {}, ("no reason",)),
        ([{**DELAY, "untill": "2027-01-01"}], {}, ("untill", "until")),
        ([{**DELAY, "until": "tomorrow"}], {}, ("tomorrow", "YYYY-MM-DD")),
        (["replica.delay"], {}, ("entry 1", "dictionary")),
        ("replica.delay", {}, ("ignore is a string",)),
        ([], {"replica.delay": "grave"}, ("grave", "critical, high")),
        ([], {"nothing": "high"}, ("'nothing'",)),
        ([], [], ("severities is a list",)),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_way_out(ignore, severities, words):
    with pytest.raises(Refusal) as refused:
        policy_from(ignore, severities)
    assert [word for word in words if word not in str(refused.value)] == []
