# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as JSON, and what a later audit reads out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Outside

FORMAT = 1


class Before(NamedTuple):
    """An earlier report: when it was taken, and its open findings by key, unseen ones too, with rule, host, title and since."""

    taken: str
    findings: Mapping[str, Mapping[str, str]]


def render(audit: Audit) -> str:
    """The report's text."""
    return json.dumps(describe(audit), indent=2, ensure_ascii=True) + "\n"


def describe(audit: Audit) -> dict[str, Any]:
    """The report's values; its form is published as docs/report.schema.json."""
    return {
        "format": FORMAT,
        "taken": audit.taken,
        "counts": audit.counts,
        "topology": {
            "servers": [_server(audit, server) for server in audit.topology.servers],
            "unreadable": [{"host": one.host, "role": one.role, "reason": one.reason} for one in audit.topology.unreadable],
        },
        "findings": [_finding(audit, finding) for finding in audit.findings],
        "gone": [dict(one) for one in audit.gone],
        "unseen": [dict(one) for one in audit.unseen],
        "exempt": [one.describe() for one in audit.judgement.exempt],
        "expired_exemptions": list(audit.judgement.expired),
        "aimless_exemptions": list(audit.judgement.aimless),
        "outside": _outside(audit.outside) if audit.outside else None,
    }


def read_before(text: str) -> Before | None:
    """What an earlier report says, ``None`` for a text that is no report of this format: then there is nothing to compare with."""
    try:
        value = json.loads(text)
        if value["format"] != FORMAT:
            return None
        fields = ("rule", "host", "title", "severity", "since")
        known = [*value["findings"], *value["unseen"]]
        findings = {str(one["key"]): {name: str(one[name]) for name in fields} for one in known}
        taken = datetime.fromisoformat(value["taken"])
        return Before(value["taken"], findings) if taken.tzinfo else None
    except (ValueError, KeyError, TypeError):
        return None


def _server(audit: Audit, server: Snapshot) -> dict[str, Any]:
    return {
        "name": server.name,
        "product": server.product,
        "role": server.role,
        "hostname": server.hostname,
        "port": server.port,
        "server_id": server.server_id,
        "server_uuid": server.server_uuid,
        "unreadable": dict(server.unreadable),
        "channels": [
            {
                "name": link.channel.name,
                "source": link.source.name if link.source else None,
                "address": link.channel.source,
                "receiver": link.channel.receiver.state,
                "applier": link.channel.applier.state,
                "lag": link.channel.lag,
                "tls": link.channel.tls,
            }
            for link in audit.topology.links_of.get(server.name, ())
        ],
    }


def _outside(outside: Outside) -> dict[str, Any]:
    return {
        "since": outside.since,
        "has_change_log": outside.has_change_log,
        "hosts": list(outside.hosts),
        "changes": [change._asdict() for change in outside.changes],
    }


def _finding(audit: Audit, finding: Finding) -> dict[str, Any]:
    return {**finding.describe(), "since": audit.since.get(finding.key, audit.taken)}
