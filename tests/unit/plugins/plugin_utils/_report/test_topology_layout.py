# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every server has a place of its own below its source, and no arrow crosses a box."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_value
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.topology_layout import (
    HEIGHT,
    WIDTH,
    course,
    places_of,
)

RECORDED = Path(__file__).resolve().parents[3] / "recorded" / "snapshots-mysql-9.7.4.json"


def topology(sources, unreadable=()):
    """Servers by name, each with the names of its sources."""
    pair = json.loads(RECORDED.read_text(encoding="utf-8"))
    bare = replace(snapshot_from_value(pair["primary"], "primary"), channels=(), server_uuid="", addresses=(), role="")
    (channel,) = snapshot_from_value(pair["replica"], "replica").channels
    servers = []
    for number, (name, names) in enumerate(sources.items(), start=1):
        channels = [
            replace(channel, name=one, source_host=one, addresses=(), trial=type(channel.trial)(untried="no")) for one in names
        ]
        servers.append(replace(bare, name=name, hostname=name, server_id=number, channels=tuple(channels)))
    return Topology(tuple(servers), unreadable)


STAR = {"p": [], **{f"r{number}": ["p"] for number in range(9)}}
CHAIN = {"p": [], "a": ["p"], "b": ["a"], "c": ["p"]}
CIRCLE = {"a": ["b"], "b": ["a"], "r": ["a"]}
SEVERAL = {"p": [], "q": [], "r": ["p", "q"]}


@pytest.mark.parametrize("sources", [STAR, CHAIN, CIRCLE, SEVERAL], ids=["star", "chain", "circle", "several sources"])
def test_no_arrow_crosses_a_box(sources):
    found = topology(sources, (Unreadable("gone", "replica", "no route"),))
    places = places_of(found)
    assert set(places) == {*sources, "gone"}
    assert len(found.links) == sum(map(len, sources.values()))
    for link in found.links:
        for (x1, y1), (x2, y2) in itertools.pairwise(corners(course(places[link.source_name], places[link.replica.name]).path)):
            for x, y in places.values():
                apart = max(x1, x2) <= x or min(x1, x2) >= x + WIDTH or max(y1, y2) <= y or min(y1, y2) >= y + HEIGHT
                assert apart, (link.source_name, link.replica.name)


def test_a_replica_stands_below_its_source_in_a_circle_too():
    assert {name: place.y for name, place in places_of(topology(CHAIN)).items()} == {"p": 16, "a": 185, "c": 185, "b": 354}
    rows = {name: place.y for name, place in places_of(topology(CIRCLE)).items()}
    assert rows["a"] < rows["b"] == rows["r"]


def corners(path):
    """The points that a path of M, H and V goes through."""
    points = []
    for command, numbers in re.findall(r"([MHV])([-\d ]+)", path):
        values = list(map(int, numbers.split()))
        if command == "M":
            points.append(tuple(values))
        else:
            x, y = points[-1]
            points.append((values[0], y) if command == "H" else (x, values[0]))
    return points
