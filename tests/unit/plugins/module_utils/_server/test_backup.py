# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A backup that the source did not send to its end says why, and leaves nothing where the data lies."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import backup
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login

# As 10.11 says it of a server that was killed.
KILLED = "FATAL ERROR: failed to execute query BACKUP LOCK `mysql`.`index_stats`: Server has gone away"
DENIED = "FATAL ERROR: Access denied; you need (at least one of) the RELOAD privilege(s) for this operation"


@pytest.fixture
def refused(monkeypatch, tmp_path):
    """What a copy says whose source ends with these words, and what is left then."""

    class Swap:
        def __init__(self, *_arguments):
            self.incoming = tmp_path / "new"

        def begin(self):
            self.incoming.mkdir()
            return str(self.incoming)

        def clear(self):
            self.incoming.rmdir()

    def run(said):
        def received(_connection, outcome):
            outcome.update(status=1, said=said)
            return iter(())

        monkeypatch.setattr(backup, "Swap", Swap)
        monkeypatch.setattr(backup.stream, "joined", lambda *_arguments: nullcontext())
        monkeypatch.setattr(backup.stream, "received", received)
        copy = backup.BackupCopy(
            source=Login(host="db1"),
            port=4444,
            local=Login(),
            copying=dialect_for(parse_version("10.11.18-MariaDB")).copying,
            programs=backup.BackupPrograms("/bin/true", "/bin/true"),
            process=SimpleNamespace(identity={}),
            datadir=str(tmp_path),
            size=0,
            tell=lambda _line: None,
        )
        with pytest.raises(Refusal) as raised:
            copy.perform(SimpleNamespace(where="db2"))
        return raised.value, list(tmp_path.iterdir())

    return run


def test_a_source_that_was_killed_is_named(refused):
    refusal, left = refused(KILLED)
    assert refusal.cause.startswith("db1:3306 went away while db2 copied its data")
    assert KILLED in refusal.cause
    assert left == []


def test_another_failure_is_told_as_the_program_does(refused):
    refusal, left = refused(DENIED)
    assert refusal.cause == f"mariadb-backup on db1 ended with status 1: {DENIED}"
    assert left == []
