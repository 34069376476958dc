# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``verify_data``: equal data is equal, whatever its types; each difference is named by table and key."""

from __future__ import annotations

import random
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from modules import Modules
from pair import Pair
from verifying import Call, drop_data, make_data, notes, on_the_replica, verify


@pytest.fixture
def pair(server_name: str, replicating: Callable[[str], Pair]) -> Iterator[Pair]:
    found = replicating(server_name)
    make_data(found)
    yield found
    drop_data(found)


def test_equal_data_is_equal_and_each_difference_is_named(pair: Pair, tmp_path: Path) -> None:
    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status == 0, printed
    assert "same rows as the primary: replica1 (33006 rows in 4 tables)" in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)

    on_the_replica(
        pair,
        """\
UPDATE data.numbers a, data.numbers b SET a.v = b.v, b.v = a.v WHERE a.n = 4321 AND b.n = 4322;
DELETE FROM data.numbers WHERE n = 77;
INSERT INTO data.numbers VALUES (-5, 'own');
UPDATE data.byte_keys SET v = NULL WHERE k = X'270127';
UPDATE data.keyless SET v = 3 WHERE v = 2;
UPDATE data.types SET words = 'a', note = '#' WHERE id = 2 AND part = '';
UPDATE data.types SET rough = 0.10000001 WHERE id = 1;
CREATE DATABASE own_and_empty""",
    )
    status, printed = verify(pair, tmp_path)
    on_the_replica(pair, "DROP DATABASE own_and_empty")
    assert status != 0
    for told in (
        "data.numbers: the row n=4321 has other values",
        "data.numbers: the row n=4322 has other values",
        "data.numbers: the row n=77 is missing",
        "data.numbers: the row n=-5 is only there",
        "data.byte_keys: the row k=X'270127' has other values",
        "data.keyless: its rows differ",
        "data.types: the row part='', id=2 has other values",
        "data.types: the row part='caf\u00e9', id=1 has other values",
        "own_and_empty: a database that only this replica has, without tables",
    ):
        assert told in printed
    assert 'FAILED! => {"changed": false, "msg": "9 differences, the first: replica1: ' in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


