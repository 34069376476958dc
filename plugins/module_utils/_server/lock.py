# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run at a time per server: an advisory lock that ends with the connection that holds it."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session

_NAME = "dbops.mysql_replication"


def acquire(session: Session, timeout: int) -> None:
    """Takes the lock, waiting up to ``timeout`` seconds; raises :class:`Refusal` that names the holder.

    MySQL manual, "Locking Functions": GET_LOCK is released when its session ends, normally or not.
    """
    if session.value(f"SELECT GET_LOCK('{_NAME}', {timeout})") == "1":
        return
    holder = session.rows(f"SELECT ID, USER, HOST, TIME FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK('{_NAME}')")
    who = "connection {ID} of {USER} from {HOST}".format(**holder[0]) if holder else "a connection that we may not see"
    raise Refusal(
        f"another run works on this server ({session.where}) since more than {timeout} s: {who} holds the lock '{_NAME}'",
        "wait until it has finished, or end it there; if it hangs, KILL that connection on the server, then run again",
    )
