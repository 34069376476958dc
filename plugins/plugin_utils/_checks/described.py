# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts and channels of a snapshot as values by name, times, and variables by name, as people are told of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    AccountFacts,
    ChannelFacts,
    Snapshot,
    ThreadFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.own_steps import (
    APPLIER,
    DEFAULT_CHANNEL,
    IDLE,
    PASSWORD_TIME,
    RECEIVER,
    ROLES,
    RUNNING,
    STOPPED,
    Attributes,
    expiry,
    value_of,
)

#: What it means that a value of an account or a channel is not there, where that is not plain.
WITHOUT = {
    **dict.fromkeys(("locked", "expired", "TLS", "TLS verify"), "no"),
    **dict.fromkeys(("connections", "connections per hour"), "unlimited"),
    "expires": "as the server's default says",
}


def variable_name(name: str, servers: Sequence[Snapshot]) -> str:
    """What these servers call a variable; where they do not agree, its name of today."""
    names = {server.own_name(name) for server in servers if server.value(name) is not None}
    return names.pop() if len(names) == 1 else name


def account_values(account: AccountFacts) -> Attributes:
    """All that is compared of an account."""
    # The number of further ones comes last.
    privileges = sorted({*account.privileges, *account.role_privileges}, key=lambda one: (one[:1].isdigit(), one))
    values = {
        "plugin": ", ".join(account.plugins),
        "TLS": account.tls,
        "locked": account.locked,
        "expired": account.expired,
        "expires": expiry(account.lifetime),
        PASSWORD_TIME: moment(account.changed),
        "privileges": ", ".join(privileges),
        ROLES: ", ".join(account.roles),
        IDLE: ", ".join(account.idle_privileges),
        "objects": ", ".join(account.objects),
        "connections": account.max_connections,
        "connections per hour": account.max_connections_per_hour,
    }
    return {name: value_of(value) for name, value in values.items()}


def channel_name(channel: ChannelFacts) -> str:
    """As steps name it."""
    return f"channel '{channel.name}'" if channel.name else DEFAULT_CHANNEL


def channel_values(channel: ChannelFacts) -> Attributes:
    """All that is compared of a channel: its configuration, and whether its threads shall run."""
    values = {
        "source host": channel.source_host,
        "source port": channel.source_port,
        "user": channel.source_user,
        "position by": channel.position_by,
        "TLS": channel.tls,
        "TLS verify": channel.tls_verify,
        "CA": channel.tls_ca,
        "delay": channel.delay,
        "connect retry": channel.connect_retry,
        "retry count": channel.retry_count,
        "filters": ", ".join(channel.filters),
        "ignored server ids": channel.ignore_server_ids,
    }
    threads = {RECEIVER: _rests(channel.receiver), APPLIER: _rests(channel.applier)}
    return {**{name: value_of(value) for name, value in values.items()}, **threads}


def _rests(thread: ThreadFacts) -> str | None:
    """One that an error stopped was not stopped by anybody."""
    return None if thread.errno else STOPPED if thread.state == "off" else RUNNING


def as_lines(values: Attributes) -> str:
    """For people and for records: a line for each value that there is."""
    return "".join(f"{name}: {value}\n" for name, value in values.items() if value)


def moment(seconds: int | None) -> str:
    """Seconds since the epoch as ISO 8601; empty where nobody knows."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""
