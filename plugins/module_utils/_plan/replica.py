# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans a replica's channel: the right source, the right credentials, both threads running, and never a lost transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Iterator, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import retries_login
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import APPLIER, BOTH, RECEIVER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Channel,
    Options,
    OptionValue,
    ReplicaState,
    SourceView,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import DUMP
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import channel_safety, missing_data
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import (
    TLS_AUTO,
    TLS_REQUIRED,
    DesiredChannel,
    Source,
    channel_target,
)


def plan_started(
    dialect: Dialect, state: ReplicaState, source: Source, desired: DesiredChannel
) -> tuple[list[Step], list[Refusal]]:
    """The steps to a running channel, and the obstacles that forbid them now (see ``enforce.Plan``).

    Raises :class:`Refusal` where going on would lose transactions.
    """
    channel = state.channel(desired.name)
    channel_safety.refuse_two_from_one(state, source, desired)
    obstacles = channel_safety.obstacles(dialect, state, source, desired)
    if isinstance(source, SourceView):
        channel_safety.refuse_passed_over(dialect, state, source, desired)
    if isinstance(source, SourceView) and not obstacles:
        missing_data.refuse_loss(dialect, state, source, desired)
    elif obstacles:
        obstacles += missing_data.foreseen(dialect, state, desired)
    changes = _changes(dialect, state, channel, source, desired)
    return _steps(dialect, desired, channel, changes), obstacles


def restarted(state: ReplicaState) -> ReplicaState:
    """What a restart of the replica makes of its channels: their threads start by themselves."""
    running = Thread(ON)
    return replace(state, channels=tuple(replace(one, receiver=running, applier=running) for one in state.channels))


def copied(dialect: Dialect, state: ReplicaState, source: Source, method: str) -> ReplicaState:
    """What a copy of the source's data makes of the replica: a dump leaves its channel, at rest and without a place."""
    gtid = dialect.gtid.copied(source.gtid) if isinstance(source, SourceView) else state.gtid
    rests = Thread(OFF)
    channels = tuple(
        replace(one, receiver=rests, applier=rests, received=None, received_gtids="", executed=None)
        for one in state.channels
        if method == DUMP
    )
    return replace(state, gtid=gtid, channels=channels, has_tables=True, half_copied=False)


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
    target = channel_target(name)
    steps = plan_stopped(dialect, state, name)
    return [*steps, Step("state is absent", target, _summary(channel.options), None, dialect.channels.remove(name))]


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
    target = channel_target(desired.name)
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
                "no channel of this name" if channel is None else f"differs: {', '.join(_differences(channel.options, changes))}",
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


def _differences(found: Options, changes: Options) -> Iterator[str]:
    for name, value in changes.items():
        known = name in found and not isinstance(value, Secret)
        yield f"{name} {found[name]} → {value}" if known else name if isinstance(value, Secret) else f"{name} → {value}"


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
    return Step(why, f"{channel_target(name)} {' and '.join(sorted(parts, reverse=True))}", before, after, action)


def _summary(options: Options) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(options.items()) if not isinstance(value, Secret)) + (
        "\nsource_password: ********" if any(isinstance(value, Secret) for value in options.values()) else ""
    )
