# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Option files, persisted values and run time: what the next start would change."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OWN_FILE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    COMPILED,
    FILE,
    OPTION_FILES,
    PERSISTED,
    RUN_TIME,
    VARIABLES,
    NextStart,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import OFF
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import keeps_longer, requirements
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rules, setting
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(OPTION_FILES)
_SITE = "Run the playbook site: it makes run time and option file agree."

#: Variables on which replication depends: for these a surprise at the next start is grave.
WATCHED = frozenset(
    {
        *("server_id", "log_bin", "binlog_format", "binlog_row_image", "binlog_expire_logs_seconds", "sync_binlog", "gtid_mode"),
        *("enforce_gtid_consistency", "gtid_strict_mode", "gtid_domain_id", "log_replica_updates", "read_only", "super_read_only"),
        *("innodb_flush_log_at_trx_commit", "relay_log", "relay_log_recovery", "replica_parallel_workers", "report_host"),
        *("replica_preserve_commit_order", "replica_parallel_mode", "bind_address", "skip_networking", "replica_skip_errors"),
        *("replica_exec_mode", "max_allowed_packet", "require_secure_transport", "port", "datadir", "lower_case_table_names"),
        *("skip_replica_start", "max_connections", "skip_name_resolve", "event_scheduler", "sql_mode"),
    }
)
_FATAL = frozenset({"server_id", "log_bin", "gtid_mode", "bind_address", "skip_networking", "port"})


def _changes(server: Snapshot) -> Iterator[tuple[str, NextStart]]:
    """The watched variables that files, persisted values or the command line change at the next start."""
    changing = {name: one for name, one in server.next_start.items() if one.layer != COMPILED and one.value not in (None, one.now)}
    if "read_only" in changing:
        changing.pop("super_read_only", None)  # turning the one off turns the other off too
    yield from ((name, changing[name]) for name in sorted(WATCHED.intersection(changing)))


def _is_kept(server: Snapshot, name: str) -> bool:
    after = server.next_start.get(name)
    return after is not None and (after.layer != COMPILED or after.value == after.now)


def enforced(server: Snapshot) -> frozenset[str]:
    """What site sees to by itself; what the inventory wants besides, a snapshot does not tell."""
    return frozenset(one.name for one in requirements(server.role, server.server_id, ""))


def _way_out(server: Snapshot, name: str, after: NextStart) -> str:
    """What makes the two agree, where it is not simply site; empty where it is."""
    requirement = {one.name: one for one in requirements(server.role, server.server_id, "")}.get(name)
    called = server.own_name(name)
    if requirement is None:
        return f"Change it there ({after.where}), or set {called} back at run time; or {_declared(called)}"
    accepts = requirement.accepts
    if accepts is None or not all(value is not None and accepts(value) for value in (after.now, after.value)):
        return ""
    if after.static:
        return f"Change it back there ({after.where}), or restart the server: to the playbook site either value is good."
    if after.value and keeps_longer(name, after.now, after.value):
        return f"Set {called} back at run time, once no replica needs the logs; or, to keep it, {_declared(called)}"
    return f"{_SITE} To it either value is good: to keep that of now, first say so in mysql_replication_settings."


def _declared(name: str) -> str:
    return f"say in mysql_replication_settings what it shall be, and run the playbook site, which leaves {name} alone otherwise."


def _is_open(value: str | None) -> bool:
    return value in (None, "", "*", "0.0.0.0", "::")


@RULES.rule(
    "drift.runtime_vs_file",
    HIGH,
    "The next start changes what replication depends on",
    reason="What was set at run time, or edited in a file, takes another value when the server starts again, at the worst moment.",
    remedy=_SITE,
    manual="Using System Variables; Using Option Files",
)
def runtime_vs_file(topology: Topology) -> Iterator[Found]:
    """The value that wins at the next start, from files or the command line, and the one of now."""
    for server in topology.all():
        for name, after in _changes(server):
            if after.layer == PERSISTED or (name == "log_bin" and after.value == OFF):
                continue
            if name == "bind_address" and _is_open(after.value) and _is_open(after.now):
                continue
            yield Found(
                server.name,
                f"{setting(server, name)}; {after.where} says {after.value or 'nothing'}",
                cause=f"{server.own_name(name)} was set at run time, or the other place was edited, since {server.name} started",
                remedy=_way_out(server, name, after),
                severity=CRITICAL if name in _FATAL else "",
                subject=name,
                variable=name,
                is_drift=True,
            )


