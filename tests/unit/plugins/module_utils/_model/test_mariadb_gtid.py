# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MariaDB's GTIDs: their text as 10.11 and 11.8 read and print it, and what a replica and its source have of each other."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mariadb_gtid import (
    BinlogState,
    Gtid,
    GtidPosition,
    ahead_of,
    errant,
)
from hypothesis import given
from hypothesis import strategies as st

SMALL = st.integers(0, 3)
STATES = st.dictionaries(st.tuples(SMALL, SMALL), st.integers(0, 5)).map(
    lambda seqs: BinlogState.parse(",".join(f"{domain}-{server}-{seq}" for (domain, server), seq in seqs.items()))
)
POSITIONS = st.dictionaries(SMALL, st.tuples(SMALL, st.integers(0, 5))).map(
    lambda gtids: GtidPosition.parse(",".join(f"{domain}-{server}-{seq}" for domain, (server, seq) in gtids.items()))
)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", ""),
        ("0-1-2", "0-1-2"),
        ("5-1-3,0-1-2, 1-1-1", "0-1-2,1-1-1,5-1-3"),
        ("00-01-002", "0-1-2"),
        ("0-0-0", "0-0-0"),
        ("4294967295-4294967295-18446744073709551615", "4294967295-4294967295-18446744073709551615"),
    ],
)
def test_positions_are_read_and_printed_as_the_server_does(text: str, printed: str) -> None:
    position = GtidPosition.parse(text)
    assert str(position) == printed
    assert bool(position) == bool(text)


@pytest.mark.parametrize(
    "text",
    ["a", "0-1", "0-1-2-3", "0-1-2,", "0 -1-2", "-1-2", "0-1-18446744073709551616", "4294967296-1-1", "0-4294967296-1", "0-1-٣"],
)
@pytest.mark.parametrize("kind", [GtidPosition, BinlogState])
def test_other_text_is_refused(kind: type[GtidPosition] | type[BinlogState], text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        kind.parse(text)


def test_a_domain_occurs_once_in_a_position() -> None:
    with pytest.raises(ValueError, match="0-1-2 and 0-2-3 are both in domain 0"):
        GtidPosition.parse("0-1-2,0-2-3")
    with pytest.raises(ValueError, match="domain 0"):
        GtidPosition.parse("0-1-2,0-1-2")


def test_a_server_occurs_once_per_domain_in_a_state() -> None:
    with pytest.raises(ValueError, match="twice"):
        BinlogState.parse("0-1-2,1-1-1,0-1-3")


# As seen: the state that was set, then @@gtid_binlog_state.
@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("0-1-2,0-2-3,0-3-1", "0-1-2,0-2-3,0-3-1"),
        ("0-2-3,0-1-9,3-1-1,1-1-1", "0-2-3,0-1-9,1-1-1,3-1-1"),
        ("0-7-3,0-1-4,2-9-1,5-1-1,5-9-2", "0-7-3,0-1-4,2-9-1,5-1-1,5-9-2"),
    ],
)
def test_a_state_keeps_what_was_logged_last_in_a_domain(text: str, printed: str) -> None:
    state = BinlogState.parse(text)
    assert str(state) == printed


@pytest.mark.parametrize(
    ("position", "state", "ahead"),
    [
        ("", "", ""),
        ("", "0-1-5", ""),
        ("0-1-5", "0-1-5", ""),
        ("0-1-4", "0-1-5", ""),
        ("0-1-6", "0-1-5", "0-1-6"),
        # After a failover: the source was the replica of server 1, and has logged on since.
        ("0-1-5", "0-1-5,0-2-6", ""),
        # Server 1 went on after server 2 took over: number 6 exists twice.
        ("0-1-6", "0-1-5,0-2-6", "0-1-6"),
        ("0-3-5", "0-1-5", "0-3-5"),
        ("0-1-5,1-1-1", "0-1-5", "1-1-1"),
        ("0-1-5,1-1-1", "0-1-4,1-1-1", "0-1-5"),
        ("0-1-0", "", "0-1-0"),
    ],
)
def test_what_of_a_position_the_source_lacks(position: str, state: str, ahead: str) -> None:
    at, has = GtidPosition.parse(position), BinlogState.parse(state)
    assert ",".join(map(str, ahead_of(at, has))) == ahead


@pytest.mark.parametrize(
    ("replica", "source", "expected"),
    [
        ("0-1-22", "0-1-22", ""),
        # The signature of a local write on a replica, as seen on 10.11.
        ("0-1-22,0-2-23", "0-1-22", "0-2-23"),
        # The replica was the source once.
        ("0-2-23,0-1-24", "0-2-23,0-1-24", ""),
        ("0-2-25,0-1-24", "0-2-23,0-1-24", "0-2-25"),
        # The replica is ahead with another server's transaction: not its own.
        ("0-1-30,0-3-7", "0-1-22", ""),
        ("0-1-22,7-2-1", "0-1-22", "7-2-1"),
        # The same server_id in another domain says nothing of this one.
        ("0-2-3,1-2-9", "1-2-9", "0-2-3"),
    ],
)
def test_errant_is_what_began_on_the_replica_and_never_reached_the_source(replica: str, source: str, expected: str) -> None:
    found = errant(BinlogState.parse(replica), BinlogState.parse(source), 2)
    assert ",".join(map(str, found)) == expected


@given(POSITIONS, STATES)
def test_ahead_of_is_what_no_entry_covers(position: GtidPosition, state: BinlogState) -> None:
    logged = {Gtid(entry.domain, entry.server, seq) for entry in state.gtids for seq in range(entry.seq + 1)}
    assert set(ahead_of(position, state)) == set(position.gtids) - logged


@given(STATES, STATES, SMALL)
def test_errant_is_within_what_the_source_lacks(replica: BinlogState, source: BinlogState, server: int) -> None:
    lacking = set(ahead_of(replica, source))
    assert set(errant(replica, source, server)) == {gtid for gtid in lacking if gtid.server == server}


@given(STATES)
def test_a_state_survives_being_printed(state: BinlogState) -> None:
    assert BinlogState.parse(str(state)) == state
