# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``server_config`` module's work at the edge: what it observes, what it proves before anything is touched."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.facts import facts_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.value_types import NOT_OPTIONS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import Setting, passed_trial, trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.history import (
    History,
    HistoryEvidence,
    judge_history,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step, WriteFile
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.gtid_mode import ANONYMOUS, FOLLOWERS, GtidOnly, Way
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.hidden_gap import (
    refuse_hidden_gap,
    refuse_number_of_a_replica,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import place
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_file_steps import OptionFile
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import PRIMARY, Requirement, requirements
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.server_config import (
    ConfigPlan,
    ConfigState,
    Persistence,
    gtid_mode_pending,
    plan_config,
    restart_required,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import named, wanted
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import files as host_files
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.address import own_address, server_id_of
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import (
    Login,
    Row,
    ServerError,
    Session,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_history import history_evidence
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.option_files_on_host import (
    check,
    read_option_files,
    text_of_file,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess, find_process

# The files of another host's server cannot be read, and ours of the same name would mislead.
_ELSEWHERE = HistoryEvidence(False, "", "", unreadable="the server runs on another host, so its binary logs cannot be read")
_PRIVILEGE_ERRORS = (1044, 1045, 1142, 1227, 3630)


@dataclass(frozen=True)
class DesiredConfig:
    """The module's options. ``profile`` and ``option_file`` are empty, ``server_id`` is ``None`` where they were not given."""

    profile: str
    settings: Mapping[str, object]
    option_file: str
    backup: bool
    server_id: Optional[int]
    persistence: Persistence
    way: Way


class Observed(NamedTuple):
    """What the planner needs, and what is only reported. ``process`` is ``None`` where the server runs on another host.

    ``followers`` is the number of replicas that are connected by file and position; not counted where gtid_mode is ON already.
    """

    state: ConfigState
    values: Mapping[str, str]
    process: Optional[ServerProcess]
    files_changed: bool
    history: Optional[History]
    gtid_only_from: Optional[GtidOnly] = None
    followers: int = 0


class ServerConfigWork:
    """One run of the module."""

    def __init__(self, desired: DesiredConfig, login: Login) -> None:
        self._desired = desired
        self._login = login

    def observe(self, session: Session) -> Observed:
        """Reads everything, and proves that the server will take what is planned; raises :class:`Refusal` if not."""
        observed = self._read(session)
        plan = self._plan(session.dialect, observed)
        self._prove_by_binary(session.dialect, observed, plan)
        self._prove_by_trial(session, plan)
        return observed

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.server_config``."""
        plan = self._plan(dialect, observed)
        return Plan(plan.steps, plan.obstacles)

    def verify(self, session: Session, steps: Sequence[Step], observed: Observed) -> Observed:
        """Reads everything again after steps: nothing may be left to do. Raises :class:`Refusal`."""
        if not steps:
            return observed
        observed = self._read(session)
        left = self._plan(session.dialect, observed).steps
        if left:
            raise Refusal(
                f"{session.where} did not keep what it was given; this is still to do: {left[0].summary()}",
                f"if the server made {left[0].before} of the value, give that as the setting (variable mysql_replication_settings);"
                " otherwise see who else works on this server. All steps are done, and the next run begins with this one",
            )
        return observed

    def unsettled(self, observed: Observed) -> Sequence[str]:
        """What waits for a restart."""
        return [f"{name} waits for a restart" for name in restart_required(observed.state, self._desired.persistence)]

    def report(self, dialect: Dialect, observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        history = observed.history
        return {
            "restart_required": restart_required(observed.state, self._desired.persistence),
            "settings": {w.variable.name: w.variable.value for w in observed.state.wanted},
            "settings_to_come": {w.variable.name: w.kept for w in observed.state.wanted},
            "server_id": int(observed.values["server_id"]),
            "server_uuid": observed.state.server_uuid,
            "version": str(dialect.version),
            "service": observed.process.service if observed.process else "",
            "option_file": observed.state.own_file.path,
            "error_log": _error_log(observed) if observed.process else "",
            "history_complete": history.complete if history else None,
            "history_reason": history.reason if history else None,
            "history_begun_anew": history.begun_anew if history else None,
            "history_log_started": history.log_started if history else None,
            "gtid_mode_pending": gtid_mode_pending(observed.state, self._desired.way),
            "gtid_only_from": _described(observed.gtid_only_from),
            "followers_by_position": observed.followers,
        }

    def _plan(self, dialect: Dialect, observed: Observed) -> ConfigPlan:
        return plan_config(dialect, observed.state, self._desired.persistence, self._desired.way)

    def _read(self, session: Session) -> Observed:
        dialect = session.dialect.variables
        values = observe_variables.global_values(session)
        process = find_process(values["pid_file"], values["datadir"], values["hostname"], bool(self._login.socket))
        self._refuse_impossible(session.dialect, values, process)
        found = named(session.dialect, self._requirements(values, process), self._desired.settings, values)
        rows = _channel_rows(session)
        status = observe_variables.statuses(rows)
        values["relay_log_basename"] = observe_variables.relay_log_basename(values, status)
        known = observe_variables.variables(
            session, [name.own for name in found], values, observe_variables.persisted_values(session)
        )
        files, changed = None, False
        if process is not None and self._desired.persistence.in_file:
            files, changed = read_option_files(process, dialect.groups, dialect.aliases(values))
        state = ConfigState(
            hostname=values["hostname"],
            on_host=process is not None,
            server_uuid=values.get("server_uuid", ""),
            wanted=tuple(wanted(name, known[name.own], session.dialect.version) for name in found),
            heeds_persisted=values.get("persisted_globals_load") == "ON",
            command_line=process.assignments(dialect.aliases(values)) if process else (),
            files=files,
            own_file=self._own_file(files),
            auto_cnf=_auto_cnf(values) if process else "",
            channels=observe_variables.channels(session, rows),
        )
        if not state.is_numbered_right:
            facts = facts_for(session.dialect.version).server
            replicas = [facts.replica(row) for row in session.rows(facts.replicas_query)]
            number = next(one for one in state.wanted if one.variable.name == "server_id")
            refuse_number_of_a_replica(session.dialect, state.hostname, number, replicas)
            if state.channels:
                self._refuse_hidden_gap(session, state)
        history = gtid_only_from = None
        if self._desired.profile == PRIMARY:
            gtid_only_from = _gtid_only_from(session, state, values)
            history = judge_history(history_evidence(session, values) if process is not None else _ELSEWHERE)
        followers = int(session.value(FOLLOWERS) or 0) if values.get("gtid_mode", "ON") != "ON" else 0
        return Observed(state, values, process, changed, history, gtid_only_from, followers)

    def _requirements(self, values: Mapping[str, str], process: Optional[ServerProcess]) -> list[Requirement]:
        desired = self._desired
        server_id = [Requirement("server_id", str(desired.server_id), "it was given")] if desired.server_id is not None else []
        if not desired.profile:
            return server_id
        address = own_address() if process is not None else self._login.host
        if desired.server_id is None and process is None:
            raise Refusal(
                f"{values['hostname']} is another host, so its server_id cannot be made of this host's address",
                "give each server its own number: option server_id (variable mysql_replication_server_id)",
            )
        number = server_id_of(address) if desired.server_id is None else desired.server_id
        return requirements(desired.profile, number, address or values["hostname"])

    def _refuse_impossible(self, dialect: Dialect, values: Mapping[str, str], process: Optional[ServerProcess]) -> None:
        persistence = self._desired.persistence
        if persistence.on_server and not dialect.variables.persisted_query:
            raise Refusal(
                f"persist: {persistence.persist} is not possible on {dialect.version}, which has no SET PERSIST",
                "use persist: option_file",
            )
        if persistence.on_server and values.get("persisted_globals_load") != "ON":
            raise Refusal(
                f"persist: {persistence.persist} would have no effect: persisted_globals_load is OFF on {values['hostname']}",
                "take persisted_globals_load = OFF out of its option file and restart it, or use persist: option_file",
            )
        if persistence.in_file and process is None:
            raise Refusal(
                f"the option files of {values['hostname']} cannot be managed from here: no process of that server runs on this"
                f" host (pid file {values['pid_file']})",
                "run the module on the server's own host, or use persist: server (MySQL), or persist: none",
            )
        if persistence.in_file and process is not None and not process.option_files:
            raise Refusal(
                f"the server runs with --no-defaults (pid {process.pid}), so it reads no option file",
                "start it without --no-defaults, or use persist: server (MySQL), or persist: none",
            )

    @staticmethod
    def _refuse_hidden_gap(session: Session, state: ConfigState) -> None:
        """With another server_id later transactions come in, and hide what was left out as the server's own."""
        gtid = observe_variables.gtid_state(session)
        source = str(state.channels[0].options["source_host"])
        refuse_hidden_gap(session.dialect, state.channels, gtid, None, {"replica": state.hostname, "source": source})

    def _own_file(self, files: Optional[OptionFileSet]) -> OptionFile:
        if files is None:
            return OptionFile("", None, "")
        path = self._desired.option_file
        if path and not files.reads(path):
            by_real_path = [name for name, real in files.real.items() if real == os.path.realpath(path)]
            if not by_real_path:
                raise Refusal(
                    f"the server does not read {path}: it reads {', '.join(files.chain().files) or 'no file'}",
                    "name one of these, or a new file that ends in .cnf in a directory that one of them includes",
                )
            path = by_real_path[0]
        path = path or files.own_path()
        if not path or not os.path.exists(path):
            return OptionFile(path, None, "")
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(os.stat(path).st_mtime))
        return OptionFile(path, text_of_file(path), f"{path}.{stamp}" if self._desired.backup else "")

    def _prove_by_binary(self, dialect: Dialect, observed: Observed, plan: ConfigPlan) -> None:
        written = [step.action.path for step in plan.steps if isinstance(step.action, WriteFile)]
        for path in written:
            host_files.must_be_writable(path)
        if observed.process is None or plan.files is None or not (written or observed.files_changed):
            return
        rejection = check(observed.process, plan.files, dialect.variables.validation, observed.values.keys() - NOT_OPTIONS)
        if rejection is None:
            return
        assignment = rejection.assignment
        ours = assignment is not None and assignment.path in written and assignment.name in _names(observed.state)
        if assignment is not None and ours:
            raise Refusal(
                f"settings.{assignment.name}: {dialect.version} refuses the value: {rejection.message}",
                f"give {assignment.name} a value that the server takes",
            )
        where = place(assignment) if assignment is not None else "the option files"
        raise Refusal(
            f"the server would not start again: {where}: {rejection.message}",
            "mend or remove that line, then run again; nothing was touched",
        )

    def _prove_by_trial(self, session: Session, plan: ConfigPlan) -> None:
        error = _objection(session, plan.settings)
        if error is None:
            return
        guilty = next((one for one in plan.settings if _objection(session, [one])), None)
        names = guilty.variable.name if guilty else ", ".join(setting.variable.name for setting in plan.settings)
        remedy = "give the setting a value that the server takes, or do what its error says; nothing was touched"
        if error.errno in _PRIVILEGE_ERRORS:
            remedy = (
                "log in as an account that has the privilege which the error names (GRANT it ON *.* to the login account);"
                " where a provider runs the server, set these variables in its parameter group"
            )
        raise Refusal(f"{error.where} would refuse to set {names}: error {error.errno}: {error.error}", remedy) from None


def _objection(session: Session, settings: Sequence[Setting]) -> Optional[ServerError]:
    """What the server has against these assignments, of which it carries none out; ``None`` for nothing."""
    if not settings:
        return None
    try:
        session.execute(trial(settings))
    except ServerError as error:
        return None if passed_trial(error.errno, error.error) else error
    return None


def _channel_rows(session: Session) -> dict[str, list[Row]]:
    try:
        return observe_variables.channel_rows(session)
    except ServerError as error:
        if error.errno not in _PRIVILEGE_ERRORS:
            raise
        raise Refusal(
            f"{error.where} does not tell this account about its channels: error {error.errno}: {error.error}",
            "GRANT the privilege that the error names ON *.* to the login account",
        ) from None


def _gtid_only_from(session: Session, state: ConfigState, values: Mapping[str, str]) -> Optional[GtidOnly]:
    if values.get("gtid_mode") == "ON_PERMISSIVE":
        begins = not all(channel.options.get("auto_position") for channel in state.channels)
        if begins or session.value(ANONYMOUS) != "0":
            return None
    elif values.get("gtid_mode") != "ON":
        return None
    place = observe_variables.log_position(session)
    return GtidOnly(values["server_uuid"], place) if place is not None else None


def _described(found: Optional[GtidOnly]) -> Optional[dict[str, Any]]:
    return {"server_uuid": found.server_uuid, "file": found.place.file, "position": found.place.position} if found else None


def _error_log(observed: Observed) -> str:
    name = observed.values.get("log_error", "")
    return os.path.join(observed.values["datadir"], name) if name not in ("", "stderr") else ""


def _names(state: ConfigState) -> set[str]:
    return {w.variable.name for w in state.wanted}


def _auto_cnf(values: Mapping[str, str]) -> str:
    path = os.path.join(values["datadir"], "auto.cnf")
    return path if os.path.exists(path) else ""
