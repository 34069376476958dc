# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection does around its own three functions: log in, lock, plan, apply, verify, report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, NamedTuple, Optional, Protocol, Sequence, TypeVar

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib
from ansible.module_utils.common.respawn import has_respawned, probe_interpreters_for_module, respawn_module
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import NeedsCopy, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step, diff
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_checks import refuse_out_of_range
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import client_file, lock
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.apply import StepRefusal, apply
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import (
    PYMYSQL_MISSING,
    Login,
    ServerError,
    Session,
)

State = TypeVar("State")

_USUAL_INTERPRETERS = ("/usr/bin/python3", "/usr/libexec/platform-python", "/usr/local/bin/python3")


def _option(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "fallback": (env_fallback, [f"MYSQL_REPLICATION_{name.upper()}"]), **more}


#: The login options that every module has; documented in the fragment ``login``.
LOGIN_OPTIONS: Mapping[str, Any] = {
    "login_user": _option("str", "login_user"),
    "login_password": _option("str", "login_password", no_log=True),
    "login_host": _option("str", "login_host"),
    "login_port": _option("int", "login_port", default=3306),
    "login_unix_socket": _option("path", "login_unix_socket"),
    "config_file": _option("path", "config_file", default=client_file.USUAL_FILE),
    "ca_cert": _option("path", "ca_cert", aliases=["ssl_ca"]),
    "client_cert": _option("path", "client_cert", aliases=["ssl_cert"]),
    "client_key": _option("path", "client_key", aliases=["ssl_key"]),
    "check_hostname": _option("bool", "check_hostname", default=False),
    "connect_timeout": _option("int", "connect_timeout", default=30),
    "lock_timeout": _option("int", "lock_timeout", default=60),
}


class Plan(NamedTuple):
    """What a planner returns.

    ``obstacles`` are what forbids the steps now, but may be mended earlier in the same run: check mode only warns of them.
    ``doubts`` are what a person should know all the same, in words.
    """

    steps: Sequence[Step]
    obstacles: Sequence[Refusal] = ()
    doubts: Sequence[str] = ()


class Work(Protocol[State]):
    """What one module does, between login and exit."""

    def observe(self, session: Session) -> State:
        """Reads what the plan needs; raises :class:`Refusal` for what the server would not take."""

    def plan(self, dialect: Dialect, observed: State, /) -> Plan:
        """Compares desired and observed: pure."""

    def verify(self, session: Session, steps: Sequence[Step], observed: State, /) -> State:
        """Observes again after the steps until the state holds; raises :class:`Refusal` if it does not."""

    def report(self, dialect: Dialect, observed: State, /) -> Mapping[str, Any]:
        """What the module returns besides its steps."""

    def unsettled(self, observed: State, /) -> Sequence[str]:
        """What is not right yet although no step would change it now, in words."""


def login_from(params: Mapping[str, Any]) -> Login:
    """The login that the module's options ask for."""
    login = Login(
        user=params["login_user"] or "",
        password=Secret(params["login_password"] or ""),
        host=params["login_host"] or "",
        port=params["login_port"],
        unix_socket=params["login_unix_socket"] or "",
        config_file=params["config_file"] or "",
        ca_cert=params["ca_cert"] or "",
        client_cert=params["client_cert"] or "",
        client_key=params["client_key"] or "",
        check_hostname=params["check_hostname"],
        connect_timeout=params["connect_timeout"],
    )
    return client_file.with_its_address(login)


def enforce(module: AnsibleModule, work: Work[Any]) -> None:
    """Runs a module from login to exit; numbers that no server takes are refused before the login.

    Check mode ends after the plan. Every failure is one message: cause, where, way out, and the steps done until then.
    """
    _need_client_library(module)
    done: list[Step] = []
    try:
        with _open(module) as session:
            if not module.check_mode:
                lock.acquire(session, module.params["lock_timeout"])
            state = work.observe(session)
            steps, obstacles, doubts = work.plan(session.dialect, state)
            for doubt in doubts:
                module.warn(doubt)
            if module.check_mode:
                _stop_for_copy(obstacles)
                for obstacle in obstacles:
                    module.warn(f"unless an earlier task of the run mends it, this would stop it: {obstacle}")
                done.extend(steps)
            else:
                if obstacles:
                    raise obstacles[0]
                apply(session, steps, done.append)
                state = work.verify(session, steps, state)
            values = work.report(session.dialect, state)
    except StepRefusal as refusal:
        _fail(module, done, str(refusal), failed_step=refusal.step.describe())
    except NeedsCopy as refusal:
        _fail(module, done, str(refusal), needs_copy=True, holds_data=refusal.holds_data, client=refusal.client)
    except Refusal as refusal:
        _fail(module, done, str(refusal))
    except ServerError as error:
        _fail(module, done, f"{error}\nWay out: see whether the server runs and what its error log says, then run again")
    module.exit_json(changed=bool(done), **_described(module, done), **values)


