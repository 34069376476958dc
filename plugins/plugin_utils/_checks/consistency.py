# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers compared with each other: what one of them alone would not show."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis import promotion
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import CHANNELS, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import Standing, is_writable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rules, number, setting
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import PRIMARY, REPLICA, Topology

RULES = Rules(CHANNELS)
#: Variables by which a statement or a row means something else on a replica, or is refused there.
COMPARED = (
    "sql_mode",
    "lower_case_table_names",
    "character_set_server",
    "collation_server",
    "time_zone",
    "system_time_zone",
    "explicit_defaults_for_timestamp",
    "innodb_page_size",
    "max_allowed_packet",
    "innodb_autoinc_lock_mode",
    "default_storage_engine",
    "sql_generate_invisible_primary_key",
    "binlog_row_value_options",
)
#: Variables that only matter once the replica is promoted.
COMPARED_FOR_PROMOTION = ("binlog_row_image", "binlog_format", "max_connections", "innodb_buffer_pool_size")


def _differing(topology: Topology, names: tuple[str, ...]) -> Iterator[Found]:
    for link in topology.links:
        if link.source is None:
            continue
        for name in names:
            here, there = link.replica.value(name), link.source.value(name)
            if here is not None and there is not None and here != there:
                evidence = f"{setting(link.replica, name)}; on {link.source.name} {setting(link.source, name)}"
                title = f"{name} differs between source and replica"
                yield Found(link.replica.name, evidence, peers=(link.source.name,), subject=name, title=title)


@RULES.rule(
    "topo.variables_equal",
    MEDIUM,
    "Source and replica would do different things with the same statement",
    reason="Modes, character sets, time zones and limits decide what a change comes to.",
    remedy="Set the variable alike on both (mysql_replication_settings).",
    manual="Replication Features and Issues",
)
def variables_equal(topology: Topology) -> Iterator[Found]:
    """Each channel's two ends, one finding a variable."""
    yield from _differing(topology, COMPARED)


@RULES.rule(
    "topo.promotion_equal",
    LOW,
    "A replica would be another primary than the present one",
    reason="After a failover the same load meets other limits.",
    remedy="Set the variable alike on both (mysql_replication_settings).",
    manual="Switching Sources During Failover",
)
def promotion_equal(topology: Topology) -> Iterator[Found]:
    """Each channel's two ends, one finding a variable."""
    yield from _differing(topology, COMPARED_FOR_PROMOTION)


@RULES.rule(
    "topo.inventory_roles",
    CRITICAL,
    "The inventory's primary may not be the primary any more",
    reason="Somebody moved the primary by hand. Enforced now, the inventory would take the writes away from the server that"
    " applications use, or open the one that they left.",
    remedy="Find out which server applications write to, and write that into the inventory; run no playbook site before.",
    manual="Switching Sources During Failover",
)
def inventory_roles(topology: Topology) -> Iterator[Found]:
    """A server that acts as another one than it is called, beside the primary that it belongs to."""
    for named, replicas in _by_primary(topology):
        primary = topology.by_name.get(named)
        doubts = promotion.doubts(
            named,
            _standing(topology, primary) if primary else None,
            [_standing(topology, one) for one in replicas if one.is_readable(CHANNELS)],
            [one.host for one in topology.unreadable if one.role == REPLICA],
        )
        for doubt in doubts:
            yield Found(
                doubt.name,
                doubt.evidence,
                cause="the primary was moved by hand, and the inventory still names the one before",
                remedy=doubt.remedy,
                peers=() if doubt.name == named else (named,),
                overrules=_follows_from(doubt.name, named, topology),
                bars_site=frozenset({named, *(one.name for one in replicas)}),
            )


def _by_primary(topology: Topology) -> Iterator[tuple[str, Sequence[Snapshot]]]:
    """Each primary of the inventory with its replicas; one that was not read only if it is alone."""
    yield from topology.replicas_of_primaries.items()
    unread = [one.host for one in topology.unreadable if one.role == PRIMARY]
    if len(unread) == 1 and not topology.replicas_of_primaries:
        yield unread[0], [one for one in topology.servers if one.role == REPLICA]


def _standing(topology: Topology, server: Snapshot) -> Standing:
    links = topology.links_of.get(server.name, ())
    return Standing(
        name=server.name,
        identity=server.identity,
        gtid=GtidState(server.gtid),
        takes_writes=is_writable(server.value("read_only")),
        has_tables=server.schema is None or server.schema.tables > 0,
        follows=tuple(link.source_name for link in links),
        rests=all(link.channel.rests for link in links),
    )


