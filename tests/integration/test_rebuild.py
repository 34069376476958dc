# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errant transactions are told and kept before a replica forgets them; a replica is rebuilt only where it is named."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from machine import wait_until
from modules import PACKAGE, Modules
from pair import Pair, assert_same
from playbook import Play, play, site
from seeding import KILLED_AMID, MARKERS, SEED_ACCOUNTS, databases, purge
from test_adopt import writing
from test_kill import KILLED, KILLED_STATUS

_FOLDER = "/var/lib/mysql-replication-errant"
_SECRET = "Of-nobody-else-1"
_PASSWORD = "Of-this-test-alone-1"
_OWN_WRITES = f"""\
CREATE DATABASE scratch; CREATE TABLE scratch.own (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(9000));
INSERT INTO scratch.own VALUES (1, 'worth keeping'), (2, 'worth keeping');
UPDATE scratch.own SET note = 'changed' WHERE id = 2;
CREATE USER 'mine'@'10.9.9.9' IDENTIFIED BY '{_SECRET}'
"""
# An event for each row, and more of them than one page of events has.
_MANY_EVENTS = """\
BEGIN; INSERT INTO scratch.own (note) SELECT REPEAT('x', 8200)
FROM information_schema.COLLATIONS AS a JOIN information_schema.COLLATIONS AS b LIMIT 2500;
DELETE FROM scratch.own WHERE id > 2; COMMIT
"""


def on_the_replica(pair: Pair, statements: str, logged: bool) -> None:
    """Writes there as somebody might, with the binary log on or off."""
    locked = pair.vendor == "mysql"
    before = "SET GLOBAL super_read_only = OFF;" if locked else ""
    after = "; SET GLOBAL super_read_only = ON" if locked else ""
    pair.replica.sql(f"{before} SET SESSION sql_log_bin = {int(logged)}; {statements}{after}")


def told(run: Play) -> str:
    """What it printed, on one line; YAML, as Molecule has it, doubles quotes."""
    print(run.output)
    return " ".join(run.output.replace("\\n", " ").replace("''", "'").split())


def with_variables(**variables: object) -> tuple[str, str]:
    return "--extra-vars", json.dumps({f"mysql_replication_{name}": value for name, value in variables.items()})


def losses_options(pair: Pair) -> dict[str, object]:
    return {"source_host": pair.primary.address, "source_user": "repl", "source_password": pair.password}


_BEHIND = "behind a geometry"
_PLACE = (
    "CREATE TABLE scratch.places (id INT, place GEOMETRY, word TEXT);"
    f" INSERT INTO scratch.places VALUES (1, ST_GeomFromText('POINT(1 2)'), '{_BEHIND}')"
)


@pytest.fixture
def astray(own_pair: Pair) -> Iterator[Pair]:
    """A pair whose replica has transactions of its own."""
    own_pair.await_applied()
    own_pair.replica.shell(f"rm -rf {_FOLDER}")
    on_the_replica(own_pair, _OWN_WRITES, logged=True)
    if own_pair.vendor == "mariadb":
        # With gtid_strict_mode the next transaction stops it; nothing shall change by itself any more.
        own_pair.primary.sql("INSERT INTO practice.entry (note) VALUES ('out of order')")
        wait_until("the applier to stop", lambda: getattr(own_pair.channel(), "applier_errno", 0))
    yield own_pair


def assert_rebuilt(pair: Pair) -> None:
    """The same rows on both, and nothing left of the copy or of what the replica had for itself."""
    pair.await_healthy()
    pair.await_applied()
    assert_same(pair.content(pair.primary), pair.content(pair.replica))
    assert "scratch" not in databases(pair.replica)
    assert pair.replica.value(MARKERS) == "0"
    for machine in (pair.primary, pair.replica):
        assert machine.value(SEED_ACCOUNTS) == "0"
    pair.prove_replication("after a rebuild")