@pytest.mark.parametrize("name", ["mariadb-10.11"])
def test_what_only_mariadb_has(name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    """Tables with history, keys of types of its own, and sequences, which are tables to it."""
    pair = replicating(name)
    drop_data(pair)
    pair.primary.sql(
        """\
CREATE DATABASE data; USE data;
CREATE TABLE data.dated (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING;
INSERT INTO data.dated VALUES (1, 1), (2, 2); UPDATE data.dated SET v = 3 WHERE id = 2;
CREATE TABLE data.named (id UUID, at INET6, v INT, PRIMARY KEY (id, at));
INSERT INTO data.named SELECT UUID(), CONCAT('fe80::', HEX(seq)), seq FROM seq_1_to_3000;
INSERT INTO data.named VALUES ('123e4567-e89b-12d3-a456-426614174000', '::1', 0);
CREATE SEQUENCE data.counter"""
    )
    pair.await_applied()
    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status == 0, printed
    assert "same rows as the primary: replica1 (3003 rows in 2 tables)" in printed
    assert "not compared: data.counter: it is a sequence" in printed
    on_the_replica(
        pair,
        """\
UPDATE data.dated SET v = 9 WHERE id = 1;
DELETE FROM data.named WHERE v = 0;
CREATE TABLE data.own (id INT)""",
    )
    pair.primary.shell("rm -rf /root/repair; mkdir -m 700 /root/repair")
    status, printed = verify(pair, tmp_path, databases=["data"], repair_dir="/root/repair")
    assert status != 0
    for told in (
        "data.dated: the row id=1 has other values",
        "data.named: the row id='123e4567-e89b-12d3-a456-426614174000', at='::1' is missing",
        "data.own: a table that only this replica has",
        '"msg": "3 differences',
    ):
        assert told in printed
    script = pair.primary.shell("cat /root/repair/*replica1*; rm -r /root/repair")
    pair.replica.sql(script + "\nSET SESSION sql_log_bin = 0; DROP TABLE data.own;")
    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status == 0, printed
    drop_data(pair)


def test_traffic_is_no_difference(pair: Pair, tmp_path: Path) -> None:
    pair.primary.sql(
        "CREATE TABLE data.plain (n INT PRIMARY KEY, v INT) ENGINE = MyISAM;"
        " INSERT INTO data.plain SELECT n, 0 FROM data.numbers WHERE n < 400"
    )
    chosen = random.Random(1)
    statements = (
        f"UPDATE data.numbers SET v = IF(v = 'a', 'b', 'a') WHERE n IN (5, {chosen.randrange(30000)}, {chosen.randrange(30000)});\n"
        f"UPDATE data.plain SET v = v + 1 WHERE n IN (5, {chosen.randrange(400)});\n"
        # No more of it than a replica on the same two cores applies: the comparison waits for one that lags.
        "DO SLEEP(0.002);\n"
        for _number in range(10_000)
    )
    (tmp_path / "traffic.sql").write_text("DO GET_LOCK('traffic', 0);\n" + "".join(statements))
    client = shlex.join([*pair.primary.ssh, f"{pair.primary.client} --skip-reconnect"])
    # Without an end, until its connection is killed.
    traffic = subprocess.Popen(f"while cat traffic.sql; do :; done | {client}", shell=True, cwd=tmp_path)
    try:
        status, printed = verify(pair, tmp_path, tables=["data.numbers", "data.plain"], chunk_time=0.02)
        assert traffic.poll() is None, "the traffic ended before the comparison"
    finally:
        connection = pair.primary.value("SELECT IS_USED_LOCK('traffic')")
        pair.primary.sql(f"KILL {connection}")
        traffic.wait()
    assert status == 0, printed
    assert "same rows as the primary: replica1 (30400 rows" in printed


def test_a_replica_that_stops_is_named_and_the_next_run_goes_on(pair: Pair, tmp_path: Path) -> None:
    pair.replica.sql("STOP REPLICA SQL_THREAD")
    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status != 0
    assert "replica1 does not replicate: applier off" in printed
    assert "run again, and it goes on from here" in printed
    assert notes(pair.primary)
    pair.replica.sql("START REPLICA SQL_THREAD")
    pair.await_applied()

    status, printed = verify(pair, tmp_path, databases=["data"])
    assert status == 0, printed
    assert "goes on with the comparison that was broken off" in printed
    assert "33006 rows in 4 tables" in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


def test_notes_that_were_left_are_forgotten_by_a_comparison_of_other_tables(pair: Pair, tmp_path: Path) -> None:
    with closing(Modules(pair)) as modules:
        on_the_replica(pair, "UPDATE data.types SET note = 'own' WHERE id = 1")
        call = Call(modules)
        call.both()
        call.both()  # row hashes are on both servers now, and differ
        assert call.memory["differences"]
    status, printed = verify(pair, tmp_path, tables=["data.byte_keys"])
    assert status == 0, printed
    pair.await_healthy()
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


def test_a_table_that_changes_meanwhile_is_begun_anew(pair: Pair) -> None:
    # So many rows that no machine reads them in two slices.
    grown = (f"INSERT INTO data.numbers SELECT n + {step}, v FROM data.numbers" for step in (100000, 200000, 400000))
    pair.primary.sql("; ".join(grown))
    pair.await_applied()
    with closing(Modules(pair)) as modules:
        call = Call(modules, chunk_time=0.005)
        while call.table != "data.numbers":
            call.both(slice=0.01)
        call.both(slice=0.01)
        assert call.table == "data.numbers", "it was read to its end before it changed"
        pair.primary.sql(
            "ALTER TABLE data.numbers ADD COLUMN more INT DEFAULT 7; DROP TABLE data.keyless; ALTER TABLE data.types DROP thrice"
        )
        pair.await_applied()
        while not call.both():
            pass
        verdict = call.end()
    assert verdict["differences"] == []
    assert [skipped["table"] for skipped in verdict["skipped"]] == ["data.keyless"]
    # What was read of the table before it changed counts no more.
    names = [
        row["name"]
        for row in pair.primary.rows("SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'data'")
    ]
    rows = sum(int(pair.primary.value(f"SELECT COUNT(*) FROM data.{name}")) for name in names)
    assert f"({rows} rows in {len(names)} tables)" in verdict["told"][-1]
    assert verdict["changed"]
