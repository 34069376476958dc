# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of README's "Log in as another account" is enough for what ``site`` mends, and for ``verify_data``."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from fault import MYSQL, on, perform
from pair import PROJECT, Pair
from playbook import site
from verifying import drop_data, on_the_replica, verify

_PASSWORD = "Ops-1-password"
_LOGIN = (
    *("--extra-vars", "mysql_replication_login_user=ops"),
    *("--extra-vars", f"mysql_replication_login_password={_PASSWORD}"),
    *("--extra-vars", "mysql_replication_login_host=127.0.0.1"),
)
_FAULTS = (
    on("primary", "SET GLOBAL sync_binlog = 0; REVOKE REPLICATION SLAVE ON *.* FROM repl"),
    on("replica", "SET GLOBAL read_only = OFF; STOP REPLICA"),
)


def test_the_documented_privileges_are_enough(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    pair.primary.sql(f"CREATE USER ops@'%' IDENTIFIED BY '{_PASSWORD}'; {readme_grants(pair.vendor)}")
    pair.await_applied()
    perform(pair, _FAULTS)
    assert site(pair, *_LOGIN).failure is None
    pair.await_healthy()
    pair.prove_replication("by an account of its own")
    assert site(pair, *_LOGIN).tasks_changed == ()
    compares_the_rows(pair, tmp_path)
    pair.primary.sql("DROP USER ops@'%'")
    pair.await_applied()


def compares_the_rows(pair: Pair, folder: Path) -> None:
    """What the account lacks for that is said at once; with it, the replica is compared and its repair script written."""
    pair.primary.sql(
        "CREATE DATABASE data; CREATE TABLE data.rows_of (id INT PRIMARY KEY) ENGINE = MyISAM; INSERT INTO data.rows_of VALUES (1)"
    )
    pair.primary.shell("rm -rf /root/repair; mkdir -m 700 /root/repair")
    pair.await_applied()
    on_the_replica(pair, "DELETE FROM data.rows_of")
    status, printed = verify(pair, folder, *_LOGIN, databases=["data"], repair_dir="/root/repair")
    assert status != 0
    assert "Compare for a while" not in printed, "the replica waited for notes that do not come"
    given = "ON `replication_checksum`.* TO 'ops'@'%'; GRANT TRIGGER, LOCK TABLES ON *.* TO"
    assert f"GRANT CREATE, DELETE, DROP, INSERT, UPDATE {given}" in printed
    pair.primary.sql(readme_grants_to_compare())
    status, printed = verify(pair, folder, *_LOGIN, databases=["data"], repair_dir="/root/repair")
    assert status != 0
    assert "1 difference: replica1: data.rows_of: the row id=1 is missing" in printed
    assert pair.primary.shell("cat /root/repair/*replica1*; rm -r /root/repair").count("INSERT INTO `data`.`rows_of`") == 1
    on_the_replica(pair, "INSERT INTO data.rows_of VALUES (1)")
    status, printed = verify(pair, folder, *_LOGIN)
    assert status == 0, printed
    drop_data(pair)


def readme_grants_to_compare() -> str:
    """Those that README adds for ``verify_data``."""
    block = re.search(r"-- MySQL and MariaDB\n(.*?)```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block.group(1)


def readme_grants(vendor: str) -> str:
    """The statements of README that give an account what it takes to enforce replication."""
    block = re.search(r"-- MySQL\n(.*?)-- MariaDB\n(.*?)```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block.group(1 if vendor == MYSQL else 2)
