# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GTIDs: that positions can be found by themselves, and that no server has transactions which its source lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channel_facts import BY_FILE, CURRENT_POS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import (
    BinlogState,
    GtidPosition,
    ahead_of,
    gap_before,
    passed_over,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    CHANNELS,
    SCHEMA,
    STATUS,
    VARIABLES,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    APPLIER,
    RECEIVER,
    Found,
    Part,
    Rules,
    is_any,
    is_not,
    number,
    running_events,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology

RULES = Rules(CHANNELS)
_POSITION = frozenset({13114, 1236})
_MOST_INTERVALS = 1000
_SHOWN = 200
# How what they did is undone, and how the GTIDs cease to be errant; then the same where a server knows no empty transactions.
_BY_EMPTY = (
    "SET sql_log_bin = 0, super_read_only off meanwhile",
    "Then have it write empty transactions on the primary (mysql_replication_errant: empty).",
)
_BY_RESET = (
    "SET sql_log_bin = 0",
    "Then, where nothing replicates from that server: STOP SLAVE, RESET MASTER, START SLAVE there make it forget them.",
)


def _settled(errant_on: str, primary: str, way: tuple[str, str]) -> str:
    """What comes down to a replica that has it already stops its applier: so it is undone there before it is written above."""
    undoing, forgetting = way
    return (
        "The playbook errant_transactions tells and saves what they did, and changes nothing. Undo that on"
        f" {errant_on} ({undoing}; a FLUSH, ANALYZE or OPTIMIZE leaves nothing to undo). {forgetting} Only then write on {primary}"
        " what shall stay: before, it would stop the applier (1062, 1396). Where all that does not do copy the replica anew"
        " (playbook rebuild_replica)."
    )


RULES.variable(
    "gtid.mode_on",
    HIGH,
    "GTIDs are off",
    name="gtid_mode",
    bad=lambda value, _server: value == "OFF",
    on=Topology.all,
    reason="Without GTIDs a replica's position is a file and an offset, which a failover or a careless CHANGE loses.",
    remedy="Run the playbook site: it goes through the legal steps online.",
    manual="Enabling GTID Transactions Online",
)
RULES.variable(
    "gtid.mode_transitional",
    MEDIUM,
    "GTIDs are halfway on",
    name="gtid_mode",
    bad=is_any("OFF_PERMISSIVE", "ON_PERMISSIVE"),
    on=Topology.all,
    reason="A step of an online change was never followed by the last one.",
    remedy="Run the playbook site: it goes through the steps that are left.",
    manual="Changing GTID Mode Online",
)
RULES.variable(
    "gtid.consistency",
    HIGH,
    "Statements that GTIDs cannot express are allowed",
    name="enforce_gtid_consistency",
    bad=is_not("ON"),
    on=Topology.all,
    reason="GTIDs cannot be turned on, or kept on, without it.",
    remedy="Run the playbook site.",
    manual="enforce_gtid_consistency",
)
RULES.variable(
    "gtid.strict_mode",
    HIGH,
    "A server does not refuse transactions out of order",
    name="gtid_strict_mode",
    bad=is_any("OFF"),
    on=Topology.all,
    reason="Without gtid_strict_mode a replica that was written to goes on, and differs from its source.",
    remedy="Run the playbook site.",
    manual="MariaDB documentation, gtid_strict_mode",
)


@RULES.rule(
    "gtid.mode_uniform",
    CRITICAL,
    "gtid_mode differs between source and replica",
    reason="Where one has GTIDs on and the other off, the receiver stops (13117).",
    remedy="Run the playbook site: it brings both to ON.",
    manual="Changing GTID Mode Online",
)
def mode_uniform(topology: Topology) -> Iterator[Found]:
    """ON and OFF: the modes between get on with either neighbour. It stands where GTIDs are off."""
    for link in topology.links:
        if link.source is None:
            continue
        modes = {link.replica.name: link.replica.value("gtid_mode"), link.source.name: link.source.value("gtid_mode")}
        off = [name for name, mode in modes.items() if mode in ("OFF", "OFF_PERMISSIVE")]
        if len(off) == 1 and set(modes.values()) & {"ON"}:
            evidence = "; ".join(f"{name}: gtid_mode = {mode}" for name, mode in modes.items())
            yield Found(
                off[0],
                evidence,
                peers=tuple(name for name in modes if name != off[0]),
                subject=link.replica.name,
                breaks=(Part(link.replica.name, link.channel.name, RECEIVER),),
            )


