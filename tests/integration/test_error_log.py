# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On a pair as ``site`` makes it, the primary's error log says which login it refused and which connection was cut off."""

from __future__ import annotations

from collections.abc import Callable

from fault import MARIADB, MYSQL
from machine import wait_until
from pair import Pair

_LOG = {MYSQL: "cat /var/log/mysql/error.log", MARIADB: "journalctl --unit mariadb --output cat --no-pager"}
#: The level below the one that the profiles set.
_LESS = {MYSQL: ("log_error_verbosity", 2), MARIADB: ("log_warnings", 1)}
_CUT_OFF = "Aborted connection"


def test_refused_logins_and_aborted_connections_are_logged(server_name: str, replicating: Callable[[str], Pair]) -> None:
    pair = replicating(server_name)
    _refuse(pair, "logged")
    wait_until("the refused login in the primary's error log", lambda: "Access denied for user 'logged'" in _log(pair))
    before = _log(pair).count(_CUT_OFF)
    _cut_off(pair)
    wait_until("the aborted connection in the primary's error log", lambda: _log(pair).count(_CUT_OFF) > before)


def test_a_lower_level_leaves_refused_logins_out(server_name: str, replicating: Callable[[str], Pair]) -> None:
    """What the profiles' level rests on."""
    pair = replicating(server_name)
    variable, less = _LESS[pair.vendor]
    level = pair.primary.value(f"SELECT @@global.{variable}")
    pair.primary.sql(f"SET GLOBAL {variable} = {less}")
    try:
        _refuse(pair, "unlogged")
    finally:
        pair.primary.sql(f"SET GLOBAL {variable} = {level}")
    _refuse(pair, "logged_after")
    wait_until("the later refused login in the primary's error log", lambda: "'logged_after'" in _log(pair))
    assert "'unlogged'" not in _log(pair)


def _log(pair: Pair) -> str:
    return pair.primary.shell(_LOG[pair.vendor])


def _refuse(pair: Pair, user: str) -> None:
    """A login over the network as a user that does not exist."""
    done = pair.primary.attempt(f"{pair.primary.client} --host=127.0.0.1 --user={user} --password=none --execute='SELECT 1'")
    assert b"Access denied" in done.stderr


def _cut_off(pair: Pair) -> None:
    """A client that dies while its statement runs."""
    done = pair.primary.attempt(f"timeout --signal=KILL 1 {pair.primary.client} --execute='SELECT SLEEP(2)'")
    assert done.returncode != 0
