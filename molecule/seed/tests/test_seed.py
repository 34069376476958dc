# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each method gives an empty replica all rows of a primary that is written to throughout, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

INVENTORY = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"
KINDS = {"mysql": "clone", "ten": "backup", "eleven": "backup"}
REPLICAS = {"mysql": ("mysql-replica", "mysql-second"), "ten": ("ten-replica",), "eleven": ("eleven-replica",)}
HEALTHY_WITHIN_SECONDS = 60
EMPTY = {
    "mysql": "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF; SET SESSION sql_log_bin = 0; DROP DATABASE shop;"
    " RESET BINARY LOGS AND GTIDS; SET GLOBAL super_read_only = ON",
    "mariadb": "STOP SLAVE; RESET SLAVE ALL; SET SESSION sql_log_bin = 0; DROP DATABASE shop; SET GLOBAL gtid_slave_pos = '';"
    " RESET MASTER",
}
ROWS = "SELECT COUNT(*), SUM(CRC32(CONCAT_WS(',', id, note, HEX(weight), at))) FROM shop.orders"


def on(name: str) -> Host:
    return testinfra.get_host(f"ansible://{name}", ansible_inventory=str(INVENTORY))


def sql(name: str, statement: str) -> str:
    client = "mysql" if name.startswith("mysql") else "mariadb"
    return on(name).check_output(f"{client} --batch --skip-column-names -e %s", statement)


def play(kind: str, playbook: str, **variables: str) -> subprocess.CompletedProcess[str]:
    groups = {
        "mysql_replication_primary_group": f"{kind}_primary",
        "mysql_replication_replicas_group": f"{kind}_replicas",
        "mysql_replication_password": "Of-this-scenario-1",
    }
    command = ["ansible-playbook", "--inventory", str(INVENTORY), "--limit", f"{kind}_primary:{kind}_replicas"]
    for name, value in {**groups, **variables}.items():
        command += ["--extra-vars", f"{name}={value}"]
    return subprocess.run(
        [*command, f"dbops.mysql_replication.{playbook}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def forget_the_first_transactions(primary: str) -> None:
    """Whoever begins to read its binary logs now lacks what was written before."""
    # From 11.7 on MariaDB purges nothing while no replica is connected.
    if primary.startswith("eleven"):
        sql(primary, "SET GLOBAL slave_connections_needed_for_purge = 0")
    sql(primary, "FLUSH BINARY LOGS")
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while len(logs := sql(primary, "SHOW BINARY LOGS").splitlines()) > 1:
        assert time.monotonic() < deadline, logs
        sql(primary, f"PURGE BINARY LOGS TO '{logs[-1].split()[0]}'")


def until_equal(primary: str, replica: str) -> None:
    """The writer rests now; waits for the condition, not for a time."""
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while (there := sql(primary, ROWS)) != (here := sql(replica, ROWS)):
        assert time.monotonic() < deadline, f"{here} on {replica} instead of {there}"
        time.sleep(0.2)


def seeded(kind: str) -> list[str]:
    """What went wrong with one server, by every method: in one thread for each, since two cores wait for disks most of the time."""
    primary = f"{kind}-primary"
    wrong = []
    for seed, by in (("auto", KINDS[kind]), ("dump", "dump")):
        if seed == "dump":
            for replica in REPLICAS[kind]:
                sql(replica, EMPTY["mysql" if kind == "mysql" else "mariadb"])
        # MariaDB kept no binary log before it was told to.
        if seed == "dump" or kind == "mysql":
            forget_the_first_transactions(primary)
        written = int(sql(primary, "SELECT COUNT(*) FROM shop.orders WHERE note LIKE 'during%'"))
        done = play(kind, "site", mysql_replication_seed=seed)
        if done.returncode or done.stdout.count(f"by {by} to ") != len(REPLICAS[kind]):
            wrong.append(f"{kind} by {by}: {done.stdout}")
            break
        if int(sql(primary, "SELECT COUNT(*) FROM shop.orders WHERE note LIKE 'during%'")) <= written:
            wrong.append(f"{kind} by {by}: nothing was written during the copy")
    else:
        on(primary).check_output("systemctl stop write-on")
        for replica in REPLICAS[kind]:
            until_equal(primary, replica)
        compared = play(kind, "verify_data")
        if compared.returncode or "same rows as the primary" not in compared.stdout:
            wrong.append(f"{kind}: {compared.stdout}")
    return wrong


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[str]]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(KINDS, pool.map(seeded, KINDS), strict=True))


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_row_is_there(kind: str, outcomes: dict[str, list[str]]) -> None:
    assert outcomes[kind] == []


@pytest.mark.parametrize("kind", list(KINDS))
def test_nothing_of_the_copies_is_left(kind: str, outcomes: dict[str, list[str]]) -> None:
    for name in (f"{kind}-primary", *REPLICAS[kind]):
        assert sql(name, "SELECT COUNT(*) FROM mysql.user WHERE User = 'dbops_seed'") == "0"
        assert "dbops_seed" not in sql(name, "SHOW DATABASES")
        assert sql(name, "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'") == "0"
        assert not on(name).file("/var/lib/mysql/.dbops_seed").exists