@RULES.rule(
    "gtid.auto_position",
    HIGH,
    "A channel finds its position by file, not by GTID",
    reason="A failover, or a CHANGE that names the source's host again, loses the position.",
    remedy="Run the playbook site with mysql_replication_gtid: true.",
    manual="GTID Auto-Positioning",
)
def auto_position(topology: Topology) -> Iterator[Found]:
    """Only where the server has GTIDs on."""
    for link in topology.links:
        if link.channel.position_by == BY_FILE and link.replica.value("gtid_mode") in (None, "ON"):
            yield Found(
                link.replica.name, f"the channel from {link.source_name} goes by file and position", subject=link.channel.name
            )


@RULES.rule(
    "gtid.current_pos",
    MEDIUM,
    "A channel starts from what the server wrote itself",
    reason="Current_Pos takes local writes for the source's; it is deprecated.",
    remedy="CHANGE MASTER TO MASTER_USE_GTID = slave_pos (playbook site).",
    manual="MariaDB documentation, CHANGE MASTER TO, MASTER_USE_GTID",
)
def current_pos(topology: Topology) -> Iterator[Found]:
    """MariaDB only."""
    for link in topology.links:
        if link.channel.position_by == CURRENT_POS:
            yield Found(link.replica.name, f"the channel from {link.source_name} uses Current_Pos", subject=link.channel.name)


@RULES.rule(
    "gtid.errant",
    CRITICAL,
    "A replica has transactions that its source lacks",
    reason="After a failover to it they spread, or stop every other replica; its rows differ already, unless all was but a FLUSH.",
    remedy=_settled("each server that has it", "the primary", _BY_EMPTY),
    manual="GTID Life Cycle; observed on both vendors",
    rows_differ=True,
)
def errant_transactions(topology: Topology) -> Iterator[Found]:
    """What the replica itself wrote, and no server above it has; of a source that lost its history nobody can tell."""
    for link in topology.links:
        found = _errant(link)
        if found and link.source and not _lost(link):
            yield replace(
                _strayed(topology, link.replica, link.source, found),
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, APPLIER), Part(link.replica.name, link.channel.name, RECEIVER)),
                errnos=frozenset({1950, 1062, 1032}),
            )
    for replica, primary in _without_channel(topology):
        found = _written(replica, primary)
        if found and dialect_for(replica.version).gtid.related(GtidState(replica.gtid), GtidState(primary.gtid)):
            yield _strayed(topology, replica, primary, found)


def _strayed(topology: Topology, replica: Snapshot, source: Snapshot, errant: str) -> Found:
    below = _handed_on(topology, replica, source)
    handed_on = f"; it went on to {', '.join(below)}" if below else ""
    return Found(
        replica.name,
        f"{_short(errant)} is on {replica.name}, and not on {source.name}{handed_on}",
        cause=_own_writes(replica),
        remedy=_settled(
            f"each of {', '.join((replica.name, *below))}" if below else replica.name,
            _top(topology, replica, source),
            _BY_RESET if dialect_for(replica.version).errant.cannot_empty else _BY_EMPTY,
        ),
        peers=(source.name, *below),
    )


def _handed_on(topology: Topology, replica: Snapshot, source: Snapshot) -> list[str]:
    """The servers below a replica that have its own writes too."""
    return [
        one.name
        for one in topology.servers
        if any(
            replica in _upwards(topology, one, link.source)
            for link in topology.links_of.get(one.name, ())
            if link.source is not None
        )
        and dialect_for(one.version).gtid.written(GtidState(one.gtid), replica.identity, GtidState(source.gtid))
    ]


def _upwards(topology: Topology, replica: Snapshot, source: Snapshot | None) -> list[Snapshot]:
    """A replica's source and what is above it in a chain, the nearest first; none twice."""
    found: list[Snapshot] = []
    while source is not None and source is not replica and source not in found:
        found.append(source)
        source = next((link.source for link in topology.links_of.get(source.name, ())), None)
    return found


