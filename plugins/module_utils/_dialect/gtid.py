# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each server family's GTID variables mean for a replica that wants to follow a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Optional, Protocol

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import Header, number
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Channel,
    Coordinates,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import (
    BinlogState,
    Gtid,
    GtidPosition,
    ahead_of,
    errant,
    foreign_to,
    passed_over,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal

# The type of the event that begins a transaction in a binary log's file (each vendor's Gtid_log_event).
_MYSQL_GTID_EVENT, _MARIADB_GTID_EVENT = 33, 162
_GTID_NEXT = re.compile(r"GTID_NEXT= '([^']+)'")
# Seen on 10.11: "BEGIN GTID 0-2-5" before rows, "GTID 0-2-6" before a statement that commits by itself, each with "cid=7" perhaps.
_MARIADB_BEGIN = re.compile(r"(?:BEGIN )?GTID ([0-9]+-[0-9]+-[0-9]+)")


@dataclass(frozen=True)
class Relation:
    """A replica's history beside its source's; each text is empty where there is nothing of the kind.

    ``errant``: transactions that only the replica has; ``lost``: those of them that the source itself once wrote. ``purged``:
    transactions that the replica lacks and the source no longer has in its binary logs. ``shared``: what both have. ``again``: what
    the source would send though a channel by file and position is past it, because the replica does not know it by its GTID.
    ``applied``: what of the shared ones came to the replica over a channel, and not with a copy of the data.
    ``foreign``: the replica's place in a GTID domain that this source writes to as well, where that place came from another source.
    """

    errant: str
    purged: str
    shared: str
    again: str = ""
    foreign: str = ""
    lost: str = ""
    applied: str = ""


@dataclass(frozen=True)
class PassedOver:
    """Transactions that a replica lacks, though its channel has gone on behind them, and what a person does about it."""

    gtids: str
    remedy: str


class GtidDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    #: One row of the variables that :class:`GtidState` holds.
    query: str
    #: Whether a server may have written transactions without a GTID, which auto-positioning knows nothing of.
    knows_anonymous: bool
    #: What a person does about errant transactions without a copy, with ``{source}`` and ``{replica}``.
    settle_errant: str
    #: Statements on a replica after which it takes what it left out because that bore its own server_id.
    with_another_number: str
    #: How a person gives a replica the source's data, with ``{source}`` and ``{replica}``.
    copy_by_hand: str

    def enabled(self, state: GtidState) -> bool:
        """Whether auto-positioning can work on this server."""

    def position(self, state: GtidState) -> str:
        """How far a replica came: what auto-positioning tells its source."""

    def history(self, state: GtidState) -> str:
        """The GTIDs that a position for copied data would not go with; empty where there are none."""

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """Compares the two; the replica must have been read before the source, or a busy source looks behind.

        A replica with several sources rightly has transactions that one of them lacks: then (``sole_source`` false) only
        transactions that began on the replica itself, or on this source, count as errant.
        """

    def written(self, here: GtidState, server: Identity, there: GtidState) -> str:
        """What this server wrote itself, and another one lacks; empty for nothing, or where one of them does not tell."""

    def related(self, here: GtidState, there: GtidState) -> bool:
        """Whether two servers have some of their history in common."""

    def origins(self, state: GtidState) -> frozenset[str]:
        """Who wrote what a server has: without one in common two servers are not related."""

    def place_of_its_own(self, here: GtidState, there: GtidState) -> str:
        """What a person does with a server without a replica's place, all of whose own history a source knows; empty if not so."""

    def copied(self, source: GtidState) -> GtidState:
        """What a replica says once it holds a copy of this source's data."""

    def passed_over(self, replica: GtidState, channel: Channel, source: Optional[SourceView]) -> Optional[PassedOver]:
        """What the channel has passed over: a receiver leaves out what bears the replica's own server_id.

        ``source`` is ``None`` where nobody has asked it; then only what can be told without it.
        """

    def logged(self, source: GtidState, gtid: str) -> bool:
        """Whether a source says that its binary log holds, or has held, this transaction."""

    def began(self, header: Header, body: bytes) -> str:
        """The GTID of the transaction that an event in a binary log's file begins, empty for any other event."""

    def wrote(self, gtid: str, server: Identity) -> bool:
        """Whether this server wrote the transaction first."""

    def events(self, place: Coordinates, limit: int, skipped: int = 0) -> str:
        """A query of the binary log's events from this place on but for the first ones, no further than the end of its file."""

    def begins(self, event: Mapping[str, Optional[str]]) -> Optional[str]:
        """The GTID of the transaction that an event begins, empty if it has none; ``None`` for any other event."""


#: The way to a copy that takes nothing unseen.
BY_REBUILD = "by playbook rebuild_replica, which first shows what would be lost with the data that {replica} holds now; "
_DIFFERS = (
    "later ones were applied without them, so the rows may differ even if they come now. Give {replica} a fresh copy of the"
    f" source's data: {BY_REBUILD}or by hand:"
)
#: A number that hardly any server has.
_ANOTHER_NUMBER = "SET GLOBAL server_id = 4294967295"
_FETCH_AGAIN = (
    f"on {{replica}}: STOP REPLICA; {_ANOTHER_NUMBER}; RESET REPLICA; START REPLICA (it drops the relay logs, keeps the place by"
    " GTID, and takes what bears its own number too). Once the rows are there, run again: {replica} gets its number back"
)


class MySQLGtid:
    """Manual, "GTID Auto-Positioning": the source sends what it executed and the replica's gtid_executed lacks."""

    knows_anonymous = True
    with_another_number = f"STOP REPLICA; {_ANOTHER_NUMBER}; START REPLICA"
    settle_errant = (
        "undo it on {replica} with SET SESSION sql_log_bin = 0 (super_read_only off meanwhile; what changed no row and no object"
        " needs no undoing), and after that write what of it shall stay on {source}, or in a chain on the primary at its top: it"
        " comes down from there, and would stop the applier before; then have the primary write empty transactions with these GTIDs"
        " (playbook errant_transactions with mysql_replication_errant: empty)"
    )
    # LOCAL, or it would be a transaction of the replica's own. RESET REPLICA keeps the channel, and forgets its place.
    copy_by_hand = (
        "on {replica}: STOP REPLICA; RESET REPLICA; SET GLOBAL super_read_only = OFF; RESET BINARY LOGS AND GTIDS (RESET MASTER"
        " before 8.2). On {source}: mysqldump --all-databases --single-transaction --routines --events --set-gtid-purged=ON"
        " > all.sql. On {replica}: mysql < all.sql; FLUSH LOCAL PRIVILEGES. Then run again"
    )
    query = "SELECT @@global.gtid_mode AS gtid_mode, @@global.gtid_executed AS gtid_executed, @@global.gtid_purged AS gtid_purged"

    def enabled(self, state: GtidState) -> bool:
        """See :class:`GtidDialect`."""
        return state.variables["gtid_mode"] == "ON"

    def position(self, state: GtidState) -> str:
        """See :class:`GtidDialect`."""
        return str(GtidSet.parse(state.variables["gtid_executed"]))

    def history(self, state: GtidState) -> str:
        """See :class:`GtidDialect`; gtid_purged takes none that is in gtid_executed."""
        return self.position(state)

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """See :class:`GtidDialect`."""
        here = GtidSet.parse(replica.gtid.variables["gtid_executed"])
        there = GtidSet.parse(source.gtid.variables["gtid_executed"])
        only_here = here - there
        if not sole_source:
            ids = {replica.identity.server_uuid, source.identity.server_uuid}
            only_here = GtidSet.parse(",".join(str(only_here.restricted_to(uuid)) for uuid in sorted(ids) if uuid))
        return Relation(
            errant=str(only_here),
            lost=str(only_here.restricted_to(source.identity.server_uuid)),
            purged=str(GtidSet.parse(source.gtid.variables["gtid_purged"]) - here),
            shared=str(here & there),
            applied=str((here & there) - GtidSet.parse(replica.gtid.variables["gtid_purged"])),
            again=str(there - here - GtidSet.parse(source.ahead.gtids)) if source.ahead else "",
        )

    def written(self, here: GtidState, server: Identity, there: GtidState) -> str:
        """See :class:`GtidDialect`."""
        both = here.variables.get("gtid_executed"), there.variables.get("gtid_executed")
        if None in both:
            return ""
        only_here = GtidSet.parse(both[0] or "") - GtidSet.parse(both[1] or "")
        return str(only_here.restricted_to(server.server_uuid)).replace("\n", "")

    def related(self, here: GtidState, there: GtidState) -> bool:
        """See :class:`GtidDialect`."""
        return bool(
            GtidSet.parse(here.variables.get("gtid_executed", "")) & GtidSet.parse(there.variables.get("gtid_executed", ""))
        )

    def origins(self, state: GtidState) -> frozenset[str]:
        """See :class:`GtidDialect`."""
        return frozenset(uuid for (uuid, _tag), _ranges in GtidSet.parse(state.variables.get("gtid_executed", "")).intervals)

    def place_of_its_own(self, here: GtidState, there: GtidState) -> str:
        """See :class:`GtidDialect`; gtid_executed is a replica's place and a source's history."""
        return ""

    def copied(self, source: GtidState) -> GtidState:
        """See :class:`GtidDialect`."""
        return GtidState({**source.variables, "gtid_purged": source.variables["gtid_executed"]})

    def passed_over(self, replica: GtidState, channel: Channel, source: Optional[SourceView]) -> Optional[PassedOver]:
        """See :class:`GtidDialect`.

        A source sends its own transactions in the order of their numbers, so that one below the last that was received has either
        been applied before, or was left out. (A receiver that connects anew asks for it, but then it comes after later ones.)
        """
        if source is None:
            return None
        here = GtidSet.parse(replica.variables["gtid_executed"])
        received = GtidSet.parse(channel.received_gtids).restricted_to(source.identity.server_uuid)
        missing = received.gaps & GtidSet.parse(source.gtid.variables["gtid_executed"]) - here
        if not missing:
            return None
        later_applied = here.restricted_to(source.identity.server_uuid).gaps & missing
        return PassedOver(str(missing), f"{_DIFFERS} {self.copy_by_hand}" if later_applied else _FETCH_AGAIN)

    def logged(self, source: GtidState, gtid: str) -> bool:
        """See :class:`GtidDialect`. What it was told to know (gtid_purged) is in no log of its own."""
        variables = source.variables
        return not GtidSet.parse(gtid) - (GtidSet.parse(variables["gtid_executed"]) - GtidSet.parse(variables["gtid_purged"]))

    def began(self, header: Header, body: bytes) -> str:
        """See :class:`GtidDialect`. The body holds flags, the UUID and the number."""
        if header.kind != _MYSQL_GTID_EVENT or len(body) < 25:
            return ""
        raw = body[1:17].hex()
        return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}:{number(body[17:25])}"

    def wrote(self, gtid: str, server: Identity) -> bool:
        """See :class:`GtidDialect`."""
        return bool(GtidSet.parse(gtid).restricted_to(server.server_uuid))

    def events(self, place: Coordinates, limit: int, skipped: int = 0) -> str:
        """See :class:`GtidDialect`; needs REPLICATION SLAVE alone (observed on 9.7)."""
        return f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM {place.position} LIMIT {skipped}, {limit}"

    def begins(self, event: Mapping[str, Optional[str]]) -> Optional[str]:
        """See :class:`GtidDialect`; tagged GTIDs, from 8.3 on, have an event type of their own."""
        kind = event["Event_type"] or ""
        if kind == "Anonymous_Gtid":
            return ""
        found = _GTID_NEXT.search(event["Info"] or "") if kind.startswith("Gtid") else None
        return found.group(1) if found else None


