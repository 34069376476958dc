# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see while a server clones."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import clone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import Progress

STAGES = (None, "DROP DATA", "DROP DATA", "FILE COPY", "FILE COPY", "A STAGE OF TOMORROW", "FILE COPY", "FILE SYNC", None)


def test_each_stage_is_told_once_in_plain_words_and_by_its_name(monkeypatch):
    told, ended, left = [], threading.Event(), list(STAGES)

    class Answering:
        def __init__(self, _login):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_exc):
            return None

        def rows(self, _query):
            stage = left.pop(0)
            if not left:
                ended.set()
            return [{"moved": "0", "total": "0", "stage": stage}]

    monkeypatch.setattr(clone, "Session", Answering)
    monkeypatch.setattr(clone, "_POLL_SECONDS", 0)
    login = Login(user="dbops_seed", password=Secret("x"), host="db1")
    copy = clone.CloneCopy(login, login, True, False, False, "mysql", "/var/lib/mysql", told.append)
    copy._watch(ended, Progress(0, told.append))
    assert told == [
        "the replica drops what it held (stage DROP DATA)",
        "the files of the source come over (stage FILE COPY)",
        "the replica has all, and its system writes it to disk (stage FILE SYNC)",
    ]


class Restarted:
    """A server that has come back with a clone; super_read_only and event_scheduler are ON."""

    where = "replica1"

    def __init__(self, halted="0"):
        self.halted = halted
        self.done = []

    def execute(self, statement):
        self.done.append(str(statement))

    def value(self, query):
        return {clone._SCHEDULER: "ON", clone._LOCKED: "1", clone._ACTIVE: "0", clone._HALTED: self.halted}[query]


def test_events_of_the_source_are_halted_before_the_server_takes_writes(monkeypatch):
    login = Login(user="dbops_seed", password=Secret("x"), host="db1")
    copy = clone.CloneCopy(login, login, False, False, False, "mysql", "", lambda _line: None)
    monkeypatch.setattr(clone, "_started", lambda _session: 0.0)
    monkeypatch.setattr(clone, "_look", lambda _session, _progress: "")
    monkeypatch.setattr(clone, "read_arrival", lambda _session: (True, "a:1"))
    monkeypatch.setattr(clone.CloneCopy, "_watch", lambda *_: None)
    monkeypatch.setattr(clone.CloneCopy, "_come_back", lambda *_: None)
    monkeypatch.setattr(clone.CloneCopy, "_clone", lambda *_: True)
    server = Restarted()
    copy.perform(server)
    assert server.done.index("SET GLOBAL event_scheduler = OFF") < server.done.index("SET GLOBAL super_read_only = OFF")


@pytest.mark.parametrize(("halted", "resumed"), [("1", 1), ("0", 0)])
def test_the_scheduler_runs_again_when_events_rest_and_a_copy_has_halted_it(halted, resumed):
    login, server = Login(), Restarted(halted)

    class Settling:
        def perform(self, session):
            session.execute("SETTLED")

    copy = clone.CloneCopy(login, login, False, False, True, "mysql", "", lambda _line: None)
    clone.SettleClone(Settling(), copy).perform(server)
    assert server.done == ["SETTLED", *["SET GLOBAL event_scheduler = ON"] * resumed]
