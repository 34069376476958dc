# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What heals by itself: only what is safe and allowed, never a symptom, never in a loop."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.healing import (
    MEMORY,
    PAUSES,
    SAFE,
    Attempt,
    allowed_from,
    decide,
    remembered,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_795_600_000.0
EVERYTHING = {"db1": ["*"], "db2": ["*"]}


class Tagged(str):
    """As Ansible hands strings on, which know where they stand."""


def finding(rule, host="db1", caused_by=""):
    return {"rule": rule, "host": host, "caused_by": caused_by, "key": f"{rule}@{host}"}


def attempts(*ages, rule="account.locked", host="db1"):
    return [Attempt(rule, host, NOW - age) for age in ages]


def test_every_safe_cause_is_a_rule():
    assert set(SAFE) <= set(BY_ID)


@pytest.mark.parametrize(
    ("rule", "part"),
    [("account.locked", "account"), ("replica.read_only", "settings"), ("health.applier", "channel")],
)
def test_what_is_safe_and_allowed_is_mended_where_it_is(rule, part):
    decision = decide([finding(rule)], EVERYTHING, [], NOW)
    assert [cause.rule for cause in decision.causes] == [rule]
    assert decision.parts == {"db1": [part]}
    assert decision.left == ()


def test_a_thread_that_stopped_for_it_is_started_and_no_other():
    """db3 was stopped by somebody, who did not allow to start it."""
    stopped = [finding("health.receiver", "db2", caused_by="account.locked@db1"), finding("health.receiver", "db3")]
    decision = decide([finding("account.locked"), *stopped], EVERYTHING, [], NOW)
    assert decision.parts == {"db1": ["account"], "db2": ["channel"]}
    assert [one.host for one in decision.left] == ["db3"]


@pytest.mark.parametrize("rule", ["health.receiver", "health.applier"])
def test_a_thread_that_is_left_is_not_started_with_the_other_one(rule):
    """The part of site for channels starts both."""
    (other,) = {"health.receiver", "health.applier"} - {rule}
    both = [finding("health.receiver"), finding("health.applier")]
    not_allowed = decide(both, {"db1": [rule]}, [], NOW)
    in_back_off = decide(both, EVERYTHING, attempts(10, rule=other), NOW)
    for decision in (not_allowed, in_back_off):
        assert (decision.causes, decision.parts) == ((), {})
        assert next(one.reason for one in decision.left if one.rule == rule).endswith(f"and {other} is left")
    assert decide([finding(rule)], {"db1": [rule]}, [], NOW).parts == {"db1": ["channel"]}


def test_a_cause_is_mended_without_the_thread_that_somebody_else_stopped_beside_it():
    found = [finding("account.locked"), finding("health.receiver", "db2", caused_by="account.locked@db1")]
    decision = decide([*found, finding("health.applier", "db2")], {"db1": ["*"]}, [], NOW)
    assert decision.parts == {"db1": ["account"]}


def test_a_cause_on_a_server_with_a_thread_that_is_left_has_the_others_started():
    """A replica that is a source for others."""
    found = [finding("account.locked"), finding("health.applier"), finding("health.receiver", "db2", "account.locked@db1")]
    decision = decide(found, {"db1": ["account.*"]}, [], NOW)
    assert decision.parts == {"db1": ["account"], "db2": ["channel"]}


@pytest.mark.parametrize(
    ("rule", "beside", "words"),
    [
        ("replica.read_only", finding("primary.not_replicating", "db2"), "see whether the inventory is right"),
        ("account.locked", finding("primary.not_replicating", "db2"), "see whether the inventory is right"),
        ("replica.read_only", finding("replica.channel_set"), "db1 has no channel"),
        ("replica.super_read_only", finding("health.receiver"), "the channel of db1 does not run"),
        ("account.locked", finding("topo.inventory_roles", "db2"), "may not be the primary any more"),
    ],
)
def test_a_server_that_may_have_been_made_the_primary_is_left_to_people(rule, beside, words):
    decision = decide([finding(rule), beside], EVERYTHING, [], NOW)
    assert rule not in [cause.rule for cause in decision.causes]
    assert words in next(one.reason for one in decision.left if one.rule == rule)


@pytest.mark.parametrize(
    "beside", [finding("health.receiver", "db2"), finding("health.receiver", caused_by="account.locked@db2"), finding("net.bind")]
)
def test_a_replica_that_follows_is_made_read_only(beside):
    assert decide([finding("replica.read_only"), beside], EVERYTHING, [], NOW).parts.get("db1") == ["settings"]


