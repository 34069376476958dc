# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running pair: a primary and its replica, what their channel does, rows that travel, and what a look must not change."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from machine import Machine, MachineError, Row, wait_until
from testbed.servers import Server, server

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / ".cache" / "integration"
KEEP = "INTEGRATION_KEEP"

TABLE = "practice.entry"
#: A row that is there from the beginning.
FIRST_ID = 800001
_CREATE = f"""\
CREATE DATABASE IF NOT EXISTS practice;
CREATE TABLE IF NOT EXISTS {TABLE} (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(200)) ENGINE = InnoDB;
INSERT IGNORE INTO {TABLE} VALUES ({FIRST_ID}, 'the first');
"""
_CONTENT = f"SELECT COUNT(*) AS entries, COALESCE(SUM(CRC32(CONCAT(id, ':', note))), 0) AS checksum FROM {TABLE}"

# What moves by itself: clocks, counters, and texts with a time in them.
_MOVING_COLUMNS = (
    "Seconds_Behind", "Heartbeat", "heartbeats", "Timestamp", "_State", "Retried", "Relay_Log", "Executed_log_entries",
    "Connects_Tried", "Transactional_Groups", "Non_Transactional", "DDL_Groups", "Last_", "Exec_",
)  # fmt: skip
_MOVING_VARIABLES = ("timestamp", "pseudo_", "gtid_executed", "insert_id", "innodb_buffer_pool_load", "rand_seed")
_ACCOUNT_TABLES = {
    "mysql": "mysql.user, mysql.db, mysql.tables_priv, mysql.global_grants, mysql.role_edges, mysql.default_roles",
    "mariadb": "mysql.global_priv, mysql.db, mysql.tables_priv, mysql.roles_mapping",
}
_POSITIONS = {
    "mysql": "SELECT @@global.gtid_executed AS executed, @@global.gtid_purged AS purged",
    "mariadb": "SELECT @@global.gtid_binlog_state AS binlog_state, @@global.gtid_slave_pos AS slave_pos",
}
#: ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE.
_NO_TABLE = (1049, 1146)
_END_OF_LOG = {"mysql": "SHOW BINARY LOG STATUS", "mariadb": "SHOW BINLOG STATUS"}
_CREDENTIALS = {
    "mysql": "SELECT Host, User_name, User_password FROM mysql.slave_master_info",
    "mariadb": "SELECT LOAD_FILE(CONCAT(@@datadir, 'master.info')) IS NULL",
}
_FILES = (
    "find /etc/mysql -type f -print0 | sort -z | xargs -0 sha256sum; find /etc/mysql -printf '%p %m %u %g\\n' | sort;"
    " cd /var/lib/mysql; sha256sum auto.cnf mysqld-auto.cnf 2>/dev/null; tail -n +5 master*.info 2>/dev/null | sha256sum;"
    " ls | grep -E '^[a-z-]+[.][0-9]{6}$'; systemctl show --property=MainPID --value"
)


@dataclass(frozen=True)
class Channel:
    """What the replica says of its channel; the words are the same for both vendors."""

    receiver: str
    applier: str
    receiver_errno: int
    applier_errno: int
    receiver_error: str
    applier_error: str
    columns: Row

    @property
    def healthy(self) -> bool:
        return self.receiver == self.applier == "Yes" and not self.receiver_errno and not self.applier_errno


