# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``judge.py SERVERS FOLDER``: one primary with its replicas, made from snapshots of a real pair, loaded from text, judged by all
rules, and rendered into FOLDER. Prints seconds and the process's peak memory in MiB."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_text
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import write
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.predecessor import compared, read_predecessor

RECORDED = Path(__file__).resolve().parents[1] / "unit" / "recorded" / "snapshots-mysql-9.7.4.json"
KEEP = 100


def texts(count: int) -> list[str]:
    """The primary, and as many replicas of it as are missing, each with a name, an id and an address of its own."""
    pair = json.loads(RECORDED.read_text(encoding="utf-8"))
    replica = json.dumps(pair["replica"])
    made = [json.dumps(pair["primary"])]
    for number in range(1, count):
        text = replica.replace(pair["replica"]["server_uuid"], f"00000000-0000-0000-0000-{number:012d}")
        text = text.replace(pair["replica"]["addresses"][0], f"198.18.{number // 250}.{number % 250 + 1}")
        own = {"name": f"replica{number}", "hostname": f"replica{number}", "server_id": number}
        made.append(json.dumps({**json.loads(text), **own}))
    return made


def main() -> None:
    """Measures one size."""
    count, folder = int(sys.argv[1]), sys.argv[2]
    given = texts(count)
    started = time.monotonic()
    servers = tuple(snapshot_from_text(text, f"server {index}") for index, text in enumerate(given))
    topology = Topology(servers, (), time.time())
    write(compared(topology, judge(topology, Policy()), read_predecessor(folder, KEEP), None, ()), folder, KEEP)
    seconds = time.monotonic() - started
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
