# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network: that a replica finds its source, gets through to it, and comes back after an outage."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    CHANNELS,
    PROCESSES,
    STATUS,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import loopback_only
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    NO_WAY,
    TRIAL,
    Found,
    Rules,
    by_site,
    is_any,
    likewise,
    number,
    receiver_of,
    setting,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology, Unreadable, by_address

RULES = Rules(CHANNELS)
_LEAST_RETRY_SECONDS = 86400
_NO_ANSWER = "the host or the server is down, cannot be reached from the controller, or refuses the login"
_USED = 0.8
_FORWARDED = (
    "{address} is none of the addresses of {source}, and has led there: the proxy or forwarding in between is down, or {source} has"
    " another address since"
)
#: A server that has no connection left, for anybody or for this account.
_NO_PLACE = frozenset({1040, 1203})


def _not_read(one: Unreadable) -> Found:
    """A server that could not be read; one that answers a login, be it with a refusal, is up."""
    if not one.tried:
        return Found(
            one.host, one.reason, cause="its replicas cannot reach it, and this run, in which it failed before, did not try"
        )
    if re.search(r"error 2013\b.*timed out", one.reason):
        return Found(
            one.host,
            one.reason,
            cause="the server takes connections, and does not answer: it hangs, or waits, as servers do for space on a full disk",
            remedy="See the free space there (df), the error log, and what the statements wait for (SHOW PROCESSLIST).",
        )
    if not re.search(r"error (1045|1698|1130)\b", one.reason):
        return Found(one.host, one.reason, cause=_NO_ANSWER)
    return Found(
        one.host,
        one.reason,
        cause="the server answers, and refuses the audit's own login",
        remedy="Give mysql_replication_login_user and …_password (or become root) of an account that may read this server.",
    )


@RULES.rule(
    "net.source_down",
    CRITICAL,
    "The source cannot be read at all",
    reason="A server that the inventory names does not answer; its replicas wait for it, and MySQL's give up after a while.",
    remedy="See whether the host and the server run (systemctl status mysql mariadb), and what its error log says.",
    manual="Troubleshooting Replication",
    needs=(),
)
def source_down(topology: Topology) -> Iterator[Found]:
    """An unreachable primary, with all channels whose source is not among the servers that were read."""
    links = _lost_links(topology)
    for one in topology.unreadable:
        if one.role == "primary" and (one.tried or links) and not _is_full(one):
            yield replace(
                _not_read(one),
                peers=tuple(link.replica.name for link in links),
                breaks=tuple(part for link in links for part in receiver_of(link)),
                errnos=NO_WAY,
            )


@RULES.rule(
    "net.unreachable",
    HIGH,
    "A server could not be read",
    reason="Whatever is wrong with it, this audit does not see.",
    remedy="See whether the host and the server run, and whether Ansible and the modules can log in.",
    manual="Troubleshooting Problems Connecting",
    needs=(),
)
def unreachable(topology: Topology) -> Iterator[Found]:
    """Any server of the inventory but the primary."""
    for one in topology.unreadable:
        if one.role != "primary" and one.tried and not _is_full(one):
            yield _not_read(one)


@RULES.rule(
    "net.left_out",
    HIGH,
    "A server was not read, because it failed earlier in the run",
    reason="Whatever is wrong with it, this audit does not see; it may well be up.",
    remedy="Mend what failed first, and run again; the playbook audit reads the server now.",
    manual="observed",
)
def left_out(topology: Topology) -> Iterator[Found]:
    """Not a primary that its replicas cannot reach either."""
    links = _lost_links(topology)
    for one in topology.unreadable:
        if not one.tried and not (one.role == "primary" and links):
            yield Found(one.host, one.reason)


