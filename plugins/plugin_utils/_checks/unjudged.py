# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule could not judge, because it was not read: that it found nothing there does not mean that all is well."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import TRIAL, Rule
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology


def unjudged(rule: Rule, topology: Topology) -> Iterator[str]:
    """The servers, and why, in words; nothing where the rule has seen all that it looks at."""
    if not rule.needs:
        return
    if not topology.servers:
        yield "no server was read"
    for one in topology.unreadable:
        yield f"{one.host}: {one.reason}"
    for server in topology.all():
        for section in rule.needs:
            if not server.is_readable(section):
                yield f"{server.name}: {section}: {server.unreadable[section]}"
    if TRIAL in rule.needs:
        for link in topology.links:
            if link.channel.trial.untried:
                yield f"{link.replica.name}: the login to {link.source_name}: {link.channel.trial.untried}"
