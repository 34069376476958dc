# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identity: who each server is, and that no two are the same."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    CHANNELS,
    COMPILED,
    REPLICAS,
    VARIABLES,
    Origin,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, MYSQL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import loopback_only
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    RECEIVER,
    TRIAL,
    Found,
    Part,
    Rules,
    setting,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(VARIABLES)
_SAME = frozenset({13117, 1593, 13114, 1236})
# The series that still get fixes in the autumn of 2026; the last of each is the newest that rules were measured on.
_MAINTAINED = {MYSQL: ((8, 4), (9, 7)), MARIADB: ((10, 11), (11, 4), (11, 8))}
_SKEW_SECONDS = 1.0


def _parts(topology: Topology, names: Iterable[str]) -> tuple[Part, ...]:
    """The receivers of these servers: they are what stops."""
    return tuple(Part(name, link.channel.name, RECEIVER) for name in names for link in topology.links_of.get(name, ()))


def _alike(servers: Iterable[Snapshot], key: str) -> list[list[Snapshot]]:
    groups: dict[Hashable, list[Snapshot]] = {}
    for server in servers:
        groups.setdefault(getattr(server, key), []).append(server)
    return [ones for value, ones in groups.items() if value and len(ones) > 1]


@RULES.rule(
    "identity.server_id_zero",
    CRITICAL,
    "server_id is 0",
    reason="A server with server_id 0 neither replicates (1200) nor lets others replicate from it (13114, 1236).",
    remedy="Give it a server_id of its own (playbook site, mysql_replication_server_id).",
    manual="server_id",
)
def server_id_zero(topology: Topology) -> Iterator[Found]:
    """Both ends stop."""
    for server in topology.all():
        if server.server_id == 0:
            names = [server.name, *(link.replica.name for link in topology.links_to.get(server.name, ()))]
            yield Found(
                server.name,
                setting(server, "server_id"),
                variable="server_id",
                breaks=_parts(topology, names),
                errnos=_SAME | {1200},
            )


@RULES.rule(
    "identity.server_id_default",
    HIGH,
    "server_id is the default",
    reason="Every server that nobody gave a server_id has the same one.",
    remedy="Give it a server_id of its own (playbook site, mysql_replication_server_id).",
    manual="server_id",
)
def server_id_default(topology: Topology) -> Iterator[Found]:
    """Nothing set it."""
    for server in topology.all():
        if server.server_id and server.origins.get("server_id", Origin(COMPILED)).source == COMPILED:
            yield Found(server.name, setting(server, "server_id"))


@RULES.rule(
    "identity.server_id_unique",
    CRITICAL,
    "Two servers have the same server_id",
    reason="A replica with its source's server_id takes its transactions for its own: while connected it leaves them out without a"
    " word, and rows are missing; at its next connect it stops (13117, 1593). Two replicas with one push each other out.",
    remedy="Give each server its own server_id (playbook site, mysql_replication_server_id; it says where transactions were left"
    " out). Do not do it by hand: later transactions would come in and hide what is missing.",
    manual="server_id; observed on both vendors",
)
def server_id_unique(topology: Topology) -> Iterator[Found]:
    """The finding stands on the server whose value was changed last, as far as that is known, else on a replica."""
    for ones in _alike(topology.all(), "server_id"):
        guilty = sorted(ones, key=lambda one: (one.origins.get("server_id", Origin("")).source != "run time", not one.channels))[0]
        others = tuple(one.name for one in ones if one is not guilty)
        evidence = f"{setting(guilty, 'server_id')}; {', '.join(others)} has the same"
        parts = _parts(topology, [one.name for one in ones])
        yield Found(guilty.name, evidence, peers=others, variable="server_id", breaks=parts, errnos=_SAME)