_OF_A_REPLICA = (
    "replica.channel_set",
    "replica.read_only",
    "replica.super_read_only",
    "gtid.errant",
    "health.receiver",
    "health.applier",
)


def _follows_from(host: str, primary: str, topology: Topology) -> tuple[tuple[str, str], ...]:
    """What a primary that was moved to ``host`` shows as, each of which ``site`` would mend for the worse."""
    of_primary = [(rule, primary) for rule in ("primary.writable", "primary.not_replicating")]
    of_host = [(rule, host) for rule in _OF_A_REPLICA if host != primary]
    followers = [link.replica.name for link in topology.links_to.get(host, ())]
    of_followers = [(rule, name) for rule in ("replica.wrong_source", "topo.chained") for name in followers]
    return (*of_primary, *of_host, *of_followers)


@RULES.rule(
    "topo.chained",
    INFO,
    "A replica replicates from another replica",
    reason="A chain that the inventory does not name was made by hand, and the next run of the playbook site ends it.",
    remedy="If it shall stay, set mysql_replication_source_host for that host in the inventory; else run the playbook site.",
    manual="Replication Solutions",
)
def chained(topology: Topology) -> Iterator[Found]:
    """Of the inventory's replicas, where the inventory does not name the source: then it is meant."""
    primaries = {replica.name: primary for primary, replicas in _by_primary(topology) for replica in replicas}
    for link in topology.links:
        source, primary = link.source, primaries.get(link.replica.name)
        if source is not None and source.role == REPLICA and primary is not None and not topology.names(link):
            name, channel = link.replica.name, link.channel
            yield Found(
                name,
                f"{name} replicates from {source.name}, and the inventory's primary is {primary}",
                remedy=f"If it shall stay so, set mysql_replication_source_host: {channel.source_host} and"
                f" mysql_replication_source_port: {channel.source_port} for {name} in the inventory, where the playbook audit sees"
                f" them; else run the playbook site, which makes it replicate from {primary}.",
                peers=(source.name,),
                subject=channel.name,
            )


@RULES.rule(
    "topo.one_writer",
    CRITICAL,
    "There is not exactly one primary",
    reason="Two servers that take writes for the same data drift apart; with none nothing can be written.",
    remedy="Decide which one it is; make the others replicas of it (playbook site).",
    manual="Replication Solutions",
)
def one_writer(topology: Topology) -> Iterator[Found]:
    """Several sources without a channel that replicas of one topology follow, or several in one circle."""
    primaries = [server for server in topology.primaries() if topology.links_to.get(server.name) or server.role == PRIMARY]
    writers = [server.name for server in primaries if is_writable(server.value("read_only"))]
    if len(writers) > 1 and _share_replicas(topology, writers):
        yield _all_write(writers)
    yield from (_all_write(names) for names in _circles_of_writers(topology))


def _all_write(names: Sequence[str]) -> Found:
    return Found(names[0], f"{', '.join(names)} all take writes", peers=tuple(names[1:]))


def _circles_of_writers(topology: Topology) -> Iterator[list[str]]:
    for circle in _circles(topology):
        writers = [name for name in circle if is_writable(topology.by_name[name].value("read_only"))]
        if len(writers) > 1:
            yield writers


def _share_replicas(topology: Topology, writers: Sequence[str]) -> bool:
    """Independent topologies in one inventory are no fault."""
    followers = [{link.replica.name for link in topology.links_to.get(one, ())} for one in writers]
    return any(first & second for index, first in enumerate(followers) for second in followers[index + 1 :])


@RULES.rule(
    "topo.acyclic",
    HIGH,
    "Servers replicate in a circle",
    reason="A change can come back to where it began; with GTIDs it stops there, without it does not.",
    remedy="Break the circle: one primary, its replicas read-only.",
    manual="Replication Solutions",
)
def acyclic(topology: Topology) -> Iterator[Found]:
    """Each circle once, by the name that comes first."""
    for circle in _circles(topology):
        yield Found(min(circle), " replicates from ".join([*circle, circle[0]]), peers=tuple(sorted(circle))[1:])


