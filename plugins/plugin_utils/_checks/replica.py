# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas and primaries as they are configured: who writes, who reads from whom, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    CHANNELS,
    EVENTS,
    FILE,
    PERSISTED,
    VARIABLES,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import channel_name
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    NO_WAY,
    RECEIVER,
    Found,
    Part,
    Rules,
    by_site,
    is_any,
    is_not,
    likewise,
    number,
    running_events,
    setting,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import (
    PRIMARY,
    REPLICA,
    Link,
    Topology,
    by_address,
)

RULES = Rules(CHANNELS)
_SITE = "Run the playbook site."


def _pure_replicas(topology: Topology) -> Iterator[Snapshot]:
    return (server for server in topology.replicas() if server.role != PRIMARY)


RULES.variable(
    "replica.read_only",
    HIGH,
    "A replica takes writes",
    name="read_only",
    bad=is_any("OFF", "0"),
    on=_pure_replicas,
    reason="What an application writes there exists nowhere else, and stops the applier later.",
    remedy=f"{_SITE} It sets read_only at run time and in the option file.",
    manual="read_only",
)
RULES.variable(
    "replica.super_read_only",
    HIGH,
    "A replica takes administrators' writes",
    name="super_read_only",
    bad=is_any("OFF", "0"),
    on=lambda topology: (one for one in _pure_replicas(topology) if one.value("read_only") == "ON"),
    reason="read_only alone does not hold administrators back, and what they write makes an errant transaction.",
    remedy=f"{_SITE} It sets super_read_only at run time and in the option file.",
    manual="super_read_only",
)


@RULES.rule(
    "primary.writable",
    CRITICAL,
    "The primary takes no writes",
    reason="Applications fail (1290), and so does GRANT.",
    remedy=f"{_SITE} It sets read_only and super_read_only OFF on the primary.",
    manual="read_only",
)
def writable(topology: Topology) -> Iterator[Found]:
    """A source that is nobody's replica."""
    for server in topology.primaries():
        for name in ("super_read_only", "read_only"):
            if server.value(name) == "ON":
                # The one brings the other, and read_only is what an option file differs in.
                yield Found(server.name, setting(server, name), variable="read_only")
                break


@RULES.rule(
    "primary.not_replicating",
    HIGH,
    "The primary is itself a replica",
    reason="The inventory calls it the primary, and it applies what another server sends it.",
    remedy="If that is not meant, STOP REPLICA and RESET REPLICA ALL there (module replica, state: absent).",
    manual="RESET REPLICA",
)
def not_replicating(topology: Topology) -> Iterator[Found]:
    """It has a channel."""
    for server in topology.servers:
        if server.role == PRIMARY:
            for channel in server.channels:
                yield Found(server.name, f"{channel_name(channel)}, from {channel.source}", subject=channel.name)


@RULES.rule(
    "replica.source_correct",
    CRITICAL,
    "A channel points at the wrong place",
    reason="Its host or port is not that of any server here, nor does it lead to one.",
    remedy=f"{_SITE} It gives the channel the primary's own address, unless the inventory names another"
    " (mysql_replication_source_host, …_source_port): correct that one first.",
    manual="CHANGE REPLICATION SOURCE TO",
)
def source_correct(topology: Topology) -> Iterator[Found]:
    """The source is known by what it was, or by the inventory, and the address is another."""
    yield from (_perhaps_elsewhere(link) for link in topology.links if link.supposed)
    wrong = [link for link in topology.links if link.addressed is False and link.source and not link.channel.trial.succeeded]
    yield from (_wrong_place([link]) for link in wrong if not _is_silent(link))
    yield from (_silent_place(topology, sharing) for sharing in by_address(link for link in wrong if _is_silent(link)))


def _is_silent(link: Link) -> bool:
    return link.failure[0] in NO_WAY and not link.channel.resolution


def _wrong_place(links: Sequence[Link]) -> Found:
    link, *others = links
    return Found(
        link.replica.name,
        f"{_address(link)}; {_place(link.source)}",
        cause=f"the channel was given the address {link.channel.source}",
        peers=(link.source_name, *(other.replica.name for other in others)),
        subject=link.channel.name,
        breaks=tuple(Part(one.replica.name, one.channel.name, RECEIVER) for one in links),
        errnos=NO_WAY | {2005, 1045, 1130},
    )


