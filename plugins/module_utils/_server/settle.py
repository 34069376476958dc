# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a copy of a source's data leaves to do: accounts come into force, and its events rest."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import drop
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import CopyDialect, found_complete
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import SEED_USER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import account, identifier, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import SeedAccount
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Row, Session

_ENABLED = (
    "SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, DEFINER AS definer, SQL_MODE AS sql_mode, TIME_ZONE AS time_zone"
    " FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'"
)
_AS_BEFORE = "SET SESSION sql_mode = @seed_sql_mode, time_zone = @seed_time_zone"


@dataclass(frozen=True)
class Settle:
    """See ``_model.step.Performed``; for a session whose statements are not logged."""

    copying: CopyDialect

    def __str__(self) -> str:
        return f"FLUSH LOCAL PRIVILEGES; ALTER EVENT … DISABLE; DROP USER {SEED_USER}"

    def perform(self, session: Session) -> None:
        """The source's accounts but that of the copy; events as replication brings them."""
        session.execute(sql("FLUSH LOCAL PRIVILEGES"))
        session.execute(sql("SET @seed_sql_mode = @@SESSION.sql_mode, @seed_time_zone = @@SESSION.time_zone"))
        for event in session.rows(_ENABLED):
            self._rest(session, event)
        # Last: as long as they are there, a copy that replaced all data counts as broken off.
        for found in seed_accounts(session):
            session.execute(drop(found.name))

    def _rest(self, session: Session, event: Row) -> None:
        """Manual, "ALTER EVENT": an event takes the mode of the session that alters it, and keeps the time zone that is given."""
        user, _at, host = (event["definer"] or "").rpartition("@")
        name = f"{identifier(event['db'] or '')}.{identifier(event['name'] or '')}"
        mode, zone = literal(event["sql_mode"] or ""), literal(event["time_zone"] or "SYSTEM")
        session.execute(sql(f"SET SESSION sql_mode = {mode}, time_zone = {zone}"))
        session.execute(self.copying.rest_event(account(AccountName(user, host)), name))
        session.execute(sql(_AS_BEFORE))


@dataclass(frozen=True)
class Vouch:
    """See ``_model.step.Performed``: notes that the clone is complete. With the plugin goes what the server knows of its clone."""

    def __str__(self) -> str:
        return f"ALTER USER {SEED_USER} ATTRIBUTE …"

    def perform(self, session: Session) -> None:
        """On each account that came along; the next step but one drops them."""
        server_uuid = session.value("SELECT @@server_uuid") or ""
        for found in seed_accounts(session):
            session.execute(found_complete(found.name, server_uuid))


def seed_accounts(session: Session) -> list[SeedAccount]:
    """The accounts of copies that run, or were broken off."""
    return [
        SeedAccount(
            AccountName(row["User"] or "", row["Host"] or ""), row["source"] or "", row["installed"] == "1", row["complete"] or ""
        )
        for row in session.rows(session.dialect.copying.accounts)
    ]
