# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What forbids to attach a replica or to go on: obstacles at the source, and transactions that would be lost."""

from __future__ import annotations

from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import Ends, explain_trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import BY_REBUILD
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import Logged
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Ahead,
    Channel,
    Coordinates,
    ReplicaState,
    SourceView,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import HasErrant, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import (
    TLS_REQUIRED,
    DesiredChannel,
    Source,
    channel_target,
    same_source,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.hidden_gap import refuse_hidden_gap

_UPKEEP_ONLY = "They changed no row and no object"


def search_from(dialect: Dialect, state: ReplicaState, view: SourceView, desired: DesiredChannel) -> Optional[Coordinates]:
    """Where to search the source's binary log for transactions that a switch to GTIDs would lose; ``None`` for nowhere."""
    channel = state.channel(desired.name)
    if channel is None or not dialect.gtid.knows_anonymous or not dialect.gtid.enabled(view.gtid):
        return None
    return channel.executed if view.may_replicate and _leaves_position(channel, view, desired) else None


def resumed_channel(state: ReplicaState, view: SourceView, desired: DesiredChannel) -> Optional[Channel]:
    """The channel whose receiver rests and would go on with the same server by GTID; ``None`` if there is none.

    A GTID says nothing of the rows: after a source was reset, its new transactions bear the GTIDs of those that the replica has.
    """
    channel = state.channel(desired.name)
    if channel is None or not view.may_replicate or not channel.rests_at(view.identity):
        return None
    if len(state.channels) > 1:
        return None  # what this source has still to send may have come over another channel
    return channel if desired.auto_position and same_source(channel, desired) else None


def _leaves_position(channel: Channel, source: SourceView, desired: DesiredChannel) -> bool:
    """Whether a channel that follows this source by file and position shall follow it by GTID."""
    follows = same_source(channel, desired) or (channel.source_uuid and channel.source_uuid == source.identity.server_uuid)
    return desired.auto_position and not channel.options["auto_position"] and bool(follows)


def obstacles(dialect: Dialect, state: ReplicaState, source: Source, desired: DesiredChannel) -> list[Refusal]:
    """What forbids to go on now, but may be mended earlier in the same run (see ``enforce.Plan``)."""
    ends = desired.ends(state.identity.hostname)
    found: list[Refusal] = []
    if desired.auto_position and not dialect.gtid.enabled(state.gtid):
        found.append(
            Refusal(
                f"{ends.replica}: gtid_mode is not ON, so the channel cannot find its position by GTID",
                "enforce the settings first (module server_config with profile replica), or use auto_position: false",
            )
        )
    if isinstance(source, TrialFailure):
        return [*found, explain_trial(source, ends)]
    if source.is_self:
        raise Refusal(
            f"{ends.source} is {ends.replica} itself: a server cannot replicate from itself",
            "give the primary's address as source_host (mysql_replication_source_host)",
        )
    if source.identity.version.vendor != state.identity.version.vendor:
        raise Refusal(
            f"{ends.source} is {source.identity.version}, {ends.replica} is {state.identity.version}: their GTIDs do not mix",
            "replicate between servers of one vendor; move data across vendors with a dump",
        )
    if desired.auto_position and not dialect.gtid.enabled(source.gtid):
        found.append(
            Refusal(
                f"{ends.source}: gtid_mode is not ON, so it would refuse a channel that finds its position by GTID",
                "enforce the settings there first (module server_config with profile primary, or playbook site), or use"
                " auto_position: false",
            )
        )
    if not source.logs:
        found.append(
            Refusal(
                f"{ends.source} keeps no binary log (log_bin is off), so there is nothing to replicate",
                "turn it on there and restart the server (module server_config with profile primary, or playbook site)",
            )
        )
    if not source.may_replicate:
        found.append(
            Refusal(
                f"on {ends.source} the account {source.account}, which that server chooses for {ends.replica}, lacks the privilege"
                " REPLICATION SLAVE. A channel that is connected shows nothing of this until it reconnects",
                f"GRANT REPLICATION SLAVE ON *.* TO {source.account} (module replication_user, or playbook site)",
            )
        )
    if source.identity.server_id == state.identity.server_id:
        found.append(
            Refusal(
                f"{ends.source} and {ends.replica} both have server_id {state.identity.server_id}: the replica would take every"
                " event for its own",
                "give each server its own (mysql_replication_server_id; module server_config)",
            )
        )
    if source.identity.server_uuid and source.identity.server_uuid == state.identity.server_uuid:
        found.append(
            Refusal(
                f"{ends.source} and {ends.replica} both have server_uuid {state.identity.server_uuid}: one was cloned with its"
                " auto.cnf",
                f"on {ends.replica} remove auto.cnf from the data directory and restart (module server_config with"
                " taken_server_uuids, or playbook site)",
            )
        )
    if desired.tls == TLS_REQUIRED and not source.encrypted:
        found.append(
            Refusal(
                f"{ends.source} offers no TLS, and source_tls is required",
                "give the source a certificate (ssl_cert and ssl_key in its option file), or set mysql_replication_tls to auto",
            )
        )
    return found


def refuse_two_from_one(state: ReplicaState, source: Source, desired: DesiredChannel) -> None:
    """A source serves each replica once: the second channel's login ends the first one's (error 1236, observed on 9.7)."""
    uuid = source.identity.server_uuid if isinstance(source, SourceView) else ""
    for other in state.channels:
        if other.name.lower() != desired.name.lower() and (same_source(other, desired) or (uuid and other.source_uuid == uuid)):
            ends = desired.ends(state.identity.hostname)
            raise Refusal(
                f"{ends.replica} follows {ends.source} over {channel_target(other.name)} already, and"
                f" {channel_target(desired.name)} would break that one: a source serves each replica over one channel",
                f"leave mysql_replication_channel (option channel) at '{other.name}', or remove that channel first (module replica"
                " with its name and state: absent; data and position stay)",
            )


def refuse_passed_over(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> None:
    """Raises :class:`Refusal` where transactions were left out, and going on would hide it.

    Before anything is touched: a step that mends the cause lets later transactions in.
    """
    ends = desired.ends(state.identity.hostname)
    channel = state.channel(desired.name)
    if channel is not None and source.identity.server_id in channel.ignored_servers:
        raise Refusal(
            f"the channel of {ends.replica} leaves out all that {ends.source} writes: its IGNORE_SERVER_IDS has the number of that"
            " server itself",
            f"on {ends.replica}: {dialect.channels.heed_all}. What was left out does not come again:"
            f" {_rebuilt(dialect, state, desired)}",
        )
    if desired.auto_position:
        refuse_hidden_gap(dialect, state.channels, state.gtid, source, {"replica": ends.replica, "source": ends.source})


def refuse_loss(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> None:
    """Raises :class:`Refusal` where a transaction would be lost, or is lost already."""
    ends = desired.ends(state.identity.hostname)
    channel = state.channel(desired.name)
    others = [other for other in state.channels if other is not channel]
    relation = dialect.gtid.relation(state, source, sole_source=not others)
    if relation.lost or source.rewritten:
        raise _another_history(dialect, relation.lost, state, desired)
    began = desired.source_history_begun_anew
    if began and relation.applied and desired.auto_position and not has_place(channel):
        raise Refusal(
            f"the channel of {ends.replica} was reset or removed, and it has applied {relation.applied} of {ends.source}, whose"
            f" table {began} is older than its first binary log. Where that was reset since (RESET BINARY LOGS AND GTIDS, RESET"
            " MASTER), other transactions bear these GTIDs now, and would be left out silently",
            f"{_fresh_copy(dialect, state, desired)}. Only if you know that {ends.source} was never reset: configure and start the"
            " channel there by hand (CHANGE REPLICATION SOURCE TO or CHANGE MASTER TO, by GTID), then run again",
        )
    if relation.errant:
        applier = channel.applier if channel else Thread(OFF)
        stopped = f". The applier has stopped: error {applier.errno}: {applier.error}" if applier.errno else ""
        did = f". They did: {state.errant_did}" if state.errant_did else ""
        rows = _UPKEEP_ONLY if state.errant_is_upkeep else "The two servers do not hold the same rows"
        own = "" if state.channels else _OWN_DATA.format(**ends._asdict())
        raise HasErrant(
            f"{ends.replica} has transactions that {ends.source} lacks (errant transactions): {relation.errant}. {rows}, and"
            f" a failover would spread or lose these{did}{stopped}",
            f"save what they did in full (playbook errant_transactions; it changes nothing); then"
            f" {dialect.gtid.settle_errant.format(**ends._asdict())}. Only where that does not do give {ends.replica} a fresh copy"
            f" of the source's data (playbook rebuild_replica{own})",
        )
    if desired.auto_position and relation.foreign:
        raise Refusal(
            f"{ends.replica} has come to {relation.foreign} from another source, and {ends.source} writes to the same GTID domain:"
            " a replica has one place in each domain, so this source would not know where to go on",
            "give each primary a gtid_domain_id of its own (mysql_replication_settings), before it writes anything; what it has"
            f" written to the shared domain, {ends.replica} gets only with a copy of its data",
        )
    if not desired.auto_position:
        _refuse_unknown_coordinates(dialect, channel, state, desired, ends)
        return
    purged = relation.purged or source.purged
    if purged:
        raise Refusal(
            f"{ends.source} has purged transactions that {ends.replica} lacks: {purged}",
            f"see whether another replica still has them in its binary logs, and could be the source; otherwise"
            f" {_fresh_copy(dialect, state, desired)}. Keep binary logs longer (binlog_expire_logs_seconds)",
        )
    already_follows = channel is not None and channel.options["auto_position"] and same_source(channel, desired)
    if source.ahead is not None:
        _refuse_leap(source.ahead, relation.again, ends)
    elif not already_follows and not relation.shared:
        _refuse_former_source(dialect, state, source, desired)
        _refuse_gap(dialect, state, desired, bool(others))


def has_place(channel: Optional[Channel]) -> bool:
    """Whether a channel runs, or remembers how far it has read: then its source's binary log is compared with that."""
    return channel is not None and (channel.received is not None or channel.receiver.state == ON)


def own_log_tells(state: ReplicaState, desired: DesiredChannel) -> bool:
    """Whether the replica's own binary log alone can tell that its source's history begins anew: the channel knows no place."""
    return desired.source_log_started is not None and desired.auto_position and not has_place(state.channel(desired.name))


def is_older_than_log(dialect: Dialect, first: Optional[Logged], source: SourceView, desired: DesiredChannel) -> bool:
    """Whether ``first``, what the replica applied first of the source's transactions, is older than the binary log that is said to
    hold it: then another transaction bears its GTID there.
    """
    began = desired.source_log_started
    return first is not None and began is not None and first.at < began and dialect.gtid.logged(source.gtid, first.gtid)


def doubts(state: ReplicaState, desired: DesiredChannel) -> list[str]:
    """What a person should know of the channel although no step would change it, or the step may not help."""
    channel = state.channel(desired.name)
    if channel is None:
        return []
    who = f"{state.identity.hostname}: {channel_target(desired.name)}"
    found = []
    if channel.filters:
        found.append(
            f"{who} leaves out what its filters say, so this replica lacks rows: {', '.join(channel.filters)}. No run changes"
            " filters; if nobody wants these, remove them and copy the data anew"
        )
    if channel.applier.errno:
        found.append(
            f"{who}: the applier has stopped with error {channel.applier.errno}: {channel.applier.error}. It is started again, and"
            " stops again unless that is mended"
        )
    return found


def may_be_copied(state: ReplicaState, desired: DesiredChannel) -> bool:
    """Whether the collection can give the replica a copy: that stands at a GTID, and brings nothing of other channels."""
    return desired.auto_position and all(channel.name.lower() == desired.name.lower() for channel in state.channels)


def _fresh_copy(dialect: Dialect, state: ReplicaState, desired: DesiredChannel) -> str:
    """What is automated comes first."""
    replica = state.identity.hostname
    if not state.has_tables:
        return _copy(dialect, state, desired, "by playbook site (mysql_replication_seed other than never), ")
    by_site = f"or by playbook site, which drops that data for a copy only where mysql_replication_seed_overwrite names {replica}; "
    return _copy(dialect, state, desired, f"{BY_REBUILD}{by_site}")


def _rebuilt(dialect: Dialect, state: ReplicaState, desired: DesiredChannel) -> str:
    """The same where playbook site refuses, and copies nothing."""
    return _copy(dialect, state, desired, BY_REBUILD)


def _copy(dialect: Dialect, state: ReplicaState, desired: DesiredChannel, automated: str) -> str:
    ends = desired.ends(state.identity.hostname)
    ways = f": {automated}or by hand: " if may_be_copied(state, desired) else ", for example: "
    return f"give {{replica}} a fresh copy of the source's data{ways}{dialect.gtid.copy_by_hand}".format(**ends._asdict())


def _another_history(dialect: Dialect, lost: str, state: ReplicaState, desired: DesiredChannel) -> Refusal:
    ends = desired.ends(state.identity.hostname)
    seen = f"it lacks its own transactions {lost}, which {ends.replica} has" if lost else f"{ends.replica} has read another one"
    return Refusal(
        f"the binary log of {ends.source} has begun anew: {seen}. It was reset (RESET BINARY LOGS AND GTIDS, RESET MASTER),"
        " restored from an older copy, or lost its end in a crash; what it writes now may bear GTIDs that the replica has already",
        f"after a crash of the source, rather make the replica that has most the primary: it holds what the source lost. Otherwise"
        f" {_fresh_copy(dialect, state, desired)}. Do not inject empty transactions: rows would be missing",
    )


def _refuse_leap(ahead: Ahead, again: str, ends: Ends) -> None:
    """From file and position to GTIDs: what has no GTID would be skipped, what the replica knows by no GTID comes again."""
    if ahead.unknown:
        raise Refusal(
            f"nobody can tell whether {ends.replica} still lacks transactions without a GTID, which a channel that finds its"
            f" position by GTID would skip silently: {ends.source}: {ahead.unknown}",
            _CATCH_UP.format(**ends._asdict()),
        )
    if ahead.anonymous is not None:
        raise Refusal(
            f"{ends.replica} has not applied all transactions without a GTID that {ends.source} wrote (the first is at"
            f" {ahead.anonymous}); a channel that finds its position by GTID would skip them silently",
            _CATCH_UP.format(**ends._asdict()),
        )
    if again:
        raise Refusal(
            f"{ends.replica} is past the transactions {again} by file and position, but does not know them by their GTIDs (was its"
            f" data copied without the GTID position?), so {ends.source} would send them again",
            f"if {ends.replica} holds what they wrote: SET GLOBAL gtid_purged = '+{again}' there, then run again; otherwise give"
            " it a fresh copy of the source's data",
        )


def _refuse_former_source(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> None:
    ends = desired.ends(state.identity.hostname)
    place = dialect.gtid.place_of_its_own(state.gtid, source.gtid) if state.has_tables else ""
    if place:
        raise Refusal(
            f"{ends.replica} has no place as a replica, but {ends.source} knows all that the binary log of {ends.replica} holds: it"
            " seems to have been the primary once",
            f"if it was, and its data is what it wrote then: on {ends.replica}: {place}. Then run again. Otherwise"
            f" {_fresh_copy(dialect, state, desired)}",
        )


def _refuse_gap(dialect: Dialect, state: ReplicaState, desired: DesiredChannel, has_other_channels: bool) -> None:
    ends = desired.ends(state.identity.hostname)
    if state.has_tables and not has_other_channels:
        raise Refusal(
            f"{ends.replica} holds tables, but no GTID that {ends.source} knows: nothing tells at which of the source's"
            " transactions its data stands",
            _fresh_copy(dialect, state, desired),
        )
    if not desired.source_history_complete:
        raise gap_of_empty(dialect, state, desired)


def gap_of_empty(dialect: Dialect, state: ReplicaState, desired: DesiredChannel) -> Refusal:
    """An empty replica of a source whose first transactions are gone."""
    ends = desired.ends(state.identity.hostname)
    return Refusal(
        f"{ends.replica} is empty, and the binary logs of {ends.source} do not reach back to its first row (or nobody said that"
        " they do): attached now, it would silently lack rows",
        _fresh_copy(dialect, state, desired),
    )


def _refuse_unknown_coordinates(
    dialect: Dialect, channel: Optional[Channel], state: ReplicaState, desired: DesiredChannel, ends: Ends
) -> None:
    if "source_log_file" in desired.options:
        return
    if channel is None:
        _refuse_gap(dialect, state, desired, len(state.channels) > 0)
    elif channel.executed is None and not same_source(channel, desired):
        raise Refusal(
            f"{ends.replica}: the channel's place in the binary log of {ends.source} is unknown",
            "give source_log_file and source_log_pos, or use GTIDs",
        )


_OWN_DATA = (
    "; if {replica} has never replicated, and nobody needs its data: playbook site with it in mysql_replication_seed_overwrite"
)
_CATCH_UP = (
    "let {replica} catch up by file and position (START REPLICA there), then run again. If it stops at a transaction without a"
    " GTID, SET GLOBAL gtid_mode = ON_PERMISSIVE on both servers before: with ON a source sends none, and a replica applies none"
)
