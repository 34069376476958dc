# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as one HTML file that needs nothing else: no network, no other file. Every text in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import variable_name
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.drift import WATCHED
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import html_topology, html_trend
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import became, who_and_when
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.html_page import SCRIPT, STYLE
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, words

#: With more servers a table of all of them side by side is of no use to anybody.
_MOST_COLUMNS = 40
# What every server has to itself.
_OWN = frozenset({"server_id", "report_host", "datadir"})


def render(audit: Audit) -> str:
    """The file's text."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    return "".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
            f"<title>Replication audit {_text(audit.taken)}</title><style>{STYLE}</style></head><body>",
            *_head(audit),
            f'<section><h2>Topology</h2><div class="wide">{html_topology.render(audit)}</div></section>',
            *_findings(audit),
            *(_outside(audit.outside) if audit.outside else ()),
            html_trend.render(audit.runs),
            *_settings(audit),
            *_unread(audit),
            f"<script>{SCRIPT}</script></body></html>\n",
        ]
    )


def _head(audit: Audit) -> Iterator[str]:
    counts = "".join(f'<li class="{name}"><b>{count}</b> {name}</li>' for name, count in audit.root_counts.items())
    gone = (
        f"<p>{words(len(audit.gone), 'finding')} of the run before gone: {_text(', '.join(one['key'] for one in audit.gone))}</p>"
        + "".join(f"<p>{_text(line)}</p>" for line in audit.doubts)
    )
    unseen = (
        f"<p>{words(len(audit.unseen), 'earlier finding')} of servers that were not read now:"
        f" {_text(', '.join(one['key'] for one in audit.unseen))}</p>"
    )
    yield f"<header><h1>Replication audit</h1><p>{_text(audit.taken)}, {words(len(audit.topology.servers), 'server')}</p>"
    yield f'<ul class="counts">{counts}</ul>{gone if audit.gone else ""}{unseen if audit.unseen else ""}</header>'


def _findings(audit: Audit) -> Iterator[str]:
    hosts = sorted({finding.host for finding in audit.findings})
    groups = sorted({finding.rule.partition(".")[0] for finding in audit.findings})
    yield "<section><h2>Findings</h2><form class=filters>"
    yield _choice("severity", SEVERITIES)
    yield _choice("host", hosts)
    yield _choice("group", groups)
    yield '<label>text <input type="search" name="text"></label></form>'
    if not audit.findings:
        yield "<p>None.</p>"
    effects: dict[str, list[Finding]] = {}
    for finding in audit.findings:
        effects.setdefault(finding.caused_by, []).append(finding)
    for root in audit.roots:
        yield from _finding(audit, root, effects.get(root.key, ()) if root.key else ())
    yield "</section>"


def _finding(audit: Audit, root: Finding, effects: Iterable[Finding]) -> Iterator[str]:
    group = root.rule.partition(".")[0]
    new = " <b>new</b>" if audit.is_new(root) else ""
    yield f'<article class="{_text(root.severity)}" data-severity="{_text(root.severity)}" data-host="{_text(root.host)}"'
    yield f' data-group="{_text(group)}"><h3><span class="tag">{_text(root.severity)}</span>'
    yield f" {_text(root.host)}: {_text(root.title)}</h3>"
    yield f'<p class="rule">{_text(root.rule)}, since {_text(audit.since.get(root.key, audit.taken))}{new}</p><dl>'
    for word, text in (("seen", root.evidence), ("cause", root.cause), ("remedy", root.remedy)):
        yield f"<dt>{word}</dt><dd>{_text(text)}</dd>"
    if root.peers:
        yield f"<dt>with</dt><dd>{_text(', '.join(root.peers))}</dd>"
    shown = "".join(f"<li>{_text(one.host)}: {_text(one.title)}<br><small>{_text(one.evidence)}</small></li>" for one in effects)
    yield f"<dt>shows as</dt><dd><ul>{shown}</ul></dd>" if shown else ""
    yield "</dl></article>"


def _outside(outside: Outside) -> Iterator[str]:
    of_whom = "not by this collection" if outside.has_change_log else "perhaps by this collection: there is no change log"
    yield f"<section><h2>Changed outside</h2><p>Since {_text(outside.since)}, {of_whom}.</p>"
    if not outside.changes:
        yield "<p>Nothing.</p></section>"
        return
    yield '<div class="wide"><table><thead><tr><th>host</th><th>what</th><th>before → now</th><th>by, when</th></tr></thead><tbody>'
    for change in outside.changes:
        cells = (change.host, change.object, became(change.before, change.after), ", ".join(who_and_when(change)))
        yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>"
    yield "</tbody></table></div></section>"


def _choice(name: str, values: Iterable[str]) -> str:
    options = "".join(f'<option value="{_text(value)}">{_text(value)}</option>' for value in values)
    return f'<label>{name} <select name="{name}"><option value="">all</option>{options}</select></label>'


def _settings(audit: Audit) -> Iterator[str]:
    servers = audit.topology.servers[:_MOST_COLUMNS]
    more = len(audit.topology.servers) - len(servers)
    yield "<section><h2>Settings side by side</h2><p>Rows in which servers differ are marked."
    yield f" {words(more, 'server')} more not shown.</p>" if more else "</p>"
    heads = "".join(f"<th>{_text(server.name)}</th>" for server in servers)
    yield f'<div class="wide"><table><thead><tr><th>variable</th>{heads}</tr></thead><tbody>'
    for name in sorted(WATCHED):
        values = [server.value(name) for server in servers]
        known = {value for value in values if value is not None}
        if known:
            mark = " class=differs" if len(known) > 1 and name not in _OWN else ""
            cells = "".join(f"<td>{'' if value is None else _text(value)}</td>" for value in values)
            yield f"<tr{mark}><th>{_text(variable_name(name, servers))}</th>{cells}</tr>"
    yield "</tbody></table></div></section>"


def _unread(audit: Audit) -> Iterator[str]:
    lines = [f"{one.host}: {one.reason}" for one in audit.topology.unreadable]
    lines += [f"{server.name}: {section}: {why}" for server in audit.topology.servers for section, why in server.unreadable.items()]
    if lines:
        yield f"<section><h2>Not read</h2><ul>{''.join(f'<li>{_text(line)}</li>' for line in lines)}</ul></section>"
    exempt = [
        f"{one.finding.host}: {one.finding.rule}: {one.finding.title} ({one.exemption.why})" for one in audit.judgement.exempt
    ]
    if exempt:
        yield f"<section><h2>Exempt</h2><ul>{''.join(f'<li>{_text(line)}</li>' for line in exempt)}</ul></section>"


def _text(text: str) -> str:
    return escape(printable(text))
