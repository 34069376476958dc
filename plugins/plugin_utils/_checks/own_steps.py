# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection's own records tell of an object, in the words of a snapshot, and where its way goes on without them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_facts import shortened
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channel_facts import AUTO

#: An object's values by name: "" where it has none, ``None`` where nobody knows.
Attributes = Mapping[str, Optional[str]]
Record = Mapping[str, Any]

#: Results of records that tell of steps of ours.
CHANGED, FAILED = "changed", "failed"
DEFAULT_CHANNEL = "the default channel"
PASSWORD_TIME = "password set at"
#: An account's roles, and what those that are not active after a login would let it do.
ROLES, IDLE = "roles", "privileges of roles that are not active"
#: A channel's threads, and what becomes of them.
RECEIVER, APPLIER = "receiver", "applier"
RUNNING, STOPPED = "running", "stopped"
#: Seconds. A server's clock and the controller's, and times in whole seconds.
INEXACT = 5

_CHANNEL_OPTIONS = {
    "source_host": "source host",
    "source_port": "source port",
    "source_user": "user",
    "tls": "TLS",
    "tls_verify": "TLS verify",
    "tls_ca": "CA",
    "delay": "delay",
    "connect_retry": "connect retry",
    "retry_count": "retry count",
}
_SET_AT = re.compile(r"another, set at (\S+),")
_DAYS = re.compile(r"expires after (\d+) day")
# A server has its own defaults for them.
_CHANNEL_UNTOLD = ("position by", "delay", "connect retry", "retry count", "filters", "ignored server ids", RECEIVER, APPLIER)


class Told(NamedTuple):
    """One step of this collection: as far as its record tells, what it found and what it left; ``None``: no such object.

    What a step found on another server, from which it came over a channel, says nothing of this one. ``by`` and ``at`` tell who had
    made what it found, where its record does.
    """

    time: str
    before: Attributes | None
    after: Attributes | None
    is_here: bool = True
    by: str = ""
    at: str = ""


class Gap(NamedTuple):
    """A part of the way that no step of this collection made. ``before`` is the step's time that found it, empty for now.

    ``by`` and ``at`` are as that step tells them.
    """

    old: Attributes | None
    new: Attributes | None
    before: str = ""
    by: str = ""
    at: str = ""


def gaps(old: Attributes | None, new: Attributes | None, steps: Iterable[Told]) -> Iterator[Gap]:
    """From then to now through the steps: a step explains only what leads from what it found to what it left."""
    state = old
    names = tuple({**(old or {}), **(new or {})})
    for step in steps:
        found = step.before if step.is_here else None if state is None else {}
        if (state is None) != (found is None) or (state is not None and found is not None and _differ(state, found)):
            yield _gap(state, found, step.time)._replace(by=step.by, at=step.at)
        rest = dict.fromkeys(names) if state is None and found is not None else state
        state = None if step.after is None else {**(rest or {}), **(found or {}), **step.after}
    if (state is None) != (new is None) or (state is not None and new is not None and _differ(state, new)):
        yield _gap(state, new, "")


def account_steps(name: str, now: Attributes | None, host: str, own: Sequence[Record]) -> list[Told]:
    """The steps of an account (``'user'@'host'``) on a server, which has it now as given."""
    found = []
    changed = (now or {}).get(PASSWORD_TIME)
    for record in _once(own, (f"account {name}", f"privileges of {name}")):
        of_privileges = record["object"].startswith("privileges")
        told = _privileges if of_privileges else _login
        before, after = told(record.get("before")), told(record.get("after"))
        if of_privileges:
            before, after = before or {}, after or {}
        elif after is not None and _sets_password(record) and changed and is_by(changed, record["time"]):
            after[PASSWORD_TIME] = None
        if record.get("host") == host:
            found += _done(record, before, after)
        elif (after is None) == (now is None):
            found += [step._replace(after=_arrived(step.after, now), is_here=False) for step in _done(record, before, after)]
    return found


def channel_steps(name: str, own: Sequence[Record]) -> list[Told]:
    """The steps of a channel, named as its steps do; a copy of the data may take or leave it."""
    found: list[Told] = []
    threads = _thread_objects(name)
    for record in _once(own, (name, "data"), repeated=threads):
        if record["object"] == "data":
            found = []
        elif record["object"] in threads:
            parts = threads[record["object"]]
            # That it found one stopped does not tell whether by an error.
            found += _done(record, dict.fromkeys(parts), dict.fromkeys(parts, str(record.get("after"))))
        else:
            before, after = _channel(record.get("before")), _channel(record.get("after"))
            if before is None and after is not None:
                after = {**dict.fromkeys(_CHANNEL_UNTOLD), **after}
            found += _done(record, before, after)
    return found


def _thread_objects(name: str) -> dict[str, tuple[str, ...]]:
    """A channel's threads as steps name them."""
    parts = {one: (one,) for one in (RECEIVER, APPLIER)} | {f"{RECEIVER} and {APPLIER}": (RECEIVER, APPLIER)}
    return {f"{name} {part}": threads for part, threads in parts.items()}


def is_copied(own: Sequence[Record]) -> bool:
    """Whether a run of this collection replaced the server's data."""
    return any(record.get("object") == "data" for record in own)


