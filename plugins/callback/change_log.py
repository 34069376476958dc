# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a line for every change that this collection's modules and roles make, or in check mode would make."""

from __future__ import annotations

DOCUMENTATION = r"""
name: change_log
type: notification
short_description: Write a line for every change of replication
description:
  - Appends a JSON line to a file for each change that a module or role of this collection makes, or in check mode would make. It
    tells time, run, user, AWX's job, playbook, task, host, object, before, after, why, statement and result; secrets are masked.
    C(docs/change_log.schema.json) describes it.
  - When a task fails midway, there is a line for each step that was done until then, and one for the failure. Hosts that cannot be
    reached have one too; those of an audit are in its report.
  - A line is on disk before the next task starts. Before the first task of this collection that could change something (with its
    playbooks, before the first task at all) it is tried whether the file can be written; if not, the run ends with status 1, and
    nothing was touched. If it cannot be written later (a full disk), the run ends before the next task, and shows the lines that
    are missing in the file.
  - Only adds to the file, and opens it for each write, so it may be renamed at any time (logrotate), and runs may share it.
  - Writes on the controller only. The playbook C(dbops.mysql_replication.changes) shows the history.
version_added: 0.3.0
author:
  - dbops contributors (@dbops)
requirements:
  - Listed in C(callbacks_enabled) in C(ansible.cfg).
options:
  path:
    description:
      - The file. It is made if it is not there, with mode 0640. An empty one ends the run before it changes anything, and so does a
        key of the section that is none of these options.
      - The variable may differ by host; a host's changes go to its own.
    type: path
    default: ~/.local/state/mysql_replication/changes.jsonl
    ini:
      - section: change_log
        key: path
    env:
      - name: MYSQL_REPLICATION_CHANGE_LOG
    vars:
      - name: mysql_replication_change_log
  required:
    description:
      - Whether a run ends if the file cannot be written. If not, it goes on with a warning.
      - A word for yes or no, as Ansible takes them; another one ends the run before it changes anything.
    type: str
    default: 'true'
    ini:
      - section: change_log
        key: required
    env:
      - name: MYSQL_REPLICATION_CHANGE_LOG_REQUIRED
  also:
    description:
      - Where else to send each record. One that does not take it is warned of, and does not end the run.
      - V(syslog) - the controller's syslog socket. V(journald) - the controller's journal, with fields to search by
        (C(journalctl MYSQL_REPLICATION_HOST=db1)).
      - Another name ends the run before it changes anything.
    type: list
    elements: str
    default: []
    ini:
      - section: change_log
        key: also
    env:
      - name: MYSQL_REPLICATION_CHANGE_LOG_ALSO
"""

