# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule fires where it must, on a recorded pair with one thing changed, and is quiet on the pair as ``site`` made it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_NONE, TLS_X509
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    COMPILED,
    NOT_ASKED,
    AccountFacts,
    Disk,
    NextStart,
    Origin,
    RegisteredReplica,
    TableCount,
    ThreadFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID, RULES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, SEVERITIES, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import watched

MY, MA = "mysql", "mariadb"
P, R = "primary", "replica"


def var(host, **variables):
    return lambda pair: pair.setting(host, **variables)


def field(host, **fields):
    return lambda pair: pair.having(host, **fields)


def channel(**fields):
    return lambda pair: pair.channel(**fields)


def account(**fields):
    return lambda pair: pair.account(**fields)


def status(host, **values):
    return lambda pair: pair.status(host, **values)


def both(*changes):
    def change(pair):
        for one in changes:
            pair = one(pair)
        return pair

    return change


def more_accounts(host, *accounts):
    return lambda pair: pair.having(host, accounts=(*pair.servers[host].accounts, *accounts))


def nobody(pair):
    """The replication account is gone from the primary."""
    return pair.having(P, accounts=tuple(one for one in pair.servers[P].accounts if one.user != "repl"))


def schema(host, **fields):
    return lambda pair: pair.having(host, schema=replace(pair.servers[host].schema, **fields))


def logs(host, **fields):
    return lambda pair: pair.having(host, binary_logs=replace(pair.servers[host].binary_logs, **fields))


def files(host, **fields):
    return lambda pair: pair.having(host, option_files=replace(pair.servers[host].option_files, **fields))


def starts(host, name, now, value, layer="option file", places=("/etc/my.cnf line 2",)):
    def change(pair):
        after = NextStart(now, value, layer, "/etc/my.cnf line 2", places=places)
        return pair.having(host, next_start={**pair.servers[host].next_start, name: after})

    return change


def origin(host, name, source, **more):
    return lambda pair: pair.having(host, origins={**pair.servers[host].origins, name: Origin(source, **more)})


def unset(host, name):
    def change(pair):
        pair = pair.having(host, next_start={key: one for key, one in pair.servers[host].next_start.items() if key != name})
        return pair.having(host, origins={**pair.servers[host].origins, name: Origin("run time")})

    return change


def gtids(host, **sets):
    return lambda pair: pair.having(host, gtid={**pair.servers[host].gtid, **sets})


def own_gtid(host):
    def change(pair):
        server = pair.servers[host]
        if server.server_uuid:
            executed = f"{server.gtid['gtid_executed']},{server.server_uuid}:1"
            return pair.having(host, gtid={**server.gtid, "gtid_executed": executed})
        state = f"{server.gtid['gtid_binlog_state']},0-{server.server_id}-99"
        return pair.having(host, gtid={**server.gtid, "gtid_binlog_state": state})

    return change


def lost_history(pair):
    """The primary's transactions begin anew, while the replica has the old ones."""
    uuid = pair.servers[P].server_uuid
    pair = pair.having(P, gtid={**pair.servers[P].gtid, "gtid_executed": f"{uuid}:1"})
    return pair.having(R, gtid={**pair.servers[R].gtid, "gtid_executed": f"{uuid}:1-500:900"})


def purged_before_a_resting_channel(pair):
    source, replica = pair.servers[P], pair.servers[R]
    off = type(replica.channels[0].receiver)("off")
    pair = pair.having(P, binary_logs=replace(source.binary_logs, begins_at=f"0-{source.server_id}-900"))
    return pair.having(R, channels=(replace(replica.channels[0], receiver=off, applier=off),))


def left_out(pair):
    """The replica's channel has gone on over transactions that it took for its own."""
    source, replica = pair.servers[P], pair.servers[R]
    if not source.server_uuid:
        return pair.having(R, gtid={"gtid_slave_pos": f"0-{source.server_id}-9", "gtid_binlog_state": f"0-{source.server_id}-7"})
    pair = pair.having(P, gtid={**source.gtid, "gtid_executed": f"{source.server_uuid}:1-9"})
    channels = (replace(replica.channels[0], received=f"{source.server_uuid}:3-5:8-9"),)
    return pair.having(R, channels=channels, gtid={**replica.gtid, "gtid_executed": f"{source.server_uuid}:1-5:8-9"})


def purged(pair):
    uuid = pair.servers[P].server_uuid
    return pair.having(P, gtid={**pair.servers[P].gtid, "gtid_executed": f"{uuid}:1-90", "gtid_purged": f"{uuid}:1-80"})


def same(name):
    return lambda pair: pair.having(R, **{name: getattr(pair.servers[P], name)})


def refused(errno, error="Access denied"):
    return lambda pair: pair.refused(errno, error)


def second_channel(pair):
    """The primary follows its own replica."""
    (one,) = pair.servers[R].channels
    back = replace(
        one, source_host=pair.servers[R].addresses[0], addresses=pair.servers[R].addresses, trial=replace(one.trial, untried="no")
    )
    return pair.having(P, channels=(back,))


def second_replica(pair):
    other = replace(pair.servers[R], name="replica2", hostname="replica2", server_id=77, server_uuid="", addresses=("192.0.2.77",))
    return type(pair)(pair.name, {**pair.servers, "replica2": other})


def second_primary(pair):
    """The replica has a second channel, from another server that takes writes."""
    (one,) = pair.servers[R].channels
    other = replace(pair.servers[P], name="primary2", hostname="primary2", server_id=78, server_uuid="", addresses=("192.0.2.78",))
    channels = (
        one,
        replace(one, name="two", source_host="192.0.2.78", addresses=("192.0.2.78",), trial=replace(one.trial, untried="no")),
    )
    return type(pair)(pair.name, {**pair.servers, "primary2": other, R: replace(pair.servers[R], channels=channels)})


