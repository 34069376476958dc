# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a server's channels and GTID state, and tries a login to a source as a channel would do it. Never writes."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Callable, Mapping, Optional, Sequence, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import Logged
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Channel,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import HOLDS_TABLES, MARKER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import (
    Login,
    Row,
    ServerError,
    Session,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.own_log import (
    LogUnreadable,
    first_of,
    log_names,
    log_path,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import find_process

Further = Callable[[Session, SourceView], SourceView]

_TABLES = (
    f"SELECT {HOLDS_TABLES} AS tables_there,"
    f" EXISTS (SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {literal(MARKER)}) OR {{}} AS half_copied"
)


def replica_state(session: Session) -> ReplicaState:
    """The replica's end of things, read in one go."""
    # Channels first: what a channel had passed by then, the GTIDs read after it know.
    found = channels(session)
    data = session.rows(_TABLES.format(session.dialect.unsettled))[0]
    return ReplicaState(
        identity=identity(session),
        gtid=observe_variables.gtid_state(session),
        channels=found,
        has_tables=data["tables_there"] == "1",
        offers_tls=session.value(session.dialect.tls_query) == "1",
        half_copied=data["half_copied"] == "1",
    )


def identity(session: Session) -> Identity:
    """Who this server is."""
    variables = _variables(session, ("server_id", "server_uuid", "hostname", "port"))
    return Identity(
        version=session.dialect.version,
        server_id=int(variables["server_id"]),
        server_uuid=variables.get("server_uuid", ""),
        hostname=variables["hostname"],
        port=int(variables["port"]),
    )


def channels(session: Session) -> tuple[Channel, ...]:
    """All channels, with the passwords that this login may read."""
    return channels_in(session, observe_variables.channel_rows(session))


def channels_in(session: Session, rows: Mapping[str, Sequence[Row]]) -> tuple[Channel, ...]:
    """The channels in rows that were read already, with the passwords that this login may read."""
    found = observe_variables.channels(session, rows)
    return session.dialect.channels.parse(rows, _stored_passwords(session, found)) if found else ()


def no_further(_source: Session, view: SourceView) -> SourceView:
    """What a trial has read is enough."""
    return view


def trial(
    replica: Session, login: Login, further: Further = no_further, sought: str = "its binary log"
) -> Union[SourceView, TrialFailure]:
    """Logs in to the source as the channel would, and reads what its account may see there.

    ``further`` is called before it logs out, and adds what it reads: ``sought``, in words. Raises :class:`ServerError` only for
    what the replica refuses.
    """
    try:
        session = Session(login)
    except ServerError as error:
        return TrialFailure(error.errno, error.error)
    with session as source:
        reading = "who it is and where its GTIDs stand"
        try:
            view = _view(replica, source)
            reading = sought
            return further(source, view)
        except ServerError as error:
            if error.where != source.where:
                raise
            return TrialFailure(error.errno, error.error, reading)


def _view(replica: Session, source: Session) -> SourceView:
    seen = source.rows("SELECT CURRENT_USER() AS account, USER() AS client, UNIX_TIMESTAMP(NOW(6)) AS clock")[0]
    return SourceView(
        identity=identity(source),
        gtid=observe_variables.gtid_state(source),
        account=seen["account"] or "",
        may_replicate=_may_replicate(source, source.dialect),
        encrypted=source.encrypted,
        logs=_variables(source, ("log_bin",))["log_bin"] == "ON",
        is_self=_is_self(replica, source),
        client=seen["client"] or "",
        clock=float(seen["clock"] or 0),
    )


def with_log_verdict(source: Session, view: SourceView, channel: Channel, replica: GtidState) -> SourceView:
    """The view, and whether the source's binary log still holds what this channel, whose receiver rests, needs to go on."""
    history = source.dialect.binlog_history
    answers = {name: _answer(source, query) for name, query in history.queries(channel).items()}
    verdict = history.judge(answers, channel, replica, view.gtid)
    return replace(view, rewritten=verdict.rewritten, purged=verdict.purged)


def first_applied(session: Session, source: Identity) -> Optional[Logged]:
    """The first transaction of that server in this server's own binary log; ``None`` if there is none, or none can be read here."""
    values = _variables(session, ("pid_file", "datadir", "hostname", "log_bin", "log_bin_basename"))
    process = find_process(values["pid_file"], values["datadir"], values["hostname"], session.by_socket)
    if values["log_bin"] != "ON" or process is None:
        return None
    try:
        paths = [log_path(values, name) for name in log_names(session)]
        return first_of(paths, session.dialect.gtid, source)
    except (ServerError, LogUnreadable):
        return None


def _answer(session: Session, query: str) -> Optional[list[Row]]:
    try:
        return session.rows(query)
    except ServerError:
        return None


def _variables(session: Session, names: Sequence[str]) -> dict[str, str]:
    listed = ", ".join(f"'{name}'" for name in names)
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({listed})")
    return {str(row["Variable_name"]): row["Value"] or "" for row in rows}


def _stored_passwords(session: Session, found: Sequence[Channel]) -> dict[str, str]:
    syntax = session.dialect.channels
    if syntax.passwords_query:
        try:
            return {str(row["name"]): row["password"] or "" for row in session.rows(syntax.passwords_query)}
        except ServerError:
            return {}  # without SELECT on mysql.* the passwords stay unknown
    directory = _variables(session, ("datadir",))["datadir"]
    passwords = {}
    for channel in found:
        try:
            with open(os.path.join(directory, syntax.password_file(channel.name)), encoding="utf-8") as file:
                passwords[channel.name] = syntax.stored_password(file.read())
        except OSError:
            continue  # another host, or not root: this password stays unknown
    return passwords


def _may_replicate(source: Session, dialect: Dialect) -> bool:
    probe: Optional[list[Row]]
    try:
        probe = source.rows(dialect.channels.privilege_probe)
    except ServerError:
        probe = None
    return dialect.channels.may_replicate(probe)


def _is_self(replica: Session, source: Session) -> bool:
    user = source.rows("SELECT USER() AS user")[0]["user"] or ""
    rows = replica.rows(f"SELECT USER AS user FROM information_schema.PROCESSLIST WHERE ID = {source.connection_id}")
    same_connection = bool(rows) and rows[0]["user"] == user.rsplit("@", 1)[0]
    names = ("server_uuid", "hostname", "port", "server_id")
    return same_connection and _variables(replica, names) == _variables(source, names)