import configparser
import os
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.callback import CallbackBase
from ansible.template import Templar
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record import host_log
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import (
    COLLECTION,
    Outcome,
    Run,
    job_of,
    may_change,
    records,
    stamp,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.recorder import Recorder, users

_VARIABLE = "mysql_replication_change_log"
_ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..")) + os.sep
#: What stands there judges or shows, and changes nothing: that it fails is no failure of a change.
_READING = (os.path.join(_ROOT, "roles", "audit", ""), os.path.join(_ROOT, "playbooks", "changes.yml"))
#: Our playbooks change something, but for these.
_PLAYBOOKS = os.path.join(_ROOT, "playbooks", "")
_READERS = ("audit", "changes")
_SECTION = "change_log"
_KEYS = ("path", "required", "also")
_STATUS = 1


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """The callback. Ansible calls all that is here in its main thread, one after the other."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = f"{COLLECTION}.change_log"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: Any = None, options: Any = None) -> None:
        super().__init__(display, options)
        self._run_id = str(uuid.uuid4())
        self._playbook: str | None = None
        self._means_to_change = False
        self._play: Any = None
        self._paths: dict[str, str] = {}

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Ansible hands the options over once, before anything is played."""
        super().set_options(task_keys, var_options, direct)
        warn, show = self._display.warning, self._display.display
        wrong: Refusal | None = None
        required, also = True, tuple(filter(None, self.get_option("also")))
        try:
            required = _yes_or_no(self.get_option("required"))
            host_log.refuse_unknown(also)
            _refuse_odd(_section())
        except Refusal as refusal:
            wrong = refusal
        self._recorder = Recorder(required, also, warn, show)
        if wrong:
            self._recorder.lost = wrong

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Keeps the playbook's name."""
        path = os.path.realpath(playbook._file_name)
        name = os.path.splitext(os.path.basename(path))[0]
        self._playbook = f"{COLLECTION}.{name}" if path.startswith(_ROOT) else playbook._file_name
        self._means_to_change = path.startswith(_PLAYBOOKS) and name not in _READERS

    def v2_playbook_on_play_start(self, play: Any) -> None:
        """Another play may have other variables."""
        self._end_if_lost()
        self._play = play
        self._paths = {}
        if self._means_to_change:
            self._try_out()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Ends the run before a task whose changes could not be recorded."""
        self._before(task)

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        """Ends the run before a handler whose changes could not be recorded."""
        self._before(task)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Ends the run as a failed one if its last task could not be recorded."""
        self._end_if_lost()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Records what a task has changed."""
        self._record(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Records what a task has changed until it failed, and that it did."""
        self._record(result, "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Records that a host could not be reached."""
        self._record(result, "unreachable")

    def _before(self, task: Any) -> None:
        self._end_if_lost()
        module = str(task.action)
        if not self._paths and _is_ours(task, module) and may_change(module):
            self._try_out()

    def _try_out(self) -> None:
        """Ends the run if the changes of a host of the play could not be recorded."""
        inventory = self._play.get_variable_manager()._inventory
        for host in inventory.get_hosts(self._play.hosts):
            self._path_of(host)
        self._end_if_lost()

    def _path_of(self, host: Any) -> str:
        """The host's file; it has been tried out."""
        if host.name not in self._paths:
            try:
                path = self._named(host)
            except Refusal as refusal:
                self._recorder.lose(refusal)
                path = str(self.get_option("path"))
            self._recorder.try_out(path)
            self._paths[host.name] = path
        return self._paths[host.name]

    def _named(self, host: Any) -> str:
        manager = self._play.get_variable_manager()
        variables = manager.get_vars(play=self._play, host=host, include_hostvars=False)
        if _VARIABLE not in variables:
            return str(self.get_option("path"))
        try:
            named = Templar(loader=manager._loader, variables=variables).template(variables[_VARIABLE])
        except AnsibleError as error:
            cause, remedy = f"{_VARIABLE} of {host.name} cannot be told: {error}", "give it a value that holds for each host"
            raise Refusal(cause, remedy) from None
        if not isinstance(named, str) or not named:
            raise Refusal(f"{_VARIABLE} of {host.name} is no path", "give it the path of a file on the controller")
        return os.path.abspath(os.path.expanduser(named))

    def _record(self, result: Any, state: str) -> None:
        fields = result.task_fields
        module = str(fields.get("_resolved_action") or result.task.action)
        if not _is_ours(result.task, module):
            return
        outcome = Outcome(
            time=stamp(datetime.now(timezone.utc)),
            host=str(fields.get("delegate_to") or result.host.get_name()),
            task=str(result.task_name),
            module=module,
            check_mode=bool(fields.get("check_mode")),
            options=fields.get("args") or {},
            values=result.result,
            state=state,
        )
        by_path: dict[str, list[dict[str, Any]]] = {}
        for record in records(self._run(), outcome):
            by_path.setdefault(self._path_of(self._host_of(record, result.host)), []).append(record)
        for path, found in by_path.items():
            self._recorder.write(path, found)

    def _host_of(self, record: Mapping[str, Any], host: Any) -> Any:
        """Whose log a record goes to: one host tells what an audit of all has found, and may work for another."""
        return self._play.get_variable_manager()._inventory.hosts.get(record["host"], host)

    def _run(self) -> Run:
        job = job_of(os.environ, self._play.get_variable_manager().extra_vars)
        return Run(self._run_id, *users(os.environ), job, self._playbook)

    def _end_if_lost(self) -> None:
        """Ansible only warns of a callback's Exception, and goes on; SystemExit is none, and it cleans up and ends."""
        if self._recorder.lost:
            self._display.error(f"{self._recorder.lost}\nThe run ends here: no further task was started", wrap_text=False)
            raise SystemExit(_STATUS)


def _yes_or_no(text: Any) -> bool:
    """Read here: of a callback whose options Ansible refuses it only warns, and goes on without a log."""
    try:
        return bool(boolean(text, strict=True))
    except TypeError:
        raise Refusal(f"required = {text} in [change_log] is neither yes nor no", "make it true or false") from None


def _section() -> dict[str, str]:
    """The keys and values of the callback's section in ansible.cfg, which Ansible has read before."""
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None)
    parser.read(constants.CONFIG_FILE or (), encoding="utf-8")
    return dict(parser[_SECTION]) if _SECTION in parser else {}


def _refuse_odd(section: Mapping[str, str]) -> None:
    """Raises :class:`Refusal` for what Ansible passes over in silence: a key that it does not know, and an empty path."""
    unknown = [key for key in section if key not in _KEYS]
    if unknown:
        cause = f"{unknown[0]} in [{_SECTION}] is no option of the change log"
        raise Refusal(cause, f"it has {', '.join(_KEYS)}; take it out, or write it as one of these")
    if section.get("path") == "":
        raise Refusal(f"path in [{_SECTION}] is empty", "name a file on the controller, or leave the option out")


def _is_ours(task: Any, module: str) -> bool:
    """Whether a task runs a module of this collection, or stands in one of its roles or playbooks."""
    if module.startswith((f"{COLLECTION}.", "{{")):
        return True
    place = os.path.realpath((task.get_path() or "").rpartition(":")[0])
    return place.startswith(_ROOT) and not place.startswith(_READING)