def is_by(moment: str, time: str) -> bool:
    """Whether a moment by the server's clock is no later than one by the controller's; a damaged record's is none."""
    try:
        return _seconds(moment) <= _seconds(time) + INEXACT
    except ValueError:
        return False


def is_older(moment: str, seconds: float) -> bool:
    """Whether a moment by a server's clock, in whole seconds maybe, is before a time in seconds since the epoch."""
    try:
        return _seconds(moment) < int(seconds)
    except ValueError:
        return False


def _once(own: Sequence[Record], objects: tuple[str, ...], repeated: Collection[str] = ()) -> Iterator[Record]:
    """A change that takes several statements has a record for each, with the same values; those of ``repeated`` are told each."""
    seen = set()
    for record in own:
        if record.get("object") in repeated:
            yield record
        elif record.get("object") in objects:
            key = tuple(str(record.get(name)) for name in ("run", "object", "before", "after", "result"))
            if key not in seen:
                yield record
            seen.add(key)


def _done(record: Record, before: Attributes | None, after: Attributes | None) -> list[Told]:
    """A step that failed leaves its object, if it is there, in a state that nobody knows."""
    if record.get("result") == CHANGED:
        return [Told(record["time"], before, after)]
    if before is None:
        return []
    return [Told(record["time"], {}, dict.fromkeys({**before, **(after or {})}))]


def _arrived(after: Attributes | None, now: Attributes | None) -> Attributes | None:
    """What came from another server. It may still be on its way, and the server may have been unlike the other one."""
    if after is None or now is None:
        return None
    return {name: None for name, value in after.items() if _agree(value, now.get(name, ""))}


def _login(text: object) -> dict[str, str | None] | None:
    if text is None:
        return None
    lines = _named(str(text))
    told: dict[str, str | None] = {}
    if "plugin" in lines:
        told["plugin"] = lines["plugin"].replace(" or ", ", ")
    if "TLS" in lines:
        told["TLS"] = lines["TLS"]
    if "account" in lines:
        told["locked"] = value_of(lines["account"] == "locked")
    if "password" in lines:
        said = lines["password"].rpartition(", ")[2]
        # What it shall be instead may be new itself: it is somebody else's only where it was set since.
        if found := _SET_AT.match(lines["password"]):
            told[PASSWORD_TIME] = found[1]
        told["expired"] = value_of(said == "expired")
        # Of one that has expired it tells no more.
        told["expires"] = None if said == "expired" else _expiry_said(said)
    return told


def _privileges(text: object) -> dict[str, str | None] | None:
    """Of roles, of privileges to pass on and of those on single objects a snapshot has other words."""
    if text is None:
        return None
    lines = [line for line in str(text).splitlines() if line != "none"]
    on_objects = [line for line in lines if " ON " in line]
    names = {line for line in lines if line not in on_objects}
    is_plain = not any(name.startswith("role ") or name.startswith("ALL") or " WITH " in name for name in names)
    told: dict[str, str | None] = {"privileges": ", ".join(shortened(names)) if is_plain else None}
    if any(name.startswith("role ") for name in names):
        told |= {ROLES: None, IDLE: None}
    return {**told, "objects": None} if on_objects else told


def _channel(text: object) -> dict[str, str | None] | None:
    if text is None:
        return None
    lines = _named(str(text))
    told: dict[str, str | None] = {ours: value_of(lines[name]) for name, ours in _CHANNEL_OPTIONS.items() if name in lines}
    if "auto_position" in lines:
        told["position by"] = AUTO if lines["auto_position"] == "True" else None
    return told


def value_of(value: object) -> str:
    """A value as attributes have it."""
    text = str(value)
    return "" if text in ("", "None", "False", "0") else "yes" if text == "True" else text


def expiry(days: int | None) -> str:
    """When a password expires, as attributes have it; ``None`` is the server's default, 0 never."""
    return "" if days is None else "never" if days == 0 else f"{days} day{'s' if days > 1 else ''}"


def _expiry_said(text: str) -> str:
    days = _DAYS.search(text)
    return expiry(0 if text == "never expires" else int(days[1]) if days else None)


def _named(text: str) -> dict[str, str]:
    return {name: value for name, sign, value in (line.partition(": ") for line in text.splitlines()) if sign}


def _sets_password(record: Record) -> bool:
    """``CREATE USER IF NOT EXISTS`` sets none where the account is there."""
    statement = str(record.get("statement") or "")
    return "IDENTIFIED" in statement and (record.get("before") is None or statement.startswith("ALTER"))


def _differ(state: Attributes, found: Attributes) -> bool:
    return any(not _agree(state.get(name, ""), value) for name, value in found.items())


def _agree(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one.casefold() == other.casefold()


def _gap(state: Attributes | None, found: Attributes | None, time: str) -> Gap:
    """Both sides without what nobody knows."""
    if state is None or found is None:
        return Gap(state, found, time)
    names = tuple({**state, **found})
    sides = {name: (state.get(name, ""), found.get(name, state.get(name, ""))) for name in names}
    known = {name: sides[name] for name in names if None not in sides[name]}
    return Gap({name: one for name, (one, _other) in known.items()}, {name: one for name, (_one, one) in known.items()}, time)


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
