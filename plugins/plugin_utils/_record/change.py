# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task's result says was changed, as records of the change log. Pure: times and names are given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

COLLECTION = "dbops.mysql_replication"
FORMAT = 1
CHANGED, WOULD_CHANGE, FAILED, UNREACHABLE = "changed", "would change", "failed", "unreachable"
#: What somebody else has changed, as an audit saw afterwards.
OUTSIDE = "outside"
#: What may be mended without a person, and was not this time.
LEFT = "left"
RESULTS = (CHANGED, WOULD_CHANGE, FAILED, UNREACHABLE, OUTSIDE, LEFT)

#: Modules of this collection that never mean to change a server: that one of them fails is no matter of this log.
_AUDIT = f"{COLLECTION}.replication_audit"
_HEAL = f"{COLLECTION}.replication_heal"
READERS = frozenset(f"{COLLECTION}.{name}" for name in ("replication_info", "change_history")) | {_AUDIT}

#: What changes nothing that this log is about, wherever it stands.
_HARMLESS = frozenset(
    f"ansible.builtin.{name}"
    for name in (
        *("add_host", "assert", "debug", "fail", "gather_facts", "group_by", "import_playbook", "import_role", "import_tasks"),
        *("include_role", "include_tasks", "include_vars", "meta", "pause", "set_fact", "setup", "stat"),
        *("validate_argument_spec", "wait_for", "wait_for_connection"),
    )
)

#: With it a role foretells what no module can in check mode, a service of a package that is not there; ``msg`` names the object.
_FORETELLING = "ansible.builtin.debug"

_FILE = ("file", ("dest", "path", "name"))
#: What other modules change, by the last word of their name: the kind of object, and the options that may name it.
_OBJECTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("service", "systemd", "systemd_service"), ("service", ("name",))),
    **dict.fromkeys(("package", "apt", "dnf"), ("package", ("name",))),
    "user": ("system user", ("name",)),
    **dict.fromkeys(("copy", "template", "file", "lineinfile", "blockinfile"), _FILE),
}
_NO_STEP: Mapping[str, Any] = {"target": None, "before": None, "after": None, "why": None, "statement": None}


@dataclass(frozen=True)
class Run:
    """Whose run it is. ``job`` is AWX's, ``None`` elsewhere; ``sudo_user`` is who became ``user`` with sudo."""

    id: str
    user: str
    sudo_user: str | None
    job: Mapping[str, str | None] | None
    playbook: str | None


@dataclass(frozen=True)
class Outcome:
    """One host's result of one task. ``module`` is a full name, ``options`` what the task gave it, ``values`` what it returned.

    ``state`` is ``ok``, ``failed`` or ``unreachable``; a loop's ``values`` have one dictionary an item in ``results``.
    """

    time: str
    host: str
    task: str
    module: str
    check_mode: bool
    options: Mapping[str, Any]
    values: Mapping[str, Any]
    state: str


def may_change(module: str) -> bool:
    """Whether a task with this module may change what the log is about."""
    return module not in READERS and module not in _HARMLESS


def job_of(environment: Mapping[str, str], extra_vars: Mapping[str, Any]) -> dict[str, str | None] | None:
    """AWX's job, by the names that AWX and Tower give it; ``None`` if the run is none."""
    number = environment.get("AWX_JOB_ID") or environment.get("TOWER_JOB_ID")
    named = {key: _first(extra_vars, f"awx_{name}", f"tower_{name}") for key, name in _JOB_VARIABLES}
    return {"id": number or named["id"], **{key: named[key] for key in ("template", "user")}} if number or named["id"] else None


_JOB_VARIABLES = (("id", "job_id"), ("template", "job_template_name"), ("user", "user_name"))


def _first(values: Mapping[str, Any], *names: str) -> str | None:
    return next((str(values[name]) for name in names if values.get(name) not in (None, "")), None)


def records(run: Run, outcome: Outcome) -> list[dict[str, Any]]:
    """The records of a result, in the order in which its changes were made; none if it changed nothing and did not fail."""
    return [_record(run, outcome, told) for told in _told(outcome)]


