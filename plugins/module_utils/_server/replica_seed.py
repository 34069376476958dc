# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replica_seed`` module's work at the edge: what it observes on both ends, and that the copy holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Mapping, NamedTuple, Optional, Sequence, TypeVar, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import BEGUN
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import SourceView, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    AUTO,
    BACKUP,
    CLONE,
    MARKER,
    MARKER_TABLE,
    SEED_USER,
    SYSTEM_LISTED,
    Arrived,
    Begun,
    CopyEnd,
    CopyState,
    DesiredCopy,
    SourceData,
    source_data,
    with_settings,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import copy_end as as_copy_end
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Performed, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import TLS_OFF
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica_seed import (
    CopySource,
    Doing,
    had_plugin,
    is_locked,
    needs_copy,
    plan_copy,
    refuse_foreseen,
    refuse_without_rights,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import SeedAccount
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_method import Choice, choose, inexact, told
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import blind_replica
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.backup import BackupCopy, backup_copy
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.clone import CloneCopy, SettleClone, read_arrival
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.copy_end import (
    copy_end,
    data_folder,
    held_data,
    read_bytes,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.dump import DumpCopy, find_programs
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.guarded import guarded
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.leftovers import Leftovers, leftovers
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.loaders import most_streams
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.login_rights import is_denied, login_rights
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import (
    grants_after_login,
    own_account,
    own_grants,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_databases import followers
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import replica_state, trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess, find_process
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.settle import Settle, Vouch, seed_accounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.swap import Swap, Sweep

_TRIAL_TIMEOUT_SECONDS = 10
# Of a source with very many tables the size takes a while; one that hangs takes the connection, and says nothing.
_TRIAL_ANSWER_SECONDS = 60
_SCHEMAS = (
    f"SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA s WHERE SCHEMA_NAME NOT IN {SYSTEM_LISTED} AND ("
    "EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = s.SCHEMA_NAME)"
    " OR EXISTS (SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = s.SCHEMA_NAME)"
    " OR EXISTS (SELECT 1 FROM information_schema.EVENTS WHERE EVENT_SCHEMA = s.SCHEMA_NAME)) ORDER BY SCHEMA_NAME"
)
_ALL_SCHEMAS = "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA"


_Seen = TypeVar("_Seen")
Copy = Union[BackupCopy, CloneCopy, DumpCopy]


class Observed(NamedTuple):
    """Both ends, how data will be copied, and by what."""

    state: CopyState
    source: Union[CopySource, TrialFailure]
    choice: Choice
    copy: Copy
    sweep: Optional[Performed] = None


@dataclass
class SeedWork:
    """One run of the module. ``login`` is that of the replica; ``tell`` takes a line of progress for people.

    ``to_come`` are values of the replica's variables that the run sets before it copies, where this is not done yet.
    """

    desired: DesiredCopy
    login: Login
    tell: Callable[[str], None]
    to_come: Mapping[str, str] = field(default_factory=dict)
    made: list[Copy] = field(default_factory=list)

    def observe(self, session: Session) -> Observed:
        """What both ends are; a login to the replica that may not read it is told all that it lacks."""
        return self._or_what_it_lacks(session, self._observe)

    def foretell(self, session: Session, holds: Optional[SourceData]) -> Mapping[str, Any]:
        """How data would be copied, without a login to the source, which ``holds`` this.

        Raises :class:`Refusal` for what forbids the copy already. Where nothing is known of the source, only rights count.
        """
        state = self._or_what_it_lacks(session, self._state)
        if self.desired.offers is None or holds is None:
            method = self._wished(session.dialect)
            refuse_without_rights(session.dialect, state, self.desired, method)
            return {"method": method, "passed_over": {}}
        choice = self._choice(session.dialect, state)
        refuse_foreseen(session.dialect, state, self.desired.offers, holds, self.desired, choice)
        return {"method": choice.method, "passed_over": dict(choice.passed_over)}

    def _or_what_it_lacks(self, session: Session, observe: Callable[[Session], _Seen]) -> _Seen:
        try:
            return observe(session)
        except ServerError as error:
            method = self._wished(session.dialect)
            lacking = _lacking_blindly(session, method) if is_denied(session, error) else []
            raise next(iter(lacking), error) from None

    def _wished(self, dialect: Dialect) -> str:
        """The method as far as nobody knows what is possible."""
        return dialect.copying.methods[0] if self.desired.method == AUTO else self.desired.method

    def _observe(self, session: Session) -> Observed:
        """The replica first, then the source: in this order nothing that the source does in between looks errant."""
        state = self._state(session)
        process = _process(session, state.variables)
        source = self._source(session, state)
        choice = self._choice(session.dialect, state)
        sweep = _sweep(session, process, state) if process else None
        return Observed(state, source, choice, self._copy(session.dialect, state, source, choice.method, process), sweep)

    def _state(self, session: Session) -> CopyState:
        return _state(session, self.to_come)

    def _choice(self, dialect: Dialect, state: CopyState) -> Choice:
        # A copy that was broken off may have left them changed.
        usual = replace(state.here, variables={**state.variables, **state.before})
        return choose(dialect, usual, self.desired)

    def _source(self, session: Session, state: CopyState) -> Union[CopySource, TrialFailure]:
        data: list[SourceData] = []

        def further(source: Session, view: SourceView) -> SourceView:
            data.append(_data(source, state.login))
            return view

        login = replace(self._source_login(tls=self.desired.tls != TLS_OFF), read_timeout=_TRIAL_ANSWER_SECONDS)
        view = trial(session, login, further, "what it holds: how much, in which tables, and by which plugins its accounts log in")
        return view if isinstance(view, TrialFailure) else CopySource(view, data[0])

    def _copy(
        self,
        dialect: Dialect,
        state: CopyState,
        source: Union[CopySource, TrialFailure],
        method: str,
        process: Optional[ServerProcess],
    ) -> Copy:
        tls, data = self.desired.tls != TLS_OFF, SourceData(0)
        if isinstance(source, CopySource):
            tls, data = source.view.encrypted, source.data
        login, here = self._source_login(tls), state.here
        if method == CLONE:
            locked = "ON" in (state.before.get(dialect.copying.write_lock), here.variables.get(dialect.copying.write_lock))
            service, datadir = (process.service, here.variables["datadir"]) if process else ("", "")
            return CloneCopy(login, self.login, tls, had_plugin(state), locked, service, datadir, self.tell)
        if method == BACKUP and process:
            return backup_copy(login, self.desired.stream_port, self.login, dialect.copying, process, here, data.size, self.tell)
        programs = find_programs(dialect.copying, process.binary if process else "")
        datadir = here.variables["datadir"] if process else ""
        return DumpCopy(login, self.login, dialect.copying, programs, tls, datadir, most_streams(), self.tell)

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.replica_seed``."""
        state, source, choice, copy, sweep = observed
        settle = Settle(dialect.copying)
        settled = SettleClone(settle, copy) if isinstance(copy, CloneCopy) else settle
        steps, obstacles = plan_copy(dialect, state, source, self.desired, choice, Doing(copy, settled, Vouch(), sweep))
        self.made[:] = [copy] if steps else []
        return Plan(guarded(steps) if is_locked(dialect, state) else steps, obstacles)

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
        position = next((copy.position for copy in self.made), "")
        lost = inexact(observed.source.data) if isinstance(observed.source, CopySource) else []
        return {
            "method": observed.choice.method,
            "passed_over": dict(observed.choice.passed_over),
            "position": position,
            "told": told(observed.choice.method, position, observed.choice.passed_over, lost),
            "version": str(dialect.version),
        }

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


def _lacking_blindly(session: Session, method: str) -> list[Refusal]:
    lock = session.dialect.copying.write_lock
    is_on = lock != "" and session.value(f"SELECT @@GLOBAL.{lock}") == "1"
    return blind_replica(session.dialect, login_rights(session), method, lock if is_on else "")


def _process(session: Session, found: Mapping[str, str]) -> Optional[ServerProcess]:
    return find_process(found["pid_file"], found["datadir"], found["hostname"], session.by_socket)


def _state(session: Session, to_come: Mapping[str, str]) -> CopyState:
    """The replica before the copy."""
    here = with_settings(copy_end(session), to_come)
    found = here.variables
    replica, accounts = replica_state(session), seed_accounts(session)
    return CopyState(
        replica=replica,
        schemas=tuple(row["name"] or "" for row in session.rows(_SCHEMAS)),
        variables=found,
        before=_noted(session),
        folder=data_folder(found["datadir"]) if _process(session, found) else None,
        login=own_account(session),
        login_grants=own_grants(session),
        here=here,
        arrived=_arrived(session, here, accounts, replica.identity.server_uuid),
        begun=next((Begun(found.installed) for found in accounts if found.name == BEGUN), None),
        held=read_bytes(session, session.dialect.copying.held),
        followers=followers(session),
    )


#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "method": {"type": "str", "choices": ["auto", "backup", "clone", "dump"], "default": "auto"},
    "source_offers": {"type": "dict"},
    "stream_port": {"type": "int", "default": 4444},
    "progress_file": {"type": "path"},
    "source_host": {"type": "str", "required": True},
    "source_port": {"type": "int", "default": 3306},
    "source_user": {"type": "str", "required": True},
    "source_password": {"type": "str", "required": True, "no_log": True},
    "source_tls": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "source_tls_ca": {"type": "path"},
    "channel": {"type": "str", "default": ""},
    "settings_to_come": {"type": "dict", "default": {}},
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
        offers=_handed_over("source_offers", params["source_offers"], as_copy_end),
        stream_port=params["stream_port"],
        anew=params["anew"],
    )


_FORETOLD_BY = ("method", "source_host", "source_port", "stream_port", "channel", "settings_to_come", "overwrite", "anew")
#: All but the login options, of the module that foretells.
INFO_OPTIONS: Mapping[str, Any] = {
    **{name: OPTIONS[name] for name in _FORETOLD_BY},
    "source_offers": {"type": "dict"},
    "source_holds": {"type": "dict"},
}


def foretold(session: Session, params: Mapping[str, Any], login: Login) -> Mapping[str, Any]:
    """The ``replica_seed_info`` module's work."""
    nobody = {"source_user": SEED_USER, "source_password": "", "source_tls": TLS_OFF, "source_tls_ca": None}
    return SeedWork(desired_copy({**params, **nobody}), login, _untold, params["settings_to_come"]).foretell(
        session, _handed_over("source_holds", params["source_holds"], source_data)
    )


def _untold(_line: str) -> None:
    """There is no progress."""


def _handed_over(name: str, plain: Optional[Mapping[str, Any]], parse: Callable[[Mapping[str, Any]], _Seen]) -> Optional[_Seen]:
    """What a module returned of the source, and the play handed over."""
    if plain is None:
        return None
    try:
        return parse(plain)
    except (KeyError, TypeError):
        raise Refusal(
            f"{name} is not what module seed_account or seed_source_info returned of the source",
            "hand that over as it is, or leave it out",
        ) from None


def _noted(session: Session) -> dict[str, str]:
    """What a copy that was broken off has noted down."""
    there = session.rows(
        f"SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {literal(MARKER)} AND TABLE_NAME = {literal(MARKER_TABLE)}"
    )
    rows = session.rows(f"SELECT name, value FROM {identifier(MARKER)}.{identifier(MARKER_TABLE)}") if there else []
    return {str(row["name"]): row["value"] or "" for row in rows}


def _sweep(session: Session, process: ServerProcess, state: CopyState) -> Optional[Performed]:
    """What removes the files that a copy which was broken off has left on this host, if it has left any."""
    datadir = state.variables["datadir"]
    swap = Swap(datadir, process)
    if swap.is_left:
        return Sweep(swap)
    names = leftovers(datadir, (row["name"] or "" for row in session.rows(_ALL_SCHEMAS))) if state.replica.half_copied else ()
    return Leftovers(datadir, names) if names else None


def _arrived(session: Session, here: CopyEnd, accounts: Sequence[SeedAccount], server_uuid: str) -> Optional[Arrived]:
    """The copy that an account tells of which was made on another server."""
    brought = [found for found in accounts if found.source not in ("", server_uuid)]
    if not brought:
        return None
    complete, position = read_arrival(session)
    is_vouched_for = any(found.complete == server_uuid for found in brought)
    keeps_plugin = CLONE not in here.plugins or not any(found.installed for found in brought)
    return Arrived(complete or is_vouched_for, position, keeps_plugin)


def _data(source: Session, login: AccountName) -> SourceData:
    # First: where its account may not read, the error is the trial's to tell.
    data = held_data(source)
    grants = grants_after_login(source, login)
    return replace(data, login=None if grants is None else login, login_grants=grants or ())
