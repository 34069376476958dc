# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server whose threads wait for disk space is not asked what would wait with them."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_variables import refuse_full_disk

WORDS = {"9.7.4": "Waiting for disk space", "10.11.6-MariaDB": "Waiting for someone to free space"}


class Server:
    """Answers the one question, or fails."""

    where = "db2"

    def __init__(self, version, answer):
        self.dialect, self.words, self.answer = dialect_for(parse_version(version)), WORDS[version], answer

    def value(self, query):
        assert f"STATE = '{self.words}'" in query
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("version", WORDS)
@pytest.mark.parametrize("answer", ["1", ServerError(1114, "The table '/tmp/#sql1_2_3' is full", "db2")])
def test_a_full_disk_is_named(version, answer):
    with pytest.raises(Refusal, match="db2 waits for disk space") as refused:
        refuse_full_disk(Server(version, answer))
    assert "make room" in str(refused.value)


@pytest.mark.parametrize("version", WORDS)
def test_nothing_else_is(version):
    refuse_full_disk(Server(version, "0"))
    with pytest.raises(ServerError):
        refuse_full_disk(Server(version, ServerError(1227, "Access denied", "db2")))