def _circles(topology: Topology) -> Iterator[list[str]]:
    """The names of each circle, every one replicating from the next."""
    reported: set[frozenset[str]] = set()
    for start in topology.links_of:
        path = [start]
        while True:
            links = topology.links_of.get(path[-1], ())
            source = next((link.source.name for link in links if link.source), None)
            if source is None:
                break
            if source in path:
                circle = path[path.index(source) :]
                if len(circle) > 1 and frozenset(circle) not in reported:
                    reported.add(frozenset(circle))
                    yield circle
                break
            path.append(source)


@RULES.rule(
    "topo.promotable",
    MEDIUM,
    "No replica could take the primary's place",
    reason="If the primary fails there is nowhere to go.",
    remedy="Give at least one replica a binary log with log_replica_updates, no filters and no delay (playbook site).",
    manual="Switching Sources During Failover",
)
def promotable(topology: Topology) -> Iterator[Found]:
    """For each primary with replicas."""
    for primary in topology.primaries():
        links = topology.links_to.get(primary.name, ())
        if links and not any(
            link.replica.value("log_bin") == "ON"
            and link.replica.value("log_replica_updates") == "ON"
            and not link.channel.filters
            and not link.channel.delay
            for link in links
        ):
            yield Found(
                primary.name,
                f"none of {', '.join(link.replica.name for link in links)} logs all that it applies, undelayed",
                peers=tuple(link.replica.name for link in links),
                follows=("replica.filters", "binlog.replica_enabled", "binlog.replica_updates", "replica.delay"),
            )


@RULES.rule(
    "topo.engines_equal",
    MEDIUM,
    "A replica lacks a storage engine of its source",
    reason="A table in that engine cannot be made there, and the applier stops.",
    remedy="Install the engine there, or move those tables to InnoDB.",
    manual="Replication and Different Storage Engines",
)
def engines_equal(topology: Topology) -> Iterator[Found]:
    """Each channel's two ends."""
    for link in topology.links:
        missing = set(link.source.engines) - set(link.replica.engines) if link.source and link.replica.engines else set()
        if missing and link.source:
            yield Found(link.replica.name, ", ".join(sorted(missing)), peers=(link.source.name,), subject=link.channel.name)


@RULES.rule(
    "topo.auto_increment",
    MEDIUM,
    "Automatic numbers are dealt out as if several servers wrote",
    reason="With one writer increments other than 1 waste numbers, and tell of a second writer that once was.",
    remedy="Set auto_increment_increment = 1 and auto_increment_offset = 1, on all servers.",
    manual="Replication and AUTO_INCREMENT",
)
def auto_increment(topology: Topology) -> Iterator[Found]:
    """On a topology with one writer."""
    for server in topology.primaries():
        if server.value("auto_increment_increment") not in (None, "1") or server.value("auto_increment_offset") not in (None, "1"):
            yield Found(server.name, _dealt_out(server))


def _dealt_out(server: Snapshot) -> str:
    return f"{setting(server, 'auto_increment_increment')}, {setting(server, 'auto_increment_offset')}"


@RULES.rule(
    "topo.auto_increment_collision",
    HIGH,
    "Two writers deal out the same automatic numbers",
    reason="Servers that replicate from each other and both take writes give two rows one key: the applier stops (1062), or a row"
    " is lost.",
    remedy="Have one writer only (playbook site makes the others read-only). Where several must be: auto_increment_increment ="
    " their number on all of them, and another auto_increment_offset on each.",
    manual="Replication and AUTO_INCREMENT",
)
def auto_increment_collision(topology: Topology) -> Iterator[Found]:
    """Writers of one circle whose numbers meet."""
    for names in _circles_of_writers(topology):
        for first, second in combinations(map(topology.by_name.__getitem__, names), 2):
            if _numbers_meet(first, second):
                evidence = "; ".join(f"{one.name}: {_dealt_out(one)}" for one in (first, second))
                yield Found(first.name, evidence, peers=(second.name,), subject=second.name)


def _numbers_meet(first: Snapshot, second: Snapshot) -> bool:
    """Two arithmetic progressions share a number if their offsets differ by a multiple of the increments' greatest divisor."""
    names = ("auto_increment_increment", "auto_increment_offset")
    known = [int(value) for one in (first, second) for name in names if (value := number(one.value(name))) is not None]
    if len(known) < 2 * len(names):
        return False
    step, offset, other_step, other_offset = known
    return (offset - other_offset) % math.gcd(step, other_step) == 0
