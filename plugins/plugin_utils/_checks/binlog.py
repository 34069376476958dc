# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The binary log: what replicas get to read, for how long, and how."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    BINARY_LOGS,
    VARIABLES,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import SEVEN_DAYS
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    RECEIVER,
    Found,
    Part,
    Rules,
    is_any,
    is_not,
    number,
    setting,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(VARIABLES)
_SITE = "Run the playbook site: it sets the variable at run time and in the option file."
_DISK_SHARE = 0.5


@RULES.rule(
    "binlog.enabled",
    CRITICAL,
    "The binary log is off on a source",
    reason="Without it there is nothing to replicate: receivers stop with 13114 or 1236.",
    remedy="Take skip-log-bin or disable-log-bin out of the option file, set log_bin, and restart the server (playbook site).",
    manual="The Binary Log",
)
def enabled(topology: Topology) -> Iterator[Found]:
    """A source, or a server that shall be one."""
    for server in topology.sources():
        if server.value("log_bin") == "OFF":
            links = topology.links_to.get(server.name, ())
            yield Found(
                server.name,
                setting(server, "log_bin"),
                variable="log_bin",
                peers=tuple(link.replica.name for link in links),
                breaks=tuple(Part(link.replica.name, link.channel.name, RECEIVER) for link in links),
                errnos=frozenset({13114, 1236}),
            )


@RULES.rule(
    "binlog.replica_enabled",
    HIGH,
    "The binary log is off on a replica",
    reason="It cannot be promoted, nor can others replicate from it.",
    remedy="Set log_bin and restart it (playbook site).",
    manual="Switching Sources During Failover",
)
def replica_enabled(topology: Topology) -> Iterator[Found]:
    """A replica that is no source."""
    for server in topology.replicas():
        if server.value("log_bin") == "OFF" and not topology.is_source(server):
            yield Found(server.name, setting(server, "log_bin"), variable="log_bin")


RULES.variable(
    "binlog.format_row",
    HIGH,
    "The binary log is not in row format",
    name="binlog_format",
    bad=is_not("ROW"),
    on=Topology.all,
    reason="Statements may change other rows on a replica than on the source. MariaDB's own default is MIXED.",
    remedy=f"{_SITE} Sessions that are open keep the old format.",
    manual="Advantages and Disadvantages of Statement-Based and Row-Based Replication",
)
RULES.variable(
    "binlog.row_image",
    MEDIUM,
    "The binary log does not hold whole rows",
    name="binlog_row_image",
    bad=is_not("FULL"),
    on=Topology.all,
    reason="With less than whole rows a replica may not find the row to change, and no change can be undone from the log.",
    remedy=_SITE,
    manual="binlog_row_image",
)
RULES.variable(
    "binlog.checksum",
    MEDIUM,
    "Events carry no checksum",
    name="binlog_checksum",
    bad=is_any("NONE"),
    on=Topology.sources,
    reason="A damaged event is then applied, not refused.",
    remedy="SET GLOBAL binlog_checksum = CRC32, and in the option file.",
    manual="binlog_checksum",
)
RULES.variable(
    "binlog.verify_checksum",
    MEDIUM,
    "A replica does not verify checksums",
    name="replica_sql_verify_checksum",
    bad=is_any("OFF", "0"),
    on=Topology.replicas,
    reason="A damaged relay log is then applied, not refused.",
    remedy="SET GLOBAL replica_sql_verify_checksum = ON (MariaDB: slave_sql_verify_checksum), and in the option file.",
    manual="replica_sql_verify_checksum",
)
RULES.variable(
    "binlog.replica_updates",
    HIGH,
    "A replica does not log what it applies",
    name="log_replica_updates",
    bad=is_any("OFF", "0"),
    on=Topology.replicas,
    reason="It cannot be promoted, nor can others replicate from it.",
    remedy="Set log_replica_updates in the option file and restart it (playbook site).",
    manual="log_replica_updates",
)
RULES.variable(
    "binlog.retention_min",
    HIGH,
    "Binary logs are kept for less than seven days",
    name="binlog_expire_logs_seconds",
    bad=lambda value, _server: 0 < (number(value) or 0) < SEVEN_DAYS,
    on=Topology.sources,
    reason="A replica that was away for longer cannot go on, and must be copied anew.",
    remedy=_SITE,
    manual="binlog_expire_logs_seconds",
)