@RULES.rule(
    "net.source_not_audited",
    MEDIUM,
    "A replica's source is not part of this audit",
    reason="What is wrong on the source, its account above all, and what differs between the two is not seen.",
    remedy="Audit all servers together: without --limit, and with the primary in the inventory's group (mysql_primary).",
    manual="observed",
)
def source_not_audited(topology: Topology) -> Iterator[Found]:
    """Not where there is a primary: then the address is wrong, or the primary could not be read, as other rules say."""
    roles = [*(one.role for one in topology.servers), *(one.role for one in topology.unreadable)]
    if "primary" in roles:
        return
    for link in topology.links:
        if link.source is None:
            yield Found(link.replica.name, f"it replicates from {link.channel.source}", subject=link.channel.name)


@RULES.rule(
    "net.replicas_not_audited",
    MEDIUM,
    "A source's replicas are not part of this audit",
    reason="Their channels, and which account they use, are not seen, and so not what would break them at the next reconnect.",
    remedy="Audit all servers together: without --limit, and with the replicas in the inventory's group (mysql_replicas).",
    manual="observed",
    needs=(PROCESSES,),
)
def replicas_not_audited(topology: Topology) -> Iterator[Found]:
    """Where there is no replica at all, be it one whose channels could not be read: others may read a binary log too."""
    if any(topology.replicas()) or any(one.role == "replica" for one in topology.unreadable):
        return
    for server in topology.servers:
        if server.dump_threads:
            who = ", ".join(sorted({f"{one.user}@{one.host}" for one in server.dump_threads}))
            yield Found(server.name, f"it sends its binary log to {who}")


@RULES.rule(
    "net.bind",
    CRITICAL,
    "A source listens to itself only",
    reason="Replicas cannot connect to a loopback address, nor to a server without networking (2003).",
    remedy="Set bind_address to * (or the replicas' network) and restart the source (playbook site).",
    manual="bind_address; skip_networking",
)
def bind(topology: Topology) -> Iterator[Found]:
    """Not where all replicas run on the same host."""
    for server in topology.sources():
        name = "skip_networking" if server.value("skip_networking") == "ON" else "bind_address"
        if name == "bind_address" and not loopback_only(server.value("bind_address") or ""):
            continue
        links = [link for link in topology.links_to.get(server.name, ()) if not link.channel.trial.succeeded]
        local = topology.links_to.get(server.name) and not links
        if not local:
            yield Found(
                server.name,
                setting(server, name),
                variable=name,
                peers=tuple(link.replica.name for link in links),
                breaks=tuple(part for link in links for part in receiver_of(link)),
                errnos=NO_WAY,
            )


@RULES.rule(
    "net.reachable",
    CRITICAL,
    "A replica does not reach its source",
    reason="The source runs and listens, yet a connection from the replica's host fails: a firewall, a route, an address.",
    remedy="From the replica try the source's port (nc -vz HOST PORT); open it in the firewall.",
    manual="Can't connect to [local] MySQL server",
    needs=(CHANNELS, TRIAL),
)
def reachable(topology: Topology) -> Iterator[Found]:
    """The address is the source's, which answers the audit. A proxy that several replicas share is one root."""
    links = [link for link in topology.links if _is_unreached(topology, link)]
    for link in links:
        if not link.forwarded:
            yield _unreached([link])
    for sharing in by_address(link for link in links if link.forwarded):
        cause = _FORWARDED.format(address=sharing[0].channel.source, source=sharing[0].source_name)
        remedy = f"See whether the proxy there runs, and where it leads; or {by_site(topology, sharing[0])}."
        yield replace(_unreached(sharing), cause=cause, remedy=remedy)


def _is_unreached(topology: Topology, link: Link) -> bool:
    elsewhere = link.channel.resolution or link.addressed is False
    return link.failure[0] in NO_WAY and not elsewhere and not _is_down(topology, link) and not _is_bound(link)


def _unreached(links: Sequence[Link]) -> Found:
    link, *others = links
    errno, error = link.failure
    return Found(
        link.replica.name,
        f"a connection to {link.channel.source} fails with error {errno}: {error}{likewise(others)}",
        peers=(link.source_name, *(other.replica.name for other in others)),
        subject=link.channel.name,
        breaks=tuple(part for one in links for part in receiver_of(one)),
        errnos=NO_WAY,
    )


