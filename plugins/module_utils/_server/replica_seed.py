# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replica_seed`` module's work at the edge: what it observes on both ends, and that the copy holds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Mapping, NamedTuple, Sequence, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import SourceView, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    DUMP,
    MARKER,
    MARKER_TABLE,
    CopyState,
    DesiredCopy,
    Folder,
    SourceData,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import SYSTEM_SCHEMAS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import TLS_OFF
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica_seed import (
    CopySource,
    Doing,
    needs_copy,
    plan_copy,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.dump import DumpCopy, Programs, find_programs
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_databases import database_sizes, followers
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import replica_state, trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import find_process
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.settle import Settle

_TRIAL_TIMEOUT_SECONDS = 10
_SYSTEM = f"({', '.join(map(literal, (*SYSTEM_SCHEMAS, MARKER)))})"
_SCHEMAS = (
    f"SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA s WHERE SCHEMA_NAME NOT IN {_SYSTEM} AND ("
    "EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = s.SCHEMA_NAME)"
    " OR EXISTS (SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = s.SCHEMA_NAME)"
    " OR EXISTS (SELECT 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = s.SCHEMA_NAME)) ORDER BY SCHEMA_NAME"
)
_SIZE = f"SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN {_SYSTEM}"
# With a number of decimals they are dumped with these.
_ROUNDED = (
    "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME) AS name FROM information_schema.COLUMNS"
    f" WHERE DATA_TYPE = 'float' AND NUMERIC_SCALE IS NULL AND TABLE_SCHEMA NOT IN {_SYSTEM} LIMIT 3"
)
_VARIABLES = ("super_read_only", "event_scheduler", "lower_case_table_names", "datadir", "pid_file", "hostname")


class Observed(NamedTuple):
    """Both ends, and the clients on the replica's host."""

    state: CopyState
    source: Union[CopySource, TrialFailure]
    programs: Programs


@dataclass
class SeedWork:
    """One run of the module. ``login`` is that of the replica; ``tell`` takes a line of progress for people."""

    desired: DesiredCopy
    login: Login
    tell: Callable[[str], None]
    copies: list[DumpCopy] = field(default_factory=list)

    def observe(self, session: Session) -> Observed:
        """The replica first, then the source: in this order nothing that the source does in between looks errant."""
        variables = _variables(session)
        process = find_process(variables["pid_file"], variables["datadir"], variables["hostname"], session.by_socket)
        replica = replica_state(session)
        table = f"{identifier(MARKER)}.{identifier(MARKER_TABLE)}"
        noted = session.rows(
            "SELECT 1 FROM information_schema.TABLES"
            f" WHERE TABLE_SCHEMA = {literal(MARKER)} AND TABLE_NAME = {literal(MARKER_TABLE)}"
        )
        before = session.rows(f"SELECT name, value FROM {table}") if noted else []
        state = CopyState(
            replica=replica,
            schemas=tuple(row["name"] or "" for row in session.rows(_SCHEMAS)),
            variables=variables,
            before={str(row["name"]): row["value"] or "" for row in before},
            folder=_folder(variables["datadir"]) if process else None,
            login=_login(session),
            held=sum(database_sizes(session).values()),
            followers=followers(session),
        )
        data: list[SourceData] = []

        def further(source: Session, view: SourceView) -> SourceView:
            data.append(_data(source, state.login))
            return view

        view = trial(session, self._source_login(tls=self.desired.tls != TLS_OFF), further)
        programs = find_programs(session.dialect.copying, process.binary if process else "")
        return Observed(state, view if isinstance(view, TrialFailure) else CopySource(view, data[0]), programs)

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.replica_seed``."""
        steps, obstacles = plan_copy(dialect, observed.state, observed.source, self.desired, self._doing(dialect, observed))
        return Plan(steps, obstacles)

    def verify(self, session: Session, steps: Sequence[Step], observed: Observed) -> Observed:
        """Observes again after steps; raises :class:`Refusal` where the replica could not follow with what it holds."""
        if not steps:
            return observed
        found = self.observe(session)
        if needs_copy(session.dialect, found.state, found.source, replace(self.desired, anew=False)):
            raise Refusal(
                f"{session.where} holds a copy, and yet cannot follow its source from there",
                "see who else works on either server, then run again",
            )
        return found

    @staticmethod
    def unsettled(_observed: Observed) -> Sequence[str]:
        """Nothing: data is there or not."""
        return ()

    def report(self, dialect: Dialect, observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {
            "method": DUMP,
            "position": next((copy.position for copy in self.copies), ""),
            "version": str(dialect.version),
        }

    def _doing(self, dialect: Dialect, observed: Observed) -> Doing:
        source = observed.source
        tls, data = (source.view.encrypted, source.data) if isinstance(source, CopySource) else (True, SourceData(0))
        copy = DumpCopy(self._source_login(tls), self.login, dialect.copying, observed.programs, tls, data, self.tell)
        self.copies[:] = [copy]
        return Doing(copy, Settle(dialect.copying))

    def _source_login(self, tls: bool) -> Login:
        return Login(
            user=self.desired.user,
            password=self.desired.password,
            host=self.desired.host,
            port=self.desired.port,
            ca_cert=self.desired.tls_ca,
            tls=tls,
            connect_timeout=_TRIAL_TIMEOUT_SECONDS,
        )


#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "method": {"type": "str", "choices": ["auto", "dump"], "default": "auto"},
    "source_host": {"type": "str", "required": True},
    "source_port": {"type": "int", "default": 3306},
    "source_user": {"type": "str", "required": True},
    "source_password": {"type": "str", "required": True, "no_log": True},
    "source_tls": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "source_tls_ca": {"type": "path"},
    "channel": {"type": "str", "default": ""},
    "overwrite": {"type": "bool", "default": False},
    "anew": {"type": "bool", "default": False},
}


def desired_copy(params: Mapping[str, Any]) -> DesiredCopy:
    """What the module's options ask for."""
    return DesiredCopy(
        method=params["method"],
        host=params["source_host"],
        port=params["source_port"],
        user=params["source_user"],
        password=Secret(params["source_password"]),
        tls=params["source_tls"],
        tls_ca=params["source_tls_ca"] or "",
        channel=params["channel"],
        overwrite=params["overwrite"],
        anew=params["anew"],
    )


def _login(session: Session) -> AccountName:
    user, _at, host = (session.value("SELECT CURRENT_USER()") or "").rpartition("@")
    return AccountName(user, host)


def _data(source: Session, login: AccountName) -> SourceData:
    same = f"User = {literal(login.user)} AND Host = {literal(login.host)}"
    return SourceData(
        size=int(float(source.value(_SIZE) or 0)),
        variables=_variables(source),
        rounded=tuple(row["name"] or "" for row in source.rows(_ROUNDED)),
        has_login=source.value(f"SELECT COUNT(*) FROM mysql.user WHERE {same}") != "0",
    )


def _variables(session: Session) -> dict[str, str]:
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({', '.join(map(literal, _VARIABLES))})")
    return {str(row["Variable_name"]): row["Value"] or "" for row in rows}


def _folder(path: str) -> Folder:
    found = os.statvfs(path)
    return Folder(path, found.f_bavail * found.f_frsize)