@RULES.rule(
    "drift.skip_log_bin",
    CRITICAL,
    "The next start turns the binary log off",
    reason="From then on nothing is replicated, and receivers stop.",
    remedy="Take skip-log-bin or disable-log-bin out of the file (playbook site).",
    manual="log_bin",
)
def skip_log_bin(topology: Topology) -> Iterator[Found]:
    """The line that wins."""
    for server in topology.all():
        after = server.next_start.get("log_bin")
        if after is not None and after.value == OFF and after.now != OFF:
            yield Found(server.name, f"{after.where} turns it off")


@RULES.rule(
    "drift.persisted_vs_runtime",
    HIGH,
    "A persisted value waits for the next start",
    reason="It goes before option files and command line, and differs from what the server runs with.",
    remedy=f"RESET PERSIST for the variable, or set it at run time too. {_SITE}",
    manual="Persisted System Variables; observed on 9.7",
    needs=(VARIABLES,),
)
def persisted_vs_runtime(topology: Topology) -> Iterator[Found]:
    """MySQL only."""
    for server in topology.all():
        for name, after in _changes(server):
            if after.layer == PERSISTED:
                evidence = f"{setting(server, name)}; persisted is {after.value}"
                grave = CRITICAL if name in _FATAL else ""
                cause = f"somebody ran SET PERSIST_ONLY {name}, or set it at run time after it was persisted"
                remedy = (
                    "" if name in enforced(server) else f"RESET PERSIST {name}, or set it at run time too; or {_declared(name)}"
                )
                yield Found(
                    server.name, evidence, cause=cause, remedy=remedy, severity=grave, subject=name, variable=name, is_drift=True
                )


@RULES.rule(
    "drift.persisted_shadows_file",
    MEDIUM,
    "A persisted value hides the option file's",
    reason="Whoever edits the file wonders why nothing changes.",
    remedy="RESET PERSIST for them (site does it for what it enforces, with mysql_replication_persist option_file), or take them"
    " out of the file.",
    manual="Persisted System Variables",
    needs=(VARIABLES, OPTION_FILES),
)
def persisted_shadows_file(topology: Topology) -> Iterator[Found]:
    """Both are there, for variables that matter; where they agree, it is no more than a hint."""
    for server in topology.all():
        shadowed = {
            name: after
            for name, after in sorted(server.next_start.items())
            if after.layer == PERSISTED and after.places and name in WATCHED
        }
        if not shadowed:
            continue
        differ = [f"{name} (persisted {a.value}, {a.places[-1]} {a.in_files})" for name, a in shadowed.items() if a.in_files]
        agree = [name for name, after in shadowed.items() if not after.in_files]
        parts = [f"differ: {', '.join(differ)}"] * bool(differ) + [f"agree: {', '.join(agree)}"] * bool(agree)
        yield Found(server.name, "; ".join(parts), severity="" if differ else INFO)


@RULES.rule(
    "drift.persist_disabled",
    HIGH,
    "Persisted values are not read",
    reason="SET PERSIST seems to work, and is forgotten at the next start.",
    remedy="Take persisted_globals_load = OFF out of the option file, or RESET PERSIST and use the file.",
    manual="persisted_globals_load",
    needs=(VARIABLES,),
)
def persist_disabled(topology: Topology) -> Iterator[Found]:
    """Only where something is persisted."""
    for server in topology.all():
        if server.value("persisted_globals_load") == "OFF" and server.persisted:
            yield Found(
                server.name, f"{setting(server, 'persisted_globals_load')}; persisted: {', '.join(sorted(server.persisted))}"
            )


