# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``heartbeat_table`` module's work at the edge: what it observes, and how it verifies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.heartbeat import Column, HeartbeatState, TableName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import heartbeat_table
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.read_only import VARIABLES, read_only_obstacles
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan


@dataclass(frozen=True)
class HeartbeatWork:
    """One run of the module."""

    name: TableName

    def observe(self, session: Session) -> HeartbeatState:
        """The database and the table's columns, with what makes the server read-only."""
        heartbeat_table.refuse_name(self.name)
        database = literal(self.name.database)
        listed = ", ".join(map(literal, VARIABLES))
        variables = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({listed})")
        schema = session.rows(f"SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {database}")
        rows = session.rows(
            "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS kind, COLUMN_KEY AS part FROM information_schema.COLUMNS"
            f" WHERE TABLE_SCHEMA = {database} AND TABLE_NAME = {literal(self.name.table)}"
        )
        keys = [row["name"] for row in rows if row["part"] == "PRI"]
        columns = {str(row["name"]): Column(str(row["kind"]).lower(), keys == [row["name"]]) for row in rows}
        return HeartbeatState(
            where=session.where,
            variables={str(row["Variable_name"]): row["Value"] or "" for row in variables},
            has_database=bool(schema),
            columns=columns or None,
        )

    def plan(self, _dialect: Dialect, observed: HeartbeatState) -> Plan:
        """See ``_plan.heartbeat_table``."""
        steps = heartbeat_table.plan(self.name, observed)
        return Plan(steps, read_only_obstacles(observed.where, observed.variables, "tables") if steps else ())

    def verify(self, session: Session, steps: Sequence[Step], observed: HeartbeatState) -> HeartbeatState:
        """Observes again after steps; raises :class:`Refusal` if anything is left to do."""
        if not steps:
            return observed
        state = self.observe(session)
        left = heartbeat_table.plan(self.name, state)
        if left:
            raise Refusal(
                f"{session.where}: after {len(steps)} steps {left[0].target} is still not as it shall be: {left[0].why}",
                "see who else changes tables on this server, then run again",
            )
        return state

    @staticmethod
    def unsettled(_observed: HeartbeatState) -> Sequence[str]:
        """Nothing: a table is right at once."""
        return ()

    def report(self, dialect: Dialect, _observed: HeartbeatState) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {"table": str(self.name), "version": str(dialect.version)}
