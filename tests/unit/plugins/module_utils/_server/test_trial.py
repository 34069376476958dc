# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a login to the source as a channel would do it comes to, where it does not come to its end."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_replication
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError

SOURCE = "db1:3306"


class Open:
    where = SOURCE

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        return None


def failing(where):
    def fail(*_arguments):
        raise ServerError(3024, "maximum statement execution time exceeded", where)

    return fail


def tried(monkeypatch, session=lambda login: Open(), view=lambda replica, source: "view", further=lambda source, view: view):
    monkeypatch.setattr(observe_replication, "Session", session)
    monkeypatch.setattr(observe_replication, "_view", view)
    return observe_replication.trial(object(), Login(host="db1"), further, "what it holds")


def test_a_login_that_fails_is_told_from_what_cannot_be_read(monkeypatch):
    assert tried(monkeypatch) == "view"
    said = "maximum statement execution time exceeded"
    assert tried(monkeypatch, session=failing(SOURCE)) == TrialFailure(3024, said)
    assert tried(monkeypatch, view=failing(SOURCE)) == TrialFailure(3024, said, "who it is and where its GTIDs stand")
    assert tried(monkeypatch, further=failing(SOURCE)) == TrialFailure(3024, said, "what it holds")


def test_what_the_replica_refuses_is_no_failure_of_its_source(monkeypatch):
    with pytest.raises(ServerError, match="db2"):
        tried(monkeypatch, further=failing("db2"))
