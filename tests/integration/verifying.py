# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data of all types on a pair, the playbook ``verify_data`` on it, and the module ``table_checksum`` call by call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import Machine
from modules import Modules, Result
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


def make_data(pair: Pair) -> None:
    """The database ``data``, on both servers."""
    pair.primary.sql(_MAKE)
    pair.await_applied()


def drop_data(pair: Pair) -> None:
    """That database, and what a run has left."""
    pair.primary.sql(f"DROP DATABASE IF EXISTS data; DROP DATABASE IF EXISTS {NOTES}")
    pair.await_applied()


def verify(pair: Pair, folder: Path, *arguments: str, **variables: object) -> tuple[int, str]:
    """The playbook's exit status, and what it printed."""
    given = {f"mysql_replication_verify_{name}": value for name, value in variables.items()}
    done = run(folder, "verify_data", "--inventory", str(pair.inventory), "-e", json.dumps(given), *arguments)
    print(done.stdout)
    return done.returncode, done.stdout


def notes(machine: Machine) -> list[str]:
    return [text for row in machine.rows(f"SHOW DATABASES LIKE '{NOTES}'") for text in row.values()]


def on_the_replica(pair: Pair, statements: str) -> None:
    """Changes data there alone, as somebody might."""
    names = pair.replica.rows("SHOW GLOBAL VARIABLES LIKE 'super_read_only'")
    writable, again = ("SET GLOBAL super_read_only = OFF;", "SET GLOBAL super_read_only = ON;") if names else ("", "")
    pair.replica.sql(f"{writable} SET SESSION sql_log_bin = 0, sql_mode = ''; {statements}; {again}")


@dataclass
class Call:
    """A comparison of the database ``data``, call by call; ``more`` options go to each."""

    modules: Modules
    chunk_time: float = 0.2
    more: dict[str, Any] = field(default_factory=dict)
    run: str = ""
    round: int = 0
    table: str = ""
    memory: dict[str, Any] = field(default_factory=dict)

    def begin(self) -> None:
        """Begins, or goes on with what was broken off."""
        begun = said(self.modules.run(self.modules.pair.primary, "table_checksum", self.beginning()))
        self.run, self.memory = begun["run"], begun["memories"].get("replica1", self.memory)

    def both(self, slice: float = 10) -> bool:
        """One call on each server; whether nothing is left to do."""
        lead = self.lead(slice)
        return bool(said(lead)["done"] and said(self.follow(slice))["done"])

    def lead(self, slice: float = 10) -> Result:
        """The next call on the primary."""
        if not self.run:
            self.begin()
        self.round += 1
        result = self.modules.run(self.modules.pair.primary, "table_checksum", self.leading(slice))
        self.table = result.values.get("progress", {}).get("table", "")
        return result

    def follow(self, slice: float = 10) -> Result:
        """The call on the replica beside it."""
        result = self.modules.run(self.modules.pair.replica, "table_checksum", self.following(slice))
        self.memory = result.values.get("memory", self.memory)
        return result

    def end(self) -> dict[str, Any]:
        """The verdict."""
        return said(self.modules.run(self.modules.pair.primary, "table_checksum", self.ending()))

    def beginning(self) -> dict[str, Any]:
        """Options of the module, as those below."""
        return {"role": "primary", "state": "begun", "databases": ["data"], **self.more}

    def leading(self, slice: float = 10) -> dict[str, Any]:
        return {"role": "primary", "replicas": {"replica1": self.memory} if self.memory else {}, **self._common(slice)}

    def following(self, slice: float = 10) -> dict[str, Any]:
        return {"role": "replica", "memory": self.memory, **self._common(slice)}

    def ending(self) -> dict[str, Any]:
        return {"role": "primary", "state": "absent", "run": self.run, "replicas": {"replica1": self.memory}, **self.more}

    def _common(self, slice: float) -> dict[str, Any]:
        return {"run": self.run, "round": self.round, "slice": slice, "chunk_time": self.chunk_time, **self.more}


def said(result: Result) -> dict[str, Any]:
    """What a module that worked returned."""
    assert not result.failed, result.message
    return dict(result.values)
