# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a replica needs a copy of its source's data though it has some, and what it would lose with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import (
    Ends,
    explain_applier,
    explain_receiver,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import (
    OUT_OF_ORDER,
    POSITION,
    classify,
    says_rows_differ,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ReplicaState, SourceView
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.logged_transaction import summary
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import HasErrant, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import channel_safety
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel

_MOST_TOLD = 5
_CHANGES_TOLD = 8
_SHOWN_GTIDS = 200
_MIB = 1 << 20


class Obstacle(NamedTuple):
    """Why a replica cannot stay as it is, and what lets it go on without a copy; no remedy where nothing but a copy does."""

    cause: str
    remedy: str = ""


@dataclass(frozen=True)
class Losses:
    """What a copy would take from a replica, beside what its source has too.

    ``obstacles``: none where it can go on, as far as it shows. ``errant``: transactions, ``count`` how many were read, ``unread``
    those of them that are in no binary log any more; ``changes``: in how many of those that were read each change occurs,
    ``is_upkeep``: that none of them is one of rows or objects, ``rows`` how many rows where they were counted, ``file`` where
    they are told in full, ``lacks_rows`` why no row is in it. ``only_here``: bytes by database, and ``tables_only_here`` tables
    of others. ``followers`` replicate from this server.
    """

    obstacles: Sequence[Obstacle] = ()
    errant: str = ""
    count: int = 0
    unread: str = ""
    changes: Mapping[str, int] = field(default_factory=dict)
    is_upkeep: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    lacks_rows: str = ""
    file: str = ""
    only_here: Mapping[str, int] = field(default_factory=dict)
    tables_only_here: Sequence[str] = ()
    followers: Sequence[str] = ()


def obstacles(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> list[Obstacle]:
    """Why the replica, which holds no half of a copy, cannot stay as it is; none where the servers say nothing against it."""
    found = []
    ends = desired.ends(state.identity.hostname)
    try:
        channel_safety.refuse_passed_over(dialect, state, source, desired)
        channel_safety.refuse_loss(dialect, state, source, desired)
    except HasErrant as refusal:
        found.append(Obstacle(refusal.cause, refusal.remedy))
    except Refusal as refusal:
        return [Obstacle(refusal.cause)]
    channel = state.channel(desired.name)
    if channel is None:
        return found
    applier, receiver = channel.applier, channel.receiver
    # Out of order is what a transaction of its own comes to, and told already.
    if says_rows_differ(applier.errno) and not (found and applier.errno == OUT_OF_ORDER):
        found.append(_in_words_of_audit(explain_applier(applier, ends)))
    known = classify(receiver.errno, receiver.error) if receiver.errno else None
    if known is not None and known.kind == POSITION and not found:
        found.append(_in_words_of_audit(explain_receiver(receiver, ends)))
    return found


def _in_words_of_audit(refusal: Refusal) -> Obstacle:
    return Obstacle(refusal.cause.replace("\n", ". "), refusal.remedy)


def told(losses: Losses, ends: Ends) -> list[str]:
    """The same for people, a line each."""
    return [*_why(losses, ends), *_errant(losses, ends), *_databases(losses, ends), *_followers(losses, ends)]


def _why(losses: Losses, ends: Ends) -> list[str]:
    if not losses.obstacles:
        return [
            f"as far as the servers say, {ends.replica} can go on; whether it holds the rows of {ends.source}, verify_data tells"
        ]
    return [_told(obstacle, ends) for obstacle in losses.obstacles]


def _told(obstacle: Obstacle, ends: Ends) -> str:
    if obstacle.remedy:
        return f"{ends.replica} cannot stay as it is: {obstacle.cause}. Way out: {obstacle.remedy}"
    return f"{ends.replica} cannot go on without a fresh copy of the data of {ends.source}: {obstacle.cause}"


def _errant(losses: Losses, ends: Ends) -> list[str]:
    if not losses.errant:
        return []
    shown = losses.errant if len(losses.errant) <= _SHOWN_GTIDS else f"{losses.errant[:_SHOWN_GTIDS]}…"
    found = f" ({losses.count} of them in its binary logs)" if losses.count else ""
    lines = [f"{ends.replica} has transactions that {ends.source} lacks: {shown}{found}"]
    if losses.changes:
        none = "; none of that changed a row or an object, so nothing has to be undone" if losses.is_upkeep else ""
        lines.append(f"they did: {'; '.join(summary(losses.changes, losses.rows, _CHANGES_TOLD))}{none}")
    if losses.unread:
        lines.append(f"these of them are in no binary log any more, so that nobody can tell what they did: {losses.unread}")
    lines.append(f"the file for what they did is {losses.file} on {ends.replica}")
    if losses.lacks_rows:
        lines.append(
            f"that file holds none of their rows, and a copy drops these: {losses.lacks_rows}. Have the client of the server's own"
            f" vendor on {ends.replica} (mysqlbinlog, mariadb-binlog), and run again"
        )
    return lines


def _databases(losses: Losses, ends: Ends) -> list[str]:
    lines = [
        f"{ends.replica} has a database that {ends.source} lacks: {name} (about {size / _MIB:.1f} MiB)"
        for name, size in losses.only_here.items()
    ]
    if losses.tables_only_here:
        shown = ", ".join(losses.tables_only_here[:_MOST_TOLD])
        more = len(losses.tables_only_here) - _MOST_TOLD
        lines.append(f"{ends.replica} has tables that {ends.source} lacks: {shown}{f' and {more} more' if more > 0 else ''}")
    return lines


def _followers(losses: Losses, ends: Ends) -> list[str]:
    return [f"{follower} replicates from {ends.replica}, which is not rebuilt as long as it does" for follower in losses.followers]
