# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""GTIDs of MariaDB: positions (one GTID per domain), binlog states (one per domain and server), and what they say
about a replica and its source. (Manual: Global Transaction ID.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, Union

_GTID = re.compile(r"([0-9]+)-([0-9]+)-([0-9]+)")


@dataclass(frozen=True, order=True)
class Gtid:
    """One transaction: replication domain, server_id of the server it originates on, and sequence number."""

    domain: int
    server: int
    seq: int

    @classmethod
    def parse(cls, text: str) -> Gtid:
        """Read ``domain-server-sequence``. Raises ValueError if it is anything else, or out of the server's range."""
        match = _GTID.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not a GTID of the form domain-server-sequence")
        gtid = cls(*(int(number) for number in match.groups()))
        if gtid.domain >= 2**32 or gtid.server >= 2**32 or gtid.seq >= 2**64:
            raise ValueError(f"{text!r} has a number that is out of range")
        return gtid

    def __str__(self) -> str:
        return f"{self.domain}-{self.server}-{self.seq}"


@dataclass(frozen=True)
class GtidPosition:
    """The last GTID in each domain: gtid_slave_pos, gtid_current_pos, gtid_binlog_pos. Sorted by domain."""

    gtids: tuple[Gtid, ...] = ()

    @classmethod
    def parse(cls, text: str) -> GtidPosition:
        """Read a comma-separated position; "" is the empty one.

        Raises ValueError for bad text, and for a domain that occurs twice (the server's error 1943).
        """
        by_domain: dict[int, Gtid] = {}
        for gtid in _parse_list(text):
            other = by_domain.setdefault(gtid.domain, gtid)
            if other is not gtid:
                raise ValueError(f"{other} and {gtid} are both in domain {gtid.domain}")
        return cls(tuple(by_domain[domain] for domain in sorted(by_domain)))

    def __str__(self) -> str:
        return ",".join(map(str, self.gtids))

    def __bool__(self) -> bool:
        return bool(self.gtids)


@dataclass(frozen=True)
class BinlogState:
    """The last sequence number in the binary log for each domain and originating server: gtid_binlog_state.

    Sorted by domain. Within a domain the order is the server's: the GTID logged last comes last, and the server relies
    on that when it is given a state (SET GLOBAL gtid_binlog_state).
    """

    gtids: tuple[Gtid, ...] = ()

    @classmethod
    def parse(cls, text: str) -> BinlogState:
        """Read a comma-separated state; "" is the empty one.

        Raises ValueError for bad text, and for a pair of domain and server that occurs twice.
        """
        gtids = _parse_list(text)
        if len({(gtid.domain, gtid.server) for gtid in gtids}) < len(gtids):
            raise ValueError(f"a pair of domain and server occurs twice in {text!r}")
        return cls(tuple(sorted(gtids, key=lambda gtid: gtid.domain)))

    def __str__(self) -> str:
        return ",".join(map(str, self.gtids))

    def __bool__(self) -> bool:
        return bool(self.gtids)

    @property
    def last_seq(self) -> Mapping[tuple[int, int], int]:
        """The last sequence number by (domain, server)."""
        return {(gtid.domain, gtid.server): gtid.seq for gtid in self.gtids}


def ahead_of(position: Union[GtidPosition, BinlogState], state: BinlogState) -> tuple[Gtid, ...]:
    """The GTIDs of a replica's position, or of its own binary log, that a source with this binlog state has not logged.

    A source finds a replica's place by domain and server: it has logged D-S-n if its state has (D, S) with a sequence
    number of n or more. Numbers of another server of the same domain say nothing: after a failover two servers may
    have used the same number for different transactions.
    """
    last_seq = state.last_seq
    return tuple(gtid for gtid in position.gtids if last_seq.get((gtid.domain, gtid.server), -1) < gtid.seq)


def foreign_to(position: GtidPosition, state: BinlogState) -> tuple[Gtid, ...]:
    """The GTIDs of a replica's position in domains that a source writes to without ever having seen their origin.

    MariaDB KB, "Use With Multi-Source Replication": each source needs a domain of its own, because a replica has one place in each
    domain; the source refuses to go on from a place that it does not know (error 1236, seen on 10.11).
    """
    known, domains = set(state.last_seq), {gtid.domain for gtid in state.gtids}
    return tuple(gtid for gtid in position.gtids if gtid.domain in domains and (gtid.domain, gtid.server) not in known)


def errant(replica: BinlogState, source: BinlogState, replica_server_id: int) -> tuple[Gtid, ...]:
    """The GTIDs that originate on the replica itself and that the source has not logged (or only earlier ones).

    Whatever a replica receives keeps the server part of the server it was first committed on. So an entry of the
    replica's state with its own server_id was written there by a client. If the source has logged that far too, the
    replica was the source once, before a switchover; if not, the transactions up to this one exist on the replica only,
    and a failover to it spreads them or breaks replication. An entry tells of one such transaction at least, not how
    many.
    """
    last_seq = source.last_seq
    return tuple(
        gtid
        for gtid in replica.gtids
        if gtid.server == replica_server_id and last_seq.get((gtid.domain, gtid.server), -1) < gtid.seq
    )


def gap_before(position: GtidPosition, oldest: GtidPosition) -> str:
    """What lies between a replica's position and the one at which its source's oldest binary log begins; empty for nothing."""
    reached = {gtid.domain: gtid.seq for gtid in position.gtids}
    return ",".join(f"the ones up to {gtid}" for gtid in oldest.gtids if reached.get(gtid.domain, 0) < gtid.seq)


def passed_over(position: GtidPosition, own_log: BinlogState) -> tuple[tuple[Gtid, Gtid], ...]:
    """Pairs of the last GTID that a replica's own binary log has of an origin, and the place that its position has come to.

    Between them it took transactions for done without applying them: it had their origin's server_id, and so passed them over as
    its own (seen on 10.11), or its position was set by hand. Holds where the replica logs what it applies, and filters nothing.
    """
    last_seq = own_log.last_seq
    pairs = ((Gtid(one.domain, one.server, last_seq.get((one.domain, one.server), one.seq)), one) for one in position.gtids)
    return tuple((logged, place) for logged, place in pairs if logged.seq < place.seq)


def _parse_list(text: str) -> list[Gtid]:
    # The server accepts blanks before a member, and prints none.
    return [Gtid.parse(member.strip()) for member in text.split(",")] if text.strip() else []
