# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as Prometheus metrics, for the textfile collector of the node exporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable

_PREFIX = "mysql_replication_audit"


def render(audit: Audit) -> str:
    """The exposition. What could not be read has a metric of its own: a missing value must not read as a good one."""
    servers = audit.topology.servers
    counted = {(server, severity): 0 for server in [*(one.name for one in servers), *_unreadable(audit)] for severity in SEVERITIES}
    for finding in audit.findings:
        counted[finding.host, finding.severity] = counted.get((finding.host, finding.severity), 0) + 1
    roots = [(finding.host, finding.rule, finding.severity) for finding in audit.roots]
    blocks = [
        _block("timestamp_seconds", "When the audit ran.", [({}, audit.topology.now)]),
        _block(
            "findings",
            "Findings by host and severity, symptoms too.",
            [({"host": host, "severity": severity}, count) for (host, severity), count in counted.items()],
        ),
        _block(
            "root",
            "A finding that is no symptom of another.",
            [({"host": host, "rule": rule, "severity": severity}, 1) for host, rule, severity in dict.fromkeys(roots)],
        ),
        _block(
            "server_readable",
            "Whether the server could be read.",
            [*(({"host": one.name}, 1) for one in servers), *(({"host": host}, 0) for host in _unreadable(audit))],
        ),
        _block(
            "channel_healthy",
            "Whether both threads of a channel run without an error.",
            [
                (
                    {"host": link.replica.name, "channel": link.channel.name, "source": link.source_name},
                    int(link.channel.healthy),
                )
                for link in audit.topology.links
            ],
        ),
        _block(
            "channel_login_works",
            "Whether the source would let the channel in anew; absent where it was not tried.",
            [
                (
                    {"host": link.replica.name, "channel": link.channel.name, "source": link.source_name},
                    int(link.channel.trial.succeeded and link.channel.trial.may_replicate),
                )
                for link in audit.topology.links
                if not link.channel.trial.untried
            ],
        ),
    ]
    if audit.outside and audit.outside.has_change_log:
        changed = Counter(change.host for change in audit.outside.changes)
        about = "What was changed since the audit before, and not by this collection; absent where nobody can tell."
        blocks.append(_block("changed_outside", about, [({"host": host}, changed[host]) for host in audit.outside.hosts]))
    return "".join(blocks)


def _unreadable(audit: Audit) -> list[str]:
    return [one.host for one in audit.topology.unreadable]


def _block(name: str, about: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> str:
    lines = [f"# HELP {_PREFIX}_{name} {about}", f"# TYPE {_PREFIX}_{name} gauge"]
    lines += [f"{_PREFIX}_{name}{_labels(labels)} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    """Exposition format: backslash and quote are escaped in label values; names of servers may hold anything."""
    escaped = [f'{name}="{_escaped(value)}"' for name, value in labels.items()]
    return f"{{{','.join(escaped)}}}" if escaped else ""


def _escaped(value: str) -> str:
    return printable(value).replace("\\", "\\\\").replace('"', '\\"')
