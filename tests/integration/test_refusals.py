# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input and hard moments: one clear error that names the cause and the way out, and servers that are as they were."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from machine import wait_until
from modules import PACKAGE, Modules


@dataclass(frozen=True)
class Bad:
    """``options`` go over those with which the role calls the module; the message must hold every needle."""

    name: str
    machine: str
    module: str
    options: Mapping[str, Any]
    needles: tuple[str, ...]


BASE: Mapping[str, Callable[[Modules], Mapping[str, Any]]] = {
    "server_config": lambda modules: modules.settings_options("primary"),
    "replication_user": Modules.account_options,
    "replica": Modules.channel_options,
}

BAD = (
    Bad("unknown variable", "primary", "server_config", {"settings": {"sync_binlgo": 1}}, ("sync_binlgo", "sync_binlog")),
    Bad("number out of words", "primary", "server_config", {"settings": {"sync_binlog": "often"}}, ("sync_binlog", "often")),
    Bad("no such choice", "primary", "server_config", {"settings": {"binlog_format": "BANANA"}}, ("binlog_format", "BANANA")),
    Bad("profile", "primary", "server_config", {"profile": "secondary"}, ("profile", "primary")),
    Bad("server_id", "primary", "server_config", {"server_id": 0}, ("server_id",)),
    Bad("read-only folder", "primary", "server_config", {"option_file": "/proc/zz.cnf"}, ("/proc/zz.cnf",)),
    Bad("unknown privilege", "primary", "replication_user", {"privileges": ["REPLICATION SLAV"]}, ("REPLICATION SLAV",)),
    Bad("no password", "primary", "replication_user", {"password": ""}, ("password",)),
    Bad("long password", "replica", "replica", {"source_password": "x" * 97}, ("characters", "shorter")),
    Bad("empty password", "replica", "replica", {"source_password": ""}, ("source_password is empty",)),
    Bad("negative delay", "replica", "replica", {"delay": -4}, ("delay is -4", "from 0 to 2147483647", "mysql_replication_delay")),
    Bad("no such port", "replica", "replica", {"source_port": 65536}, ("source_port is 65536", "65535")),
    Bad("host of two lines", "replica", "replica", {"source_host": "db1\ndb2"}, ("source_host", "control character")),
    Bad("wrong type", "replica", "replica", {"source_port": "many"}, ("source_port", "int")),
    Bad("source is itself", "replica", "replica", {"source_host": "replica1"}, ("itself",)),
    Bad("nobody there", "replica", "replica", {"source_port": 3999}, ("cannot reach", ":3999", "2003")),
    Bad("name that does not resolve", "replica", "replica", {"source_host": "nowhere.invalid"}, ("nowhere.invalid",)),
    Bad("wrong password", "replica", "replica", {"source_password": "wr0ng"}, ("1045", "refuses the login as repl")),
    Bad("login refused", "replica", "replica", {"login_user": "nobody", "login_password": "x"}, ("nobody", "login_user")),
    Bad("server not found", "replica", "replica", {"login_host": "127.0.0.1", "login_port": 3999}, ("127.0.0.1:3999",)),
    Bad("socket not found", "primary", "server_config", {"login_unix_socket": "/run/none.sock"}, ("/run/none.sock",)),
)


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_bad_input(server_name: str, bad: Bad, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    machine = modules.pair.machine(bad.machine)
    before = modules.pair.fingerprint()
    result = modules.run(machine, bad.module, {**BASE[bad.module](modules), **bad.options})
    assert result.failed
    assert not result.values.get("crashed"), result.message
    assert [needle for needle in bad.needles if needle not in result.message] == [], result.message
    assert "Traceback" not in str(result.values)
    assert modules.pair.fingerprint() == before


@pytest.mark.parametrize("module", ["server_config", "replication_user", "replica"])
def test_too_few_rights(server_name: str, module: str, modules_on: Callable[[str], Modules]) -> None:
    """An account without privileges may do nothing of it, and the message says what is missing."""
    modules = modules_on(server_name)
    pair = modules.pair
    machine = pair.replica if module == "replica" else pair.primary
    pair.primary.sql("CREATE USER few@'%' IDENTIFIED BY 'Few-1-rights'")
    pair.await_applied()
    before = pair.fingerprint()
    login = {"login_host": machine.address, "login_user": "few", "login_password": "Few-1-rights"}
    changed = {"server_config": {"settings": {"sync_binlog": 7}}, "replication_user": {}, "replica": {"delay": 9}}[module]
    try:
        result = modules.run(machine, module, {**BASE[module](modules), **login, **changed})
        assert result.failed
        assert not result.values.get("crashed"), result.message
        assert "denied" in result.message
        assert any(word in result.message for word in ("privilege", "SELECT on mysql.*")), result.message
        assert pair.fingerprint() == before
    finally:
        pair.primary.sql("DROP USER few@'%'")


def test_two_runs_at_once(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    """The second waits for the first, then says who holds the lock; it goes on as soon as the lock is free."""
    modules = modules_on(server_name)
    replica = modules.pair.replica
    hold = f"{replica.client} -e \"SELECT GET_LOCK('dbops.mysql_replication', 0); SELECT SLEEP(600)\""
    holder = subprocess.Popen([*replica.ssh, hold], stdout=subprocess.DEVNULL)
    lock = "SELECT IS_USED_LOCK('dbops.mysql_replication')"
    try:
        wait_until("the lock", lambda: replica.value(lock) != "NULL")
        result = modules.run(replica, "replica", {**modules.channel_options(), "lock_timeout": 1})
        assert result.failed
        assert "another run works on this server" in result.message
        assert f"connection {replica.value(lock)} of root" in result.message
        replica.sql(f"KILL {replica.value(lock)}")
    finally:
        holder.kill()
        holder.wait()
    wait_until("the lock to be free", lambda: replica.value(lock) == "NULL")
    assert not modules.run(replica, "replica", modules.channel_options()).failed


#: Runs a module whose server stops when the plan is made, before its first step.
SERVER_DIES = f"""\
import os, runpy, subprocess
from {PACKAGE}.module_utils._server import apply
run = apply._run
def stop_and_run(session, step):
    subprocess.run(["systemctl", "stop", "SERVICE"], check=True)
    run(session, step)
apply._run = stop_and_run
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""


def test_the_server_dies_during_the_run(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    pair.replica.sql("STOP REPLICA")
    program = SERVER_DIES.replace("SERVICE", pair.replica.service)
    result = modules.run_by(program, pair.replica, "replica", modules.channel_options())
    pair.replica.restart()
    assert result.failed
    assert not result.values.get("crashed"), result.message
    assert "Way out" in result.message
    run = modules.site()
    assert run.failure is None, run.failure
    pair.await_healthy()
    assert not modules.site().changed


@pytest.mark.parametrize(("line", "name"), [("no_such_option = 1", "no_such_option"), ("this is = broken", "this is")])
def test_an_option_file_that_the_server_rejects(
    server_name: str, line: str, name: str, modules_on: Callable[[str], Modules]
) -> None:
    """An unknown option in somebody's file would stop the next start: it is named with its place, and nothing is touched."""
    modules = modules_on(server_name)
    pair = modules.pair
    broken = "/etc/mysql/conf.d/somebody.cnf"
    pair.primary.shell(f"printf '[mysqld]\\n{line}\\n' > {broken}")
    try:
        before = pair.fingerprint()
        result = modules.run(pair.primary, "server_config", modules.settings_options("primary"))
        assert result.failed
        assert name in result.message
        assert f"{broken} line 2" in result.message
        assert pair.fingerprint() == before
    finally:
        pair.primary.shell(f"rm {broken}")
    assert not modules.site().changed
