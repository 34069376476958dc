# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see while a server clones."""

from __future__ import annotations

import threading

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
