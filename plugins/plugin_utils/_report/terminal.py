# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit for the terminal: the topology, and the findings with the roots first, on one screen."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import CHANNELS, ChannelFacts, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import (
    CRITICAL,
    HIGH,
    MEDIUM,
    Finding,
    at_least,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import told
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, shortened, words

#: Colours as Ansible names them.
COLOURS = {CRITICAL: "bright red", HIGH: "red", MEDIUM: "yellow"}
_WELL = "green"
_WIDTH = 118
_IN_FULL = 3
_ENABLE = "callbacks_enabled = dbops.mysql_replication.change_log in ansible.cfg"
_MOST_LINES = 12
_MOST_SERVERS = 20
_LONGEST = 420


class Line(NamedTuple):
    """A line and its colour, empty for none."""

    text: str
    colour: str = ""


def render(audit: Audit, page: str = "") -> list[Line]:
    """All lines. ``page``: the path of the report that has what there is no room for, empty where none is written."""
    full = f"{page} has all" if page else "a report has all (mysql_replication_audit_report_dir)"
    outside = _outside(audit.outside, full) if audit.outside else ()
    return [*_topology(audit, full), Line(""), *_findings(audit, full), *outside]


def _topology(audit: Audit, full: str) -> Iterator[Line]:
    topology = audit.topology
    yield Line("Topology")
    shown: set[str] = set()
    roots = [server for server in topology.servers if not server.channels]
    lines = [
        line
        for server in (*roots, *topology.servers)
        if server.name not in shown
        for line in _server(audit, server, None, 1, shown)
    ]
    if len(lines) > _MOST_SERVERS:
        # The first, and of the others those that are not well.
        kept = [line for index, line in enumerate(lines) if not index or line.colour != _WELL][:_MOST_SERVERS]
        lines = [*kept, Line(f"  … and {len(lines) - len(kept)} more: {full}")]
    yield from lines
    for one in topology.unreadable[:_MOST_SERVERS]:
        yield Line(f"  {printable(one.host)}  {one.told}: {shortened(printable(one.reason), 90)}", "red")


def _server(audit: Audit, server: Snapshot, link: Link | None, depth: int, shown: set[str]) -> Iterator[Line]:
    if server.name in shown:
        return
    shown.add(server.name)
    indent = "  " * depth + ("└ " if link else "")
    name = f"{indent}{printable(server.name)}".ljust(22)
    state = _channel(link.channel) if link else ", ".join(_lone(audit, server))
    colour = _WELL if link else ""
    if trouble := audit.trouble(*audit.topology.links_of.get(server.name, ())):
        state, colour = f"{state}, {trouble.severity.upper()} [{trouble.rule}]", COLOURS[trouble.severity]
    if not all(channel.healthy for channel in server.channels):
        colour = "red"
    yield Line(f"{name} {server.product:<17} {state}", colour)
    for below in audit.topology.links_to.get(server.name, ()):
        yield from _server(audit, below.replica, below, depth + 1, shown)


def _channel(channel: ChannelFacts) -> str:
    errno = channel.receiver.errno or channel.applier.errno
    parts = [f"receiver {channel.receiver.state}", f"applier {channel.applier.state}"]
    if channel.known_lag is not None:
        parts.append(f"lag {channel.known_lag} s")
    elif channel.healthy:
        parts.append("lag unknown")
    parts.append("TLS" if channel.tls else "no TLS")
    return ", ".join([*parts, f"error {errno}"] if errno else parts)


def _lone(audit: Audit, server: Snapshot) -> Iterator[str]:
    if server.channels:
        yield f"replicates from {printable(server.channels[0].source)}: {_channel(server.channels[0])}"
    elif not server.is_readable(CHANNELS):
        yield "its channels cannot be read"
    elif server.role == "replica":
        yield "replica without a channel"
    else:
        yield "primary" if audit.topology.is_source(server) else "takes no part in replication"
    if server.value("read_only") == "ON":
        yield "read-only"


