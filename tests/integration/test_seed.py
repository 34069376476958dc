# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An empty replica of a primary that has data and is written to: ``site`` copies the data, and no row is missing afterwards."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from machine import Machine, Row, wait_until
from modules import PACKAGE, Modules, Result
from pair import PROJECT, Pair, assert_same
from playbook import Play, command, killed, site
from seeding import ARRIVED, KILLED_AMID, MARKERS, SEED_ACCOUNTS, SERVER_KILLED_AMID, databases, empty, offers, sizes
from test_adopt import writing
from test_kill import KILLED, KILLED_STATUS
from test_login import readme_grants
from test_verify_hard import busy

_COLUMNS = (
    "id INT PRIMARY KEY, exact DECIMAL(20,5), wide DOUBLE, raw VARBINARY(40), pic BLOB, said TEXT, bits BIT(12), at DATETIME(6),"
    " doc JSON, place POINT, twice INT AS (id * 2) VIRTUAL"
)
_ROW = (
    "'12345.67891', 0.1 + 0.2, UNHEX('00270A0D1A5C22FF'), UNHEX(REPEAT('00FF', 500)), 'line\\nnext\\r\\nü\\'\\\\ 😀', b'101',"
    " '2026-01-02 03:04:05.678901', '{\"a\": [1, null, \"ü\"]}', ST_GeomFromText('POINT(1 2)')"
)
_NAMES = "id, exact, wide, raw, pic, said, bits, at, doc, place"
_SHOW = f"SELECT {', '.join(f'HEX({name})' for name in _NAMES.split(', '))}, HEX(twice) FROM kinds.t ORDER BY id"
_FILL = f"""\
DROP DATABASE IF EXISTS kinds; CREATE DATABASE kinds; CREATE TABLE kinds.t ({_COLUMNS}) ENGINE = InnoDB;
INSERT INTO kinds.t ({_NAMES}) VALUES (1, {_ROW}), (2, {"NULL, " * 8}NULL), (0, {_ROW});
CREATE VIEW kinds.v AS SELECT id FROM kinds.t;
CREATE TRIGGER kinds.g BEFORE INSERT ON kinds.t FOR EACH ROW SET NEW.exact = NEW.id;
CREATE PROCEDURE kinds.p() SELECT 'p';
CREATE FUNCTION kinds.f() RETURNS INT DETERMINISTIC RETURN 7;
CREATE EVENT kinds.e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM kinds.t WHERE id = -1;
CREATE USER IF NOT EXISTS 'app'@'10.%' IDENTIFIED BY 'An-app-1'; GRANT SELECT ON kinds.* TO 'app'@'10.%';
"""
_OBJECTS = {
    "views": "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS WHERE TABLE_SCHEMA = 'kinds'",
    "triggers": "SELECT TRIGGER_NAME, ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'kinds'",
    "routines": "SELECT ROUTINE_NAME, ROUTINE_DEFINITION, DEFINER, SQL_MODE FROM information_schema.ROUTINES"
    " WHERE ROUTINE_SCHEMA = 'kinds' ORDER BY 1",
    "events": "SELECT EVENT_NAME, EVENT_DEFINITION, DEFINER, SQL_MODE, TIME_ZONE FROM information_schema.EVENTS"
    " WHERE EVENT_SCHEMA = 'kinds'",
    "grants on routines": "SELECT Host, Db, User, Routine_name FROM mysql.procs_priv ORDER BY 1, 2, 3, 4",
    "accounts": "SELECT User, Host, plugin, HEX(authentication_string) AS hash FROM mysql.user ORDER BY User, Host",
    "rows": _SHOW,
}
#: Tables of several statements each, in an order in which what they refer to comes later; rows that a session with other settings
#: would refuse, or change; and a text that looks like a table's data, in a routine before the tables of the next database.
_DIGITS = "(SELECT 0 AS n" + "".join(f" UNION ALL SELECT {digit}" for digit in range(1, 10)) + ")"
_NUMBERS = f"(SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS n FROM {', '.join(f'{_DIGITS} {name}' for name in 'abcd')}) s"
_PAD = "REPEAT(CONCAT(CRC32(n), '-'), 40)"
_INNER = (
    "DELIMITER ;\nLOCK TABLES `big` WRITE;\nINSERT INTO `big` VALUES (1);\nUNLOCK TABLES;\nSET sql_mode = ansi;\nUSE `mysql`;\n"
)
_SPREAD = f"""\
SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,NO_BACKSLASH_ESCAPES';
DROP DATABASE IF EXISTS `kinds of ``more`; CREATE DATABASE `kinds of ``more`; USE `kinds of ``more`;
CREATE TABLE big (id INT AUTO_INCREMENT PRIMARY KEY, one INT, at TIMESTAMP NOT NULL DEFAULT '2026-01-01 00:00:00', pad TEXT,
 twice INT AS (one * 2) VIRTUAL, thrice INT AS (one * 3) STORED) ENGINE = InnoDB;
INSERT INTO big (id, one, pad) SELECT n - 5000, n, CONCAT('a;
(\\''ü', {_PAD}) FROM {_NUMBERS};
CREATE TABLE aside (id INT PRIMARY KEY, pad TEXT) ENGINE = MyISAM; INSERT INTO aside SELECT n, {_PAD} FROM {_NUMBERS};
CREATE TABLE parts (id INT, pad TEXT) ENGINE = InnoDB PARTITION BY HASH (id) PARTITIONS 8;
INSERT INTO parts SELECT n, {_PAD} FROM {_NUMBERS};
CREATE TABLE apart (id INT, big INT, pad TEXT, FOREIGN KEY (big) REFERENCES big (id)) ENGINE = InnoDB;
INSERT INTO apart SELECT n, n - 5000, {_PAD} FROM {_NUMBERS};
USE kinds;
DELIMITER //
CREATE PROCEDURE look() BEGIN
/*
{_INNER}*/
SET @said = '
{_INNER}';
INSERT INTO nowhere VALUES (1);
END//
DELIMITER ;
"""
_SPREAD_ROWS = "SELECT '{0}' AS name, COUNT(*) AS entries, SUM(CRC32(CONCAT_WS(',', {1}))) AS checksum FROM `kinds of ``more`.{0}"
_SPREAD_COLUMNS = {
    "big": "id, UNIX_TIMESTAMP(at), pad, twice, thrice",
    "aside": "id, pad",
    "apart": "id, big, pad",
    "parts": "id, pad",
}
_NOTES = "/var/lib/mysql/noted.log"
_INSERTERS = f"grep -aoE '[0-9]+ Query[[:space:]]+INSERT INTO .{{}}. ' {_NOTES} | cut -d ' ' -f 1 | sort -u | wc -l"
_KEPT = (
    "SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value FROM {views}.global_variables"
    " WHERE VARIABLE_NAME IN ('super_read_only', 'read_only', 'event_scheduler', 'server_uuid', 'log_bin_trust_function_creators')"
    " UNION SELECT PLUGIN_NAME, PLUGIN_STATUS FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'"
    " UNION SELECT name, dl FROM mysql.plugin ORDER BY 1"
)
_VIEWS = {"mysql": "performance_schema", "mariadb": "information_schema"}
_BEST = {"mysql": "clone", "mariadb": "backup"}
_OWN_DATA = {
    "mysql": "SET GLOBAL super_read_only = OFF; SET SESSION sql_log_bin = 0; CREATE DATABASE mine; CREATE TABLE mine.t (id INT)",
    "mariadb": "SET SESSION sql_log_bin = 0; CREATE DATABASE mine; CREATE TABLE mine.t (id INT)",
}
#: As a dump of a server leaves it that has the plugin: listed, and not loaded before the next start. And writable, as a bare
#: server, so that events of the source would run there had a run not set super_read_only first.
_LISTED = {
    "mysql": "SET GLOBAL super_read_only = OFF; SET SESSION sql_log_bin = 0;"
    " INSERT INTO mysql.plugin VALUES ('clone', 'mysql_clone.so')",
    "mariadb": "DO 0",
}
_ROUNDED = "CREATE TABLE practice.rounded (id INT PRIMARY KEY, f FLOAT, g FLOAT(12, 3))"
_WITH_HISTORY = {"mysql": "DO 0", "mariadb": "CREATE TABLE practice.versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING"}
#: An account that logs in by a plugin which only the primary has.
_OTHER_LOGIN = {
    "mysql": "INSTALL PLUGIN mysql_no_login SONAME 'mysql_no_login.so'; CREATE USER nobody IDENTIFIED WITH mysql_no_login",
    "mariadb": "INSTALL SONAME 'auth_ed25519'; CREATE USER nobody IDENTIFIED VIA ed25519 USING PASSWORD('for-a-test-1')",
}
#: Now it cannot log in to the primary either.
_NO_LOGIN = {"mysql": "UNINSTALL PLUGIN mysql_no_login", "mariadb": "UNINSTALL SONAME 'auth_ed25519'"}
_OPS = {"user": "ops", "host": "127.0.0.1"}
_STAGING = "/var/lib/mysql/.dbops_seed"


