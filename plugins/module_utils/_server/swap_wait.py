# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for a server that is down for a moment, because a copy of its data takes the place of the old.

A run that was killed leaves its module at work on the host, and the next run may come just then.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.swap import UNITS, is_pending

# The client's numbers for a server that does not listen.
_NOT_THERE = (2002, 2003)
_SWAP_SECONDS = 120
_POLL_SECONDS = 1


def session_after_swap(login: Login, error: ServerError, units: str = UNITS) -> Optional[Session]:
    """A session once the server is back; ``None`` where this login's error has another reason, or it does not come back."""
    if not login.is_local or error.errno not in _NOT_THERE:
        return None
    deadline, waits = time.monotonic() + _SWAP_SECONDS, is_pending(units)
    while waits and time.monotonic() < deadline:
        # Asked before the login: the server is up when it is no longer pending.
        waits = is_pending(units)
        time.sleep(_POLL_SECONDS)
        with suppress(ServerError):
            return Session(login)
    return None
