# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The legal way from one gtid_mode to another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    CONNECTING,
    OFF,
    ON,
    Channel,
    Coordinates,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import AwaitStatus, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.gtid_mode import (
    MODES,
    GtidOnly,
    Way,
    obstacles_to_on,
    plan_gtid_mode,
)

OPTIONS = {"auto_position": False, "source_host": "db1", "source_port": 3306}
BY_POSITION = Channel("c", OPTIONS, Thread(ON), Thread(ON), Coordinates("b.1", 4), 0, source_uuid="u-1")
BY_GTID = replace(BY_POSITION, options={**OPTIONS, "auto_position": True})
KNOWN = Way(source=GtidOnly("u-1", Coordinates("b.7", 198)))


def assign(before, after):
    return Step("", "system variable gtid_mode", before, after, sql(after))


def applied(place, name):
    return f"{name} at {place}"


def plan(now, target, channels=(), way=KNOWN):
    return plan_gtid_mode(now, target, assign, channels, applied, way)


def words(steps):
    return [step.action.query if isinstance(step.action, AwaitStatus) else str(step.action) for step in steps]


def modes(now, target, channels=(), until="ON"):
    way = KNOWN._replace(until=until)
    return [step.after for step in plan(now, target, channels, way) if not isinstance(step.action, AwaitStatus)]


@pytest.mark.parametrize("now", MODES)
@pytest.mark.parametrize("target", MODES)
def test_every_step_goes_to_a_neighbour_and_the_last_to_the_target(now, target):
    path = [now, *modes(now, target)]
    assert path[-1] == target
    assert all(abs(MODES.index(a) - MODES.index(b)) == 1 for a, b in zip(path, path[1:]))


@pytest.mark.parametrize("now", MODES)
@pytest.mark.parametrize("target", MODES)
@pytest.mark.parametrize("killed_after", range(3))
def test_a_run_that_was_killed_is_continued(now, target, killed_after):
    path = [now, *modes(now, target)]
    here = path[min(killed_after, len(path) - 1)]
    assert modes(here, target) == path[path.index(here) + 1 :]


@pytest.mark.parametrize(
    ("now", "target", "until", "expected"),
    [
        ("OFF", "ON", "OFF_PERMISSIVE", ["OFF_PERMISSIVE"]),
        ("OFF", "ON", "ON_PERMISSIVE", ["OFF_PERMISSIVE", "ON_PERMISSIVE"]),
        ("OFF_PERMISSIVE", "ON", "OFF_PERMISSIVE", []),
        ("ON_PERMISSIVE", "ON", "OFF_PERMISSIVE", []),
        ("ON_PERMISSIVE", "ON", "ON", ["ON"]),
        ("ON", "ON", "OFF", []),
        ("OFF", "OFF_PERMISSIVE", "ON", ["OFF_PERMISSIVE"]),
        ("ON", "OFF", "OFF_PERMISSIVE", ["ON_PERMISSIVE", "OFF_PERMISSIVE", "OFF"]),
    ],
)
def test_a_call_goes_up_no_further_than_it_may(now, target, until, expected):
    assert modes(now, target, until=until) == expected


def test_calls_one_after_the_other_do_what_one_call_does():
    together, now = [], "OFF"
    for until in ("OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"):
        steps = plan(now, "ON", [BY_POSITION], KNOWN._replace(until=until))
        together += steps
        now = steps[-1].after
    assert together == plan("OFF", "ON", [BY_POSITION])


def test_anonymous_transactions_end_before_on():
    steps = plan("OFF_PERMISSIVE", "ON")
    anonymous = [step for step in steps if isinstance(step.action, AwaitStatus)]
    assert [step.after for step in steps] == ["ON_PERMISSIVE", "ON_PERMISSIVE", "ON_PERMISSIVE", "ON"]
    assert len(anonymous) == 2
    assert all("Ongoing_anonymous_transaction_count" in step.action.query and step.action.wanted == "0" for step in anonymous)


def test_a_source_has_ended_them_before_its_replicas_go_on():
    steps = plan("OFF", "ON", way=Way("ON_PERMISSIVE"))
    assert "Ongoing_anonymous_transaction_count" in words(steps)[-1]


def test_transactions_with_a_gtid_end_before_off():
    assert words(plan("OFF_PERMISSIVE", "OFF")) == ["SELECT @@global.gtid_owned", "OFF"]


def test_before_on_the_applier_comes_to_where_its_source_writes_gtids_only():
    steps = plan("OFF", "ON", [BY_POSITION])
    assert words(steps)[3] == "c at b.7:198"
    assert words(steps)[-1] == "ON"
    assert "c at b.7:198" not in words(plan("OFF", "ON", [BY_GTID]))


STOPPED = Thread(OFF)


@pytest.mark.parametrize(
    ("channel", "way", "needle"),
    [
        (BY_POSITION, KNOWN, ""),
        (BY_GTID, Way(), ""),
        (replace(BY_GTID, receiver=STOPPED), KNOWN, ""),
        (replace(BY_POSITION, receiver=Thread(CONNECTING)), KNOWN, ""),
        (replace(BY_POSITION, receiver=STOPPED), KNOWN, "the receiver of channel 'c' is stopped at b.1:4"),
        (replace(BY_POSITION, applier=STOPPED), KNOWN, "the applier of channel 'c' is stopped"),
        (replace(BY_POSITION, receiver=STOPPED, applier=STOPPED), KNOWN, "the receiver and the applier of"),
        (BY_POSITION, Way(), "nobody says from where on db1:3306"),
        (replace(BY_POSITION, source_uuid="u-2"), KNOWN, "nobody says"),
        (replace(BY_POSITION, source_uuid=""), Way(source=GtidOnly("", Coordinates("b.7", 4))), "nobody says"),
    ],
)
def test_what_keeps_a_server_from_on(channel, way, needle):
    found = obstacles_to_on("ON_PERMISSIVE", "ON", [channel], way)
    assert len(found) == (1 if needle else 0)
    if needle:
        assert needle in found[0].cause


@pytest.mark.parametrize(("now", "until"), [("ON", "ON"), ("OFF", "ON_PERMISSIVE")])
def test_nothing_keeps_a_server_from_other_modes(now, until):
    assert obstacles_to_on(now, "ON", [replace(BY_POSITION, receiver=STOPPED)], Way(until)) == []


def test_a_channel_by_gtid_keeps_gtids_on():
    with pytest.raises(Refusal, match="by GTID"):
        plan("ON", "OFF", [BY_GTID])


def test_the_diff_shows_the_mode_throughout():
    steps = plan("ON_PERMISSIVE", "ON", [BY_POSITION])
    assert [(step.before, step.after) for step in steps] == [
        ("ON_PERMISSIVE", "ON_PERMISSIVE"),
        ("ON_PERMISSIVE", "ON_PERMISSIVE"),
        ("ON_PERMISSIVE", "ON"),
    ]
