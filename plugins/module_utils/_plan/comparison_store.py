# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the database in which a comparison keeps its notes: there while it runs, gone after it. A foreign one is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import identifier, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step

ITEM, ROW_HASH, STATE = "item", "row_hash", "state"
# A row's key may be long, so its hash stands for it in the primary key, without which some servers take no table.
_TABLES = {
    # opened: the run whose notes the items are, once an older comparison's are gone.
    STATE: "id INT NOT NULL PRIMARY KEY, run VARCHAR(64) NOT NULL, opened VARCHAR(64) NOT NULL, payload LONGTEXT NOT NULL",
    # after: the item before, so that a replica which did not get one, or gets them in another order, passes over none.
    ITEM: "id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, after BIGINT UNSIGNED NOT NULL, kind VARCHAR(10) NOT NULL,"
    " payload LONGTEXT NOT NULL",
    ROW_HASH: (
        "item BIGINT UNSIGNED NOT NULL, key_hash CHAR(64) CHARACTER SET latin1 NOT NULL, key_text LONGTEXT NOT NULL,"
        " hash DECIMAL(60) NOT NULL, PRIMARY KEY (item, key_hash)"
    ),
}


@dataclass(frozen=True)
class StoreState:
    """``tables`` that the database holds, ``None`` where there is no such database."""

    where: str
    database: str
    tables: Optional[frozenset[str]]


def plan_present(state: StoreState) -> list[Step]:
    """The steps to database and tables; raises :class:`Refusal` for a database of something else."""
    _refuse_foreign(state)
    steps = []
    if state.tables is None:
        create = sql(f"CREATE DATABASE {identifier(state.database)} DEFAULT CHARACTER SET utf8mb4")
        steps.append(Step("notes of the comparison, until it ends", f"database {state.database}", None, "there", create))
    missing = {name: columns for name, columns in _TABLES.items() if name not in (state.tables or ())}
    if missing:
        # Seen on 9.7 and 10.11: by a filter of this database a replica leaves out CREATE DATABASE, and stops at the first table.
        why = "a filter by database shall leave out all of the notes, or nothing"
        steps.append(Step(why, "this session's database", None, state.database, sql(f"USE {identifier(state.database)}")))
    for name, columns in missing.items():
        table = f"{identifier(state.database)}.{identifier(name)}"
        statement = sql(f"CREATE TABLE {table} ({columns}) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4")
        steps.append(Step("notes of the comparison", f"table {state.database}.{name}", None, "there", statement))
    return steps


def plan_absent(state: StoreState) -> list[Step]:
    """The step that takes it away; raises :class:`Refusal` for a database of something else."""
    if state.tables is None:
        return []
    _refuse_foreign(state)
    drop = sql(f"DROP DATABASE {identifier(state.database)}")
    return [Step("the comparison has ended", f"database {state.database}", "there", None, drop)]


def _refuse_foreign(state: StoreState) -> None:
    foreign = sorted((state.tables or frozenset()) - set(_TABLES))
    if foreign:
        raise Refusal(
            f"the database {state.database} on {state.where} holds other tables: {', '.join(foreign)}. Nothing was touched",
            "give another database for the notes (mysql_replication_verify_database), which need not exist",
        )
