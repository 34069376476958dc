# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each server family tells about its channels beyond what a planner needs: all that an audit judges."""

from __future__ import annotations

from typing import Mapping, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, Thread
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ChannelFacts, ThreadFacts

Row = Mapping[str, Optional[str]]
Rows = Mapping[str, Sequence[Row]]

AUTO = "auto"
CURRENT_POS = "current_pos"
BY_FILE = "file"


class ChannelFactsDialect(Protocol):
    """What the observer of snapshots asks of a server family."""

    #: Queries besides those of the channel dialect, by name.
    queries: Mapping[str, str]

    def facts(self, channel: Channel, rows: Rows) -> ChannelFacts:
        """The channel with what the rows of both dialects' queries say of it."""


def _base(channel: Channel, status: Row, **more: object) -> ChannelFacts:
    options = channel.options
    known = {
        "name": channel.name,
        "source_host": str(options["source_host"]),
        "source_port": int(str(options["source_port"])),
        "source_user": str(options["source_user"]),
        "receiver": _thread(channel.receiver),
        "applier": _thread(channel.applier),
        "connect_retry": _whole(options.get("connect_retry")),
        "heartbeat_period": _number(options.get("heartbeat_period")),
        "delay": _whole(options.get("delay")) or 0,
        "tls": bool(options.get("tls")),
        "tls_verify": bool(options.get("tls_verify")),
        "tls_ca": str(options.get("tls_ca") or ""),
        "tls_cert": str(options.get("tls_cert") or ""),
        "tls_key": str(options.get("tls_key") or ""),
        "lag": channel.lag,
        "source_uuid": channel.source_uuid,
        "relay_log_size": _whole(status.get("Relay_Log_Space")) or 0,
        "skip_counter": _whole(status.get("Skip_Counter")) or 0,
        "ignore_server_ids": status.get("Replicate_Ignore_Server_Ids") or "",
        "filters": channel.filters,
        **more,
    }
    return ChannelFacts(**known)  # type: ignore[arg-type]


class MySQLChannelFacts:
    """MySQL 8.0 and later. Ages come from the server, whose clock is the one that its times are of."""

    queries: Mapping[str, str] = {
        "appliers": "SELECT * FROM performance_schema.replication_applier_configuration",
        "receivers": "SELECT CHANNEL_NAME, RECEIVED_TRANSACTION_SET,"
        # A source that has transactions to send sends no heartbeats.
        " UNIX_TIMESTAMP(NOW(6)) - NULLIF(GREATEST(UNIX_TIMESTAMP(LAST_HEARTBEAT_TIMESTAMP),"
        " UNIX_TIMESTAMP(LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP),"
        " UNIX_TIMESTAMP(QUEUEING_TRANSACTION_START_QUEUE_TIMESTAMP)), 0) AS silent_for"
        " FROM performance_schema.replication_connection_status",
        "workers": "SELECT CHANNEL_NAME, MAX(UNIX_TIMESTAMP(NOW(6)) - NULLIF(UNIX_TIMESTAMP("
        "APPLYING_TRANSACTION_START_APPLY_TIMESTAMP), 0)) AS applying_for"
        " FROM performance_schema.replication_applier_status_by_worker GROUP BY CHANNEL_NAME",
        "retries": "SELECT CHANNEL_NAME, COUNT_TRANSACTIONS_RETRIES FROM performance_schema.replication_applier_status",
    }

    def facts(self, channel: Channel, rows: Rows) -> ChannelFacts:
        """See :class:`ChannelFactsDialect`."""
        status = next((row for row in rows["status"] if row["Channel_Name"] == channel.name), {})
        configuration = _of(rows["configuration"], channel.name)
        applier = _of(rows["appliers"], channel.name)
        receiver = _of(rows["receivers"], channel.name)
        return _base(
            channel,
            status,
            position_by=AUTO if channel.options.get("auto_position") else BY_FILE,
            retry_count=_whole(channel.options.get("retry_count")),
            get_public_key=bool(channel.options.get("get_public_key")),
            public_key_path=configuration.get("PUBLIC_KEY_PATH") or "",
            source_id=_whole(status.get("Source_Server_Id") or status.get("Master_Server_Id")) or 0,
            received=(receiver.get("RECEIVED_TRANSACTION_SET") or "").replace("\n", ""),
            silent_for=_number(receiver.get("silent_for")),
            applying_for=_number(_of(rows["workers"], channel.name).get("applying_for")),
            retries=_whole(_of(rows["retries"], channel.name).get("COUNT_TRANSACTIONS_RETRIES")) or 0,
            privilege_checks_user=applier.get("PRIVILEGE_CHECKS_USER") or "",
            requires_primary_key=applier.get("REQUIRE_TABLE_PRIMARY_KEY_CHECK") or "",
            assigns_gtids=applier.get("ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS_TYPE") or "",
        )


class MariaDBChannelFacts:
    """MariaDB 10.6 and later, whose status has it all. ``retry_count`` is the server's own before 12, and not shown."""

    queries: Mapping[str, str] = {}
    _POSITIONS = {"Slave_Pos": AUTO, "Current_Pos": CURRENT_POS}

    def facts(self, channel: Channel, rows: Rows) -> ChannelFacts:
        """See :class:`ChannelFactsDialect`."""
        status = next((row for row in rows["status"] if row["Connection_name"] == channel.name), {})
        return _base(
            channel,
            status,
            position_by=self._POSITIONS.get(status.get("Using_Gtid") or "", BY_FILE),
            retry_count=_whole(channel.options.get("retry_count")),
            source_id=_whole(status.get("Master_Server_Id")) or 0,
            retries=_whole(status.get("Retried_transactions")) or 0,
        )


def _thread(thread: Thread) -> ThreadFacts:
    return ThreadFacts(thread.state, thread.errno, thread.error)


def _of(rows: Sequence[Row], channel: str) -> Row:
    return next((row for row in rows if row["CHANNEL_NAME"] == channel), {})


def _whole(value: object) -> Optional[int]:
    number = _number(value)
    return None if number is None else int(number)


def _number(value: object) -> Optional[float]:
    text = "" if value is None else str(value)
    return float(text) if text else None