def _findings(audit: Audit, full: str) -> Iterator[Line]:
    roots = audit.roots
    grave = [root for root in roots if at_least(root.severity, MEDIUM)]
    parts = [", ".join(f"{count} {severity}" for severity, count in audit.root_counts.items() if count) or "none"]
    symptoms, exempt = len(audit.findings) - len(roots), len(audit.judgement.exempt)
    parts += [words(symptoms, "symptom")] if symptoms else []
    parts += [f"{exempt} exempt"] if exempt else []
    yield Line(f"Findings: {'; '.join(parts)}")
    for index, root in enumerate(grave[:_MOST_LINES]):
        yield from _root(audit, root, in_full=index < _IN_FULL)
    if len(grave) > _MOST_LINES:
        yield Line(f"  … and {len(grave) - _MOST_LINES} more of medium severity or above")
    yield from _small(audit, [root for root in roots if root not in grave], _MOST_LINES if not grave else 0, full)
    for one in audit.judgement.expired:
        yield Line(f"  an ignore entry has expired: {printable(one)}", "yellow")
    for one in audit.judgement.aimless:
        yield Line(f"  an ignore entry names no server of this audit: {printable(one)}", "yellow")
    gone = len(audit.gone)
    if gone:
        yield Line(f"  {words(gone, 'finding')} of the run before {'is' if gone == 1 else 'are'} gone", "green")
    for line in audit.doubts:
        yield Line(f"  {printable(line)}", "yellow")
    if audit.unseen:
        hosts = ", ".join(sorted({printable(one["host"]) for one in audit.unseen}))
        yield Line(f"  {words(len(audit.unseen), 'earlier finding')} of what was not read now: {shortened(hosts, 80)}", "yellow")


def _outside(outside: Outside, full: str) -> Iterator[Line]:
    """What others have changed; nothing where there is nothing."""
    if not outside.changes:
        return
    by = "outside of this collection" if outside.has_change_log else "outside, or by this collection: there is no change log"
    yield Line("")
    yield Line(f"Changed since {outside.since}, {by}: {len(outside.changes)}", "yellow")
    if not outside.is_kept:
        yield Line(
            f"  This run writes no change log ({_ENABLE}): no record is made of it, and the next audit will not tell it again",
            "red",
        )
    for change in outside.changes[:_MOST_LINES]:
        yield Line("  " + shortened(printable(told(change)), _LONGEST))
    if len(outside.changes) > _MOST_LINES:
        yield Line(f"  … and {len(outside.changes) - _MOST_LINES} more: {full}")


def _small(audit: Audit, roots: list[Finding], room: int, full: str) -> Iterator[Line]:
    """Findings of severity low or info: a line each where there is room for them."""
    for root in roots[:room]:
        yield from _root(audit, root, in_full=False)
    left = len(roots[room:])
    if left:
        yield Line(f"  {words(left, 'finding')} of severity low or info: {full}")


def _root(audit: Audit, root: Finding, in_full: bool) -> Iterator[Line]:
    colour = COLOURS.get(root.severity, "")
    new = "  (new)" if audit.is_new(root) else ""
    yield Line(f"{root.severity.upper():<9} {printable(root.host)}: {root.title}  [{root.rule}]{new}", colour)
    if not in_full:
        if at_least(root.severity, HIGH):
            yield Line(shortened(f"  {'seen':<9} {printable(root.evidence)}", _WIDTH))
        return
    effects = audit.effects(root)
    shows = "; ".join(f"{printable(one.host)}: {one.title}" for one in effects)
    for word, text in (("seen", root.evidence), ("cause", root.cause), ("remedy", root.remedy), ("shows as", shows)):
        if text:
            yield from (Line(line) for line in _wrapped(word, shortened(printable(text), _LONGEST)))


def _wrapped(word: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"  {word:<9} ", subsequent_indent=" " * 12, break_on_hyphens=False)