@RULES.rule(
    "drift.read_only_survives",
    HIGH,
    "A replica starts writable",
    reason="read_only was set at run time only: after a reboot applications can write there.",
    remedy=_SITE,
    manual="read_only",
)
def read_only_survives(topology: Topology) -> Iterator[Found]:
    """Neither file nor persisted value keeps it; only where the option files were read."""
    for server in topology.replicas():
        if server.option_files is None or server.role == "primary":
            continue
        for name in ("read_only", "super_read_only"):
            if server.value(name) == "ON" and not _is_kept(server, name):
                evidence = f"{setting(server, name)}; no option file or persisted value sets it"
                yield Found(server.name, evidence, subject=name, variable=name, is_drift=True)
                break


@RULES.rule(
    "drift.unset_at_next_start",
    MEDIUM,
    "A setting would be lost at the next start",
    reason="It was made at run time, and nothing keeps it.",
    remedy=_SITE,
    manual="Using System Variables",
)
def unset_at_next_start(topology: Topology) -> Iterator[Found]:
    """Set at run time, and neither in a file nor persisted: one of the variables that replication depends on."""
    for server in topology.all():
        if server.option_files is None:
            continue
        for name in sorted(WATCHED - {"read_only", "super_read_only"}):
            origin = server.origins.get(name)
            if origin is not None and origin.source == RUN_TIME and not _is_kept(server, name):
                after = server.next_start.get(name)
                evidence = f"{setting(server, name)}; no option file or persisted value sets it"
                evidence += f", so the next start makes it {after.value or 'empty'}" if after else ""
                called = server.own_name(name)
                remedy = "" if name in enforced(server) else f"Set {called} back at run time; or, to keep it, {_declared(called)}"
                yield Found(server.name, evidence, remedy=remedy, subject=name, variable=name, is_drift=True)


@RULES.rule(
    "drift.unknown_option",
    HIGH,
    "The server would not start with its option files",
    reason="The server's own binary refuses them: an option that this version no longer has, or a value that it does not take.",
    remedy="Mend or remove the line before the next restart.",
    manual="Server Configuration Validation",
)
def unknown_option(topology: Topology) -> Iterator[Found]:
    """Asked only where a file was changed since the start."""
    for server in topology.all():
        if server.option_files is not None and server.option_files.rejection:
            yield Found(server.name, server.option_files.rejection)


@RULES.rule(
    "drift.old_names",
    LOW,
    "Option files use names that are going away",
    reason="From MySQL 8.0.26 on the names with master and slave are old; a later version will not start with them.",
    remedy="Use the names with source and replica.",
    manual="Replication Options and Variables",
)
def old_names(topology: Topology) -> Iterator[Found]:
    """Only where the server has the new name."""
    for server in topology.all():
        if server.option_files is None or server.value("replica_exec_mode") is None or not server.server_uuid:
            continue
        old = {name: place for name, place in server.option_files.names.items() if {"slave", "master"} & set(name.split("_"))}
        if old:
            evidence = ", ".join(f"{name} ({place})" for name, place in sorted(old.items()))
            yield Found(server.name, evidence)


@RULES.rule(
    "drift.file_order",
    LOW,
    "Two lines of the option files set one variable",
    reason="The last one wins, and nobody sees it.",
    remedy="Keep one of them.",
    manual="Using Option Files",
)
def file_order(topology: Topology) -> Iterator[Found]:
    """A variable that replication depends on. Not where the file that site writes wins: it is meant to override, and says so."""
    for server in topology.all():
        for name, after in sorted(server.next_start.items()):
            is_ours = bool(after.places) and f"/{OWN_FILE} " in after.places[-1]
            if name in WATCHED and len(after.places) > 1 and after.layer == FILE and not is_ours:
                yield Found(server.name, f"{name}: {', '.join(after.places)}", subject=name)


@RULES.rule(
    "drift.file_problem",
    MEDIUM,
    "Part of an option file is not read",
    reason="The server passes over it with no more than a warning, so settings may be missing.",
    remedy="Mend what the message names.",
    manual="Using Option Files",
)
def file_problem(topology: Topology) -> Iterator[Found]:
    """Files that are missing, unreadable or writable for everybody."""
    for server in topology.all():
        for problem in server.option_files.problems if server.option_files else ():
            yield Found(server.name, problem, subject=problem)
