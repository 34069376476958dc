# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a machine: each line of standard input names a module and its arguments, each line of output is what it said.

Imports are done once; every module then runs in a process of its own, forked from this one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from types import ModuleType

from ansible.module_utils import basic

NAMES = (
    *("server_config", "replication_user", "replica", "replication_info", "replica_seed", "seed_account", "table_checksum"),
    *("replica_losses", "database_info", "empty_transactions", "seed_source_info", "replica_seed_info"),
)


def run_forked(module: ModuleType, arguments: str) -> str:
    """What the module printed; the child process does what a module's own process would do."""
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        os.close(readable)
        os.dup2(writable, 1)
        basic._ANSIBLE_ARGS = arguments.encode()
        basic._ANSIBLE_PROFILE = "legacy"
        try:
            module.main()
        except SystemExit:
            pass
        except BaseException:
            print(traceback.format_exc())
        sys.stdout.flush()
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable, encoding="utf-8") as pipe:
        printed = pipe.read()
    os.waitpid(child, 0)
    return printed


def main() -> None:
    package = sys.argv[1]
    modules = {name: importlib.import_module(f"{package}.modules.{name}") for name in NAMES}
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(run_forked(modules[job["module"]], job["arguments"])), flush=True)


if __name__ == "__main__":
    main()
