# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log of real runs of ``site``: what stands in it, and that without it nothing is touched."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from controller import HOME, install
from fault import on, perform, sh
from faults import PRIMARY, REPLICA, hidden
from logged import Logged, Record, changes
from machine import wait_until
from pair import Pair, assert_same
from testbed.ansible import CHANGE_LOG

pytestmark = pytest.mark.dealt

_BROKEN = on(PRIMARY, "SET GLOBAL sync_binlog = 0; REVOKE REPLICATION SLAVE ON *.* FROM repl@'%'")
_UNREACHABLE = "all: {children: {mysql_replicas: {hosts: {replica9: {ansible_host: 127.0.0.1, ansible_port: 1}}}}}"


@pytest.fixture
def logged(server_name: str, replicating: Callable[[str], Pair], tmp_path: Path) -> Logged:
    return Logged(replicating(server_name), tmp_path)


def shown(records: list[Record], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(record[name] for name in names) for record in records]


def test_a_repair_is_recorded_as_it_was_predicted_and_shown(logged: Logged) -> None:
    perform(logged.pair, (_BROKEN,))
    logged.repair("--check", SUDO_USER="deploy")
    predicted = logged.records()
    logged.path.unlink()

    # Rotated away while the run is on.
    process = logged.start(SUDO_USER="deploy", AWX_JOB_ID="7")
    rotated = Path(f"{logged.path}.1")
    wait_until("a first record", lambda: logged.path.exists() and logged.path.stat().st_size > 0)
    logged.path.rename(rotated)
    output = process.communicate()[0]
    assert process.returncode == 0, output
    done = logged.records(".1") + logged.records()
    assert logged.records(".1")
    assert logged.records()

    names = ("host", "object", "before", "after")
    settings, account, *channel = shown(done, *names)
    assert settings == ("primary", "system variable sync_binlog", "0", "1")
    assert ("primary", "privileges of 'repl'@'%'", "none", "REPLICATION SLAVE") in (account, *channel)
    assert shown(predicted, *names, "why", "statement") == shown(done, *names, "why", "statement")
    assert {record["result"] for record in predicted} == {"would change"}
    assert {record["result"] for record in done} == {"changed"}
    assert len({record["run"] for record in done}) == 1
    assert {(record["sudo_user"], record["playbook"]) for record in done} == {("deploy", "dbops.mysql_replication.site")}
    assert {record["job"]["id"] for record in done} == {"7"}

    logged.pair.prove_replication("recorded")
    size = logged.path.stat().st_size
    logged.repair()
    assert logged.path.stat().st_size == size, "a run that changed nothing has left a record"

    assert len(changes(logged)) == len(done)
    (line,) = changes(logged, mysql_replication_changes_setting="sync_binlog", mysql_replication_changes_host="primary")
    assert "  primary  system variable sync_binlog  0 → 1  by deploy (site)  why " in line
    assert changes(logged, mysql_replication_changes_host="replica1", mysql_replication_changes_until="1h") == []


def test_a_failure_comes_after_what_was_done(logged: Logged) -> None:
    pair = logged.pair
    file = "$options/zz-replication.cnf"
    perform(
        pair,
        (
            on(PRIMARY, "SET GLOBAL sync_binlog = 0"),
            on(REPLICA, "STOP REPLICA SQL_THREAD"),
            hidden(pair.vendor, "RENAME TABLE practice.entry TO practice.elsewhere"),
            on(PRIMARY, "INSERT INTO practice.entry (id, note) VALUES (700002, 'an entry')"),
        ),
    )
    (logged.folder / "more.yml").write_text(_UNREACHABLE)
    done = logged.site("--inventory", str(logged.folder / "more.yml"))
    assert done.returncode != 0
    found = logged.records()
    assert ("primary", "system variable sync_binlog", "changed") in shown(found, "host", "object", "result")
    (gone,) = [record for record in found if record["host"] == "replica9"]
    assert (gone["result"], gone["object"]) == ("unreachable", None)
    assert "onnect" in gone["message"]
    *_others, started, failed = [record for record in found if record["host"] == "replica1"]
    assert (started["result"], started["before"], started["after"]) == ("changed", "stopped", "running")
    assert started["object"].startswith("the default channel")
    assert failed["result"] == "failed"
    assert "practice.entry" in failed["message"]

    perform(
        pair,
        (
            hidden(pair.vendor, "RENAME TABLE practice.elsewhere TO practice.entry"),
            on(REPLICA, "START REPLICA"),
            sh(PRIMARY, f"sed -i '/^sync_binlog/d' {file}; rm -rf {file}.before; mkdir {file}.before"),
        ),
    )
    pair.await_healthy()
    logged.path.unlink()
    assert logged.site().returncode != 0
    (failed,) = logged.records()
    assert failed["object"].startswith("option file /etc/mysql/")
    assert (failed["host"], failed["result"]) == ("primary", "failed")
    assert "sync_binlog = 1" in failed["after"]
    perform(pair, (sh(PRIMARY, f"rmdir {file}.before"), on(PRIMARY, "DELETE FROM practice.entry WHERE id = 700002")))
    logged.repair()
    pair.prove_replication("after failures")


