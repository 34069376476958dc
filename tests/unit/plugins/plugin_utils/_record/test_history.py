# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log read back, and as people read it."""

from __future__ import annotations

import gzip
import json
import lzma
from datetime import datetime, timezone

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history import (
    Damaged,
    History,
    Line,
    Wanted,
    moment,
    read,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history_files import lines, log_files
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.nothing_found import survey
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.people import explain, render
from hypothesis import given
from hypothesis import strategies as some

NOW = datetime(2026, 11, 26, 6, 31, 5, 123000, tzinfo=timezone.utc)
PLAIN = {
    "format": 1,
    "time": "2026-11-26T06:31:05.123Z",
    "run": "2f2c-1",
    "user": "root",
    "sudo_user": "deploy",
    "job": None,
    "playbook": "dbops.mysql_replication.site",
    "task": "The settings",
    "host": "db1",
    "module": "dbops.mysql_replication.server_config",
    "object": "system variable sync_binlog",
    "before": "0",
    "after": "1",
    "why": "a crash could lose transactions",
    "statement": "SET GLOBAL sync_binlog = 1",
    "result": "changed",
    "message": None,
}
FILE = {
    **PLAIN,
    "object": "option file /etc/zz-replication.cnf",
    "before": "log_bin = binlog\nread_only = OFF\n",
    "after": "log_bin = binlog\nread_only = ON\n",
    "statement": "write /etc/zz-replication.cnf",
}
RESTART = {**PLAIN, "object": "service mysql.service", "before": None, "after": "restarted", "statement": None, "why": "Restart"}


def written(records):
    return [Line("log", number, json.dumps(one).encode()) for number, one in enumerate(records, 1)]


def kept(records, wanted=Wanted(), limit=0):
    return read(written(records), wanted, limit)


def told(record):
    (line,) = render(History((record,), 1, ()), Wanted(), ["log"])[1:]
    return line


@pytest.mark.parametrize(
    "wanted",
    [
        *(
            Wanted(host="db1"),
            Wanted(host="db*"),
            Wanted(user="deploy"),
            Wanted(user="root"),
            Wanted(user="dep*"),
            Wanted(run="2f2c"),
        ),
        *(Wanted(setting="sync_binlog"), Wanted(setting="SYNC-BINLOG"), Wanted(setting="sync*"), Wanted(setting="system variable")),
        *(Wanted(since="2026-11-26T06:31:05.123Z"), Wanted(until="2026-11-26T06:31:05.123Z"), Wanted()),
    ],
)
def test_a_record_that_is_asked_for_is_found(wanted):
    assert kept([PLAIN], wanted).count == 1


@pytest.mark.parametrize("asked", ["slave_parallel_threads", "replica_parallel_workers", "replica_*", "parallel", "slave_p*"])
def test_a_variable_is_found_by_any_of_its_names(asked):
    for name in ("slave_parallel_threads", "replica_parallel_workers"):
        assert kept([{**PLAIN, "object": f"system variable {name}"}], Wanted(setting=asked)).count == 1
    assert kept([{**PLAIN, "object": "system variable slave_net_timeout"}], Wanted(setting="*workers")).count == 0


@pytest.mark.parametrize(
    "wanted",
    [
        *(Wanted(host="db"), Wanted(host="db2"), Wanted(user="deplo"), Wanted(run="c-1"), Wanted(setting="binlog_sync")),
        *(Wanted(since="2026-11-26T06:31:05.124Z"), Wanted(until="2026-11-26T06:31:05.122Z"), Wanted(setting="*read_only")),
    ],
)
def test_a_record_that_is_not_asked_for_is_left_out(wanted):
    assert kept([PLAIN], wanted).count == 0


def test_an_option_file_counts_for_the_settings_that_changed_in_it():
    assert kept([FILE], Wanted(setting="read_only")).count == 1
    assert kept([FILE], Wanted(setting="log_bin")).count == 0
    assert kept([FILE], Wanted(setting="zz-replication.cnf")).count == 1


def test_awx_user_is_found_and_comes_first():
    record = {**PLAIN, "job": {"id": "7", "template": "Replication", "user": "ann"}}
    assert kept([record], Wanted(user="ann")).count == 1
    assert "by ann (site)" in told(record)


@given(some.lists(some.integers(0, 30)), some.integers(0, 10))
def test_the_last_ones_are_kept_in_order_however_the_files_are_mixed(minutes, limit):
    records = [{**PLAIN, "time": f"2026-11-26T06:{minute:02}:00.000Z", "why": str(place)} for place, minute in enumerate(minutes)]
    in_order = sorted(records, key=lambda one: one["time"])
    history = kept(records, limit=limit)
    assert list(history.records) == (in_order[-limit:] if limit else in_order)
    assert history.count == len(records)


@pytest.mark.parametrize("damage", ['{"time": "2026', "null", "[]", "{}", '{"time": 1, "host": "db1"}', "\0\0\0", "\xff"])
def test_a_damaged_line_is_told_and_hides_nothing_else(damage):
    good = json.dumps(PLAIN).encode()
    history = read([Line("log", 1, good), Line("log", 2, damage.encode("latin-1")), Line("log", 3, good)], Wanted(), 0)
    assert len(history.records) == 2
    assert history.damaged == (Damaged("log", 2, "is no record"),)
    assert render(history, Wanted(), ["log"])[-1] == "damaged: log line 2 is no record"


@given(some.binary())
def test_no_bytes_break_the_reader(text):
    read([Line("log", 1, text)], Wanted(setting="x", user="y"), 1)


@given(
    some.dictionaries(
        some.sampled_from(list(PLAIN)), some.sampled_from([None, 7, "", "a\nb", "\0", "é", " = ", ["x"], {"user": 1}])
    )
)
def test_no_record_breaks_the_line_for_people(damage):
    history = kept([{**PLAIN, **damage}], Wanted(setting="sync", user="*"))
    assert all("\n" not in line for line in render(history, Wanted(), ["log"]))


@pytest.mark.parametrize(
    ("text", "is_end", "stamp"),
    [
        ("2026-11-26", False, "2026-11-26T00:00:00.000Z"),
        ("2026-11-26", True, "2026-11-26T23:59:59.999Z"),
        ("2026-11-26 06:30", True, "2026-11-26T06:30:00.000Z"),
        ("2026-11-26T06:30:01+01:00", False, "2026-11-26T05:30:01.000Z"),
        ("2026-11-26T06:31:05.123Z", False, "2026-11-26T06:31:05.123Z"),
        *(("30m", False, "2026-11-26T06:01:05.123Z"), ("12h", False, "2026-11-25T18:31:05.123Z")),
        *(("7d", True, "2026-11-19T06:31:05.123Z"), (" 2 w ".strip(), False, "2026-11-12T06:31:05.123Z")),
    ],
)
def test_a_time_is_taken_as_people_write_it(text, is_end, stamp):
    assert moment(text, NOW, is_end) == stamp


@pytest.mark.parametrize("text", ["yesterday", "26.11.2026", "2026-13-01", "7", "999999w", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(Refusal, match="is no time"):
        moment(text, NOW, False)


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            PLAIN,
            "2026-11-26 06:31:05  db1  system variable sync_binlog  0 → 1  by deploy (site)  why a crash could lose transactions",
        ),
        (
            {**PLAIN, "result": "would change", "sudo_user": None, "playbook": "/srv/mine.yml", "before": None, "why": None},
            "2026-11-26 06:31:05  db1  would change  system variable sync_binlog  absent → 1  by root (/srv/mine.yml)",
        ),
        (RESTART, "2026-11-26 06:31:05  db1  service mysql.service  restarted  by deploy (site)  why Restart"),
        (
            {**PLAIN, "object": None, "before": None, "after": None, "why": None, "result": "unreachable", "message": "no\nroute"},
            "2026-11-26 06:31:05  db1  UNREACHABLE  by deploy (site)  message no route",
        ),
        (
            {**FILE, "why": None},
            "2026-11-26 06:31:05  db1  option file /etc/zz-replication.cnf  read_only = OFF → read_only = ON  by deploy (site)",
        ),
        # A statement that only makes sure.
        (
            {
                **PLAIN,
                "object": "account 'repl'@'%'",
                "before": "a\nb\n",
                "after": "a\nb\n",
                "why": "a replica may have an older one",
            },
            "2026-11-26 06:31:05  db1  account 'repl'@'%'  as it was  by deploy (site)  why a replica may have an older one",
        ),
        (
            {**PLAIN, "why": None, "after": "\x1b[31m"},
            "2026-11-26 06:31:05  db1  system variable sync_binlog  0 → \\x1b[31m  by deploy (site)",
        ),
    ],
)
def test_people_read_a_line(record, line):
    assert told(record) == line


