# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topology as inline SVG: who replicates from whom, in layers from the primary down, with the state on the arrows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ChannelFacts, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, shortened

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 190, 58, 40, 96, 16
#: Servers in one row before the next one begins.
_MOST_IN_ROW = 6
_LONGEST = 30
# Room for the words beside the last arrow of a row.
_LABEL = 60


def render(topology: Topology) -> str:
    """The picture, empty for no server."""
    places = _places(topology)
    if not places:
        return ""
    width = max(x for x, _y in places.values()) + _WIDTH + _MARGIN + _LABEL
    height = max(y for _x, y in places.values()) + _HEIGHT + _MARGIN
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="Topology" xmlns="http://www.w3.org/2000/svg">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>',
        *(_arrow(link, places) for link in topology.links if link.source),
        *(_label(link, places) for link in topology.links if link.source),
        *(_box(topology, server, places[server.name]) for server in topology.servers),
        *(_missing(one.host, places[one.host]) for one in topology.unreadable),
        "</svg>",
    ]
    return "".join(parts)


def _places(topology: Topology) -> dict[str, tuple[int, int]]:
    """Top left corners by name."""
    layers: dict[int, list[str]] = {}
    for name, depth in _depths(topology).items():
        layers.setdefault(depth, []).append(name)
    for one in topology.unreadable:
        layers.setdefault(0 if one.role == "primary" else max(layers, default=0), []).append(one.host)
    places: dict[str, tuple[int, int]] = {}
    row = 0
    for depth in sorted(layers):
        names = layers[depth]
        for start in range(0, len(names), _MOST_IN_ROW):
            for column, name in enumerate(names[start : start + _MOST_IN_ROW]):
                places[name] = (_MARGIN + column * (_WIDTH + _GAP_X), _MARGIN + row * (_HEIGHT + _GAP_Y))
            row += 1
    return places


def _depths(topology: Topology) -> Mapping[str, int]:
    """How many channels lie between a server and the one without any; each server once, circles too."""
    depths = {
        server.name: 0 for server in topology.servers if not any(link.source for link in topology.links_of.get(server.name, ()))
    }
    layer = list(depths)
    while layer:
        following = [
            link.replica.name for name in layer for link in topology.links_to.get(name, ()) if link.replica.name not in depths
        ]
        layer = list(dict.fromkeys(following))
        depths.update({name: depths[topology_source(topology, name, depths)] + 1 for name in layer})
    for server in topology.servers:
        depths.setdefault(server.name, 0)
    return depths


def topology_source(topology: Topology, name: str, depths: Mapping[str, int]) -> str:
    """The source of a server that has a depth already."""
    return next(link.source.name for link in topology.links_of[name] if link.source and link.source.name in depths)


def _box(topology: Topology, server: Snapshot, place: tuple[int, int]) -> str:
    healthy = all(channel.healthy for channel in server.channels)
    kind = "replica" if server.channels or server.role == "replica" else "primary"
    lone = kind == "replica" and not server.channels
    state = "bad" if not healthy or lone else "good"
    third = (
        "replica without a channel" if lone else ("primary" if topology.is_source(server) and not server.channels else "replica")
    )
    mode = ", read-only" if server.value("read_only") == "ON" else ""
    return _rectangle(place, state, (server.name, server.product, f"{third}{mode}"))


def _missing(host: str, place: tuple[int, int]) -> str:
    return _rectangle(place, "bad", (host, "could not be read", ""))


def _rectangle(place: tuple[int, int], state: str, lines: tuple[str, ...]) -> str:
    x, y = place
    texts = "".join(
        f'<text x="{x + 12}" y="{y + 19 + index * 15}"{" class=name" if not index else ""}>{_text(line)}</text>'
        for index, line in enumerate(lines)
    )
    return f'<g class="{state}"><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="7"/>{texts}</g>'


def _arrow(link: Link, places: Mapping[str, tuple[int, int]]) -> str:
    start, end, _down = _course(link, places)
    return f'<path class="arrow {_health(link)}" d="M{start[0]} {start[1]}L{end[0]} {end[1]}" marker-end="url(#head)"/>'


def _label(link: Link, places: Mapping[str, tuple[int, int]]) -> str:
    """Beside the arrow's head, where arrows to different replicas are apart."""
    _start, end, down = _course(link, places)
    words = list(_state(link.channel))
    top = end[1] + (-12 - 13 * (len(words) - 1) if down else 26)
    return "".join(
        f'<text x="{end[0] + 8}" y="{top + index * 13}" class="label {_health(link)}">{_text(word)}</text>'
        for index, word in enumerate(words)
    )


def _course(link: Link, places: Mapping[str, tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int], bool]:
    """Where an arrow begins and ends, and whether it points down."""
    (x1, y1), (x2, y2) = places[link.source_name], places[link.replica.name]
    down = y2 > y1
    return (x1 + _WIDTH // 2, y1 + (_HEIGHT if down else 0)), (x2 + _WIDTH // 2, y2 - (2 if down else -_HEIGHT - 2)), down


def _health(link: Link) -> str:
    return "good" if link.channel.healthy else "bad"


def _state(channel: ChannelFacts) -> Iterator[str]:
    errno = channel.receiver.errno or channel.applier.errno
    if errno or not channel.healthy:
        yield f"receiver {channel.receiver.state}"
        yield f"applier {channel.applier.state}"
        yield f"error {errno}" if errno else "no error"
    else:
        yield "lag unknown" if channel.lag is None else f"lag {channel.lag} s"
        yield "TLS" if channel.tls else "no TLS"


def _text(text: str) -> str:
    return escape(shortened(printable(text), _LONGEST))