def follows_third(pair):
    """The replica follows a server of the inventory that is not the primary."""
    third = replace(pair.servers[P], name="old", role="", hostname="old", server_id=79, server_uuid="", addresses=("192.0.2.79",))
    pair = type(pair)(pair.name, {**pair.servers, "old": third})
    return pair.channel(source_host="192.0.2.79", addresses=("192.0.2.79",), source_uuid="", source_id=79)


def stopped_thread(name, errno=0, error=""):
    return channel(**{name: ThreadFacts("off", errno, error)})


def slave_pos(position):
    return lambda pair: pair.having(R, gtid={**pair.servers[R].gtid, "gtid_slave_pos": position})


def circle_of_writers(**primary):
    """Both follow each other, and both take writes."""
    return both(second_channel, var(R, read_only="OFF", super_read_only="OFF"), var(P, **primary))


def made_primary(pair):
    """The replica was made the primary by hand: it has no channel, takes writes, and was written to."""
    return both(field(R, channels=()), var(R, read_only="OFF", super_read_only="OFF"), own_gtid(R), schema(R, tables=1))(pair)


OTHER = AccountFacts("repl", "10.0.0.%", ("mysql_native_password",))
CASES = [
    ("identity.server_id_zero", MY, both(field(R, server_id=0), var(R, server_id="0"))),
    ("identity.server_id_default", MA, origin(R, "server_id", "compiled default")),
    ("identity.server_id_unique", MY, same("server_id")),
    ("identity.server_id_unique", MA, same("server_id")),
    ("identity.server_uuid_unique", MY, same("server_uuid")),
    (
        "identity.registered_replica_unique",
        MY,
        field(P, replicas=(RegisteredReplica(5, "a", 3306), RegisteredReplica(5, "b", 3306))),
    ),
    ("identity.report_host", MY, var(R, report_host="")),
    ("identity.report_host", MA, var(R, report_host="127.0.0.1")),
    ("identity.report_host", MA, var(R, report_port="3307")),
    ("identity.version_order", MA, field(R, product="MariaDB 10.6.1")),
    ("identity.flavour_match", MY, field(R, product="MariaDB 11.8.9")),
    ("identity.version_supported", MY, field(P, product="MySQL 8.0.43")),
    ("identity.version_supported", MA, field(P, product="MariaDB 10.6.21")),
    ("identity.version_supported", MY, field(P, product="MySQL 9.1.0")),
    ("identity.version_unknown", MY, field(R, product="MySQL 26.10.0")),
    ("identity.version_unknown", MA, field(R, product="MariaDB 12.3.1")),
    ("identity.clock_skew", MY, lambda pair: pair.trial(clock_ahead=-3.0)),
    ("identity.self_replication", MY, lambda pair: pair.trial(is_self=True)),
    ("identity.hostname_unique", MY, same("hostname")),
    ("account.exists", MY, both(nobody, refused(1045))),
    ("account.exists", MA, both(nobody, refused(1698))),
    ("account.exists", MY, both(account(host="10.9.9.9"), refused(1045))),
    ("account.effective_match", MY, both(more_accounts(P, replace(OTHER, host="198.%")), refused(1045))),
    ("account.effective_match", MA, both(more_accounts(P, AccountFacts("", "198.%")), refused(1045))),
    ("account.locked", MY, both(account(locked=True), refused(3118))),
    ("account.locked", MA, account(locked=True)),
    ("account.password_expired", MY, account(expired=True)),
    ("account.password_expired", MA, account(lifetime=10, changed=1700000000)),
    ("account.tls_requirement", MY, both(account(tls=TLS_X509), refused(1045))),
    ("account.tls_requirement", MA, both(channel(tls=False), refused(1045))),
    ("account.plugin_usable", MY, both(account(plugins=("mysql_native_password",)), refused(1524))),
    ("account.plugin_usable", MA, both(account(plugins=("unix_socket",)), refused(1698))),
    ("account.replication_privilege", MY, both(account(privileges=()), lambda pair: pair.trial(may_replicate=False))),
    ("account.replication_privilege", MA, both(account(privileges=()), lambda pair: pair.trial(may_replicate=False))),
    ("account.role_only", MY, account(privileges=(), idle_privileges=("REPLICATION SLAVE",))),
    ("account.password", MY, refused(1045)),
    ("account.password", MA, refused(1045)),
    ("account.probe_login", MY, both(field(P, unreadable={"accounts": "denied"}), refused(1045))),
    ("account.channel_user", MY, channel(source_user="root")),
    ("account.password_expiry", MY, account(lifetime=90)),
    ("account.password_expiry", MA, both(account(lifetime=None), var(P, default_password_lifetime="30"))),
    ("account.plugin_deprecated", MY, account(plugins=("sha256_password",))),
    ("account.tls_not_required", MA, account(tls=TLS_NONE)),
    ("account.least_privilege", MY, account(privileges=("REPLICATION SLAVE", "SELECT"))),
    ("account.least_privilege", MA, account(objects=("practice",))),
    ("account.host_scope", MY, account(host="%")),
    ("account.duplicates", MY, more_accounts(P, OTHER)),
    ("account.anonymous", MA, more_accounts(R, AccountFacts("", "localhost"))),
    ("account.resource_limits", MY, account(max_connections_per_hour=5)),
    ("account.resource_limits", MA, account(max_connections=1)),
    ("account.on_candidates", MY, lambda pair: pair.having(R, accounts=(AccountFacts("root", "localhost"),))),
    ("account.sharing", MY, second_replica),
    ("account.unused", MY, more_accounts(P, AccountFacts("old", "%", privileges=("REPLICATION SLAVE",), tls=TLS_NONE))),
    ("account.login_untried", MA, lambda pair: pair.trial(untried="'pynacl' package is required")),
    ("account.privilege_checks_user", MY, channel(privilege_checks_user="'applier'@'localhost'")),
    ("net.source_down", MY, lambda pair: pair.refused(2003, "refused").without(P)),
    ("net.unreachable", MA, lambda pair: pair.without(R)),
    ("net.left_out", MY, lambda pair: pair.without(P, "it failed earlier", tried=False)),
    ("net.source_not_audited", MA, lambda pair: type(pair)(pair.name, {R: pair.servers[R]})),
    ("net.replicas_not_audited", MY, lambda pair: type(pair)(pair.name, {P: pair.servers[P]})),
    ("net.bind", MY, both(var(P, bind_address="127.0.0.1"), refused(2003))),
    ("net.offline_mode", MY, both(var(P, offline_mode="ON"), refused(3032))),
    ("net.bind", MA, both(var(P, skip_networking="ON"), refused(2003))),
    ("net.reachable", MY, refused(2003, "timed out")),
    ("net.name_resolution", MY, both(refused(2005), channel(resolution="unknown", source_host="primary", addresses=()))),
    ("net.host_blocked", MA, refused(1129)),
    ("net.host_blocked", MY, lambda pair: pair.having(P, blocked_hosts=(pair.servers[R].channels[0].own_address,))),
    ("net.connections_full", MA, refused(1040)),
    ("net.connections_headroom", MY, both(status(P, threads_connected="140"), var(P, max_connections="151"))),
    ("net.retry_budget", MY, channel(retry_count=10, connect_retry=60)),
    ("net.heartbeat_vs_timeout", MY, channel(heartbeat_period=0.0)),
    ("net.heartbeat_vs_timeout", MA, channel(heartbeat_period=60.0)),
    ("net.timeout_high", MA, var(R, replica_net_timeout="3600")),
    ("net.skip_name_resolve", MY, var(P, skip_name_resolve="OFF")),
    ("tls.disagreement", MY, both(refused(2026, "verify failed"), stopped_thread("receiver", 2026))),
    ("tls.require_transport", MY, both(var(P, require_secure_transport="ON"), channel(tls=False))),
    ("tls.sha2_cold_cache", MY, both(account(tls=TLS_NONE), channel(tls=False))),
    ("tls.channel_encrypted", MA, channel(tls=False)),
    ("tls.really_encrypted", MA, field(P, offers_tls=False)),
    ("tls.verify_identity", MY, channel(tls_verify=False)),
    ("tls.ca_readable", MY, channel(unreadable_files=("/etc/ca.pem",))),
    ("tls.cert_expiry", MY, status(P, ssl_server_not_after="Nov 30 10:00:00 2026 GMT")),
    (
        "tls.cert_not_loaded",
        MY,
        both(status(P, ssl_server_not_after="Mar 30 10:00:00 2027 GMT"), field(P, certificate_ends="2028-03-30 10:00:00")),
    ),
    ("tls.protocols", MA, var(P, tls_version="TLSv1.1,TLSv1.2")),
    ("replica.read_only", MA, var(R, read_only="OFF")),
    ("replica.super_read_only", MY, var(R, super_read_only="OFF")),
    ("primary.writable", MY, var(P, super_read_only="ON")),
    ("primary.writable", MA, var(P, read_only="ON")),
    ("primary.not_replicating", MY, second_channel),
    ("replica.source_correct", MY, both(refused(2005), channel(source_host="nowhere.invalid", addresses=(), resolution="unknown"))),
    (
        "replica.source_correct",
        MA,
        both(refused(2003), channel(source_port=3307, receiver=ThreadFacts("connecting", 2003, "refused"))),
    ),
    ("replica.source_forwarded", MA, channel(source_host="proxy", addresses=("203.0.113.9",))),
    ("replica.source_forwarded", MY, channel(source_host="proxy", addresses=("203.0.113.9",))),
    ("replica.wrong_source", MY, follows_third),
    ("replica.channel_set", MA, field(R, channels=())),
    ("replica.filters", MY, channel(filters=("Replicate_Do_DB=a",))),
    ("replica.skip_errors", MA, var(R, replica_skip_errors="1062")),
    ("replica.exec_mode", MY, var(R, replica_exec_mode="IDEMPOTENT")),
    ("replica.ddl_exec_mode", MA, var(R, replica_ddl_exec_mode="IDEMPOTENT")),
    ("replica.skip_counter", MA, channel(skip_counter=1)),
    ("replica.parallelism", MA, var(R, replica_parallel_workers="0")),
    ("replica.type_conversions", MY, var(R, replica_type_conversions="ALL_LOSSY")),
    ("replica.delay", MY, channel(delay=300)),
    ("replica.autostart", MY, var(R, skip_replica_start="ON")),
    ("replica.relay_purge", MY, var(R, relay_log_purge="OFF")),
    ("replica.relay_space_limit", MA, var(R, relay_log_space_limit="1000000")),
    ("replica.relay_log_name", MY, origin(R, "relay_log", "compiled default")),
    ("replica.ignore_server_ids", MA, channel(ignore_server_ids="7")),
    ("replica.skipped_events", MA, var(R, replicate_events_marked_for_skip="FILTER_ON_SLAVE")),
    ("replica.events_enabled", MY, both(field(R, enabled_events=("a.b",)), var(R, event_scheduler="ON"))),
    ("gtid.mode_on", MY, var(P, gtid_mode="OFF")),
    ("gtid.mode_transitional", MY, var(P, gtid_mode="ON_PERMISSIVE")),
    ("gtid.consistency", MY, var(P, enforce_gtid_consistency="WARN")),
    ("gtid.strict_mode", MA, var(R, gtid_strict_mode="OFF")),
    ("gtid.mode_uniform", MY, var(P, gtid_mode="OFF")),
    ("gtid.auto_position", MY, channel(position_by="file")),
    ("gtid.auto_position", MA, channel(position_by="file")),
    ("gtid.current_pos", MA, channel(position_by="current_pos")),
    ("gtid.errant", MY, own_gtid(R)),
    ("gtid.errant", MA, own_gtid(R)),
    ("gtid.position_behind", MA, both(stopped_thread("applier"), slave_pos(""))),
    ("gtid.position_behind", MA, both(stopped_thread("applier", 1950, "out-of-order"), slave_pos("5-3323170827-3"))),
    ("gtid.replica_ahead", MY, lost_history),
    ("gtid.replica_ahead", MA, lambda pair: pair.trial(rewritten=True)),
    ("gtid.passed_over", MY, left_out),
    ("gtid.passed_over", MA, left_out),
    ("gtid.purged_gap", MY, purged),
    ("gtid.purged_gap", MA, lambda pair: pair.trial(purged="the ones up to 0-1-7")),
    ("gtid.purged_gap", MA, purged_before_a_resting_channel),
    ("gtid.domain_layout", MA, var(R, gtid_domain_id="7")),
    ("gtid.position_table_engine", MA, schema(R, position_engines={"gtid_slave_pos": "Aria"})),
    ("gtid.anonymous", MY, channel(assigns_gtids="LOCAL")),
    ("gtid.anonymous_ongoing", MY, status(P, ongoing_anonymous_transaction_count="2")),
    (
        "gtid.fragmented",
        MY,
        gtids(P, gtid_executed="3e11fa47-71ca-11e1-9e33-c80aa9429562:" + ":".join(str(n) for n in range(1, 4003, 2))),
    ),
    ("gtid.ignores_duplicates", MA, var(R, gtid_ignore_duplicates="ON")),
    ("binlog.enabled", MY, var(P, log_bin="OFF")),
    ("binlog.replica_enabled", MA, var(R, log_bin="OFF")),
    ("binlog.format_row", MA, var(P, binlog_format="MIXED")),
    ("binlog.row_image", MY, var(P, binlog_row_image="MINIMAL")),
    ("binlog.checksum", MY, var(P, binlog_checksum="NONE")),
    ("binlog.verify_checksum", MA, var(R, replica_sql_verify_checksum="OFF")),
    ("binlog.replica_updates", MY, var(R, log_replica_updates="OFF")),
    ("binlog.retention_min", MY, var(P, binlog_expire_logs_seconds="3600")),
    ("binlog.retention_unbounded", MA, var(P, binlog_expire_logs_seconds="0", expire_logs_days="0")),
    ("binlog.auto_purge", MY, var(P, binlog_expire_logs_auto_purge="OFF")),
    (
        "binlog.retention_actual",
        MY,
        both(field(P, uptime=30 * 86400), lambda p: logs(P, oldest="binlog.000009", begun=int(p.servers[P].clock) - 3600)(p)),
    ),
    ("binlog.disk_share", MY, both(logs(P, size=10**12), field(P, disks=(Disk("/var/lib/mysql", 10**11, 2 * 10**12),)))),
    ("binlog.filters", MA, logs(P, ignore_db="scratch")),
    ("binlog.error_action", MY, var(P, binlog_error_action="IGNORE_ERROR")),
    ("binlog.purge_guard", MA, var(P, replica_connections_needed_for_purge="0")),
    ("binlog.max_packet_chain", MY, var(R, replica_max_allowed_packet="1024")),
    ("binlog.encryption", MY, var(P, binlog_encryption="OFF")),
    ("binlog.encryption", MA, var(P, encrypt_binlog="OFF")),
    ("binlog.annotate", MA, var(P, binlog_annotate_row_events="OFF")),
    ("binlog.unsafe_routines", MY, var(P, log_bin_trust_function_creators="ON", binlog_format="MIXED")),
    ("durability.sync_binlog", MA, var(P, sync_binlog="0")),
    ("durability.trx_commit", MY, var(P, innodb_flush_log_at_trx_commit="2")),
    ("durability.relay_recovery", MY, var(R, relay_log_recovery="OFF")),
    ("durability.source_info_repository", MY, var(R, source_info_repository="FILE")),
    ("durability.relay_log_info_repository", MY, var(R, relay_log_info_repository="FILE")),
    ("durability.preserve_order", MY, var(R, replica_preserve_commit_order="OFF")),
    ("durability.parallel_mode", MA, var(R, replica_parallel_mode="aggressive")),
    ("durability.doublewrite", MY, var(P, innodb_doublewrite="OFF")),
    ("durability.force_recovery", MA, var(P, innodb_force_recovery="3")),
    ("durability.redo_enabled", MY, status(P, innodb_redo_log_enabled="OFF")),
    (
        "durability.semisync_state",
        MA,
        both(var(P, rpl_semi_sync_source_enabled="ON"), status(P, rpl_semi_sync_source_status="OFF")),
    ),
    (
        "durability.semisync_clients",
        MY,
        both(var(P, rpl_semi_sync_source_enabled="ON"), status(P, rpl_semi_sync_source_clients="0")),
    ),
    ("durability.semisync_params", MA, var(P, rpl_semi_sync_source_enabled="ON", rpl_semi_sync_source_wait_point="AFTER_COMMIT")),
    ("durability.semisync_params", MY, var(P, rpl_semi_sync_source_enabled="ON", rpl_semi_sync_source_timeout="999999999")),
    ("drift.runtime_vs_file", MY, starts(P, "sync_binlog", "1", "0")),
    ("drift.runtime_vs_file", MA, starts(P, "bind_address", "*", "127.0.0.1")),
    ("drift.skip_log_bin", MY, starts(P, "log_bin", "binlog", "OFF")),
    ("drift.persisted_vs_runtime", MY, starts(P, "sync_binlog", "1", "0", layer="persisted value")),
    ("drift.persisted_shadows_file", MY, starts(P, "sync_binlog", "1", "1", layer="persisted value")),
    ("drift.persist_disabled", MY, both(var(P, persisted_globals_load="OFF"), field(P, persisted={"sync_binlog": "1"}))),
    ("drift.read_only_survives", MA, unset(R, "read_only")),
    ("drift.unset_at_next_start", MY, unset(P, "binlog_format")),
    ("drift.unset_at_next_start", MY, both(unset(P, "sync_binlog"), starts(P, "sync_binlog", "0", "1", COMPILED, ()))),
    ("drift.read_only_survives", MA, both(unset(R, "read_only"), starts(R, "read_only", "ON", "OFF", COMPILED, ()))),
    ("drift.unknown_option", MY, files(P, rejection="unknown variable 'expire_logs_days'")),
    ("drift.old_names", MY, files(P, names={"slave_net_timeout": "/etc/my.cnf line 3"})),
    ("drift.file_order", MA, starts(P, "sync_binlog", "1", "1", places=("/a line 1", "/b line 1"))),
    ("drift.file_problem", MA, files(P, problems=("/etc/x.cnf is not read",))),
    ("health.receiver", MY, stopped_thread("receiver")),
    ("health.receiver", MA, stopped_thread("receiver", 1236, "Could not find GTID state")),
    ("health.applier", MY, stopped_thread("applier", 1062, "Duplicate entry")),
    ("health.upstream", MY, lambda pair: pair.channel(receiver=ThreadFacts("off")).chained()),
    ("health.lag", MY, channel(lag=31)),
    ("health.lag_unknown", MY, both(channel(lag=None), stopped_thread("applier"))),
    ("health.lag_unknown", MA, channel(lag=0, receiver=ThreadFacts("connecting", 2003, "refused"))),
    ("health.backlog", MY, lambda pair: pair.channel(received=f"{pair.servers[P].server_uuid}:1-9000")),
    (
        "health.heartbeat_age",
        MY,
        both(
            channel(silent_for=500.0),
            lambda p: p.having(P, gtid={**p.servers[P].gtid, "gtid_executed": f"{p.servers[P].server_uuid}:1-9"}),
        ),
    ),
    ("health.stuck_transaction", MY, channel(applying_for=900.0)),
    ("health.retries", MA, channel(retries=5000)),
    ("health.relay_space", MY, channel(relay_log_size=10**12)),
    ("health.replica_count", MA, field(P, dump_threads=())),
    ("health.disk_free", MY, field(R, disks=(Disk("/var/lib/mysql", 10, 1000),))),
    ("health.channels_readable", MY, field(R, unreadable={"channels": "error 1227"})),
    ("health.sections_readable", MA, field(R, unreadable={"accounts": "error 1142"})),
    ("topo.variables_equal", MY, var(R, sql_mode="")),
    ("topo.promotion_equal", MA, var(R, max_connections="20")),
    ("topo.chained", MY, lambda pair: pair.chained()),
    ("topo.chained", MA, lambda pair: pair.chained()),
    ("topo.one_writer", MA, second_primary),
    ("topo.one_writer", MY, circle_of_writers()),
    ("topo.inventory_roles", MY, made_primary),
    ("topo.inventory_roles", MA, made_primary),
    ("gtid.errant", MY, both(field(R, channels=()), own_gtid(R))),
    ("gtid.errant", MA, both(field(R, channels=()), own_gtid(R))),
    ("topo.inventory_roles", MY, both(second_channel, field(R, channels=()))),
    ("topo.auto_increment_collision", MY, circle_of_writers()),
    ("topo.auto_increment_collision", MA, circle_of_writers(auto_increment_increment="2", auto_increment_offset="2")),
    ("topo.acyclic", MY, second_channel),
    ("topo.promotable", MY, channel(delay=3600)),
    ("topo.engines_equal", MA, field(R, engines=("InnoDB",))),
    ("topo.auto_increment", MY, var(P, auto_increment_increment="2")),
    ("schema.primary_key", MY, schema(P, without_key=TableCount(1, ("a.b",)))),
    ("schema.engine", MA, schema(P, not_transactional=TableCount(30, ("a.b",)))),
    ("schema.memory_tables", MY, schema(P, in_memory=TableCount(1, ("a.b",)))),
    ("schema.pk_enforced", MY, var(P, sql_require_primary_key="OFF")),
    ("mon.perf_schema", MA, var(R, performance_schema="OFF")),
    ("mon.error_log_verbosity", MY, var(P, log_error_verbosity="1")),
    ("mon.error_log_verbosity", MY, var(R, log_error_verbosity="2")),
    ("mon.log_warnings", MA, var(P, log_warnings="1")),
    ("mon.error_log_place", MY, var(P, log_error_services="")),
    ("mon.error_log_place", MA, var(R, log_error="/dev/null")),
    ("mon.error_log_suppressed", MY, var(P, log_error_suppression_list="MY-013360, my-010926")),
    ("mon.error_log_suppressed", MY, var(P, log_error_suppression_list="10914")),
    ("mon.error_log_suppressed", MY, var(P, log_error_suppression_list="ER_ACCESS_DENIED_ERROR_WITHOUT_PASSWORD")),
    ("mon.error_log_suppressed", MY, var(P, log_error_suppression_list="MY-010927")),
    ("mon.error_log_suppressed", MY, var(R, log_error_suppression_list="ER_ABORTING_USER_CONNECTION")),
]
#: Rules that have something small to say of a sound pair with its defaults.
SMALL = {
    *("account.host_scope", "tls.verify_identity", "net.skip_name_resolve", "binlog.encryption"),
    *("binlog.annotate", "schema.pk_enforced", "mon.perf_schema", "replica.ddl_exec_mode", "binlog.purge_guard"),
}