def test_hosts_stand_in_one_column_and_what_is_left_out_is_told():
    history = History((PLAIN, {**PLAIN, "host": "primary"}), 5, ())
    head, cut, *found = render(history, Wanted(), ["a", "b"])
    assert head == "5 records in a, b; times are UTC"
    assert cut == "the last 2 of them (mysql_replication_changes_limit):"
    assert [line.index("system") for line in found] == [30, 30]


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2026-11-26", "", " since 2026-11-26 00:00:00"),
        ("2026-11-26T06:30", "", " since 2026-11-26 06:30:00"),
        ("", "2026-11-26", " until 2026-11-26 23:59:59"),
        ("1h", "30m", " since 2026-11-26 05:31:05 until 2026-11-26 06:01:05"),
    ],
)
def test_the_period_is_told_as_it_was_understood(since, until, told):
    """Of "since=2026-11-26 06:30" after -e Ansible gives the day alone."""
    wanted = Wanted(since=since and moment(since, NOW, False), until=until and moment(until, NOW, True))
    assert render(History((), 0, ()), wanted, ["a"]) == [f"0 records{told} in a; times are UTC"]


@pytest.mark.parametrize(
    ("wanted", "near"),
    [
        (Wanted(host="db11"), ["no record has the host db11; did you mean db1?"]),
        (Wanted(host="Primary"), ["no record has the host Primary; did you mean primary.example.com?"]),
        (Wanted(host="elsewhere"), ["no record has the host elsewhere"]),
        (Wanted(setting="sync-binlgo"), ["no record has the setting sync-binlgo; did you mean sync_binlog?"]),
        (Wanted(setting="raed_only"), ["no record has the setting raed_only; did you mean read_only?"]),
        (
            Wanted(setting="ZZ-replicatoin.cnf"),
            ["no record has the setting ZZ-replicatoin.cnf; did you mean /etc/zz-replication.cnf?"],
        ),
        (Wanted(user="depoly"), ["no record has the user depoly; did you mean deploy?"]),
        # Each of them is there, not in one record; and what no name can mend.
        (Wanted(host="primary*", setting="sync_binlog"), []),
        (Wanted(host="db11", setting="sync_binlog", until="2026"), ["no record has the host db11; did you mean db1?"]),
        (Wanted(run="none"), []),
    ],
)
def test_where_nothing_is_found_people_read_what_there_is_and_what_is_near(wanted, near):
    late = {**FILE, "time": "2026-11-27T00:00:00.000Z", "host": "primary.example.com"}
    records = [{**late, "time": "2026-11-26T12:00:00.000Z"}, late, PLAIN]
    assert kept(records, wanted).count == 0
    span, *others = explain(survey(written(records), wanted), wanted)
    assert span == "of all 3 records there, from 2026-11-26 06:31:05 to 2026-11-27 00:00:00, none is what was asked for"
    assert others == near


