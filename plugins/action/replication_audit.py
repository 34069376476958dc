# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges snapshots on the controller, prints what it found, and writes the reports. Opens no connection."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import with_own
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import judge, policy_from
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import Then, changed_outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import stamp
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history_files import (
    configured_path,
    is_written,
    records_since,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import terminal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import NEVER, Audit, Outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import (
    PAGE,
    read_own_rules,
    read_snapshots,
    write,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.predecessor import (
    Predecessor,
    compared,
    read_predecessor,
    read_snapshots_before,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable, words

_OPTIONS = {
    "snapshots": {"type": "raw", "required": True},
    "roles": {"type": "dict", "default": {}},
    "source_addresses": {"type": "dict", "default": {}},
    "fail_on": {"type": "str", "choices": [*SEVERITIES, NEVER], "default": "high"},
    "report_dir": {"type": "path"},
    "ignore": {"type": "list", "elements": "dict", "default": []},
    "severities": {"type": "dict", "default": {}},
    "rules": {"type": "list", "elements": "raw", "default": []},
    "keep": {"type": "int", "default": 100},
    "watch": {"type": "list", "elements": "str", "default": []},
    "change_logs": {"type": "list", "elements": "path", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action behind ``replication_audit``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Judges; a bad option or snapshot is a failure with one message."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(_OPTIONS)
        try:
            return {**result, **self._audit(options, task_vars or {})}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": str(refusal)}

    def _audit(self, options: dict[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        groups = with_own(read_own_rules(options["rules"]))
        policy = policy_from(options["ignore"], options["severities"], groups)
        servers, unreadable = read_snapshots(options["snapshots"], options["roles"])
        is_live = isinstance(options["snapshots"], Mapping)
        topology = Topology(servers, unreadable, time.time() if is_live else _last_read(servers), options["source_addresses"])
        folder, keep = options["report_dir"] or "", options["keep"]
        if keep < 0:
            raise Refusal(f"keep is {keep}", "give the number of runs to keep, 0 for none")
        before = read_predecessor(folder, keep) if folder else Predecessor()
        outside = _outside(before, topology, options, self._task.check_mode) if is_live else None
        inventory = frozenset((task_vars.get("groups") or {}).get("all") or ()) if is_live else ()
        audit = compared(topology, judge(topology, policy, groups), before, outside, inventory)
        if before.report and not is_live and audit.taken < before.report.taken:
            raise _going_back(audit.taken, before.report.taken, folder)
        for name in options["watch"]:
            if servers and all(server.value(modern_name(name)) is None for server in servers):
                Display().warning(f"{name} is watched, and no server has such a system variable")
        is_written = bool(folder) and not self._task.check_mode
        for line in terminal.render(audit, os.path.join(folder, PAGE) if is_written else ""):
            Display().display(line.text, color=line.colour or None)
        reports = write(audit, folder, keep) if is_written else []
        return {
            "changed": False,
            "counts": audit.counts,
            "reports": reports,
            "findings": [finding.describe() for finding in audit.findings],
            "outside": [change._asdict() for change in outside.changes] if outside else [],
            **_verdict(audit, options["fail_on"], reports),
        }


def _last_read(servers: Sequence[Snapshot]) -> float:
    """Saved snapshots are judged as of then: a certificate is not expired, nor a report fresh, because somebody looks later."""
    return max((server.taken_at for server in servers), default=time.time())


def _going_back(read: str, reported: str, folder: str) -> Refusal:
    """Monitoring takes the folder's report for what is true now, and the next audit takes it for the one before."""
    return Refusal(
        f"the newest of these snapshots was read at {read}, and {folder} has the report of a later audit, {reported}",
        "write their reports into another folder (mysql_replication_audit_report_dir)",
    )


def _outside(before: Predecessor, topology: Topology, options: dict[str, Any], stays: bool) -> Outside | None:
    """What others have changed since the audit before, if there was one; ``stays``: the next audit compares with that one too."""
    if before.report is None:
        return None
    earlier = read_snapshots_before(options["report_dir"], before.written)
    hosts = tuple(server.name for server in topology.servers if server.name in earlier)
    since = {name: stamp(datetime.fromtimestamp(earlier[name].written, timezone.utc)) for name in hosts}
    log = records_since(options["change_logs"] or [configured_path()], min(since.values())) if hosts else ()
    then = {name: Then(earlier[name].server, since[name]) for name in hosts}
    changes = changed_outside(then, topology.servers, log or (), options["watch"])
    return Outside(before.report.taken, log is not None or is_written(), hosts, changes, stays or is_written())


def _verdict(audit: Audit, limit: str, reports: list[str]) -> dict[str, Any]:
    """The task's failure; empty where nothing is as bad as the limit."""
    roots = {finding.key for finding in audit.roots}
    exceeding = [finding for finding in audit.exceeding(limit) if finding.key in roots] or list(audit.exceeding(limit))
    if not exceeding:
        return {}
    first = exceeding[0]
    where = f"; see {reports[0]}" if reports else ""
    told = f"{words(len(exceeding), 'finding')} of severity {limit} or above, first {first.rule} on {printable(first.host)}{where}"
    return {"failed": True, "msg": told}