@pytest.mark.parametrize(("rule", "vendor", "change"), CASES, ids=[f"{rule} {vendor}" for rule, vendor, _change in CASES])
def test_the_rule_fires(rule, vendor, change, request):
    pair = request.getfixturevalue(vendor)
    fired = [finding for finding in change(pair).findings() if finding.rule == rule]
    assert fired
    assert all(one.evidence and one.cause and one.remedy and one.title and one.host for one in fired)


@pytest.mark.parametrize("rule", sorted(set(BY_ID) - SMALL))
def test_the_rule_is_quiet_on_a_sound_pair(rule, pair):
    assert list(BY_ID[rule].judge(pair.topology())) == []


def test_a_sound_pair_has_no_finding_of_medium_severity_or_above(pair):
    assert [finding for finding in pair.findings() if at_least(finding.severity, MEDIUM)] == []


@pytest.mark.parametrize("rule", ["topo.one_writer", "topo.auto_increment_collision"])
def test_a_circle_with_one_writer_has_one(rule, mysql):
    assert rule not in second_channel(mysql).rules()


def test_numbers_that_never_meet_do_not_collide(mysql):
    even = {"auto_increment_increment": "2", "auto_increment_offset": "2"}
    odd = {"auto_increment_increment": "2", "auto_increment_offset": "1"}
    assert "topo.auto_increment_collision" not in circle_of_writers(**even)(mysql).setting(R, **odd).rules()


