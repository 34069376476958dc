# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rule that an audit must name first, for every fault of the table: its root."""

from __future__ import annotations

from typing import NamedTuple

from fault import MARIADB, MYSQL, Fault


class Root(NamedTuple):
    """The rule that must come first once the fault shows, and before (the same, if nothing is said); empty for no rule at all."""

    shown: str
    latent: str = ""


ROOTS = {
    "grant revoked": Root("account.replication_privilege"),
    "user dropped": Root("account.exists"),
    "user dropped on the primary only": Root("account.exists"),
    "password changed on the primary": Root("account.password"),
    "wrong password stored on the replica": Root("account.password"),
    "account locked": Root("account.locked"),
    "password expired": Root("account.password_expired"),
    "surplus privileges": Root("account.least_privilege"),
    "TLS requirement removed": Root("account.tls_not_required"),
    "X509 required": Root("account.tls_requirement"),
    "a more specific account shadows it": Root("account.effective_match"),
    "an anonymous user shadows it": Root("account.effective_match"),
    f"wrong auth plugin {MYSQL}": Root("account.plugin_deprecated"),
    f"wrong auth plugin {MARIADB}": Root("account.plugin_usable"),
    "wrong source host": Root("replica.source_correct"),
    "wrong port": Root("replica.source_correct"),
    "receiver stopped": Root("health.receiver"),
    "applier stopped": Root("health.applier"),
    "both threads stopped": Root("health.receiver"),
    "channel reset": Root("replica.channel_set"),
    "channel's TLS off": Root("account.tls_requirement"),
    # Seven seconds, and as many tries as before, are a week.
    "connect-retry drift": Root(""),
    "read_only off": Root("replica.read_only"),
    "sync_binlog=0": Root("durability.sync_binlog"),
    "flush_log_at_trx_commit=2": Root("durability.trx_commit"),
    f"refused logins are not logged {MYSQL}": Root("mon.error_log_verbosity"),
    f"refused logins are not logged {MARIADB}": Root("mon.log_warnings"),
    "binlog_format changed": Root("binlog.format_row"),
    "two servers with the same server_id": Root("identity.server_id_unique"),
    "option file edited by hand: the next start takes the primary's server_id": Root(
        "identity.server_id_unique", "drift.runtime_vs_file"
    ),
    "log_bin off in the option file": Root("binlog.enabled", "drift.skip_log_bin"),
    "bind_address 127.0.0.1 on the primary": Root("net.bind", "drift.runtime_vs_file"),
    "an option file that is read later says otherwise": Root("durability.sync_binlog", "drift.runtime_vs_file"),
    "super_read_only off": Root("replica.super_read_only"),
    "persisted value differs from run time": Root("durability.sync_binlog", "drift.persisted_vs_runtime"),
    "option file edited by hand: the next start turns GTIDs off": Root("gtid.mode_uniform", "drift.runtime_vs_file"),
    "the same server_uuid": Root("identity.server_uuid_unique"),
    "read from a purged position": Root("gtid.purged_gap"),
    "errant transaction on the replica": Root("gtid.errant"),
    "applier stopped by a duplicate key": Root("health.applier"),
    "applier stopped by a missing row": Root("health.applier"),
}


def root_of(fault: Fault, server_name: str) -> Root:
    return ROOTS.get(fault.name) or ROOTS[f"{fault.name} {server_name.partition('-')[0]}"]
