# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Health: what the channels do now. Most of this shows the symptom of a cause that another rule names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import (
    DISK_FULL,
    LOGIN,
    NETWORK,
    TLS,
    classify,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    CHANNELS,
    PROCESSES,
    VARIABLES,
    WAITS_FOR_DISK,
    Snapshot,
    ThreadFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    APPLIER,
    RECEIVER,
    TELLING,
    Found,
    Part,
    Rules,
    receiver_of,
    running_events,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology

RULES = Rules(CHANNELS)
_LAG_SECONDS = 30
_LAG_CRITICAL = 300
_LONG_TRANSACTION = 300
_DISK_FREE = 0.15
_DISK_FULL = 0.03
# errno(3).
_ENOSPC = 28
# 1030, ER_GET_ERRNO: whatever a storage engine met.
_DISK_ERRNOS = DISK_FULL | {_ENOSPC, 1030}
_RELAY_SHARE = 0.2
_BACKLOG = 1000
_KEPT_OUT = (LOGIN, NETWORK, TLS)


def _telling(server: Snapshot) -> Part:
    return Part(server.name, "", TELLING)


def _waits_for_disk(server: Snapshot) -> bool:
    """A single row may be larger than what is free."""
    return any(WAITS_FOR_DISK in reason for reason in server.unreadable.values())


def _full(found: Found, server: Snapshot) -> Found:
    """A disk that stops the server's threads, each with an error of its own, and keeps the server from telling."""
    threads = [Part(server.name, channel.name, one) for channel in server.channels for one in (RECEIVER, APPLIER)]
    return replace(found, severity=CRITICAL, breaks=(_telling(server), *threads), errnos=_DISK_ERRNOS)


def _unread(server: Snapshot, section: str) -> Found:
    reason = server.unreadable[section]
    found = Found(server.name, f"{section}: {reason}", subject=section)
    if WAITS_FOR_DISK not in reason:
        return found
    remedy = f"Make room on the disks of {server.name} (df -h); it goes on by itself then, and tells again."
    return replace(found, remedy=remedy, shows=_telling(server), errno=_ENOSPC)


def _is_stopped(thread: ThreadFacts) -> bool:
    return thread.state == "off" and not thread.errno


def _is_kept_out(thread: ThreadFacts) -> bool:
    """Whether its error is one of the login or of the way there, so that a trial login tells more than this old one."""
    known = classify(thread.errno, thread.error) if thread.errno else None
    return known is not None and known.kind in _KEPT_OUT


#: A row that is there already, one that is not.
_OF_OTHER_ROWS = frozenset({1062, 1032})


def _thread(link: Link, name: str, thread: ThreadFacts, word: str) -> Found:
    """A thread that does not run, with the cause that its error stands for: it holds unless another rule knows better."""
    known = classify(thread.errno, thread.error) if thread.errno else None
    if thread.errno:
        evidence = f"the {word} of the channel from {link.source_name} is {thread.state}, error {thread.errno}: {thread.error}"
        unknown = "the server names no more than this error", f"see the error logs of {link.replica.name} and {link.source_name}"
        cause, remedy = link.explained(known) if known else unknown
        events = running_events(link.replica) if thread.errno in _OF_OTHER_ROWS else ""
        if events:
            cause += f"; its own events run there ({events}), and may have done it"
            remedy = f"ALTER EVENT … DISABLE for them first, or they do it again; then {remedy}"
    else:
        evidence = f"the {word} of the channel from {link.source_name} is {thread.state}, without an error"
        cause = "somebody stopped it, or it was never started" if thread.state == "off" else "it is trying to connect"
        remedy = "run the playbook site: it looks at both ends before it starts it; START REPLICA by hand looks at neither"
    part = Part(link.replica.name, link.channel.name, name)
    # It is a root itself for what follows from it; see ties.
    return Found(
        link.replica.name,
        evidence,
        cause=cause,
        remedy=remedy,
        peers=(link.source_name,),
        subject=link.channel.name,
        shows=part,
        errno=thread.errno,
        is_stopped=_is_stopped(thread),
    )


