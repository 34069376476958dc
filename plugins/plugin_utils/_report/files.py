# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The edge of an audit on the controller: snapshots in from results and files, reports out into a folder."""

from __future__ import annotations

import json
import os
import runpy
import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import to_plain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_text, snapshot_from_value
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.own_rules import (
    refuse_clashes,
    rule_from_data,
    rules_from_namespace,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Rule
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Unreadable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import (
    as_built,
    history,
    html_report,
    json_report,
    junit,
    metrics,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.predecessor import (
    HISTORY,
    REPORT,
    SNAPSHOTS,
    UNSEEN,
    kept_runs,
    snapshot_at,
)

# An exporter reads the metrics, people the reports; a snapshot lists accounts and addresses.
_PUBLIC, _PRIVATE = 0o644, 0o600
PAGE = "report.html"
# In the place of a result: why nobody tried to read the server.
_LEFT_OUT = "left_out"
#: Files of a report, in the order in which they are named to people.
RENDERERS = {
    PAGE: html_report.render,
    REPORT: json_report.render,
    "as_built.md": as_built.render,
    "junit.xml": junit.render,
    "metrics.prom": metrics.render,
}


def read_snapshots(given: Any, roles: Mapping[str, str]) -> tuple[tuple[Snapshot, ...], tuple[Unreadable, ...]]:
    """The servers that were read, and those that could not be. Raises :class:`Refusal` where nothing is a snapshot."""
    found = _of_results(given, roles) if isinstance(given, Mapping) else _of_files(given, roles)
    if not found:
        raise Refusal("there is no snapshot to judge", "give snapshots, or an inventory with hosts in the replication groups")
    servers = tuple(one for one in found if isinstance(one, Snapshot))
    names = [one.name for one in servers]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise Refusal(f"two snapshots are of {', '.join(twice)}", "give one of each server")
    return servers, tuple(one for one in found if isinstance(one, Unreadable))


def read_own_rules(given: Sequence[Any]) -> tuple[Rule, ...]:
    """The user's own rules: entries as data, and paths of Python files. Raises :class:`Refusal` for what is no rule."""
    found: list[Rule] = []
    for index, entry in enumerate(given, start=1):
        where = f"rules, entry {index}"
        if isinstance(entry, Mapping):
            found.append(rule_from_data(where, entry))
        else:
            found += rules_from_namespace(f"{where}: {entry}", _executed(where, str(entry)))
    refuse_clashes(found)
    return tuple(found)


def _executed(where: str, path: str) -> dict[str, Any]:
    try:
        return runpy.run_path(os.path.expanduser(path))
    except (Exception, SystemExit) as error:  # whatever a person's file raises
        raise Refusal(f"{where}: {path} cannot be run: {type(error).__name__}: {error}", "mend the file") from None


def write(audit: Audit, folder: str, keep: int) -> list[str]:
    """Writes all reports and the snapshots, and keeps the last ``keep`` runs; each file is replaced in one move.

    Raises :class:`Refusal`.
    """
    texts = {name: render(audit) for name, render in RENDERERS.items()}
    for server in audit.topology.servers:
        texts[os.path.join(SNAPSHOTS, _file_name(server.name))] = _in_lines(to_plain(server))
    for one in audit.topology.unreadable:
        note = {"name": one.host, "role": one.role, "unreadable_because": one.reason, "tried": one.tried}
        texts[os.path.join(SNAPSHOTS, _file_name(one.host))] = _in_lines(note)
    try:
        os.makedirs(os.path.join(folder, SNAPSHOTS), exist_ok=True)
        _put_aside(folder, audit)
        _remove_others(os.path.join(folder, SNAPSHOTS), {os.path.basename(name) for name in texts})
        for name, text in texts.items():
            _replace(os.path.join(folder, name), text, _PRIVATE if name.startswith(SNAPSHOTS) else _PUBLIC)
        _keep(audit, os.path.join(folder, HISTORY), keep)
    except OSError as error:
        raise Refusal(f"cannot write the report to {folder}: {error}", "give a report_dir that this user may write to") from None
    return [os.path.join(folder, name) for name in RENDERERS]


def _of_results(given: Mapping[str, Any], roles: Mapping[str, str]) -> list[Snapshot | Unreadable]:
    return _loaded([(str(host), partial(_of_result, str(host), value, roles)) for host, value in given.items()], roles)


def _of_result(host: str, value: Any, roles: Mapping[str, str]) -> Snapshot | Unreadable:
    if isinstance(value, Mapping) and _LEFT_OUT in value:
        return Unreadable(host, str(roles.get(host, "")), _first_line(value[_LEFT_OUT]), tried=False)
    if isinstance(value, Mapping) and "snapshot" not in value and "format" not in value:
        return Unreadable(host, str(roles.get(host, "")), _first_line(value.get("msg") or "it gave no result"))
    return snapshot_from_value(value, f"the snapshot of {host}")


def _first_line(text: Any) -> str:
    return str(text).strip().partition("\n")[0].removeprefix("Task failed: ")


def _of_files(given: Any, roles: Mapping[str, str]) -> list[Snapshot | Unreadable]:
    paths = [given] if isinstance(given, str) else given
    if not isinstance(paths, (list, tuple)) or not all(isinstance(path, str) for path in paths):
        raise Refusal("snapshots is neither a dictionary of results nor a list of paths", "give one of the two")
    texts = [(file, _read(file)) for path in paths for file in _files_at(path)]
    return _loaded([(_host_of(file), partial(snapshot_from_text, text, file)) for file, text in texts], roles)


def _loaded(
    loads: Sequence[tuple[str, Callable[[], Snapshot | Unreadable]]], roles: Mapping[str, str]
) -> list[Snapshot | Unreadable]:
    """What is no snapshot is a server that could not be read, so that the others are still judged; alone it is refused."""
    found: list[Snapshot | Unreadable] = []
    refusals: list[Refusal] = []
    for host, load in loads:
        try:
            found.append(load())
        except Refusal as refusal:
            refusals.append(refusal)
            found.append(Unreadable(host, str(roles.get(host, "")), f"{refusal.cause}; {refusal.remedy}"))
    if refusals and len(refusals) == len(found):
        raise refusals[0]
    return found


def _files_at(path: str) -> list[str]:
    if not os.path.isdir(path):
        return [path]
    files = sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(".json"))
    if not files:
        raise Refusal(f"there is no snapshot in {path}", "name a folder that an audit wrote its snapshots to")
    return files


def _host_of(file: str) -> str:
    return os.path.basename(file).removesuffix(".json")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refusal(f"cannot read the snapshot {path}: {error}", "name a file that the audit wrote") from None


def _file_name(host: str) -> str:
    """A name of letters that no file system minds, and no two hosts share."""
    safe = "".join(one if (one.isalnum() and one.isascii()) or one in "-_." else f"%{ord(one):x}" for one in host)
    return f"{safe.lstrip('.') or 'host'}.json"


def _remove_others(folder: str, kept: set[str]) -> None:
    """A server that is no longer in the inventory must not be judged from its last snapshot."""
    for name in os.listdir(folder):
        if name.endswith(".json") and name not in kept:
            _remove(os.path.join(folder, name))


def _put_aside(folder: str, audit: Audit) -> None:
    """What an audit before has read of servers that this one has not."""
    aside, read = os.path.join(folder, UNSEEN), {_file_name(server.name) for server in audit.topology.servers}
    wanted = {_file_name(name) for name in audit.inventory} - read
    for name in wanted:
        path = os.path.join(folder, SNAPSHOTS, name)
        if snapshot_at(path) is not None:
            os.makedirs(aside, mode=0o700, exist_ok=True)
            with suppress(FileNotFoundError):  # another audit of this folder may have done it by now
                os.replace(path, os.path.join(aside, name))
    if os.path.isdir(aside):
        _remove_others(aside, wanted)


def _keep(audit: Audit, folder: str, keep: int) -> None:
    os.makedirs(folder, exist_ok=True)
    name = history.next_name(kept_runs(folder), audit.taken, secrets.token_hex(4))
    _replace(os.path.join(folder, name), history.render(audit), _PUBLIC)
    for name in history.surplus(kept_runs(folder), keep):
        _remove(os.path.join(folder, name))


def _remove(path: str) -> None:
    """Removes a file that another audit of this folder may have removed by now."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def _in_lines(values: Mapping[str, Any]) -> str:
    """JSON with a line for each field; the encoder that indents is Python's slow one, and took a third of a large audit."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in values.items()) + "\n}\n"


def _replace(path: str, text: str, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(path) or ".", prefix=".", suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    os.chmod(temporary, mode)
    os.replace(temporary, path)
