# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the files of a server's own binary logs: when one was begun, and which transaction of a source came first. Never writes."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import BinaryIO, Iterator, Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import GtidDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import (
    GTID_SIZE,
    HEADER_SIZE,
    MAGIC,
    Header,
    Logged,
    header_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_variables import refuse_full_disk

# A source's transaction comes soon in a replica's log; no longer than this is looked for one.
_MOST_EVENTS = 100_000


class LogUnreadable(Exception):
    """A file cannot be read here, or not without its key; the text says why."""


def log_names(session: Session) -> list[str]:
    """The files that the server has, the oldest first; raises ServerError where this login may not list them.

    See ``observe_variables.refuse_full_disk``.
    """
    refuse_full_disk(session)
    return [next(iter(row.values())) or "" for row in session.rows("SHOW BINARY LOGS")]


def log_path(values: Mapping[str, str], name: str) -> str:
    """Where it lies on the server's host; ``values`` holds log_bin_basename."""
    return os.path.join(os.path.dirname(values["log_bin_basename"]), os.path.basename(name))


def begun_at(path: str) -> int:
    """When a binary log was begun, in seconds since the epoch. Raises :class:`LogUnreadable`."""
    with _opened(path) as file:
        at = next((header.at for header, _body in _events(file)), None)
    if at is None:
        raise LogUnreadable(f"the binary log {path} does not say when it was begun")
    return at


def first_of(paths: Sequence[str], dialect: GtidDialect, server: Identity) -> Optional[Logged]:
    """The first transaction in these files that this server wrote first; ``None`` if there is none soon.

    Raises :class:`LogUnreadable`.
    """
    looked_at = 0
    for path in paths:
        with _opened(path) as file:
            for header, body in _events(file):
                looked_at += 1
                gtid = dialect.began(header, body)
                if gtid and dialect.wrote(gtid, server):
                    return Logged(gtid, header.at)
                if looked_at > _MOST_EVENTS:
                    return None
    return None


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    try:
        with open(path, "rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise LogUnreadable(f"the binary log {path} cannot be read: it may be encrypted")
            yield file
    except OSError as error:
        raise LogUnreadable(f"the binary log {path} cannot be read here: {error.strerror}") from None


def _events(file: BinaryIO) -> Iterator[tuple[Header, bytes]]:
    """Each event's header, and the first bytes of its body."""
    header = header_from(file.read(HEADER_SIZE))
    while header is not None:
        size = header.length - HEADER_SIZE
        end = file.tell() + size
        yield header, file.read(min(size, GTID_SIZE))
        file.seek(end, os.SEEK_SET)
        header = header_from(file.read(HEADER_SIZE))
