# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A source whose binary logs and GTIDs were reset writes other rows under the GTIDs that its replica has."""

from __future__ import annotations

import re

import pytest
from auditing import audit
from fault import MARIADB, MYSQL
from machine import wait_until
from modules import Modules
from pair import TABLE, Pair, assert_same
from playbook import site

_RESET = {MYSQL: "RESET BINARY LOGS AND GTIDS", MARIADB: "RESET MASTER"}


def test_a_reset_source(own_modules: Modules) -> None:
    pair = own_modules.pair
    _await_the_next_second(pair)
    if pair.vendor == MARIADB:
        # A connected one goes on with the new binary log by itself, and then nothing tells any more that there was another.
        pair.replica.sql("STOP SLAVE")
    pair.primary.sql(_RESET[pair.vendor])
    _write(pair, 2)
    wait_until("the receiver to stop", lambda: not pair.is_healthy())
    _refused(own_modules, "has begun anew: it lacks its own transactions")
    _overtake(pair)
    _refused(own_modules, "has begun anew")
    found = {one.rule: one for one in audit(own_modules) if one.is_root}
    assert next(iter(found)) == "gtid.replica_ahead"
    if pair.vendor == MARIADB:
        assert "leave it stopped" in found["health.receiver"].remedy

    for reset in ("RESET REPLICA", "RESET REPLICA ALL"):
        pair.replica.sql(f"STOP REPLICA; {reset}")
        _refused(own_modules, "has begun anew")

    _copy_by_hand(pair)
    assert site(pair).failure is None
    pair.await_healthy()
    pair.prove_replication("after the copy")
    pair.primary.sql("ALTER USER repl@'%' ACCOUNT UNLOCK")
    pair.prove_replication("after a change of the account")
    assert not own_modules.site().changed


def test_a_log_that_was_only_just_begun(own_pair: Pair) -> None:
    pair = own_pair
    pair.primary.sql("FLUSH BINARY LOGS")
    newest = pair.primary.rows("SHOW BINARY LOGS")[-1]["Log_name"]
    wait_until("the receiver to read its head", lambda: _rests_at(pair)[0] == newest and _rests_at(pair)[1] != "4")
    pair.replica.sql("STOP REPLICA")
    run = site(pair)
    assert run.failure is None, run.failure
    pair.await_healthy()
    pair.prove_replication("after the break")


def test_a_channel_that_was_reset_before_a_purge(own_modules: Modules) -> None:
    """It names no binary log any more, and on MariaDB its password is gone too."""
    pair = own_modules.pair
    pair.replica.sql("STOP REPLICA")
    _write(pair, 1)
    pair.primary.sql("FLUSH BINARY LOGS")
    newest = pair.primary.rows("SHOW BINARY LOGS")[-1]["Log_name"]
    # A log that a dump thread still reads is left alone, silently.
    purge = f"PURGE BINARY LOGS TO '{newest}'"
    wait_until("the purge", lambda: pair.primary.sql(purge) or len(pair.primary.rows("SHOW BINARY LOGS")) == 1)
    pair.replica.sql("RESET REPLICA")
    _refused(own_modules, "has purged transactions that")
    assert next(one.rule for one in audit(own_modules) if one.is_root) == "gtid.purged_gap"

    _copy_by_hand(pair)
    assert site(pair).failure is None
    pair.await_healthy()


@pytest.mark.spoils
def test_a_source_that_was_reset_and_made_its_tables_anew(own_modules: Modules) -> None:
    """No table is older than its first binary log: only the replica's own log tells that there was another."""
    pair = own_modules.pair
    pair.prove_replication("in the replica's own log")
    _await_the_next_second(pair)
    pair.replica.sql("STOP REPLICA; RESET REPLICA")
    pair.primary.sql(f"{_RESET[pair.vendor]}; DROP TABLE {TABLE}")
    pair.make_table()
    _overtake(pair)
    for forgotten in ("RESET REPLICA", "RESET REPLICA ALL"):
        pair.replica.sql(forgotten)
        _refused(own_modules, "has begun anew")
    before = pair.fingerprint()
    failure = site(pair, "-e", '{"mysql_replication_enforce": ["channel"]}').failure
    assert failure is not None
    assert "has begun anew" in failure.message
    assert_same(before, pair.fingerprint())


def _rests_at(pair: Pair) -> tuple[str, str]:
    channel = pair.channel()
    assert channel is not None
    return channel.columns["Source_Log_File"], channel.columns["Read_Source_Log_Pos"]


def _copy_by_hand(pair: Pair) -> None:
    """What the refusal says, to the letter but for the way of the dump from one server to the other."""
    if pair.vendor == MYSQL:
        pair.replica.sql("STOP REPLICA; RESET REPLICA; SET GLOBAL super_read_only = OFF; RESET BINARY LOGS AND GTIDS")
        dump = pair.primary.attempt("mysqldump --all-databases --single-transaction --routines --events --set-gtid-purged=ON")
        pair.replica.shell("mysql", dump.stdout)
        pair.replica.sql("FLUSH LOCAL PRIVILEGES")
        return
    pair.replica.sql("STOP SLAVE; RESET SLAVE; RESET MASTER")
    dump = pair.primary.attempt("mariadb-dump --all-databases --single-transaction --routines --events --gtid --master-data=2")
    pair.replica.shell("mariadb --init-command='SET SESSION sql_log_bin = 0'", dump.stdout)
    place = re.search(rb"gtid_slave_pos='([^']+)'", dump.stdout)
    assert place is not None, dump.stderr
    pair.replica.sql(f"FLUSH LOCAL PRIVILEGES; SET GLOBAL gtid_slave_pos = '{place.group(1).decode()}'")


def _write(pair: Pair, rows: int) -> None:
    pair.primary.sql("; ".join([f"INSERT INTO {TABLE} (note) VALUES ('since the reset')"] * rows))


def _await_the_next_second(pair: Pair) -> None:
    """Binary logs tell times in whole seconds: what the test before this one wrote last shall be older than the new log."""
    clock = "SELECT UNIX_TIMESTAMP()"
    now = pair.primary.value(clock)
    wait_until("the next second", lambda: pair.primary.value(clock) != now)


def _overtake(pair: Pair) -> None:
    """The source comes to the GTIDs that the replica has from before, however many other tests have written."""
    executed = pair.replica.value("SELECT @@global.gtid_executed" if pair.vendor == MYSQL else "SELECT @@global.gtid_slave_pos")
    _write(pair, max(int(number) for number in re.findall(r"[-:](\d+)(?=[:,\s]|$)", executed)))


def _refused(modules: Modules, needle: str) -> None:
    before = modules.pair.fingerprint()
    for check in (True, False):
        failure = modules.site(check).failure
        assert failure is not None
        assert needle in failure.message
    assert_same(before, modules.pair.fingerprint())
