# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account of README's "Log in as another account" is enough for what ``site`` mends."""

from __future__ import annotations

import re
from collections.abc import Callable

from fault import MYSQL, on, perform
from pair import PROJECT, Pair
from playbook import site

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


def test_the_documented_privileges_are_enough(server_name: str, replicating: Callable[[str], Pair]) -> None:
    pair = replicating(server_name)
    pair.primary.sql(f"CREATE USER ops@'%' IDENTIFIED BY '{_PASSWORD}'; {readme_grants(pair.vendor)}")
    pair.await_applied()
    perform(pair, _FAULTS)
    assert site(pair, *_LOGIN).failure is None
    pair.await_healthy()
    pair.prove_replication("by an account of its own")
    assert site(pair, *_LOGIN).tasks_changed == ()
    pair.primary.sql("DROP USER ops@'%'")
    pair.await_applied()


def readme_grants(vendor: str) -> str:
    """The statements of README that give an account what it takes to enforce replication."""
    block = re.search(r"-- MySQL\n(.*?)-- MariaDB\n(.*?)```", (PROJECT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block.group(1 if vendor == MYSQL else 2)
