# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a source's binary log is still the one that a channel has read. The answers are those of real servers."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Channel,
    Coordinates,
    GtidState,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

B = "bbbbbbbb-0000-0000-0000-000000000000"
A = "aaaaaaaa-0000-0000-0000-000000000000"
MYSQL = dialect_for(parse_version("9.7.4")).binlog_history
MARIADB = dialect_for(parse_version("10.11.18-MariaDB")).binlog_history
FIRST = ({"Log_name": "binlog.000001", "Pos": "4", "Event_type": "Format_desc", "Info": ""},)


def channel(received=Coordinates("binlog.000002", 700), gtids="", executed=None, applier=OFF):
    fields = {"source_uuid": A, "received": received, "received_gtids": gtids}
    return Channel("", {}, Thread(OFF), Thread(applier), executed or received, None, **fields)


def event(pos, gtid=""):
    info = f"SET @@SESSION.GTID_NEXT= '{A}:{gtid}'" if gtid else "BEGIN"
    return [{"Log_name": "binlog.000002", "Pos": str(pos), "Event_type": "Gtid" if gtid else "Query", "Info": info}]


def head(end):
    return ({**FIRST[0], "End_log_pos": "127"}, {**FIRST[0], "Pos": "127", "Event_type": "Previous_gtids", "End_log_pos": str(end)})


def on_mysql(here, before=None, oldest=FIRST, executed="1-20", purged="", known="1-9", begun=head(198)):
    source = GtidState({"gtid_executed": f"{A}:{executed}", "gtid_purged": f"{A}:{purged}" if purged else ""})
    answers = {"oldest": oldest, "before": before, "here": here, "head": begun}
    return MYSQL.judge(answers, channel(gtids=f"{A}:9"), GtidState({"gtid_executed": f"{A}:{known}"}), source).rewritten


@pytest.mark.parametrize(
    ("here", "before"),
    [
        pytest.param(event(700, "10"), event(700, "10"), id="the next transaction is new"),
        pytest.param(event(700), None, id="in the midst of a transaction"),
        pytest.param([], None, id="the end of the file"),
        pytest.param([{**FIRST[0], "Pos": "700", "Info": f"SET @@SESSION.GTID_NEXT= '{B}:1'"}], None, id="an errant one, injected"),
    ],
)
def test_mysql_the_same_binary_log(here, before):
    assert not on_mysql(here, before)


@pytest.mark.parametrize(
    ("here", "before"),
    [
        pytest.param(event(700, "5"), event(700, "5"), id="the next transaction is one that the replica has"),
        pytest.param(event(712, "10"), event(712, "10"), id="no event begins there"),
        pytest.param([], [], id="the file is shorter"),
        pytest.param(None, None, id="the newest file is an older one"),
    ],
)
def test_mysql_another_binary_log(here, before):
    assert on_mysql(here, before)


def test_mysql_the_end_of_a_file_without_a_transaction():
    assert not on_mysql([], [], begun=head(700))
    assert on_mysql([], [], begun=None)


def test_mysql_a_purged_file_says_nothing():
    assert not on_mysql(None, oldest=[{**FIRST[0], "Log_name": "binlog.000003"}])
    assert not on_mysql(None, oldest=None)
    assert not on_mysql(None, oldest=[{**FIRST[0], "Log_name": "other-bin.000001"}])


def test_mysql_a_source_that_was_told_its_old_gtids_uses_none_again():
    assert not on_mysql([], [], executed="1-20", purged="1-9")


def test_mysql_asks_for_one_event_at_a_time():
    assert MYSQL.queries(channel())["before"] == "SHOW BINLOG EVENTS IN 'binlog.000002' FROM 699 LIMIT 1"
    assert MYSQL.queries(channel(Coordinates("binlog.000002", 4)))["before"].endswith("FROM 4 LIMIT 1")


def on_mariadb(received, executed, begun_anew="0", position="0-1-9"):
    texts = {"received": received, "executed": executed, "begun_anew": begun_anew}
    answers = {name: [{"position": text}] for name, text in texts.items()}
    return MARIADB.judge(answers, channel(gtids=position), GtidState({"gtid_slave_pos": position}), GtidState()).rewritten


