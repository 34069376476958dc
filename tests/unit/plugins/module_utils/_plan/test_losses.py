# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a replica needs a copy, and what people are told that it would lose."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import Ends, explain_applier
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    OFF,
    ON,
    Channel,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
    Thread,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.losses import Losses, Obstacle, obstacles, told

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"
MYSQL = parse_version("9.7.4")
OPTIONS = {"source_host": "db1", "source_port": 3306, "source_user": "repl", "auto_position": True, "tls": True}
WANTED = DesiredChannel("", OPTIONS, "auto", None, source_history_complete=False, reconnect=False)
ENDS = Ends("repl", "db1:3306", "db2")


def against(here, there=f"{A}:1-9", purged="", receiver=Thread(ON), applier=Thread(ON)):
    def gtids(executed, gone=""):
        return GtidState({"gtid_mode": "ON", "gtid_executed": executed, "gtid_purged": gone})

    channel = Channel("", OPTIONS, receiver, applier, None, 0, source_uuid=A)
    replica = ReplicaState(Identity(MYSQL, 2, B, "db2", 3306), gtids(here), (channel,), has_tables=True, offers_tls=True)
    view = SourceView(
        Identity(MYSQL, 1, A, "db1", 3306), gtids(there, purged), "repl@%", may_replicate=True, encrypted=True, logs=True
    )
    return obstacles(dialect_for(MYSQL), replica, replace(view, client="repl@db2"), WANTED)


def lines(*args, **kwargs):
    return "\n".join(told(Losses(against(*args, **kwargs)), ENDS))


def test_what_nothing_but_a_copy_mends():
    text = lines(f"{A}:1-3", purged=f"{A}:1-5")
    assert "cannot go on without a fresh copy" in text
    assert "purged transactions that db2 lacks" in text


def test_what_is_mended_without_a_copy_is_told_first():
    assert against(f"{A}:1-9") == []
    errant = lines(f"{A}:1-9,{B}:1")
    assert "errant transactions" in errant
    assert errant.index("mysql_replication_errant: empty") < errant.index("rebuild_replica")
    assert "error 1236: purged" in lines(f"{A}:1-3", receiver=Thread(OFF, 1236, "purged"))
    assert "without a fresh copy" not in errant
    assert against(f"{A}:1-3", receiver=Thread(OFF, 1045, "Access denied")) == []
    assert against(f"{A}:1-3", applier=Thread(OFF, 1205, "Lock wait timeout")) == []


@pytest.mark.parametrize(
    ("errno", "error"),
    [
        (1396, "Operation CREATE USER failed for 'app'@'%'"),
        (1396, "Operation ALTER USER failed for 'app'@'%'"),
        (1062, "Duplicate entry '1'"),
        (1032, "Can't find record in 't'"),
    ],
)
def test_an_applier_s_error_is_mended_as_the_diagnosis_says(errno, error):
    applier = Thread(OFF, errno, error)
    (line,) = lines(f"{A}:1-3", applier=applier).splitlines()
    assert f"error {errno}: {error}" in line
    assert explain_applier(applier, ENDS).remedy in line
    assert "without a fresh copy" not in line


def test_an_account_that_somebody_made_on_the_replica_is_told_beside_the_transaction_that_it_was():
    error = "Operation CREATE USER failed for 'app'@'%'"
    both = against(f"{A}:1-3,{B}:1", applier=Thread(OFF, 1396, error))
    assert ["errant" in one.cause for one in both] == [True, False]
    assert "drop the one that the error names" in both[1].remedy


def test_what_changes_no_row_has_nothing_to_be_undone():
    def did(changes, is_upkeep):
        return next(
            line for line in told(Losses(errant=f"{B}:1", changes=changes, is_upkeep=is_upkeep), ENDS) if "they did" in line
        )

    assert "nothing has to be undone" in did({"FLUSH": 1}, True)
    assert "undone" not in did({"FLUSH": 1, "DROP TABLE shop.t": 1}, False)


def test_all_losses_are_told():
    losses = Losses(
        [Obstacle("it has errant transactions")],
        errant=f"{B}:1-2",
        count=1,
        unread=f"{B}:1",
        changes={"INSERT INTO shop.t": 1},
        rows={"INSERT INTO shop.t": 2},
        file="/var/x.sql",
        lacks_rows="there is no mysqlbinlog on this host",
        only_here={"scratch": 3 << 20},
        tables_only_here=[f"shop.t{number}" for number in range(7)],
        followers=("db3",),
    )
    assert told(losses, ENDS) == [
        "db2 cannot go on without a fresh copy of the data of db1:3306: it has errant transactions",
        f"db2 has transactions that db1:3306 lacks: {B}:1-2 (1 of them in its binary logs)",
        "they did: INSERT INTO shop.t (2 rows)",
        f"these of them are in no binary log any more, so that nobody can tell what they did: {B}:1",
        "the file for what they did is /var/x.sql on db2",
        "that file holds none of their rows, and a copy drops these: there is no mysqlbinlog on this host. Have the client of the"
        " server's own vendor on db2 (mysqlbinlog, mariadb-binlog), and run again",
        "db2 has a database that db1:3306 lacks: scratch (about 3.0 MiB)",
        "db2 has tables that db1:3306 lacks: shop.t0, shop.t1, shop.t2, shop.t3, shop.t4 and 2 more",
        "db3 replicates from db2, which is not rebuilt as long as it does",
    ]
    (line,) = told(Losses(), ENDS)
    assert line.startswith("as far as the servers say, db2 can go on")