def _keeps_for_ever(_value: str, server: Snapshot) -> bool:
    expires = number(server.value("binlog_expire_logs_seconds")) or number(server.value("expire_logs_days"))
    return not expires and not number(server.value("max_binlog_total_size"))


RULES.variable(
    "binlog.retention_unbounded",
    MEDIUM,
    "Binary logs are kept for ever",
    name="binlog_expire_logs_seconds",
    bad=_keeps_for_ever,
    on=Topology.all,
    reason="They fill the disk, and a full disk stops commits. It is MariaDB's own default.",
    remedy=_SITE,
    manual="binlog_expire_logs_seconds",
)
RULES.variable(
    "binlog.auto_purge",
    MEDIUM,
    "Expired binary logs are not removed",
    name="binlog_expire_logs_auto_purge",
    bad=is_any("OFF"),
    on=Topology.all,
    reason="binlog_expire_logs_seconds has no effect; the disk fills.",
    remedy="SET GLOBAL binlog_expire_logs_auto_purge = ON, and in the option file.",
    manual="binlog_expire_logs_auto_purge",
)


@RULES.rule(
    "binlog.retention_actual",
    HIGH,
    "Binary logs reach back less far than the setting says",
    reason="Somebody purged them, or their total size is bounded: a replica that was away finds less than it may expect.",
    remedy="See who runs PURGE BINARY LOGS, and whether max_binlog_total_size is too small.",
    manual="PURGE BINARY LOGS Statement",
    needs=(BINARY_LOGS,),
)
def retention_actual(topology: Topology) -> Iterator[Found]:
    """Only where logs are gone, and the server has been there for longer than they reach back."""
    for server in topology.sources():
        logs, wanted = server.binary_logs, number(server.value("binlog_expire_logs_seconds")) or 0
        if logs is None or logs.begun is None or not wanted or _sequence(logs.oldest) <= 1:
            continue
        age = server.clock - logs.begun
        least = min(wanted, SEVEN_DAYS)
        if age < least * 0.9 and server.uptime > least:
            evidence = (
                f"the oldest, {logs.oldest}, was begun {age / 3600:.1f} h ago; {setting(server, 'binlog_expire_logs_seconds')}"
            )
            yield Found(server.name, evidence)


def _sequence(name: str) -> int:
    digits = name.rpartition(".")[2]
    return int(digits) if digits.isdigit() else 0


@RULES.rule(
    "binlog.disk_share",
    HIGH,
    "Binary logs take more than half of the disk",
    reason="A full disk stops commits.",
    remedy="Give them a disk of their own, or keep them for less long (replicas permitting).",
    manual="Binary Logging Options and Variables",
    needs=(BINARY_LOGS,),
)
def disk_share(topology: Topology) -> Iterator[Found]:
    """Compared with what they and the free space come to together."""
    for server in topology.all():
        logs = server.binary_logs
        if logs is not None and server.disks:
            disk = server.disks[0]
            if logs.size > _DISK_SHARE * (logs.size + disk.free):
                yield Found(
                    server.name, f"{logs.count} files, {logs.size >> 20} MiB; {disk.free >> 20} MiB are free on {disk.path}"
                )


@RULES.rule(
    "binlog.filters",
    HIGH,
    "A source leaves databases out of its binary log",
    reason="Their changes are lost for replicas and for recovery; in row format the rule follows the table's database, in statement"
    " format the session's.",
    remedy="Take binlog_do_db and binlog_ignore_db out of the option file and restart; filter on a replica if you must.",
    manual="Evaluation of Database-Level Replication and Binary Logging Options",
    needs=(BINARY_LOGS,),
)
def filters(topology: Topology) -> Iterator[Found]:
    """As the status of the binary log shows them."""
    for server in topology.all():
        logs = server.binary_logs
        if logs is not None and (logs.do_db or logs.ignore_db):
            yield Found(server.name, f"binlog_do_db = {logs.do_db or 'none'}, binlog_ignore_db = {logs.ignore_db or 'none'}")


