# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit whose reports lie in a folder: what this one is compared with."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Judgement
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_text
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import history, json_report
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Outside, Run, stamp

REPORT = "report.json"
SNAPSHOTS = "snapshots"
#: The last snapshots of servers that the last audit did not read: nobody judges them, the next audit that reads them compares.
UNSEEN = "unseen"
HISTORY = "history"


class Earlier(NamedTuple):
    """A server as an audit before has read it, and when that was written, in seconds since the epoch by the controller's clock."""

    server: Snapshot
    written: float


@dataclass(frozen=True)
class Predecessor:
    """``report`` is ``None``, and all else empty, where there is none. ``earlier`` are the runs that are kept, the oldest first.

    ``written`` is when the report was, in seconds since the epoch by the controller's clock.
    """

    report: json_report.Before | None = None
    written: float = 0.0
    earlier: Sequence[Run] = ()


def read_predecessor(folder: str, keep: int) -> Predecessor:
    """The audit before in the folder, if there is one, as the newest of the ``keep`` runs that are kept with the next one."""
    path = os.path.join(folder, REPORT)
    report = json_report.read_before(_text(path))
    return Predecessor(
        report, _written(path, report.taken) if report else 0.0, _earlier_runs(os.path.join(folder, HISTORY), keep - 1)
    )


def read_snapshots_before(folder: str, written: float) -> dict[str, Earlier]:
    """The servers as an audit before has read them, without those whose files are damaged or of another format.

    ``written``: see :class:`Predecessor`.
    """
    found = {}
    for path in (os.path.join(folder, part, name) for part in (UNSEEN, SNAPSHOTS) for name in _names(os.path.join(folder, part))):
        server = snapshot_at(path)
        if server is not None:
            is_unseen = os.path.basename(os.path.dirname(path)) == UNSEEN
            found[server.name] = Earlier(server, _modified(path, written) if is_unseen else written)
    return found


def _modified(path: str, otherwise: float) -> float:
    """A file's time; another audit of this folder may have removed the file by now."""
    try:
        return os.stat(path).st_mtime
    except FileNotFoundError:
        return otherwise


def snapshot_at(path: str) -> Snapshot | None:
    """A snapshot that an audit has written there; ``None`` for a damaged one, of another format, or a note that there is none."""
    try:
        server = snapshot_from_text(_text(path), path)
    except Refusal:
        return None
    return server if isinstance(server, Snapshot) else None


def compared(
    topology: Topology, judgement: Judgement, before: Predecessor, outside: Outside | None, inventory: Collection[str]
) -> Audit:
    """The audit beside the one before. ``inventory``: the names of all servers that there are, read now or not."""
    now = stamp(topology.now)
    known: Mapping[str, Mapping[str, str]] = before.report.findings if before.report else {}
    since = {one.key: known.get(one.key, {}).get("since", now) for one in judgement.findings}
    read = {server.name for server in topology.servers}
    rest = [{"key": key, **values} for key, values in known.items() if key not in since]
    hidden = {host for host in {one["host"] for one in rest} if host in inventory and host not in read}
    unseen = [one for one in rest if one["host"] in hidden]
    gone = [one for one in rest if one["host"] not in hidden]
    return Audit(topology, judgement, since, gone, unseen, inventory, before.report is not None, before.earlier, outside)


def kept_runs(folder: str) -> list[str]:
    """The names of the runs' files in a history folder."""
    try:
        with os.scandir(folder) as entries:
            return history.own(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    except OSError:  # none yet; what forbids to read forbids to write, which says so
        return []


def _written(path: str, taken: str) -> float:
    """By the file's time, which has parts of a second; a copy's is later, and then the report's own time has to do."""
    return min(os.stat(path).st_mtime, datetime.fromisoformat(taken).timestamp() + 1)


def _earlier_runs(folder: str, count: int) -> list[Run]:
    """The newest of the runs that are kept, the oldest first, without those whose files are damaged."""
    names = history.newest(kept_runs(folder), min(count, history.MOST_DRAWN - 1))
    return [run for name in names if (run := history.read_run(_first_line(os.path.join(folder, name))))]


def _first_line(path: str) -> str:
    return _text(path, history.LONGEST_LINE).partition("\n")[0]


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError:
        return []


def _text(path: str, most: int = -1) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(most)
    except (OSError, UnicodeDecodeError):
        return ""
