# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family words its replication channels: statements, option keywords, status columns."""

from __future__ import annotations

import re
from typing import Mapping, NamedTuple, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    CONNECTING,
    OFF,
    ON,
    Channel,
    Coordinates,
    Options,
    OptionValue,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.error_text import without_secrets
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import (
    Sql,
    joined,
    literal,
    sql,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

# "REPLICATION SLAVE ADMIN" is another privilege.
_REPLICATION_SLAVE = re.compile(r"^GRANT (.*, )?(ALL PRIVILEGES|REPLICATION (SLAVE|REPLICA))(, .*)? ON \*\.\* TO ")

RECEIVER = "receiver"
APPLIER = "applier"
BOTH = "both"

Row = Mapping[str, Optional[str]]


class OptionSyntax(NamedTuple):
    """``keyword`` in the CHANGE statement, ``column`` of the status, and which thread must rest to change it."""

    keyword: str
    column: str
    part: str


class ChannelDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    #: Queries whose rows :meth:`parse` takes, by name.
    queries: Mapping[str, str]
    option_syntax: Mapping[str, OptionSyntax]
    #: The longest password that a channel can store, in characters.
    longest_password: int
    #: Whether a source's certificate can be verified without a CA, by the password that both know.
    verifies_without_ca: bool
    #: A query of the columns ``name`` and ``password`` for the stored passwords; empty where SQL cannot read them.
    passwords_query: str
    #: A query whose rows :meth:`may_replicate` reads.
    privilege_probe: str
    #: A query of the columns ``File`` and ``Position``: where the server's own binary log ends.
    log_position_query: str
    #: What the list of processes says of a thread that waits for disk space.
    disk_wait: str
    #: Statements on a replica after which a channel leaves out no server's transactions.
    heed_all: str
    #: For a session of the source: parallel appliers begin what it writes when all before it is there.
    in_turn: Sql

    def parse(self, rows: Mapping[str, Sequence[Row]], passwords: Mapping[str, str]) -> tuple[Channel, ...]:
        """Channels from the rows of :attr:`queries` and the stored passwords by channel name."""

    def change(self, channel: str, options: Options) -> Sql:
        """Sets these options."""

    def start(self, channel: str, part: str) -> Sql:
        """Starts the receiver, the applier or both."""

    def stop(self, channel: str, part: str) -> Sql:
        """Stops the receiver, the applier or both."""

    def remove(self, channel: str) -> Sql:
        """Forgets the channel."""

    def must_rest(self, options: Options) -> frozenset[str]:
        """Which threads must be stopped to change these options."""

    def password_file(self, channel: str) -> str:
        """The file in the data directory that holds the channel's password; empty where there is none."""

    def stored_password(self, text: str) -> str:
        """The password in the text of :meth:`password_file`."""

    def may_replicate(self, probe: Optional[Sequence[Row]]) -> bool:
        """Whether the account has REPLICATION SLAVE; ``probe`` is ``None`` if the server refused the probe."""


_THREAD_STATES = {"Yes": ON, "No": OFF, "Connecting": CONNECTING, "Preparing": CONNECTING}
_COMMON = {
    "source_host": ("HOST", RECEIVER),
    "source_port": ("PORT", RECEIVER),
    "source_user": ("USER", RECEIVER),
    "source_password": ("PASSWORD", RECEIVER),
    "connect_retry": ("CONNECT_RETRY", RECEIVER),
    "heartbeat_period": ("HEARTBEAT_PERIOD", RECEIVER),
    "source_log_file": ("LOG_FILE", BOTH),
    "source_log_pos": ("LOG_POS", BOTH),
    "delay": ("DELAY", APPLIER),
    "tls": ("SSL", RECEIVER),
    "tls_verify": ("SSL_VERIFY_SERVER_CERT", RECEIVER),
    "tls_ca": ("SSL_CA", RECEIVER),
    "tls_cert": ("SSL_CERT", RECEIVER),
    "tls_key": ("SSL_KEY", RECEIVER),
}


def _thread(row: Row, running: str, prefix: str) -> Thread:
    state = _THREAD_STATES.get(row[running] or "", CONNECTING)
    return _told(state, row[f"Last_{prefix}_Errno"], row[f"Last_{prefix}_Error"])


def _told(state: str, errno: Optional[str], error: Optional[str]) -> Thread:
    return Thread(state, int(errno or 0), without_secrets(error or ""))


_NUMBER = re.compile("[0-9]+")


def _coordinates(file: Optional[str], position: Optional[str]) -> Optional[Coordinates]:
    return Coordinates(file, int(position or 0)) if file else None


def _filters(row: Row) -> tuple[str, ...]:
    """The columns of the status that name what is left out, or taken alone; not the one of servers whose events are ignored."""
    filters = {name: value for name, value in row.items() if name.startswith("Replicate_") and value}
    return tuple(f"{name}={value}" for name, value in filters.items() if name != "Replicate_Ignore_Server_Ids")


def _ignored_servers(row: Row) -> tuple[int, ...]:
    return tuple(map(int, _NUMBER.findall(row["Replicate_Ignore_Server_Ids"] or "")))


def _typed(text: Optional[str], like: OptionValue) -> OptionValue:
    value = text or ""
    if isinstance(like, bool):
        return value.upper() in ("1", "YES", "ON", "SLAVE_POS", "CURRENT_POS")
    if isinstance(like, int):
        return int(value or 0)
    if isinstance(like, float):
        return float(value or 0)
    return value


#: One value of each option's type.
OPTION_TYPES: Options = {
    "source_host": "",
    "source_port": 0,
    "source_user": "",
    "source_password": Secret(""),
    "auto_position": False,
    "connect_retry": 0,
    "retry_count": 0,
    "heartbeat_period": 0.0,
    "delay": 0,
    "tls": False,
    "tls_verify": False,
    "tls_ca": "",
    "tls_cert": "",
    "tls_key": "",
    "get_public_key": False,
    "source_log_file": "",
    "source_log_pos": 0,
}


def _options(row: Row, syntax: Mapping[str, OptionSyntax]) -> dict[str, OptionValue]:
    return {
        name: _typed(row[option.column], OPTION_TYPES[name])
        for name, option in syntax.items()
        if option.column and option.column in row
    }


def _rendered(value: OptionValue) -> Sql:
    if isinstance(value, Secret):
        return sql(value)
    if isinstance(value, bool):
        return sql(str(int(value)))
    if isinstance(value, (int, float)):
        return sql(str(value))
    return sql(literal(value))


def _assignments(options: Options, syntax: Mapping[str, OptionSyntax]) -> Sql:
    return joined(", ", [sql(f"{syntax[name].keyword} = ", _rendered(value)) for name, value in options.items()])


class MySQLChannels:
    """MySQL 8.0 to 26: the old words until 8.0.23 (CHANGE) and 8.0.22 (the rest), the new ones from then on."""

    longest_password = 32  # Manual, "CHANGE REPLICATION SOURCE TO": SOURCE_PASSWORD; more is error 3056.
    verifies_without_ca = False
    # Manual, "replica_parallel_workers": a transaction waits for those that were committed before it began to commit.
    in_turn = sql("DO 0")
    passwords_query = "SELECT Channel_name AS name, User_password AS password FROM mysql.slave_master_info"

    def __init__(self, version: ServerVersion) -> None:
        modern = version.at_least(8, 0, 23)
        self._noun = "REPLICA" if version.at_least(8, 0, 22) else "SLAVE"
        self._change = "CHANGE REPLICATION SOURCE TO" if modern else "CHANGE MASTER TO"
        prefix = "SOURCE" if modern else "MASTER"
        words = {name: f"{prefix}_{word}" for name, (word, _part) in _COMMON.items()}
        columns = {
            "source_host": "HOST",
            "source_port": "PORT",
            "source_user": "USER",
            "connect_retry": "CONNECTION_RETRY_INTERVAL",
            "heartbeat_period": "HEARTBEAT_INTERVAL",
            "delay": "DESIRED_DELAY",
            "tls": "SSL_ALLOWED",
            "tls_verify": "SSL_VERIFY_SERVER_CERTIFICATE",
            "tls_ca": "SSL_CA_FILE",
            "tls_cert": "SSL_CERTIFICATE",
            "tls_key": "SSL_KEY",
        }
        self.option_syntax: Mapping[str, OptionSyntax] = {
            **{name: OptionSyntax(words[name], columns.get(name, ""), part) for name, (_word, part) in _COMMON.items()},
            "auto_position": OptionSyntax(f"{prefix}_AUTO_POSITION", "AUTO_POSITION", BOTH),
            "retry_count": OptionSyntax(f"{prefix}_RETRY_COUNT", "CONNECTION_RETRY_COUNT", RECEIVER),
            "get_public_key": OptionSyntax(f"GET_{prefix}_PUBLIC_KEY", "GET_PUBLIC_KEY", RECEIVER),
        }
        # Manual, "SHOW REPLICAS": needs REPLICATION SLAVE, whether held directly or through an active role.
        self.heed_all = f"STOP {self._noun}; {self._change} IGNORE_SERVER_IDS = ()"
        self.privilege_probe = "SHOW REPLICAS" if version.at_least(8, 0, 22) else "SHOW SLAVE HOSTS"
        self.log_position_query = "SHOW BINARY LOG STATUS" if version.at_least(8, 2) else "SHOW MASTER STATUS"
        self.disk_wait = "Waiting for disk space"
        self.queries: Mapping[str, str] = {
            "status": f"SHOW {self._noun} STATUS",
            "configuration": "SELECT c.*, a.DESIRED_DELAY"
            " FROM performance_schema.replication_connection_configuration c"
            " JOIN performance_schema.replication_applier_configuration a USING (CHANNEL_NAME)",
            "worker_errors": "SELECT CHANNEL_NAME, LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE"
            " FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0",
        }

    def parse(self, rows: Mapping[str, Sequence[Row]], passwords: Mapping[str, str]) -> tuple[Channel, ...]:
        """See :class:`ChannelDialect`; the columns of SHOW REPLICA STATUS got their new names in 8.0.22."""
        configuration = {row["CHANNEL_NAME"]: row for row in rows["configuration"]}
        workers = {row["CHANNEL_NAME"]: row for row in rows["worker_errors"]}
        old = self._noun == "SLAVE"
        source = "Master" if old else "Source"
        replica = "Slave" if old else "Replica"
        channels = []
        for row in rows["status"]:
            name = row["Channel_Name"] or ""
            if name not in configuration or name == "group_replication_applier":
                continue
            options = _options(configuration[name], self.option_syntax)
            if name in passwords:
                options["source_password"] = Secret(passwords[name])
            applier = _thread(row, f"{replica}_SQL_Running", "SQL")
            if applier.errno and name in workers:
                worker = workers[name]
                applier = _told(applier.state, worker["LAST_ERROR_NUMBER"], worker["LAST_ERROR_MESSAGE"])
            lag = row[f"Seconds_Behind_{source}"]
            channels.append(
                Channel(
                    name=name,
                    options=options,
                    receiver=_thread(row, f"{replica}_IO_Running", "IO"),
                    applier=applier,
                    executed=_coordinates(row[f"Relay_{source}_Log_File"], row[f"Exec_{source}_Log_Pos"]),
                    lag=int(lag) if lag is not None else None,
                    source_uuid=row[f"{source}_UUID"] or "",
                    relay_log=_coordinates(row["Relay_Log_File"], row["Relay_Log_Pos"]),
                    received=_coordinates(row[f"{source}_Log_File"], row[f"Read_{source}_Log_Pos"]),
                    received_gtids=row["Retrieved_Gtid_Set"] or "",
                    source_id=int(row[f"{source}_Server_Id"] or 0),
                    filters=_filters(row),
                    ignored_servers=_ignored_servers(row),
                )
            )
        return tuple(channels)

    def change(self, channel: str, options: Options) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"{self._change} ", _assignments(options, self.option_syntax), self._for(channel))

    def start(self, channel: str, part: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"START {self._noun}{_THREAD_WORDS[part]}{self._for(channel)}")

    def stop(self, channel: str, part: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"STOP {self._noun}{_THREAD_WORDS[part]}{self._for(channel)}")

    def remove(self, channel: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"RESET {self._noun} ALL{self._for(channel)}")

    def must_rest(self, options: Options) -> frozenset[str]:
        """Manual, "CHANGE REPLICATION SOURCE TO": receiver options need only the receiver stopped, and so on."""
        parts = {self.option_syntax[name].part for name in options}
        return frozenset({RECEIVER, APPLIER}) if BOTH in parts else frozenset(parts)

    def password_file(self, channel: str) -> str:
        """See :class:`ChannelDialect`: a table holds it."""
        return ""

    def stored_password(self, text: str) -> str:
        """See :class:`ChannelDialect`."""
        return text

    def may_replicate(self, probe: Optional[Sequence[Row]]) -> bool:
        """See :class:`ChannelDialect`."""
        return probe is not None

    @staticmethod
    def _for(channel: str) -> str:
        return f" FOR CHANNEL {literal(channel)}"


