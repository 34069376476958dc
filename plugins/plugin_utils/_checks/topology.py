# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots of all servers put together: who replicates from whom, as it is configured, whether it works or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import ErrorClass
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ChannelFacts, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import loopback_only

PRIMARY = "primary"
REPLICA = "replica"


@dataclass(frozen=True)
class Unreadable:
    """A server of the inventory that could not be read at all, or was not: ``tried`` tells which."""

    host: str
    role: str
    reason: str
    tried: bool = True

    @property
    def told(self) -> str:
        """What became of it, in words."""
        return "could not be read" if self.tried else "was not read"


@dataclass(frozen=True)
class Link:
    """One channel with both its ends. ``source`` is ``None`` where the audit has no such server.

    ``addressed``: the channel's host and port lead to the source; ``None`` where nobody knows. ``forwarded``: they are none of the
    source's own, and lead or led there all the same, through a proxy or an address translation; ``supposed``: or a server is there
    of which nothing tells whether it is the source. ``host_of``: the server whose host it is, which has another port, where the
    address is not known to lead to the source. ``unread``: the primary that could not be read, where the source can be no other.
    """

    replica: Snapshot
    channel: ChannelFacts
    source: Snapshot | None
    addressed: bool | None
    forwarded: bool = False
    supposed: bool = False
    host_of: str = ""
    unread: str = ""

    @property
    def source_name(self) -> str:
        """The source in words: its name in the inventory, or its address."""
        return self.source.name if self.source else self.unread or self.channel.source

    @property
    def failure(self) -> tuple[int, str]:
        """What a connection fails with now: the trial's error, or where there was none the receiver's; 0 for none."""
        trial, receiver = self.channel.trial, self.channel.receiver
        if trial.failed:
            return trial.errno, trial.error
        return (receiver.errno, receiver.error) if trial.untried else (0, "")

    def explained(self, known: ErrorClass) -> tuple[str, str]:
        """Cause and remedy of an error of this channel, with the names of its two ends."""
        ends = {"account": f"'{self.channel.source_user}'", "source": self.source_name, "replica": self.replica.name}
        return known.cause.format(**ends), known.remedy.format(**ends)


def by_address(links: Iterable[Link]) -> Iterable[Sequence[Link]]:
    """Links of one address and one source together; an address that means each host itself is another one on each."""
    found: dict[tuple[str, str, str], list[Link]] = {}
    for link in links:
        where = "" if _places(link.channel) else link.replica.name
        found.setdefault((link.channel.source, link.source_name, where), []).append(link)
    return found.values()


