# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make bench``: what a run that changes nothing costs, beside a playbook of pings and beside a careful play on ansible.mysql; and
how fast the audit judges.

Everything is measured in one run on the same machines, runs alternate, and what counts are ratios of medians.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "molecule" / "resources"))

from testbed.ansible import environment  # noqa: E402  the test bed is no package of this environment

HERE = Path(__file__).parent
STATE = PROJECT / ".cache" / "bench"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
GROWTH = (1, 2, 4, 8)
JUDGED = (1, 10, 100, 1000)
PEER_COLLECTIONS = PROJECT / ".cache" / "bench-collections"
SITE = "dbops.mysql_replication.site"


def testbed(name: str, *arguments: str, **more: str) -> str:
    """Runs a command of the test bed; fails with its output."""
    command = [sys.executable, "-m", "testbed", f"--state={STATE / name}", f"--name=bench-{name}", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(PROJECT / "molecule" / "resources"), **more}
    return subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def play(name: str, playbook: str, *arguments: str) -> float:
    """Seconds that a playbook takes; its output is shown if it fails."""
    variables = environment(PROJECT, os.environ)
    variables["ANSIBLE_COLLECTIONS_PATH"] += f":{PEER_COLLECTIONS}"
    command = ["ansible-playbook", "-i", str(STATE / name / "inventory.yml"), playbook, *arguments]
    started = time.monotonic()
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}")
    return time.monotonic() - started


def connections(name: str) -> int:
    """Connections that the pair's servers have taken so far."""
    taken = 0
    for host in ("primary", "replica1"):
        row = testbed(name, "sql", host, TESTBED_SQL="SHOW GLOBAL STATUS LIKE 'Connections'")
        taken += int(row.split()[1])
    return taken


def pair_figures() -> list[tuple[str, str]]:
    """The no-op on a MySQL pair beside the ping playbooks and the peer play."""
    testbed("pair", "up", "--server=mysql-9.7")
    playbooks = {
        "ping": (str(HERE / "ping.yml"),),
        "site": (SITE, "-e", "mysql_replication_user=peer_repl"),
        "peer": (str(HERE / "peer.yml"),),
    }
    play("pair", *playbooks["site"])
    # The peer's modules fail on variables that an applier holds.
    testbed("pair", "sql", "replica1", TESTBED_SQL="STOP REPLICA SQL_THREAD")
    for name in ("peer", "site", "peer"):
        play("pair", *playbooks[name])
    runs: dict[str, list[float]] = {name: [] for name in playbooks}
    for _round in range(ROUNDS):
        for name, playbook in playbooks.items():
            runs[name].append(play("pair", *playbook))
    before = connections("pair")
    play("pair", *playbooks["site"])
    used = connections("pair") - before - len(("primary", "replica1"))
    medians = {name: statistics.median(seconds) for name, seconds in runs.items()}
    return [
        ("one ping per host", f"{medians['ping']:.2f} s"),
        ("site, nothing to do", f"{medians['site']:.2f} s"),
        ("careful play on ansible.mysql, nothing to do", f"{medians['peer']:.2f} s"),
        ("site / one ping per host (at most 2)", f"{medians['site'] / medians['ping']:.2f}"),
        ("peer / site (at least 4)", f"{medians['peer'] / medians['site']:.2f}"),
        ("connections of site (at most 5)", str(used)),
    ]


def growth_figures() -> list[tuple[str, str]]:
    """The no-op with 1 to 8 MariaDB replicas."""
    testbed("growth", "up", "--server=mariadb-10.11", f"--replicas={max(GROWTH)}")
    play("growth", SITE)
    found = []
    for replicas in GROWTH:
        limit = ",".join(["primary", *(f"replica{number}" for number in range(1, replicas + 1))])
        seconds = statistics.median(play("growth", SITE, "--limit", limit) for _round in range(3))
        found.append((replicas, seconds))
    (least, first), (most, last) = found[0], found[-1]
    rows = [(f"site, nothing to do, {replicas} replicas", f"{seconds:.2f} s") for replicas, seconds in found]
    return [*rows, ("each further replica", f"{(last - first) / (most - least):.2f} s")]


def import_figures() -> list[tuple[str, str]]:
    """CPU time of importing a module, beside the bare AnsibleModule that every Python module pays for."""
    root = environment(PROJECT, os.environ)["ANSIBLE_COLLECTIONS_PATH"].split(":")[0]
    imports = {
        "bare AnsibleModule": "import ansible.module_utils.basic",
        **{
            module: f"import ansible_collections.dbops.mysql_replication.plugins.modules.{module}"
            for module in ("replication_plan", "server_config", "replication_user", "replica")
        },
    }
    seconds: dict[str, list[float]] = {name: [] for name in imports}
    for _round in range(7):
        for name, statement in imports.items():
            seconds[name].append(cpu_seconds([sys.executable, "-c", statement], root))
    bare = statistics.median(seconds["bare AnsibleModule"])
    return [
        (f"CPU to import {name}", f"{statistics.median(times):.3f} s ({statistics.median(times) / bare:.2f} × bare)")
        for name, times in seconds.items()
    ]


def judging_figures() -> list[tuple[str, str]]:
    """Time and memory of judging and reporting snapshots of 1 to 1,000 servers, on one core."""
    variables = environment(PROJECT, os.environ)
    root = variables["ANSIBLE_COLLECTIONS_PATH"].split(":")[0]
    rows = []
    for count in JUDGED:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            command = ["taskset", "--cpu-list", "0", sys.executable, str(HERE / "judge.py"), str(count), folder]
            printed = subprocess.run(command, env={**variables, "PYTHONPATH": root}, stdout=subprocess.PIPE, text=True, check=True)
        seconds, mebibytes = map(float, printed.stdout.split())
        rows.append((f"judge and report {count} servers", f"{seconds:.2f} s, {mebibytes:.0f} MiB"))
    return rows


def outage_figures() -> list[tuple[str, str]]:
    """From the outage's fault to its root on the terminal, while the replica is still connected."""
    play("pair", SITE)
    started = time.monotonic()
    testbed("pair", "sql", "primary", TESTBED_SQL="REVOKE REPLICATION SLAVE ON *.* FROM repl")
    report = subprocess.run(
        ["ansible-playbook", "-i", str(STATE / "pair" / "inventory.yml"), "dbops.mysql_replication.audit"],
        env=environment(PROJECT, os.environ),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout
    seconds = time.monotonic() - started
    if "[account.replication_privilege]" not in report:
        sys.exit(f"the audit does not name the root:\n{report}")
    return [("from the fault to its root on the terminal", f"{seconds:.1f} s")]


def cpu_seconds(command: list[str], path: str) -> float:
    """User and system time of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Measures, prints a table, and keeps it as JSON."""
    STATE.mkdir(parents=True, exist_ok=True)
    try:
        rows = [*import_figures(), *judging_figures(), *pair_figures(), *outage_figures(), *growth_figures()]
    finally:
        for name in ("pair", "growth"):
            testbed(name, "down")
    for name, value in rows:
        print(f"{name:<50} {value}")
    (STATE / "figures.json").write_text(json.dumps(dict(rows), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
