# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log's copies for syslog and journald, on sockets of the same kind."""

from __future__ import annotations

import json
import socket
import struct

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record import host_log

RECORD = {"run": "2f2c", "host": "db1", "object": "a\nb", "result": "changed", "user": "root", "playbook": None, "why": "é"}


def fields(datagram):
    """What journald reads from a datagram: lines of ``name=value``, or a name, a length and as many bytes."""
    found = {}
    while datagram:
        head, _newline, datagram = datagram.partition(b"\n")
        name, is_short, value = head.partition(b"=")
        if not is_short:
            (length,) = struct.unpack("<Q", datagram[:8])
            value, datagram = datagram[8 : 8 + length], datagram[9 + length :]
        found[name.decode()] = value.decode()
    return found


def test_syslog_gets_a_line_of_the_user_facility():
    head, _colon, message = host_log.syslog_datagram(RECORD).decode().partition(": ")
    assert head.startswith("<13>mysql_replication[")
    assert json.loads(message) == RECORD
    assert host_log.syslog_datagram({**RECORD, "result": "unreachable"}).startswith(b"<11>")


def test_the_journal_gets_fields_to_search_by():
    found = fields(host_log.journal_datagram({**RECORD, "result": "failed"}))
    assert json.loads(found.pop("MESSAGE")) == {**RECORD, "result": "failed"}
    assert found == {
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "mysql_replication",
        "MYSQL_REPLICATION_RUN": "2f2c",
        "MYSQL_REPLICATION_HOST": "db1",
        "MYSQL_REPLICATION_OBJECT": "a\nb",
        "MYSQL_REPLICATION_RESULT": "failed",
        "MYSQL_REPLICATION_USER": "root",
    }


def test_each_record_is_a_datagram(tmp_path, monkeypatch):
    path = str(tmp_path / "log")
    monkeypatch.setattr(host_log, "SINKS", {"syslog": (path, host_log.syslog_datagram)})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(path)
        host_log.send("syslog", [RECORD, {**RECORD, "host": "db2"}])
        assert [b'"db1"' in server.recv(4096), b'"db2"' in server.recv(4096)] == [True, True]


def test_a_socket_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(host_log, "SINKS", {"journald": (str(tmp_path / "none"), host_log.journal_datagram)})
    with pytest.raises(Refusal, match="journald does not take"):
        host_log.send("journald", [RECORD])