@contextmanager
def with_data(pair: Pair) -> Iterator[None]:
    """All kinds of columns and objects on the primary."""
    pair.primary.sql(_FILL)
    try:
        yield
    finally:
        pair.primary.sql("DROP DATABASE kinds; DROP USER 'app'@'10.%'")


@contextmanager
def noting(machine: Machine) -> Iterator[None]:
    """Clients of the machine stand in another time zone, and what they do is noted down."""
    machine.sql(f"SET GLOBAL time_zone = '+05:00', log_output = 'FILE', general_log_file = '{_NOTES}', general_log = ON")
    try:
        yield
    finally:
        machine.sql("SET GLOBAL time_zone = DEFAULT, general_log = OFF, general_log_file = DEFAULT, log_output = DEFAULT")
        machine.shell(f"rm {_NOTES}")


def spread_rows(machine: Machine) -> list[Row]:
    """What the tables of several statements hold."""
    return [machine.rows(_SPREAD_ROWS.format(name, columns))[0] for name, columns in _SPREAD_COLUMNS.items()]


def kept(pair: Pair) -> list[list[Row]]:
    """What a copy must leave as it was, on both."""
    return [machine.rows(_KEPT.format(views=_VIEWS[pair.vendor])) for machine in (pair.primary, pair.replica)]