def _silent_place(topology: Topology, links: Sequence[Link]) -> Found:
    """A mistake, or a proxy that is down: nothing tells which."""
    link, *others = links
    address, (errno, error) = link.channel.source, link.failure
    return replace(
        _wrong_place(links),
        evidence=f"a connection to {_address(link)} fails with error {errno}: {error}{likewise(others)}; {_place(link.source)}",
        title="Nothing answers at a channel's address, which is not its source's own",
        cause=f"a proxy or a forwarding to {link.source_name} that is down, or an address that was given by mistake",
        remedy=f"If {address} shall lead to {link.source_name}, mend the proxy or the forwarding there."
        f" If it is a mistake, {by_site(topology, link)}.",
    )


def _perhaps_elsewhere(link: Link) -> Found:
    address = link.channel.source
    return Found(
        link.replica.name,
        f"{_address(link)}, where a server refuses the login; {_place(link.source)}",
        title="Nobody knows where a channel's address leads",
        cause=f"the server at {address} may be a proxy to {link.source_name}, or another one: {link.replica.name} knows none of its"
        " source's numbers since it was restarted",
        remedy=f"See what listens at {address}. If it leads to {link.source_name}, mend what refuses the login; else run the"
        " playbook site, which gives the channel the primary's address.",
        severity=MEDIUM,
        peers=(link.source_name,),
        subject=link.channel.name,
    )


def _address(link: Link) -> str:
    return f"{link.channel.source} (on the host of {link.host_of})" if link.host_of else link.channel.source


def _place(source: Snapshot | None) -> str:
    if source is None:
        return ""
    return f"{source.name} is at {', '.join(source.addresses) or source.hostname}, port {source.port}"


@RULES.rule(
    "replica.source_forwarded",
    INFO,
    "A channel reaches its source by an address that is not the source's own",
    reason="A proxy, a forwarding or a translation of addresses stands between, and may lead elsewhere some day. The playbook site"
    " gives the channel the primary's own address, unless the inventory names another.",
    remedy="If it shall stay, name it in the inventory (mysql_replication_source_host, …_source_port); else run the playbook site.",
    manual="CHANGE REPLICATION SOURCE TO",
)
def source_forwarded(topology: Topology) -> Iterator[Found]:
    """It gets there, and the inventory does not name it: then it is meant."""
    for link in topology.links:
        gets_there = link.forwarded and (link.addressed or link.channel.receiver.state == "on")
        if gets_there and not topology.names(link) and link.source is not None:
            host, port = link.channel.source_host, link.channel.source_port
            yield Found(
                link.replica.name,
                f"{link.channel.source} leads to {link.source.name}; {_place(link.source)}",
                remedy=f"If it shall stay so, set mysql_replication_source_host: {host} and mysql_replication_source_port: {port}"
                f" for {link.replica.name} in the inventory, where the playbook audit sees them (those of a play or of one run it"
                " does not see: mysql_replication_audit_ignore); else run the playbook site, which gives the channel the primary's"
                " own address.",
                peers=(link.source.name,),
                subject=link.channel.name,
            )


@RULES.rule(
    "replica.wrong_source",
    CRITICAL,
    "A replica follows another server than the primary",
    reason="The inventory's primary and the server that it replicates from differ; it may be left over from a switchover.",
    remedy=f"{_SITE} It points the channel at the primary, and refuses where transactions would be lost.",
    manual="CHANGE REPLICATION SOURCE TO",
)
def wrong_source(topology: Topology) -> Iterator[Found]:
    """A source here that is neither the primary nor a replica in between."""
    primaries = {server.name for server in topology.servers if server.role == PRIMARY}
    for link in topology.links:
        source = link.source
        if source is not None and primaries and source.name not in primaries and source.role != REPLICA and link.addressed:
            evidence = f"it replicates from {source.name}; the primary is {', '.join(sorted(primaries))}"
            yield Found(link.replica.name, evidence, peers=(source.name,), subject=link.channel.name)


@RULES.rule(
    "replica.channel_set",
    CRITICAL,
    "A replica has no channel",
    reason="The inventory calls it a replica, and it replicates from nobody: its data stands still.",
    remedy=f"{_SITE} It makes the channel, and refuses where transactions would be lost.",
    manual="CHANGE REPLICATION SOURCE TO",
)
def channel_set(topology: Topology) -> Iterator[Found]:
    """RESET REPLICA ALL, or it was never set up."""
    for server in topology.servers:
        if server.role == REPLICA and not server.channels and server.is_readable("channels"):
            yield Found(server.name, "no channel is configured", cause="the channel was reset, or never made")


