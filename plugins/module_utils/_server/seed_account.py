# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``seed_account`` module's work at the edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import AUTO, SEED_USER, CopyEnd
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Performed, Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.account_checks import hash_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import (
    DesiredSeedAccounts,
    Source,
    offered,
    plan_seed_accounts,
    rights_obstacles,
    served_obstacles,
    wanted_methods,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_rights import blind_source
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.clone_donor import UninstallClone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.login_rights import is_denied, login_rights
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import account_state
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import find_process
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.settle import seed_accounts


@dataclass(frozen=True)
class SeedAccountWork:
    """One run of the module."""

    desired: DesiredSeedAccounts
    login: Login = Login()
    stream_port: int = 0

    def observe(self, session: Session) -> Source:
        """The accounts of copies, and what this server offers to one; a login that may not read it is told all that it lacks."""
        try:
            return self._observe(session)
        except ServerError as error:
            raise _what_it_lacks(session, error, self.desired.method) from None

    def _observe(self, session: Session) -> Source:
        found, uninstall = seed_accounts(session), UninstallClone()
        if not (found or self.desired.hosts or self.desired.made):
            return Source("", (), CopyEnd(""), None, uninstall)
        # A primary that nobody copies compiles nothing of channels.
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.copy_end import copy_end
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import identity

        end = copy_end(session)
        state = account_state(session, SEED_USER, ()) if self.desired.hosts else None
        stream = self._stream(session, end) if end.backup else None
        return Source(identity(session).server_uuid, found, end, state, uninstall, stream)

    def _stream(self, session: Session, end: CopyEnd) -> Optional[Performed]:
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.backup_source import OpenStream
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import find_program

        names = end.variables
        process = find_process(names["pid_file"], names["datadir"], names["hostname"], session.by_socket)
        if process is None:
            return None
        program = find_program(session.dialect.copying.backup_programs, process.binary)
        return OpenStream(self.login, self.desired.password, self.stream_port, program, process.option_files)

    def plan(self, dialect: Dialect, observed: Source) -> Plan:
        """See ``_plan.seed_account``."""
        steps = plan_seed_accounts(dialect, observed, self.desired)
        state = observed.state
        if state is None:
            return Plan(steps)
        if not offered(dialect, observed.end, self.desired.method):
            raise Refusal(
                f"{state.where} does not offer a copy by {self.desired.method}",
                "set mysql_replication_seed (option method) to auto, or install what the method needs there",
            )
        obstacles = read_only_obstacles(state.where, state.variables, "accounts") + hash_obstacles(dialect, state)
        return Plan(steps, obstacles + rights_obstacles(dialect, observed, self.desired))

    @staticmethod
    def verify(_session: Session, _steps: Sequence[Step], observed: Source) -> Source:
        """A copy logs in with it right away."""
        return observed

    @staticmethod
    def unsettled(_observed: Source) -> Sequence[str]:
        """Nothing: an account is right at once."""
        return ()

    def report(self, dialect: Dialect, observed: Source) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {"seed_user": SEED_USER, "offers": observed.end.plain(), "version": str(dialect.version)}


def offers_and_data(session: Session, method: str) -> Mapping[str, Any]:
    """The ``seed_source_info`` module's work; a login that may not read it is told all that it lacks."""
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.copy_end import copy_end, held_data

    try:
        end = copy_end(session)
        lacking = served_obstacles(session.dialect, login_rights(session), end, method)
        return {"offers": end.plain(), "holds": held_data(session).plain(), "lacks": "\n".join(map(str, lacking))}
    except ServerError as error:
        raise _what_it_lacks(session, error, method) from None


def _what_it_lacks(session: Session, error: ServerError, method: str) -> Exception:
    methods = wanted_methods(session.dialect, method)
    lacking = blind_source(session.dialect, login_rights(session), methods) if is_denied(session, error) else []
    return next(iter(lacking), error)


#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    "hosts": {"type": "list", "elements": "str", "default": []},
    "password": {"type": "str", "no_log": True},
    "tls": {"type": "str", "choices": ["auto", "required", "off"], "default": "auto"},
    "method": {"type": "str", "choices": ["auto", "backup", "clone", "dump"], "default": AUTO},
    "stream_port": {"type": "int", "default": 4444},
    "made": {"type": "list", "elements": "str", "default": []},
}
