# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each server family's GTID variables mean for a replica that wants to follow a source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    GtidState,
    ReplicaState,
    SourceView,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import (
    BinlogState,
    GtidPosition,
    ahead_of,
    errant,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet


@dataclass(frozen=True)
class Relation:
    """A replica's history beside its source's; each text is empty where there is nothing of the kind.

    ``errant``: transactions that only the replica has. ``purged``: transactions that the replica lacks and the source no longer
    has in its binary logs. ``shared``: what both have.
    """

    errant: str
    purged: str
    shared: str


class GtidDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    #: One row of the variables that :class:`GtidState` holds.
    query: str

    def enabled(self, state: GtidState) -> bool:
        """Whether auto-positioning can work on this server."""

    def position(self, state: GtidState) -> str:
        """How far a replica came: what auto-positioning tells its source."""

    def relation(self, replica: ReplicaState, source: SourceView, sole_source: bool) -> Relation:
        """Compares the two; the replica must have been read before the source, or a busy source looks behind.

        A replica with several sources rightly has transactions that one of them lacks: then (``sole_source`` false) only
        transactions that began on the replica itself, or on this source, count as errant.
        """


class MySQLGtid:
    """Manual, "GTID Auto-Positioning": the source sends what it executed and the replica's gtid_executed lacks."""

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
            purged=str(GtidSet.parse(source.gtid.variables["gtid_purged"]) - here),
            shared=str(here & there),
        )


class MariaDBGtid:
    """MariaDB KB, "Global Transaction ID": the source resumes after gtid_slave_pos in each domain.

    A source doesn't say what it purged; a position that is gone shows as error 1236 when the channel starts.
    """

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
            purged="",
            shared=",".join(str(gtid) for gtid in position.gtids if gtid not in ahead),
        )
