# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the change log on the controller, and shows what people ask of it. Opens no connection."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record import history_files, nothing_found, people
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history import Wanted, moment, read

_OPTIONS = {
    "paths": {"type": "list", "elements": "path"},
    "host": {"type": "str", "default": ""},
    "setting": {"type": "str", "default": ""},
    "user": {"type": "str", "default": ""},
    "run": {"type": "str", "default": ""},
    "since": {"type": "str", "default": ""},
    "until": {"type": "str", "default": ""},
    "limit": {"type": "int", "default": 100},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action behind ``change_history``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Reads; a bad option, or no log at all, is a failure with one message."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(_OPTIONS)
        try:
            return {**result, **_history(options)}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": str(refusal)}


def _history(options: dict[str, Any]) -> dict[str, Any]:
    now = datetime.now(timezone.utc)
    limit = options["limit"]
    if limit < 0:
        raise Refusal(f"limit is {limit}", "give the number of records to show, 0 for all")
    times = {name: moment(options[name], now, name == "until") if options[name] else "" for name in ("since", "until")}
    if times["until"] and times["since"] > times["until"]:
        cause = f"since is {options['since']} ({times['since']}), which is later than until, {options['until']} ({times['until']})"
        raise Refusal(cause, "give a since that is earlier")
    wanted = Wanted(**times, **{name: options[name] for name in ("host", "setting", "user", "run")})
    files = [name for path in options["paths"] or [history_files.configured_path()] for name in history_files.log_files(path)]
    history = read(history_files.lines(files), wanted, limit)
    lines = people.render(history, wanted, files)
    if not history.count:
        lines += people.explain(nothing_found.survey(history_files.lines(files), wanted), wanted)
    for line in lines:
        Display().display(line)
    return {
        "changed": False,
        "changes": list(history.records),
        "count": history.count,
        "damaged": [asdict(one) for one in history.damaged],
        "files": files,
        "lines": lines,
    }