def test_a_server_with_another_history_has_no_errant_transactions(mysql):
    strange = {"gtid_executed": f"{mysql.servers[R].server_uuid}:1-9", "gtid_purged": ""}
    assert "gtid.errant" not in mysql.having(R, channels=(), gtid=strange).rules()


def test_every_rule_has_a_case():
    assert {rule for rule, _vendor, _change in CASES} == set(BY_ID)


def test_rules_document_themselves():
    assert len(BY_ID) == len(RULES)
    for rule in RULES:
        assert rule.severity in SEVERITIES
        assert all((rule.title, rule.reason, rule.remedy, rule.manual)), rule.id


def test_option_files_of_a_server_elsewhere_are_not_guessed(mysql):
    away = mysql.having("replica", option_files=None, next_start={})
    assert not [rule for rule in away.rules() if rule.startswith("drift.")]


def found(pair, rule):
    return [one for one in pair.findings() if one.rule == rule]


def test_events_on_a_replica_are_not_why_an_applier_stops(mysql):
    runs = both(field(R, enabled_events=("a.b",)), var(R, event_scheduler="ON"), stopped_thread("applier", 1062, "Duplicate"))(
        mysql
    )
    (alone,) = found(runs, "health.applier")
    assert (alone.caused_by, "its own events run there (a.b)" in alone.cause, "DISABLE" in alone.remedy) == ("", True, True)
    assert "DISABLE" not in found(var(R, event_scheduler="OFF")(runs), "health.applier")[0].remedy
    (errant,) = found(own_gtid(R)(runs), "gtid.errant")
    assert "its own events did, which run there (a.b)" in errant.cause
    assert found(own_gtid(R)(runs), "health.applier")[0].caused_by == errant.key


