# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each server family's GTID variables mean for a replica that wants to follow a source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Optional, Protocol

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Coordinates,
    GtidState,
    ReplicaState,
    SourceView,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import (
    BinlogState,
    GtidPosition,
    ahead_of,
    errant,
    foreign_to,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal

_GTID_NEXT = re.compile(r"GTID_NEXT= '([^']+)'")


@dataclass(frozen=True)
class Relation:
    """A replica's history beside its source's; each text is empty where there is nothing of the kind.

    ``errant``: transactions that only the replica has; ``lost``: those of them that the source itself once wrote. ``purged``:
    transactions that the replica lacks and the source no longer has in its binary logs. ``shared``: what both have. ``again``: what
    the source would send though a channel by file and position is past it, because the replica does not know it by its GTID.
    ``foreign``: the replica's place in a GTID domain that this source writes to as well, where that place came from another source.
    """

    errant: str
    purged: str
    shared: str
    again: str = ""
    foreign: str = ""
    lost: str = ""


class GtidDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    #: One row of the variables that :class:`GtidState` holds.
    query: str
    #: Whether a server may have written transactions without a GTID, which auto-positioning knows nothing of.
    knows_anonymous: bool
    #: What a person does to keep what errant transactions wrote, with ``{source}`` and ``{replica}``.
    keep_errant: str
    #: How a person gives a replica the source's data, with ``{source}`` and ``{replica}``.
    copy_by_hand: str

    def enabled(self, state: GtidState) -> bool:
        """Whether auto-positioning can work on this server."""

    def position(self, state: GtidState) -> str:
        """How far a replica came: what auto-positioning tells its source."""

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """Compares the two; the replica must have been read before the source, or a busy source looks behind.

        A replica with several sources rightly has transactions that one of them lacks: then (``sole_source`` false) only
        transactions that began on the replica itself, or on this source, count as errant.
        """

    def events(self, place: Coordinates, limit: int) -> str:
        """A query of the binary log's events from this place on, no further than the end of its file."""

    def begins(self, event: Mapping[str, Optional[str]]) -> Optional[str]:
        """The GTID of the transaction that an event begins, empty if it has none; ``None`` for any other event."""


class MySQLGtid:
    """Manual, "GTID Auto-Positioning": the source sends what it executed and the replica's gtid_executed lacks."""

    knows_anonymous = True
    keep_errant = "write the same on {source}, and inject empty transactions with these GTIDs there"
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
            again=str(there - here - GtidSet.parse(source.ahead.gtids)) if source.ahead else "",
        )

    def events(self, place: Coordinates, limit: int) -> str:
        """See :class:`GtidDialect`; needs REPLICATION SLAVE alone (observed on 9.7)."""
        return f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM {place.position} LIMIT {limit}"

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
    # With gtid_strict_mode a source takes no sequence number that it is past, so nothing can be injected.
    keep_errant = (
        "write on {source} what shall stay, undo it on {replica} with SET SESSION sql_log_bin = 0, and where nothing replicates"
        " from {replica}: STOP SLAVE, RESET MASTER, START SLAVE there make it forget these GTIDs"
    )
    # The dump holds accounts, and would be written to the replica's own binary log.
    copy_by_hand = (
        "on {replica}: STOP SLAVE; RESET SLAVE; RESET MASTER. On {source}: mariadb-dump --all-databases --single-transaction"
        " --routines --events --gtid --master-data=2 > all.sql. On {replica}: mariadb --init-command='SET SESSION sql_log_bin = 0'"
        " < all.sql; FLUSH LOCAL PRIVILEGES; SET GLOBAL gtid_slave_pos = '…', as the head of all.sql says. Then run again"
    )
    query = "SELECT @@global.gtid_slave_pos AS gtid_slave_pos, @@global.gtid_binlog_state AS gtid_binlog_state"

    def enabled(self, state: GtidState) -> bool:
        """See :class:`GtidDialect`; every MariaDB server has GTIDs."""
        return True

    def position(self, state: GtidState) -> str:
        """See :class:`GtidDialect`."""
        return str(GtidPosition.parse(state.variables["gtid_slave_pos"]))

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """See :class:`GtidDialect`."""
        there = BinlogState.parse(source.gtid.variables["gtid_binlog_state"])
        here = BinlogState.parse(replica.gtid.variables["gtid_binlog_state"])
        position = GtidPosition.parse(replica.gtid.variables["gtid_slave_pos"])
        ahead = ahead_of(position, there)
        only_here = {*ahead, *ahead_of(here, there)} if sole_source else {*errant(here, there, replica.identity.server_id)}
        return Relation(
            errant=",".join(sorted(map(str, only_here))),
            lost=",".join(sorted(str(gtid) for gtid in only_here if gtid.server == source.identity.server_id)),
            purged="",
            shared=",".join(str(gtid) for gtid in position.gtids if gtid not in ahead),
            foreign="" if sole_source else ",".join(map(str, foreign_to(position, there))),
        )

    def events(self, place: Coordinates, limit: int) -> str:
        """See :class:`GtidDialect`; needs BINLOG MONITOR, which replication accounts lack."""
        return f"SHOW BINLOG EVENTS IN {literal(place.file)} FROM {place.position} LIMIT {limit}"

    def begins(self, event: Mapping[str, Optional[str]]) -> Optional[str]:
        """See :class:`GtidDialect`; nothing ever asks, as each transaction has a GTID."""
        return None