def _lost_links(topology: Topology) -> list[Link]:
    """The channels that do not get through, and not to a server that was read."""
    return [link for link in topology.links if link.source is None and link.failure[0] in NO_WAY]


def _is_down(topology: Topology, link: Link) -> bool:
    return link.source is None and any(one.role == "primary" for one in topology.unreadable)


def _is_bound(link: Link) -> bool:
    source = link.source
    return source is not None and (source.value("skip_networking") == "ON" or loopback_only(source.value("bind_address") or ""))


@RULES.rule(
    "net.name_resolution",
    CRITICAL,
    "The source's name is unknown on the replica",
    reason="The receiver cannot even begin to connect (2005).",
    remedy="Mend DNS or /etc/hosts on the replica, or give the channel an address.",
    manual="Unknown MySQL server host",
)
def name_resolution(topology: Topology) -> Iterator[Found]:
    """Quiet where the name is wrong altogether: then that is the finding."""
    for link in topology.links:
        if link.channel.resolution and link.addressed is not False:
            yield Found(
                link.replica.name,
                f"{link.channel.source_host}: {link.channel.resolution}",
                subject=link.channel.name,
                breaks=receiver_of(link),
                errnos=NO_WAY | {2005},
            )


@RULES.rule(
    "net.host_blocked",
    CRITICAL,
    "The source has blocked a host",
    reason="After max_connect_errors broken connections from one host it is refused (1129) until the host cache is emptied.",
    remedy="TRUNCATE performance_schema.host_cache (MariaDB: FLUSH HOSTS) on the source; find out why connections broke.",
    manual="Host 'host_name' is blocked",
)
def host_blocked(topology: Topology) -> Iterator[Found]:
    """As the trial was told, or the source's host cache says."""
    for link in topology.links:
        errno, error = link.failure
        listed = link.source is not None and link.channel.own_address in link.source.blocked_hosts
        if errno == 1129 or listed:
            yield Found(
                link.source_name,
                error if errno == 1129 else f"its host cache has {link.channel.own_address} ({link.replica.name}) as blocked",
                peers=(link.replica.name,),
                subject=link.replica.name,
                breaks=receiver_of(link),
                errnos=frozenset({1129}),
            )


@RULES.rule(
    "net.offline_mode",
    CRITICAL,
    "A source is in offline mode",
    reason="It ends the connections of all who may not administer it, and takes none: replicas are refused (3032) as others are.",
    remedy="SET GLOBAL offline_mode = OFF, once you know why it was set; and take it out of where it is set for the next start.",
    manual="offline_mode",
)
def offline_mode(topology: Topology) -> Iterator[Found]:
    """One root for all of its replicas."""
    for server in topology.sources():
        if server.value("offline_mode") == "ON":
            links = topology.links_to.get(server.name, ())
            yield Found(
                server.name,
                setting(server, "offline_mode"),
                variable="offline_mode",
                peers=tuple(link.replica.name for link in links),
                breaks=tuple(part for link in links for part in receiver_of(link)),
                errnos=NO_WAY | {3032},
            )


@RULES.rule(
    "net.connections_full",
    CRITICAL,
    "A server has no connection left",
    reason="A replica cannot connect to it (1040), however right its account is, nor can applications.",
    remedy="End idle connections, or raise max_connections.",
    manual="Too many connections",
)
def connections_full(topology: Topology) -> Iterator[Found]:
    """As the trials were told, or the audit itself: one finding a server."""
    told = {one.host: [f"the audit's own login: {one.reason}"] for one in topology.unreadable if _is_full(one)}
    links: dict[str, list[Link]] = {}
    for link in topology.links:
        if link.failure[0] in _NO_PLACE:
            links.setdefault(link.source_name, []).append(link)
            told.setdefault(link.source_name, []).append(f"{link.replica.name}: {link.failure[1]}")
    for name, reasons in told.items():
        server = topology.by_name.get(name)
        yield Found(
            name,
            "; ".join([*reasons, *([_taken(server)] if server else [])]),
            peers=tuple(link.replica.name for link in links.get(name, ())),
            breaks=tuple(part for link in links.get(name, ()) for part in receiver_of(link)),
            errnos=_NO_PLACE,
        )


