# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the clone plugin from a server that was cloned, also where the server that cloned it is gone."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import UNINSTALL_CLONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SEED_USER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Row, ServerError, Session

_POLL_SECONDS = 0.3
# Seen on 9.7: a session whose server was killed ends by itself after a minute or two, at once where it is told to.
_WAIT_SECONDS = 150
_IN_USE = 1883
_SESSIONS = "SELECT ID AS id, USER AS user, HOST AS host FROM information_schema.PROCESSLIST WHERE {} ORDER BY ID"
_OF_COPIES = f"USER = {literal(SEED_USER)}"
_OF_CLONES = "COMMAND = 'clone'"


@dataclass(frozen=True)
class UninstallClone:
    """See ``_model.step.Performed``; no copy is meant to run any more."""

    def __str__(self) -> str:
        return str(UNINSTALL_CLONE)

    def perform(self, session: Session) -> None:
        """Ends the sessions of copies that hold the plugin; raises :class:`Refusal` where others do."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _uninstalled(session):
            held = session.rows(_SESSIONS.format(_OF_COPIES))
            others = [row for row in session.rows(_SESSIONS.format(_OF_CLONES)) if row["user"] != SEED_USER]
            if others or time.monotonic() > deadline:
                raise _in_use(session, others or held)
            for row in held:
                _end(session, row)
            time.sleep(_POLL_SECONDS)


def _uninstalled(session: Session) -> bool:
    try:
        session.execute(UNINSTALL_CLONE)
    except ServerError as error:
        if error.errno != _IN_USE:
            raise
        return False
    return True


def _end(session: Session, row: Row) -> None:
    """Where it has ended meanwhile, or this login may not end it, it is waited for."""
    with suppress(ServerError):
        session.execute(sql(f"KILL {int(row['id'] or 0)}"))


def _in_use(session: Session, rows: list[Row]) -> Refusal:
    users = (
        ", ".join(f"{row['user']} from {row['host']} (connection {row['id']})" for row in rows) or "a session that is not listed"
    )
    return Refusal(
        f"the clone plugin of {session.where}, which was installed for a copy, is still in use by {users}",
        "let that end, or end it (KILL and the number of the connection), then run again",
    )
