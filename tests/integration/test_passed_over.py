# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replica that has its source's server_id takes the source's transactions for its own, and leaves them out without a word."""

from __future__ import annotations

import re

import pytest
from auditing import audit
from fault import MARIADB
from machine import wait_until
from modules import Modules
from pair import TABLE, Pair, assert_same
from playbook import site


def write(pair: Pair, number: int) -> None:
    pair.primary.sql(f"INSERT INTO {TABLE} VALUES ({number}, 'left out?')")


def has(pair: Pair, number: int) -> bool:
    return pair.replica.value(f"SELECT COUNT(*) FROM {TABLE} WHERE id = {number}") == "1"


def take_the_sources_number(pair: Pair) -> str:
    """The replica's own number, which it has no more; what the source writes from now on is left out."""
    own = pair.replica.value("SELECT @@global.server_id")
    pair.replica.sql(f"SET GLOBAL server_id = {pair.primary.value('SELECT @@global.server_id')}")
    return own


def await_place(pair: Pair) -> None:
    """Waits until the receiver has read as far as the source has written."""
    status = "SHOW BINARY LOG STATUS" if pair.vendor != MARIADB else "SHOW MASTER STATUS"
    wait_until("the receiver to read on", lambda: _read_to(pair) == pair.primary.rows(status)[0]["Position"])


def refused(modules: Modules, needle: str) -> str:
    """What they say, and that they touched nothing."""
    before = modules.pair.fingerprint()
    failure = modules.site().failure
    assert failure is not None
    assert needle in failure.message
    assert_same(before, modules.pair.fingerprint())
    return failure.message


def test_a_primary_that_has_its_replicas_number(own_modules: Modules) -> None:
    """What it has written then bears that number for ever: the replica takes it for its own however often it comes."""
    pair = own_modules.pair
    pair.primary.sql(f"SET GLOBAL server_id = {pair.replica.value('SELECT @@global.server_id')}")
    write(pair, 1001)
    await_place(pair)
    assert pair.is_healthy()
    assert not has(pair, 1001)
    told = refused(own_modules, "which is that of")
    (statements,) = re.findall(r"on \S+: (STOP .*?; START (?:REPLICA|SLAVE))", told)
    pair.replica.sql(statements)
    wait_until("the row", lambda: has(pair, 1001))
    pair.primary.sql(re.findall(r"on \S+: (SET GLOBAL server_id = \d+)", told)[0])
    done = site(pair)
    assert done.failure is None, done.output
    pair.await_healthy()
    pair.prove_replication("after the numbers were mended")
    assert not own_modules.site().changed


def test_a_channel_that_ignores_its_own_source(own_modules: Modules) -> None:
    pair = own_modules.pair
    if pair.vendor != MARIADB:
        pytest.skip("MySQL refuses that where GTIDs are on")
    number = pair.primary.value("SELECT @@global.server_id")
    pair.replica.sql(f"STOP SLAVE; CHANGE MASTER TO IGNORE_SERVER_IDS = ({number}); START SLAVE")
    # What follows looks whether anything changes by itself: the receiver must have logged in, and begun its relay log.
    wait_until("the receiver", lambda: (channel := pair.channel()) and channel.healthy and channel.columns["Source_Log_File"])
    (statements,) = re.findall(r"on \S+: (STOP SLAVE; CHANGE .*? = \(\))", refused(own_modules, "leaves out all that"))
    pair.replica.sql(statements)
    assert site(pair).failure is None
    pair.await_healthy()
    pair.prove_replication("heeded again")


def _read_to(pair: Pair) -> str:
    channel = pair.channel()
    return channel.columns["Read_Source_Log_Pos"] if channel else ""


def test_what_was_left_out_is_fetched_while_nothing_later_was_applied(own_modules: Modules) -> None:
    """The primary had the replica's number for a while, and a person gave it back: the binary log holds that number for ever."""
    pair = own_modules.pair
    if pair.vendor == MARIADB:
        pytest.skip("MariaDB's position goes on over what is left out; see above")
    own = pair.primary.value("SELECT @@global.server_id")
    pair.primary.sql(f"SET GLOBAL server_id = {pair.replica.value('SELECT @@global.server_id')}")
    write(pair, 2001)
    await_place(pair)
    pair.replica.sql("STOP REPLICA SQL_THREAD")
    pair.primary.sql(f"SET GLOBAL server_id = {own}")
    write(pair, 2002)
    await_place(pair)
    (statements,) = re.findall(
        r"on \S+: (STOP REPLICA; SET .*?; START REPLICA)", refused(own_modules, "has passed over transactions")
    )
    pair.replica.sql(statements)
    wait_until("the rows", lambda: has(pair, 2001) and has(pair, 2002))
    done = site(pair)
    assert done.failure is None, done.output
    pair.await_healthy()
    pair.prove_replication("after the number was mended")
    assert not own_modules.site().changed


@pytest.mark.spoils
def test_what_was_left_out_comes_in_its_order_or_is_named(own_modules: Modules) -> None:
    pair = own_modules.pair
    own = take_the_sources_number(pair)
    write(pair, 3001)
    await_place(pair)
    assert pair.is_healthy()
    assert not has(pair, 3001)
    if pair.vendor == MARIADB:
        assert "gtid.passed_over" in {one.rule for one in audit(own_modules) if one.is_root}
        told = refused(own_modules, "has passed over transactions")
        (statements,) = re.findall(r"on \S+: (STOP SLAVE; SET GLOBAL gtid_slave_pos = '[^']*')", told)
        pair.replica.sql(statements)
    done = site(pair)
    assert done.failure is None, done.output
    pair.await_healthy()
    pair.prove_replication("after the number was mended")
    assert has(pair, 3001)
    assert not own_modules.site().changed

    if pair.vendor != MARIADB:
        take_the_sources_number(pair)
        write(pair, 3002)
        await_place(pair)
        pair.replica.sql(f"SET GLOBAL server_id = {own}")
        write(pair, 3003)
        wait_until("a later row", lambda: has(pair, 3003))
        assert pair.is_healthy()
        assert not has(pair, 3002)
        assert next(one for one in audit(own_modules) if one.is_root).rule == "gtid.passed_over"
        assert "has passed over transactions" in refused(own_modules, "later ones were applied without them")