def test_mariadb_is_not_told_of_empty_transactions(mysql, mariadb):
    for pair, is_told in ((mysql, True), (mariadb, False)):
        (errant,) = found(own_gtid(R)(pair), "gtid.errant")
        assert ("empty" in errant.remedy, "super_read_only" in errant.remedy) == (is_told, is_told)
        assert "FLUSH" in errant.cause
        assert errant.remedy.index("nothing to undo") < errant.remedy.index("rebuild_replica")
        assert "rebuild_replica" in errant.remedy


def test_what_a_server_in_a_chain_wrote_is_undone_on_all_that_have_it_before_the_primary_gets_it(mysql, mariadb):
    for pair in (mysql, mariadb):
        middle = own_gtid(R)(pair)
        (errant,) = found(middle.chained(), "gtid.errant")
        assert errant.host == R
        assert errant.evidence.endswith("is on replica, and not on primary; it went on to last")
        assert errant.peers == (P, "last")
        words = ("Undo that on each of replica, last (", "Only then write on primary what shall stay", "1062")
        assert all(word in errant.remedy for word in words)
        assert errant.remedy.index(words[0]) < errant.remedy.index(words[1])
        own = {**middle.chained().servers["last"].gtid, **pair.servers[R].gtid}
        (alone,) = found(middle.chained().having("last", gtid=own), "gtid.errant")
        assert alone.peers == (P,)


