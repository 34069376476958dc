# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clients are handed, and in which order they have done it; the clients are programs of this test."""

from __future__ import annotations

import fcntl
import sys
import time
from contextlib import ExitStack

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.dump_stream import Kind, Part
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.loaders import Loaders

#: fcntl.F_GETPIPE_SZ, which Python names from 3.10 on.
GET_PIPE_SIZE = 1032
STATE = "USE `d`;\nSET SESSION x = 1;\n"
#: Does a line at a time, notes it when it is done, and answers queries; rows take the others' time, and some end it.
CLIENT = f"""\
#!{sys.executable}
import os, sys, time
for line in iter(sys.stdin.readline, ""):
    if "held" in line:
        open(__file__ + ".held", "w").close()
    while "held" in line and not os.path.exists(__file__ + ".go"):
        time.sleep(0.01)
    if "slow" in line:
        time.sleep(0.3)
    if "die" in line:
        sys.exit("it says why")
    if line.startswith("SELECT"):
        print({STATE.encode().hex()!r} if "HEX" in line else int("ordered" not in line), flush=True)
        continue
    with open(__file__ + ".done", "a") as log:
        log.write(f"{{os.getpid()}} {{line}}")
"""


@pytest.fixture
def client(tmp_path):
    path = tmp_path / "client"
    path.write_text(CLIENT)
    path.chmod(0o700)
    return path


def load(client, count, *parts):
    """What was done: the number of a client and its line, in the order of their ends."""
    with ExitStack() as stack:
        loaders = Loaders(stack, str(client), [], count)
        numbers = {str(loader.process.pid): index for index, loader in enumerate(loaders.all)}
        for kind, text in parts:
            loaders.take(Part(kind, bytearray(text.encode())))
        loaders.finish()
        assert [loader.process.returncode for loader in loaders.all] == [0] * count
    lines = [line.split(" ", 1) for line in client.with_suffix(".done").read_text().splitlines()]
    return [(numbers[number], line) for number, line in lines]


A, R, M, L = Kind.ALONE, Kind.ROWS, Kind.MORE, Kind.LOCKS
SET = STATE.splitlines()


def rows(*numbers):
    return [(R, f"insert {number}\n") for number in numbers]


def test_rows_go_to_all_in_turn_and_all_else_to_the_first(client):
    done = load(client, 2, (A, "create\n"), (R, "ins"), (M, "ert 1\n"), *rows(2, 3, 4), (A, "keys\n"))
    assert [line for number, line in done if number == 0] == ["create", "insert 1", *SET, "insert 3", "keys"]
    assert [line for number, line in done if number == 1] == [*SET, "insert 2", "insert 4"]


def test_the_first_rows_of_a_table_are_there_before_others_come(client):
    done = [line for _number, line in load(client, 2, (A, "create\n"), (R, "slow insert 1\n"), *rows(2)) if line not in SET]
    assert done == ["create", "slow insert 1", "insert 2"]


def test_what_is_alone_waits_for_all_rows_and_is_done_before_the_next(client):
    parts = (*rows(1), (R, "slow insert 2\n"), *rows(3), (A, "keys\n"), (A, "slow create\n"), *rows(4, 5, 6))
    done = [line for _number, line in load(client, 2, (A, "create\n"), *parts) if line not in SET]
    assert sorted(done[2:4]) == ["insert 3", "slow insert 2"]
    assert (done[:2], done[4:7]) == (["create", "insert 1"], ["keys", "slow create", "insert 4"])


def test_a_state_that_has_not_changed_is_not_set_again(client):
    done = load(client, 2, (A, "a\n"), *rows(1, 2), (A, "b\n"), *rows(3, 4))
    assert [line for number, line in done if number == 1] == [*SET, "insert 2", "insert 4"]


def test_rows_in_order_are_for_the_first(client):
    locks = [(L, f"LOCK TABLES `{name}` WRITE;\n") for name in ("ordered", "any")]
    done = load(client, 2, locks[0], *rows(1, 2, 3), (L, "UNLOCK TABLES;\n"), (A, "a\n"), locks[1], *rows(4, 5))
    assert done[:4] == [(0, "insert 1"), (0, "insert 2"), (0, "insert 3"), (0, "a")]
    assert (1, "insert 5") in done


def test_one_client_takes_all_in_order(client):
    done = load(client, 1, (A, "a\n"), *rows(1, 2, 3), (A, "b\n"))
    assert done == [(0, line) for line in ("a", "insert 1", "insert 2", "insert 3", "b")]


def test_rows_go_round_a_client_that_has_no_room(client):
    with ExitStack() as stack:
        loaders = Loaders(stack, str(client), [], 2)
        room = fcntl.fcntl(loaders.all[0].number, GET_PIPE_SIZE)
        for kind, text in (*rows(1), (R, "held\n")):
            loaders.take(Part(kind, bytearray(text.encode())))
        while not client.with_suffix(".held").exists():
            time.sleep(0.01)
        for kind, text in (*rows(1), (R, f"{'x' * (room - 1)}\n"), *rows(1, 1, 1)):
            loaders.take(Part(kind, bytearray(text.encode())))
        client.with_suffix(".go").touch()
        loaders.finish()
        number = str(loaders.all[0].process.pid)
    assert [line for line in client.with_suffix(".done").read_text().splitlines() if "insert" in line] == [f"{number} insert 1"] * 5


@pytest.mark.parametrize(
    "parts",
    [
        [(A, "die\n"), *rows(1, 2)],
        [*rows(1), (R, "die\n"), (A, "keys\n")],
        [*rows(1), (R, "die\n"), *[(R, f"insert {'x' * (1 << 22)}\n")] * 3],
    ],
)
def test_a_client_that_ends_is_noticed_and_says_why(client, parts):
    with ExitStack() as stack:
        loaders = Loaders(stack, str(client), [], 2)
        with pytest.raises(BrokenPipeError):
            for kind, text in parts:
                loaders.take(Part(kind, bytearray(text.encode())))
        assert [loader.process.returncode for loader in loaders.all].count(1) == 1
        assert sum(b"it says why" in said.said.read() for said in loaders.all if said.said.seek(0) == 0) == 1
    assert all(loader.process.returncode is not None for loader in loaders.all)