@dataclass(frozen=True)
class Pair:
    """A primary and a replica, with the replication password that the inventory carries."""

    kind: Server
    folder: Path
    primary: Machine
    replica: Machine
    password: str

    @property
    def vendor(self) -> str:
        return self.kind.name.partition("-")[0]

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory.yml"

    def machine(self, name: str) -> Machine:
        return {"primary": self.primary, "replica": self.replica}[name]

    def channel(self) -> Channel | None:
        """The channel as it is now, ``None`` where there is none."""
        rows = self.replica.rows("SHOW REPLICA STATUS")
        if not rows:
            return None
        row = {name.replace("Slave_", "Replica_").replace("Master_", "Source_"): text for name, text in rows[0].items()}
        return Channel(
            receiver=row["Replica_IO_Running"],
            applier=row["Replica_SQL_Running"],
            receiver_errno=int(row["Last_IO_Errno"]),
            applier_errno=int(row["Last_SQL_Errno"]),
            receiver_error=row["Last_IO_Error"],
            applier_error=row["Last_SQL_Error"],
            columns=row,
        )

    def is_healthy(self) -> bool:
        channel = self.channel()
        return channel is not None and channel.healthy

    def reconnect(self) -> None:
        """Makes the receiver log in anew."""
        self.replica.sql("STOP REPLICA IO_THREAD; START REPLICA IO_THREAD")

    def restart(self, name: str) -> None:
        """Restarts a server; a receiver that was connected to it stays stopped.

        Observed on MySQL 9.7: its shutdown waits ten seconds for each thread that sends to a replica.
        """
        machine = self.machine(name)
        if machine is self.primary and self.channel():
            self.replica.sql("STOP REPLICA IO_THREAD")
            senders = machine.rows("SELECT ID AS id FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'")
            for sender in senders:
                machine.attempt(f"{machine.client} -e 'KILL {sender['id']}'")
        machine.restart()

    def await_healthy(self) -> None:
        wait_until(f"a healthy channel ({self.channel()})", self.is_healthy)

    def make_table(self) -> None:
        self.primary.sql(_CREATE)

    def content(self, machine: Machine) -> Row:
        """How many rows the table holds there, and a checksum over them."""
        return machine.rows(_CONTENT)[0]

    def prove_replication(self, note: str) -> None:
        """Writes a row on the primary and returns once the replica holds the same rows as the primary."""
        literal = note.replace("'", "''")
        self.primary.sql(f"INSERT INTO {TABLE} (note) VALUES ('{literal}')")
        wanted = self.content(self.primary)
        try:
            wait_until("the row on the replica", lambda: self._arrived() == wanted)
        except AssertionError as error:
            raise AssertionError(f"{error}: {wanted} there, {self._arrived()} here; channel: {self.channel()}") from None

    def _arrived(self) -> Row | None:
        """What the replica holds, ``None`` while it has no such table yet."""
        try:
            return self.content(self.replica)
        except MachineError as error:
            if any(f"ERROR {number} " in str(error) for number in _NO_TABLE):
                return None
            raise

    def await_applied(self) -> None:
        """Returns once the replica has applied all that the primary has logged."""
        if self.vendor == "mysql":
            executed = self.primary.value("SELECT @@global.gtid_executed").replace("\n", "")
            wait_until(
                "the replica to catch up",
                lambda: self.replica.value(f"SELECT GTID_SUBSET('{executed}', @@global.gtid_executed)") == "1",
            )
        else:
            position = self.primary.value("SELECT @@global.gtid_binlog_pos")
            wait_until("the replica to catch up", lambda: self.replica.value("SELECT @@global.gtid_slave_pos") == position)

    def await_read(self) -> None:
        """Returns once both threads stand in the primary's newest binary log, at its end: a server that restarts begins another."""
        (end,) = self.primary.rows(_END_OF_LOG[self.vendor])
        names = ("Source_Log_File", "Relay_Source_Log_File", "Read_Source_Log_Pos")
        wanted = [end["File"], end["File"], end["Position"]]

        def place() -> list[str]:
            channel = self.channel()
            return [channel.columns[name] for name in names] if channel else []

        wait_until(f"the replica at {wanted} (it is at {place()})", lambda: place() == wanted)

    def fingerprint(self) -> dict[str, Any]:
        """Everything that a look must leave as it was, on both machines."""
        with ThreadPoolExecutor() as pool:
            machines = (self.primary, self.replica)
            return {machine.name: found for machine, found in zip(machines, pool.map(self._fingerprint, machines), strict=True)}

    def _fingerprint(self, machine: Machine) -> dict[str, Any]:
        positions, accounts, variables, channel, credentials = machine.tables(
            [
                _POSITIONS[self.vendor],
                f"CHECKSUM TABLE {_ACCOUNT_TABLES[self.vendor]}",
                "SHOW GLOBAL VARIABLES",
                "SHOW REPLICA STATUS",
                _CREDENTIALS[self.vendor],
            ]
        )
        return {
            "positions": positions,
            "accounts": accounts,
            "variables": {
                row["Variable_name"]: row["Value"] for row in variables if not row["Variable_name"].startswith(_MOVING_VARIABLES)
            },
            "channel": [
                {name: value for name, value in row.items() if not any(word in name for word in _MOVING_COLUMNS)} for row in channel
            ],
            "credentials": credentials,
            "files": machine.shell(f"{_FILES} {machine.service}"),
        }