class MariaDBGtid:
    """MariaDB KB, "Global Transaction ID": the source resumes after gtid_slave_pos in each domain.

    A source doesn't say what it purged; a position that is gone shows as error 1236 when the channel starts.
    """

    knows_anonymous = False
    # The position has gone on, the replica's own binary log has not: see passed_over.
    with_another_number = (
        f"STOP SLAVE; {_ANOTHER_NUMBER}; SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos; START SLAVE"
        " (where log_slave_updates is ON; otherwise give it a fresh copy of the data)"
    )
    # With gtid_strict_mode a source takes no sequence number that it is past, so nothing can be injected.
    settle_errant = (
        "undo it on {replica} with SET SESSION sql_log_bin = 0 (what changed no row and no object needs no undoing); where nothing"
        " replicates from {replica}, STOP SLAVE, RESET MASTER, START SLAVE there make it forget these GTIDs; after that write what"
        " of it shall stay on {source}, or in a chain on the primary at its top: it comes down from there"
    )
    # The dump holds accounts, and would be written to the replica's own binary log.
    copy_by_hand = (
        "on {replica}: STOP SLAVE; RESET SLAVE; RESET MASTER. On {source}: mariadb-dump --all-databases --single-transaction"
        " --routines --events --gtid --master-data=2 > all.sql. On {replica}: mariadb --init-command='SET SESSION sql_log_bin = 0'"
        " < all.sql; FLUSH LOCAL PRIVILEGES; SET GLOBAL gtid_slave_pos = '…', as grep gtid_slave_pos all.sql shows it. Then run"
        " again"
    )
    # The position first: what it has come to by then, the binary log has.
    query = (
        "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.gtid_binlog_state AS gtid_binlog_state,"
        " @@global.log_slave_updates AS log_slave_updates"
    )

    def enabled(self, state: GtidState) -> bool:
        """See :class:`GtidDialect`; every MariaDB server has GTIDs."""
        return True

    def position(self, state: GtidState) -> str:
        """See :class:`GtidDialect`."""
        return str(GtidPosition.parse(state.variables["gtid_slave_pos"]))

    def history(self, state: GtidState) -> str:
        """See :class:`GtidDialect`; the position itself is only replaced."""
        return state.variables["gtid_binlog_state"]

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """See :class:`GtidDialect`."""
        there = BinlogState.parse(source.gtid.variables["gtid_binlog_state"])
        here = BinlogState.parse(replica.gtid.variables["gtid_binlog_state"])
        position = GtidPosition.parse(replica.gtid.variables["gtid_slave_pos"])
        ahead, own = ahead_of(position, there), replica.identity.server_id
        only_here = {*ahead, *ahead_of(here, there)} if sole_source else {*errant(here, there, own)}
        return Relation(
            errant=",".join(sorted(map(str, only_here))),
            lost=",".join(sorted(str(gtid) for gtid in only_here if gtid.server == source.identity.server_id)),
            purged="",
            shared=",".join(str(gtid) for gtid in position.gtids if gtid not in ahead),
            applied=",".join(str(gtid) for gtid in here.gtids if gtid not in ahead_of(here, there) and gtid.server != own),
            foreign="" if sole_source else ",".join(map(str, foreign_to(position, there))),
        )

    def written(self, here: GtidState, server: Identity, there: GtidState) -> str:
        """See :class:`GtidDialect`."""
        both = here.variables.get("gtid_binlog_state"), there.variables.get("gtid_binlog_state")
        if None in both:
            return ""
        return ",".join(map(str, errant(BinlogState.parse(both[0] or ""), BinlogState.parse(both[1] or ""), server.server_id)))

    def related(self, here: GtidState, there: GtidState) -> bool:
        """See :class:`GtidDialect`; what a replica that does not log it has applied, its position tells."""
        applied = GtidPosition.parse(here.variables.get("gtid_slave_pos", "")).gtids
        logged = BinlogState.parse(here.variables.get("gtid_binlog_state", "")).gtids
        known = BinlogState.parse(there.variables.get("gtid_binlog_state", "")).last_seq
        return any((gtid.domain, gtid.server) in known for gtid in (*applied, *logged))

    def origins(self, state: GtidState) -> frozenset[str]:
        """See :class:`GtidDialect`."""
        applied = GtidPosition.parse(state.variables.get("gtid_slave_pos", "")).gtids
        logged = BinlogState.parse(state.variables.get("gtid_binlog_state", "")).gtids
        return frozenset(f"{gtid.domain}-{gtid.server}" for gtid in (*applied, *logged))

    def place_of_its_own(self, here: GtidState, there: GtidState) -> str:
        """See :class:`GtidDialect`. gtid_slave_pos has nothing of what a server wrote as a primary (seen on 11.8)."""
        own = BinlogState.parse(here.variables["gtid_binlog_state"])
        if not own.gtids or ahead_of(own, BinlogState.parse(there.variables["gtid_binlog_state"])):
            return ""
        return "STOP SLAVE; SET GLOBAL gtid_slave_pos = @@global.gtid_binlog_pos"

    def copied(self, source: GtidState) -> GtidState:
        """See :class:`GtidDialect`."""
        last: dict[int, Gtid] = {}
        for gtid in BinlogState.parse(source.variables["gtid_binlog_state"]).gtids:
            last[gtid.domain] = max(gtid, last.get(gtid.domain, gtid), key=lambda one: one.seq)
        position = ",".join(map(str, last.values()))
        return GtidState({**source.variables, "gtid_slave_pos": position, "gtid_binlog_state": ""})

    def passed_over(self, replica: GtidState, channel: Channel, source: Optional[SourceView]) -> Optional[PassedOver]:
        """See :class:`GtidDialect`.

        The position goes on over what is left out (seen on 10.11), the replica's own binary log does not; once something later has
        been applied, nothing tells of it any more.
        """
        variables = replica.variables
        if channel.filters or variables["log_slave_updates"] != "1":
            return None
        position = GtidPosition.parse(variables["gtid_slave_pos"])
        pairs = passed_over(position, BinlogState.parse(variables["gtid_binlog_state"]))
        if not pairs:
            return None
        logged = {place: last for last, place in pairs}
        before = ",".join(str(logged.get(one, one)) for one in position.gtids)
        return PassedOver(
            ", ".join(f"{last} (excluded) to {place}" for last, place in pairs),
            f"on {{replica}}: STOP SLAVE; SET GLOBAL gtid_slave_pos = '{before}'. Then run again: it applies them. If its data was"
            " copied from {source} since, so that it has their rows: RESET MASTER on {replica} instead",
        )

    def logged(self, source: GtidState, gtid: str) -> bool:
        """See :class:`GtidDialect`."""
        one = Gtid.parse(gtid)
        return BinlogState.parse(source.variables["gtid_binlog_state"]).last_seq.get((one.domain, one.server), 0) >= one.seq

    def began(self, header: Header, body: bytes) -> str:
        """See :class:`GtidDialect`. The body holds the number, then the domain."""
        if header.kind != _MARIADB_GTID_EVENT or len(body) < 12:
            return ""
        return str(Gtid(domain=number(body[8:12]), server=header.server_id, seq=number(body[:8])))

    def wrote(self, gtid: str, server: Identity) -> bool:
        """See :class:`GtidDialect`."""
        return Gtid.parse(gtid).server == server.server_id

    def events(self, place: Coordinates, limit: int, skipped: int = 0) -> str:
        """See :class:`GtidDialect`; needs BINLOG MONITOR, which replication accounts lack."""
        return f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM {place.position} LIMIT {skipped}, {limit}"

    def begins(self, event: Mapping[str, Optional[str]]) -> Optional[str]:
        """See :class:`GtidDialect`; each transaction has a GTID."""
        found = _MARIADB_BEGIN.match(event["Info"] or "") if event["Event_type"] == "Gtid" else None
        return found.group(1) if found else None