def test_several_parts_of_one_host_are_in_the_order_of_site():
    found = [finding("health.applier"), finding("account.exists"), finding("durability.sync_binlog")]
    assert decide(found, EVERYTHING, [], NOW).parts == {"db1": ["settings", "account", "channel"]}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"db1": "account.*"}, ("mysql_replication_heal of db1 is a string", "give a list")),
        ({"db1": Tagged("account.*")}, ("mysql_replication_heal of db1 is a string",)),
        ({"db1": {"account": True}}, ("mysql_replication_heal of db1 is a dictionary",)),
        ({"db1": 1}, ("mysql_replication_heal of db1 is a number",)),
        ({"db1": [], "db2": ["acount.locked"]}, ("mysql_replication_heal of db2", "acount.locked", "account.locked")),
    ],
)
def test_what_allows_nothing_that_there_is_is_refused(given, words):
    with pytest.raises(Refusal) as refused:
        allowed_from(given, list(BY_ID))
    assert all(word in str(refused.value) for word in words)


def test_patterns_are_allowed():
    assert allowed_from({"db1": ["account.*"], "db2": []}, list(BY_ID)) == {"db1": ["account.*"], "db2": []}


@pytest.mark.parametrize("rule", sorted(set(BY_ID) - set(SAFE)))
def test_nothing_else_is(rule):
    decision = decide([finding(rule)], EVERYTHING, [], NOW)
    assert (decision.causes, decision.parts) == ((), {})
    assert "not marked safe" in decision.left[0].reason


@pytest.mark.parametrize("allowed", [{}, {"db1": []}, {"db1": ["durability.*"]}, {"db2": ["*"]}])
def test_nothing_is_that_the_host_does_not_allow(allowed):
    decision = decide([finding("account.locked")], allowed, [], NOW)
    assert decision.causes == ()
    assert "mysql_replication_heal" in decision.left[0].reason


def test_a_symptom_is_left_to_its_root():
    symptom = finding("health.receiver", "db2", caused_by="net.source_down@db1")
    decision = decide([finding("net.source_down"), symptom], EVERYTHING, [], NOW)
    assert decision.causes == ()
    assert [one.rule for one in decision.left] == ["net.source_down"]


@pytest.mark.parametrize(
    ("allowed", "more"), [(EVERYTHING, ""), ({"db1": []}, "; mysql_replication_heal does not allow it")], ids=["allowed", "not"]
)
@pytest.mark.parametrize("caused_by", ["topo.inventory_roles@db2", ""])
def test_what_the_topology_puts_in_doubt_is_left_with_that_as_its_first_reason(allowed, more, caused_by):
    """After a failover by hand the promoted replica's read_only is no root of its own, and nothing else is told of it."""
    found = [finding("topo.inventory_roles", "db2"), finding("replica.read_only", caused_by=caused_by)]
    others = [finding("gtid.errant", caused_by="topo.inventory_roles@db2"), finding("health.applier", caused_by="net.bind@db2")]
    decision = decide([*found, *others], allowed, [], NOW)
    assert (decision.causes, decision.parts) == ((), {})
    (safe,) = [one for one in decision.left if one.safe]
    assert (safe.rule, safe.host) == ("replica.read_only", "db1")
    assert safe.reason == f"the inventory's primary may not be the primary any more (topo.inventory_roles){more}"
    assert {one.rule for one in decision.left} == {"topo.inventory_roles", "replica.read_only"}


@pytest.mark.parametrize(
    ("ages", "mended"),
    [
        ((), True),
        ((PAUSES[0] - 1,), False),
        ((PAUSES[0] + 1,), True),
        ((2000, PAUSES[1] - 1), False),
        ((2000, PAUSES[1] + 1), True),
        ((9000, 8000, PAUSES[2] - 1), False),
        ((9000, 8000, PAUSES[2] + 1), True),
        ((20000, 19000, 18000, 17000), False),
        ((MEMORY + 3, 20000, 19000, 18000), True),
    ],
)
def test_a_cause_that_comes_back_waits_longer_and_is_given_up(ages, mended):
    decision = decide([finding("account.locked")], EVERYTHING, attempts(*ages), NOW)
    assert bool(decision.causes) == mended
    if len(ages) == 4 and not mended:
        assert "see who undoes them" in decision.left[0].reason


def test_what_is_found_twice_on_a_host_is_one_cause():
    decision = decide([finding("account.locked"), {**finding("account.locked"), "key": "another"}], EVERYTHING, [], NOW)
    assert len(decision.causes) == 1


def test_one_host_does_not_wait_for_another():
    other = attempts(1, host="db2") + attempts(1, rule="account.exists")
    assert decide([finding("account.locked")], EVERYTHING, other, NOW).causes


@given(st.lists(st.integers(min_value=0, max_value=3 * MEMORY), min_size=1, max_size=400))
def test_no_cause_is_mended_more_often_than_its_pauses_allow(steps):
    """However often alerts come, within a day there is one attempt and one after each pause."""
    made: list[Attempt] = []
    now = NOW
    for step in steps:
        now += step % 977
        if decide([finding("account.locked")], EVERYTHING, made, now).causes:
            made.append(Attempt("account.locked", "db1", now))
    for first in made:
        assert sum(0 <= one.at - first.at < MEMORY for one in made) <= len(PAUSES) + 1


def test_old_attempts_are_forgotten_and_those_of_a_clock_that_was_put_back_count_as_of_now():
    assert remembered(attempts(MEMORY + 1, 5, -4000), NOW) == attempts(5, 0)
