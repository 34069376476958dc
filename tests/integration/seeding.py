# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replicas made empty for a copy, what a copy leaves behind while it runs, and one that is killed amid it."""

from __future__ import annotations

import sys
from typing import Any

from machine import Machine, wait_until
from modules import PACKAGE, Modules
from pair import PROJECT, Pair
from testbed.ansible import link_collection

sys.path.insert(0, str(link_collection(PROJECT)))

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

_FORGET = {
    "mysql": "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF; SET SESSION sql_log_bin = 0;{drops}"
    " RESET BINARY LOGS AND GTIDS; SET GLOBAL super_read_only = ON",
    "mariadb": "STOP SLAVE; RESET SLAVE ALL; SET SESSION sql_log_bin = 0;{drops} SET GLOBAL gtid_slave_pos = ''; RESET MASTER",
}
_DATABASES = (
    "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA"
    " WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')"
)
MARKERS = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'dbops_seed'"
SEED_ACCOUNTS = "SELECT COUNT(*) FROM mysql.user WHERE User = 'dbops_seed'"
#: Of a clone, once its data is there: until then the replica has the account of its mark.
ARRIVED = f"{SEED_ACCOUNTS} AND Host <> 'begun.invalid'"
_PASSWORD = "Of-this-test-alone-1"
#: Runs a module in a process that ends, as by ``kill -9``, when it has handed over a first part of the data; where the server does
#: that by itself, a moment after it was told to.
KILLED_AMID = f"""\
import os, runpy, signal, threading
from {PACKAGE}.module_utils._server import clone, progress
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
progress.Progress.moved = progress.DumpProgress.moved = die
run = clone.CloneCopy._clone
def run_and_die(*arguments):
    threading.Timer(0.3, die).start()
    return run(*arguments)
clone.CloneCopy._clone = run_and_die
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""
#: Runs a module on a server that ends, as by ``kill -9``, when it has dropped its data for a clone, and the marker with it.
SERVER_KILLED_AMID = f"""\
import os, runpy, signal, threading, time
from {PACKAGE}.module_utils._server import clone
def kill(this, pid):
    while os.path.exists(os.path.join(this.datadir, "dbops_seed")):
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
run = clone.CloneCopy._clone
def run_and_kill(this, session):
    with open(os.path.join(this.datadir, session.value("SELECT @@pid_file"))) as file:
        pid = int(file.read())
    threading.Thread(target=kill, args=(this, pid), daemon=True).start()
    return run(this, session)
clone.CloneCopy._clone = run_and_kill
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""


def databases(machine: Machine) -> list[str]:
    """All but the server's own."""
    return [str(row["name"]) for row in machine.rows(_DATABASES)]


def sizes(machine: Machine) -> tuple[int, int]:
    """Bytes that a copy of this server takes, and that come free where its own data is dropped."""
    copying = dialect_for(parse_version(machine.value("SELECT VERSION()"))).copying
    return int(machine.value(copying.size)), int(float(machine.value(copying.held).replace("NULL", "0")))


def empty(pair: Pair) -> None:
    """The replica as it came from its package, and a primary whose first transactions are in no binary log any more."""
    names = [name.replace("`", "``") for name in databases(pair.replica)]
    pair.replica.sql(_FORGET[pair.vendor].format(drops="".join(f" DROP DATABASE `{name}`;" for name in names)))
    pair.primary.sql("FLUSH BINARY LOGS")
    purge(pair)


def purge(pair: Pair) -> None:
    """The primary has none but its newest binary log any more."""
    wait_until("the primary to purge its logs, once nobody reads them", lambda: _purged(pair))


def _purged(pair: Pair) -> bool:
    logs = pair.primary.rows("SHOW BINARY LOGS")
    pair.primary.sql(f"PURGE BINARY LOGS TO '{logs[-1]['Log_name']}'")
    return len(logs) == 1


def offers(modules: Modules) -> dict[str, Any]:
    """Makes the accounts on the primary; the options with which the role then calls ``replica_seed``."""
    pair = modules.pair
    account = modules.run(pair.primary, "seed_account", {"hosts": [pair.replica.address], "password": _PASSWORD})
    assert not account.failed, account.message
    return {
        "source_host": pair.primary.address,
        "source_user": "dbops_seed",
        "source_password": _PASSWORD,
        "source_offers": account.values["offers"],
    }
