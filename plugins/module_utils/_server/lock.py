# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time per server: an advisory lock that ends with the connection that holds it.

Who holds it may restart the server: so does a copy of data, also one whose controller was killed, just as the next run waits.
"""

from __future__ import annotations

import time
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError, Session

_NAME = "dbops.mysql_replication"
# What a client sees of a server that goes down, or is gone.
_GONE = (1053, 1317, 2006, 2013)
_STILL_THERE = "SELECT 1"
_BACK_SECONDS = 120
_POLL_SECONDS = 0.5


def acquire(session: Session, timeout: int) -> None:
    """Takes the lock, waiting up to ``timeout`` seconds; raises :class:`Refusal` that names the holder.

    Where the server restarts meanwhile, it is waited for, and the session is a new one.

    MySQL manual, "Locking Functions": GET_LOCK is released when its session ends, normally or not.
    """
    deadline = time.monotonic() + timeout + _BACK_SECONDS
    answer = _ask(session, timeout)
    while answer is None and time.monotonic() < deadline:
        _await_back(session)
        answer = _ask(session, timeout)
    if answer == "1":
        return
    holder = session.rows(f"SELECT ID, USER, HOST, TIME FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK('{_NAME}')")
    who = "connection {ID} of {USER} from {HOST}".format(**holder[0]) if holder else "a connection that we may not see"
    raise Refusal(
        f"another run works on this server ({session.where}) since more than {timeout} s: {who} holds the lock '{_NAME}'",
        "wait until it has finished, or end it there; if it hangs, KILL that connection on the server, then run again",
    )


def _ask(session: Session, timeout: int) -> Optional[str]:
    """``None`` where the server goes down: GET_LOCK says NULL then, or nothing, or has the lock of a holder who was ended first."""
    try:
        answer = session.value(f"SELECT GET_LOCK('{_NAME}', {timeout})")
        session.value(_STILL_THERE)
        return answer
    except ServerError as error:
        if error.errno not in _GONE:
            raise
        return None


def _await_back(session: Session) -> None:
    """Logs in anew; right after a clone the first login may be refused although the account is right (seen on 9.7)."""
    deadline = time.monotonic() + _BACK_SECONDS
    while True:
        # The server that goes down may still take a login.
        time.sleep(_POLL_SECONDS)
        try:
            session.reconnect()
            return
        except ServerError as error:
            if time.monotonic() > deadline:
                raise Refusal(
                    f"{session.where} went down while this run waited for another one that works there, and does not come back:"
                    f" error {error.errno}: {error.error}",
                    "see its error log (systemctl status mysql mariadb), start it, then run again",
                ) from None
