# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair that somebody set up by file and position: ``site`` takes it to GTIDs in one run, without losing a row, or refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import Pairs, servers
from fault import MYSQL, on, perform, sh
from machine import wait_until
from pair import TABLE, Pair
from playbook import site

_OWN_SETTINGS = r"""printf '[mysqld]
server_id = %s
log_bin = binlog
bind_address = *
gtid_mode = OFF
enforce_gtid_consistency = OFF
' > $options/zz-own.cnf && systemctl restart $service"""
_MODE = "SELECT @@global.gtid_mode"
_BY_GTID = "SELECT auto_position FROM performance_schema.replication_connection_configuration"
_BY_POSITION = ("--extra-vars", '{"mysql_replication_gtid": false}')
_WRITING = "/run/writing"
#: One session, as an application keeps it; a client for each row took a whole core from the run that it shall not disturb.
_WRITER = f"""(while test -e {_WRITING}; do echo "INSERT INTO {TABLE} (note) VALUES (UUID());"; sleep 0.02; done) | mysql"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """MariaDB's transactions have GTIDs always."""
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", [name for name in servers(metafunc.config) if name.startswith(MYSQL)])


@pytest.fixture
def by_position(name: str, pairs: Pairs) -> Iterator[Pair]:
    """A running MySQL pair without GTIDs, its channel by file and position."""
    label = f"{name}-adopt"
    pair = pairs.bare(name, label)
    perform(pair, tuple(sh(host, _OWN_SETTINGS % number) for number, host in enumerate(("primary", "replica"), 1)))
    perform(pair, (on("primary", "CREATE USER repl@'%' IDENTIFIED BY '$password'; GRANT REPLICATION SLAVE ON *.* TO repl@'%'"),))
    pair.make_table()
    first_log = pair.primary.rows("SHOW BINARY LOGS")[0]["Log_name"]
    change = (
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$primary_address', SOURCE_USER = 'repl', SOURCE_PASSWORD = '$password',"
        f" SOURCE_SSL = 1, SOURCE_LOG_FILE = '{first_log}', SOURCE_LOG_POS = 4; START REPLICA"
    )
    perform(pair, (on("replica", change),))
    pair.await_healthy()
    pair.prove_replication("by file and position")
    yield pair
    pairs.drop(label)


@contextmanager
def writing(pair: Pair) -> Iterator[None]:
    """Rows are written on the primary one after the other while the block runs, and none is refused."""
    pair.primary.shell(f"touch {_WRITING}")
    writer = subprocess.Popen([*pair.primary.ssh, _WRITER], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        pair.primary.shell(f"rm {_WRITING}")
        said = writer.communicate()[0].decode()
    assert writer.returncode == 0, f"a row was refused: {said}"


def assert_adopted(pair: Pair) -> None:
    """GTIDs on both, and the channel follows them, with the same rows on both."""
    assert [machine.value(_MODE) for machine in (pair.primary, pair.replica)] == ["ON", "ON"]
    assert pair.replica.value(_BY_GTID) == "1"
    pair.await_healthy()
    pair.prove_replication("by GTID")


def assert_settled(pair: Pair, *arguments: str) -> None:
    """Another run finds nothing to do."""
    again = site(pair, *arguments)
    assert again.failure is None
    assert again.tasks_changed == ()


def test_busy_pair(by_position: Pair) -> None:
    pair = by_position
    with writing(pair):
        wait_until("rows", lambda: int(pair.content(pair.primary)["entries"]) > 20)
        predicted = site(pair, "--check")
        assert predicted.failure is None
        before = int(pair.content(pair.primary)["entries"])
        run = site(pair)
        assert int(pair.content(pair.primary)["entries"]) > before
    assert run.failure is None, run.failure
    assert predicted.steps() == run.steps()
    assert_adopted(pair)
    assert_settled(pair)


def test_idle_pair(by_position: Pair) -> None:
    run = site(by_position)
    assert run.failure is None, run.failure
    assert_adopted(by_position)
    assert_settled(by_position)


def test_receiver_stopped(by_position: Pair) -> None:
    """What the replica has not received has no GTID, and a position by GTID would skip it."""
    pair = by_position
    ahead = f"INSERT INTO {TABLE} (note) VALUES ('ahead'); FLUSH BINARY LOGS"
    perform(pair, (on("replica", "STOP REPLICA IO_THREAD"), on("primary", ahead)))
    run = site(pair)
    assert run.failure is not None
    assert "the receiver of channel '' is stopped" in run.failure.message
    assert pair.replica.value(_BY_GTID) == "0"
    perform(pair, (on("replica", "START REPLICA IO_THREAD"),))
    run = site(pair)
    assert run.failure is None, run.failure
    assert_adopted(pair)


def test_gtids_turned_on_by_hand_too_early(by_position: Pair) -> None:
    """Both servers have gtid_mode ON, yet the replica lacks what the primary wrote before."""
    pair = by_position
    consistent = "SET GLOBAL enforce_gtid_consistency = 'ON'"
    modes = "; ".join(f"SET GLOBAL gtid_mode = '{mode}'" for mode in ("OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"))
    ahead = f"INSERT INTO {TABLE} (note) VALUES ('ahead'); FLUSH BINARY LOGS"
    by_hand = [on(host, f"{consistent}; {modes}") for host in ("replica", "primary")]
    perform(pair, (on("replica", "STOP REPLICA IO_THREAD"), on("primary", ahead), *by_hand))
    run = site(pair)
    assert run.failure is not None
    assert "has not applied all transactions without a GTID" in run.failure.message
    assert pair.replica.value(_BY_GTID) == "0"
    perform(pair, tuple(on(host, "SET GLOBAL gtid_mode = 'ON_PERMISSIVE'") for host in ("primary", "replica")))
    perform(pair, (on("replica", "START REPLICA"),))
    pair.prove_replication("caught up")
    run = site(pair)
    assert run.failure is None, run.failure
    assert_adopted(pair)


def test_file_and_position(server_name: str, pairs: Pairs) -> None:
    """Whoever wants no GTIDs gets a channel by file and position; its port is mended at the position that it had."""
    label = f"{server_name}-position"
    pair = pairs.bare(server_name, label)
    run = site(pair, *_BY_POSITION)
    assert run.failure is None, run.failure
    pair.make_table()
    pair.prove_replication("by file and position")
    assert_settled(pair, *_BY_POSITION)

    channel = pair.channel()
    assert channel is not None
    assert channel.columns.get("Auto_Position", channel.columns.get("Using_Gtid")) in ("0", "No")
    file, position = channel.columns["Relay_Source_Log_File"], channel.columns["Exec_Source_Log_Pos"]
    port = f"${{source}}_PORT = 3307, ${{source}}_LOG_FILE = '{file}', ${{source}}_LOG_POS = {position}"
    wrong = on("replica", f"STOP REPLICA; $change {port}; START REPLICA")
    perform(pair, (wrong, on("primary", f"INSERT INTO {TABLE} (note) VALUES ('meanwhile'); FLUSH BINARY LOGS")))
    run = site(pair, *_BY_POSITION)
    assert run.failure is None, run.failure
    pair.prove_replication("at the right port")
    assert_settled(pair, *_BY_POSITION)
    pairs.drop(label)
