# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a fault to its alert, to ansible-rulebook, to the end of the alert, with nobody in between."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from faults import FAULTS
from rulebook import Rulebook
from watch import Watch, changes, machine, sql, until

LOGIN_FAILS = ("MySQLReplicationLoginFails", "replica1")
CONFLICT = ("MySQLReplicationDataConflict", "replica1")
LOCKED, CLASH = (next(one for one in FAULTS if one.alert == alert) for alert, _host in (LOGIN_FAILS, CONFLICT))
_STORM = 40


def test_the_outage_heals_by_itself_and_a_storm_of_alerts_is_one_run(watch: Watch, rulebook: Rulebook, times: list) -> None:
    """The account is locked, as in the outage; of 40 alerts at once, none without the token is heard."""
    watch.settle()
    assert rulebook.post(LOGIN_FAILS[0], "another token") == 401
    began = time.time()
    try:
        LOCKED.inject()
        until("the alert to fire", lambda: LOGIN_FAILS in watch.firing())
        fired = time.time()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _number: rulebook.post(LOGIN_FAILS[0], rulebook.token), range(_STORM)))
        assert set(answers) == {200}
        until("the receiver to run again", _receives)
        healed = time.time()
        until("the alert to clear", lambda: LOGIN_FAILS not in watch.firing())
        times.append(("account locked, replicating again", LOGIN_FAILS[0], fired - began, healed - fired))
        times.append(("account locked, alert over", LOGIN_FAILS[0], fired - began, time.time() - fired))
        until("the run to end", lambda: rulebook.runs)
        watch.settle()
    finally:
        if not _receives():
            LOCKED.mend()
    assert rulebook.runs == 1
    made = [one for one in changes(began) if one["result"] == "changed"]
    assert {one["playbook"] for one in made} == {"dbops.mysql_replication.heal"}
    assert len({one["run"] for one in made}) == 1
    assert "ACCOUNT UNLOCK" in " ".join(one["statement"] or "" for one in made if one["host"] == "primary")


def test_what_is_not_allowed_is_told_and_left(watch: Watch, rulebook: Rulebook) -> None:
    """Rows that clash are nothing that a machine may decide."""
    watch.settle()
    began = time.time()
    try:
        CLASH.inject()
        until("the alert to fire", lambda: CONFLICT in watch.firing())
        until("a run of heal to end", lambda: rulebook.runs)
        assert "is left" in rulebook.said
        assert CONFLICT in watch.firing()
        assert sql(machine("replica1"), "SELECT @@global.read_only") == "0"
        assert not [one for one in changes(began) if one["result"] == "changed"]
    finally:
        CLASH.mend()
    watch.settle()


def _receives() -> bool:
    replica = machine("replica1")
    client = "mariadb" if replica.exists("mariadb") else "mysql"
    return "_IO_Running: Yes" in replica.check_output(f"{client} --vertical -e 'SHOW REPLICA STATUS'")