def _top(topology: Topology, replica: Snapshot, source: Snapshot) -> str:
    """Where what a replica gets is written first: the end of its chain, as far as that is known."""
    top = _upwards(topology, replica, source)[-1]
    return next((link.source_name for link in topology.links_of.get(top.name, ()) if link.source is None), top.name)


def _without_channel(topology: Topology) -> Iterator[tuple[Snapshot, Snapshot]]:
    """Replicas that follow nobody, with the primary that they should follow."""
    for primary, replicas in topology.replicas_of_primaries.items():
        for replica in replicas:
            if not replica.channels and replica.is_readable(CHANNELS):
                yield replica, topology.by_name[primary]


def _own_writes(replica: Snapshot) -> str:
    """Seen on 9.7 and 10.11: a FLUSH without LOCAL is such a transaction, and super_read_only lets it pass."""
    events = running_events(replica)
    or_events = f", or its own events did, which run there ({events})" if events else ""
    return f"somebody wrote on {replica.name} with its binary log on, or ran a FLUSH without LOCAL{or_events}"


def _errant(link: Link) -> str:
    if link.source is None or link.source.server_uuid == link.replica.server_uuid != "":
        return ""
    # The source's own are no errant ones: that it lacks them is another finding, or it was read a moment before.
    return _written(link.replica, link.source)


def _written(here: Snapshot, there: Snapshot) -> str:
    return dialect_for(here.version).gtid.written(GtidState(here.gtid), here.identity, GtidState(there.gtid))


@RULES.rule(
    "gtid.replica_ahead",
    CRITICAL,
    "A source lost transactions that its replica has",
    reason="The source's history was reset, or it was restored from a backup: the receiver stops (13114, 1236), and rows differ.",
    remedy="Find out which of the two has the right data; then copy the other one anew (playbook rebuild_replica).",
    manual="RESET BINARY LOGS AND GTIDS; observed on both vendors",
    rows_differ=True,
)
def replica_ahead(topology: Topology) -> Iterator[Found]:
    """Transactions that began on the source; a source that was read before its replica may lack the newest, so few are no fault."""
    by_source: dict[str, list[tuple[Link, str]]] = {}
    for link in topology.links:
        evidence = _another_history(link)
        if evidence:
            by_source.setdefault(link.source_name, []).append((link, evidence))
    for source, ones in by_source.items():
        (_first, evidence), *others = ones
        more = f"; likewise on {', '.join(link.replica.name for link, _evidence in others)}" if others else ""
        yield Found(
            source,
            f"{evidence}{more}",
            peers=tuple(link.replica.name for link, _evidence in ones),
            breaks=tuple(Part(link.replica.name, link.channel.name, RECEIVER) for link, _evidence in ones),
            errnos=_POSITION,
        )


def _another_history(link: Link) -> str:
    lost, own = _lost(link), _errant(link)
    if lost:
        more = f"; neither is {_short(own)}, which {link.replica.name} wrote as a source once, or as a replica" if own else ""
        return f"{_short(lost)} is on {link.replica.name}, and not on {link.source_name}, where it began{more}"
    if link.channel.trial.rewritten:
        return (
            f"where the receiver of {link.replica.name} stopped, the binary log of {link.source_name} holds something else than it"
            " has read; new transactions bear GTIDs that the replica has, and would be skipped"
        )
    return ""


def _lost(link: Link) -> str:
    source = link.source
    # Of MariaDB only the binary log says what a server has.
    if source is None or source.value("log_bin") == "OFF" or source.server_uuid == link.replica.server_uuid != "":
        return ""
    if source.taken_at < link.replica.taken_at - _FAR_APART:
        return ""
    here, there = link.replica.gtid, source.gtid
    # A connected replica has its newest transactions from the source itself, which was read a moment before.
    is_fed = link.channel.receiver.healthy
    if "gtid_executed" in here and "gtid_executed" in there:
        only_here = (GtidSet.parse(here["gtid_executed"]) - GtidSet.parse(there["gtid_executed"])).restricted_to(source.server_uuid)
        if is_fed and _is_tail(only_here, GtidSet.parse(there["gtid_executed"]), source.server_uuid):
            return ""
        return str(only_here).replace("\n", "")
    if "gtid_binlog_state" in here and "gtid_binlog_state" in there:
        ahead = ahead_of(BinlogState.parse(here["gtid_binlog_state"]), BinlogState.parse(there["gtid_binlog_state"]))
        mine = [gtid for gtid in ahead if gtid.server == source.server_id]
        return "" if is_fed else ",".join(map(str, mine))
    return ""


