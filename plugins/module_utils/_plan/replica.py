# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans a replica's channel: the right source, the right credentials, both threads running, and never a lost transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import (
    Ends,
    explain_trial,
    retries_login,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import APPLIER, BOTH, RECEIVER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Ahead,
    Channel,
    Coordinates,
    Options,
    OptionValue,
    ReplicaState,
    SourceView,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step

TLS_AUTO = "auto"
TLS_REQUIRED = "required"
TLS_OFF = "off"

Source = Union[SourceView, TrialFailure]


@dataclass(frozen=True)
class DesiredChannel:
    """What the channel shall be. ``options`` holds only what the user declared; ``tls`` is one of the TLS_ words.

    ``source_history_complete``: the source's binary logs reach back to its first row, so that an empty replica may start there.
    ``reconnect``: the receiver logs in anew even if it runs.
    """

    name: str
    options: Options
    tls: str
    tls_verify: Optional[bool]
    source_history_complete: bool
    reconnect: bool

    @property
    def auto_position(self) -> bool:
        """By GTID, not by file and position."""
        return bool(self.options["auto_position"])

    def ends(self, replica: str) -> Ends:
        """The two ends in words."""
        return Ends(str(self.options["source_user"]), f"{self.options['source_host']}:{self.options['source_port']}", replica)


def plan_started(
    dialect: Dialect, state: ReplicaState, source: Source, desired: DesiredChannel
) -> tuple[list[Step], list[Refusal]]:
    """The steps to a running channel, and the obstacles that forbid them now (see ``enforce.Plan``).

    Raises :class:`Refusal` where going on would lose transactions.
    """
    channel = state.channel(desired.name)
    obstacles = _obstacles(dialect, state, source, desired)
    if isinstance(source, SourceView) and not obstacles:
        _refuse_loss(dialect, state, source, desired)
    changes = _changes(dialect, state, channel, source, desired)
    return _steps(dialect, desired, channel, changes), obstacles


def search_from(dialect: Dialect, state: ReplicaState, view: SourceView, desired: DesiredChannel) -> Optional[Coordinates]:
    """Where to search the source's binary log for transactions that a switch to GTIDs would lose; ``None`` for nowhere."""
    channel = state.channel(desired.name)
    if channel is None or not dialect.gtid.knows_anonymous or not dialect.gtid.enabled(view.gtid):
        return None
    return channel.executed if view.may_replicate and _leaves_position(channel, view, desired) else None


def _leaves_position(channel: Channel, source: SourceView, desired: DesiredChannel) -> bool:
    """Whether a channel that follows this source by file and position shall follow it by GTID."""
    follows = _same_source(channel, desired) or (channel.source_uuid and channel.source_uuid == source.identity.server_uuid)
    return desired.auto_position and not channel.options["auto_position"] and bool(follows)


def restarted(state: ReplicaState) -> ReplicaState:
    """What a restart of the replica makes of its channels: their threads start by themselves."""
    running = Thread(ON)
    return replace(state, channels=tuple(replace(one, receiver=running, applier=running) for one in state.channels))


def plan_stopped(dialect: Dialect, state: ReplicaState, name: str) -> list[Step]:
    """The steps to a channel whose threads rest."""
    channel = state.channel(name)
    if channel is None:
        return []
    running = _running(channel)
    return [_stop(dialect, channel, running, "state is stopped")] if running else []


def plan_absent(dialect: Dialect, state: ReplicaState, name: str) -> list[Step]:
    """The steps to no channel of this name; the replica's data and GTID position stay."""
    channel = state.channel(name)
    if channel is None:
        return []
    target = _target(name)
    steps = plan_stopped(dialect, state, name)
    return [*steps, Step("state is absent", target, _summary(channel.options), None, dialect.channels.remove(name))]


def _obstacles(dialect: Dialect, state: ReplicaState, source: Source, desired: DesiredChannel) -> list[Refusal]:
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