# What only reads takes parts of a second; on a full disk SHOW BINARY LOGS waits for ever (seen on 11.8).
_READ_SECONDS = 60
_NO_ANSWER = (
    "a statement that only reads got no answer in {seconds} s: see SHOW PROCESSLIST there for what it waits for, the error log and"
    " the free disk space (df)"
)


def inspect(
    module: AnsibleModule, observe: Callable[[Session, Login], Mapping[str, Any]], read_timeout: Optional[int] = _READ_SECONDS
) -> None:
    """Runs a module that changes nothing of its own accord, from login to exit; it takes no lock, so it never waits for a run.

    ``read_timeout``: seconds to wait for a statement's answer, ``None`` for as long as it takes.
    """
    _need_client_library(module)
    try:
        with _open(module, read_timeout) as session:
            values = observe(session, login_from(module.params))
    except Refusal as refusal:
        _fail(module, [], str(refusal))
    except ServerError as error:
        silent = error.errno == 2013 and "timed out" in error.error
        remedy = _NO_ANSWER.format(seconds=_READ_SECONDS) if silent else "see whether the server runs and what its error log says"
        _fail(module, [], f"{error}\nWay out: {remedy}, then run again")
    module.exit_json(changed=False, **values)


def _stop_for_copy(obstacles: Sequence[Refusal]) -> None:
    """Nothing that this module does mends it, whatever else is mended first."""
    for obstacle in obstacles:
        if isinstance(obstacle, NeedsCopy):
            raise obstacle


def _open(module: AnsibleModule, read_timeout: Optional[int] = None) -> Session:
    refuse_out_of_range(module.params)
    login = replace(login_from(module.params), read_timeout=read_timeout)
    client_file.refuse_unreadable(login.config_file)
    try:
        return Session(login)
    except ServerError as error:
        # What most runs never need is not compiled for them.
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.swap_wait import session_after_swap

        session = session_after_swap(login, error)
        if session is None:
            raise login_refusal(error, login) from None
        return session


def login_refusal(error: ServerError, login: Login) -> Refusal:
    """Why a login failed, and what to do about it."""
    who = f" as {login.user}" if login.user else ""
    if error.errno in (1045, 1698):
        remedy = "give login_user and login_password (or config_file) of an account that may administer this server"
        if login.socket:
            remedy += ", or become root: the packages' root account logs in over the socket"
    elif error.errno in (2002, 2003):
        remedy = (
            "see whether the server runs (systemctl status mysql mariadb), and whether login_host, login_port or"
            " login_unix_socket name it"
        )
    else:
        remedy = "mend what the error names, then run again"
    return Refusal(f"cannot log in to {login.where}{who}: error {error.errno}: {error.error}", remedy)


def _need_client_library(module: AnsibleModule) -> None:
    if PYMYSQL_MISSING is None:
        return
    if not has_respawned():
        interpreter = probe_interpreters_for_module(list(_USUAL_INTERPRETERS), "pymysql")
        if interpreter:
            respawn_module(interpreter)
    module.fail_json(msg=missing_required_lib("PyMySQL"), exception=PYMYSQL_MISSING, client_library_missing=True)


def _described(module: AnsibleModule, steps: Sequence[Step]) -> dict[str, Any]:
    described: dict[str, Any] = {"steps": [step.describe() for step in steps]}
    if module._diff:
        described["diff"] = diff(list(steps))
    return described


def _fail(module: AnsibleModule, done: Sequence[Step], message: str, **more: Any) -> None:
    module.fail_json(msg=message, changed=bool(done), **_described(module, done), **more)