@RULES.rule(
    "identity.server_uuid_unique",
    CRITICAL,
    "Two servers have the same server_uuid",
    reason="The file auto.cnf was copied with the data: GTIDs of both servers mix, and receivers stop (13117).",
    remedy="Remove auto.cnf on the copy and restart it (playbook site does both).",
    manual="Replication and Binary Logging Options, server_uuid",
)
def server_uuid_unique(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for ones in _alike(topology.all(), "server_uuid"):
        guilty = sorted(ones, key=lambda one: not one.channels)[0]
        others = tuple(one.name for one in ones if one is not guilty)
        evidence = f"server_uuid = {guilty.server_uuid}; {', '.join(others)} has the same"
        yield Found(guilty.name, evidence, peers=others, breaks=_parts(topology, [one.name for one in ones]), errnos=_SAME)


@RULES.rule(
    "identity.registered_replica_unique",
    HIGH,
    "A source lists one replica twice",
    reason="Two replicas with one identity push each other off the source.",
    remedy="Give each its own server_id, and on MySQL its own auto.cnf.",
    manual="SHOW REPLICAS",
    needs=(REPLICAS,),
)
def registered_replica_unique(topology: Topology) -> Iterator[Found]:
    """The same server_id in two rows of the source's list; replicas that the audit does not know count too."""
    for source in topology.sources():
        seen: dict[int, str] = {}
        for replica in source.replicas:
            if replica.server_id in seen:
                evidence = f"server_id {replica.server_id}: {seen[replica.server_id]} and {replica.host or 'unnamed'}"
                yield Found(source.name, evidence, subject=str(replica.server_id))
            seen[replica.server_id] = replica.host or "unnamed"


@RULES.rule(
    "identity.report_host",
    MEDIUM,
    "A replica does not say under which address it is reached",
    reason="The source lists its replicas by what they report; tools that follow the list then find nobody.",
    remedy="Set report_host to the replica's address, in the option file, and restart it (playbook site).",
    manual="report_host",
)
def report_host(topology: Topology) -> Iterator[Found]:
    """Empty, a loopback address, or the port of another server."""
    for server in topology.replicas():
        host, port = server.value("report_host") or "", server.value("report_port") or ""
        if not host or loopback_only(host):
            yield Found(server.name, setting(server, "report_host"))
        elif port not in ("", "0", str(server.port)):
            yield Found(server.name, f"report_port = {port}, but the port is {server.port}")


@RULES.rule(
    "identity.version_order",
    HIGH,
    "A replica is older than its source",
    reason="A replica need not understand what a newer source writes.",
    remedy="Upgrade replicas first, their source last.",
    manual="Replication Compatibility Between MySQL Versions",
    needs=(CHANNELS,),
)
def version_order(topology: Topology) -> Iterator[Found]:
    """Only the series counts: within one, both directions work."""
    for link in topology.links:
        if link.source and link.source.version.vendor == link.replica.version.vendor:
            here, there = link.replica.version.numbers[:2], link.source.version.numbers[:2]
            if here < there:
                evidence = f"{link.replica.product} replicates from {link.source.product} on {link.source.name}"
                yield Found(link.replica.name, evidence, peers=(link.source.name,), subject=link.channel.name)


@RULES.rule(
    "identity.flavour_match",
    CRITICAL,
    "MySQL and MariaDB replicate from each other",
    reason="Their GTIDs, authentication plugins and some events are not compatible.",
    remedy="Replicate within one vendor; move data between them with a dump.",
    manual="MariaDB versus MySQL: Compatibility",
    needs=(CHANNELS,),
)
def flavour_match(topology: Topology) -> Iterator[Found]:
    """A channel with a vendor at each end."""
    for link in topology.links:
        if link.source and link.source.version.vendor != link.replica.version.vendor:
            evidence = f"{link.replica.product} replicates from {link.source.product} on {link.source.name}"
            yield Found(
                link.replica.name,
                evidence,
                peers=(link.source.name,),
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, RECEIVER),),
            )


@RULES.rule(
    "identity.version_supported",
    MEDIUM,
    "The server's series gets no more fixes",
    reason="Faults and holes that are found from now on stay.",
    remedy="Upgrade to a series with long-term support: replicas first.",
    manual="The vendors' release policies: MySQL 8.0 ended in April 2026, MariaDB 10.6 in July 2026",
)
def version_supported(topology: Topology) -> Iterator[Found]:
    """Older than the newest, and none of those that are maintained."""
    for server in topology.all():
        series, maintained = server.version.numbers[:2], _MAINTAINED[server.version.vendor]
        if series < maintained[-1] and series not in maintained:
            yield Found(server.name, server.product)


@RULES.rule(
    "identity.version_unknown",
    INFO,
    "The server's series is newer than these rules",
    reason="Defaults, variables and statements change from series to series: a rule may miss something here, or be wrong.",
    remedy="See whether a newer version of this collection knows the series.",
    manual="The vendors' release policies",
)
def version_unknown(topology: Topology) -> Iterator[Found]:
    """Newer than the newest that is known."""
    for server in topology.all():
        newest = _MAINTAINED[server.version.vendor][-1]
        if server.version.numbers[:2] > newest:
            yield Found(server.name, f"{server.product}; known are the series up to {newest[0]}.{newest[1]}")


@RULES.rule(
    "identity.clock_skew",
    MEDIUM,
    "The clocks of a source and its replica differ",
    reason="Lag is worked out from both clocks, and certificates are valid by the clock.",
    remedy="Run a time service (chrony, systemd-timesyncd) on both.",
    manual="SHOW REPLICA STATUS, Seconds_Behind_Source",
    needs=(CHANNELS, TRIAL),
)
def clock_skew(topology: Topology) -> Iterator[Found]:
    """As the trial login saw it, which takes a moment itself."""
    for link in topology.links:
        trial = link.channel.trial
        if trial.succeeded and abs(trial.clock_ahead) > _SKEW_SECONDS + trial.took:
            word = "ahead of" if trial.clock_ahead > 0 else "behind"
            evidence = f"the clock of {link.source_name} is {abs(trial.clock_ahead):.1f} s {word} that of {link.replica.name}"
            yield Found(link.replica.name, evidence, peers=(link.source_name,), subject=link.channel.name)


@RULES.rule(
    "identity.self_replication",
    CRITICAL,
    "A channel replicates from its own server",
    reason="The source's address leads back to the replica.",
    remedy="Give the source's address as the replica reaches it (mysql_replication_source_host).",
    manual="CHANGE REPLICATION SOURCE TO",
    needs=(CHANNELS, TRIAL),
)
def self_replication(topology: Topology) -> Iterator[Found]:
    """The trial login came out where it began."""
    for link in topology.links:
        if link.channel.trial.is_self:
            yield Found(
                link.replica.name,
                f"{link.channel.source} is {link.replica.name} itself",
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, RECEIVER),),
            )


@RULES.rule(
    "identity.hostname_unique",
    LOW,
    "Two servers have the same host name",
    reason="Logs, lists of replicas and names of relay logs cannot be told apart.",
    remedy="Give each host its own name.",
    manual="hostname",
)
def hostname_unique(topology: Topology) -> Iterator[Found]:
    """With different server_ids: otherwise it is one server twice."""
    for ones in _alike(topology.all(), "hostname"):
        yield Found(ones[0].name, f"hostname = {ones[0].hostname}", peers=tuple(one.name for one in ones[1:]))