def _refuse_loss(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> None:
    ends = desired.ends(state.identity.hostname)
    channel = state.channel(desired.name)
    others = [other for other in state.channels if other is not channel]
    relation = dialect.gtid.relation(state, source, sole_source=not others)
    if relation.errant:
        raise Refusal(
            f"{ends.replica} has transactions that {ends.source} lacks (errant transactions): {relation.errant}. The two servers do"
            " not hold the same rows, and a failover would spread or lose these",
            f"see what they did (mysqlbinlog on {ends.replica}); then either write the same on the source and inject empty"
            " transactions with these GTIDs there, or give the replica a fresh copy of the source's data",
        )
    if desired.auto_position and relation.foreign:
        raise Refusal(
            f"{ends.replica} has come to {relation.foreign} from another source, and {ends.source} writes to the same GTID domain:"
            " a replica has one place in each domain, so this source would not know where to go on",
            "give each primary a gtid_domain_id of its own (mysql_replication_settings), before it writes anything; what it has"
            f" written to the shared domain, {ends.replica} gets only with a copy of its data",
        )
    if not desired.auto_position:
        _refuse_unknown_coordinates(channel, state, desired, ends)
        return
    if relation.purged:
        raise Refusal(
            f"{ends.source} has purged transactions that {ends.replica} lacks: {relation.purged}",
            f"give {ends.replica} a fresh copy of the source's data, then run again; keep binary logs longer"
            " (binlog_expire_logs_seconds)",
        )
    already_follows = channel is not None and channel.options["auto_position"] and _same_source(channel, desired)
    if source.ahead is not None:
        _refuse_leap(source.ahead, relation.again, ends)
    elif not already_follows and not relation.shared:
        _refuse_gap(state, desired, ends, bool(others))


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


def _refuse_gap(state: ReplicaState, desired: DesiredChannel, ends: Ends, has_other_channels: bool) -> None:
    if state.has_tables and not has_other_channels:
        raise Refusal(
            f"{ends.replica} holds tables, but no GTID that {ends.source} knows: nothing tells at which of the source's"
            " transactions its data stands",
            _SEED.format(**ends._asdict()),
        )
    if not desired.source_history_complete:
        raise Refusal(
            f"{ends.replica} is empty, and the binary logs of {ends.source} do not reach back to its first row (or nobody said that"
            " they do): attached now, it would silently lack rows",
            _SEED.format(**ends._asdict()),
        )


def _refuse_unknown_coordinates(channel: Optional[Channel], state: ReplicaState, desired: DesiredChannel, ends: Ends) -> None:
    if "source_log_file" in desired.options:
        return
    if channel is None:
        _refuse_gap(state, desired, ends, len(state.channels) > 0)
    elif channel.executed is None and not _same_source(channel, desired):
        raise Refusal(
            f"{ends.replica}: the channel's place in the binary log of {ends.source} is unknown",
            "give source_log_file and source_log_pos, or use GTIDs",
        )


_CATCH_UP = (
    "let {replica} catch up by file and position (START REPLICA there), then run again. If it stops at a transaction without a"
    " GTID, SET GLOBAL gtid_mode = ON_PERMISSIVE on both servers before: with ON a source sends none, and a replica applies none"
)
_SEED = (
    "give {replica} a copy of the source's data with its GTID position, then run again. MySQL: mysqldump --all-databases"
    " --single-transaction --source-data=2 --set-gtid-purged=ON on {source}, loaded on {replica}. MariaDB: mariadb-dump"
    " --all-databases --single-transaction --gtid --master-data=2, loaded, then SET GLOBAL gtid_slave_pos to the position it names"
)


def _same_source(channel: Channel, desired: DesiredChannel) -> bool:
    return all(channel.options.get(name) == desired.options[name] for name in ("source_host", "source_port"))


def _changes(
    dialect: Dialect, state: ReplicaState, channel: Optional[Channel], source: Source, desired: DesiredChannel
) -> dict[str, OptionValue]:
    wanted = {**desired.options, **_tls_options(dialect, state, channel, source, desired)}
    wanted = {name: value for name, value in wanted.items() if name in dialect.channels.option_syntax}
    if channel is None:
        return wanted
    changes = {
        name: value
        for name, value in wanted.items()
        if name not in ("source_log_file", "source_log_pos") and name in channel.options and channel.options[name] != value
    }
    password_unknown = "source_password" not in channel.options
    if password_unknown and retries_login(channel.receiver):
        changes["source_password"] = wanted["source_password"]
    moves = "source_host" in changes or "source_port" in changes or changes.get("auto_position") is False
    if moves and not desired.auto_position:
        changes.update(_coordinates(channel, desired))
    return changes


def _coordinates(channel: Channel, desired: DesiredChannel) -> dict[str, OptionValue]:
    """A new host or port resets the position (observed on both vendors), so it is stated again."""
    if "source_log_file" in desired.options:
        return {name: desired.options[name] for name in ("source_log_file", "source_log_pos")}
    if channel.executed is None:
        return {}
    return {"source_log_file": channel.executed.file, "source_log_pos": channel.executed.position}


def _tls_options(
    dialect: Dialect, state: ReplicaState, channel: Optional[Channel], source: Source, desired: DesiredChannel
) -> dict[str, OptionValue]:
    if desired.tls == TLS_AUTO:
        offered = source.encrypted if isinstance(source, SourceView) else state.offers_tls
        tls = offered or (channel is not None and bool(channel.options["tls"]))
    else:
        tls = desired.tls == TLS_REQUIRED
    verify = desired.tls_verify
    if verify is None:
        verify = tls and ("tls_ca" in desired.options or dialect.channels.verifies_without_ca)
    options: dict[str, OptionValue] = {"tls": tls, "tls_verify": verify}
    if not tls:
        options["get_public_key"] = True
    return options


def _steps(dialect: Dialect, desired: DesiredChannel, channel: Optional[Channel], changes: Options) -> list[Step]:
    target = _target(desired.name)
    steps: list[Step] = []
    running = _running(channel) if channel else frozenset()
    to_stop = running & dialect.channels.must_rest(changes)
    if channel is not None:
        anew = _why_anew(desired, channel) if RECEIVER in running - to_stop else ""
        to_stop |= {RECEIVER} if anew else frozenset()
        if to_stop:
            steps.append(_stop(dialect, channel, to_stop, "to change the channel" if changes else anew))
    if changes:
        before = {name: channel.options[name] for name in changes if name in channel.options} if channel else None
        steps.append(
            Step(
                "no channel of this name" if channel is None else f"differs: {', '.join(changes)}",
                target,
                None if before is None else _summary(before),
                _summary(changes),
                dialect.channels.change(desired.name, changes),
            )
        )
    to_start = frozenset({RECEIVER, APPLIER}) - (running - to_stop)
    if to_start:
        steps.append(_start(dialect, desired.name, channel, to_start, to_stop))
    return steps


def _why_anew(desired: DesiredChannel, channel: Channel) -> str:
    """Why a receiver that runs shall log in anew; empty if it need not."""
    if desired.reconnect:
        return "the source's account or server was changed: only a new login proves that the channel survives it"
    return "its login was refused; connect anew" if retries_login(channel.receiver) else ""


def _running(channel: Channel) -> frozenset[str]:
    states = {RECEIVER: channel.receiver.state, APPLIER: channel.applier.state}
    return frozenset(part for part, thread in states.items() if thread != OFF)


def _part(parts: frozenset[str]) -> str:
    return BOTH if len(parts) > 1 else next(iter(parts))


def _stop(dialect: Dialect, channel: Channel, parts: frozenset[str], why: str) -> Step:
    return _thread_step(why, channel.name, parts, "running", "stopped", dialect.channels.stop(channel.name, _part(parts)))


def _start(dialect: Dialect, name: str, channel: Optional[Channel], parts: frozenset[str], stopped_by_us: frozenset[str]) -> Step:
    found_stopped = channel is not None and parts - stopped_by_us
    why = f"found stopped: {', '.join(sorted(found_stopped))}" if found_stopped else "the channel shall run"
    return _thread_step(why, name, parts, "stopped", "running", dialect.channels.start(name, _part(parts)))


def _thread_step(why: str, name: str, parts: frozenset[str], before: str, after: str, action: Sql) -> Step:
    return Step(why, f"{_target(name)} {' and '.join(sorted(parts, reverse=True))}", before, after, action)


def _target(name: str) -> str:
    return f"channel '{name}'"


def _summary(options: Options) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(options.items()) if not isinstance(value, Secret)) + (
        "\nsource_password: ********" if any(isinstance(value, Secret) for value in options.values()) else ""
    )