# Snapshots of one audit are seconds apart; those of different days say nothing about what is missing.
_FAR_APART = 3600.0


def _is_tail(only_here: GtidSet, there: GtidSet, uuid: str) -> bool:
    """Whether these follow right on what the source had when it was read: it has simply gone on since."""
    after = {last + 1 for source, intervals in there.restricted_to(uuid).intervals for _first, last in intervals[-1:]}
    return bool(after) and all(first in after for _source, intervals in only_here.intervals for first, _last in intervals)


@RULES.rule(
    "gtid.position_behind",
    CRITICAL,
    "A replica's position is behind what it has applied",
    reason="Started from there it is sent transactions again: gtid_strict_mode stops it (1950), without it they are applied twice.",
    remedy="Compare gtid_slave_pos there with gtid_binlog_pos, and set it to the further one of the two in each domain (SET GLOBAL"
    " gtid_slave_pos, while the channel is stopped); then START SLAVE.",
    manual="MariaDB, gtid_slave_pos; observed on MariaDB",
    rows_differ=True,
)
def position_behind(topology: Topology) -> Iterator[Found]:
    """MariaDB: a position that was set by hand, told while the applier rests, by what its own binary log has of its source."""
    for link in topology.links:
        behind = _behind(link) if link.channel.applier.state != "on" else ""
        if behind:
            yield Found(
                link.replica.name,
                f"gtid_slave_pos = {link.replica.gtid['gtid_slave_pos'] or 'empty'}, and the binary log of {link.replica.name} has"
                f" {behind} of {link.source_name}",
                cause="somebody set gtid_slave_pos to an earlier place, or to one without the source's domain",
                peers=(link.source_name,),
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, APPLIER),),
                errnos=frozenset({1950, 1062, 1032}),
            )


def _behind(link: Link) -> str:
    here = link.replica.gtid
    if link.source is None or "gtid_binlog_state" not in here or "gtid_slave_pos" not in here:
        return ""
    position = {gtid.domain: gtid.seq for gtid in GtidPosition.parse(here["gtid_slave_pos"]).gtids}
    applied = [gtid for gtid in BinlogState.parse(here["gtid_binlog_state"]).gtids if gtid.server == link.source.server_id]
    return ",".join(str(gtid) for gtid in applied if gtid.seq > position.get(gtid.domain, 0))


@RULES.rule(
    "gtid.purged_gap",
    CRITICAL,
    "A source has purged transactions that its replica lacks",
    reason="The replica cannot go on from there (13114, 1236); what it lacks is in no binary log any more.",
    remedy="Copy the source's data to the replica anew (playbook rebuild_replica).",
    manual="GTID Auto-Positioning; observed on MySQL",
    rows_differ=True,
)
def purged_gap(topology: Topology) -> Iterator[Found]:
    """MySQL tells what it purged; of MariaDB its binary logs say it, to the trial or to the source's own snapshot."""
    for link in topology.links:
        gap = _purged(link)
        if gap:
            keeper = _keeper(topology, link, gap)
            yield Found(
                link.replica.name,
                f"{link.source_name} no longer has {_short(gap)}, which {link.replica.name} lacks"
                + (f"; {keeper.name}, above it, has it still" if keeper else ""),
                cause=f"binary logs were purged on {link.source_name} before {link.replica.name} had read them",
                remedy=_from_above(keeper, link) if keeper else "",
                peers=(link.source_name,),
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, RECEIVER),),
                errnos=_POSITION,
            )


def _from_above(keeper: Snapshot, link: Link) -> str:
    return (
        f"Nothing is lost yet: let {link.replica.name} replicate from {keeper.name} until it has caught up"
        f" (mysql_replication_source_host of {link.replica.name}, playbook site), then from {link.source_name} again."
        f" It must be done before {keeper.name} purges them too; after that only a fresh copy of the data helps."
    )