def _receiver(link: Link) -> Found:
    """A receiver that does not run; of a whole channel that somebody stopped it tells too."""
    thread, trial = link.channel.receiver, link.channel.trial
    found = _thread(link, RECEIVER, thread, "receiver (IO thread)")
    if _is_kept_out(thread) and trial.succeeded and trial.may_replicate:
        soon = f", or wait for its next try, within {link.channel.connect_retry or 60} s" if thread.state == "connecting" else ""
        return replace(
            found,
            title="A receiver (IO thread) has not tried again since its source lets it in",
            cause="what kept it out is mended: a login with the channel's own account and password succeeds now",
            remedy=f"STOP REPLICA; START REPLICA (playbook site){soon}",
        )
    if _is_kept_out(thread) and trial.failed:
        return replace(found, errno=trial.errno)  # what its next try would meet
    if _is_stopped(thread) and _is_stopped(link.channel.applier):
        evidence = f"receiver and applier of the channel from {link.source_name} are off, without an error"
        return replace(found, title="A channel is stopped", evidence=evidence)
    return found


@RULES.rule(
    "health.receiver",
    CRITICAL,
    "A receiver (IO thread) does not run",
    reason="The replica gets no more changes; what the source writes from now on is on one server only.",
    remedy="Mend the cause, then START REPLICA (playbook site).",
    manual="SHOW REPLICA STATUS, Replica_IO_Running",
)
def receiver(topology: Topology) -> Iterator[Found]:
    """Off, trying to connect, or with an error standing."""
    for link in topology.links:
        if not link.channel.receiver.healthy:
            yield _receiver(link)


@RULES.rule(
    "health.applier",
    CRITICAL,
    "An applier (SQL thread) does not run",
    reason="The replica's data stands still, while its relay log grows.",
    remedy="Mend the cause, then START REPLICA (playbook site). Never skip a transaction without looking at it.",
    manual="SHOW REPLICA STATUS, Replica_SQL_Running; replication_applier_status_by_worker",
)
def applier(topology: Topology) -> Iterator[Found]:
    """Off, or with an error standing; of several workers the one that failed. Of a whole channel that is off the receiver tells."""
    for link in topology.links:
        is_told = _is_stopped(link.channel.applier) and _is_stopped(link.channel.receiver)
        if not link.channel.applier.healthy and not is_told:
            yield _thread(link, APPLIER, link.channel.applier, "applier (SQL thread)")


@RULES.rule(
    "health.upstream",
    HIGH,
    "A replica gets nothing, for its source replicates no more",
    reason="It is connected and lags behind nothing, while the server that it replicates from stands still itself.",
    remedy="Mend the channel of its source; it goes on by itself then.",
    manual="Replication Topologies; observed on both vendors",
)
def upstream(topology: Topology) -> Iterator[Found]:
    """In a chain of servers with one channel each; it is always a symptom of the channel above that does not run."""
    for link in topology.links:
        above = _broken_above(topology, link)
        if above is not None:
            channel = above.channel
            yield Found(
                link.replica.name,
                f"the channel of {above.replica.name} from {above.source_name} does not run"
                f" (receiver {channel.receiver.state}, applier {channel.applier.state})",
                peers=(above.replica.name,),
                subject=link.channel.name,
                breaks=receiver_of(link),
                shows=Part(above.replica.name, channel.name, RECEIVER if not channel.receiver.healthy else APPLIER),
            )


def _broken_above(topology: Topology, link: Link) -> Link | None:
    """The nearest channel that does not run on the way up from a channel's source."""
    seen = {link.replica.name}
    source = link.source
    while source is not None and source.name not in seen:
        seen.add(source.name)
        links = topology.links_of.get(source.name, ())
        if len(links) != 1 or (links[0].source and links[0].source.name in seen):
            return None
        if not links[0].channel.healthy:
            return links[0]
        source = links[0].source
    return None