def folder_of(label: str) -> Path:
    """Where a pair's topology lies: two sessions in one checkout share none, unless a name is given to keep them by."""
    return FOLDER / f"{label}-{os.environ.get(KEEP) or os.getpid()}"


def testbed(folder: Path, *arguments: str) -> None:
    """Runs the test bed's command line on the topology in ``folder``."""
    command = [sys.executable, "-m", "testbed", "--state", str(folder), "--name", f"integration-{folder.name}", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "molecule" / "resources")}
    subprocess.run(command, env=environment, check=True)


def bring_up(server_name: str, label: str) -> Pair:
    """A bare pair of servers; one that an earlier run kept is taken up again."""
    folder = folder_of(label)
    testbed(folder, "up", "--server", server_name, "--replicas", "1")
    return attach(server_name, folder)


def is_kept(label: str) -> bool:
    """Whether an earlier session has left the pair running."""
    return folder_of(label).exists()


def take_down(pair: Pair) -> None:
    """Removes the pair, unless the environment names it to be kept for the next session."""
    if not os.environ.get(KEEP):
        discard(pair)


def discard(pair: Pair) -> None:
    """Removes the pair and its ssh connections."""
    for machine in (pair.primary, pair.replica):
        subprocess.run([*machine.ssh[:1], "-O", "exit", *machine.ssh[1:]], capture_output=True, check=False)
        shutil.rmtree(Path(_option(machine.ssh, "ControlPath")).parent, ignore_errors=True)
    testbed(pair.folder, "down")


def attach(server_name: str, folder: Path) -> Pair:
    """The pair whose topology lies in ``folder``."""
    inventory = yaml.safe_load((folder / "inventory.yml").read_text())["all"]
    kind = server(server_name)
    sockets = tempfile.mkdtemp(prefix="integration-")
    primary, replica = (
        _machine(name, kind, inventory["vars"], inventory["hosts"][name], sockets) for name in ("primary", "replica1")
    )
    return Pair(kind, folder, primary, replica, inventory["vars"]["mysql_replication_password"])


def _machine(name: str, kind: Server, shared: Mapping[str, Any], own: Mapping[str, Any], sockets: str) -> Machine:
    # The inventory's own ssh options name a control socket too, with Ansible's path; the first of two options counts.
    ssh = (
        "ssh",
        *("-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o", f"ControlPath={sockets}/{name}"),
        *shared["ansible_ssh_common_args"].split(),
        *("-i", shared["ansible_ssh_private_key_file"], "-p", str(own.get("ansible_port", 22))),
        f"{shared['ansible_user']}@{own['ansible_host']}",
    )
    machine = Machine(name, "", ssh, kind.client, kind.service)
    address = machine.shell("hostname -I").split()[0]
    return Machine(name, address, ssh, kind.client, kind.service)


def _option(ssh: tuple[str, ...], name: str) -> str:
    return next(word.partition("=")[2] for word in ssh if word.startswith(f"{name}="))


def assert_same(before: object, after: object) -> None:
    """Fails with the lines in which two fingerprints differ."""
    texts = [json.dumps(value, indent=1, sort_keys=True, default=str).splitlines() for value in (before, after)]
    assert before == after, "\n".join(difflib.unified_diff(*texts, "before", "after", lineterm="", n=6))