_THREAD_WORDS = {RECEIVER: " IO_THREAD", APPLIER: " SQL_THREAD", BOTH: ""}


class MariaDBChannels:
    """MariaDB 10.6 to 12: CHANGE MASTER with named connections; every change needs both threads stopped (error 1198)."""

    longest_password = 96  # Observed: a longer MASTER_PASSWORD is error 1470.
    passwords_query = ""
    # Includes the grants of the roles that are active.
    privilege_probe = "SHOW GRANTS"
    heed_all = "STOP SLAVE; CHANGE MASTER TO IGNORE_SERVER_IDS = ()"
    log_position_query = "SHOW MASTER STATUS"
    disk_wait = "Waiting for someone to free space"
    # KB, "Parallel Replication": in optimistic mode it would begin beside a change of a table without transactions.
    in_turn = sql("SET SESSION skip_parallel_replication = 1")

    def __init__(self, version: ServerVersion) -> None:
        columns = {
            "source_host": "Master_Host",
            "source_port": "Master_Port",
            "source_user": "Master_User",
            "connect_retry": "Connect_Retry",
            "heartbeat_period": "Slave_heartbeat_period",
            "delay": "SQL_Delay",
            "tls": "Master_SSL_Allowed",
            "tls_verify": "Master_SSL_Verify_Server_Cert",
            "tls_ca": "Master_SSL_CA_File",
            "tls_cert": "Master_SSL_Cert",
            "tls_key": "Master_SSL_Key",
        }
        syntax = {name: OptionSyntax(f"MASTER_{word}", columns.get(name, ""), BOTH) for name, (word, _part) in _COMMON.items()}
        syntax["auto_position"] = OptionSyntax("MASTER_USE_GTID", "Using_Gtid", BOTH)
        if version.at_least(12):
            syntax["retry_count"] = OptionSyntax("MASTER_RETRY_COUNT", "Master_Retry_Count", BOTH)
        self.option_syntax: Mapping[str, OptionSyntax] = syntax
        self.queries: Mapping[str, str] = {"status": "SHOW ALL SLAVES STATUS"}
        # KB, "Zero-configuration TLS", 11.4: the password's hash vouches for a self-signed certificate.
        self.verifies_without_ca = version.at_least(11, 4)

    def parse(self, rows: Mapping[str, Sequence[Row]], passwords: Mapping[str, str]) -> tuple[Channel, ...]:
        """See :class:`ChannelDialect`."""
        channels = []
        for row in rows["status"]:
            name = row["Connection_name"] or ""
            if not row["Master_Host"]:
                continue  # RESET SLAVE leaves a husk until the server restarts
            options = _options(row, self.option_syntax)
            if name in passwords:
                options["source_password"] = Secret(passwords[name])
            lag = row["Seconds_Behind_Master"]
            channels.append(
                Channel(
                    name=name,
                    options=options,
                    receiver=_thread(row, "Slave_IO_Running", "IO"),
                    applier=_thread(row, "Slave_SQL_Running", "SQL"),
                    executed=_coordinates(row["Relay_Master_Log_File"], row["Exec_Master_Log_Pos"]),
                    lag=int(lag) if lag is not None else None,
                    relay_log=_coordinates(row["Relay_Log_File"], row["Relay_Log_Pos"]),
                    received=_coordinates(row["Master_Log_File"], row["Read_Master_Log_Pos"]),
                    received_gtids=row["Gtid_IO_Pos"] or "",
                    source_id=int(row["Master_Server_Id"] or 0),
                    filters=_filters(row),
                    ignored_servers=_ignored_servers(row),
                )
            )
        return tuple(channels)

    def change(self, channel: str, options: Options) -> Sql:
        """See :class:`ChannelDialect`; ``auto_position`` is MASTER_USE_GTID here."""
        plain = {name: value for name, value in options.items() if name != "auto_position"}
        parts = [_assignments(plain, self.option_syntax)] if plain else []
        if "auto_position" in options:
            parts.append(sql("MASTER_USE_GTID = " + ("slave_pos" if options["auto_position"] else "no")))
        return sql(f"CHANGE MASTER{self._name(channel)} TO ", joined(", ", parts))

    def start(self, channel: str, part: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"START SLAVE{self._name(channel)}{_THREAD_WORDS[part]}")

    def stop(self, channel: str, part: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"STOP SLAVE{self._name(channel)}{_THREAD_WORDS[part]}")

    def remove(self, channel: str) -> Sql:
        """See :class:`ChannelDialect`."""
        return sql(f"RESET SLAVE{self._name(channel)} ALL")

    def must_rest(self, options: Options) -> frozenset[str]:
        """Both threads, whatever the option (error 1198 otherwise)."""
        return frozenset({RECEIVER, APPLIER}) if options else frozenset()

    def password_file(self, channel: str) -> str:
        """See :class:`ChannelDialect`; a named connection's file carries its name in lower case."""
        return f"master-{channel.lower()}.info" if channel else "master.info"

    def stored_password(self, text: str) -> str:
        """Line 6 of master.info, counted with the line count that stands first (observed on 10.11 and 11.8)."""
        lines = text.split("\n")
        return lines[5] if len(lines) > 5 else ""

    def may_replicate(self, probe: Optional[Sequence[Row]]) -> bool:
        """See :class:`ChannelDialect`."""
        grants = [next(iter(row.values())) or "" for row in probe or ()]
        return any(_REPLICATION_SLAVE.search(grant) for grant in grants)

    @staticmethod
    def _name(channel: str) -> str:
        return f" {literal(channel)}"
