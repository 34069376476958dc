# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Equal data is equal; differences of every kind on one replica are named for that one; nothing is left on the servers."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import testinfra
from testinfra.host import Host

INVENTORY = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "inventory"
DIFFERENCES = """\
SET SESSION sql_log_bin = 0;
UPDATE shop.orders a, shop.orders b SET a.note = b.note, b.note = a.note WHERE a.id = 11111 AND b.id = 22222;
DELETE FROM shop.orders WHERE id = 40000;
INSERT INTO shop.items VALUES (-1, 'own', NULL);
UPDATE shop.log SET said = '' WHERE said IS NULL;
CREATE TABLE shop.own (id INT PRIMARY KEY);
"""
#: The statement that looks at rows goes to every replica, and would stop this one.
LACKING = "SET SESSION sql_log_bin = 0; DROP TABLE shop.log"
#: What a run on these differences says of each host, and what it does not.
SAID = {
    "primary": (
        ["7 differences, the first: replica1: shop.log: no such table there"],
        ["primary: shop.", "not compared:"],
    ),
    "replica1": (
        ["replica1: shop.log: no such table there"],
        ["replica1: shop.orders", "replica1: shop.items"],
    ),
    "replica2": (
        [
            "replica2: shop.items: the row name='own', orders=-1 is only there",
            "replica2: shop.log: rows differ; which, or whether only by traffic, cannot be told while replica1 has another table",
            "replica2: shop.own: a table that only this replica has",
            "replica2: shop.orders: the row id=11111 has other values",
            "replica2: shop.orders: the row id=22222 has other values",
            "replica2: shop.orders: the row id=40000 is missing",
        ],
        ["same rows as the primary:"],
    ),
}


def verify() -> subprocess.CompletedProcess[str]:
    command = ["ansible-playbook", "--inventory", str(INVENTORY), "dbops.mysql_replication.verify_data"]
    # YAML, which Molecule asks for, doubles quotes and folds lines.
    plain = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
    return subprocess.run(command, env=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


@pytest.fixture(scope="module")
def equal() -> str:
    """What a run says while all hosts hold the same rows."""
    done = verify()
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def different(equal: str) -> str:
    """What a run says when one replica holds others, and another lacks one of the tables that differ."""
    for name, statements in (("replica1", LACKING), ("replica2", DIFFERENCES)):
        replica = testinfra.get_host(f"ansible://{name}", ansible_inventory=str(INVENTORY))
        replica.check_output("mariadb -e %s", statements)
    done = verify()
    assert done.returncode != 0, done.stdout
    return done.stdout


def test_equal_data_is_equal_on_every_host(host: Host, equal: str) -> None:
    assert "same rows as the primary: replica1, replica2 (55003 rows in 3 tables)" in equal
    assert f"{host.backend.get_hostname()}: shop." not in equal
    assert "replication_checksum" not in host.check_output("mariadb -N -e 'SHOW DATABASES'")


def test_differences_are_named_for_the_replica_that_has_them(host: Host, different: str) -> None:
    said, unsaid = SAID[host.backend.get_hostname()]
    assert [words for words in said if words not in different] == []
    assert [words for words in unsaid if words in different] == []


def test_nothing_is_left(host: Host, different: str) -> None:
    assert "replication_checksum" not in host.check_output("mariadb -N -e 'SHOW DATABASES'")