@RULES.rule(
    "replica.filters",
    HIGH,
    "A replica leaves out some of its source's changes",
    reason="Its data is not the source's; a failover to it loses the rest.",
    remedy="Remove the filters (CHANGE REPLICATION FILTER … = (); MariaDB: SET GLOBAL replicate_…), and copy the replica anew.",
    manual="How Servers Evaluate Replication Filtering Rules",
)
def filters(topology: Topology) -> Iterator[Found]:
    """As the channel's status shows them."""
    for link in topology.links:
        if link.channel.filters:
            yield Found(link.replica.name, "; ".join(link.channel.filters), subject=link.channel.name)


RULES.variable(
    "replica.skip_errors",
    CRITICAL,
    "A replica skips errors",
    name="replica_skip_errors",
    bad=is_not("OFF", ""),
    on=Topology.replicas,
    reason="Transactions that fail are passed over, and the data differs without a sign of it.",
    remedy="Take replica_skip_errors (slave_skip_errors) out of the option file, restart, and compare the data.",
    manual="replica_skip_errors",
)
RULES.variable(
    "replica.exec_mode",
    HIGH,
    "A replica overlooks missing and duplicate rows",
    name="replica_exec_mode",
    bad=is_any("IDEMPOTENT"),
    on=Topology.replicas,
    reason="Differences between source and replica stay hidden.",
    remedy="SET GLOBAL replica_exec_mode = STRICT (MariaDB: slave_exec_mode), and compare the data.",
    manual="replica_exec_mode",
)
RULES.variable(
    "replica.ddl_exec_mode",
    INFO,
    "A replica overlooks objects that are there already",
    name="replica_ddl_exec_mode",
    bad=is_any("IDEMPOTENT"),
    on=Topology.replicas,
    reason="CREATE is then done as CREATE OR REPLACE. It is MariaDB's own default.",
    remedy="Set slave_ddl_exec_mode = STRICT if a clash shall stop the replica.",
    manual="MariaDB documentation, slave_ddl_exec_mode",
)


@RULES.rule(
    "replica.skip_counter",
    HIGH,
    "A replica is about to skip a transaction",
    reason="The next one is passed over, whatever it is.",
    remedy="SET GLOBAL sql_replica_skip_counter = 0 (MariaDB: sql_slave_skip_counter).",
    manual="sql_replica_skip_counter",
)
def skip_counter(topology: Topology) -> Iterator[Found]:
    """Set, and not yet used up."""
    for link in topology.links:
        if link.channel.skip_counter:
            yield Found(link.replica.name, f"{link.channel.skip_counter} are to be skipped", subject=link.channel.name)


RULES.variable(
    "replica.parallelism",
    LOW,
    "A replica applies one transaction at a time",
    name="replica_parallel_workers",
    bad=lambda value, _server: (number(value) or 0) < 2,
    on=Topology.replicas,
    reason="A source that commits in parallel leaves it behind.",
    remedy=f"{_SITE} It sets four workers that commit in order.",
    manual="replica_parallel_workers",
)
RULES.variable(
    "replica.type_conversions",
    MEDIUM,
    "A replica may cut values off to make them fit",
    name="replica_type_conversions",
    bad=lambda value, _server: "ALL_LOSSY" in value.upper(),
    on=Topology.replicas,
    reason="Columns that differ are converted with loss instead of stopping the applier.",
    remedy="SET GLOBAL replica_type_conversions = '' and make the columns alike.",
    manual="Replication with Differing Table Definitions on Source and Replica",
)


@RULES.rule(
    "replica.delay",
    MEDIUM,
    "A replica stays behind on purpose",
    reason="Its data is old; a failover to it must first wait, or loses what is not applied.",
    remedy="If nobody planned it, SOURCE_DELAY = 0 (playbook site: mysql_replication_delay); else ignore this rule for that host.",
    manual="Delayed Replication",
)
def delay(topology: Topology) -> Iterator[Found]:
    """A plan cannot be seen from here: say so with an ignore entry."""
    for link in topology.links:
        if link.channel.delay:
            yield Found(link.replica.name, f"SOURCE_DELAY = {link.channel.delay} s", subject=link.channel.name)