def _keeper(topology: Topology, link: Link, gap: str) -> Snapshot | None:
    """A server above the source of a chain whose binary logs still have all of what the source has purged."""
    above = _upwards(topology, link.replica, link.source)[1:]
    return next((one for one in above if _still_has(one, link.replica, gap)), None)


def _still_has(server: Snapshot, replica: Snapshot, gap: str) -> bool:
    if server.value("log_bin") != "ON":
        return False
    if "gtid_executed" in server.gtid:
        missing = GtidSet.parse(gap)
        return not (missing - GtidSet.parse(server.gtid["gtid_executed"])) and not (
            missing & GtidSet.parse(server.gtid.get("gtid_purged", ""))
        )
    place, logs = replica.gtid.get("gtid_slave_pos"), server.binary_logs
    if not place or logs is None:
        return False
    return not gap_before(GtidPosition.parse(place), GtidPosition.parse(logs.begins_at))


def _purged(link: Link) -> str:
    if link.source is None or "gtid_purged" not in link.source.gtid or "gtid_executed" not in link.replica.gtid:
        return link.channel.trial.purged or _purged_before_its_place(link)
    return str(GtidSet.parse(link.source.gtid["gtid_purged"]) - GtidSet.parse(link.replica.gtid["gtid_executed"]))


def _purged_before_its_place(link: Link) -> str:
    """Of a MariaDB channel that rests, and so throws its relay logs away when it starts."""
    channel, logs = link.channel, link.source.binary_logs if link.source else None
    if (
        logs is None
        or not channel.rests
        or channel.position_by in (BY_FILE, CURRENT_POS)
        or "gtid_slave_pos" not in link.replica.gtid
    ):
        return ""
    return gap_before(GtidPosition.parse(link.replica.gtid["gtid_slave_pos"]), GtidPosition.parse(logs.begins_at))


@RULES.rule(
    "gtid.passed_over",
    CRITICAL,
    "A replica has passed over transactions of its source",
    reason="It took them for its own, because it had the server_id that they bear, or its position was set by hand. Its rows"
    " differ, while it shows no error and no lag.",
    remedy="Before anything else is written: run the playbook site, which refuses with what to do here. Where later transactions"
    " were applied already, copy the source's data to the replica anew (playbook rebuild_replica).",
    manual="replicate_same_server_id; observed on both vendors",
    rows_differ=True,
)
def transactions_passed_over(topology: Topology) -> Iterator[Found]:
    """On MySQL for as long as the receiver remembers; on MariaDB until the next transaction."""
    for link in topology.links:
        missing = _passed_over(link) if link.source is not None and len(link.replica.channels) == 1 else ""
        if missing:
            yield Found(
                link.replica.name,
                f"{_short(missing)} began on {link.source_name}; {link.replica.name} lacks it, and has gone on behind it",
                cause=f"{link.replica.name} had the same server_id as {link.source_name} for a while, or somebody set its position",
                peers=(link.source_name,),
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, APPLIER),),
                errnos=frozenset({1032, 1062, 1146, 1049}),
            )


def _passed_over(link: Link) -> str:
    here, there = link.replica.gtid, link.source.gtid if link.source else {}
    if link.channel.received and link.source and "gtid_executed" in here and "gtid_executed" in there:
        gaps = GtidSet.parse(link.channel.received).restricted_to(link.source.server_uuid).gaps
        return str(gaps & GtidSet.parse(there["gtid_executed"]) - GtidSet.parse(here["gtid_executed"])).replace("\n", "")
    logs_all = link.replica.value("log_replica_updates") == "ON" and not link.channel.filters
    if logs_all and "gtid_slave_pos" in here and "gtid_binlog_state" in here:
        pairs = passed_over(GtidPosition.parse(here["gtid_slave_pos"]), BinlogState.parse(here["gtid_binlog_state"]))
        return ", ".join(f"what follows {last} up to {place}" for last, place in pairs)
    return ""


