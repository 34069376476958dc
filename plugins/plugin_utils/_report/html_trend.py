# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the number of findings went over the runs that are kept: a line for each severity, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Run

# The units of a line's picture, which is stretched to the room that it has; a little is left for half the line's width.
_WIDTH, _HEIGHT, _EDGE = 600, 30, 2


def render(runs: Sequence[Run]) -> str:
    """The section of the page; nothing for a first run."""
    return "".join(_section(runs)) if len(runs) > 1 else ""


def _section(runs: Sequence[Run]) -> Iterator[str]:
    span = f"{escape(runs[0].taken)} to {escape(runs[-1].taken)}"
    yield f'<section><h2>Trend</h2><p>{len(runs)} runs, {span}.</p><table class="trend">'
    yield "<thead><tr><th>severity</th><th>findings by run</th><th>most</th><th>now</th></tr></thead><tbody>"
    for severity in SEVERITIES:
        counts = [run.counts[severity] for run in runs]
        yield f'<tr class="{severity}"><th>{severity}</th><td>{"".join(_line(severity, counts))}</td>'
        yield f"<td>{max(counts)}</td><td>{counts[-1]}</td></tr>"
    yield "</tbody></table><details><summary>All runs as a table</summary><table><thead><tr><th>run</th>"
    yield f"{''.join(f'<th>{severity}</th>' for severity in SEVERITIES)}</tr></thead><tbody>"
    for run in reversed(runs):
        cells = "".join(f"<td>{run.counts[severity]}</td>" for severity in SEVERITIES)
        yield f"<tr><th>{escape(run.taken)}</th>{cells}</tr>"
    yield "</tbody></table></details></section>"


def _line(severity: str, counts: Sequence[int]) -> Iterator[str]:
    """A step for each run, on the scale of this severity alone: one critical finding is seen beside a hundred others."""
    step = _WIDTH / len(counts)
    scale = (_HEIGHT - 2 * _EDGE) / max(1, *counts)
    path = "".join(
        f"{'V' if index else 'M0 '}{_HEIGHT - _EDGE - count * scale:.1f}H{(index + 1) * step:.1f}"
        for index, count in enumerate(counts)
    )
    names = f"trend-{severity}-title", f"trend-{severity}-text"
    yield f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="{" ".join(names)}">'
    yield f'<title id="{names[0]}">Findings of severity {severity}</title>'
    yield f'<desc id="{names[1]}">{min(counts)} to {max(counts)} in {len(counts)} runs, now {counts[-1]}</desc>'
    yield f'<path d="{path}"/></svg>'
