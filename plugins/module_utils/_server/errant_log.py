# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads from a server's own binary logs what its errant transactions did. Never writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Coordinates,
    GtidState,
    ReplicaState,
    SourceView,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import Errant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.logged_transaction import (
    LoggedTransaction,
    is_upkeep,
    summary,
    transactions_in,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.logged_events import (
    FIRST_POSITION,
    EventsUnreadable,
    events_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.own_log import log_names

# What precedes a log stands at its beginning, after its format and perhaps how it is encrypted.
_HEAD = 8
_LISTED = 100
_TOLD = 3


class Stretch(NamedTuple):
    """Errant transactions that follow each other in a file, from the first one's first byte to after the last one's last."""

    file: str
    start: int
    end: int


@dataclass
class ErrantLog:
    """What was found: the first transactions of all that ``gtids`` names, and in how many of them each change occurs.

    ``unread``: those that are in no binary log any more, in words. ``begun``: what precedes the oldest log.
    """

    gtids: list[str] = field(default_factory=list)
    first: list[LoggedTransaction] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)
    unread: str = ""

    @property
    def is_upkeep(self) -> bool:
        """Whether all of them are known, and changed no row and no object."""
        return not self.unread and is_upkeep(self.changes)

    def take(self, transaction: LoggedTransaction) -> None:
        """One more."""
        self.gtids.append(transaction.gtid)
        self.changes.update(transaction.changes)
        if len(self.first) < _LISTED:
            self.first.append(transaction)
        last = self.stretches[-1] if self.stretches else None
        if last is not None and (last.file, last.end) == (transaction.file, transaction.start):
            self.stretches[-1] = last._replace(end=transaction.end)
        else:
            self.stretches.append(Stretch(transaction.file, transaction.start, transaction.end))


def read_errant(session: Session, errant: Errant, gtid: GtidState) -> ErrantLog:
    """Reads those logs that can hold some, the oldest first; ``gtid`` is what the server said when ``errant`` was found.

    Raises :class:`Refusal` where the logs cannot be read: what only they tell must not be lost unread.
    """
    found = ErrantLog()
    if not str(errant):
        return found
    try:
        _read(session, errant, gtid, found)
    except ServerError as error:
        raise Refusal(
            f"what the errant transactions {errant} did cannot be read from the binary log of {error.where}: error {error.errno}:"
            f" {error.error}",
            "log in as an account that may read it (REPLICATION SLAVE on MySQL, BINLOG MONITOR on MariaDB), then run again",
        ) from None
    except EventsUnreadable as unreadable:
        raise Refusal(
            f"what the errant transactions {errant} did cannot be read from the binary log: {unreadable}",
            "read it with the client of the server's vendor (mysqlbinlog, mariadb-binlog), and keep what it prints",
        ) from None
    return found


def with_errant_told(session: Session, replica: ReplicaState, source: Union[SourceView, TrialFailure]) -> ReplicaState:
    """The replica, and what its errant transactions did; without that where its logs cannot be read."""
    if not isinstance(source, SourceView) or source.identity.version.vendor != replica.identity.version.vendor:
        return replica
    try:
        log = read_errant(session, errant_of(session.dialect, replica, source), replica.gtid)
    except Refusal:
        return replica
    did = "; ".join(summary(log.changes, {}, _TOLD))
    return replace(replica, errant_did=did, errant_is_upkeep=log.is_upkeep)


def errant_of(dialect: Dialect, replica: ReplicaState, source: SourceView) -> Errant:
    """The transactions that the replica has and its source lacks."""
    relation = dialect.gtid.relation(replica, source, sole_source=len(replica.channels) < 2)
    return dialect.errant.found(relation.errant, source.gtid)


def _read(session: Session, errant: Errant, gtid: GtidState, found: ErrantLog) -> None:
    names = log_names(session) if session.value("SELECT @@global.log_bin") == "1" else []
    places = [(name, _before(session, name)) for name in names]
    # A log that says nothing of what precedes it may hold anything.
    ends = [*(before for _name, before in places[1:]), session.dialect.errant.state(gtid)]
    for (name, before), after in zip(places, ends):
        if before is None or after is None or errant.within(before, after):
            events = events_from(session, Coordinates(name, FIRST_POSITION))
            for transaction in transactions_in(events, name, session.dialect.gtid.begins):
                if errant.holds(transaction.gtid):
                    found.take(transaction)
    found.unread = errant.unread(found.gtids, places[0][1] or "" if places else "")


def _before(session: Session, name: str) -> Optional[str]:
    events = session.rows(session.dialect.gtid.events(Coordinates(name, FIRST_POSITION), _HEAD))
    return next((text for text in map(session.dialect.errant.before, events) if text is not None), None)
