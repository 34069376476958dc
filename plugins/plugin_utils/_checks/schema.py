# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables: whether row changes can be found and applied on a replica, and survive a crash there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    SCHEMA,
    Schema,
    TableCount,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import HIGH, INFO, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rules, is_any
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(SCHEMA)


def _tables(topology: Topology, kind: Callable[[Schema], TableCount]) -> Iterator[Found]:
    """On primaries: their replicas have the same tables."""
    for server in topology.primaries():
        tables = kind(server.schema) if server.schema else TableCount(0)
        if tables.count:
            more = f" and {tables.count - len(tables.first)} more" if tables.count > len(tables.first) else ""
            yield Found(server.name, f"{', '.join(tables.first)}{more}")


@RULES.rule(
    "schema.primary_key",
    HIGH,
    "Tables without a primary key",
    reason="Where no other unique index finds a row, a replica reads the whole table for each that is changed: lag without end."
    " Nor can rows then be compared by key.",
    remedy="Give each a primary key; MySQL can add an invisible one (sql_generate_invisible_primary_key).",
    manual="Replication and Row Searches",
)
def primary_key(topology: Topology) -> Iterator[Found]:
    """User tables."""
    yield from _tables(topology, lambda schema: schema.without_key)


@RULES.rule(
    "schema.engine",
    HIGH,
    "Tables whose engine knows no transactions",
    reason="After a crash, or a statement that failed halfway, source and replica differ.",
    remedy="ALTER TABLE … ENGINE = InnoDB.",
    manual="Replication and Transactions",
)
def engine(topology: Topology) -> Iterator[Found]:
    """MEMORY has a rule of its own."""
    yield from _tables(topology, lambda schema: schema.not_transactional)


@RULES.rule(
    "schema.memory_tables",
    MEDIUM,
    "Tables in memory",
    reason="They are empty after a restart, of one server and then of the other, and the applier stops at rows that are gone.",
    remedy="ALTER TABLE … ENGINE = InnoDB, or leave them out of replication.",
    manual="Replication and MEMORY Tables",
)
def memory_tables(topology: Topology) -> Iterator[Found]:
    """User tables."""
    yield from _tables(topology, lambda schema: schema.in_memory)


RULES.variable(
    "schema.pk_enforced",
    INFO,
    "Tables without a primary key may be made",
    name="sql_require_primary_key",
    bad=is_any("OFF", "0"),
    on=Topology.primaries,
    reason="The next one brings the replicas lag.",
    remedy="SET GLOBAL sql_require_primary_key = ON, and in the option file, once all tables have one.",
    manual="sql_require_primary_key",
)
