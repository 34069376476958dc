# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outage that this collection exists for, replayed on two throw-away servers: ``make demo``.

Each act runs the commands that a person would run, and says what must hold after it; the first that does not ends the demo.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".cache" / "demo"
TOPOLOGY = FOLDER / "topology"
TRANSCRIPT = FOLDER / "transcript.txt"
REPORT = FOLDER / "report"
ARRIVES_WITHIN_SECONDS = 30


class DemoFailed(Exception):
    """Something that the demo promises did not hold."""


def say(text: str) -> None:
    """Prints, and keeps it for the transcript."""
    print(text, flush=True)
    with TRANSCRIPT.open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def act(title: str) -> None:
    """The headline of what comes."""
    say(f"\n\033[1m── {title}\033[0m" if sys.stdout.isatty() else f"\n── {title}")


def testbed(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a command of the test bed on the demo's topology."""
    command = [sys.executable, "-m", "testbed", f"--state={TOPOLOGY}", "--name=demo", *arguments]
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "molecule" / "resources"), **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def must(result: subprocess.CompletedProcess[str], what: str) -> str:
    """Its output, if it went well."""
    if result.returncode:
        say(result.stdout)
        raise DemoFailed(f"{what} ended with exit status {result.returncode}")
    return result.stdout


def sql(host: str, statements: str) -> str:
    """The rows, tab-separated."""
    return must(testbed("sql", host, TESTBED_SQL=statements), f"SQL on {host}").strip()


def play(arguments: str = "") -> str:
    """Runs ``site``, shows what it printed, and returns it."""
    say(f"$ make play PLAYBOOK=site{f' ARGS={arguments!r}' if arguments else ''}")
    started = time.monotonic()
    output = must(testbed("play", "site", TESTBED_ARGS=arguments), "site")
    say(readable(output))
    say(f"({time.monotonic() - started:.1f} s)")
    return output


def audit() -> tuple[int, str]:
    """Runs ``audit``, shows what it printed, and returns its exit status too: it fails where it finds something grave."""
    say(f"$ make play PLAYBOOK=audit ARGS='-e mysql_replication_audit_report_dir={REPORT.relative_to(PROJECT)}'")
    started = time.monotonic()
    done = testbed("play", "audit", TESTBED_ARGS=f"-e mysql_replication_audit_report_dir={REPORT}")
    say(readable(done.stdout))
    say(f"({time.monotonic() - started:.1f} s)")
    return done.returncode, done.stdout


def readable(output: str) -> str:
    """What a run changed, warned of and found: its tasks that were just fine are left out."""
    blocks = re.split(r"\n(?=(?:TASK|PLAY) )", output)
    telling = re.compile(r"changed:|\"msg\"|msg:|WARNING|ERROR|PLAY RECAP|^[-+]|^Topology", re.M)
    return "\n".join(block.rstrip() for block in blocks if telling.search(block))


def until(what: str, holds: Callable[[], bool]) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + ARRIVES_WITHIN_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise DemoFailed(f"after {ARRIVES_WITHIN_SECONDS} s still not so: {what}")
        time.sleep(0.2)
    say(f"✓ {what}")


def receiver() -> str:
    """State, error number and error of the replica's receiver."""
    return sql(
        "replica1",
        "SELECT SERVICE_STATE, LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE FROM performance_schema.replication_connection_status",
    )


def run() -> None:
    """All acts, in order."""
    act("Two servers as the packages leave them: nothing configured, nothing replicates")
    must(testbed("down"), "removing an old demo")
    say(must(testbed("up", "--server=mysql-9.7"), "starting the servers").strip())

    act("Enforce replication")
    play()
    sql("primary", "CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY); INSERT INTO shop.orders VALUES (1)")
    until("a row written on the primary is on the replica", lambda: has_order(1))

    act("The outage: somebody takes the replication account's privilege away and weakens the primary's settings")
    injected = (
        "REVOKE REPLICATION SLAVE ON *.* FROM repl; SET GLOBAL sync_binlog = 0; SET GLOBAL innodb_flush_log_at_trx_commit = 2"
    )
    say(f"$ make sql HOST=primary SQL='{injected}'")
    sql("primary", injected)
    say(f"the replica looks healthy, since it is still connected: {receiver().split()[0]}")

    act("Name the root cause, before anything breaks: the audit only reads")
    status, found = audit()
    first = re.search(r"^CRITICAL .*", found, re.M)
    if not status or first is None or "account.replication_privilege" not in first.group():
        raise DemoFailed(f"the audit does not name the revoked privilege first: {first}")

    act("What a repair would do: a dry run that writes nothing")
    found = play("--check --diff")
    for needle in ("REPLICATION SLAVE", "sync_binlog", "innodb_flush_log_at_trx_commit"):
        if needle not in found:
            raise DemoFailed(f"the dry run does not name {needle}")

    act("The next reconnect: now the replica is down, and the API's users see it")
    sql("replica1", "STOP REPLICA IO_THREAD; START REPLICA IO_THREAD")
    until("the receiver is refused", lambda: "denied" in receiver())
    say(receiver())
    sql("primary", "INSERT INTO shop.orders VALUES (2)")

    act("Repair")
    started = time.monotonic()
    play()
    until("the order taken during the outage is on the replica", lambda: has_order(2))
    say(f"✓ replication runs again {time.monotonic() - started:.1f} s after the repair began")

    act("The audit finds nothing grave any more")
    if audit()[0]:
        raise DemoFailed("the audit still finds something grave")

    act("A second run changes nothing")
    recap = play()
    if re.search(r"changed=[1-9]", recap):
        raise DemoFailed("the second run changed something")
    say("✓ changed=0 on every host")


def has_order(number: int) -> bool:
    """Whether the replica holds the order."""
    if sql("replica1", "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'") == "0":
        return False
    return sql("replica1", f"SELECT COUNT(*) FROM shop.orders WHERE id = {number}") == "1"


def main() -> int:
    """Runs the demo and removes its servers; they stay if something failed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    TRANSCRIPT.write_text("", encoding="utf-8")
    shutil.rmtree(REPORT, ignore_errors=True)
    try:
        run()
    except DemoFailed as failure:
        say(f"\n✗ {failure}\nThe servers are still up; see {TOPOLOGY}. The next `make demo` begins anew.")
        return 1
    must(testbed("down"), "removing the servers")
    kept = f"{(REPORT / 'report.html').relative_to(PROJECT)}; what you just read: {TRANSCRIPT.relative_to(PROJECT)}"
    say(f"\nAll of it held. The report: {kept}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
