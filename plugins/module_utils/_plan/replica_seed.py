# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the copy of a source's data into an empty replica, which is nothing to do where the replica can follow without one."""

from __future__ import annotations

from typing import Callable, Mapping, NamedTuple, Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import Ends, explain_trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DENIED, LOGIN, classify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import (
    BEGUN,
    MARK_BEGUN,
    ROUTINE_TRUST,
    UNINSTALL_CLONE,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Options, SourceView, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import held_globally, holds
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import NeedsCopy, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    BACKUP,
    CLONE,
    DUMP,
    MARKER,
    MARKER_TABLE,
    Arrived,
    CopyEnd,
    CopyState,
    DesiredCopy,
    SourceData,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Performed, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion, parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import clone_plugin, missing_data
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import (
    TLS_REQUIRED,
    DesiredChannel,
    channel_target,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica import plan_stopped
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_method import Choice, inexact
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import (
    LoginRights,
    copied_obstacles,
    replica_obstacles,
)

# Of a dump, indexes are built anew, and a table grows in whole extents; the others take along what is written meanwhile.
_ROOM = {BACKUP: 1.1, CLONE: 1.1, DUMP: 1.2}
_SHOWN = 5
_EVENTS = "event_scheduler"
_MIB = 1 << 20
_UNLOGGED = Step(
    "nothing of the copy shall be a transaction of this server",
    "this session",
    "logged",
    "not logged",
    sql("SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000"),
)


_UNINSTALL = Step("no copy needs it any more", "plugin clone", "active", None, UNINSTALL_CLONE)


class CopySource(NamedTuple):
    """The source as the account of the copy sees it, and what it holds."""

    view: SourceView
    data: SourceData


class Doing(NamedTuple):
    """What only the edge can do: move the data, and then have accounts and events as on a replica.

    ``vouch`` notes that a clone is complete. ``sweep`` removes files that a copy which was broken off has left, if it has left any.
    """

    copy: Performed
    settle: Performed
    vouch: Performed
    sweep: Optional[Performed] = None


def needs_copy(dialect: Dialect, state: CopyState, source: Union[CopySource, TrialFailure], desired: DesiredCopy) -> bool:
    """Whether the replica cannot follow without a copy. Raises :class:`Refusal` where a copy would not help, or nobody knows."""
    if isinstance(source, CopySource) and source.view.identity.version.vendor != state.replica.identity.version.vendor:
        there, here = source.view.identity.version, state.replica.identity.version
        raise Refusal(
            f"{desired.host}:{desired.port} is {there}, {state.replica.identity.hostname} is {here}: their GTIDs do not mix",
            "replicate between servers of one vendor; move data across vendors by hand",
        )
    if state.replica.half_copied or desired.anew:
        return True
    if isinstance(source, TrialFailure):
        if _hangs_on_source(state, desired):
            raise _explained(source, _ends(state, desired))
        return True
    try:
        missing_data.refuse_loss(dialect, state.replica, source.view, _followed(desired))
    except NeedsCopy:
        return True
    return False


def _hangs_on_source(state: CopyState, desired: DesiredCopy) -> bool:
    """Whether only the source can tell if the replica, with the data that it holds, can follow without a copy."""
    return state.replica.has_tables and not (state.replica.half_copied or desired.anew or desired.overwrite)


def plan_copy(
    dialect: Dialect,
    state: CopyState,
    source: Union[CopySource, TrialFailure],
    desired: DesiredCopy,
    choice: Choice,
    doing: Doing,
) -> tuple[list[Step], list[Refusal]]:
    """The steps to the source's data at a known position, and what forbids them now (see ``enforce.Plan``).

    Raises :class:`Refusal` where data that somebody may need would be overwritten, or the copy could not work.
    """
    ends = _ends(state, desired)
    if isinstance(source, TrialFailure) and _hangs_on_source(state, desired):
        return [], [_explained(source, ends)]
    if not needs_copy(dialect, state, source, desired):
        return [], []
    if state.arrived is not None and _is_there(state):
        return _settled(dialect, state, state.arrived, doing), _lacking(dialect, state, ends, choice.method)
    _refuse_own_reasons(state, ends, desired, choice)
    steps = _STEPS[choice.method](dialect, state, desired, doing)
    if isinstance(source, TrialFailure):
        return steps, [_explained(source, ends)]
    _refuse_errant(dialect, state, source.view, ends, desired)
    _refuse_unlike(state, source, ends, desired)
    _refuse_inexact(source.data, ends, desired, choice)
    _refuse_lost_logins(state, source.data, ends, choice)
    _refuse_no_room(state, source.data, ends, choice.method)
    lacking = _lacking(dialect, state, ends, choice.method) + _lacking_after(dialect, state, source.data, ends, choice.method)
    return steps, lacking + _obstacles(dialect, state, source.view, ends)


def refuse_foreseen(
    dialect: Dialect, state: CopyState, offers: CopyEnd, holds: SourceData, desired: DesiredCopy, choice: Choice
) -> None:
    """Raises :class:`Refusal` for what forbids a copy that is needed and shows before anybody logs in to the source for it.

    ``offers`` and ``holds`` are what the source says of itself; so no account need be made there first.
    """
    if _is_there(state):
        refuse_without_rights(dialect, state, desired, choice.method)
        return
    ends = _ends(state, desired)
    _refuse_own_reasons(state, ends, desired, choice)
    _refuse_other_series(state, parse_version(offers.version), offers.version, ends)
    _refuse_other_names(state, holds, ends)
    _refuse_inexact(holds, ends, desired, choice)
    _refuse_lost_logins(state, holds, ends, choice)
    _refuse_no_room(state, holds, ends, choice.method)
    refuse_without_rights(dialect, state, desired, choice.method)
    if holds.login == state.login:
        for lacking in _lacking_after(dialect, state, holds, ends, choice.method):
            raise lacking


def refuse_without_rights(dialect: Dialect, state: CopyState, desired: DesiredCopy, method: str) -> None:
    """Raises :class:`Refusal` where the login to the replica may not take a copy in by this method."""
    for lacking in _lacking(dialect, state, _ends(state, desired), method):
        raise lacking


def _is_there(state: CopyState) -> bool:
    """Whether all of a copy has come; a dump brings the account that says so long before, but its marker stays as long."""
    return state.arrived is not None and state.arrived.complete and not state.before


def _refuse_own_reasons(state: CopyState, ends: Ends, desired: DesiredCopy, choice: Choice) -> None:
    _refuse_overwriting(state, ends, desired)
    _refuse_taking_away(state, ends, desired)
    if choice.obstacle:
        raise Refusal(
            f"{ends.replica} cannot get the data of {ends.source} by {choice.method}: {choice.obstacle}",
            "mend that, or set mysql_replication_seed (option method) to auto",
        )


def _lacking(dialect: Dialect, state: CopyState, ends: Ends, method: str) -> list[Refusal]:
    events = _before(dialect, state)[_EVENTS] == "ON"
    lock = dialect.copying.write_lock
    is_locked_now = state.variables.get(lock) == "ON"
    rights = LoginRights(ends.replica, state.login, state.login_grants)
    return replica_obstacles(dialect, rights, method, events, lock if is_locked_now else "")


def _lacking_after(dialect: Dialect, state: CopyState, data: SourceData, ends: Ends, method: str) -> list[Refusal]:
    """What the login to the replica will lack there once its account is the source's."""
    return copied_obstacles(dialect, LoginRights(ends.source, state.login, data.login_grants), ends.replica, method)


def _explained(failure: TrialFailure, ends: Ends) -> Refusal:
    """The account is one that the run makes for the copy: nobody is to make it by hand."""
    found = explain_trial(failure, ends)
    known = classify(failure.errno, failure.error)
    if failure.errno not in DENIED and (known is None or known.kind != LOGIN):
        return found
    made = f"make it on {ends.source} by module seed_account, for the address of {ends.replica}; the playbooks do that just before"
    return Refusal(found.cause, made)


def _followed(desired: DesiredCopy) -> DesiredChannel:
    options: Options = {
        "source_host": desired.host,
        "source_port": desired.port,
        "source_user": desired.user,
        "auto_position": True,
    }
    return DesiredChannel(desired.channel, options, desired.tls, None, source_history_complete=False, reconnect=False)


def _ends(state: CopyState, desired: DesiredCopy) -> Ends:
    return _followed(desired).ends(state.replica.identity.hostname)


def _may_overwrite(desired: DesiredCopy) -> bool:
    return desired.overwrite or desired.anew


def _refuse_overwriting(state: CopyState, ends: Ends, desired: DesiredCopy) -> None:
    if state.schemas and not state.replica.half_copied and not _may_overwrite(desired):
        shown = ", ".join(state.schemas[:_SHOWN]) + (" …" if len(state.schemas) > _SHOWN else "")
        raise Refusal(
            f"{ends.replica} holds data of its own ({shown}), and a copy of {ends.source} would drop it",
            f"save what is needed of it; then name {ends.replica} in mysql_replication_seed_overwrite (option overwrite), or drop"
            " these databases there",
        )


def _refuse_taking_away(state: CopyState, ends: Ends, desired: DesiredCopy) -> None:
    """A copy that nobody needs to begin with must not take from others what only this server gives them."""
    if not desired.anew or state.replica.half_copied:
        return
    if state.followers:
        raise Refusal(
            f"{', '.join(state.followers)} replicate from {ends.replica}, whose binary log a copy forgets",
            f"have them follow {ends.source} first, or stop their channels and rebuild them after {ends.replica}",
        )
    others = [channel.name for channel in state.replica.channels if channel.name.lower() != desired.channel.lower()]
    if others:
        raise Refusal(
            f"{ends.replica} has other channels too ({', '.join(map(channel_target, others))}), and a copy of {ends.source}"
            " drops what they brought",
            f"remove them if nobody needs that (module replica with state: absent), or rebuild {ends.replica} by hand",
        )


def _refuse_errant(dialect: Dialect, state: CopyState, source: SourceView, ends: Ends, desired: DesiredCopy) -> None:
    errant = dialect.gtid.relation(state.replica, source, sole_source=True).errant
    if errant and not state.replica.half_copied and not _may_overwrite(desired):
        raise Refusal(
            f"{ends.replica} has transactions that {ends.source} lacks ({errant}), and a copy makes it forget them",
            f"see what they did, and have it saved (playbook errant_transactions); if nobody needs them, name {ends.replica} in"
            " mysql_replication_seed_overwrite (option overwrite)",
        )


def _refuse_unlike(state: CopyState, source: CopySource, ends: Ends, desired: DesiredCopy) -> None:
    _refuse_other_series(state, source.view.identity.version, str(source.view.identity.version), ends)
    _refuse_other_names(state, source.data, ends)
    if source.data.login is None:
        raise Refusal(
            f"a copy brings the accounts of {ends.source}, and {state.login.user}@{state.login.host}, as which this run is logged"
            f" in to {ends.replica}, is not one of them: the next task could not log in",
            f"create it on {ends.source} with the same password, or log in as an account that both have",
        )
    if desired.tls == TLS_REQUIRED and not source.view.encrypted:
        raise Refusal(
            f"{ends.source} offers no TLS, and source_tls is required",
            "give the source a certificate (ssl_cert and ssl_key in its option file), or set mysql_replication_tls to auto",
        )


def _refuse_other_series(state: CopyState, there: ServerVersion, told: str, ends: Ends) -> None:
    here = state.replica.identity.version
    if here.numbers[:2] != there.numbers[:2]:
        raise Refusal(
            f"{ends.source} is {told}, {ends.replica} is {here}: a copy brings system tables too, which differ between versions",
            "install the source's version on the replica, copy, and upgrade it then",
        )


def _refuse_other_names(state: CopyState, data: SourceData, ends: Ends) -> None:
    name = "lower_case_table_names"
    if state.variables.get(name) != data.variables.get(name):
        raise Refusal(
            f"{name} is {data.variables.get(name)} on {ends.source} and {state.variables.get(name)} on {ends.replica}:"
            " tables would get other names",
            f"initialise {ends.replica} anew with the source's {name}",
        )


def _refuse_inexact(data: SourceData, ends: Ends, desired: DesiredCopy, choice: Choice) -> None:
    """A dump that loses something is made only where somebody asked for a dump."""
    lost = inexact(data) if choice.method == DUMP and desired.method != DUMP else []
    if lost:
        better = "".join(f" No {method}: {why}." for method, why in choice.passed_over.items())
        raise Refusal(
            f"a dump would not give {ends.replica} all that {ends.source} holds: {'; '.join(lost)}.{better}",
            "make a better method possible; or, if that does no harm, set mysql_replication_seed (option method) to dump; or change"
            " these tables",
        )


def _refuse_lost_logins(state: CopyState, data: SourceData, ends: Ends, choice: Choice) -> None:
    """Seen on 9.7: after a dump from a server whose root logs in by auth_socket nobody could log in any more (error 1524)."""
    missing = [one for one in data.logins if one.name not in state.here.plugins]
    if missing and choice.method == DUMP:
        accounts = ", ".join(f"{one.account} by {one.name}" for one in missing)
        activate = "; ".join(
            f"INSTALL PLUGIN {one.name} SONAME '{one.library}'"
            if one.library
            else f"a start with {one.name} = ON in its option file"
            for one in missing
        )
        raise Refusal(
            f"accounts of {ends.source} log in by plugins that are not active on {ends.replica} ({accounts}): with these accounts,"
            " which a dump brings, they could not log in there",
            f"on {ends.replica}: {activate}; or alter these accounts on {ends.source}",
        )


def _refuse_no_room(state: CopyState, data: SourceData, ends: Ends, method: str) -> None:
    needed = int((data.size + (data.log if method != DUMP else 0)) * _ROOM[method])
    # What the replica holds is dropped before.
    if state.folder is not None and state.folder.free + state.held < needed:
        raise Refusal(
            f"{ends.replica} has {state.folder.free // _MIB} MiB free in {state.folder.path}{_and_freed(state.held)}, and the data"
            f" of {ends.source} takes {data.size // _MIB} MiB there, {needed // _MIB} MiB while it is copied",
            "make room on that file system, then run again",
        )


def _and_freed(held: int) -> str:
    return f" (and {held // _MIB} MiB once its own data is dropped)" if held >= _MIB else ""


def _obstacles(dialect: Dialect, state: CopyState, source: SourceView, ends: Ends) -> list[Refusal]:
    found = []
    for where, gtid in ((ends.source, source.gtid), (ends.replica, state.replica.gtid)):
        if not dialect.gtid.enabled(gtid):
            found.append(Refusal(f"{where}: gtid_mode is not ON, and a copy stands at a GTID", "enforce the settings first"))
    if not source.logs:
        found.append(Refusal(f"{ends.source} keeps no binary log, so a copy has no position", "enforce its settings first"))
    return found


def _loaded(dialect: Dialect, state: CopyState, desired: DesiredCopy, doing: Doing) -> list[Step]:
    """A dump: the data goes in by statements, between a marker and its removal."""
    locked = _locked(dialect, state)
    scheduled = _before(dialect, state)[_EVENTS] == "ON"
    distrusts = _distrusts(dialect, state)
    return [
        *_begun(dialect, state, _rest(dialect, state, desired), doing),
        *(
            [_variable("the source's events must not run here", _EVENTS, "ON", "OFF")]
            if state.variables.get(_EVENTS) == "ON"
            else []
        ),
        *(
            [_variable("this login has no SUPER, and the copy brings triggers and functions", ROUTINE_TRUST, "OFF", "ON")]
            if distrusts and state.variables.get(ROUTINE_TRUST) == "OFF"
            else []
        ),
        *_emptied(dialect, state),
        # Its note goes with the accounts that a dump replaces.
        *([_UNINSTALL] if CLONE in state.here.plugins and not had_plugin(state) else []),
        Step("this replica lacks it", "data", None, f"as on {desired.host}:{desired.port}", doing.copy),
        Step("the copy brought the source's", "accounts and events", "as copied", "as on a replica", doing.settle),
        *([_variable("they rest now", _EVENTS, "OFF", "ON")] if scheduled else []),
        *([_variable("triggers and functions are there", ROUTINE_TRUST, "ON", "OFF")] if distrusts else []),
        Step("the copy is complete", f"database {MARKER}", "there", None, sql(f"DROP DATABASE {identifier(MARKER)}")),
        *([_variable("the data is loaded", locked, "OFF", "ON")] if locked else []),
    ]


def _cloned(dialect: Dialect, state: CopyState, desired: DesiredCopy, doing: Doing) -> list[Step]:
    """A clone: the server drops its data, the marker too, and later, as it restarts, replaces its accounts.

    Until then an account of its own is the mark, from then on the one that came along.
    """
    locked = _locked(dialect, state)
    donors = literal(f"{desired.host}:{desired.port}")
    keeps_plugin = had_plugin(state)
    return [
        *_begun(dialect, state, _forgotten(dialect, state, desired), doing),
        *([] if state.begun else [_mark_begun(dialect, keeps_plugin)]),
        *_emptied(dialect, state),
        *clone_plugin.install(state.here),
        Step(
            "the only donor",
            "system variable clone_valid_donor_list",
            None,
            donors,
            sql(f"SET GLOBAL clone_valid_donor_list = {donors}"),
        ),
        Step("this replica lacks it", "data", None, f"as on {desired.host}:{desired.port}", doing.copy),
        *_finished(locked, keeps_plugin, doing),
    ]


def _backed_up(dialect: Dialect, state: CopyState, desired: DesiredCopy, doing: Doing) -> list[Step]:
    """A backup takes the place of the data directory, but for the marker, which is a folder there."""
    return [
        *_begun(dialect, state, _forgotten(dialect, state, desired), doing),
        *_emptied(dialect, state),
        Step("this replica lacks it", "data", None, f"as on {desired.host}:{desired.port}", doing.copy),
        _UNLOGGED,
        Step("the copy brought the source's", "accounts and events", "as copied", "as on a replica", doing.settle),
        Step("the copy is complete", f"database {MARKER}", "there", None, sql(f"DROP DATABASE {identifier(MARKER)}")),
    ]


def _settled(dialect: Dialect, state: CopyState, arrived: Arrived, doing: Doing) -> list[Step]:
    """All data is there, and the run that brought it was broken off."""
    enabled = state.variables.get(_EVENTS) == "ON"
    return [
        *([_variable("the source's events must not run here", _EVENTS, "ON", "OFF")] if enabled else []),
        *_finished(_locked(dialect, state), arrived.keeps_plugin, doing),
    ]


def _finished(locked: str, keeps_plugin: bool, doing: Doing) -> list[Step]:
    return [
        _UNLOGGED,
        *([_variable("accounts are data", locked, "ON", "OFF")] if locked else []),
        *([] if keeps_plugin else _without_plugin(doing)),
        Step("the copy brought the source's", "accounts and events", "as copied", "as on a replica", doing.settle),
        *([_variable("the data is there", locked, "OFF", "ON")] if locked else []),
    ]


def _without_plugin(doing: Doing) -> list[Step]:
    return [
        Step("without the plugin nobody can tell", "note of the copy's account", None, "complete", doing.vouch),
        _UNINSTALL,
    ]


def _begun(dialect: Dialect, state: CopyState, channel: list[Step], doing: Doing) -> list[Step]:
    """The channel is out of the way, and the marker stands."""
    locked = _locked(dialect, state)
    return [
        _UNLOGGED,
        *([Step("a copy was broken off", "its files", "there", None, doing.sweep)] if doing.sweep else []),
        *channel,
        *([_variable("data is loaded", locked, "ON", "OFF")] if locked else []),
        *([] if state.before else _mark(_before(dialect, state), dialect.copying.marker_engine)),
    ]


def _before(dialect: Dialect, state: CopyState) -> dict[str, str]:
    """What the copy changes for its time, as it was before the first try."""
    names = (_EVENTS, dialect.copying.write_lock, ROUTINE_TRUST)
    return {name: state.before.get(name, state.variables.get(name, "")) for name in names if name}


def is_locked(dialect: Dialect, state: CopyState) -> bool:
    """Whether the replica was super_read_only before the first try to copy."""
    return _locked(dialect, state) != ""


def _locked(dialect: Dialect, state: CopyState) -> str:
    """The variable that forbids to load data, if it does; else an empty text."""
    lock = dialect.copying.write_lock
    return lock if _before(dialect, state).get(lock) == "ON" else ""


def _distrusts(dialect: Dialect, state: CopyState) -> bool:
    """Whether the login may not make triggers and functions, as it was before the first try."""
    was_off = _before(dialect, state).get(ROUTINE_TRUST) == "OFF"
    return was_off and (state.variables.get(ROUTINE_TRUST) == "ON" or not holds(held_globally(state.login_grants), "SUPER"))


def had_plugin(state: CopyState) -> bool:
    """Whether the clone plugin was there before the first try to copy."""
    return CLONE in state.here.plugins and not (state.begun and state.begun.installed)


def _rest(dialect: Dialect, state: CopyState, desired: DesiredCopy) -> list[Step]:
    if state.replica.channel(desired.channel) is None:
        return []
    forget = dialect.copying.forget_place(desired.channel)
    return [
        *plan_stopped(dialect, state.replica, desired.channel),
        Step("they do not go with the copy", "relay logs", "there", None, forget),
    ]


def _forgotten(dialect: Dialect, state: CopyState, desired: DesiredCopy) -> list[Step]:
    """A server that restarts with other data must not go on with a channel that knows nothing of it."""
    channel = state.replica.channel(desired.channel)
    if channel is None:
        return []
    remove = dialect.channels.remove(desired.channel)
    return [
        *plan_stopped(dialect, state.replica, desired.channel),
        Step("it knows nothing of the copy", channel_target(desired.channel), "configured", None, remove),
    ]


def _emptied(dialect: Dialect, state: CopyState) -> list[Step]:
    steps = [
        Step("the copy brings the source's", f"database {name}", "there", None, sql(f"DROP DATABASE {identifier(name)}"))
        for name in state.schemas
    ]
    if dialect.gtid.history(state.replica.gtid):
        steps.append(Step("they do not go with the copy", "binary log and GTIDs", "there", None, dialect.copying.forget_history))
    return steps


def _mark(before: Mapping[str, str], engine: str) -> list[Step]:
    table = f"{identifier(MARKER)}.{identifier(MARKER_TABLE)}"
    why = "a copy that is broken off shall be known"
    create = f"CREATE TABLE IF NOT EXISTS {table} (name VARCHAR(64) PRIMARY KEY, value VARCHAR(255)) ENGINE = {engine}"
    values = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in before.items())
    return [
        Step(why, f"database {MARKER}", None, "there", sql(f"CREATE DATABASE IF NOT EXISTS {identifier(MARKER)}")),
        Step(why, f"table {MARKER}.{MARKER_TABLE}", None, "there", sql(create)),
        Step(
            "they shall be as before", f"values of {', '.join(before)}", None, "noted", sql(f"INSERT INTO {table} VALUES {values}")
        ),
    ]


def _mark_begun(dialect: Dialect, keeps_plugin: bool) -> Step:
    create = dialect.copying.noted(MARK_BEGUN, "", not keeps_plugin)
    return Step("it outlives the marker", f"account {BEGUN.user}@{BEGUN.host}", None, "there", create)


def _variable(why: str, name: str, before: str, after: str) -> Step:
    return Step(why, f"system variable {name}", before, after, sql(f"SET GLOBAL {name} = {after}"))


_STEPS: Mapping[str, Callable[[Dialect, CopyState, DesiredCopy, Doing], list[Step]]] = {
    BACKUP: _backed_up,
    CLONE: _cloned,
    DUMP: _loaded,
}
