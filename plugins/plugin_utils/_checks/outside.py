# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was changed on servers between two audits, and not by this collection: two snapshots and the change log in, changes out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    OPTION_FILES,
    RUN_TIME,
    AccountFacts,
    ChannelFacts,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.drift import WATCHED

_VARIABLE, _PERSISTED, _FILE, _ACCOUNT = "system variable ", "persisted value of ", "option file ", "account "
_SERVICE = "service "
# A server tells its age in whole seconds.
_INEXACT = 5
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


class _Fact(NamedTuple):
    value: str
    by: str = ""
    at: str = ""


_Facts = Mapping[str, _Fact]
#: An object's name, its fact then and now, and this collection's own records of the server: values before and after, by whom, when.
_Values = tuple[str | None, str | None, str, str]
_Trace = Callable[[str, _Fact | None, _Fact | None, Sequence[Mapping[str, Any]]], Iterator[_Values]]
_ABSENT = _Fact("")


def changed_outside(
    before: Mapping[str, Snapshot], now: Sequence[Snapshot], log: Sequence[Mapping[str, Any]], watch: Collection[str]
) -> tuple[OutsideChange, ...]:
    """The changes of all servers that both audits have read, by host.

    ``before`` are the earlier snapshots by name, ``log`` the change log's records since then, ``watch`` further variables.
    """
    made = [record for record in log if record.get("result") == "changed"]
    primaries = {server.name for server in now if server.role == "primary"}
    found = [
        change
        for server in now
        if server.name in before
        for change in _of_server(before[server.name], server, _own(made, server.name, primaries), watch)
    ]
    # An account that was changed there came to the replicas over their channels.
    replicated = {change[1:4] for change in found if change.host in primaries and change.object.startswith(_ACCOUNT)}
    return tuple(change for change in found if change.host in primaries or change[1:4] not in replicated)


def _own(made: Sequence[Mapping[str, Any]], host: str, primaries: Collection[str]) -> list[Mapping[str, Any]]:
    """This collection's records of a server; those of a primary's accounts are of its replicas too."""
    return [
        record
        for record in made
        if record.get("host") == host or (record.get("host") in primaries and str(record.get("object")).startswith(_ACCOUNT))
    ]


def _of_server(
    earlier: Snapshot, server: Snapshot, own: Sequence[Mapping[str, Any]], watch: Collection[str]
) -> Iterator[OutsideChange]:
    if (earlier.server_uuid, earlier.product) != (server.server_uuid, server.product):
        was, is_now = (f"{one.product} {one.server_uuid}".strip() for one in (earlier, server))
        yield OutsideChange(server.name, "server", was, is_now)
    if _has_restarted(earlier, server) and not any(str(record.get("object")).startswith(_SERVICE) for record in own):
        yield OutsideChange(server.name, "server start", *(_moment(int(_started(one))) for one in (earlier, server)))
    for old, new, trace in _sections(earlier, server, watch):
        for name in sorted({*old, *new}):
            yield from (OutsideChange(server.name, name, *values) for values in trace(name, old.get(name), new.get(name), own))


def _started(server: Snapshot) -> float:
    return server.taken_at - server.uptime


def _has_restarted(earlier: Snapshot, server: Snapshot) -> bool:
    return _started(server) - _started(earlier) > _INEXACT


def _sections(earlier: Snapshot, server: Snapshot, watch: Collection[str]) -> Iterator[tuple[_Facts, _Facts, _Trace]]:
    """What to compare; nothing of what one of the two audits could not read."""
    names = WATCHED.union(map(modern_name, watch))
    yield _expected(earlier, server, names), _variables(server, names), _through_records
    yield _persisted(earlier, names), _persisted(server, names), _if_untold
    if earlier.is_readable(ACCOUNTS) and server.is_readable(ACCOUNTS):
        yield _accounts(earlier), _accounts(server), _if_untold
    if earlier.is_readable(CHANNELS) and server.is_readable(CHANNELS):
        yield _channels(earlier), _channels(server), _if_untold
    if earlier.is_readable(OPTION_FILES) and server.is_readable(OPTION_FILES):
        yield _option_files(earlier), _option_files(server), _if_untold


