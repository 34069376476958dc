# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The legal way from one gtid_mode to another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
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
    Progress,
    plan_gtid_mode,
)

BY_POSITION = Channel("", {"auto_position": False}, Thread(ON), Thread(ON), Coordinates("b.1", 4), 0)
BEHIND = Progress(BY_POSITION, Coordinates("b.1", 900), "SELECT applied")


def assign(before, after):
    return Step("", "system variable gtid_mode", before, after, sql(after))


def words(steps):
    return [step.action.query if isinstance(step.action, AwaitStatus) else str(step.action) for step in steps]


def modes(now, target, channels=()):
    return [s.after for s in plan_gtid_mode(now, target, assign, channels) if not isinstance(s.action, AwaitStatus)]


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


def test_anonymous_transactions_end_before_on():
    steps = plan_gtid_mode("OFF_PERMISSIVE", "ON", assign, [])
    assert [type(step.action).__name__ for step in steps] == ["Sql", "AwaitStatus", "Sql"]
    assert "Ongoing_anonymous_transaction_count" in steps[1].action.query
    assert steps[1].action.wanted == "0"


def test_transactions_with_a_gtid_end_before_off():
    steps = plan_gtid_mode("OFF_PERMISSIVE", "OFF", assign, [])
    assert words(steps) == ["SELECT @@global.gtid_owned", "OFF"]


def test_the_applier_gets_as_far_as_the_receiver_before_on():
    steps = plan_gtid_mode("OFF", "ON", assign, [BEHIND])
    assert words(steps)[-2:] == ["SELECT applied", "ON"]
    assert "b.1:900" in str(steps[-2].action)


def test_nothing_to_wait_for():
    level = BEHIND._replace(received=Coordinates("b.1", 4))
    by_gtid = BEHIND._replace(channel=replace(BY_POSITION, options={"auto_position": True}))
    for progress in (level, by_gtid):
        assert "SELECT applied" not in words(plan_gtid_mode("OFF", "ON", assign, [progress]))


def test_a_stopped_applier_with_work_left_is_refused():
    stopped = BEHIND._replace(channel=replace(BY_POSITION, applier=Thread(OFF)))
    with pytest.raises(Refusal, match=r"b\.1:900"):
        plan_gtid_mode("ON_PERMISSIVE", "ON", assign, [stopped])
    plan_gtid_mode("OFF", "ON_PERMISSIVE", assign, [stopped])


def test_a_channel_by_gtid_keeps_gtids_on():
    by_gtid = BEHIND._replace(channel=replace(BY_POSITION, options={"auto_position": True}))
    with pytest.raises(Refusal, match="by GTID"):
        plan_gtid_mode("ON", "OFF", assign, [by_gtid])


def test_the_diff_shows_the_mode_throughout():
    steps = plan_gtid_mode("ON_PERMISSIVE", "ON", assign, [BEHIND])
    assert [(step.before, step.after) for step in steps] == [
        ("ON_PERMISSIVE", "ON_PERMISSIVE"),
        ("ON_PERMISSIVE", "ON_PERMISSIVE"),
        ("ON_PERMISSIVE", "ON"),
    ]
