# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that waits for another one outlives a restart of the server, and ends where there is nothing to wait for."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import lock
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError

BROKEN = ServerError(2006, "MySQL server has gone away", "db2")
REFUSED = ServerError(2002, "Can't connect", "db2")
HELD = "another run works on this server (db2) since more than 60 s: connection 7 of root from localhost holds the lock"


class Server:
    """Answers to GET_LOCK, to what is asked next, and to logins in their order, the last one for ever: an error is raised."""

    where = "db2"

    def __init__(self, answers, logins=(None,), next_answers=("1",)):
        self.answers, self.logins, self.next_answers = list(answers), list(logins), list(next_answers)

    def value(self, statement):
        return self._next(self.answers if "GET_LOCK" in statement else self.next_answers)

    def reconnect(self):
        self._next(self.logins)

    @staticmethod
    def rows(_statement):
        return [{"ID": "7", "USER": "root", "HOST": "localhost", "TIME": "61"}]

    @staticmethod
    def _next(given):
        found = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(found, ServerError):
            raise found
        return found


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """One that goes on only while somebody sleeps."""
    passed = []
    monkeypatch.setattr(lock.time, "sleep", passed.append)
    monkeypatch.setattr(lock.time, "monotonic", lambda: sum(passed))
    return passed


def test_a_free_lock_is_taken_at_once(clock):
    lock.acquire(Server(["1"]), 60)
    assert not clock


def test_a_lock_that_another_run_keeps_is_told_with_its_holder():
    with pytest.raises(Refusal) as refused:
        lock.acquire(Server(["0"]), 60)
    assert HELD in refused.value.cause


@pytest.mark.parametrize("seen", [BROKEN, None])
@pytest.mark.parametrize("logins", [[None], [REFUSED, REFUSED, None]])
def test_a_server_that_restarts_meanwhile_is_waited_for(seen, logins):
    lock.acquire(Server([seen, "1"], logins), 60)


@pytest.mark.parametrize("seen", [BROKEN, ServerError(1317, "Query execution was interrupted", "db2")])
def test_a_lock_that_was_free_because_the_server_goes_down_is_none(seen):
    server = Server(["1"], [REFUSED, None], [seen, "1"])
    lock.acquire(server, 60)
    assert server.logins == [None]


def test_one_that_does_not_come_back_is_told():
    with pytest.raises(Refusal) as refused:
        lock.acquire(Server([BROKEN, "1"], [REFUSED]), 60)
    assert refused.value.cause == (
        "db2 went down while this run waited for another one that works there, and does not come back: error 2002: Can't connect"
    )


def test_one_that_gives_no_answer_again_and_again_is_not_asked_for_ever():
    with pytest.raises(Refusal) as refused:
        lock.acquire(Server([None]), 60)
    assert HELD in refused.value.cause


def test_another_error_is_the_servers_own():
    with pytest.raises(ServerError, match="3024"):
        lock.acquire(Server([ServerError(3024, "too slow", "db2")]), 60)