@pytest.mark.parametrize(
    ("received", "executed", "begun_anew", "position"),
    [
        pytest.param("0-1-9", "0-1-9", "1", "0-1-9", id="the same"),
        pytest.param("0-1-11", "0-1-9", "1", "0-1-9", id="read further than applied"),
        pytest.param("0-1-9", None, "1", "0-1-9,5-7-3", id="with a domain of another source"),
        pytest.param(None, None, "0", "0-1-9", id="purged"),
    ],
)
def test_mariadb_the_same_binary_log(received, executed, begun_anew, position):
    assert not on_mariadb(received, executed, begun_anew, position)


@pytest.mark.parametrize(
    ("received", "executed", "begun_anew"), [("0-1-30", "0-1-30", "1"), (None, None, "1"), ("0-1-4", None, "0")]
)
def test_mariadb_another_binary_log(received, executed, begun_anew):
    assert on_mariadb(received, executed, begun_anew)


def test_mariadb_a_source_that_refuses_to_answer_says_nothing():
    answers = {"received": None, "executed": None, "begun_anew": None, "oldest": None}
    assert MARIADB.judge(answers, channel(gtids="0-1-9"), GtidState({"gtid_slave_pos": "0-1-9"}), GtidState()) == (False, "")


def test_mariadb_asks_for_the_files_that_a_reset_log_would_have():
    asked = MARIADB.queries(channel(Coordinates("binlog.000002", 700)))["begun_anew"]
    assert (
        asked == "SELECT COALESCE(BINLOG_GTID_POS('binlog.000001', 4), BINLOG_GTID_POS('binlog.000002', 4)) IS NOT NULL AS position"
    )
    assert MARIADB.queries(channel(Coordinates("binlog.123456", 700)))["begun_anew"].count("BINLOG_GTID_POS") == 50


@pytest.mark.parametrize(
    ("oldest", "applier", "gap"),
    [
        pytest.param("0-1-9", OFF, "the ones up to 0-1-9", id="what was received, and thrown away"),
        pytest.param("0-1-9", ON, "", id="what was received will be applied"),
        pytest.param("0-1-12,3-1-4", ON, "the ones up to 0-1-12,the ones up to 3-1-4", id="what was never received"),
        pytest.param("0-1-5", OFF, "", id="the log goes on right there"),
        pytest.param(None, OFF, "", id="no file is found: nobody can tell"),
    ],
)
def test_mariadb_a_gap_after_a_purge(oldest, applier, gap):
    answers = {name: [{"position": text}] for name, text in {"received": None, "executed": None, "oldest": oldest}.items()}
    found = channel(gtids="0-1-9", executed=Coordinates("binlog.000001", 400), applier=applier)
    assert MARIADB.judge(answers, found, GtidState({"gtid_slave_pos": "0-1-5"}), GtidState()) == (False, gap)


def test_mariadb_what_is_resumed_from_a_file_that_is_there_has_no_gap():
    answers = {name: [{"position": text}] for name, text in {"received": "0-1-9", "executed": "0-1-9", "oldest": "0-1-20"}.items()}
    assert MARIADB.judge(answers, channel(gtids="0-1-9"), GtidState({"gtid_slave_pos": "0-1-9"}), GtidState()) == (False, "")


def test_mariadb_asks_for_the_files_after_the_one_that_it_resumes_from():
    both = channel(Coordinates("binlog.000007", 700), executed=Coordinates("binlog.000003", 400))
    assert MARIADB.queries(both)["oldest"].startswith("SELECT COALESCE(BINLOG_GTID_POS('binlog.000004', 4), ")
    received = channel(Coordinates("binlog.000007", 700), executed=Coordinates("binlog.000003", 400), applier=ON)
    assert MARIADB.queries(received)["oldest"].startswith("SELECT COALESCE(BINLOG_GTID_POS('binlog.000008', 4), ")


def test_mariadb_a_channel_that_was_reset_names_no_file():
    forgot = channel(None)
    assert set(MARIADB.queries(forgot)) == {"oldest"}
    assert "CONCAT(SUBSTRING_INDEX(@@global.log_bin_basename, '/', -1), '.000001'), 4)" in MARIADB.queries(forgot)["oldest"]
    for oldest, gap in (("0-1-9", "the ones up to 0-1-9"), ("0-1-5", ""), (None, "")):
        verdict = MARIADB.judge({"oldest": [{"position": oldest}]}, forgot, GtidState({"gtid_slave_pos": "0-1-5"}), GtidState())
        assert verdict == (False, gap)