def test_a_chain_says_how_the_inventory_keeps_it(mysql):
    (chained,) = found(mysql.chained(), "topo.chained")
    assert (chained.host, chained.severity, chained.peers) == ("last", "info", (R,))
    assert chained.evidence == "last replicates from replica, and the inventory's primary is primary"
    address = mysql.servers[R].addresses[0]
    assert f"mysql_replication_source_host: {address} and mysql_replication_source_port: 3306 for last" in chained.remedy
    assert found(mysql.chained().having(R, role=""), "topo.chained") == []
    assert found(mysql.chained().without(P), "topo.chained")[0].evidence == chained.evidence
    for named, is_told in ((f"{address}:3306", False), (f"{address}:3307", True)):
        topology = replace(mysql.chained().topology(), named={"last": named})
        assert bool(list(BY_ID["topo.chained"].judge(topology))) == is_told


def test_what_the_end_of_a_chain_wrote_is_written_anew_on_the_primary(mysql, mariadb):
    for pair in (mysql, mariadb):
        (errant,) = found(own_gtid("last")(pair.chained()), "gtid.errant")
        assert errant.evidence.endswith("is on last, and not on replica")
        assert "Undo that on last (" in errant.remedy
        assert "Only then write on primary" in errant.remedy


@pytest.mark.parametrize(
    ("days", "severity", "date"), [(40, "medium", "2027-01-07"), (20, "high", "2026-12-18"), (3, "critical", "2026-12-01")]
)
def test_a_password_that_expires_names_the_day_and_gets_graver(mysql, days, severity, date):
    clock = 1795824000.0  # 2026-11-28 00:00:00 UTC
    near = account(lifetime=90, changed=int(clock) + (days - 90) * 86400)(mysql.having(P, clock=clock))
    (expiry,) = found(near, "account.password_expiry")
    assert (expiry.severity, date in expiry.evidence) == (severity, True)


