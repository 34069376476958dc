# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that a killed run's module is just restarting is waited for, and no other that is down."""

from __future__ import annotations

import importlib
from functools import partial

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import swap
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError

pytest.importorskip("ansible", reason="AnsibleModule comes with Ansible, which the tests on Python 3.9 do without")
enforce = importlib.import_module("ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce")


class Module:
    params = {"login_host": "localhost"}


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Opens a session where the first logins fail; how many were tried."""
    drop_in = tmp_path / "mariadb.service.d" / "dbops-seed.conf"

    def run(failing, errno=2003, is_pending=True, host="localhost"):
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
            if len(tries) == failing:
                drop_in.unlink()

        monkeypatch.setattr(enforce, "Session", session)
        monkeypatch.setattr(enforce, "login_from", lambda _params: Login(host=host))
        monkeypatch.setattr(enforce, "refuse_out_of_range", lambda _params: None)
        monkeypatch.setattr(enforce.time, "sleep", sleep)
        monkeypatch.setattr(swap, "is_pending", partial(swap.is_pending, str(tmp_path)))
        return enforce._open(Module()), len(tries)

    return run


@pytest.mark.parametrize("failing", [1, 3])
def test_a_server_that_takes_a_copy_is_waited_for(opened, failing):
    assert opened(failing) == ("session", failing + 1)


@pytest.mark.parametrize("given", [{"is_pending": False}, {"errno": 1045}, {"host": "db1.example.com"}])
def test_others_are_not(opened, given):
    with pytest.raises(Refusal):
        opened(99, **given)