RULES.variable(
    "replica.autostart",
    MEDIUM,
    "A replica does not start replicating with its server",
    name="skip_replica_start",
    bad=is_any("ON", "1"),
    on=Topology.replicas,
    reason="After a reboot it stays behind until somebody notices.",
    remedy="Take skip_replica_start (skip_slave_start) out of the option file.",
    manual="skip_replica_start",
)
RULES.variable(
    "replica.relay_purge",
    MEDIUM,
    "Relay logs are kept for ever",
    name="relay_log_purge",
    bad=is_any("OFF", "0"),
    on=Topology.replicas,
    reason="They fill the disk; and with relay_log_recovery the position may be lost.",
    remedy="SET GLOBAL relay_log_purge = ON, and in the option file.",
    manual="relay_log_purge",
)
RULES.variable(
    "replica.relay_space_limit",
    MEDIUM,
    "The room for relay logs is limited",
    name="relay_log_space_limit",
    bad=lambda value, _server: bool(number(value)),
    on=Topology.replicas,
    reason="When it is full the receiver stops fetching, and transactions stay on the source alone.",
    remedy="Set relay_log_space_limit = 0 in the option file and restart.",
    manual="relay_log_space_limit",
)


@RULES.rule(
    "replica.relay_log_name",
    MEDIUM,
    "Relay logs are named after the host",
    reason="If the host is renamed the server no longer finds them.",
    remedy=f"{_SITE} It pins the present name in the option file.",
    manual="relay_log",
    needs=(VARIABLES,),
)
def relay_log_name(topology: Topology) -> Iterator[Found]:
    """Nothing sets the name."""
    for server in topology.replicas():
        origin = server.origins.get("relay_log")
        if server.value("relay_log") is not None and (origin is None or origin.source not in (FILE, PERSISTED, "command line")):
            yield Found(server.name, setting(server, "relay_log"))


@RULES.rule(
    "replica.ignore_server_ids",
    MEDIUM,
    "A channel drops the events of some servers",
    reason="What was written there is missing. Of another server it is left over from a ring; of its source it is all.",
    remedy="STOP REPLICA; CHANGE REPLICATION SOURCE (MariaDB: MASTER) TO IGNORE_SERVER_IDS = (); START REPLICA. What was left out"
    " does not come again: where it is the source's, give the replica a fresh copy of the data"
    " (playbook rebuild_replica).",
    manual="CHANGE REPLICATION SOURCE TO, IGNORE_SERVER_IDS",
)
def ignore_server_ids(topology: Topology) -> Iterator[Found]:
    """The list is not empty; critical with the source's own."""
    for link in topology.links:
        ignored = link.channel.ignore_server_ids
        if ignored:
            is_source = str(link.channel.source_id) in ignored.replace(",", " ").split()
            whose = f", which is {link.source_name}'s own" if is_source else ""
            severity = CRITICAL if is_source else ""
            yield Found(link.replica.name, f"IGNORE_SERVER_IDS = ({ignored}){whose}", subject=link.channel.name, severity=severity)


RULES.variable(
    "replica.skipped_events",
    HIGH,
    "A replica leaves out what writers mark for it to skip",
    name="replicate_events_marked_for_skip",
    bad=lambda value, _server: value.upper() != "REPLICATE",
    on=Topology.replicas,
    reason="A session that sets skip_replication writes what never comes here, and nothing tells.",
    remedy="STOP SLAVE; SET GLOBAL replicate_events_marked_for_skip = REPLICATE; START SLAVE, and in the option file.",
    manual="MariaDB documentation, Selectively Skipping Replication of Binlog Events",
)


@RULES.rule(
    "replica.events_enabled",
    HIGH,
    "A replica runs events of its own",
    reason="What an event does on the source replicates; on the replica it is done a second time.",
    remedy="ALTER EVENT … DISABLE ON REPLICA (MariaDB: DISABLE ON SLAVE), or event_scheduler = OFF there.",
    manual="Replication of Invoked Features",
    needs=(EVENTS,),
)
def events_enabled(topology: Topology) -> Iterator[Found]:
    """Only where the scheduler runs."""
    for server in topology.replicas():
        if running_events(server) and server.role != PRIMARY:
            # Whether they write, and whether that is what an applier stumbles over, does not show here: see gtid.errant.
            yield Found(server.name, running_events(server))