@pytest.mark.parametrize(("here", "fires"), [("198.%", False), ("10.%", True)])
@pytest.mark.parametrize("lacks", [(), ("REPLICATION SLAVE",)])
def test_a_candidate_may_have_the_account_under_another_host(pair, here, fires, lacks):
    """What counts is whether those that would replicate from it could log in."""
    other = [
        replace(one, host=here, privileges=() if lacks else one.privileges)
        for one in pair.servers[P].accounts
        if one.user == "repl"
    ]
    rest = [one for one in pair.servers[R].accounts if one.user != "repl"]
    candidate = account(host="%")(pair).having(R, accounts=(*rest, *other))
    assert bool(found(candidate, "account.on_candidates")) == (fires or bool(lacks))


def test_accounts_for_one_address_each_are_enough_for_a_candidate(pair):
    """The candidate itself need not be let in there."""
    source, replica = pair.servers[P].addresses[0], pair.servers[R].channels[0].own_address
    rest = [one for one in pair.servers[R].accounts if one.user != "repl"]
    crossed = account(host=replica)(pair)
    (wanted,) = [one for one in crossed.servers[P].accounts if one.user == "repl"]
    assert not found(crossed.having(R, accounts=(*rest, replace(wanted, host=source))), "account.on_candidates")
    assert found(crossed.having(R, accounts=(*rest, replace(wanted, host="10.0.0.1"))), "account.on_candidates")


def test_an_anonymous_account_is_the_other_findings_matter_where_it_wins(mariadb):
    hidden = both(more_accounts(P, AccountFacts("", "198.%"), AccountFacts("", "localhost")), refused(1045))(mariadb)
    first = hidden.findings()[0]
    assert first.rule == "account.effective_match"
    assert {one.evidence: one.caused_by for one in found(hidden, "account.anonymous")} == {
        "''@'198.%'": first.key,
        "''@'localhost'": "",
    }


def test_that_no_replica_is_promotable_comes_of_what_it_lacks(mysql):
    (promotable,) = found(channel(filters=("Replicate_Do_DB=a",))(mysql), "topo.promotable")
    assert promotable.caused_by == "replica.filters@replica"


def test_that_the_next_start_opens_the_primary_comes_with_its_being_closed(mysql):
    closed = both(var(P, super_read_only="ON", read_only="ON"), starts(P, "read_only", "ON", "OFF"))(mysql)
    closed = starts(P, "super_read_only", "ON", "OFF")(closed)
    assert [one.caused_by for one in found(closed, "drift.runtime_vs_file")] == ["primary.writable@primary"]


def test_a_certificate_that_expires_and_is_renewed_on_disk_only_waits_for_its_loading(mysql):
    near = both(status(P, ssl_server_not_after="Nov 30 10:00:00 2026 GMT"), field(P, certificate_ends="2028-03-30 10:00:00"))(mysql)
    (expiry,) = found(near, "tls.cert_expiry")
    assert "RELOAD TLS" in expiry.remedy
    assert "Renew it" not in expiry.remedy
    assert [one.caused_by for one in found(near, "tls.cert_not_loaded")] == [expiry.key]
    assert not found(field(P, certificate_ends="2026-11-30 10:00:00")(near), "tls.cert_not_loaded")
    (earlier,) = found(field(P, certificate_ends="2026-11-29 10:00:00")(near), "tls.cert_not_loaded")
    assert (earlier.caused_by, "which ends earlier" in earlier.remedy) == ("", True)


@pytest.mark.parametrize("plugin", ["caching_sha2_password", "ed25519", "parsec"])
def test_a_plugin_of_the_other_vendor_is_found_without_a_trial(mariadb, plugin):
    untried = both(account(plugins=(plugin,)), field(P, plugins=(plugin,)))(mariadb.trial(untried="no PyNaCl"))
    assert not found(untried, "account.plugin_usable")
    assert found(field(R, product="MySQL 9.7.4")(untried), "account.plugin_usable")


