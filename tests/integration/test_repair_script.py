# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The repair script of ``verify_data``: run by hand on the replica it brings it the primary's rows, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from machine import MachineError
from pair import Pair
from verifying import drop_data, make_data, notes, on_the_replica, verify

FOLDER = "/root/repair"
#: Types that one vendor has alone: a column's definition, and a value.
OWN_TYPES = {
    "mysql": (("VECTOR(2)", "TO_VECTOR('[1.5,-2]')"),),
    "mariadb": (("UUID", "'123e4567-e89b-12d3-a456-426655440000'"), ("INET6", "'2001:db8::1'"), ("INET4", "'192.0.2.1'")),
}
POSITIONS = {"mysql": "SELECT @@global.gtid_executed", "mariadb": "SELECT @@global.gtid_binlog_state"}
_MORE = """\
CREATE TABLE data.moved (id INT PRIMARY KEY, u INT NOT NULL UNIQUE);
INSERT INTO data.moved VALUES (0, 10), (1, 11), (2, 12);
CREATE TABLE data.child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES data.moved (id) ON DELETE CASCADE);
INSERT INTO data.child VALUES (1, 0), (2, 1);
CREATE TABLE data.watched (id INT PRIMARY KEY, v INT);
INSERT INTO data.watched VALUES (1, 1);
CREATE TRIGGER data.watch BEFORE INSERT ON data.watched FOR EACH ROW SET NEW.v = 99;
CREATE TABLE data.`odd``'
name` (`a``b` VARCHAR(20) CHARACTER SET utf8mb4 PRIMARY KEY, v VARCHAR(20) CHARACTER SET utf16);
INSERT INTO data.`odd``'
name` VALUES ('abc', 'x'), ('a''b\\\\', '\N{SNOWMAN}');
CREATE TABLE data.empty_key (k VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, v INT);
INSERT INTO data.empty_key VALUES ('', 1), ('a', 2);
SET SESSION sql_mode = '';
CREATE TABLE data.kinds (k ENUM('z', '', 'it''s', 'q,r', '\N{SNOWMAN}\\\\', 'b'), n INT, v INT, PRIMARY KEY (k, n));
INSERT INTO data.kinds SELECT n % 7, n, n FROM data.numbers WHERE n < 7000;
CREATE TABLE data.bits (k BIT(64) PRIMARY KEY, v INT);
INSERT INTO data.bits SELECT n * 900000000000000, n FROM data.numbers WHERE n < 5000;
INSERT INTO data.bits VALUES (~0, 0);
CREATE TABLE data.sets (k SET('y', 'x') PRIMARY KEY, v INT);
INSERT INTO data.sets VALUES (1, 1), (2, 2);
"""
_SPOIL = """\
DELETE FROM data.types WHERE id = 1;
UPDATE data.types SET doc = NULL, raw = X'00', bits = b'1', rough = 0.3 WHERE id = 2;
UPDATE data.numbers a, data.numbers b SET a.v = b.v, b.v = a.v WHERE a.n = 4321 AND b.n = 4322;
INSERT INTO data.numbers VALUES (-5, 'own');
UPDATE data.byte_keys SET v = NULL WHERE k = X'270127';
DELETE FROM data.own;
DELETE FROM data.empty_key WHERE k = '';
DELETE FROM data.kinds WHERE n IN (5, 14); UPDATE data.kinds SET v = -1 WHERE n IN (3, 6998);
UPDATE data.bits SET v = -1 WHERE k = ~0 OR v = 7;
UPDATE data.sets SET v = 3 WHERE k = 2;
SET SESSION foreign_key_checks = 0;
UPDATE data.moved SET u = -u; UPDATE data.moved SET u = 23 + u WHERE id > 0; UPDATE data.moved SET u = 10 WHERE id = 0;
DELETE FROM data.moved WHERE id = 0; INSERT INTO data.moved VALUES (0, 110);
DELETE FROM data.watched;
UPDATE data.keyless SET v = 3 WHERE v = 2;
DELETE FROM data.`odd``'
name` WHERE v = '\N{SNOWMAN}';
UPDATE data.`odd``'
name` SET `a``b` = 'ABC' WHERE v = 'x'
"""