@RULES.rule(
    "health.lag",
    HIGH,
    "A replica lags behind",
    reason=f"Readers there see old data; a failover to it waits or loses changes. It is told from {_LAG_SECONDS} s beyond the delay"
    f" that is meant, and critical from {_LAG_CRITICAL} s.",
    remedy="See what it applies (SHOW PROCESSLIST), and whether more workers, keys on the tables, or smaller transactions help.",
    manual="SHOW REPLICA STATUS, Seconds_Behind_Source",
)
def lag(topology: Topology) -> Iterator[Found]:
    """Beyond the delay that is meant."""
    for link in topology.links:
        behind = (link.channel.lag or 0) - link.channel.delay
        if behind > _LAG_SECONDS:
            yield Found(
                link.replica.name,
                f"{behind} s behind {link.source_name}",
                severity=CRITICAL if behind > _LAG_CRITICAL else "",
                peers=(link.source_name,),
                subject=link.channel.name,
            )


@RULES.rule(
    "health.lag_unknown",
    CRITICAL,
    "Nobody knows how far a replica is behind",
    reason="The server says NULL, which many exporters drop, or 0 while the receiver does not run: an alert on lag never fires.",
    remedy="Mend what stops the threads; alert on the threads' state and on a missing lag too.",
    manual="SHOW REPLICA STATUS, Seconds_Behind_Source; observed on both vendors",
)
def lag_unknown(topology: Topology) -> Iterator[Found]:
    """It is always a symptom."""
    for link in topology.links:
        channel = link.channel
        shown = "NULL" if channel.lag is None else str(channel.lag)
        if channel.lag is None or (channel.lag == 0 and channel.receiver.state != "on"):
            name = RECEIVER if channel.receiver.state != "on" else APPLIER
            yield Found(
                link.replica.name,
                f"Seconds_Behind = {shown}, receiver {channel.receiver.state}, applier {channel.applier.state}",
                peers=(link.source_name,),
                subject=channel.name,
                shows=Part(link.replica.name, channel.name, name),
            )


@RULES.rule(
    "health.backlog",
    LOW,
    "A replica has received much that it has not applied",
    reason="It is bound by its applier; after a crash of the source it must catch up before it can be promoted.",
    remedy="More workers, keys on the tables, or smaller transactions.",
    manual="Replication Threads",
)
def backlog(topology: Topology) -> Iterator[Found]:
    """MySQL tells both sets."""
    for link in topology.links:
        if link.channel.received and "gtid_executed" in link.replica.gtid and not link.channel.delay:
            waiting = (GtidSet.parse(link.channel.received) - GtidSet.parse(link.replica.gtid["gtid_executed"])).count
            if waiting > _BACKLOG:
                yield Found(link.replica.name, f"{waiting} transactions wait for the applier", subject=link.channel.name)


@RULES.rule(
    "health.heartbeat_age",
    HIGH,
    "A receiver has heard nothing from its source for long",
    reason="The link may be half open: the replica still looks connected.",
    remedy="STOP and START REPLICA IO_THREAD; see whether a firewall drops idle connections.",
    manual="replication_connection_status, LAST_HEARTBEAT_TIMESTAMP",
)
def heartbeat_age(topology: Topology) -> Iterator[Found]:
    """Twice the heartbeat's period, without heartbeat or transaction, though the source has some that are missing here."""
    for link in topology.links:
        channel = link.channel
        quiet = channel.silent_for is not None and channel.heartbeat_period
        if quiet and channel.receiver.healthy and link.source and "gtid_executed" in link.source.gtid and channel.received:
            missing = GtidSet.parse(link.source.gtid["gtid_executed"]) - GtidSet.parse(link.replica.gtid["gtid_executed"])
            late = (channel.silent_for or 0) > 2 * (channel.heartbeat_period or 0) + _LAG_SECONDS
            if late and missing:
                silent = f"neither heartbeat nor transaction for {channel.silent_for:.0f} s"
                evidence = f"{silent}, and {missing.count} transactions are missing"
                yield Found(link.replica.name, evidence, peers=(link.source.name,), subject=channel.name)


