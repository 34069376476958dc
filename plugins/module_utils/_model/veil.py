# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps the text of a statement that carries a secret out of the places where a server records statements.

MySQL writes a clear password as ``<secret>``, but not a hash (``AS '$A$…'``); MariaDB writes both as they are. Seen on 9.7 and
10.11 in the general log, the slow log and the statement history; the same statements help on both.
"""

from __future__ import annotations

from typing import NamedTuple


class Veil(NamedTuple):
    """Session statements before and after the one with the secret, and a query that gives 0 if nothing is recorded anyway."""

    before: str
    after: str
    records: str


_OWN_THREAD = "WHERE PROCESSLIST_ID = CONNECTION_ID()"

VEILS = (
    Veil(
        before="SET SESSION sql_log_off = 1, long_query_time = 31536000",
        after="SET SESSION sql_log_off = DEFAULT, long_query_time = DEFAULT",
        records="SELECT @@global.general_log + @@global.slow_query_log",
    ),
    # A thread's own history goes with the thread; only the long one outlives it.
    Veil(
        before=f"UPDATE performance_schema.threads SET HISTORY = 'NO' {_OWN_THREAD}",
        after=f"UPDATE performance_schema.threads SET HISTORY = 'YES' {_OWN_THREAD}",
        records="SELECT COUNT(*) FROM performance_schema.setup_consumers"
        " WHERE NAME = 'events_statements_history_long' AND ENABLED = 'YES'",
    ),
)