def test_a_plugin_that_came_after_the_replica_s_version_is_found_before_it_reconnects(mariadb):
    """An older replica of MariaDB 11.8; ed25519 is as old as either."""
    for plugins, is_found in ((("parsec",), True), (("parsec", "mysql_native_password"), False), (("ed25519",), False)):
        untried = both(account(plugins=plugins), field(P, plugins=plugins))(mariadb.trial(untried="no such plugin", account=""))
        assert not found(untried, "account.plugin_usable"), plugins
        older = field(R, product="MariaDB 10.11.18")(untried)
        assert ["came with 11.6" in one.cause for one in found(older, "account.plugin_usable")] == [True] * is_found, plugins


def test_a_login_that_was_not_tried_says_why_and_what_the_account_asks_for(mysql):
    missing = "the client library cannot log in as the channel would: 'cryptography' package is required"
    (untried,) = found(mysql.trial(untried=missing), "account.login_untried")
    assert missing in untried.evidence
    assert "caching_sha2_password" in untried.evidence
    assert "python3-cryptography" in untried.remedy
    assert [one.severity for one in found(mysql.trial(untried=NOT_ASKED), "account.login_untried")] == ["info"]


def test_a_plugin_that_cannot_work_is_found_without_a_trial(mysql):
    untried = mysql.trial(untried="the stored password cannot be read by this login")
    assert found(account(plugins=("auth_socket",))(untried), "account.plugin_usable")


def test_a_variable_that_differs_is_named_in_the_headline(mysql):
    assert [one.title for one in found(var(R, sql_mode="")(mysql), "topo.variables_equal")] == [
        "sql_mode differs between source and replica"
    ]


def test_a_channel_without_a_name_is_the_default_one(mysql):
    (one,) = found(second_channel(mysql), "primary.not_replicating")
    assert one.evidence.startswith("the default channel, from ")


def test_an_origin_that_nobody_knows_is_left_out(mysql):
    unknown = both(origin(P, "sync_binlog", "unknown origin"), var(P, sync_binlog="0"))(mysql)
    assert [one.evidence for one in found(unknown, "durability.sync_binlog")] == ["sync_binlog = 0"]


def test_the_file_that_site_writes_is_meant_to_win(mysql):
    places = ("/etc/mysql/mysql.conf.d/mysqld.cnf line 31", "/etc/mysql/mysql.conf.d/zz-replication.cnf line 4")
    assert not found(starts(P, "bind_address", "*", "*", places=places)(mysql), "drift.file_order")
    assert found(starts(P, "bind_address", "*", "*", places=places[::-1])(mysql), "drift.file_order")


def test_what_was_set_to_its_default_is_not_lost(mysql):
    kept = both(unset(P, "sync_binlog"), starts(P, "sync_binlog", "1", "1", COMPILED, ()))(mysql)
    assert not [one.rule for one in kept.findings() if one.evidence.startswith("sync_binlog")]


def test_a_lost_setting_names_what_comes_instead(mysql):
    lost = both(unset(P, "sync_binlog"), starts(P, "sync_binlog", "0", "1", COMPILED, ()))(mysql)
    (finding,) = [one for one in lost.findings() if one.evidence.startswith("sync_binlog")]
    assert finding.rule == "drift.unset_at_next_start"
    assert finding.evidence.endswith("so the next start makes it 1")


def test_persisted_values_that_hide_the_file_are_one_finding(mysql):
    """However many there are; of medium severity only where the file says something else."""

    def persisted(name, value, in_files=None):
        return {name: NextStart(value, value, "persisted value", "", places=("/etc/my.cnf line 2",), in_files=in_files)}

    def shadowing(next_start):
        return found(mysql.having(P, next_start={**mysql.servers[P].next_start, **next_start}), "drift.persisted_shadows_file")

    agree = {**persisted("sync_binlog", "1"), **persisted("binlog_format", "ROW")}
    assert [(one.severity, one.evidence) for one in shadowing(agree)] == [("info", "agree: binlog_format, sync_binlog")]
    (finding,) = shadowing({**agree, **persisted("server_id", "7", in_files="8")})
    assert finding.severity == "medium"
    assert "server_id (persisted 7, /etc/my.cnf line 2 8)" in finding.evidence


def test_an_errant_transaction_is_told_beside_a_history_that_was_lost(mysql):
    """Whether the source had it before its reset, nobody can tell; to say nothing would hide it."""
    uuid = mysql.servers[R].server_uuid
    pair = lost_history(mysql)
    executed = f"{pair.servers[R].gtid['gtid_executed']},{uuid}:1-3"
    pair = pair.having(R, gtid={**pair.servers[R].gtid, "gtid_executed": executed})
    found = {one.rule: one.evidence for one in pair.findings()}
    assert "gtid.errant" not in found
    assert f"neither is {uuid}:1-3" in found["gtid.replica_ahead"]


class Read(dict):
    """Variables that remember which of them were asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.names = set()

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


def unwatched(pair):
    """What all rules together look at of a pair, and whose changes by others nobody would see."""
    servers = {name: replace(one, variables=Read(one.variables)) for name, one in pair.servers.items()}
    type(pair)(pair.name, servers, pair.unreadable).findings()
    return {name for one in servers.values() for name in one.variables.names & set(one.variables) - watched(one, ())}


def test_what_a_rule_judges_is_watched_for_changes_by_others(request):
    pairs = [change(request.getfixturevalue(vendor)) for _rule, vendor, change in CASES]
    assert set().union(*map(unwatched, pairs)) == {"system_time_zone"}
