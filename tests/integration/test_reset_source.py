# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source whose binary logs and GTIDs were reset writes other rows under the GTIDs that its replica has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import Pairs
from fault import MARIADB, MYSQL
from machine import wait_until
from pair import TABLE, Pair, assert_same
from playbook import site

_RESET = {MYSQL: "RESET BINARY LOGS AND GTIDS", MARIADB: "RESET MASTER"}


@pytest.fixture
def own_pair(server_name: str, pairs: Pairs) -> Iterator[Pair]:
    """A replicating pair of its own: its rows differ in the end."""
    label = f"{server_name}-reset"
    pair = pairs.bare(server_name, label)
    assert site(pair).failure is None
    pair.make_table()
    for number in range(3):
        pair.prove_replication(f"before {number}")
    yield pair
    pairs.drop(label)


def test_a_reset_source(own_pair: Pair) -> None:
    pair = own_pair
    if pair.vendor == MARIADB:
        # A connected one goes on with the new binary log by itself, and then nothing tells any more that there was another.
        pair.replica.sql("STOP SLAVE")
    pair.primary.sql(_RESET[pair.vendor])
    _write(pair, 2)
    wait_until("the receiver to stop", lambda: not pair.is_healthy())
    _refused(pair, "lacks its own transactions")
    _write(pair, 40)
    _refused(pair, "has read another one")


def _write(pair: Pair, rows: int) -> None:
    pair.primary.sql("; ".join([f"INSERT INTO {TABLE} (note) VALUES ('since the reset')"] * rows))


def _refused(pair: Pair, needle: str) -> None:
    before = pair.fingerprint()
    for arguments in (("--check",), ()):
        failure = site(pair, *arguments).failure
        assert failure is not None
        assert "has begun anew" in failure.message
        assert needle in failure.message
    assert_same(before, pair.fingerprint())
