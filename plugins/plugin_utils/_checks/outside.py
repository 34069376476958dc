# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was changed on servers between two audits, and not by this collection: two snapshots and the change log in, changes out."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    OPTION_FILES,
    PLUGINS,
    RUN_TIME,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import setter_in
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import (
    account_values,
    as_lines,
    channel_name,
    channel_values,
    moment,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.drift import WATCHED, enforced
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.own_steps import (
    APPLIER,
    CHANGED,
    FAILED,
    INEXACT,
    PASSWORD_TIME,
    RECEIVER,
    Attributes,
    Gap,
    Record,
    Told,
    account_steps,
    channel_steps,
    gaps,
    is_by,
    is_copied,
    is_older,
)

_VARIABLE, _PERSISTED, _FILE, _ACCOUNT = "system variable ", "persisted value of ", "option file ", "account "
_PLUGIN = "plugin "
_SEMI_SYNC = "rpl_semi_sync_"
_OF_ACCOUNTS = (_ACCOUNT, "privileges of ")
_SERVICE = "service "
#: What rules judge beside the variables on which replication depends. Not system_time_zone, which no person sets.
JUDGED = frozenset(
    {
        *("auto_increment_increment", "auto_increment_offset", "binlog_annotate_row_events", "binlog_checksum"),
        *("binlog_encryption", "binlog_error_action", "binlog_expire_logs_auto_purge", "binlog_row_value_options"),
        *("binlog_rows_query_log_events", "character_set_server", "collation_server", "default_password_lifetime"),
        *("default_storage_engine", "encrypt_binlog", "expire_logs_days", "explicit_defaults_for_timestamp"),
        *("gtid_ignore_duplicates", "innodb_autoinc_lock_mode", "innodb_buffer_pool_size", "innodb_doublewrite"),
        *("innodb_force_recovery", "innodb_page_size", "log_bin_trust_function_creators", "log_error", "log_error_services"),
        *("log_error_suppression_list", "max_binlog_total_size", "offline_mode", "performance_schema"),
        *("persisted_globals_load", "relay_log_info_repository", "relay_log_purge", "relay_log_space_limit"),
        *("replica_connections_needed_for_purge", "replica_ddl_exec_mode", "replica_max_allowed_packet", "replica_net_timeout"),
        *("replica_sql_verify_checksum", "replica_type_conversions", "replicate_events_marked_for_skip", "report_port"),
        *("source_info_repository", "sql_generate_invisible_primary_key", "sql_require_primary_key", "ssl_cert"),
        *("time_zone", "tls_version"),
    }
)
_VALUE = "value"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


class OutsideChange(NamedTuple):
    """An object's value at the audit before and now, ``None`` where it is absent.

    ``by`` and ``at`` are as the server tells them, empty where it does not.
    """

    host: str
    object: str
    before: str | None
    after: str | None
    by: str = ""
    at: str = ""


class Then(NamedTuple):
    """A server as an audit before saw it, and since when records tell of it, as they have times."""

    server: Snapshot
    since: str


class _Fact(NamedTuple):
    value: str
    by: str = ""
    at: str = ""


_Facts = Mapping[str, _Fact]
#: Values before and after, by whom, when.
_Values = tuple[str | None, str | None, str, str]
#: An object's name and this collection's own records of the server: what was done to the object without them.
_Trace = Callable[[str, Sequence[Record]], Iterator[_Values]]


def changed_outside(
    before: Mapping[str, Then], now: Sequence[Snapshot], log: Sequence[Record], watch: Collection[str]
) -> tuple[OutsideChange, ...]:
    """The changes of all servers that both audits have read, by host.

    ``before`` is by name, ``log`` are the change log's records since the first of these, ``watch`` further variables.
    """
    made = [_under_todays_name(record) for record in log if record.get("result") in (CHANGED, FAILED)]
    primaries = {server.name for server in now if server.role == "primary"}
    found = [
        change
        for server in now
        if server.name in before
        for change in _of_server(before[server.name].server, server, _own(made, before[server.name], primaries), watch)
    ]
    arrived = _arrived(now, primaries, made, found)
    # The same change of an account came to the replicas, even where the account is otherwise another one there.
    replicated = {_difference(change) for change in found if change.host in primaries and change.object.startswith(_ACCOUNT)}
    return tuple(
        change
        for change in found
        if change.host in primaries or not (_difference(change) in replicated or (change.host, change.object) in arrived)
    )


def _under_todays_name(record: Record) -> Record:
    """A step names a variable as its server does, a snapshot by the name of today."""
    target = str(record.get("object"))
    prefix = _prefix(target)
    return {**record, "object": prefix + modern_name(target.removeprefix(prefix))} if prefix else record


def _prefix(target: str) -> str:
    """What stands before a variable's name; empty where the object is none."""
    return next((one for one in (_VARIABLE, _PERSISTED) if target.startswith(one)), "")


def _arrived(
    now: Sequence[Snapshot], primaries: Collection[str], made: Sequence[Record], found: Sequence[OutsideChange]
) -> set[tuple[str, str]]:
    """Servers and accounts that were changed on a primary, by anybody, and are now as there: that came over the channels."""
    accounts = {server.name: {f"{_ACCOUNT}{one}": account_values(one) for one in server.accounts} for server in now}
    touched = {(change.host, change.object) for change in found if change.host in primaries}
    for record in made:
        prefix = next((one for one in _OF_ACCOUNTS if str(record.get("object")).startswith(one)), None)
        if prefix and record.get("host") in primaries:
            touched.add((record["host"], _ACCOUNT + record["object"].removeprefix(prefix)))
    return {
        (name, account)
        for primary, account in touched
        for name, own in accounts.items()
        if account.startswith(_ACCOUNT) and own.get(account) == accounts.get(primary, {}).get(account)
    }


def _difference(change: OutsideChange) -> tuple[str, bool, bool, frozenset[str], frozenset[str]]:
    old, new = (frozenset((text or "").splitlines()) for text in (change.before, change.after))
    return change.object, change.before is None, change.after is None, old - new, new - old


def _own(made: Sequence[Record], then: Then, primaries: Collection[str]) -> list[Record]:
    """This collection's records of a server since then; those of a primary's accounts are of its replicas too."""
    return [
        record
        for record in made
        if str(record.get("time")) >= then.since
        and (
            record.get("host") == then.server.name
            or (record.get("host") in primaries and str(record.get("object")).startswith(_OF_ACCOUNTS))
        )
    ]


def _of_server(earlier: Snapshot, server: Snapshot, own: Sequence[Record], watch: Collection[str]) -> Iterator[OutsideChange]:
    if (earlier.server_uuid, earlier.product) != (server.server_uuid, server.product):
        was, is_now = (f"{one.product} {one.server_uuid}".strip() for one in (earlier, server))
        yield OutsideChange(server.name, "server", was, is_now)
    is_ours = is_copied(own) or any(_is_of_service(server, record) for record in own)
    if _has_restarted(earlier, server) and not is_ours:
        starts = _starts(earlier, server, watched(server, watch))
        yield OutsideChange(server.name, "server start", *starts, at=moment(int(_started(server))))
    for objects, trace in _sections(earlier, server, own, watch):
        for name in sorted(objects):
            told = _as_spelled(server, name)
            yield from (_timely(OutsideChange(server.name, told, *values), earlier) for values in trace(name, own))


def _as_spelled(server: Snapshot, target: str) -> str:
    prefix = _prefix(target)
    return prefix + server.own_name(target.removeprefix(prefix)) if prefix else target


def _timely(change: OutsideChange, earlier: Snapshot) -> OutsideChange:
    """Without what a server tells of an older change: a value that changes with another keeps the time of its own."""
    return change._replace(by="", at="") if is_older(change.at, earlier.taken_at) else change


def watched(server: Snapshot, more: Collection[str]) -> frozenset[str]:
    """The variables whose changes are told: what replication depends on, what site enforces and rules judge, and ``more``."""
    semi_sync = (name for name in server.variables if name.startswith(_SEMI_SYNC))
    return WATCHED.union(JUDGED, enforced(server), semi_sync, map(modern_name, more))


def _starts(earlier: Snapshot, server: Snapshot, names: Collection[str]) -> tuple[str, str]:
    """When it started before and now, and the run-time values that the start has put back to what it starts with."""
    put_back = [
        name
        for name in sorted(names)
        if (coming := earlier.next_start.get(name)) and coming.value == server.value(name) != earlier.value(name)
    ]
    started = [moment(int(_started(one))) for one in (earlier, server)]
    if put_back:
        values = ({name: one.value(name) for name in put_back} for one in (earlier, server))
        started = [as_lines({"at": at, **of_server}) for at, of_server in zip(started, values, strict=True)]
    return started[0], started[1]


def _is_of_service(server: Snapshot, record: Record) -> bool:
    """Whether the server's own service was restarted: monitoring restarts others there. Read from elsewhere, any may be it."""
    known = server.service.removesuffix(".service")
    name = str(record.get("object") or "").removesuffix(".service")
    return name == f"{_SERVICE}{known}" if known else name.startswith(_SERVICE)


def _started(server: Snapshot) -> float:
    return server.taken_at - server.uptime


def _has_restarted(earlier: Snapshot, server: Snapshot) -> bool:
    return _started(server) - _started(earlier) > INEXACT


def _sections(
    earlier: Snapshot, server: Snapshot, own: Sequence[Record], watch: Collection[str]
) -> Iterator[tuple[Collection[str], _Trace]]:
    """What to compare, by name, and how; nothing of what one of the two audits could not read."""
    names = watched(server, watch)
    trace = _restarted_variable(earlier, server) if _has_restarted(earlier, server) else _variable
    yield _of_facts(_variables(earlier, names), _variables(server, names), trace)
    yield _of_facts(_persisted(earlier, names), _persisted(server, names), _persisted_value)
    if earlier.is_readable(ACCOUNTS) and server.is_readable(ACCOUNTS):
        # One that came and went between the audits is in records only. A copy's own, which do that, are not in quotes.
        objects = {str(record.get("object")) for record in own}
        yield _of_accounts(earlier, server, {name for name in objects if name.startswith(f"{_ACCOUNT}'")})
    if earlier.is_readable(CHANNELS) and server.is_readable(CHANNELS):
        yield _of_channels(earlier, server)
    if earlier.is_readable(OPTION_FILES) and server.is_readable(OPTION_FILES):
        yield _of_facts(_option_files(earlier), _option_files(server), _option_file)
    if earlier.is_readable(PLUGINS) and server.is_readable(PLUGINS):
        yield _of_facts(_plugins(earlier), _plugins(server), _plugin)


def _of_facts(
    old: _Facts, new: _Facts, trace: Callable[[str, _Fact | None, _Fact | None, Sequence[Record]], Iterator[_Values]]
) -> tuple[Collection[str], _Trace]:
    return {*old, *new}, lambda name, own: trace(name, old.get(name), new.get(name), own)


def _variable(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[_Values]:
    """A variable's way from then to now: where it does not go on from what a run of this collection left, somebody else set it."""
    for gap in _variable_gaps(name, old, new, own):
        yield _single(gap, new)


def _variable_gaps(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[Gap]:
    if old is not None and new is not None:  # another version has another set of variables
        steps = [one for one in _told(name, own) if one.before is not None and one.after is not None]
        yield from gaps({_VALUE: old.value}, {_VALUE: new.value}, steps)


def _restarted_variable(
    earlier: Snapshot, server: Snapshot
) -> Callable[[str, _Fact | None, _Fact | None, Sequence[Record]], Iterator[_Values]]:
    """The same of a server that has started anew: by that came what files said before, or this collection wrote there."""

    def trace(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[_Values]:
        variable = name.removeprefix(_VARIABLE)
        coming = server.next_start.get(variable)
        is_as_in_files = new is not None and (coming is None or coming.value in (None, new.value))
        if is_as_in_files and _is_set_in_own_file(name, own):
            return
        was_coming = earlier.next_start.get(variable)
        for gap in _variable_gaps(name, old, new, own):
            is_brought = not gap.before and new is not None and was_coming is not None and was_coming.value == new.value
            if not is_brought:
                yield _single(gap, new)

    return trace


def _persisted_value(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[_Values]:
    """The same of a persisted value, which comes and goes; SET PERSIST is a step of the variable, and sets it too."""
    steps = _told(name, own)
    variable = _VARIABLE + name.removeprefix(_PERSISTED)
    persisting = [one for one in _done(own, variable) if str(one.get("statement") or "").startswith("SET PERSIST")]
    start = _value(old.value if old else None)
    if persisting:
        steps.append(Told(persisting[-1]["time"], start, _value(persisting[-1].get("after"))))
    for gap in gaps(start, _value(new.value if new else None), steps):
        yield _single(gap, new)


def _plugin(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[_Values]:
    """A copy brings the list of its source."""
    if is_copied(own):
        return
    steps = _told(name, own)
    for gap in gaps(_value(old.value if old else None), _value(new.value if new else None), steps):
        yield _single(gap, new)


def _told(name: str, own: Sequence[Record]) -> list[Told]:
    found = []
    for record in _done(own, name):
        by, at = setter_in(str(record.get("why") or ""))
        found.append(Told(record["time"], _value(record.get("before")), _value(record.get("after")), by=by, at=at))
    return found


def _value(value: object) -> Attributes | None:
    return None if value is None else {_VALUE: str(value)}


def _single(gap: Gap, new: _Fact | None) -> _Values:
    before, after = (side[_VALUE] if side else None for side in (gap.old, gap.new))
    if gap.before:
        return before, after, gap.by, gap.at or f"before {gap.before}"
    return (before, after, new.by, new.at) if new else (before, after, "", "")


def _option_file(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Record]) -> Iterator[_Values]:
    """Of a file only the time of its last change is known: it is ours where one of our steps ended after it."""
    if old == new:
        return
    if new is None or not any(is_by(new.at, record["time"]) for record in _done(own, name)):
        yield old.value if old else None, new.value if new else None, "", new.at if new else ""


def _done(own: Sequence[Record], name: str) -> list[Record]:
    return [record for record in own if record.get("object") == name and record.get("result") == CHANGED]


def _of_accounts(earlier: Snapshot, server: Snapshot, recorded: Collection[str]) -> tuple[Collection[str], _Trace]:
    old, new = ({f"{_ACCOUNT}{account}": account_values(account) for account in one.accounts} for one in (earlier, server))

    def trace(name: str, own: Sequence[Record]) -> Iterator[_Values]:
        """The server tells when the password was set, and of nothing else."""
        now = new.get(name)
        for gap in gaps(old.get(name), now, account_steps(name.removeprefix(_ACCOUNT), now, server.name, own)):
            was_set, is_set = ((side or {}).get(PASSWORD_TIME) for side in (gap.old, gap.new))
            at = is_set if is_set and is_set != was_set else f"before {gap.before}" if gap.before else ""
            yield *_texts(gap), "", at

    return {*old, *new, *recorded}, trace


def _of_channels(earlier: Snapshot, server: Snapshot) -> tuple[Collection[str], _Trace]:
    old, new = ({channel_name(one): channel_values(one) for one in server.channels} for server in (earlier, server))

    def trace(name: str, own: Sequence[Record]) -> Iterator[_Values]:
        steps = channel_steps(name, own)
        start = old.get(name)
        if is_copied(own):
            start = _after_copy(start, steps)
        for gap in gaps(start, new.get(name), steps):
            yield *_texts(gap), "", f"before {gap.before}" if gap.before else ""

    return {*old, *new}, trace


def _after_copy(start: Attributes | None, steps: Sequence[Told]) -> Attributes | None:
    """What a copy of the data left of a channel: its first step tells, else all but whether it runs is as it was."""
    if not steps:
        return None if start is None else {**start, RECEIVER: None, APPLIER: None}
    return None if steps[0].before is None else {**dict.fromkeys(start or ()), **steps[0].before}


def _texts(gap: Gap) -> tuple[str | None, str | None]:
    before, after = (None if side is None else as_lines(side) for side in (gap.old, gap.new))
    return before, after


def _is_set_in_own_file(name: str, own: Sequence[Record]) -> bool:
    """Whether this collection wrote it to an option file."""
    variable = name.removeprefix(_VARIABLE)
    for record in own:
        if record.get("result") == CHANGED and str(record.get("object") or "").startswith(_FILE):
            lines = str(record.get("after") or "").splitlines()
            if variable in {_option(found[0]) for line in lines if (found := _NAME.match(line.strip()))}:
                return True
    return False


def _option(name: str) -> str:
    return modern_name(name).removeprefix("loose_").removeprefix("skip_")


def _variables(server: Snapshot, names: Collection[str]) -> _Facts:
    facts = {}
    for name in names:
        value, origin = server.value(name), server.origins.get(name)
        if value is not None:
            is_told = origin is not None and origin.source == RUN_TIME
            facts[_VARIABLE + name] = _Fact(value, origin.set_by, origin.set_at) if origin and is_told else _Fact(value)
    return facts


def _persisted(server: Snapshot, names: Collection[str]) -> _Facts:
    origins = server.persisted_origins
    return {
        _PERSISTED + name: _Fact(value, origins[name].set_by, origins[name].set_at) if name in origins else _Fact(value)
        for name, value in server.persisted.items()
        if name in names
    }


def _plugins(server: Snapshot) -> _Facts:
    return {_PLUGIN + name: _Fact("active") for name in server.plugins}


def _option_files(server: Snapshot) -> _Facts:
    files = server.option_files
    return {_FILE + path: _Fact(f"of {moment(at)}", at=moment(at)) for path, at in (files.modified.items() if files else ())}
