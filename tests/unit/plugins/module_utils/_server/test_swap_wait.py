# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that a killed run's module is just restarting is waited for, and no other that is down."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import swap_wait
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """What is opened after an error where the next logins fail too, and how many were tried."""
    drop_in = tmp_path / "mariadb.service.d" / "dbops-seed.conf"

    def run(failing, errno=2003, is_pending=True, host="localhost", pending_for=None):
        tries = []
        if is_pending:
            drop_in.parent.mkdir()
            drop_in.write_text("")

        def session(login):
            tries.append(login)
            if len(tries) <= failing:
                raise ServerError(errno, "no", "here")
            return "session"

        def sleep(_seconds):
            # It is up, and then done with.
            if len(tries) == (failing if pending_for is None else pending_for):
                drop_in.unlink()

        monkeypatch.setattr(swap_wait, "Session", session)
        monkeypatch.setattr(swap_wait.time, "sleep", sleep)
        found = swap_wait.session_after_swap(Login(host=host), ServerError(errno, "no", "here"), str(tmp_path))
        return found, len(tries)

    return run


@pytest.mark.parametrize("failing", [0, 2])
def test_a_server_that_takes_a_copy_is_waited_for(opened, failing):
    assert opened(failing) == ("session", failing + 1)


@pytest.mark.parametrize("given", [{"is_pending": False}, {"errno": 1045}, {"host": "db1.example.com"}])
def test_others_are_not(opened, given):
    assert opened(99, **given) == (None, 0)


def test_one_that_is_down_for_another_reason_since_is_tried_once_more(opened):
    assert opened(99, pending_for=2) == (None, 4)


def test_one_that_does_not_come_back_is_given_up(opened, monkeypatch):
    monkeypatch.setattr(swap_wait, "_SWAP_SECONDS", 0.05)
    found, tries = opened(10**9)
    assert found is None and tries > 0
