# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads everything that there is to know of one server's replication, in a number of queries that does not grow. Never writes."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field, replace
from typing import Callable, Mapping, Optional, Sequence, TypeVar

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DISK_FULL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_facts import MOST_ACCOUNTS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.facts import Facts, VariableRow, facts_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model import snapshot as model
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.error_text import without_secrets
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import (
    SYSTEM_SCHEMAS_LISTED,
    TABLE_TYPES_LISTED,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_snapshot_host as host
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_snapshot_channels import channel_facts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess, find_process

T = TypeVar("T")

# Variables that hold what nobody shall see.
_SECRET = re.compile(r"(^|_)(password|passphrase|secret|secret_key|secret_id|token|auth)$")
# Cut off in the tables of variables; the GTID dialect's query gives them whole.
_LONG = ("gtid_executed", "gtid_purged", "gtid_binlog_state", "gtid_slave_pos", "gtid_current_pos", "gtid_binlog_pos")
_SHOWN_TABLES = 20
# The client's numbers for a connection that broke.
_GONE = (2006, 2013)
_STATUS_NAMES = (
    *("Uptime", "Threads_connected", "Max_used_connections", "Aborted_connects", "Ssl_server_not_after", "Slaves_connected"),
    *("Innodb_redo_log_enabled", "Ongoing_anonymous_transaction_count", "Slave_received_heartbeats", "Connection_errors_accept"),
)
_STATUS = (
    f"SHOW GLOBAL STATUS WHERE Variable_name IN ({', '.join(repr(name) for name in _STATUS_NAMES)})"
    " OR Variable_name LIKE 'Rpl\\_semi\\_sync%'"
)
# Two plain scans: a join of these tables takes MariaDB time that grows with the square of their number. And it opens each table
# for TABLE_CONSTRAINTS, but reads definitions alone for STATISTICS (observed on 11.8: 2.5 s instead of 0.15 s for 10,000 tables).
_TABLES = (
    "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES"
    f" WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED} AND TABLE_SCHEMA NOT IN {SYSTEM_SCHEMAS_LISTED}"
)
_KEYS = (
    "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.STATISTICS"
    f" WHERE INDEX_NAME = 'PRIMARY' AND SEQ_IN_INDEX = 1 AND TABLE_SCHEMA NOT IN {SYSTEM_SCHEMAS_LISTED}"
)
_POSITION_TABLES = (
    "SELECT TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES"
    " WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME LIKE 'gtid_slave_pos%'"
)
_EVENTS = f"""
SELECT CONCAT(EVENT_SCHEMA, '.', EVENT_NAME) AS name FROM information_schema.EVENTS
WHERE STATUS = 'ENABLED' AND EVENT_SCHEMA NOT IN {SYSTEM_SCHEMAS_LISTED} ORDER BY 1 LIMIT {_SHOWN_TABLES}
"""
# What a login without the privilege is shown less of, without an error.
_SHOWN_LESS = {
    model.PROCESSES: ("PROCESS", "connections of others"),
    model.SCHEMA: ("SELECT", "all tables"),
    model.EVENTS: ("EVENT", "all events"),
}
_OWN_PRIVILEGES = (
    "SELECT PRIVILEGE_TYPE AS name FROM information_schema.USER_PRIVILEGES WHERE REPLACE(GRANTEE, '''', '') = CURRENT_USER()"
)
_DUMP_THREADS = (
    "SELECT USER AS user, HOST AS host, TIME AS seconds FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'"
)
_ENGINES = "SELECT ENGINE AS name FROM information_schema.ENGINES WHERE SUPPORT IN ('YES', 'DEFAULT')"
_PLUGINS = "SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS WHERE PLUGIN_STATUS = 'ACTIVE'"
_TRANSACTIONAL = ("InnoDB", "RocksDB", "ROCKSDB", "NDBCLUSTER", "ndbcluster", "TokuDB")


@dataclass(frozen=True)
class Wish:
    """The module's options. ``name`` and ``role`` are what the inventory says; ``trial``: try each channel's login."""

    name: str
    role: str
    trial: bool


@dataclass
class _Reading:
    """One reading in progress: what could not be read is remembered with the reason."""

    session: Session
    facts: Facts
    unreadable: dict[str, str] = field(default_factory=dict)

    def section(self, name: str, read: Callable[[], T], otherwise: T) -> T:
        """What ``read`` gives, or ``otherwise`` where the server or the host refuses; a server that is gone refuses nothing."""
        try:
            return read()
        except ServerError as error:
            if error.errno in _GONE:
                raise
            full = f"{self.session.where} {model.WAITS_FOR_DISK}: " if error.errno in DISK_FULL else ""
            self.unreadable[name] = f"{full}error {error.errno}: {error.error}"
        except Refusal as refusal:
            self.unreadable[name] = refusal.cause
        return otherwise


def take_snapshot(session: Session, login: Login, wish: Wish) -> model.Snapshot:
    """The snapshot. Raises :class:`ServerError` only where not even the variables can be read, or the server goes away."""
    reading = _Reading(session, facts_for(session.dialect.version))
    rows = [reading.facts.server.variable(row) for row in session.rows(reading.facts.server.variables_query)]
    own = {row.name: row.value for row in rows}
    process = find_process(own["pid_file"], own["datadir"], own["hostname"], bool(login.socket))
    variables, origins = _under_todays_names(rows)
    persisted: dict[str, str] = reading.section(model.VARIABLES, lambda: observe_variables.persisted_values(session), {})
    # The replica's positions before anything of a source can move on: a source that is read later only has more.
    gtid = _gtid(session)
    # Uptime and clock are of this moment, however long the rest takes.
    taken_at = time.time()
    clock = session.rows("SELECT UNIX_TIMESTAMP(NOW(6)) AS clock, CURRENT_USER() AS login")[0]
    status = _status(session)
    channels: tuple[model.ChannelFacts, ...] = reading.section(
        model.CHANNELS, lambda: channel_facts(session, reading.facts.channels, login, wish.trial, process is not None), ()
    )
    at_run_time = [row.name for row in rows if row.origin.source == model.RUN_TIME]
    start = reading.section(
        model.OPTION_FILES, lambda: host.next_start(session, process, own, persisted, at_run_time), host.UNKNOWN_START
    )
    reading.unreadable.update(_shown_less(session))
    if process is None:
        reading.unreadable[model.OPTION_FILES] = "the server does not run on the host that this was read on"
    return model.Snapshot(
        name=wish.name or own["hostname"],
        role=wish.role,
        product=str(session.dialect.version),
        hostname=own["hostname"],
        server_id=int(own["server_id"]),
        server_uuid=own.get("server_uuid", ""),
        port=int(own["port"]),
        taken_at=taken_at,
        clock=float(clock["clock"] or 0),
        uptime=int(status.get("uptime", "0")),
        addresses=host.addresses(process),
        variables=variables,
        spelled=_spelled(rows),
        origins=origins,
        persisted={modern_name(name): _shown(name, value) for name, value in persisted.items()},
        persisted_origins={modern_name(name): one for name, one in host.persisted_by(process, own).items() if name in persisted},
        next_start={modern_name(name): one for name, one in start.variables.items()},
        option_files=start.files,
        binary_logs=_binary_logs(reading, own, process),
        gtid=gtid,
        offers_tls=session.value(session.dialect.tls_query) == "1",
        certificate_ends=host.certificate_ends(process, own),
        accounts=reading.section(model.ACCOUNTS, lambda: _accounts(reading, own), ()),
        channels=channels,
        replicas=reading.section(model.REPLICAS, lambda: _replicas(reading), ()),
        dump_threads=reading.section(model.PROCESSES, lambda: _dump_threads(session), ()),
        status=status,
        blocked_hosts=reading.section("blocked_hosts", lambda: _names(session, reading.facts.server.blocked_query), ()),
        schema=reading.section(model.SCHEMA, lambda: _schema(session), None),
        enabled_events=reading.section(model.EVENTS, lambda: _names(session, _EVENTS), ()),
        engines=reading.section("engines", lambda: _names(session, _ENGINES), ()),
        plugins=reading.section(model.PLUGINS, lambda: _names(session, _PLUGINS), ()),
        disks=host.disks(process, own),
        error_log=reading.section(model.ERROR_LOG, lambda: _error_log(reading, process, own), ()),
        on_host=process is not None,
        service=process.service if process else "",
        login=clock["login"] or "",
        unreadable=reading.unreadable,
    )


def _under_todays_names(rows: Sequence[VariableRow]) -> tuple[dict[str, str], dict[str, model.Origin]]:
    variables: dict[str, str] = {}
    origins: dict[str, model.Origin] = {}
    for row in rows:
        name = modern_name(row.name)
        if row.name in _LONG or (row.name != name and name in variables):
            continue  # MySQL has some variables under their old name too
        variables[name] = _shown(row.name, row.value)
        if row.origin.source != model.COMPILED or row.origin.set_by:
            origins[name] = row.origin
    return variables, origins


def _spelled(rows: Sequence[VariableRow]) -> dict[str, str]:
    names = {row.name for row in rows}
    return {modern_name(name): name for name in sorted(names) if modern_name(name) not in names}


def _shown_less(session: Session) -> dict[str, str]:
    """Sections that are shorter than they should be; privileges that a role brings are not seen here, and count as missing."""
    held = _names(session, _OWN_PRIVILEGES)
    return {
        section: f"the login lacks {privilege} on *.*, and so is not shown {what}"
        for section, (privilege, what) in _SHOWN_LESS.items()
        if privilege not in held
    }


def _shown(name: str, value: str) -> str:
    return model.HIDDEN if value and _SECRET.search(name) else value


def _gtid(session: Session) -> dict[str, str]:
    return {name: (value or "").replace("\n", "") for name, value in session.rows(session.dialect.gtid.query)[0].items()}


def _status(session: Session) -> dict[str, str]:
    """Under names in lower case and today's words."""
    return {_modern(str(row["Variable_name"])): row["Value"] or "" for row in session.rows(_STATUS)}


def _modern(name: str) -> str:
    return "_".join({"master": "source", "slave": "replica", "slaves": "replicas"}.get(w, w) for w in name.lower().split("_"))


def _binary_logs(reading: _Reading, own: Mapping[str, str], process: Optional[ServerProcess]) -> Optional[model.BinaryLogs]:
    if own.get("log_bin") != "ON":
        return None

    def read() -> Optional[model.BinaryLogs]:
        observe_variables.refuse_full_disk(reading.session)
        logs = reading.session.rows("SHOW BINARY LOGS")
        position = (reading.session.rows(reading.facts.server.position_query) or [{}])[0]
        if not logs:
            return None
        begin = reading.facts.server.begin_of_log(logs[0]["Log_name"] or "")
        return model.BinaryLogs(
            count=len(logs),
            size=sum(int(log["File_size"] or 0) for log in logs),
            oldest=logs[0]["Log_name"] or "",
            newest=logs[-1]["Log_name"] or "",
            position=int(position.get("Position") or 0),
            do_db=position.get("Binlog_Do_DB") or "",
            ignore_db=position.get("Binlog_Ignore_DB") or "",
            begun=host.begun(process, own, logs[0]["Log_name"] or ""),
            begins_at=(reading.session.value(begin) or "") if begin else "",
        )

    return reading.section(model.BINARY_LOGS, read, None)


def _accounts(reading: _Reading, own: Mapping[str, str]) -> tuple[model.AccountFacts, ...]:
    dialect = reading.facts.accounts
    rows = {name: reading.session.rows(query) for name, query in dialect.queries.items()}
    if len(rows["accounts"]) == MOST_ACCOUNTS:
        reading.unreadable[model.ACCOUNTS] = f"there are {MOST_ACCOUNTS} accounts or more, and no more than these are read"
    return dialect.parse(rows, own, reading.session.dialect.accounts.privilege_aliases)


def _replicas(reading: _Reading) -> tuple[model.RegisteredReplica, ...]:
    dialect = reading.facts.server
    return tuple(dialect.replica(row) for row in reading.session.rows(dialect.replicas_query))


def _dump_threads(session: Session) -> tuple[model.DumpThread, ...]:
    return tuple(
        model.DumpThread(row["user"] or "", (row["host"] or "").rpartition(":")[0] or (row["host"] or ""), int(row["seconds"] or 0))
        for row in session.rows(_DUMP_THREADS)
    )


def _schema(session: Session) -> model.Schema:
    rows = session.rows(_TABLES)
    keyed = {(row["db"], row["name"]) for row in session.rows(_KEYS)}
    engines = {str(row["name"]): row["engine"] or "" for row in session.rows(_POSITION_TABLES)}

    def counted(kind: Callable[[Mapping[str, Optional[str]]], bool]) -> model.TableCount:
        names = sorted(f"{row['db']}.{row['name']}" for row in rows if kind(row))
        return model.TableCount(len(names), tuple(names[:_SHOWN_TABLES]))

    return model.Schema(
        tables=len(rows),
        without_key=counted(lambda row: (row["db"], row["name"]) not in keyed),
        not_transactional=counted(lambda row: row["engine"] not in (*_TRANSACTIONAL, "MEMORY")),
        in_memory=counted(lambda row: row["engine"] == "MEMORY"),
        position_engines=engines,
    )


def _names(session: Session, query: str) -> tuple[str, ...]:
    return tuple(sorted(next(iter(row.values())) or "" for row in session.rows(query)))


def _error_log(reading: _Reading, process: Optional[ServerProcess], own: Mapping[str, str]) -> tuple[model.LogLine, ...]:
    query = reading.facts.server.error_log_query
    if query:
        rows = reading.session.rows(query)
        lines = tuple(model.LogLine(row["at"] or "", row["priority"] or "", row["text"] or "") for row in reversed(rows))
    else:
        lines = host.error_log(process, own)
    return tuple(replace(line, text=without_secrets(line.text)) for line in lines)