def stamp(time: datetime) -> str:
    """A time as records have it: UTC, ISO 8601, milliseconds."""
    return time.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(record: Mapping[str, Any]) -> str:
    """A record as the line of a file."""
    return json.dumps(record, ensure_ascii=False) + "\n"


def _told(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """What a record holds beside its run and its task, for each change and then for a failure."""
    if outcome.module == _AUDIT and not outcome.check_mode:
        yield from _changed_by_others(outcome)
    if outcome.module == _HEAL and not outcome.check_mode:
        yield from _left(outcome)
    if outcome.module not in READERS:
        items = outcome.values.get("results")
        is_loop = isinstance(items, list) and all(isinstance(item, Mapping) for item in items)
        for values in items if is_loop and items else [outcome.values]:
            yield from _changes(outcome, values)
        if outcome.state != "ok":
            yield {**_NO_STEP, **(outcome.values.get("failed_step") or {}), "result": outcome.state, "message": _message(outcome)}


def _changed_by_others(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for change in outcome.values.get("outside") or ():
        values = {name: None if change[name] is None else change[name].rstrip("\n") for name in ("before", "after")}
        told = {name: change[name] or None for name in ("by", "at")}
        target = {"host": change["host"], "target": change["object"]}
        yield {**_NO_STEP, **target, **values, **told, "result": OUTSIDE, "message": None}


def _left(outcome: Outcome) -> Iterator[dict[str, Any]]:
    for one in outcome.values.get("left") or ():
        if one["safe"]:
            told = {"host": one["host"], "target": f"finding {one['rule']}", "message": one["reason"]}
            yield {**_NO_STEP, **told, "result": LEFT}


def _changes(outcome: Outcome, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    result = WOULD_CHANGE if outcome.check_mode else CHANGED
    steps = values.get("steps")
    if outcome.module.startswith(f"{COLLECTION}.") and isinstance(steps, Sequence) and steps:
        for step in steps:
            yield {**step, "result": result, "message": None}
    elif values.get("changed") and outcome.module == _FORETELLING and outcome.check_mode:
        yield {**_NO_STEP, "target": values.get("msg"), "why": outcome.task, "result": result, "message": None}
    elif values.get("changed") and outcome.module not in _HARMLESS:
        yield {**_NO_STEP, **_other_object(outcome, values), "result": result, "message": None}


def _other_object(outcome: Outcome, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a module that returns no steps has changed, as far as its options tell; their contents may be secret."""
    kind, options = _OBJECTS.get(outcome.module.rpartition(".")[2], ("", ()))
    names = next((outcome.options[option] for option in options if outcome.options.get(option)), None)
    if names is None:
        return {"why": "the task has no_log, so nothing is known of the change"} if "censored" in values else {}
    named = ", ".join(map(str, names)) if isinstance(names, list) else str(names)
    state = outcome.options.get("state")
    before, after = (None, str(state)) if state else _contents(values)
    return {"target": f"{kind} {named}", "before": before, "after": after, "why": outcome.task}


def _contents(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """A file's texts where ``--diff`` tells them, else what its new one is known by."""
    told = values.get("diff")
    for diff in told if isinstance(told, list) else [told]:
        sides = (diff.get("before"), diff.get("after")) if isinstance(diff, Mapping) else ()
        if sides and all(isinstance(side, str) for side in sides) and any(sides):
            return sides[0], sides[1]
    checksum = values.get("checksum")
    return None, f"SHA-1 {checksum}" if checksum else None


def _message(outcome: Outcome) -> str:
    said = outcome.values.get("msg")
    return str(said) if said else "the task told nothing of it"


def _record(run: Run, outcome: Outcome, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "time": outcome.time,
        "run": run.id,
        "user": run.user,
        "sudo_user": run.sudo_user,
        "job": run.job,
        "playbook": run.playbook,
        "task": outcome.task,
        "host": told.get("host", outcome.host),
        "module": outcome.module,
        "object": told["target"],
        **{name: told[name] for name in ("before", "after", "why", "statement", "result", "message")},
        **{name: told.get(name) for name in ("by", "at")},
    }
