# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which state a copy that fails leaves the replica."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.apply import StepRefusal, apply
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.guarded import guarded

STEP = Step("it rests", "events", "as copied", "as on a replica", sql("ALTER EVENT e DISABLE, ", Secret("s3cret")))


class Server:
    """Refuses these statements."""

    where = "replica1"

    def __init__(self, *refused):
        self.refused = refused
        self.done = []

    def execute(self, statement):
        if any(str(statement).startswith(one) for one in self.refused):
            raise ServerError(1227, "Access denied", self.where)
        self.done.append(str(statement))

    def rows(self, _query):
        on = "SET GLOBAL super_read_only = ON" in self.done
        return [
            {"Variable_name": "event_scheduler", "Value": "OFF"},
            {"Variable_name": "super_read_only", "Value": "ON" if on else "OFF"},
        ]


def failing(server):
    with pytest.raises(StepRefusal) as caught:
        apply(server, guarded([STEP]), lambda _step: None)
    return caught.value


def test_a_step_that_fails_leaves_the_replica_read_only_and_says_so():
    found = failing(Server("ALTER EVENT"))
    assert "with error 1227: Access denied" in found.cause
    assert "Until then replica1 is left with event_scheduler = OFF, super_read_only = ON; the run that finishes" in found.remedy
    assert "s3cret" not in str(found)


def test_a_server_that_stays_writable_is_said_to():
    found = failing(Server("ALTER EVENT", "SET GLOBAL"))
    assert "could not be made read-only again (error 1227): SET GLOBAL super_read_only = ON there" in found.remedy


def test_a_step_that_succeeds_is_the_step_itself():
    server, done = Server(), []
    steps = guarded([STEP])
    apply(server, steps, done.append)
    assert len(server.done) == 1
    assert done[0].describe() == STEP.describe()


def test_a_refusal_keeps_its_way_out():
    class Refusing:
        def perform(self, _session):
            raise Refusal("no room", "make room")

    (step,) = guarded([Step("why", "data", None, "there", Refusing())])
    with pytest.raises(StepRefusal, match="make room\nUntil then replica1 is left with"):
        apply(Server(), [step], lambda _step: None)
