# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that changes nothing costs, beside a playbook of pings and beside a careful play on ansible.mysql."""

from __future__ import annotations

import os
import statistics
import sys

from measure import HERE, PAIR_SERVER, PROJECT, ROUNDS, SITE, Figures, cpu_seconds, play, testbed
from testbed.ansible import environment

GROWTH = (1, 2, 4, 8)


def pair_figures() -> Figures:
    """The no-op on a MySQL pair beside pings, and beside the peer on a pair of its own: it persists what ours resets."""
    for name in ("pair", "peer"):
        testbed(name, "up", f"--server={PAIR_SERVER}")
    playbooks = {
        "ping": ("pair", str(HERE / "ping.yml")),
        "site": ("pair", SITE),
        "peer": ("peer", str(HERE / "peer.yml")),
    }
    play("pair", SITE)
    play("peer", SITE, "-e", "mysql_replication_user=peer_repl")
    # The peer's modules fail on variables that an applier holds.
    testbed("peer", "sql", "replica1", TESTBED_SQL="STOP REPLICA SQL_THREAD")
    play(*playbooks["peer"])
    runs: dict[str, list[float]] = {name: [] for name in playbooks}
    for _round in range(ROUNDS):
        for name, playbook in playbooks.items():
            runs[name].append(play(*playbook))
    before = connections("pair")
    play(*playbooks["site"])
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


def growth_figures() -> Figures:
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


def import_figures() -> Figures:
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


def connections(name: str) -> int:
    """Connections that the pair's servers have taken so far."""
    taken = 0
    for host in ("primary", "replica1"):
        row = testbed(name, "sql", host, TESTBED_SQL="SHOW GLOBAL STATUS LIKE 'Connections'")
        taken += int(row.split()[1])
    return taken
