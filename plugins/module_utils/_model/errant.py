# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errant transactions of a replica: which ones they are, and in which stretch of its binary log they can stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Protocol

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import BinlogState, Gtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet


class Errant(Protocol):
    """A replica's transactions that its source lacks. Its text names them as the server does; empty for none."""

    def told(self) -> str:
        """The same for people."""

    def holds(self, gtid: str) -> bool:
        """Whether this transaction is one of them."""

    def within(self, before: str, after: str) -> bool:
        """Whether some were logged between two states of the binary log, each in the server's own form."""

    def unread(self, found: Iterable[str], before: str) -> str:
        """Those that are in no binary log any more, in words; empty for none.

        ``found`` are all that were, and ``before`` is the state that the oldest binary log begins with.
        """


@dataclass(frozen=True)
class MySQLErrant:
    """See :class:`Errant`; a state is a GTID set."""

    gtids: GtidSet

    def __str__(self) -> str:
        return str(self.gtids).replace("\n", "")

    def told(self) -> str:
        """See :class:`Errant`."""
        return str(self)

    def holds(self, gtid: str) -> bool:
        """See :class:`Errant`."""
        return bool(gtid) and GtidSet.parse(gtid).issubset(self.gtids)

    def within(self, before: str, after: str) -> bool:
        """See :class:`Errant`."""
        return bool((GtidSet.parse(after) - GtidSet.parse(before)) & self.gtids)

    def unread(self, found: Iterable[str], before: str) -> str:
        """See :class:`Errant`; what a server was told to know (gtid_purged) is in no log of its own either."""
        return str(self.gtids - GtidSet.parse(",".join(found))).replace("\n", "")


@dataclass(frozen=True)
class MariaDBErrant:
    """See :class:`Errant`; a state is a binary log's. ``last`` has the last of them by domain and server, ``known`` how far the
    source has logged that domain and server.
    """

    last: Mapping[tuple[int, int], int]
    known: Mapping[tuple[int, int], int]

    @classmethod
    def parse(cls, last: str, source: str) -> MariaDBErrant:
        """From GTIDs that the source lacks, separated by commas, and the source's gtid_binlog_state."""
        found: dict[tuple[int, int], int] = {}
        for gtid in map(Gtid.parse, filter(None, last.split(","))):
            place = (gtid.domain, gtid.server)
            found[place] = max(gtid.seq, found.get(place, 0))
        return cls(found, BinlogState.parse(source).last_seq)

    def __str__(self) -> str:
        return ",".join(str(Gtid(*place, self.last[place])) for place in sorted(self.last))

    def told(self) -> str:
        """See :class:`Errant`; a GTID here is the last of many, perhaps."""
        return ", ".join(f"up to {Gtid(*place, self.last[place])}" for place in sorted(self.last))

    def holds(self, gtid: str) -> bool:
        """See :class:`Errant`."""
        one = Gtid.parse(gtid)
        return (one.domain, one.server) in self.last and one.seq > self._known((one.domain, one.server))

    def within(self, before: str, after: str) -> bool:
        """See :class:`Errant`."""
        begun, ended = BinlogState.parse(before).last_seq, BinlogState.parse(after).last_seq
        return any(ended.get(place, -1) > max(begun.get(place, -1), self._known(place)) for place in self.last)

    def unread(self, found: Iterable[str], before: str) -> str:
        """See :class:`Errant`. A replica's place alone may be ahead of its source: it was set by hand, and nothing was logged."""
        begun = BinlogState.parse(before).last_seq
        read = {(one.domain, one.server) for one in map(Gtid.parse, found)}
        gone = {place: seq for place, seq in begun.items() if place in self.last and seq > self._known(place)}
        gone.update({place: seq for place, seq in self.last.items() if place not in read and place not in gone})
        return ",".join(f"those up to {Gtid(*place, gone[place])}" for place in sorted(gone))

    def _known(self, place: tuple[int, int]) -> int:
        return self.known.get(place, -1)