@RULES.rule(
    "gtid.domain_layout",
    MEDIUM,
    "Servers of one topology have different GTID domains",
    reason="With one writer there is one domain; after a promotion a second one would start, and positions would never meet.",
    remedy="Set gtid_domain_id alike on all servers (playbook site: 0), unless several write at once.",
    manual="MariaDB documentation, Global Transaction ID, Replication Domains",
)
def domain_layout(topology: Topology) -> Iterator[Found]:
    """Along each channel of a server that has one channel."""
    for link in topology.links:
        here = link.replica.value("gtid_domain_id")
        there = link.source.value("gtid_domain_id") if link.source else None
        if here and there and here != there and len(link.replica.channels) == 1:
            evidence = f"gtid_domain_id = {here} on {link.replica.name}, {there} on {link.source_name}"
            yield Found(link.replica.name, evidence, peers=(link.source_name,))


@RULES.rule(
    "gtid.position_table_engine",
    HIGH,
    "The replica's position is not kept in a crash-safe table",
    reason="After a crash position and data differ, and transactions are applied twice or never.",
    remedy="ALTER TABLE mysql.gtid_slave_pos ENGINE = InnoDB, with the applier stopped.",
    manual="MariaDB documentation, mysql.gtid_slave_pos Table",
    needs=(SCHEMA,),
)
def position_table_engine(topology: Topology) -> Iterator[Found]:
    """MariaDB only."""
    for server in topology.replicas():
        for table, engine in (server.schema.position_engines if server.schema else {}).items():
            if engine.lower() not in ("innodb", "rocksdb"):
                yield Found(server.name, f"mysql.{table} is in {engine}", subject=table)


@RULES.rule(
    "gtid.anonymous",
    MEDIUM,
    "A channel gives GTIDs to transactions that have none",
    reason="The replica then has transactions that no other server has under these GTIDs.",
    remedy="Turn GTIDs on at the source, then set ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = OFF.",
    manual="Replication From a Source Without GTIDs to a Replica With GTIDs",
)
def anonymous(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for link in topology.links:
        if link.channel.assigns_gtids not in ("", "OFF"):
            evidence = f"ASSIGN_GTIDS_TO_ANONYMOUS_TRANSACTIONS = {link.channel.assigns_gtids}"
            yield Found(link.replica.name, evidence, subject=link.channel.name)


@RULES.rule(
    "gtid.anonymous_ongoing",
    LOW,
    "Transactions without GTID are under way",
    reason="gtid_mode cannot be set to ON before they have ended.",
    remedy="Wait until Ongoing_anonymous_transaction_count is 0 on every server.",
    manual="Enabling GTID Transactions Online",
    needs=(STATUS,),
)
def anonymous_ongoing(topology: Topology) -> Iterator[Found]:
    """A matter of a moment, unless the mode stays halfway."""
    for server in topology.all():
        if number(server.status.get("ongoing_anonymous_transaction_count")):
            yield Found(
                server.name, f"Ongoing_anonymous_transaction_count = {server.status['ongoing_anonymous_transaction_count']}"
            )


@RULES.rule(
    "gtid.fragmented",
    LOW,
    "The set of executed GTIDs has many gaps",
    reason="Each connection of a replica sends the whole set; gaps that stay are transactions that are missing.",
    remedy="Find the gaps that stay, and where those transactions went.",
    manual="GTID Format and Storage",
    needs=(VARIABLES,),
)
def fragmented(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for server in topology.all():
        intervals = server.gtid.get("gtid_executed", "").count(":")
        if intervals > _MOST_INTERVALS:
            yield Found(server.name, f"{intervals} intervals in gtid_executed")


def _short(gtids: str) -> str:
    text = gtids.replace("\n", "")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


RULES.variable(
    "gtid.ignores_duplicates",
    LOW,
    "A server skips transactions that it has had from another source",
    name="gtid_ignore_duplicates",
    bad=is_any("ON"),
    on=lambda topology: (server for server in topology.replicas() if len(server.channels) < 2),
    reason="It is meant for several sources that carry the same domain; with one it hides errors.",
    remedy="SET GLOBAL gtid_ignore_duplicates = OFF.",
    manual="MariaDB documentation, gtid_ignore_duplicates",
)