def test_what_errant_transactions_did_is_kept_before_the_replica_is_rebuilt(astray: Pair) -> None:
    pair = astray
    compressed = "SET SESSION binlog_transaction_compression = ON;" if pair.vendor == "mysql" else ""
    on_the_replica(pair, compressed + _MANY_EVENTS, logged=True)
    on_the_replica(pair, _PLACE, logged=True)
    # In no binary log, so no transaction tells of it.
    # The second is one of verify_data's own.
    on_the_replica(pair, "CREATE TABLE practice.only_here (id INT); CREATE DATABASE replication_checksum", logged=False)
    before = pair.fingerprint()

    refused = play(pair, "rebuild_replica")
    assert refused.failure is not None
    said = told(refused)
    assert "replica1 cannot stay as it is, and a fresh copy of the data drops what is there" in said
    assert "INSERT INTO scratch.own (2502 rows)" in said
    # The DELETE, which comes after all these events of its transaction.
    assert "DELETE FROM scratch.own (" in said
    assert "UPDATE scratch.own (1 row)" in said
    assert "CREATE USER 'mine'@'10.9.9.9'" in said
    assert "lacks: scratch (about" in said
    assert "replication_checksum" not in said
    assert "lacks: practice.only_here" in said
    assert _SECRET not in said
    assert_same(before, pair.fingerprint())
    listed = pair.replica.shell(f"stat --format '%a %n' {_FOLDER} {_FOLDER}/*").split()
    assert listed[0::2] == ["700", "600"]
    kept = pair.replica.shell(f"head -c 20000 {listed[3]}")
    for text in ("worth keeping", "scratch.own: @1 id, @2 note", "CREATE TABLE scratch.own", "INSERT INTO `scratch`.`own`"):
        assert text in kept, kept
    # MySQL's client shows no geometry, and nothing after it in the row.
    whole = pair.replica.shell(f"cat {listed[3]}")
    encoded = b"".join(base64.b64decode(line) for part in re.findall(r"BINLOG '([^']+)'", whole) for line in part.split())
    assert _BEHIND in whole + encoded.decode("latin-1")

    unknown = play(pair, "rebuild_replica", *with_variables(rebuild=["primary"]))
    assert "only replicas that have a part in the run" in told(unknown)
    as_text = play(pair, "rebuild_replica", *with_variables(rebuild="replica1"))
    assert "is a list of inventory names" in told(as_text)
    assert_same(before, pair.fingerprint())

    named = with_variables(rebuild=["replica1"])
    predicted = play(pair, "rebuild_replica", "--check", *named)
    assert predicted.failure is None, predicted.output
    assert_same(before, pair.fingerprint())
    with writing(pair):
        run = play(pair, "rebuild_replica", *named)
    assert run.failure is None, run.output
    assert predicted.steps() == run.steps()
    assert_rebuilt(pair)
    assert pair.replica.shell(f"head -c 20000 {listed[3]}") == kept
    settled = site(pair)
    assert settled.failure is None
    assert settled.tasks_changed == ()


@pytest.mark.dealt
def test_a_sound_replica_is_left_alone_unless_it_is_named(own_pair: Pair) -> None:
    """Rows that differ without an error: nothing but a person, or verify_data, can tell. A killed run has left its account."""
    pair = own_pair
    pair.await_applied()
    pair.primary.sql("SET SESSION sql_log_bin = 0; CREATE USER dbops_seed@'192.0.2.7'")
    on_the_replica(pair, "DELETE FROM practice.entry ORDER BY id LIMIT 1", logged=False)
    before = pair.fingerprint()
    left = play(pair, "rebuild_replica")
    assert left.failure is None, left.output
    assert left.tasks_changed == ()
    assert "can go on" in told(left)
    assert "has left on primary: account dbops_seed@192.0.2.7. Unless another run copies right now" in told(left)
    assert_same(before, pair.fingerprint())
    named = with_variables(rebuild=["replica1"])
    predicted = play(pair, "rebuild_replica", "--check", *named)
    assert_same(before, pair.fingerprint())
    run = play(pair, "rebuild_replica", *named)
    assert run.failure is None, run.output
    assert predicted.steps() == run.steps()
    assert_rebuilt(pair)


def test_a_replica_that_the_purged_logs_left_behind_is_rebuilt(own_pair: Pair) -> None:
    pair = own_pair
    pair.replica.sql("STOP REPLICA")
    pair.primary.sql("INSERT INTO practice.entry (note) VALUES ('missed'); FLUSH BINARY LOGS")
    purge(pair)
    pair.replica.sql("START REPLICA")
    refused = play(pair, "rebuild_replica")
    assert refused.failure is not None
    assert "replica1 cannot go on without a fresh copy of the data" in told(refused)
    assert "purged" in told(refused) or "1236" in told(refused)
    run = play(pair, "rebuild_replica", *with_variables(rebuild=["replica1"]))
    assert run.failure is None, run.output
    assert_rebuilt(pair)