def _through_records(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Mapping[str, Any]]) -> Iterator[_Values]:
    """A variable's way from then to now: where it does not go on from what a run of this collection left, somebody else set it."""
    if old is None or new is None:
        return  # another version has another set of variables
    value = old.value
    for record in own:
        if record.get("object") == name and isinstance(record.get("before"), str) and isinstance(record.get("after"), str):
            if not _same(value, record["before"]):
                yield value, record["before"], "", f"before {record['time']}"
            value = record["after"]
    if not _same(value, new.value) and not _is_set_in_own_file(name, own):
        yield value, new.value, new.by, new.at


def _if_untold(name: str, old: _Fact | None, new: _Fact | None, own: Sequence[Mapping[str, Any]]) -> Iterator[_Values]:
    """Of other objects the change log has other words: that it tells of the object at all is enough."""
    if (old or _ABSENT).value == (new or _ABSENT).value and (old is None) == (new is None):
        return
    told = any(str(record.get("object") or "").startswith(name) for record in own)
    if not told:
        yield old.value if old else None, new.value if new else None, (new or _ABSENT).by, (new or _ABSENT).at


def _is_set_in_own_file(name: str, own: Sequence[Mapping[str, Any]]) -> bool:
    """Whether this collection wrote it to an option file: a restart has changed it then, which no step tells."""
    variable = name.removeprefix(_VARIABLE)
    for record in own:
        if str(record.get("object") or "").startswith(_FILE):
            lines = str(record.get("after") or "").splitlines()
            if variable in {_option(found[0]) for line in lines if (found := _NAME.match(line.strip()))}:
                return True
    return False


def _option(name: str) -> str:
    return modern_name(name).removeprefix("loose_").removeprefix("skip_")


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _expected(earlier: Snapshot, server: Snapshot, names: Collection[str]) -> _Facts:
    """The values of then; where the server has started anew, those that it was to start with."""
    facts = _variables(earlier, names)
    if not _has_restarted(earlier, server):
        return facts
    coming = {_VARIABLE + name: _Fact(one.value) for name, one in earlier.next_start.items() if one.value not in (None, one.now)}
    return {name: coming.get(name, fact) for name, fact in facts.items()}


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


def _accounts(server: Snapshot) -> _Facts:
    return {f"{_ACCOUNT}{account}": _Fact(_described(account), at=_moment(account.changed)) for account in server.accounts}


def _described(account: AccountFacts) -> str:
    values = {
        "plugin": ", ".join(account.plugins),
        "TLS": account.tls,
        "locked": account.locked,
        "expired": account.expired,
        "password of": _moment(account.changed),
        "privileges": ", ".join(sorted({*account.privileges, *account.role_privileges})),
        "roles that are not active": ", ".join(account.idle_privileges),
        "objects": ", ".join(account.objects),
        "connections": account.max_connections,
    }
    return _lines(values)


def _channels(server: Snapshot) -> _Facts:
    return {f"channel '{one.name}'" if one.name else "the default channel": _Fact(_configured(one)) for one in server.channels}


def _configured(channel: ChannelFacts) -> str:
    values = {
        "source": channel.source,
        "user": channel.source_user,
        "position by": channel.position_by,
        "TLS": channel.tls,
        "TLS verify": channel.tls_verify,
        "CA": channel.tls_ca,
        "delay": channel.delay,
        "connect retry": channel.connect_retry,
        "retry count": channel.retry_count,
        "filters": ", ".join(channel.filters),
        "ignored server ids": channel.ignore_server_ids,
    }
    return _lines(values)


def _option_files(server: Snapshot) -> _Facts:
    files = server.option_files
    return {_FILE + path: _Fact(f"of {_moment(at)}", at=_moment(at)) for path, at in (files.modified.items() if files else ())}


def _lines(values: Mapping[str, object]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in values.items() if value not in ("", None, False))


def _moment(seconds: int | None) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) if seconds else ""
