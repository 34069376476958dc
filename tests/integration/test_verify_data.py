# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``verify_data``: equal data is equal, whatever its types; each difference is named by table and key."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from machine import Machine
from modules import Modules
from pair import Pair
from playbook import run

NOTES = "replication_checksum"
_TYPES = """\
CREATE TABLE data.types (
  id INT NOT NULL, part VARCHAR(20) CHARACTER SET latin1 NOT NULL, bits BIT(9), amount DECIMAL(30, 10), exact DOUBLE, rough FLOAT,
  day DATE, at DATETIME(6), seen TIMESTAMP NULL, lasted TIME(3), born YEAR, kind ENUM('a', 'b#c'), flags SET('x', 'y'),
  words TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, note VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
  raw VARBINARY(20), big LONGBLOB, doc JSON, place GEOMETRY, twice INT GENERATED ALWAYS AS (id * 2) VIRTUAL,
  thrice INT GENERATED ALWAYS AS (id * 3) STORED, PRIMARY KEY (part, id)
);
INSERT INTO data.types
  (id, part, bits, amount, exact, rough, day, at, seen, lasted, born, kind, flags, words, note, raw, big, doc, place) VALUES
  (1, 'caf\N{LATIN SMALL LETTER E WITH ACUTE}', b'101', 1.5, 1e300, 0.1, '0000-00-00', '0000-00-00 00:00:00',
   '2026-03-29 01:30:00', '-838:59:59', 1999, 'b#c', 'x,y',
   'a#b', '\N{SNOWMAN}', X'00FF23', REPEAT('z', 100000), '{"b": [1, 2.50], "a": null}', ST_GeomFromText('POINT(1 2)')),
  (2, 'O''Neil, \\\\', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '', '', '', '', NULL, NULL)
"""
_MAKE = f"""\
DROP DATABASE IF EXISTS data;
CREATE DATABASE data DEFAULT CHARACTER SET utf8mb4;
SET SESSION sql_mode = '', time_zone = '+02:00';
CREATE TABLE data.numbers (n INT PRIMARY KEY, v CHAR(8) NOT NULL);
INSERT INTO data.numbers SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, LPAD(a.d + 10 * b.d + 100 * c.d, 8, 'x')
  FROM (digits) a, (digits) b, (digits) c, (digits) e, (digits) f WHERE f.d < 3;
CREATE TABLE data.byte_keys (k VARBINARY(8) PRIMARY KEY, v INT);
INSERT INTO data.byte_keys SELECT CHAR(n % 256, n DIV 256, 39), n FROM data.numbers WHERE n < 3000;
CREATE TABLE data.keyless (v INT);
INSERT INTO data.keyless VALUES (1), (1), (2);
{_TYPES};
""".replace("(digits)", "(SELECT 0 AS d " + " ".join(f"UNION ALL SELECT {number}" for number in range(1, 10)) + ")")


@pytest.fixture
def pair(server_name: str, replicating: Callable[[str], Pair]) -> Iterator[Pair]:
    found = replicating(server_name)
    found.primary.sql(_MAKE)
    found.await_applied()
    yield found
    found.primary.sql(f"DROP DATABASE IF EXISTS data; DROP DATABASE IF EXISTS {NOTES}")
    found.await_applied()


def verify(pair: Pair, folder: Path, **variables: object) -> tuple[int, str]:
    """The playbook's exit status, and what it printed."""
    given = {f"mysql_replication_verify_{name}": value for name, value in variables.items()}
    done = run(folder, "verify_data", "--inventory", str(pair.inventory), "-e", json.dumps(given))
    print(done.stdout)
    return done.returncode, done.stdout


def notes(machine: Machine) -> list[str]:
    return [text for row in machine.rows(f"SHOW DATABASES LIKE '{NOTES}'") for text in row.values()]


def on_the_replica(pair: Pair, statements: str) -> None:
    """Changes data there alone, as somebody might."""
    names = pair.replica.rows("SHOW GLOBAL VARIABLES LIKE 'super_read_only'")
    writable, again = ("SET GLOBAL super_read_only = OFF;", "SET GLOBAL super_read_only = ON;") if names else ("", "")
    pair.replica.sql(f"{writable} SET SESSION sql_log_bin = 0, sql_mode = ''; {statements}; {again}")


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
UPDATE data.types SET rough = 0.10000001 WHERE id = 1""",
    )
    status, printed = verify(pair, tmp_path)
    assert status != 0
    for told in (
        "data.numbers: the row n=4321 has other values",
        "data.numbers: the row n=4322 has other values",
        "data.numbers: the row n=77 is missing",
        "data.numbers: the row n=-5 is only there",
        "data.byte_keys: the row k=0x270127 has other values",
        "data.keyless: its rows differ",
        "data.types: the row part='', id=2 has other values",
        "data.types: the row part='caf\u00e9', id=1 has other values",
    ):
        assert told in printed
    assert 'FAILED! => {"changed": false, "msg": "8 differences, the first: replica1: data.' in printed
    pair.await_applied()
    assert not notes(pair.primary) and not notes(pair.replica)


def test_traffic_is_no_difference(pair: Pair, tmp_path: Path) -> None:
    chosen = random.Random(1)
    statements = (
        f"UPDATE data.numbers SET v = IF(v = 'a', 'b', 'a') WHERE n IN (5, {chosen.randrange(30000)}, {chosen.randrange(30000)});\n"
        for _number in range(100_000)
    )
    (tmp_path / "traffic.sql").write_text("DO GET_LOCK('traffic', 0);\n" + "".join(statements))
    with (tmp_path / "traffic.sql").open() as stdin:
        traffic = subprocess.Popen([*pair.primary.ssh, f"{pair.primary.client} --skip-reconnect"], stdin=stdin)
    try:
        status, printed = verify(pair, tmp_path, tables=["data.numbers"], chunk_time=0.02)
        assert traffic.poll() is None, "the traffic ended before the comparison"
    finally:
        connection = pair.primary.value("SELECT IS_USED_LOCK('traffic')")
        pair.primary.sql(f"KILL {connection}")
        traffic.wait()
    assert status == 0, printed
    assert "same rows as the primary: replica1 (30000 rows" in printed


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
    assert verdict["changed"]


@dataclass
class Call:
    """A comparison of the database ``data``, call by call."""

    modules: Modules
    chunk_time: float = 0.2
    run: str = ""
    round: int = 0
    table: str = ""
    memory: dict[str, Any] = field(default_factory=dict)

    def both(self, slice: float = 10) -> bool:
        """One call on each server; whether nothing is left to do."""
        primary, replica = self.modules.pair.primary, self.modules.pair.replica
        if not self.run:
            self.run = self._call(primary, {"role": "primary", "state": "begun", "databases": ["data"]})["run"]
        self.round += 1
        common = {"run": self.run, "round": self.round, "slice": slice, "chunk_time": self.chunk_time}
        replicas = {"replica1": self.memory} if self.memory else {}
        lead = self._call(primary, {"role": "primary", "replicas": replicas, **common})
        follow = self._call(replica, {"role": "replica", "memory": self.memory, **common})
        self.table, self.memory = lead["progress"]["table"], follow["memory"]
        return bool(lead["done"] and follow["done"])

    def end(self) -> dict[str, Any]:
        """The verdict."""
        options = {"role": "primary", "state": "absent", "run": self.run, "replicas": {"replica1": self.memory}}
        return self._call(self.modules.pair.primary, options)

    def _call(self, machine: Machine, options: dict[str, Any]) -> dict[str, Any]:
        result = self.modules.run(machine, "table_checksum", options)
        assert not result.failed, result.message
        return dict(result.values)