@contextmanager
def small_file_system(folder: Path) -> Iterator[None]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> None:
    with open(folder / "filling", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass


def test_without_a_log_nothing_is_touched(logged: Logged) -> None:
    perform(logged.pair, (_BROKEN,))
    before = logged.pair.fingerprint()
    logged.path.parent.touch()
    done = logged.site()
    assert (done.returncode, "log: Not a directory\nWay out: " in done.stdout) == (1, True), done.stdout
    logged.path.parent.unlink()
    with small_file_system(logged.path.parent):
        fill(logged.path.parent)
        done = logged.site()
    assert (done.returncode, "its file system is full\nWay out: " in done.stdout) == (1, True), done.stdout
    assert_same(before, logged.pair.fingerprint())

    # Full only when the run is on.
    with small_file_system(logged.path.parent):
        process = logged.start()
        assert process.stdout
        output = ""
        while "The settings of a server" not in output:
            line = process.stdout.readline()
            assert line, output
            output += line
        fill(logged.path.parent)
        output += process.communicate()[0]
        assert process.returncode == 1, output
        assert "No space left on device" in output
        assert "The run ends here: no further task was started" in output
        assert '"object": "system variable sync_binlog"' in output, "what is not in the log is nowhere"
        assert logged.path.read_text() == ""
    assert logged.pair.primary.value("SELECT @@global.sync_binlog") == "1"
    assert logged.pair.primary.rows("SHOW GRANTS FOR repl@'%'")[0].popitem()[1].startswith("GRANT USAGE")
    logged.repair()
    logged.pair.prove_replication("after a full disk")


def test_killed_and_side_by_side(logged: Logged) -> None:
    pair = logged.pair
    perform(pair, (_BROKEN,))
    process = logged.start()
    wait_until("a first record", lambda: logged.path.exists() and logged.path.stat().st_size > 0)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert shown(logged.records(), "object", "result") == [("system variable sync_binlog", "changed")]

    # Ansible's workers have sessions of their own: one whose module was on its way to the server may have mended the rest.
    workers = ["pgrep", "--full", str(logged.path)]
    wait_until("the killed run's workers", lambda: subprocess.run(workers, stdout=subprocess.DEVNULL, check=False).returncode == 1)
    perform(pair, (_BROKEN,))
    both = [logged.start("--check") for _run in range(2)]
    outputs = [one.communicate()[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], outputs
    predicted = [record for record in logged.records() if record["result"] == "would change"]
    assert len({record["run"] for record in predicted}) == 2
    assert shown(predicted, "host", "object").count(("primary", "privileges of 'repl'@'%'")) == 2

    logged.repair()
    assert ("privileges of 'repl'@'%'", "changed") in shown(logged.records(), "object", "result")
    pair.prove_replication("after a kill")


def test_the_hosts_own_log_gets_a_copy(logged: Logged) -> None:
    """On a machine with systemd, whose journal holds what syslog gets too."""
    machine = logged.pair.primary
    controller = install(logged.pair)
    try:
        task = {"dbops.mysql_replication.server_config": {"settings": {"sync_binlog": 7}, "persist": "none"}}
        play = json.dumps([{"hosts": "all", "gather_facts": False, "connection": "local", "tasks": [task]}])
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": controller.collections,
            "ANSIBLE_CALLBACKS_ENABLED": CHANGE_LOG,
            "MYSQL_REPLICATION_CHANGE_LOG": f"{HOME}/changes.jsonl",
            "MYSQL_REPLICATION_CHANGE_LOG_ALSO": "syslog,journald",
        }
        named = " ".join(f"{name}={shlex.quote(value)}" for name, value in settings.items())
        machine.shell(f"cat > {shlex.quote(HOME)}/play.yml", play.encode())
        words = (
            controller.program,
            "--check",
            "-i",
            "db1,",
            "-e",
            "ansible_python_interpreter=/usr/bin/python3",
            f"{HOME}/play.yml",
        )
        machine.shell(f"env {named} {shlex.join(words)}")
        (record,) = [json.loads(line) for line in controller.text(f"{HOME}/changes.jsonl").splitlines()]
        assert (record["host"], record["after"], record["result"]) == ("db1", "7", "would change")
        since = int(machine.shell("date +%s")) - 60
        look = f"journalctl --sync && journalctl --output json --identifier mysql_replication --since @{since}"
        found = [json.loads(line) for line in machine.shell(look).splitlines()]
        assert {one["_TRANSPORT"] for one in found} == {"syslog", "journal"}
        assert [json.loads(one["MESSAGE"]) for one in found] == [record, record]
        named_in = next(one for one in found if one["_TRANSPORT"] == "journal")
        assert named_in["MYSQL_REPLICATION_OBJECT"] == "system variable sync_binlog"
    finally:
        controller.remove()