def test_an_empty_log_is_no_matter_of_names():
    assert explain(survey([Line("log", 1, b"damaged")], Wanted(host="db1")), Wanted(host="db1")) == ["there is no record at all"]


def test_rotated_files_are_read_the_oldest_first(tmp_path):
    path = tmp_path / "changes.jsonl"
    packed = {".10.gz": gzip.compress, ".2.xz": lzma.compress, ".1": bytes, "": bytes}
    for place, (ending, pack) in enumerate(packed.items()):
        (tmp_path / f"changes.jsonl{ending}").write_bytes(pack(json.dumps({**PLAIN, "why": str(place)}).encode() + b"\n"))
    for other in (".bak", "~", ".1.tmp", "_2"):
        (tmp_path / f"changes.jsonl{other}").write_text("no log")
    files = log_files(str(path))
    assert [name[len(str(path)) :] for name in files] == list(packed)
    assert [one["why"] for one in read(lines(files), Wanted(), 0).records] == ["0", "1", "2", "3"]


def test_files_rotated_by_date_are_read_in_their_order(tmp_path):
    for ending in ("", "-20261125.gz", "-20261124", "-20261126-1764112345"):
        (tmp_path / f"log{ending}").touch()
    assert [name.rpartition("log")[2] for name in log_files(str(tmp_path / "log"))] == [
        *("-20261124", "-20261125.gz", "-20261126-1764112345", "")
    ]


def test_a_file_that_cannot_be_unpacked_is_told_and_hides_nothing_else(tmp_path):
    good = json.dumps(PLAIN).encode() + b"\n"
    (tmp_path / "log.3.zst").write_bytes(b"packed")
    (tmp_path / "log.2.gz").write_bytes(gzip.compress(good * 1000)[:-9])
    (tmp_path / "log.1.gz").write_bytes(b"no gzip")
    (tmp_path / "log").write_bytes(good)
    history = read(lines(log_files(str(tmp_path / "log"))), Wanted(), 0)
    assert [(one.file.rpartition("/")[2], one.reason.partition(":")[0]) for one in history.damaged] == [
        *(("log.3.zst", "cannot be read"), ("log.2.gz", "cannot be read"), ("log.1.gz", "cannot be read"))
    ]
    assert history.count > 1


def test_without_any_log_the_way_out_is_named(tmp_path):
    with pytest.raises(Refusal, match=r"there is no change log at .*\n.*callbacks_enabled"):
        log_files(str(tmp_path / "log"))
