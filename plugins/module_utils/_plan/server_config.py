# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans a server's system variables: right at run time, and right after its next start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import APPLIER, RECEIVER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import (
    GLOBAL,
    PERSIST,
    PERSIST_ONLY,
    Setting,
    reset_persisted,
    set_variable,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import OFF as STOPPED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Assignment
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import RemoveFile, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import OFF, ON, reason_with
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import channel_target
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.gtid_mode import (
    MODES,
    Way,
    obstacles_to_on,
    plan_gtid_mode,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import (
    COMMAND_LINE,
    DEFAULT,
    PERSISTED,
    Ruling,
    next_start,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_file_steps import Entry, OptionFile, plan_files
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import Wanted

IN_OPTION_FILE = "option_file"
ON_SERVER = "server"
IN_BOTH = "both"
NOWHERE = "none"

_READ_ONLY = ("super_read_only", "read_only")
_ALL_THE_WAY = Way()
_DIFFERS = "the next start would make it so: run time and what is kept shall agree"


@dataclass(frozen=True)
class ConfigState:
    """What was observed.

    ``on_host``: the server runs on this host. ``files`` is ``None`` where option files are not managed. ``auto_cnf`` is a path,
    empty if there is no such file. ``heeds_persisted``: the next start reads persisted values.
    """

    hostname: str
    on_host: bool
    server_uuid: str
    wanted: tuple[Wanted, ...]
    heeds_persisted: bool
    command_line: tuple[Assignment, ...]
    files: Optional[OptionFileSet]
    own_file: OptionFile
    auto_cnf: str
    channels: tuple[Channel, ...] = ()

    @property
    def is_numbered_right(self) -> bool:
        """Whether its server_id shall stay as it is."""
        return all(one.holds_now for one in self.wanted if one.variable.name == "server_id")


@dataclass(frozen=True)
class Persistence:
    """Where values are kept for the next start (``persist``), and the other servers' server_uuids."""

    persist: str
    taken_server_uuids: tuple[str, ...] = ()

    @property
    def in_file(self) -> bool:
        """In an option file."""
        return self.persist in (IN_OPTION_FILE, IN_BOTH)

    @property
    def on_server(self) -> bool:
        """With SET PERSIST."""
        return self.persist in (ON_SERVER, IN_BOTH)


class ConfigPlan(NamedTuple):
    """``steps``, the assignments in them that the server can be asked about beforehand, and the option files after them.

    ``obstacles``: see ``enforce.Plan``.
    """

    steps: list[Step]
    settings: list[Setting]
    files: Optional[OptionFileSet]
    obstacles: list[Refusal]


class _Decision(NamedTuple):
    """What is to be done about one variable: at run time, with its persisted value, and in the option file.

    ``rests``: no applier may run while it is set at run time.
    """

    wanted: Wanted
    value: str
    change: bool
    reset: bool
    keep: bool
    entry: Optional[Entry]
    rests: bool = False


def plan_config(dialect: Dialect, state: ConfigState, desired: Persistence, way: Way = _ALL_THE_WAY) -> ConfigPlan:
    """Option files first, because they may refuse; then run time, where what lets writes in comes first, what stops them last.

    GTIDs come after all else: later calls may take gtid_mode further.

    Raises :class:`Refusal` where something would undo the plan at the next start.
    """
    assignments = state.files.chain().assignments if state.files is not None else ()
    decisions = [
        _decide(dialect, state, desired, wanted, assignments)._replace(
            rests=wanted.variable.name in dialect.variables.applier_variables
        )
        for wanted in state.wanted
    ]
    steps: list[Step] = []
    files = state.files
    if files is not None:
        entries = [decision.entry for decision in decisions if decision.entry]
        planned = plan_files(dialect, files, state.own_file, entries, state.wanted)
        steps, files = planned
    steps += [_reset(decision) for decision in decisions if decision.reset]
    changes = [decision for decision in decisions if decision.change or decision.keep]
    first = [d for d in changes if d.wanted.variable.name in _READ_ONLY and d.value == OFF]
    last = [d for d in changes if d.wanted.variable.name in _READ_ONLY and d.value != OFF]
    gtid = [d for d in changes if d.wanted.variable.name in ("gtid_mode", "enforce_gtid_consistency")]
    resting = [d for d in changes if d.change and d.rests]
    number = [d for d in changes if d.change and d.wanted.variable.name == "server_id"]
    plain = [d for d in changes if d not in (*first, *last, *gtid, *resting, *number)]
    steps += [_assign(decision) for decision in (*first, *plain)]
    steps += _with_channels_stopped(dialect, state, [_assign(decision) for decision in number])
    steps += _with_appliers_stopped(dialect, state, [_assign(decision) for decision in resting])
    steps += [_assign(decision) for decision in sorted(last, key=lambda d: d.wanted.variable.name)]
    steps += _uuid_steps(state, desired)
    steps += _gtid_steps(dialect, state, gtid, way)
    askable = [_setting(decision) for decision in (*first, *plain, *number, *last)]
    return ConfigPlan(steps, askable, files, _obstacles(state, gtid, way))


def restart_required(state: ConfigState, desired: Persistence) -> list[str]:
    """The variables that are right from the next start on, and not before."""
    waiting = [w.variable.name for w in state.wanted if w.variable.static and w.urgent and not w.holds_now]
    if state.server_uuid in desired.taken_server_uuids:
        waiting.append("server_uuid")
    return waiting


def gtid_mode_pending(state: ConfigState, way: Way) -> bool:
    """Whether gtid_mode is still on its way up, and a further call with a later ``until`` must take it on."""
    return any(
        not w.holds_now and MODES.index(way.until) < MODES.index(w.target)
        for w in state.wanted
        if w.variable.name == "gtid_mode" and MODES.index(w.variable.value) < MODES.index(w.target)
    )


def _decide(dialect: Dialect, state: ConfigState, desired: Persistence, wanted: Wanted, files: Sequence[Assignment]) -> _Decision:
    variable = wanted.variable
    full = next_start(dialect.variables, variable, state.command_line, files, state.heeds_persisted)
    in_files = next_start(dialect.variables, variable, state.command_line, files, heeds_persisted=False)
    if desired.persist == NOWHERE:
        return _Decision(wanted, wanted.kept, not variable.static and not wanted.holds_now, False, False, None)
    value = _lasting(wanted, (full,) if desired.persist == ON_SERVER else (in_files, full))
    change = not variable.static and not wanted.is_settled(variable.value, value)
    if desired.persist == ON_SERVER:
        keep = not wanted.holds(full.value) and _can_persist(state, wanted, full)
        return _Decision(wanted, value, change, False, keep, None)
    if desired.persist == IN_BOTH:
        keep = variable.persistable and not wanted.is_settled(variable.persisted, value)
        entry = None if wanted.holds(in_files.value) else _entry(wanted, value, in_files, variable.persistable)
        return _Decision(wanted, value, change, False, keep, entry)
    entry = None if wanted.holds(in_files.value) else _entry(wanted, value, in_files, False)
    return _Decision(wanted, value, change, full.layer == PERSISTED, False, entry)


def _lasting(wanted: Wanted, rulings: Sequence[Ruling]) -> str:
    """What the variable shall be at the next start, and so now too: the first of the values that are kept, where one is good."""
    return next((one.value for one in rulings if one.value is not None and wanted.holds(one.value)), wanted.kept)


def _entry(wanted: Wanted, value: str, ruling: Ruling, is_persisted_too: bool) -> Optional[Entry]:
    name = wanted.variable.name
    if ruling.layer == COMMAND_LINE:
        if is_persisted_too:
            return None
        raise Refusal(
            f"{name} shall be {value}, but {ruling.where} sets it to {ruling.value or 'no usable value'}, and goes before every"
            " option file",
            "take the option from the server's command line (systemctl cat mysql mariadb shows the unit's ExecStart), or on MySQL"
            " use persist: server",
        )
    found = "" if ruling.layer == DEFAULT else f"{ruling.value or 'no usable value'} by {ruling.where}"
    return Entry(wanted, value, found)


def _can_persist(state: ConfigState, wanted: Wanted, ruling: Ruling) -> bool:
    name = wanted.variable.name
    if wanted.variable.persistable:
        return True
    if not wanted.urgent or (wanted.holds_now and ruling.layer == DEFAULT):
        return False
    raise Refusal(
        f"{name} shall be {wanted.target}, and would be {ruling.value or 'its default'} after the next start of"
        f" {state.hostname}: SET PERSIST cannot keep this variable",
        f"set {name} in an option file there: use persist: option_file (or both) on that host",
    )


def _scope(decision: _Decision) -> str:
    variable = decision.wanted.variable
    if not decision.keep:
        return GLOBAL
    return PERSIST_ONLY if variable.static or (decision.rests and not decision.change) else PERSIST


def _setting(decision: _Decision) -> Setting:
    return Setting(_scope(decision), decision.wanted.variable, decision.value)


def _assign(decision: _Decision) -> Step:
    setting = _setting(decision)
    variable = setting.variable
    action = set_variable(setting)
    if decision.change:
        why = reason_with(_DIFFERS if decision.wanted.holds_now else decision.wanted.why, variable.set_by)
        return Step(why, _target(variable.name), variable.value, setting.value, action)
    return Step("it would not be so after a restart", _persisted(variable.name), variable.persisted, setting.value, action)


def _reset(decision: _Decision) -> Step:
    variable = decision.wanted.variable
    why = "a persisted value goes before all option files, and would hide what they say"
    return Step(why, _persisted(variable.name), variable.persisted, None, reset_persisted(variable.name))


def _target(name: str) -> str:
    return f"system variable {name}"


def _persisted(name: str) -> str:
    return f"persisted value of {name}"


def _obstacles(state: ConfigState, decisions: Sequence[_Decision], way: Way) -> list[Refusal]:
    return [
        obstacle
        for decision in decisions
        if decision.change and decision.wanted.variable.name == "gtid_mode"
        for obstacle in obstacles_to_on(decision.wanted.variable.value, decision.value, state.channels, way)
    ]


def _gtid_steps(dialect: Dialect, state: ConfigState, decisions: Sequence[_Decision], way: Way) -> list[Step]:
    by_name = {decision.wanted.variable.name: decision for decision in decisions}
    mode, consistency = by_name.get("gtid_mode"), by_name.get("enforce_gtid_consistency")
    steps: list[Step] = []
    if mode is not None:
        steps += _mode_steps(dialect, state, mode, way)
    if consistency is None:
        return steps
    loosens = consistency.value != ON
    consistency_steps = _consistency_steps(consistency)
    return steps + consistency_steps if loosens else consistency_steps + steps


def _mode_steps(dialect: Dialect, state: ConfigState, mode: _Decision, way: Way) -> list[Step]:
    if not mode.change:
        return [_assign(mode)]

    def assign(before: str, after: str) -> Step:
        scope = _scope(mode) if after == mode.value else GLOBAL
        action = set_variable(Setting(scope, mode.wanted.variable, after))
        return Step(mode.wanted.why, _target("gtid_mode"), before, after, action)

    return plan_gtid_mode(mode.wanted.variable.value, mode.value, assign, state.channels, dialect.variables.applied, way)


def _consistency_steps(consistency: _Decision) -> list[Step]:
    """Manual, "Enabling GTID Transactions Online": WARN first, and see in the error log what would be refused."""
    last = _assign(consistency)
    if not (consistency.change and consistency.value == ON and consistency.wanted.variable.value == OFF):
        return [last]
    warn = Setting(GLOBAL, consistency.wanted.variable, "WARN")
    return [
        Step(last.why, last.target, OFF, "WARN", set_variable(warn)),
        Step(last.why, last.target, "WARN", ON, last.action),
    ]


def _with_appliers_stopped(dialect: Dialect, state: ConfigState, steps: list[Step]) -> list[Step]:
    """An applier takes these variables up when it starts; MariaDB refuses to change them while one runs."""
    running = [(channel.name, APPLIER) for channel in state.channels if channel.applier.state != STOPPED]
    return _with_stopped(dialect, running if steps else [], "an applier reads its settings when it starts", steps)


def _with_channels_stopped(dialect: Dialect, state: ConfigState, steps: list[Step]) -> list[Step]:
    """A receiver leaves out what bears its server's own server_id, and a source knows its replica by the number of its login.

    With another number it must ask again for what it left out before it gets anything later, or rows are missing (seen on 9.7).
    """
    running = [
        (channel.name, part)
        for channel in state.channels
        for part, thread in ((RECEIVER, channel.receiver), (APPLIER, channel.applier))
        if thread.state != STOPPED
    ]
    return _with_stopped(
        dialect, running if steps else [], "the source must send again what was left out as the replica's own", steps
    )


def _with_stopped(dialect: Dialect, threads: Sequence[tuple[str, str]], why: str, steps: list[Step]) -> list[Step]:
    """The steps between the stop of these threads (channel and part) and their start."""
    stops = [
        Step(why, f"{channel_target(channel)} {part}", "running", "stopped", dialect.channels.stop(channel, part))
        for channel, part in threads
    ]
    starts = [
        Step(
            "it was stopped for its settings",
            f"{channel_target(channel)} {part}",
            "stopped",
            "running",
            dialect.channels.start(channel, part),
        )
        for channel, part in threads
    ]
    return [*stops, *steps, *starts]


def _uuid_steps(state: ConfigState, desired: Persistence) -> list[Step]:
    if not state.server_uuid or state.server_uuid not in desired.taken_server_uuids:
        return []
    if not state.on_host:
        raise Refusal(
            f"{state.hostname} has the server_uuid {state.server_uuid}, which another server has too, and this is not its host",
            f"on {state.hostname} remove auto.cnf from the data directory and restart the server",
        )
    if not state.auto_cnf:
        return []  # set aside already; the next start makes a new one
    why = "another server has the same server_uuid: one is a clone with the other's auto.cnf"
    return [Step(why, f"file {state.auto_cnf}", state.server_uuid, None, RemoveFile(state.auto_cnf))]