RULES.variable(
    "binlog.error_action",
    HIGH,
    "The server goes on without a binary log after an error",
    name="binlog_error_action",
    bad=is_not("ABORT_SERVER"),
    on=Topology.sources,
    reason="After a write error the binary log stops, silently, and replicas miss everything from then on.",
    remedy="SET GLOBAL binlog_error_action = ABORT_SERVER, and in the option file.",
    manual="binlog_error_action",
)


@RULES.rule(
    "binlog.purge_guard",
    LOW,
    "Binary logs may be purged although no replica has them",
    reason="Without slave_connections_needed_for_purge an expired log goes, whether or not a replica has read it.",
    remedy="Set slave_connections_needed_for_purge to the number of replicas.",
    manual="MariaDB documentation, slave_connections_needed_for_purge",
)
def purge_guard(topology: Topology) -> Iterator[Found]:
    """MariaDB 11.4 and later, on a source with replicas."""
    for server in topology.sources():
        needed = number(server.value("replica_connections_needed_for_purge"))
        if needed == 0 and topology.links_to.get(server.name):
            yield Found(server.name, setting(server, "replica_connections_needed_for_purge"))


@RULES.rule(
    "binlog.max_packet_chain",
    MEDIUM,
    "A replica takes smaller packets than its source sends",
    reason="A large row event then stops the receiver (13125, 1153).",
    remedy="Raise replica_max_allowed_packet (MariaDB: slave_max_allowed_packet) to at least the source's max_allowed_packet.",
    manual="replica_max_allowed_packet",
)
def max_packet_chain(topology: Topology) -> Iterator[Found]:
    """Each channel's two ends."""
    for link in topology.links:
        here = number(link.replica.value("replica_max_allowed_packet"))
        there = number(link.source.value("max_allowed_packet")) if link.source else None
        if here is not None and there is not None and here < there and link.source:
            evidence = (
                f"{setting(link.replica, 'replica_max_allowed_packet')}; on {link.source.name} max_allowed_packet = {there:.0f}"
            )
            yield Found(link.replica.name, evidence, peers=(link.source.name,), subject=link.channel.name)


@RULES.rule(
    "binlog.encryption",
    INFO,
    "Binary logs are not encrypted on disk",
    reason="Whoever can read the disk or a backup of it reads every change.",
    remedy="Set up a keyring or key management plugin, then binlog_encryption (MariaDB: encrypt_binlog).",
    manual="Encrypting Binary Log Files and Relay Log Files",
)
def encryption(topology: Topology) -> Iterator[Found]:
    """Under either vendor's name."""
    for server in topology.sources():
        name = "binlog_encryption" if server.value("binlog_encryption") is not None else "encrypt_binlog"
        if server.value(name) == "OFF":
            yield Found(server.name, setting(server, name))


@RULES.rule(
    "binlog.annotate",
    INFO,
    "The binary log does not say which statement changed the rows",
    reason="After an accident the rows are there, and nobody knows what was run.",
    remedy="Set binlog_rows_query_log_events (MariaDB: binlog_annotate_row_events) ON.",
    manual="binlog_rows_query_log_events",
)
def annotate(topology: Topology) -> Iterator[Found]:
    """Under either vendor's name."""
    for server in topology.sources():
        for name in ("binlog_rows_query_log_events", "binlog_annotate_row_events"):
            if server.value(name) == "OFF":
                yield Found(server.name, setting(server, name))


@RULES.rule(
    "binlog.unsafe_routines",
    LOW,
    "Functions are trusted although statements are logged",
    reason="A function that is not deterministic gives other results on a replica.",
    remedy="Set binlog_format = ROW, or log_bin_trust_function_creators = OFF.",
    manual="Stored Program Binary Logging",
)
def unsafe_routines(topology: Topology) -> Iterator[Found]:
    """Harmless in row format."""
    for server in topology.sources():
        if server.value("log_bin_trust_function_creators") == "ON" and server.value("binlog_format") != "ROW":
            yield Found(server.name, setting(server, "log_bin_trust_function_creators"))