@pytest.fixture
def pair(server_name: str, replicating: Callable[[str], Pair]) -> Iterator[Pair]:
    found = replicating(server_name)
    make_data(found)
    own = OWN_TYPES[found.vendor]
    columns = ", ".join(f"c{number} {kind}" for number, (kind, _value) in enumerate(own))
    values = ", ".join(value for _kind, value in own)
    found.primary.sql(f"{_MORE} CREATE TABLE data.own (id INT PRIMARY KEY, {columns}); INSERT INTO data.own VALUES (0, {values})")
    found.await_applied()
    found.primary.shell(f"rm -rf {FOLDER}; install -d -m 700 {FOLDER}")
    yield found
    drop_data(found)


def test_a_script_that_a_person_runs_brings_the_replica_the_primary_s_rows(pair: Pair, tmp_path: Path) -> None:
    on_the_replica(pair, _SPOIL)
    status, printed = verify(pair, tmp_path, databases=["data"], repair_dir=FOLDER)
    assert status != 0
    assert pair.replica.rows("SELECT n FROM data.numbers WHERE n = -5"), "something ran the script"
    name, mode = pair.primary.shell(f"stat --format='%n %a' {FOLDER}/*").split()
    assert mode == "600"
    assert f"replica1: review {name} on " in printed
    script = pair.primary.shell(f"cat {name}")
    assert (
        "--   - data.keyless: its rows differ (no key tells which): no statement can name one of its rows: copy the replica anew"
        in script
    )
    assert "data.sets: its rows differ (no key tells which: primary key: k is of the type SET)" in printed
    for row in (
        "k=0, n=14 is missing",
        "k='it\\\\'s', n=3 has other values",
        "k=18446744073709551615 has other values",
        "k='' is missing",
    ):
        assert f"the row {row}" in printed
    assert f", on primary, as {name}.\n" in script
    assert "-- INSERT INTO `data`.`watched` " in script

    # What changes after the comparison is no concern of the script's any more.
    pair.primary.sql("UPDATE data.numbers SET v = 'later' WHERE n = 4321")
    pair.await_applied()
    before = pair.replica.value(POSITIONS[pair.vendor])
    by_hand(pair, script)
    assert pair.replica.value(POSITIONS[pair.vendor]) == before, "the script left a transaction of the replica's own"
    assert pair.replica.value("SELECT v FROM data.numbers WHERE n = 4321") == "later"
    assert pair.replica.rows("SELECT * FROM data.child") == pair.primary.rows("SELECT * FROM data.child")
    on_the_replica(
        pair,
        "UPDATE data.keyless SET v = 2 WHERE v = 3; UPDATE data.sets SET v = 2 WHERE k = 2;"
        " DROP TRIGGER data.watch; INSERT INTO data.watched VALUES (1, 1)",
    )

    status, printed = verify(pair, tmp_path, databases=["data"], repair_dir=FOLDER)
    assert status == 0, printed
    assert "same rows as the primary: replica1 (" in printed
    assert pair.primary.shell(f"ls {FOLDER}").split() == [name.rpartition("/")[2]]


def test_a_script_does_nothing_on_a_replica_that_is_not_there_yet(pair: Pair, tmp_path: Path) -> None:
    on_the_replica(pair, "DELETE FROM data.numbers WHERE n = 7")
    verify(pair, tmp_path, tables=["data.numbers"], repair_dir=FOLDER)
    pair.replica.sql("STOP REPLICA SQL_THREAD")
    script = pair.primary.shell(f"cat {FOLDER}/*")
    with pytest.raises(MachineError, match="this replica does not replicate, or is not yet where"):
        by_hand(pair, script)
    assert pair.replica.rows("SELECT n FROM data.numbers WHERE n = 7") == []
    pair.replica.sql("START REPLICA SQL_THREAD")
    pair.await_healthy()
    by_hand(pair, script)
    assert pair.replica.value("SELECT v FROM data.numbers WHERE n = 7") == "xxxxxxx7"


def test_a_folder_that_is_not_there_is_named_before_anything_is_read(pair: Pair, tmp_path: Path) -> None:
    status, printed = verify(pair, tmp_path, databases=["data"], repair_dir="/no/such")
    assert status != 0
    assert "/no/such on primary is no directory" in printed
    assert not notes(pair.primary)


def by_hand(pair: Pair, script: str) -> None:
    """Runs a script on the replica as its head says."""
    is_barred = pair.replica.rows("SHOW GLOBAL VARIABLES LIKE 'super_read_only'")
    if is_barred:
        pair.replica.sql("SET GLOBAL super_read_only = OFF")
    try:
        pair.replica.shell(pair.replica.client, script.encode())
    finally:
        if is_barred:
            pair.replica.sql("SET GLOBAL super_read_only = ON")