def _is_full(one: Unreadable) -> bool:
    return re.search(r"error (1040|1203)\b", one.reason) is not None


def _taken(server: Snapshot) -> str:
    used, limit = server.status.get("threads_connected", "?"), server.value("max_connections")
    return f"{used} of {limit} connections are taken"


@RULES.rule(
    "net.connections_headroom",
    MEDIUM,
    "A source is near its limit of connections",
    reason="A replica that has to reconnect then finds no place (1040).",
    remedy="Raise max_connections, or find who keeps so many.",
    manual="max_connections",
    needs=(STATUS,),
)
def connections_headroom(topology: Topology) -> Iterator[Found]:
    """More than four in five are taken."""
    for server in topology.sources():
        used, limit = number(server.status.get("threads_connected")), number(server.value("max_connections"))
        if used and limit and used > _USED * limit:
            yield Found(server.name, _taken(server), follows=("net.connections_full",))


@RULES.rule(
    "net.retry_budget",
    HIGH,
    "A replica gives up reconnecting within a day",
    reason="After an outage of its source that is longer, the receiver stays stopped until somebody starts it."
    " From MySQL 8.1 on the default is 10 tries a minute apart.",
    remedy="Set SOURCE_RETRY_COUNT (playbook site: 86400) and SOURCE_CONNECT_RETRY.",
    manual="CHANGE REPLICATION SOURCE TO, SOURCE_RETRY_COUNT; observed on 9.7",
)
def retry_budget(topology: Topology) -> Iterator[Found]:
    """Tries times pause; 0 tries are without end. MariaDB before 12 does not show its own number, which is large."""
    for link in topology.links:
        count, pause = link.channel.retry_count, link.channel.connect_retry
        if count and pause is not None and count * pause < _LEAST_RETRY_SECONDS:
            evidence = f"{count} tries, {pause} s apart, are {count * pause / 60:.0f} minutes"
            yield Found(link.replica.name, evidence, subject=link.channel.name)


@RULES.rule(
    "net.heartbeat_vs_timeout",
    MEDIUM,
    "A replica may take a quiet source for a dead one, or a dead one for quiet",
    reason="The source must give a sign of life more often than the replica loses patience (replica_net_timeout).",
    remedy="Set SOURCE_HEARTBEAT_PERIOD to half of replica_net_timeout (MariaDB: slave_net_timeout).",
    manual="CHANGE REPLICATION SOURCE TO, SOURCE_HEARTBEAT_PERIOD",
)
def heartbeat_vs_timeout(topology: Topology) -> Iterator[Found]:
    """Off, or no shorter than the timeout."""
    for link in topology.links:
        period, timeout = link.channel.heartbeat_period, number(link.replica.value("replica_net_timeout"))
        if period is not None and timeout is not None and (not period or period >= timeout):
            evidence = f"heartbeat every {period:g} s, {setting(link.replica, 'replica_net_timeout')}"
            yield Found(link.replica.name, evidence, subject=link.channel.name)


RULES.variable(
    "net.timeout_high",
    LOW,
    "A replica notices late that its source is gone",
    name="replica_net_timeout",
    bad=lambda value, _server: (number(value) or 0) > 60,
    on=Topology.replicas,
    reason="For that long a dead link looks like a quiet source.",
    remedy="SET GLOBAL replica_net_timeout = 60 (MariaDB: slave_net_timeout), and in the option file.",
    manual="replica_net_timeout",
)
RULES.variable(
    "net.skip_name_resolve",
    INFO,
    "A source looks up the name of every client",
    name="skip_name_resolve",
    bad=is_any("OFF", "0"),
    on=Topology.sources,
    reason="A slow or wrong DNS then delays or refuses replicas, and accounts may match by a name that nobody expects.",
    remedy="Set skip_name_resolve = ON, once no account goes by a host name.",
    manual="DNS Lookups and the Host Cache",
)
