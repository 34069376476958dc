# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durability: that a crash loses nothing which another server has, and that nobody is promised more than holds."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    STATUS,
    VARIABLES,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    Found,
    Rules,
    is_any,
    is_not,
    number,
    setting,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(STATUS)
_SITE = "Run the playbook site: it sets the variable at run time and in the option file."
_LONG_WAIT_MS = 60_000

RULES.variable(
    "durability.sync_binlog",
    HIGH,
    "The binary log is not synced at each commit",
    name="sync_binlog",
    bad=is_not("1"),
    on=Topology.sources,
    reason="After a crash of the host replicas have transactions that the source lost.",
    remedy=_SITE,
    manual="sync_binlog",
)
RULES.variable(
    "durability.trx_commit",
    HIGH,
    "Commits are not written to disk at once",
    name="innodb_flush_log_at_trx_commit",
    bad=is_not("1"),
    on=Topology.sources,
    reason="A crash loses committed transactions, which replicas may have.",
    remedy=_SITE,
    manual="innodb_flush_log_at_trx_commit",
)
RULES.variable(
    "durability.relay_recovery",
    MEDIUM,
    "A replica does not fetch its relay log anew after a crash",
    name="relay_log_recovery",
    bad=is_any("OFF", "0"),
    on=Topology.replicas,
    reason="A crash may leave a relay log broken, and the applier stops (13121, 1594).",
    remedy="Set relay_log_recovery = ON in the option file and restart the replica (playbook site).",
    manual="Handling an Unexpected Halt of a Replica",
)
for _name in ("source_info_repository", "relay_log_info_repository"):
    RULES.variable(
        f"durability.{_name}",
        HIGH,
        "A replica keeps its position in a file",
        name=_name,
        bad=is_any("FILE"),
        on=Topology.replicas,
        reason="After a crash position and data differ.",
        remedy=f"Set {_name.replace('source', 'master')} = TABLE (MySQL before 8.3 only; later there is nothing else).",
        manual="Replication Metadata Repositories",
    )
RULES.variable(
    "durability.preserve_order",
    MEDIUM,
    "A replica commits in another order than its source",
    name="replica_preserve_commit_order",
    bad=is_any("OFF", "0"),
    on=lambda topology: filter(_in_parallel, topology.replicas()),
    reason="Readers see states that the source never had, and a crash leaves gaps.",
    remedy="Set replica_preserve_commit_order = ON with the applier stopped (playbook site).",
    manual="replica_preserve_commit_order",
)
RULES.variable(
    "durability.parallel_mode",
    MEDIUM,
    "A replica applies in parallel at the risk of conflicts",
    name="replica_parallel_mode",
    bad=is_any("AGGRESSIVE"),
    on=Topology.replicas,
    reason="aggressive tries what the source itself had to serialise, and rolls back often.",
    remedy="Set slave_parallel_mode = optimistic (playbook site).",
    manual="MariaDB documentation, Parallel Replication",
)
RULES.variable(
    "durability.doublewrite",
    MEDIUM,
    "Pages are written without a safety copy",
    name="innodb_doublewrite",
    bad=is_any("OFF", "DETECT_ONLY", "0"),
    on=Topology.all,
    reason="A crash in the middle of a page leaves it torn; the server must be copied anew.",
    remedy="Set innodb_doublewrite = ON, unless the file system itself writes whole pages.",
    manual="innodb_doublewrite",
)
RULES.variable(
    "durability.force_recovery",
    CRITICAL,
    "The server runs in emergency mode",
    name="innodb_force_recovery",
    bad=lambda value, _server: bool(number(value)),
    on=Topology.all,
    reason="innodb_force_recovery is for reading data out of a damaged server; replication from or to it is not safe.",
    remedy="Take it out of the option file, and copy the server anew.",
    manual="Forcing InnoDB Recovery",
)


def _in_parallel(server: Snapshot) -> bool:
    return (number(server.value("replica_parallel_workers")) or 0) > 1


@RULES.rule(
    "durability.redo_enabled",
    CRITICAL,
    "The redo log is off",
    reason="It was turned off for a bulk load; a crash now destroys the server's data.",
    remedy="ALTER INSTANCE ENABLE INNODB REDO_LOG.",
    manual="Disabling Redo Logging",
)
def redo_enabled(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for server in topology.all():
        if server.status.get("innodb_redo_log_enabled") == "OFF":
            yield Found(server.name, "Innodb_redo_log_enabled = OFF")


@RULES.rule(
    "durability.semisync_state",
    HIGH,
    "Semi-synchronous replication has silently become asynchronous",
    reason="After a timeout the source goes on without waiting for a replica; a failover then loses transactions.",
    remedy="See why no replica acknowledges: rpl_semi_sync_replica_enabled there, and the receiver restarted since.",
    manual="Semisynchronous Replication; observed on both vendors",
)
def semisync_state(topology: Topology) -> Iterator[Found]:
    """Enabled, and yet off."""
    for server in topology.sources():
        enabled = server.value("rpl_semi_sync_source_enabled") == "ON" and bool(topology.links_to.get(server.name))
        if enabled and server.status.get("rpl_semi_sync_source_status") == "OFF":
            clients = server.status.get("rpl_semi_sync_source_clients", "?")
            yield Found(server.name, f"Rpl_semi_sync_source_status = OFF, {clients} semi-synchronous replicas")


@RULES.rule(
    "durability.semisync_clients",
    HIGH,
    "Fewer semi-synchronous replicas than the source waits for",
    reason="Every commit waits for the timeout, or nobody is waited for.",
    remedy="Enable semi-synchronous replication on more replicas, or wait for fewer.",
    manual="rpl_semi_sync_source_wait_for_replica_count",
)
def semisync_clients(topology: Topology) -> Iterator[Found]:
    """MariaDB always waits for one."""
    for server in topology.sources():
        if server.value("rpl_semi_sync_source_enabled") != "ON" or not topology.links_to.get(server.name):
            continue
        if server.status.get("rpl_semi_sync_source_status") == "OFF":
            continue  # it has fallen back already, which says more
        wanted = number(server.value("rpl_semi_sync_source_wait_for_replica_count")) or 1
        clients = number(server.status.get("rpl_semi_sync_source_clients"))
        if clients is not None and clients < wanted:
            yield Found(server.name, f"it waits for {wanted:.0f}, and has {clients:.0f}")


@RULES.rule(
    "durability.semisync_params",
    MEDIUM,
    "Semi-synchronous replication promises less than it seems",
    reason="With AFTER_COMMIT others see a transaction before a replica has it; with a huge timeout and one replica the source"
    " hangs when that is away.",
    remedy="Set rpl_semi_sync_source_wait_point (MariaDB: rpl_semi_sync_master_wait_point) = AFTER_SYNC, a timeout of seconds.",
    manual="Semisynchronous Replication",
    needs=(VARIABLES,),
)
def semisync_params(topology: Topology) -> Iterator[Found]:
    """Only where it is enabled."""
    for server in topology.sources():
        if server.value("rpl_semi_sync_source_enabled") != "ON":
            continue
        if server.value("rpl_semi_sync_source_wait_point") == "AFTER_COMMIT":
            yield Found(server.name, setting(server, "rpl_semi_sync_source_wait_point"), subject="wait_point")
        timeout = number(server.value("rpl_semi_sync_source_timeout")) or 0
        if timeout > _LONG_WAIT_MS and len(topology.links_to.get(server.name, ())) < 2:
            yield Found(server.name, setting(server, "rpl_semi_sync_source_timeout"), subject="timeout")
