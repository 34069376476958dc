# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replication_plan`` module's work: what the enforcing modules would find on one server, with nothing done about it."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import server_config_options
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Work
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_config import ServerConfigWork
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.standing import standing

PRIMARY = "primary"

#: All but the login options; named as the roles' variables.
OPTIONS: Mapping[str, Any] = {
    "role": {"type": "str", "choices": [PRIMARY, "replica"], "required": True},
    "user": {"type": "str", "required": True},
    "user_host": {"type": "str"},
    "password": {"type": "str", "required": True, "no_log": True},
    "tls": {"type": "str", "choices": ["auto", "required", "off"]},
    "tls_ca": {"type": "path"},
    "replicas": {"type": "list", "elements": "str"},
    "source_host": {"type": "str"},
    "source_port": {"type": "int"},
    "gtid": {"type": "bool"},
    "channel": {"type": "str"},
    "connect_retry": {"type": "int"},
    "delay": {"type": "int"},
    "settings": {"type": "dict"},
    "server_id": {"type": "int"},
    "persist": {"type": "str", "choices": ["option_file", "server", "both", "none"]},
    "option_file": {"type": "path"},
}


class Comparison(NamedTuple):
    """``values`` are what the module returns, ``doubts`` what a person should know all the same (see ``enforce.Plan``)."""

    values: Mapping[str, Any]
    doubts: Sequence[str]


def compare(session: Session, login: Login, params: Mapping[str, Any]) -> Comparison:
    """``in_order``, the ``differences`` in words, and what the enforcing modules return where all is in order.

    The settings come first: where they differ, nothing else is looked at.
    """
    values: dict[str, Any] = {"in_order": True, "differences": [], "standing": standing(session)}
    doubts: list[str] = []
    for work in _works(session, login, params):
        try:
            observed = work.observe(session)
            plan = work.plan(session.dialect, observed)
        except Refusal as refusal:
            return Comparison({**_lasting(values), "in_order": False, "differences": [str(refusal)]}, doubts)
        doubts += plan.doubts
        values.update(work.report(session.dialect, observed))
        differences = [*(step.summary() for step in plan.steps), *map(str, plan.obstacles), *work.unsettled(observed)]
        if differences:
            return Comparison({**_lasting(values), "in_order": False, "differences": differences}, doubts)
    return Comparison(values, doubts)


def _lasting(values: Mapping[str, Any]) -> dict[str, Any]:
    """What other servers' tasks need whatever the settings are: a primary's history, since channels may be all that is enforced."""
    return {name: value for name, value in values.items() if name == "standing" or name.startswith("history_")}


def _works(session: Session, login: Login, params: Mapping[str, Any]) -> Iterator[Work[Any]]:
    named = {"profile": params["role"], **{name: params[name] for name in ("settings", "server_id", "persist", "option_file")}}
    yield ServerConfigWork(server_config_options.desired_config(_filled(server_config_options.OPTIONS, named)), login)
    if params["role"] == PRIMARY:
        yield _account(params)
        if _may_hold_seed_accounts(session):
            yield _no_seed_account()
    else:
        yield _channel(params)


# Imported where it is asked for: a primary compiles nothing of channels, a replica nothing of accounts.
def _account(params: Mapping[str, Any]) -> Work[Any]:
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import replication_user_options

    given = {name: params[name] for name in ("password", "tls", "replicas")}
    named = {"name": params["user"], "host": params["user_host"], **given}
    return replication_user_options.account_work(_filled(replication_user_options.OPTIONS, named))


def _may_hold_seed_accounts(session: Session) -> bool:
    """Whether a run that was broken off may have left one; where they cannot be read, the work says why."""
    try:
        return bool(session.rows(session.dialect.copying.accounts))
    except ServerError:
        return True


def _no_seed_account() -> Work[Any]:
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import DesiredSeedAccounts
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.seed_account import SeedAccountWork

    return SeedAccountWork(DesiredSeedAccounts((), Secret(""), ""))


def _channel(params: Mapping[str, Any]) -> Work[Any]:
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import replica_options

    named = {
        "source_user": params["user"],
        "source_password": params["password"],
        "source_tls": params["tls"],
        "source_tls_ca": params["tls_ca"],
        "auto_position": params["gtid"],
        **{name: params[name] for name in ("source_host", "source_port", "channel", "connect_retry", "delay")},
    }
    return replica_options.channel_work(_filled(replica_options.OPTIONS, named))


def _filled(options: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """A module's parameters: what was given, and its defaults for the rest."""
    given = {name: value for name, value in named.items() if value is not None}
    return {**{name: option.get("default") for name, option in options.items()}, **given}
