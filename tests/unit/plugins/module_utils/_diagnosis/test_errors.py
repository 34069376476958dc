# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error numbers of both vendors lead to one cause and one way out."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis import errors
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import (
    Ends,
    explain_channel,
    explain_trial,
    is_final,
    retries_login,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    CONNECTING,
    OFF,
    ON,
    Channel,
    Thread,
    TrialFailure,
)

ENDS = Ends("repl", "db1:3306", "db2")


@pytest.mark.parametrize(("mysql", "mariadb"), [(13120, 1597), (3118, 4151), (13117, 1593), (13114, 1236), (13121, 1594)])
def test_both_vendors_numbers_mean_the_same(mysql, mariadb):
    assert errors.classify(mysql, "").cause == errors.classify(mariadb, "").cause


@pytest.mark.parametrize("errno", sorted(errors._CLASSES))
def test_every_class_can_be_worded(errno):
    refusal = explain_trial(TrialFailure(errno, "the server's words"), ENDS)
    assert f"error {errno}: the server's words" in refusal.cause
    assert "{" not in str(refusal)


def test_who_wrote_an_out_of_order_transaction_decides_what_it_means():
    said = "An attempt was made to binlog GTID 0-{}-1 which would create an out-of-order sequence number with existing GTID 0-{}-4"
    sent_again = errors.classify(1950, said.format(7, 7))
    own = errors.classify(1950, said.format(7, 8))
    assert "has already" in sent_again.cause
    assert "transactions of its own" in own.cause


@pytest.mark.parametrize(
    ("errno", "said", "cause", "remedy"),
    [
        (1034, "Incorrect key file for table 'entry'; try to repair it", "is damaged", "REPAIR LOCAL TABLE"),
        (126, "Index for table './practice/entry.MYI' is corrupt", "is damaged", "REPAIR LOCAL TABLE"),
        (1194, "Table 'entry' is marked as crashed", "is damaged", "CHECK TABLE"),
        (1396, "Operation CREATE USER failed for 'app'@'%'", "has the account or role already", "drop the one"),
        (1396, "Operation ALTER USER failed for 'app'@'%'", "lacks the account, role or grant", "create the one"),
        (1396, "Operation DROP ROLE failed for 'app'@'%'", "lacks the account, role or grant", "create the one"),
        (1410, "You are not allowed to create a user with GRANT", "lacks the account, role or grant", "create the one"),
        (1032, "Can't find record in 'entry'", "an empty one under its GTID", "verify_data"),
    ],
)
def test_what_an_applier_stops_with_says_what_to_look_at(errno, said, cause, remedy):
    known = errors.classify(errno, said)
    assert cause in known.cause
    assert remedy in known.remedy


def test_a_row_that_is_there_already_is_in_the_way_also_where_it_is_the_source_s():
    remedy = errors.classify(1062, "").remedy
    assert remedy.index("keep elsewhere") < remedy.index("delete it there, also where the two are alike")
    assert "sql_log_bin = 0" in remedy


@pytest.mark.parametrize(("errno", "differ"), [(1062, True), (1396, True), (1032, True), (1034, False), (1205, False)])
def test_which_errors_say_that_rows_differ(errno, differ):
    assert errors.says_rows_differ(errno) is differ


def test_an_error_that_nobody_knows_is_shown_as_it_is():
    refusal = explain_trial(TrialFailure(9999, "odd"), ENDS)
    assert "error 9999: odd" in refusal.cause


@pytest.mark.parametrize(
    ("text", "needle"),
    [
        ("A replica with the same server_uuid/server_id as this replica", "same server_id or server_uuid"),
        ("Misconfigured source - source server_id is 0", "server_id of db1:3306 is 0"),
        ("Replica has more GTIDs than the source has", "transactions that db1:3306 lacks"),
        ("source purged required binary logs", "no longer has"),
    ],
)
def test_1236_hides_its_reason_in_the_text(text, needle):
    for errno in (1236, 13114):
        assert needle in explain_trial(TrialFailure(errno, text), ENDS).cause


def channel(receiver, applier):
    return Channel("", {}, receiver, applier, None, None)


def test_the_applier_s_error_comes_first():
    stopped = channel(Thread(CONNECTING, 2003, "refused"), Thread(OFF, 1062, "Duplicate entry '1'"))
    assert "Duplicate entry '1'" in explain_channel(stopped, 3, ENDS).cause


def test_a_thread_without_an_error_is_named_too():
    assert "receiver" in explain_channel(channel(Thread(CONNECTING), Thread(ON)), 60, ENDS).cause
    assert "applier" in explain_channel(channel(Thread(ON), Thread(OFF)), 60, ENDS).cause


@pytest.mark.parametrize(
    ("thread", "final", "retries"),
    [
        (Thread(OFF, 1062, ""), True, False),
        (Thread(OFF), False, False),
        (Thread(CONNECTING, 1045, ""), False, True),
        (Thread(CONNECTING, 2003, ""), False, False),
        (Thread(ON), False, False),
    ],
)
def test_what_waiting_can_do(thread, final, retries):
    assert is_final(thread) is final
    assert retries_login(thread) is retries
