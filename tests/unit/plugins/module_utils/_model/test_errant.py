# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which transactions of a replica's binary log are errant, and in which files they can stand, against sets of single ones."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import MariaDBErrant, MySQLErrant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import BinlogState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from hypothesis import given
from hypothesis import strategies as st

U = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
V = "0e11fa47-71ca-11e1-9e33-c80aa9429562"
NUMBERS = st.sets(st.tuples(st.sampled_from([U, V]), st.integers(1, 9)))
#: A MariaDB binary log: transactions of two servers, each with rising numbers, and the places where files begin.
LOGS = st.lists(st.sampled_from([1, 2]), max_size=12)


def gtids(transactions: set[tuple[str, int]]) -> str:
    return ",".join(f"{uuid}:{number}" for uuid, number in transactions)


@given(NUMBERS, NUMBERS)
def test_mysql_holds_what_the_source_lacks(here: set[tuple[str, int]], there: set[tuple[str, int]]) -> None:
    errant = MySQLErrant(GtidSet.parse(gtids(here)) - GtidSet.parse(gtids(there)))
    assert {one for one in here | there if errant.holds(gtids({one}))} == here - there
    assert not errant.holds("")


@given(NUMBERS, NUMBERS, NUMBERS)
def test_mysql_finds_the_file(only_here: set[tuple[str, int]], before: set[tuple[str, int]], logged: set[tuple[str, int]]) -> None:
    errant = MySQLErrant(GtidSet.parse(gtids(only_here)))
    assert errant.within(gtids(before), gtids(before | logged)) == bool((logged - before) & only_here)


@given(NUMBERS, NUMBERS)
def test_mysql_tells_what_no_file_has(only_here: set[tuple[str, int]], found: set[tuple[str, int]]) -> None:
    errant = MySQLErrant(GtidSet.parse(gtids(only_here)))
    assert GtidSet.parse(errant.unread([gtids({one}) for one in found], "")) == GtidSet.parse(gtids(only_here - found))


def test_mysql_knows_tags() -> None:
    errant = MySQLErrant(GtidSet.parse(f"{U}:a:1-2"))
    assert errant.holds(f"{U}:a:2")
    assert not errant.holds(f"{U}:2")


def log_of(servers: list[int]) -> list[str]:
    return [f"0-{server}-{number}" for number, server in enumerate(servers, 1)]


def state_of(log: list[str]) -> str:
    last = {one.rpartition("-")[0]: one for one in log}
    return ",".join(last.values())


@given(LOGS, st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
def test_mariadb_holds_what_the_source_lacks(servers: list[int], known: int, begun: int, ended: int) -> None:
    """The source has the log's beginning."""
    log = log_of(servers)
    source = state_of(log[:known])
    ahead = log[known:]
    errant = MariaDBErrant.parse(state_of(ahead), source)
    assert [one for one in log if errant.holds(one)] == ahead
    file = log[begun : max(begun, ended)]
    assert errant.within(state_of(log[:begun]), state_of(log[:begun] + file)) == bool(set(file) & set(ahead))


def test_mariadb_tells_what_no_file_has() -> None:
    errant = MariaDBErrant.parse("0-2-7,1-2-3", "0-1-9,0-2-2")
    assert str(errant) == "0-2-7,1-2-3"
    # There the last GTID of several.
    assert errant.told() == "up to 0-2-7, up to 1-2-3"
    assert errant.unread(["0-2-7", "1-2-3"], "0-2-2") == ""
    assert errant.unread(["0-2-7", "1-2-3"], "0-2-5") == "those up to 0-2-5"
    # The position was set by hand, or all logs were reset: nothing of it is logged.
    assert errant.unread(["0-2-7"], "") == "those up to 1-2-3"


def test_a_position_and_a_log_may_name_one_server_twice() -> None:
    assert str(MariaDBErrant.parse("0-2-5,0-2-7", "")) == "0-2-7"
    assert str(MariaDBErrant.parse("", "0-1-3")) == ""
    assert BinlogState.parse("0-1-3")
