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


def verify() -> subprocess.CompletedProcess[str]:
    command = ["ansible-playbook", "--inventory", str(INVENTORY), "dbops.mysql_replication.verify_data"]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def on(name: str) -> Host:
    return testinfra.get_host(f"ansible://{name}", ansible_inventory=str(INVENTORY))


@pytest.fixture(scope="module", autouse=True)
def equal_first() -> None:
    done = verify()
    assert done.returncode == 0, done.stdout
    assert "same rows as the primary: replica1, replica2 (55003 rows in 3 tables)" in done.stdout


def test_differences_are_named_for_the_replica_that_has_them(host: Host) -> None:
    if host.backend.get_hostname() != "replica2":
        return
    host.check_output("mariadb -e %s", DIFFERENCES)
    done = verify()
    assert done.returncode != 0
    assert "same rows as the primary: replica1 (" in done.stdout
    for told in (
        "shop.items: the row name='own', orders=-1 is only there",
        "shop.log: its rows differ",
        "shop.orders: the row id=11111 has other values",
        "shop.orders: the row id=22222 has other values",
        "shop.orders: the row id=40000 is missing",
    ):
        assert f"replica2: {told}" in done.stdout


def test_nothing_is_left(host: Host) -> None:
    assert "replication_checksum" not in on(host.backend.get_hostname()).check_output("mariadb -N -e 'SHOW DATABASES'")
