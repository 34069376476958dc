# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long an empty replica takes to replicate a primary of 2.3 GB, beside what moves the same data by hand.

A copy is measured from the account that it needs to a healthy channel, as the role goes about it. What it is compared with: the
server's own clone into another folder, a copy of the data directory that is synced, and the vendor's dump client piped into its
command-line client with the same options. ``COPYING_ROWS`` rows per table.
"""

from __future__ import annotations

import os
import shlex
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from machine import Machine
from measure import PAIR_SERVER, ROUNDS, SITE, STATE, Figures, play, testbed
from modules import Modules, Result
from pair import Pair, attach
from rows import TABLES, sysbench_tables
from seeding import empty, offers

_ROWS = int(os.environ.get("COPYING_ROWS", "2200000"))
_MARIADB = "mariadb-10.11"
_FOLDER = "/var/lib/bench"
_EMPTY_FOLDER = f"rm -rf {_FOLDER} && install -d -o mysql -g mysql {_FOLDER}"
_INSTALLED = "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone'"
_TLS = {"mysql": "--ssl-mode=REQUIRED", "mariadb": "--ssl"}
_WRITABLE = {"mysql": "SET GLOBAL super_read_only = OFF", "mariadb": "DO 0"}


class Compared(NamedTuple):
    """A method of the collection, what it is compared with, and what is aimed at.

    ``by_hand`` returns seconds. ``faster``: the ratio says how often as fast the method is, else how often as long it takes.
    """

    method: str
    words: str
    by_hand: Callable[[Modules], float]
    faster: bool
    aim: str


def copying_figures() -> Figures:
    """Each vendor's methods on a pair of its own; ways in turn, from an empty replica each time."""
    return [
        *_pair_figures("pair", PAIR_SERVER, (_CLONE, _DUMP)),
        *_pair_figures("mariadb", _MARIADB, (_BACKUP, _DUMP)),
    ]


def _pair_figures(name: str, server: str, comparisons: tuple[Compared, ...]) -> Figures:
    testbed(name, "up", f"--server={server}")
    play(name, SITE)
    pair = attach(server, STATE / name)
    pair.make_table()
    pair.await_applied()
    pair.primary.sql(sysbench_tables(pair.vendor, _ROWS))
    with closing(Modules(pair)) as modules:
        figures = [figure for compared in comparisons for figure in _figures(modules, compared)]
    testbed(name, "down")
    return figures


def _figures(modules: Modules, compared: Compared) -> Figures:
    own, other = [], []
    for _round in range(ROUNDS):
        other.append(compared.by_hand(modules))
        own.append(_copied(modules, compared.method))
    copied, by_hand = statistics.median(own), statistics.median(other)
    kind = modules.pair.kind.name
    ratio = by_hand / copied if compared.faster else copied / by_hand
    words = (compared.words, compared.method) if compared.faster else (compared.method, compared.words)
    return [
        (f"{TABLES * _ROWS} rows, {kind}, by {compared.method}, until it replicates", f"{copied:.1f} s"),
        (f"{TABLES * _ROWS} rows, {kind}, by {compared.words}", f"{by_hand:.1f} s"),
        (f"{kind}: {' / '.join(words)} ({compared.aim})", f"{ratio:.2f}"),
    ]


def _copied(modules: Modules, method: str) -> float:
    pair = modules.pair
    empty(pair)
    started = time.monotonic()
    _run(modules, pair.replica, "replica_seed", {**offers(modules), "method": method})
    _run(modules, pair.primary, "seed_account", {})
    _run(modules, pair.replica, "replica", modules.channel_options())
    pair.await_healthy()
    seconds = time.monotonic() - started
    wanted = f"SELECT COUNT(*) FROM sbtest.sbtest{TABLES}"
    assert pair.replica.value(wanted) == pair.primary.value(wanted)
    return seconds


def _run(modules: Modules, machine: Machine, module: str, options: Mapping[str, Any], check: bool = False) -> Result:
    done = modules.run(machine, module, options, check)
    assert not done.failed, done.message
    return done


def _timed(pair: Pair, run: Callable[[], object]) -> float:
    """Seconds; what is copied on the primary goes to an empty folder, which is removed."""
    pair.primary.shell(_EMPTY_FOLDER)
    started = time.monotonic()
    run()
    seconds = time.monotonic() - started
    pair.primary.shell(f"rm -rf {_FOLDER}")
    return seconds


def _cloned(modules: Modules) -> float:
    pair = modules.pair
    if pair.primary.value(_INSTALLED) == "0":
        pair.primary.sql("INSTALL PLUGIN clone SONAME 'mysql_clone.so'")
    return _timed(pair, lambda: pair.primary.sql(f"CLONE LOCAL DATA DIRECTORY = '{_FOLDER}/data'"))


def _folder_copied(modules: Modules) -> float:
    return _timed(modules.pair, lambda: modules.pair.primary.shell(f"cp -a /var/lib/mysql {_FOLDER}/data && sync"))


def _piped(modules: Modules) -> float:
    """The dump client and the command-line client, with the options that the module runs the first with."""
    pair = modules.pair
    empty(pair)
    options = offers(modules)
    planned = _run(modules, pair.replica, "replica_seed", {**options, "method": "dump"}, check=True)
    statement = next(step["statement"] for step in planned.steps if step["target"] == "data")
    dump = (
        f"{statement.partition(' | ')[0]} {_TLS[pair.vendor]} --host={options['source_host']} --user={options['source_user']}"
        f" --password={options['source_password']}"
    )
    session = "--max-allowed-packet=1G --default-character-set=utf8mb4 --init-command='SET SESSION sql_log_bin = 0'"
    pair.replica.sql(_WRITABLE[pair.vendor])
    pipe = shlex.quote(f"set -o pipefail; {dump} | {pair.replica.client} --batch --binary-mode {session}")
    seconds = _timed(pair, lambda: pair.replica.shell(f"bash -c {pipe}"))
    # It came along, and would be taken for what a copy that was broken off has left.
    account = f"'{options['source_user']}'@'{pair.replica.address}'"
    pair.replica.sql(f"SET SESSION sql_log_bin = 0; FLUSH LOCAL PRIVILEGES; DROP USER {account}")
    _run(modules, pair.primary, "seed_account", {})
    return seconds


_CLONE = Compared("clone", "CLONE LOCAL on the primary", _cloned, faster=False, aim="at most 2.5")
_BACKUP = Compared("backup", "cp -a and sync on the primary", _folder_copied, faster=False, aim="at most 1.8")
_DUMP = Compared("dump", "the two clients by hand", _piped, faster=True, aim="more than 1")
