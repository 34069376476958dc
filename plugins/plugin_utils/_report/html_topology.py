# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The topology as inline SVG: who replicates from whom, in layers from the primary down, with the state on the arrows."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ChannelFacts, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, SEVERITIES, Finding, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, shortened
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.topology_layout import (
    HEIGHT,
    WIDTH,
    Point,
    course,
    places_of,
    size,
)

_LONGEST, _BOX_LONGEST = 30, 25
# Of a finding beside its arrow; and how far lines are apart, beside an arrow and in a box.
_MOST_LINES = 3
_LABEL_LINE, _BOX_LINE = 13, 15


def render(audit: Audit) -> str:
    """The picture, empty for no server."""
    topology = audit.topology
    places = places_of(topology)
    if not places:
        return ""
    width, height = size(places)
    links = [link for link in topology.links if link.source]
    parts = [
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="Topology" xmlns="http://www.w3.org/2000/svg">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>',
        # Those that are well first: a red line is not hidden by a green one.
        *(_arrow(audit, link, places) for link in sorted(links, key=lambda link: audit.trouble(link) is not None)),
        *(_label(audit, link, places) for link in links),
        *_boxes(audit, places),
        *(_rectangle(places[one.host], "bad", (one.host, one.told)) for one in topology.unreadable),
        "</svg>",
    ]
    return "".join(parts)


def _boxes(audit: Audit, places: Mapping[str, Point]) -> Iterator[str]:
    grave: dict[str, Counter[str]] = {}
    for root in audit.roots:
        if at_least(root.severity, MEDIUM):
            grave.setdefault(root.host, Counter())[root.severity] += 1
    for server in audit.topology.servers:
        found = grave.get(server.name, Counter())
        told = ", ".join(f"{found[severity]} {severity}" for severity in SEVERITIES if found[severity])
        yield _rectangle(places[server.name], _state_of(server, found), (*_about(audit.topology, server), told or "nothing grave"))


def _state_of(server: Snapshot, found: Counter[str]) -> str:
    """The class that gives a box its colour."""
    if not all(channel.healthy for channel in server.channels) or _is_lone(server):
        return "bad"
    return next((severity for severity in SEVERITIES if found[severity]), "good")


def _is_lone(server: Snapshot) -> bool:
    return server.role == "replica" and not server.channels


def _about(topology: Topology, server: Snapshot) -> tuple[str, ...]:
    if _is_lone(server):
        kind = "replica without a channel"
    else:
        kind = "primary" if topology.is_source(server) and not server.channels else "replica"
    mode = ", read-only" if server.value("read_only") == "ON" else ""
    return server.name, server.product, f"{kind}{mode}"


def _rectangle(place: Point, state: str, lines: tuple[str, ...]) -> str:
    x, top = place.x + 12, place.y + 19
    texts = "".join(
        f'<text x="{x}" y="{top + index * _BOX_LINE}"{" class=name" if not index else ""}>{_fitting(line)}</text>'
        for index, line in enumerate(lines)
    )
    # Browsers show a title where the mouse rests.
    return (
        f'<g class="box {state}"><title>{escape(printable(lines[0]))}</title>'
        f'<rect x="{place.x}" y="{place.y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>{texts}</g>'
    )


def _arrow(audit: Audit, link: Link, places: Mapping[str, Point]) -> str:
    path = course(places[link.source_name], places[link.replica.name]).path
    return f'<path class="arrow {_health(link, audit.trouble(link))}" d="{path}" marker-end="url(#head)"/>'


def _label(audit: Audit, link: Link, places: Mapping[str, Point]) -> str:
    x, last = course(places[link.source_name], places[link.replica.name]).words
    trouble = audit.trouble(link)
    words = [*_state(link.channel), *(_told(trouble) if trouble else ())]
    top = last - _LABEL_LINE * (len(words) - 1)
    return "".join(
        f'<text x="{x}" y="{top + index * _LABEL_LINE}" class="label {_health(link, trouble)}">{_text(word)}</text>'
        for index, word in enumerate(words)
    )


def _health(link: Link, trouble: Finding | None) -> str:
    """The class that gives an arrow its colour: a channel that runs may be one that breaks at its next reconnect."""
    if not link.channel.healthy:
        return "bad"
    return trouble.severity if trouble else "good"


def _state(channel: ChannelFacts) -> Iterator[str]:
    errno = channel.receiver.errno or channel.applier.errno
    if errno or not channel.healthy:
        yield f"receiver {channel.receiver.state}"
        yield f"applier {channel.applier.state}, {f'error {errno}' if errno else 'no error'}"
    else:
        lag = "lag unknown" if channel.known_lag is None else f"lag {channel.known_lag} s"
        yield f"{lag}, {'TLS' if channel.tls else 'no TLS'}"


def _told(trouble: Finding) -> list[str]:
    return textwrap.wrap(f"{trouble.severity}: {trouble.title}", _LONGEST, max_lines=_MOST_LINES, placeholder=" …")


def _fitting(text: str) -> str:
    """In a box; of a name that is too long both ends tell servers apart."""
    line = printable(text)
    return escape(line if len(line) <= _BOX_LONGEST else f"{line[: _BOX_LONGEST - 9]}…{line[-8:]}")


def _text(text: str) -> str:
    return escape(shortened(printable(text), _LONGEST))