@dataclass(frozen=True)
class Topology:
    """``now`` is the controller's time in seconds since the epoch; ``named`` the sources that the inventory gives, as
    ``host:port`` by replica.
    """

    servers: tuple[Snapshot, ...]
    unreadable: tuple[Unreadable, ...] = ()
    now: float = 0.0
    named: Mapping[str, str] = field(default_factory=dict)
    #: What a rule worked out and others need too, by name.
    memory: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """All channels."""
        index = _Index(self.servers, self.unreadable)
        return tuple(index.link(server, channel) for server in self.servers for channel in server.channels)

    @cached_property
    def _followed(self) -> frozenset[str]:
        return frozenset(link.source.name for link in self.links if link.source)

    @cached_property
    def by_name(self) -> Mapping[str, Snapshot]:
        """The servers by their names."""
        return {server.name: server for server in self.servers}

    @cached_property
    def links_of(self) -> Mapping[str, tuple[Link, ...]]:
        """The channels of each server that has any."""
        found: dict[str, list[Link]] = {}
        for link in self.links:
            found.setdefault(link.replica.name, []).append(link)
        return {name: tuple(links) for name, links in found.items()}

    @cached_property
    def links_to(self) -> Mapping[str, tuple[Link, ...]]:
        """The channels that replicate from each server."""
        found: dict[str, list[Link]] = {}
        for link in self.links:
            if link.source:
                found.setdefault(link.source.name, []).append(link)
        return {name: tuple(links) for name, links in found.items()}

    @cached_property
    def replicas_of_primaries(self) -> Mapping[str, tuple[Snapshot, ...]]:
        """By each primary of the inventory that was read, the inventory's replicas that belong to it.

        To the only primary belong all. Of several each has those that channels connect with it, whichever way these lead by
        now; one without such a channel belongs to the one that it shares its history with.
        """
        named = [server for server in self.servers if server.role == PRIMARY]
        replicas = [server for server in self.servers if server.role == REPLICA]
        if len(named) + sum(one.role == PRIMARY for one in self.unreadable) == 1:
            return {server.name: tuple(replicas) for server in named}
        found = {primary.name: [one for one in self._connected(primary) if one.role == REPLICA] for primary in named}
        connected = {one.name for ones in found.values() for one in ones}
        by_origin: dict[str, list[Snapshot]] = {}
        for primary in named:
            for origin in _origins(primary):
                by_origin.setdefault(origin, []).append(primary)
        for replica in (one for one in replicas if one.name not in connected):
            near = {one.name: one for origin in _origins(replica) for one in by_origin.get(origin, ())}
            related = [name for name, primary in near.items() if _share_history(replica, primary)]
            if len(related) == 1:
                found[related[0]].append(replica)
        return {name: tuple(ones) for name, ones in found.items()}

    def _connected(self, primary: Snapshot) -> Iterable[Snapshot]:
        """Whom channels connect with a primary, not by way of another one."""
        found, ahead = {primary.name: primary}, [primary]
        while ahead:
            name = ahead.pop().name
            near = [link.source for link in self.links_of.get(name, ()) if link.source]
            near += [link.replica for link in self.links_to.get(name, ())]
            new = {one.name: one for one in near if one.role != PRIMARY and one.name not in found}
            found.update(new)
            ahead += new.values()
        return found.values()

    def names(self, link: Link) -> bool:
        """Whether the inventory gives the channel's address, so that it is meant."""
        return self.named.get(link.replica.name) == link.channel.source

    def is_source(self, server: Snapshot) -> bool:
        """Whether others replicate from it, or shall."""
        return server.name in self._followed or server.role == PRIMARY

    def is_replica(self, server: Snapshot) -> bool:
        """Whether it replicates, or shall."""
        return bool(server.channels) or server.role == REPLICA

    def all(self) -> Iterator[Snapshot]:
        """Every server that takes part in replication."""
        return (server for server in self.servers if self.is_source(server) or self.is_replica(server))

    def sources(self) -> Iterator[Snapshot]:
        """Every source."""
        return filter(self.is_source, self.servers)

    def replicas(self) -> Iterator[Snapshot]:
        """Every replica, those that are sources for others too."""
        return filter(self.is_replica, self.servers)

    def primaries(self) -> Iterator[Snapshot]:
        """Every source that is not itself a replica."""
        return (server for server in self.servers if self.is_source(server) and not server.channels and server.role != REPLICA)


def _origins(server: Snapshot) -> frozenset[str]:
    return dialect_for(server.version).gtid.origins(GtidState(server.gtid))


def _share_history(one: Snapshot, other: Snapshot) -> bool:
    return dialect_for(one.version).gtid.related(GtidState(one.gtid), GtidState(other.gtid))


