# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hard moments of ``verify_data``: killed anywhere, a primary that dies, load, lag, delay, filters, a replica that stops."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fault import on, perform
from machine import Machine, wait_until
from modules import PACKAGE, Modules
from pair import Pair
from playbook import killed
from verifying import NOTES, Call, drop_data, make_data, notes, on_the_replica, said, verify

#: Runs a module in a process that ends, as by ``kill -9``, when its n-th statement is done.
KILLED = f"""\
import os, runpy, signal
from {PACKAGE}.module_utils._server import connection
left, rows = [STATEMENTS], connection.Session.rows
def rows_and_die(session, statement):
    found = rows(session, statement)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
connection.Session.rows = rows_and_die
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""
_DIFFERENT = "UPDATE data.numbers SET v = 'own' WHERE n = 7; DELETE FROM data.byte_keys WHERE k = X'270127'"
_FOUND = ["k=X'270127'", "n=7"]


@pytest.fixture
def pair(server_name: str, replicating: Callable[[str], Pair]) -> Iterator[Pair]:
    found = replicating(server_name)
    make_data(found)
    yield found
    drop_data(found)


def finished(call: Call) -> dict[str, Any]:
    """The verdict of a run that takes over and comes to its end."""
    call.begin()
    while not call.both():
        pass
    return call.end()


@contextmanager
def busy(machine: Machine, statement: str, wanted: int = 1) -> Iterator[None]:
    """Connections that run a statement, seen there before the block begins and killed after it."""
    running = [
        subprocess.Popen([*machine.ssh, f'{machine.client} --skip-reconnect -e "{statement} AS busy"'], stderr=subprocess.DEVNULL)
        for _number in range(wanted)
    ]
    listed = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO LIKE '%AS busy' AND ID <> CONNECTION_ID()"
    try:
        wait_until("the statements to run", lambda: len(machine.rows(listed)) == wanted)
        yield
    finally:
        machine.sql("".join(f"KILL {row['id']};" for row in machine.rows(listed)))
        for process in running:
            process.wait()


@pytest.mark.parametrize("state", ["begun", "primary", "replica", "absent"])
def test_a_module_is_killed_anywhere_and_the_next_run_finishes(pair: Pair, state: str) -> None:
    on_the_replica(pair, _DIFFERENT)
    with closing(Modules(pair)) as modules:
        statements, status = 1, -1
        while status:
            call = Call(modules, chunk_time=0.02)
            machine = pair.replica if state == "replica" else pair.primary
            options = call.beginning()
            if state != "begun":
                call.begin()
                call.round = 1
                options = call.leading()
            if state in ("replica", "absent"):
                said(modules.run(pair.primary, "table_checksum", options))
                options = call.following()
            if state == "absent":
                while not call.both():
                    pass
                options = call.ending()
            status = modules.run_by(KILLED.replace("STATEMENTS", str(statements)), machine, "table_checksum", options).values[
                "status"
            ]
            assert status in (0, 128 + signal.SIGKILL)
            if status or state != "absent":
                verdict = finished(Call(modules))
                assert sorted(one["key"] for one in verdict["differences"]) == _FOUND, f"killed after statement {statements}"
            statements *= 3
            pair.await_applied()
            assert not notes(pair.primary) and not notes(pair.replica)
    assert statements > 9, "nothing was killed"


def test_a_controller_is_killed_and_the_next_run_goes_on(pair: Pair, tmp_path: Path) -> None:
    on_the_replica(pair, _DIFFERENT)
    given = {"mysql_replication_verify_chunk_time": 0.001, "mysql_replication_verify_slice": 60}
    command = [
        "ansible-playbook",
        "dbops.mysql_replication.verify_data",
        "--inventory",
        str(pair.inventory),
        "-e",
        json.dumps(given),
    ]
    # The primary's module waits for this lock when the controller dies, and goes on working after that.
    with busy(pair.primary, "LOCK TABLES data.numbers WRITE; SELECT SLEEP(100)"):
        told = f"SELECT id FROM {NOTES}.item"
        with killed(command, tmp_path):
            wait_until("the primary to tell the first tables", lambda: notes(pair.primary) and len(pair.primary.rows(told)) > 2)
    status, printed = verify(pair, tmp_path, databases=[])
    assert status != 0
    assert "data.numbers: the row n=7 has other values" in printed
    assert "data.byte_keys: the row k=X'270127' is missing" in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


def test_a_primary_dies_meanwhile_and_the_next_run_goes_on(pair: Pair, tmp_path: Path) -> None:
    on_the_replica(pair, _DIFFERENT)
    with closing(Modules(pair)) as modules:
        call = Call(modules)
        call.begin()
        results: list[Any] = []
        caller = threading.Thread(target=lambda: results.append(call.lead()))
        locker = subprocess.Popen(
            [*pair.primary.ssh, f"{pair.primary.client} -e 'LOCK TABLES data.numbers WRITE; SELECT SLEEP(100)'"],
            stderr=subprocess.DEVNULL,
        )
        waiting = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(100%'"
        wait_until("the lock", lambda: pair.primary.rows(waiting))
        caller.start()
        blocked = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE STATE LIKE '%lock%' AND INFO LIKE '%numbers%'"
        wait_until("the comparison to wait for the lock", lambda: pair.primary.rows(blocked))
        pair.primary.shell(f"systemctl kill --signal=KILL {pair.primary.service}")
        locker.wait()
        caller.join()
        assert results[0].failed
        assert "Way out: " in results[0].message
    pair.primary.restart()
    pair.reconnect()
    pair.await_healthy()
    assert notes(pair.primary)
    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status != 0
    assert "data.numbers: the row n=7 has other values" in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


def test_load_on_the_primary_is_waited_out(pair: Pair) -> None:
    with closing(Modules(pair)) as modules:
        call = Call(modules, more={"max_load": 3})
        call.begin()
        with busy(pair.primary, "SELECT SLEEP(100)", wanted=5):
            lead = said(call.lead(slice=1.5))
            assert lead["progress"]["rows"] == 0
            assert lead["waits"].endswith("threads run, and it reads on at 3")
            assert not lead["done"]
        while not call.both():
            pass
        assert call.end()["differences"] == []


def lag(pair: Pair) -> int:
    """Seconds of it, as the replica says."""
    channel = pair.channel()
    assert channel
    return next(int(seconds) for name, seconds in channel.columns.items() if name.startswith("Seconds_Behind"))


def test_lag_of_a_replica_is_waited_out(pair: Pair) -> None:
    """What was told has arrived; then the replica is busy with one statement, to whose end it must be left alone."""
    with closing(Modules(pair)) as modules:
        call = Call(modules, more={"connect_timeout": 1})
        call.begin()
        call.lead()
        pair.await_applied()
        slow = "SET SESSION binlog_format = 'STATEMENT'; INSERT INTO data.keyless SELECT 3 + SLEEP(7)"
        pair.primary.sql(slow)
        wait_until("the replica to lag", lambda: lag(pair) > 2)
        follow = said(call.follow(slice=0.5))
        assert follow["memory"]["seen"] == 0
        assert follow["waits"].startswith("it lags ")
        assert not follow["done"]
        pair.await_applied()
        while not call.both():
            pass
        assert call.end()["differences"] == []


@pytest.mark.dealt
def test_a_delayed_replica_is_given_its_delay(pair: Pair, tmp_path: Path) -> None:
    on_the_replica(pair, _DIFFERENT)
    delayed = "STOP REPLICA; $change ${source}_DELAY = %d; START REPLICA"
    perform(pair, (on("replica", delayed % 12),))
    try:
        with closing(Modules(pair)) as modules:
            verdict = finished(Call(modules, more={"connect_timeout": 1, "wait": 6, "slice": 0.5}))
        status, printed = verify(pair, tmp_path, databases=["data"], slice=0.5)
    finally:
        perform(pair, (on("replica", delayed % 0),))
    assert sorted(one["key"] for one in verdict["differences"]) == _FOUND
    assert status != 0
    assert "waits: it is delayed by 12 s on purpose, and each round takes that much longer" in printed
    assert "rows, not done yet: replica1" in printed


FILTERS = {
    "mysql": ("CHANGE REPLICATION FILTER REPLICATE_{}_{} = ({})", "data.byte_keys", "REPLICATE_IGNORE_TABLE"),
    "mariadb": ("SET GLOBAL replicate_{}_{} = '{}'", "data.byte_keys", "Replicate_Ignore_Table"),
}


@contextmanager
def filtered(pair: Pair, kind: str, names: str, part: str = "table") -> Iterator[None]:
    """The replica leaves these tables or databases out, or all others."""
    statement, _table, _shown = FILTERS[pair.vendor]
    perform(pair, (on("replica", f"STOP REPLICA; {statement.format(kind, part, names)}; START REPLICA"),))
    try:
        yield
    finally:
        perform(pair, (on("replica", f"STOP REPLICA; {statement.format(kind, part, '')}; START REPLICA"),))


def test_what_a_filter_leaves_out_differs_and_the_filter_is_named(pair: Pair, tmp_path: Path) -> None:
    with filtered(pair, "ignore", "data.byte_keys"):
        pair.primary.sql("DELETE FROM data.byte_keys WHERE k = X'270127'")
        pair.await_applied()
        status, printed = verify(pair, tmp_path, databases=["data"])
    assert status != 0
    assert "data.byte_keys: the row k=X'270127' is only there" in printed
    assert "its channel has filters (" in printed
    assert "data.numbers" not in printed


@pytest.mark.parametrize(("part", "left_out"), [("table", f"{NOTES}.item"), ("db", NOTES)])
def test_a_filter_of_the_notes_is_named(part: str, left_out: str, pair: Pair) -> None:
    with closing(Modules(pair)) as modules:
        call = Call(modules, more={"connect_timeout": 1, "wait": 1})
        with filtered(pair, "ignore", left_out, part):
            said(call.lead(slice=0.1))
            follow = call.follow(slice=0.1)
            call.end()
            pair.await_applied()
            assert pair.is_healthy()
    assert follow.failed
    assert "nothing of the comparison has come" in follow.message
    assert left_out in follow.message


def test_a_replica_that_lacks_a_note_is_not_vouched_for(pair: Pair) -> None:
    on_the_replica(pair, _DIFFERENT)
    with closing(Modules(pair)) as modules:
        call = Call(modules, more={"connect_timeout": 1, "wait": 1})
        said(call.lead())
        pair.await_applied()
        on_the_replica(pair, f"DELETE FROM {NOTES}.item WHERE id = 3; UPDATE {NOTES}.state SET id = 5")
        follow = call.follow(slice=0.1)
        assert follow.failed
        assert "nothing of the comparison has come" in follow.message
        # The primary's next statements find less there than on the primary, and do not stop the replica.
        said(call.lead())
        pair.await_applied()
        assert pair.is_healthy()
        on_the_replica(pair, f"UPDATE {NOTES}.state SET id = 1")
        assert call.follow(slice=0.1).failed
        verdict = finished(Call(modules, more={"resume": False}))
    assert sorted(one["key"] for one in verdict["differences"]) == _FOUND


def test_a_replica_that_stops_meanwhile_is_named_and_goes_on(pair: Pair) -> None:
    on_the_replica(pair, _DIFFERENT)
    with closing(Modules(pair)) as modules:
        call = Call(modules, chunk_time=0.005)
        while call.table != "data.numbers":
            call.both(slice=0.01)
        pair.replica.sql("STOP REPLICA SQL_THREAD")
        said(call.lead(slice=0.01))
        follow = call.follow(slice=0.01)
        assert follow.failed
        assert "does not replicate: applier off" in follow.message
        pair.replica.sql("START REPLICA SQL_THREAD")
        pair.await_applied()
        while not call.both():
            pass
        assert sorted(one["key"] for one in call.end()["differences"]) == _FOUND