@RULES.rule(
    "health.stuck_transaction",
    MEDIUM,
    "A replica has been applying one transaction for minutes",
    reason="It is huge, or waits for a lock that a session on the replica holds.",
    remedy="See SHOW PROCESSLIST and performance_schema.metadata_locks there.",
    manual="replication_applier_status_by_worker",
)
def stuck_transaction(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for link in topology.links:
        if (link.channel.applying_for or 0) > _LONG_TRANSACTION and link.channel.applier.state == "on":
            yield Found(link.replica.name, f"for {link.channel.applying_for:.0f} s", subject=link.channel.name)


@RULES.rule(
    "health.retries",
    LOW,
    "A replica has had to repeat transactions",
    reason="They met locks, of readers on the replica or of other workers.",
    remedy="See which sessions on the replica lock rows.",
    manual="replication_applier_status, COUNT_TRANSACTIONS_RETRIES",
)
def retries(topology: Topology) -> Iterator[Found]:
    """More than a few an hour since the start."""
    for link in topology.links:
        hours = max(link.replica.uptime / 3600, 1)
        if link.channel.retries / hours > 10:
            yield Found(link.replica.name, f"{link.channel.retries} since {hours:.0f} h", subject=link.channel.name)


@RULES.rule(
    "health.relay_space",
    MEDIUM,
    "Relay logs take much of the disk",
    reason="When it is full the receiver stops, or the whole server.",
    remedy="See why the applier does not keep up.",
    manual="SHOW REPLICA STATUS, Relay_Log_Space",
)
def relay_space(topology: Topology) -> Iterator[Found]:
    """A fifth of the disk that the data is on."""
    for link in topology.links:
        disks = link.replica.disks
        if disks and link.channel.relay_log_size > _RELAY_SHARE * disks[0].size:
            yield Found(link.replica.name, f"{link.channel.relay_log_size >> 20} MiB", subject=link.channel.name)


@RULES.rule(
    "health.replica_count",
    HIGH,
    "A replica that runs is not connected to its source",
    reason="The replica says that it is connected, and the source sends to nobody like that.",
    remedy="STOP and START REPLICA IO_THREAD on the replica.",
    manual="SHOW REPLICAS",
    needs=(CHANNELS, PROCESSES),
)
def replica_count(topology: Topology) -> Iterator[Found]:
    """Fewer senders on the source than receivers that are on."""
    for source in topology.sources():
        running = [link for link in topology.links_to.get(source.name, ()) if link.channel.receiver.state == "on"]
        if source.is_readable(PROCESSES) and len(source.dump_threads) < len(running):
            yield Found(
                source.name,
                f"{len(running)} receivers are on, {len(source.dump_threads)} connections are served",
                peers=tuple(link.replica.name for link in running),
            )


@RULES.rule(
    "health.disk_free",
    HIGH,
    "A disk is nearly full",
    reason="A full disk stops commits on a source, and the receiver or the applier of a replica.",
    remedy="Make room, or give binary and relay logs a disk of their own.",
    manual="How MySQL Handles a Full Disk",
    needs=(VARIABLES,),
)
def disk_free(topology: Topology) -> Iterator[Found]:
    """Less than fifteen percent, on any file system that the server writes to."""
    for server in topology.all():
        for disk in server.disks:
            if disk.size and disk.free < _DISK_FREE * disk.size:
                evidence = f"{disk.path}: {disk.free >> 20} MiB of {disk.size >> 20} MiB are free"
                found = Found(server.name, evidence, subject=disk.path)
                yield _full(found, server) if disk.free < _DISK_FULL * disk.size or _waits_for_disk(server) else found


@RULES.rule(
    "health.channels_readable",
    HIGH,
    "A server's channels could not be read",
    reason="Whether it replicates at all is unknown.",
    remedy="Give the audit's login the privilege that the error names (ansible-doc dbops.mysql_replication.replication_info).",
    manual="SHOW REPLICA STATUS",
    needs=(),
)
def channels_readable(topology: Topology) -> Iterator[Found]:
    """Said, not guessed."""
    for server in topology.servers:
        if CHANNELS in server.unreadable:
            yield _unread(server, CHANNELS)


@RULES.rule(
    "health.sections_readable",
    LOW,
    "Some of a server could not be read",
    reason="Rules about it are silent, which does not mean that all is well.",
    remedy="Give the login the privileges that the documentation of replication_info lists, and read on the server's host.",
    manual="Privileges Provided by MySQL",
    needs=(),
)
def sections_readable(topology: Topology) -> Iterator[Found]:
    """Every section but the channels."""
    for server in topology.servers:
        for section in server.unreadable:
            if section != CHANNELS:
                yield _unread(server, section)
