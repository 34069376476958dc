# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the picture of a topology has its boxes, arrows and words, in pixels: in layers from the primary down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import PRIMARY, Topology

#: Of a box.
WIDTH, HEIGHT = 190, 73
_MARGIN, _GAP_X, _GAP_Y = 16, 40, 96
# Servers in one row before the next one begins: so many fit into the page, and on paper.
_MOST_IN_ROW = 4
# How far from the boxes an arrow runs from column to column; room for the words beside the last arrow of a row.
_NEAR, _WORDS = 16, 130


class Point(NamedTuple):
    """The top left corner of a box, or the beginning of a text's line."""

    x: int
    y: int


class Course(NamedTuple):
    """An arrow's way as SVG path data, and where the last line of its words stands."""

    path: str
    words: Point


def size(places: Mapping[str, Point]) -> Point:
    """Width and height of the whole picture."""
    return Point(
        max(place.x for place in places.values()) + WIDTH + _MARGIN + _WORDS,
        max(place.y for place in places.values()) + HEIGHT + _MARGIN,
    )


def places_of(topology: Topology) -> dict[str, Point]:
    """The boxes of all servers by name, of those that could not be read too."""
    layers: dict[int, list[str]] = {}
    for name, depth in _depths(topology).items():
        layers.setdefault(depth, []).append(name)
    for one in topology.unreadable:
        layers.setdefault(0 if one.role == PRIMARY else max(layers, default=0), []).append(one.host)
    places: dict[str, Point] = {}
    row = 0
    for depth in sorted(layers):
        names = layers[depth]
        for start in range(0, len(names), _MOST_IN_ROW):
            for column, name in enumerate(names[start : start + _MOST_IN_ROW]):
                places[name] = Point(_MARGIN + column * (WIDTH + _GAP_X), _MARGIN + row * (HEIGHT + _GAP_Y))
            row += 1
    return places


def course(source: Point, replica: Point) -> Course:
    """From box to box along the gaps between them, so that no arrow crosses a box or another's words."""
    return _down(source, replica) if replica.y > source.y else _back(source, replica)


def _down(source: Point, replica: Point) -> Course:
    top, middle = replica.y - _GAP_Y + _NEAR, replica.x + WIDTH // 2
    path = f"M{source.x + WIDTH // 2} {source.y + HEIGHT}V{source.y + HEIGHT + _NEAR}"
    if replica.y - source.y > HEIGHT + _GAP_Y:
        path += f"H{replica.x + WIDTH + _GAP_X // 2}V{top}"
    return Course(f"{path}H{middle}V{replica.y - 2}", Point(middle + 8, replica.y - 12))


def _back(source: Point, replica: Point) -> Course:
    """To a server in the same row, or in one further up, as in a circle: from side to side."""
    gap = source.x + WIDTH + _GAP_X // 2
    end = replica.x - 2 if replica.x > source.x else replica.x + WIDTH + 2
    path = f"M{source.x + WIDTH} {source.y + HEIGHT // 2}H{gap}V{replica.y + HEIGHT // 2}H{end}"
    return Course(path, Point(gap + 8, source.y - 12))


def _depths(topology: Topology) -> Mapping[str, int]:
    """How many channels lie between a server and its primary; each server once, and a circle begins at one of its primaries."""
    followers = {name: [link.replica.name for link in links] for name, links in topology.links_to.items()}
    has_source = {link.replica.name for link in topology.links if link.source}
    depths: dict[str, int] = {}
    layer = [server.name for server in topology.servers if server.name not in has_source]
    circular = sorted(topology.servers, key=lambda server: server.role != PRIMARY)
    while len(depths) < len(topology.servers):
        layer = layer or [next(server.name for server in circular if server.name not in depths)]
        depth = 0
        while layer:
            depths.update(dict.fromkeys(layer, depth))
            following = dict.fromkeys(name for source in layer for name in followers.get(source, ()) if name not in depths)
            layer, depth = list(following), depth + 1
    return depths
