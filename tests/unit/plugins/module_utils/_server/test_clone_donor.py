# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clone plugin goes from a server that was cloned: whose sessions are ended for that, and whose are not."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import clone_donor as module
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.clone_donor import UninstallClone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError

COPY = {"id": "40", "user": "dbops_seed", "host": "10.0.0.2:49948"}
OTHER = {"id": "41", "user": "ops", "host": "10.0.0.3:50000"}


class Server:
    """Its sessions all clone; ``refused``: this login may not end them."""

    where = "db1"

    def __init__(self, sessions, refused=False, error=1883):
        self.sessions, self.refused, self.error = list(sessions), refused, error
        self.ended = []

    def rows(self, query):
        return [row for row in self.sessions if "dbops_seed" not in query or row["user"] == "dbops_seed"]

    def execute(self, statement):
        text = str(statement)
        if text.startswith("KILL "):
            if self.refused:
                raise ServerError(1095, "You are not owner of thread", self.where)
            self.ended.append(text.partition(" ")[2])
            self.sessions = [row for row in self.sessions if row["id"] not in self.ended]
        elif self.sessions:
            raise ServerError(self.error, "Plugin is still in use.", self.where)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(module, "_POLL_SECONDS", 0)
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)


def test_sessions_of_copies_that_hang_on_are_ended():
    server = Server([COPY])
    UninstallClone().perform(server)
    assert server.ended == ["40"]


def test_another_clone_is_left_alone_and_named():
    server = Server([OTHER])
    with pytest.raises(Refusal, match=r"still in use by ops from 10\.0\.0\.3:50000 \(connection 41\)"):
        UninstallClone().perform(server)
    assert server.ended == []


def test_what_this_login_may_not_end_is_waited_for_and_named():
    with pytest.raises(Refusal, match=r"by dbops_seed from 10\.0\.0\.2:49948 \(connection 40\)"):
        UninstallClone().perform(Server([COPY], refused=True))


def test_another_error_is_that_of_the_step():
    with pytest.raises(ServerError):
        UninstallClone().perform(Server([COPY], error=1125))