def assert_equal(pair: Pair) -> None:
    """Same rows and objects on both, nothing left of the copy, and an event that rests on the replica."""
    pair.await_healthy()
    pair.await_applied()
    assert_same(pair.content(pair.primary), pair.content(pair.replica))
    for what, query in _OBJECTS.items():
        assert_same({what: pair.primary.rows(query)}, {what: pair.replica.rows(query)})
    for machine in (pair.primary, pair.replica):
        assert machine.value(SEED_ACCOUNTS) == "0"
        assert "dbops_seed" not in databases(machine)
    status = pair.replica.value("SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'kinds'")
    assert status in ("SLAVESIDE_DISABLED", "REPLICA_SIDE_DISABLED")


def _take_over_from_the_replica(pair: Pair) -> None:
    """The primary has a GTID of the replica's own, as after errant transactions that were resolved, or a switchover."""
    if pair.vendor == "mysql":
        gtid = f"{pair.replica.value('SELECT @@server_uuid')}:1"
        pair.primary.sql(f"SET GTID_NEXT = '{gtid}'; BEGIN; COMMIT; SET GTID_NEXT = AUTOMATIC")


def test_an_empty_replica_gets_the_data(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    """By the best method that both have, and by a login to the replica that has no more rights than it takes."""
    pair = replicating(server_name)
    with with_data(pair):
        pair.primary.sql(_ROUNDED.replace("practice", "kinds"))
        limited = _as_a_limited_login(pair, tmp_path, _BEST[pair.vendor])
        _take_over_from_the_replica(pair)
        pair.await_applied()
        before = kept(pair)
        empty(pair)
        pair.replica.sql(_LISTED[pair.vendor])
        with writing(pair):
            predicted = site(pair, "--check", *limited)
            run = site(pair, *limited)
        assert run.failure is None, run.output
        assert predicted.failure is None, predicted.output
        assert predicted.steps() == run.steps()
        assert predicted.tasks_changed == run.tasks_changed
        assert f"by {_BEST[pair.vendor]} to " in run.output
        assert "replica1: copied " in run.output
        assert_equal(pair)
        assert_same(before, kept(pair))
        again = site(pair)
        assert again.tasks_changed == ()
        assert again.failure is None
        pair.primary.sql("DROP USER ops@'%'")
    pair.prove_replication("after a copy")


def _refuses_without_rights_on_the_primary(pair: Pair, folder: Path, *arguments: str) -> None:
    """The login could make the account for the copies and not give it its rights: nothing is begun, and none of it stays."""
    password = secrets.token_hex(8)
    pair.primary.sql(f"CREATE USER ops@localhost IDENTIFIED BY '{password}'; GRANT ALL ON *.* TO ops@localhost")
    inventory = folder / "ops.yml"
    login = {"mysql_replication_login_user": "ops", "mysql_replication_login_password": password}
    inventory.write_text(json.dumps({"all": {"hosts": {"primary": login}}}))
    refused = site(pair, "--inventory", str(inventory), *arguments)
    failures = {one.machine: one.message for one in refused.results if one.failed and one.module == "ansible.builtin.fail"}
    assert "'ops'@'localhost', with which this run is logged in to primary, lacks for a copy" in failures["primary"]
    assert "SELECT WITH GRANT OPTION" in failures["primary"]
    assert "No copy was begun" in failures["primary"]
    assert "primary is not ready for a copy" in failures["replica1"]
    assert not any(one.module == "replica_seed" for one in refused.results)
    assert pair.primary.value(SEED_ACCOUNTS) == "0"
    assert pair.replica.value(MARKERS) == "1"
    pair.primary.sql("DROP USER ops@localhost")


def _refuses_before_it_makes_an_account(pair: Pair) -> None:
    """No better method than a dump is possible, and that rounds; the primary is left as it is."""
    scheduler = pair.replica.value("SELECT @@global.event_scheduler")
    pair.primary.sql(
        f"{_ROUNDED}; CREATE TABLE practice.old (id INT PRIMARY KEY) ENGINE = MyISAM;"
        " CREATE EVENT practice.daily ON SCHEDULE EVERY 1 DAY DO SELECT 1"
    )
    pair.replica.sql("SET GLOBAL event_scheduler = ON")
    refused = site(pair)
    assert refused.failure is not None
    assert "columns of the type FLOAT" in refused.failure.message, refused.output
    assert not [one.module for one in refused.results if one.module in ("seed_account", "replica_seed") and one.steps]
    pair.replica.sql(f"SET GLOBAL event_scheduler = {scheduler}")
    pair.primary.sql("DROP TABLE practice.rounded, practice.old; DROP EVENT practice.daily")


def _as_a_limited_login(pair: Pair, folder: Path, method: str) -> tuple[str, str]:
    """Arguments with which the replica is logged in to with those rights alone that README lists for this method."""
    password = secrets.token_hex(8)
    vendor = {"mysql": "MySQL", "mariadb": "MariaDB"}[pair.vendor]
    row = re.search(rf"^\| {vendor}, `{method}` \|.*\|(.*)\|$", (PROJECT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    rights = re.sub(r" \(.*?\)", "", row.group(1)).replace(" and ", ", ")
    pair.primary.sql(
        f"CREATE USER ops@'%' IDENTIFIED BY '{password}'; {readme_grants(pair.vendor)} GRANT {rights} ON *.* TO ops@'%'"
    )
    login = {f"mysql_replication_login_{name}": value for name, value in _OPS.items()}
    inventory = folder / "limited.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"replica1": {**login, "mysql_replication_login_password": password}}}}))
    return ("--inventory", str(inventory))


def test_a_dump_gives_the_data_too(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> None:
    pair = replicating(server_name)
    by_dump = ("--extra-vars", "mysql_replication_seed=dump")
    with with_data(pair):
        pair.primary.sql(_SPREAD)
        limited = _as_a_limited_login(pair, tmp_path, "dump")
        pair.await_applied()
        before = kept(pair)
        empty(pair)
        pair.primary.sql(
            "CREATE TABLE kinds.gone (id INT); CREATE VIEW kinds.broken AS SELECT id FROM kinds.gone; DROP TABLE kinds.gone"
        )
        _refuses_before_it_makes_an_account(pair)
        broken = site(pair, *by_dump)
        assert broken.failure is not None
        assert "kinds.broken" in broken.failure.message
        assert pair.primary.value(SEED_ACCOUNTS) == "0"
        assert pair.replica.value(MARKERS) == "1"
        pair.primary.sql("DROP VIEW kinds.broken")
        _refuses_without_rights_on_the_primary(pair, tmp_path, *by_dump)
        with writing(pair), noting(pair.replica):
            predicted = site(pair, "--check", *by_dump, *limited)
            run = site(pair, *by_dump, *limited)
            cores = int(pair.replica.shell("nproc"))
            for table in _SPREAD_COLUMNS:
                sessions = int(pair.replica.shell(_INSERTERS.format(table)))
                assert sessions == (1 if table == "aside" else min(cores, 4)), table
        assert run.failure is None, run.output
        assert predicted.steps() == run.steps()
        assert predicted.tasks_changed == run.tasks_changed
        assert_equal(pair)
        assert_same(before, kept(pair))
        assert_same(spread_rows(pair.primary), spread_rows(pair.replica))
        assert site(pair).tasks_changed == ()
        pair.primary.sql("DROP DATABASE `kinds of ``more`; DROP USER ops@'%'")
    pair.prove_replication("after a dump")


#: As KILLED, in the steps after a copy.
KILLED_LATE = f"{KILLED}#"


def answers(pair: Pair, method: str) -> bool:
    """Whether the replica is up again: MySQL goes on with a clone when nobody waits for it any more, and restarts."""
    query = ARRIVED if method == "clone" else "SELECT 1"
    return pair.replica.attempt(f'{pair.replica.client} -BN -e "{query}"').stdout == b"1\n"


@pytest.mark.parametrize("method", ["best", "dump"])
def test_a_copy_that_was_killed_is_made_anew(server_name: str, method: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    with with_data(pair):
        _take_over_from_the_replica(pair)
        pair.await_applied()
        before = kept(pair)
        empty(pair)
        options = {**offers(modules), "method": _BEST[pair.vendor] if method == "best" else method}
        if options["method"] == "clone":
            broken = modules.run_by(SERVER_KILLED_AMID, pair.replica, "replica_seed", options)
            assert "was ended while it copied the data of" in broken.message
            assert "performance_schema.clone_status: " in broken.message, broken.message.splitlines()[1]
            refused = modules.run(pair.replica, "replica", modules.channel_options())
            assert "was broken off" in refused.message
            # Where a session of the copy may hang on, and keep the plugin in use.
            ended = modules.run(pair.primary, "seed_account", {})
            assert not ended.failed, ended.message
            options = {**offers(modules), "method": options["method"]}
        for program in (KILLED_AMID, KILLED, KILLED_LATE):
            targets = [step["target"] for step in modules.run(pair.replica, "replica_seed", options, check=True).steps]
            last = targets.index("data") + 1 if "data" in targets else 1
            if program == KILLED_LATE:
                # Where the plugin is gone and the account is not; elsewhere where all is settled, and the marker is not gone.
                last = targets.index("accounts and events") + (options["method"] != "clone")
            counted = program.replace("STEPS", str(last))
            killed = modules.run_by(counted, pair.replica, "replica_seed", options)
            assert killed.values["status"] == KILLED_STATUS, killed.message
            wait_until("the replica to answer", lambda: answers(pair, options["method"]), timeout=120)
            refused = modules.run(pair.replica, "replica", modules.channel_options())
            assert refused.values.get("needs_copy"), refused.message
        done = modules.run(pair.replica, "replica_seed", options)
        assert not done.failed, done.message
        assert modules.run(pair.replica, "replica_seed", options).steps == []
        assert not modules.run(pair.primary, "seed_account", {}).failed
        assert modules.site().failure is None
        assert_equal(pair)
        assert_same(before, kept(pair))
        assert not modules.site().changed


#: Runs the module where the disk has less room than anybody could foresee: a file system in memory that is nearly full.
_FULL = f"""\
import os, runpy, tempfile
from {PACKAGE}.module_utils._server import swap
begin = swap.Swap.begin
def begin_small(this):
    begin(this)
    folder = tempfile.mkdtemp(dir="/dev/shm")
    os.chown(folder, this.process.uid, this.process.gids[0])
    found = os.statvfs(folder)
    with open("/dev/shm/filled", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, found.f_bavail * found.f_frsize - (4 << 20))
    return folder
swap.Swap.begin = begin_small
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""
#: Runs it with a copy that the server does not start with.
_SPOILT = f"""\
import os, runpy
from {PACKAGE}.module_utils._server import backup
prepare = backup.BackupCopy._prepare
def prepare_and_spoil(this, folder):
    prepare(this, folder)
    os.truncate(os.path.join(folder, "ibdata1"), 1 << 20)
backup.BackupCopy._prepare = prepare_and_spoil
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("name", ["mariadb-10.11"])
def test_a_backup_that_fails_leaves_the_server_running(name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(name)
    pair = modules.pair
    empty(pair)
    options = {**offers(modules), "method": "backup"}
    full = modules.run_by(_FULL, pair.replica, "replica_seed", options)
    assert "No space left on device" in full.message
    pair.replica.shell(f"rm -r /dev/shm/* && ! ls {_STAGING}")
    spoilt = modules.run_by(_SPOILT, pair.replica, "replica_seed", options)
    assert "mariadb.service did not start with the copy" in spoilt.message
    assert "It runs again with what it had before" in spoilt.message
    assert pair.replica.value(MARKERS) == "1"
    refused = modules.run(pair.replica, "replica", modules.channel_options())
    assert refused.values.get("needs_copy"), refused.message
    done = modules.run(pair.replica, "replica_seed", options)
    assert not done.failed, done.message
    assert not modules.run(pair.primary, "seed_account", {}).failed
    assert modules.site().failure is None
    pair.await_healthy()
    pair.prove_replication("after copies that failed")
    assert pair.replica.shell(f"ls -d {_STAGING} /etc/systemd/system/mariadb.service.d/dbops* 2>/dev/null || true") == ""


#: What holds a copy up: a clone amid its data, a backup before its first file, a dump before this table.
_SLOW, _FULL_SPEED = "SET GLOBAL clone_max_data_bandwidth = 1", "SET GLOBAL clone_max_data_bandwidth = 0"
_HOLDING = {"backup": "BACKUP STAGE START", "dump": "LOCK TABLES kinds.t WRITE"}
_STATES = "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE STATE = '{}'"
_AMID = {
    "clone": "SELECT STATE FROM performance_schema.clone_status WHERE STATE = 'In Progress'",
    "backup": _STATES.format("Waiting for backup lock"),
    # The table's own event waits there too.
    "dump": "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = 'dbops_seed' AND STATE LIKE 'Waiting for table %'",
}
_QUEUING = _STATES.format("User lock")
_UNLOCKED = "SET GLOBAL super_read_only = OFF; {}; SET GLOBAL super_read_only = ON"
# Of a run up to its copy, also where others are at work on the host.
_RUN_SECONDS = 240


@contextmanager
def _held_up(pair: Pair, method: str) -> Iterator[Callable[[], list[Row]]]:
    """Tells whether a copy has come to where it is slow, or stands; for a clone the replica has the plugin before it."""
    if method == "clone":
        pair.replica.sql(_UNLOCKED.format("INSTALL PLUGIN clone SONAME 'mysql_clone.so'"))
        try:
            pair.replica.sql(_SLOW)
            yield lambda: pair.replica.rows(_AMID[method])
            pair.replica.sql(_FULL_SPEED)
        except BaseException:
            _as_it_came(pair, method)
            raise
        return
    with busy(pair.primary, f"{_HOLDING[method]}; SELECT SLEEP(500)"):
        yield lambda: pair.primary.rows(_AMID[method])


def _as_it_came(pair: Pair, method: str) -> None:
    if method == "clone":
        pair.replica.sql(_UNLOCKED.format("UNINSTALL PLUGIN clone"))


@pytest.mark.parametrize("wish", ["best", "dump"])
def test_a_primary_that_dies_amid_a_copy_is_named_and_the_next_run_finishes(
    server_name: str, wish: str, modules_on: Callable[[str], Modules]
) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    method = _BEST[pair.vendor] if wish == "best" else wish
    with with_data(pair):
        pair.await_applied()
        empty(pair)
        options = {**offers(modules), "method": method}
        results: list[Result] = []
        copier = threading.Thread(target=lambda: results.append(modules.run(pair.replica, "replica_seed", options)))
        with _held_up(pair, method) as is_amid:
            copier.start()
            wait_until("the copy to be amid its work", is_amid)
            pair.primary.shell(f"systemctl kill --signal=KILL {pair.primary.service}")
            copier.join()
            pair.primary.restart()
        assert results[0].failed
        assert not results[0].values.get("crashed"), results[0].message
        assert "Way out: " in results[0].message
        assert pair.primary.address in results[0].message, results[0].message
        assert "went away while replica1 copied its data" in results[0].message, results[0].message
        refused = modules.run(pair.replica, "replica", modules.channel_options())
        assert refused.values.get("needs_copy"), refused.message
        done = modules.run(pair.replica, "replica_seed", {**options, **offers(modules)})
        assert not done.failed, done.message
        assert not modules.run(pair.primary, "seed_account", {}).failed
        assert modules.site().failure is None
        assert_equal(pair)
        _as_it_came(pair, method)


def test_a_controller_is_killed_amid_a_copy_and_the_next_run_finishes(
    server_name: str, replicating: Callable[[str], Pair], tmp_path: Path
) -> None:
    """It comes when the module of the killed run is still at work, which then restarts the server."""
    pair = replicating(server_name)
    method = _BEST[pair.vendor]
    runs: list[Play] = []
    following = threading.Thread(target=lambda: runs.append(site(pair)))
    with with_data(pair):
        pair.await_applied()
        empty(pair)
        with _held_up(pair, method) as is_amid:
            before = kept(pair)[1]
            with killed(command(pair), tmp_path):
                wait_until("the copy to be amid its work", is_amid, _RUN_SECONDS)
            following.start()
            wait_until("the next run to wait for the killed one's module", lambda: pair.replica.rows(_QUEUING), _RUN_SECONDS)
        following.join()
        assert runs[0].failure is None, runs[0].output
        assert_equal(pair)
        assert_same(before, kept(pair)[1])
        assert site(pair).tasks_changed == ()
        _as_it_came(pair, method)


def test_data_in_the_system_tablespace_needs_room_and_makes_none(server_name: str, replicating: Callable[[str], Pair]) -> None:
    """Where a table was made with innodb_file_per_table = OFF."""
    primary = replicating(server_name).primary
    found = [sizes(primary)]
    for place in ("OFF", "ON"):
        primary.sql(f"SET GLOBAL innodb_file_per_table = {place}; CREATE DATABASE room; CREATE TABLE room.t (pad LONGTEXT)")
        primary.sql(f"INSERT INTO room.t VALUES {', '.join(['(REPEAT(1, 4000000))'] * 40)}")
        found.append(sizes(primary))
        primary.sql("DROP DATABASE room")
    (size, held), (size_with_it, held_with_it), (_size, held_with_a_file) = found
    assert size_with_it - size > 100 << 20
    assert held_with_it - held < 1 << 20
    assert held_with_a_file - held > 100 << 20


@pytest.mark.parametrize("name", ["mysql-9.7"])
def test_a_clone_ends_with_super_read_only_as_the_restart_has_made_it(name: str, modules_on: Callable[[str], Modules]) -> None:
    """It is ON in an option file and was OFF before: what is left to do after the restart must not be barred by it."""
    modules = modules_on(name)
    pair = modules.pair
    empty(pair)
    pair.replica.sql("SET GLOBAL super_read_only = OFF")
    done = modules.run(pair.replica, "replica_seed", {**offers(modules), "method": "clone"})
    assert not done.failed, done.message
    assert pair.replica.value("SELECT @@super_read_only") == "1"
    assert not modules.run(pair.primary, "seed_account", {}).failed
    assert modules.site().failure is None
    pair.await_healthy()
    pair.prove_replication("after a clone into super_read_only")


def test_what_a_server_holds_is_not_overwritten(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    empty(pair)
    pair.replica.sql(_OWN_DATA[pair.vendor])
    options = {name: value for name, value in offers(modules).items() if name != "source_offers"}
    refused = modules.run(pair.replica, "replica_seed", options)
    assert "holds data of its own (mine)" in refused.message
    assert refused.steps == []
    account = f"dbops_seed@'{pair.replica.address}'"
    pair.primary.sql(f"SET SESSION sql_log_bin = 0; REVOKE SELECT ON *.* FROM {account}")
    unread = modules.run(pair.replica, "replica_seed", options)
    assert f"{pair.primary.address}:3306 lets dbops_seed in from replica1, and then fails to tell what it holds" in unread.message
    pair.primary.sql(f"SET SESSION sql_log_bin = 0; GRANT SELECT ON *.* TO {account}")
    seen = modules.run(pair.primary, "seed_source_info", {})
    info = {"source_host": options["source_host"], **{f"source_{name}": seen.values[name] for name in ("offers", "holds")}}
    assert "holds data of its own (mine)" in modules.run(pair.replica, "replica_seed_info", info).message
    foretold = modules.run(pair.replica, "replica_seed_info", {**info, "overwrite": True})
    assert foretold.values["method"] == _BEST[pair.vendor], foretold.message
    pair.primary.sql(f"{_ROUNDED}; INSERT INTO practice.rounded VALUES (1, 16777216, 1); {_WITH_HISTORY[pair.vendor]}")
    refused = modules.run(pair.replica, "replica_seed", {**options, "overwrite": True})
    assert "FLOAT (practice.rounded.f …)" in refused.message
    assert ("system versioning (practice.versioned …)" in refused.message) == (pair.vendor == "mariadb")
    assert refused.steps == []
    pair.primary.sql(f"SET SESSION sql_log_bin = 0; {_OTHER_LOGIN[pair.vendor]}")
    refused = modules.run(pair.replica, "replica_seed", {**options, "overwrite": True, "method": "dump"})
    pair.primary.sql(f"SET SESSION sql_log_bin = 0; {_NO_LOGIN[pair.vendor]}")
    assert "'nobody'@'%' by " in refused.message and "INSTALL PLUGIN" in refused.message
    assert refused.steps == []
    assert pair.replica.value("SELECT COUNT(*) FROM mine.t") == "0"
    done = modules.run(pair.replica, "replica_seed", {**options, "overwrite": True, "method": "dump"})
    assert not done.failed, done.message
    assert not modules.run(pair.primary, "seed_account", {}).failed
    assert modules.site().failure is None
    pair.await_healthy()
    pair.prove_replication("over own data")
    assert "mine" not in databases(pair.replica)
    pair.primary.sql("DROP USER nobody; DROP TABLE practice.rounded; DROP TABLE IF EXISTS practice.versioned")
    pair.await_applied()