class _Index:
    """Finds the server at the other end of a channel, in time that does not depend on their number."""

    def __init__(self, servers: Sequence[Snapshot], unreadable: Sequence[Unreadable]) -> None:
        self._by_uuid = _unique((server.server_uuid, server) for server in servers)
        self._by_id = _unique((server.server_id, server) for server in servers)
        self._by_name: dict[str, list[Snapshot]] = {}
        for server in servers:
            names = {server.name, server.hostname, server.value("report_host") or "", *server.addresses}
            for name in names - {""}:
                self._by_name.setdefault(name.lower(), []).append(server)
        primaries = [server for server in servers if server.role == PRIMARY]
        self._primary = primaries[0] if len(primaries) == 1 else None
        unread = [one.host for one in unreadable if one.role == PRIMARY]
        self._unread = unread[0] if len(unread) == 1 and not primaries else ""
        self._proven = _unique(
            {
                (place, source.name): (place, source)
                for server in servers
                for channel in server.channels
                for place in _places(channel)
                if (source := self._reached(channel) or self._led_to(server, channel)) is not None
            }.values()
        )

    def link(self, replica: Snapshot, channel: ChannelFacts) -> Link:
        names = (*channel.addresses, channel.source_host)
        here = [one for name in names for one in self._by_name.get(name.lower(), ()) if one.name != replica.name]
        meant = next((one for one in here if one.port == channel.source_port), None)
        if meant is not None:
            return Link(replica, channel, meant, True)
        reached = self._reached(channel)
        if reached is not None:
            return Link(replica, channel, reached, True, forwarded=True)
        proven = self._led_to(replica, channel) or self._proven_by_others(replica, channel)
        if proven is not None:
            return Link(replica, channel, proven, None, forwarded=True)
        source = self._last_known(replica, channel)
        host_of = here[0].name if here else ""
        if source is not None and _may_lead_to(channel, source):
            return Link(replica, channel, source, None, forwarded=True, supposed=True, host_of=host_of)
        if source is None and here and not _answers(channel):
            return Link(replica, channel, here[0], False, host_of=host_of)
        # An address that leads to no server here may still be a proxy's or a NAT's, if a login through it succeeds.
        known = source is not None and bool(source.addresses) and not channel.trial.succeeded
        is_elsewhere = known and bool(channel.addresses or channel.resolution)
        addressed = False if is_elsewhere else None
        return Link(replica, channel, source, addressed, host_of=host_of, unread="" if source else self._unread)

    def _reached(self, channel: ChannelFacts) -> Snapshot | None:
        """The server that the trial login came out at."""
        trial = channel.trial
        if not trial.succeeded or trial.is_self:
            return None
        return self._by_uuid.get(trial.server_uuid) or self._by_id.get(trial.server_id)

    def _led_to(self, replica: Snapshot, channel: ChannelFacts) -> Snapshot | None:
        """The server that the channel itself has got to by its present address."""
        source = self._last_known(replica, channel)
        return source if source is not None and _has_led_to(channel, source) else None

    def _proven_by_others(self, replica: Snapshot, channel: ChannelFacts) -> Snapshot | None:
        """The server that other channels got to by the same address."""
        found = next((self._proven[place] for place in _places(channel) if place in self._proven), None)
        return found if found is not None and found.name != replica.name else None

    def _last_known(self, replica: Snapshot, channel: ChannelFacts) -> Snapshot | None:
        """By who the source said it was, or else the one that the inventory says it should be."""
        found = self._by_uuid.get(channel.source_uuid) or self._by_id.get(channel.source_id) or self._primary
        return found if found is not None and found.name != replica.name else None


def _places(channel: ChannelFacts) -> list[tuple[str, int]]:
    """The channel's address as other hosts know it too: no loopback address."""
    return [(address, channel.source_port) for address in channel.addresses if not loopback_only(address)]


def _has_led_to(channel: ChannelFacts, source: Snapshot) -> bool:
    """Whether the channel's present address has led to that server.

    MySQL forgets who the source was with a change of its address. MariaDB does not (observed on 11.8): there a receiver that is
    connected says it, or a server that answers at that address, be it with a refusal.
    """
    if channel.resolution or not (channel.addresses and source.addresses):
        return False
    if channel.source_uuid:
        return channel.source_uuid == source.server_uuid
    return channel.source_id == source.server_id and (_answers(channel) or channel.receiver.state == "on")


def _may_lead_to(channel: ChannelFacts, source: Snapshot) -> bool:
    """Whether a server is there that may well be that one: MariaDB forgets who the source was as it restarts (seen on 10.11)."""
    knows_none = not (channel.source_uuid or channel.source_id or source.server_uuid)
    return knows_none and not channel.resolution and bool(channel.addresses and source.addresses) and _answers(channel)


def _answers(channel: ChannelFacts) -> bool:
    """Whether a server refuses the login there, rather than that nothing answers."""
    failed = channel.trial.errno or (channel.receiver.errno if channel.trial.untried else 0)
    return bool(failed) and (failed not in _CLIENT_ERRORS or failed == _TLS_FAILED)


# Numbers of the client library, which speak of no answer but for this one.
_CLIENT_ERRORS = range(2000, 3000)
_TLS_FAILED = 2026


def _unique(pairs: Iterable[tuple[object, Snapshot]]) -> dict[object, Snapshot]:
    """Only what is one server's alone says which one it is."""
    found: dict[object, Snapshot | None] = {}
    for key, server in pairs:
        found[key] = None if key in found else server
    return {key: server for key, server in found.items() if key and server is not None}