#: Runs a module in a process that ends, as by ``kill -9``, when the file is written and not yet in its place.
_KILLED_WRITING = f"""\
import os, runpy, signal
from {PACKAGE}.module_utils._server import errant_file
errant_file.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""


def assert_listed_without_client(modules: Modules, options: dict[str, object]) -> None:
    """Where nothing prints the rows, the file has what the server itself lists, no rebuild begins, and a client mends that."""
    pair, options = modules.pair, {**options, "directory": "/opt/listed"}
    pair.replica.shell("mkdir /opt/aside && mv $(find /usr/bin -name mysqlbinlog -o -name mariadb-binlog) /opt/aside")
    try:
        predicted = modules.run(pair.replica, "replica_losses", options, check=True)
        listed = modules.run(pair.replica, "replica_losses", options)
        named = with_variables(rebuild=["replica1"], errant_directory="/opt/listed")
        before = pair.fingerprint()
        rebuild = play(pair, "rebuild_replica", *named)
        assert "holds no row of what its errant transactions did" in told(rebuild)
        assert_same(before, pair.fingerprint())
        allowed = play(pair, "rebuild_replica", "--check", *named, *with_variables(errant_without_rows=True))
        assert allowed.failure is None, allowed.output
    finally:
        pair.replica.shell("mv /opt/aside/* /usr/bin && rmdir /opt/aside")
    assert not listed.failed, listed.message
    for said in (predicted, listed):
        assert said.values["file_lacks_rows"].startswith("there is no"), said.values
        assert any("that file holds none of their rows" in line for line in said.values["told"])
    kept = pair.replica.shell(f"cat {listed.values['file']}")
    with_rows = modules.run(pair.replica, "replica_losses", options)
    assert with_rows.values["file_lacks_rows"] == ""
    assert "worth keeping" in pair.replica.shell(f"cat {with_rows.values['file']}")
    assert modules.run(pair.replica, "replica_losses", options).steps == []
    pair.replica.shell("rm -r /opt/listed")
    assert "-- No row can be shown: there is no" in kept
    assert ": INSERT INTO scratch.own" in kept
    assert "CREATE USER 'mine'@'10.9.9.9'" in kept
    assert listed.values["errant_count"] == len(listed.values["transactions"]) == 5


@pytest.mark.dealt
def test_a_rebuild_that_was_killed_is_finished_by_the_next_run(astray: Pair) -> None:
    pair = astray
    with closing(Modules(pair)) as modules:
        options = losses_options(pair)
        assert_listed_without_client(modules, options)
        unwritable = modules.run(pair.replica, "replica_losses", {**options, "directory": "/proc/errant"})
        assert "cannot write /proc/errant/" in unwritable.message

        killed = modules.run_by(_KILLED_WRITING, pair.replica, "replica_losses", options)
        assert killed.values["status"] == KILLED_STATUS, killed.message
        assert [name for name in pair.replica.shell(f"ls {_FOLDER}").split() if name.endswith(".sql")] == []
        saved = modules.run(pair.replica, "replica_losses", options)
        assert not saved.failed, saved.message
        assert pair.replica.shell(f"ls {_FOLDER}").split() == [saved.values["file"].rpartition("/")[2]]
        assert modules.run(pair.replica, "replica_losses", options).steps == []

        account = {"hosts": [pair.replica.address], "password": _PASSWORD}
        assert not modules.run(pair.primary, "seed_account", account).failed
        anew = {"source_host": pair.primary.address, "source_user": "dbops_seed", "source_password": _PASSWORD, "anew": True}
        followed = modules.run(pair.primary, "replica_seed", {**anew, "source_host": pair.replica.address})
        assert "replicate from primary, whose binary log a copy forgets" in followed.message
        assert followed.steps == []
        there = modules.run(pair.primary, "database_info", {}).values
        options.update(source_databases=list(there["databases"]), source_tables=there["tables"])
        whole = modules.run(pair.replica, "replica_losses", options).values
        assert list(whole["databases_only_here"]) == ["scratch"]
        ignoring = modules.run(pair.replica, "replica_losses", {**options, "ignored_databases": ["scratch"]})
        assert ignoring.values["databases_only_here"] == {}
        for program, target, done in (
            (KILLED, "database scratch", 0),
            (KILLED, "data", 0),
            (KILLED_AMID, "data", 0),
            (KILLED, "data", 1),
        ):
            targets = [step["target"] for step in modules.run(pair.replica, "replica_seed", anew, check=True).steps]
            steps = str(targets.index(target) + done)
            killed = modules.run_by(program.replace("STEPS", steps), pair.replica, "replica_seed", anew)
            assert killed.values["status"] == KILLED_STATUS, killed.message
            assert pair.replica.value(MARKERS) == "1"
            left = modules.run(pair.replica, "replica_losses", options).values
            if target == "database scratch":
                # Nothing is dropped yet, so all that a copy would take is told as it was the first time.
                assert left["told"][1:] == whole["told"][1:]
                assert left["errant"] == saved.values["errant"] and left["file"] == saved.values["file"]
            else:
                assert left["told"] == left["told"][:1], left["told"]
    # Nobody has to name it again: what it holds is a part of a copy.
    unnamed = play(pair, "rebuild_replica")
    assert "a copy was begun and not finished" in told(unnamed)
    run = play(pair, "rebuild_replica", *with_variables(rebuild=["replica1"]))
    assert run.failure is None, run.output
    assert_rebuilt(pair)


def test_errant_transactions_are_resolved_as_somebody_chose(astray: Pair) -> None:
    pair = astray
    blocked = site(pair).failure
    assert blocked is not None
    assert "They did: INSERT INTO scratch.own; UPDATE scratch.own; CREATE DATABASE scratch; and 2 more changes" in blocked.message
    before = pair.fingerprint()
    refused = play(pair, "errant_transactions")
    assert "errant transactions, see above for what they did" in told(refused)
    assert "INSERT INTO scratch.own (2 rows)" in told(refused)
    assert ("-e mysql_replication_errant=empty" in told(refused)) == (pair.vendor == "mysql")
    assert "On MySQL" not in told(refused)
    unnamed = play(pair, "errant_transactions", *with_variables(errant="rebuild"))
    assert "mysql_replication_rebuild does not name replica1" in told(unnamed)
    nameless = play(pair, "errant_transactions", *with_variables(errant="empty"))
    assert "empty needs mysql_replication_errant_gtids" in told(nameless)

    errant = "0-2-5"
    if pair.vendor == "mysql":
        there = pair.primary.value("SELECT @@global.gtid_executed").replace("\n", "")
        errant = pair.replica.value(f"SELECT GTID_SUBTRACT(@@global.gtid_executed, '{there}')")
    empty = play(pair, "errant_transactions", *with_variables(errant="empty", errant_gtids=errant, errant_most=4))
    assert empty.failure is not None
    assert_same(before, pair.fingerprint())
    if pair.vendor == "mariadb":
        assert "MariaDB knows no empty transactions" in told(empty)
        run = play(pair, "errant_transactions", *with_variables(errant="rebuild", rebuild=["replica1"]))
        assert run.failure is None, run.output
        assert_rebuilt(pair)
        return

    assert "5 transactions would become empty ones on primary, and no more than 4 may" in told(empty)
    first, _dash, last = errant.rpartition("-")
    some = play(pair, "errant_transactions", "--check", *with_variables(errant="empty", errant_gtids=first))
    assert f"replica1 has errant transactions still: {first.replace(':1', ':2')}-{last}" in some.output
    named = with_variables(errant="empty", errant_gtids=errant)
    predicted = play(pair, "errant_transactions", "--check", *named)
    assert predicted.failure is None, predicted.output
    assert_same(before, pair.fingerprint())
    run = play(pair, "errant_transactions", *named)
    assert run.failure is None, run.output
    assert "errant transactions still" not in run.output
    assert predicted.steps() == run.steps()
    assert [step["target"] for result in run.results for step in result.steps if step["target"].startswith("transaction")]
    assert pair.primary.value(f"SELECT GTID_SUBSET('{errant}', @@global.gtid_executed)") == "1"
    settled = site(pair)
    assert settled.failure is None, settled.output
    pair.prove_replication("with empty transactions")
    assert play(pair, "errant_transactions").failure is None
    on_the_replica(pair, "DROP DATABASE scratch; DROP USER 'mine'@'10.9.9.9'", logged=False)
