# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log's copies for the host's own log: datagrams to a local socket, as syslog and journald take them."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.change import FAILED, UNREACHABLE, line

IDENTIFIER = "mysql_replication"
_NOTICE, _ERROR = 5, 3
_USER_FACILITY = 1
#: Fields by which a journal is searched, beside the message.
_FIELDS = ("run", "host", "object", "result", "user", "playbook")


def syslog_datagram(record: Mapping[str, Any]) -> bytes:
    """A record as the local syslog socket takes it: RFC 3164 without time and host, which the daemon adds."""
    priority = _USER_FACILITY * 8 + _severity(record)
    return f"<{priority}>{IDENTIFIER}[{os.getpid()}]: {line(record).rstrip()}".encode("utf-8", "backslashreplace")


def journal_datagram(record: Mapping[str, Any]) -> bytes:
    """A record as journald's native protocol has it (systemd.io/JOURNAL_NATIVE_PROTOCOL), its fields to search by beside it."""
    fields = {
        "MESSAGE": line(record).rstrip(),
        "PRIORITY": str(_severity(record)),
        "SYSLOG_IDENTIFIER": IDENTIFIER,
        **{f"MYSQL_REPLICATION_{name.upper()}": str(record[name]) for name in _FIELDS if record[name] is not None},
    }
    return b"".join(_field(name, value.encode("utf-8", "backslashreplace")) for name, value in fields.items())


def _field(name: str, value: bytes) -> bytes:
    if b"\n" not in value:
        return f"{name}=".encode() + value + b"\n"
    return f"{name}\n".encode() + struct.pack("<Q", len(value)) + value + b"\n"


def _severity(record: Mapping[str, Any]) -> int:
    return _ERROR if record["result"] in (FAILED, UNREACHABLE) else _NOTICE


#: By the name of the option's choice: the socket, and how a record is put for it.
SINKS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bytes]]] = {
    "syslog": ("/dev/log", syslog_datagram),
    "journald": ("/run/systemd/journal/socket", journal_datagram),
}


def refuse_unknown(names: Sequence[str]) -> None:
    """Raises :class:`Refusal` where a name is none of :data:`SINKS`."""
    unknown = [name for name in names if name not in SINKS]
    if unknown:
        raise Refusal(
            f"also = {', '.join(names)} in [change_log]: {unknown[0]} is none of {', '.join(SINKS)}",
            "name some of these, with commas between them, or leave the option out",
        )


def send(name: str, records: list[dict[str, Any]]) -> None:
    """Sends records to one of :data:`SINKS`. Raises :class:`Refusal` if it does not take them."""
    path, datagram = SINKS[name]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
            sink.connect(path)
            for record in records:
                sink.send(datagram(record))
    except OSError as error:
        raise Refusal(
            f"{name} does not take the change log's records at {path}: {error.strerror}",
            f"see whether it runs here, or take {name} out of the option also in [change_log]",
        ) from None
