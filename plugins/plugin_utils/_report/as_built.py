# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of replication as it really is: stable as long as nothing changes, so that a diff shows what did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    AccountFacts,
    ChannelFacts,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import variable_name
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.drift import WATCHED
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.login import may_replicate
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable

_MARKDOWN = re.compile(r"([\\`*\[\]<>|~&])")
# What every server has to itself.
_OWN = frozenset({"server_id", "report_host", "datadir"})


def render(audit: Audit) -> str:
    """Markdown without times, counters or positions."""
    lines = ["# Replication as built", "", "Made from the live servers; do not edit.", ""]
    lines += [*_servers(audit), "", *_channels(audit), "", *_accounts(audit), "", *_settings(audit)]
    return "\n".join(lines) + "\n"


def _servers(audit: Audit) -> Iterator[str]:
    yield "## Servers"
    yield ""
    yield from _table(
        ("server", "is", "product", "host name", "port", "server_id", "server_uuid", "offers TLS"),
        (
            (
                one.name,
                _role(audit, one),
                one.product,
                one.hostname,
                str(one.port),
                str(one.server_id),
                one.server_uuid or "none",
                {True: "yes", False: "no", None: "unknown"}[one.offers_tls],
            )
            for one in _sorted(audit)
        ),
    )
    for gone in sorted(audit.topology.unreadable, key=lambda one: one.host):
        yield f"\n{_escaped(gone.host)} {gone.told}."


def _channels(audit: Audit) -> Iterator[str]:
    yield "## Channels"
    yield ""
    yield from _table(
        ("replica", "channel", "source", "user", "position", "TLS", "verified", "delay", "retries", "filters"),
        (
            (
                link.replica.name,
                link.channel.name or "default",
                f"{link.channel.source} ({link.source_name})" if link.source else link.channel.source,
                link.channel.source_user,
                link.channel.position_by,
                "yes" if link.channel.tls else "no",
                "yes" if link.channel.tls_verify or link.channel.tls_ca else "no",
                f"{link.channel.delay} s",
                _tries(link.channel),
                "; ".join(link.channel.filters) or "none",
            )
            for link in sorted(audit.topology.links, key=lambda link: (link.replica.name, link.channel.name))
        ),
    )
    yield from _unread(audit, CHANNELS)


def _tries(channel: ChannelFacts) -> str:
    """MariaDB before 12 does not show how many."""
    count = {None: "as many as the server's default", 0: "without end"}.get(channel.retry_count, str(channel.retry_count))
    return f"{count}, {channel.connect_retry} s apart"


def _accounts(audit: Audit) -> Iterator[str]:
    yield "## Accounts that can replicate, and anonymous ones"
    yield ""
    yield from _table(
        ("server", "account", "plugin", "TLS", "state", "privileges"),
        (
            (
                server.name,
                str(one),
                " or ".join(one.plugins),
                one.tls,
                _state(one),
                ", ".join((*one.privileges, *one.role_privileges)) or "none",
            )
            for server in _sorted(audit)
            for one in sorted(server.accounts, key=lambda one: (one.user, one.host))
            if may_replicate(one) or not one.user
        ),
    )
    yield from _unread(audit, ACCOUNTS)


def _state(account: AccountFacts) -> str:
    words = ["locked"] * account.locked + ["expired"] * account.expired or ["open"]
    return ", ".join([*words, *([f"password for {account.lifetime} days"] if account.lifetime else [])])


def _unread(audit: Audit, section: str) -> Iterator[str]:
    """Of which servers the table lacks them, or may lack some: that they are not here does not mean that there are none."""
    for server in _sorted(audit):
        if not server.is_readable(section):
            yield f"\n{_escaped(server.name)}: its {section} could not be read, or not all of them."


def _settings(audit: Audit) -> Iterator[str]:
    servers = _sorted(audit)
    yield "## Settings"
    yield ""
    yield "An asterisk marks a row in which servers differ."
    yield ""
    rows = []
    for name in sorted(WATCHED):
        values = [one.value(name) for one in servers]
        if any(value is not None for value in values):
            differs = len({value for value in values if value is not None}) > 1 and name not in _OWN
            called = variable_name(name, servers)
            rows.append(
                (f"{called} *" if differs else called, *("none" if value is None else value or "empty" for value in values))
            )
    yield from _table(("variable", *(one.name for one in servers)), rows)


def _role(audit: Audit, server: Snapshot) -> str:
    if not server.is_readable(CHANNELS):
        return "unknown"
    if server.channels:
        return "replica and source" if server.name in audit.topology.links_to else "replica"
    return "primary" if audit.topology.is_source(server) else "alone"


def _sorted(audit: Audit) -> list[Snapshot]:
    return sorted(audit.topology.servers, key=lambda one: one.name)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield f"| {' | '.join(map(_escaped, names))} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(map(_escaped, row))} |"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", printable(text))
