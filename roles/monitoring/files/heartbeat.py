# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes a heartbeat once a second, in the format of pt-heartbeat, where this server is a primary; elsewhere it waits.

A primary is a server that is not read-only and follows nobody: a replica that is writable by mistake must not get transactions
of its own. Both are asked each second, so the heartbeat follows a switchover by itself.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, Mapping, Optional

import pymysql

# Seconds; a lock that somebody holds (a backup's, for one) ends a try, and the next second brings another.
_LOCK_WAIT = 2
_CONNECT = 5
# Longer than a semi-synchronous commit waits by default.
_ANSWER = 30
# MariaDB's shows all connections, and MySQL has one form for all channels; 1064 is what a server says that lacks the words.
_CHANNELS = ("SHOW ALL SLAVES STATUS", "SHOW REPLICA STATUS", "SHOW SLAVE STATUS")
_SYNTAX = 1064
# "The server is running with --read-only": it became so between the question and the write.
_READ_ONLY = (1290, 1836)
_NOW = "DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')"


def statement(database: str, table: str, server_id: int) -> str:
    """The write. The number stands in it as a literal: a replica that is given statements would put its own."""
    name = ".".join("`" + part.replace("`", "``") + "`" for part in (database, table))
    return f"INSERT INTO {name} (ts, server_id) VALUES ({_NOW}, {int(server_id)}) ON DUPLICATE KEY UPDATE ts = {_NOW}"


def is_writable(read_only: object) -> bool:
    """What ``@@global.read_only`` says: a number, or from MariaDB 12 on one of OFF, ON, NO_LOCK and NO_LOCK_NO_ADMIN."""
    return str(read_only) in ("0", "OFF")


def seconds_to_next(now: float) -> float:
    """How long it is to the next whole second, so that all servers' heartbeats beat together."""
    return 1 - now % 1


class Heart:
    """One connection, kept; ``beat`` returns what happened, in words, and raises what the client library raises."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._settings = settings
        self._connection: Optional[pymysql.connections.Connection[Any]] = None
        self._channels = list(_CHANNELS)

    def beat(self) -> str:
        """Writes if this server is a primary."""
        with self._cursor() as cursor:
            cursor.execute("SELECT @@global.read_only, @@global.server_id")
            read_only, server_id = cursor.fetchone()
            if not is_writable(read_only):
                return "waiting: this server is read-only"
            if self._follows(cursor):
                return "waiting: this server is writable, but follows another; it is no primary"
            try:
                cursor.execute(statement(self._settings["database"], self._settings["table"], server_id))
            except pymysql.err.MySQLError as error:
                if error.args and error.args[0] in _READ_ONLY:
                    return "waiting: this server is read-only"
                raise
        return f"writing as server {server_id}"

    def close(self) -> None:
        """Drops the connection; the next beat opens another."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.open:
            try:
                connection.close()
            except pymysql.err.MySQLError:
                pass  # the server has closed it already

    def _cursor(self) -> pymysql.cursors.Cursor:
        if self._connection is None:
            self._connection = pymysql.connect(
                unix_socket=self._settings["socket"],
                user=self._settings["user"],
                password=self._settings["password"].encode(),
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=_CONNECT,
                read_timeout=_ANSWER,
                write_timeout=_ANSWER,
                init_command=f"SET SESSION lock_wait_timeout = {_LOCK_WAIT}, innodb_lock_wait_timeout = {_LOCK_WAIT}",
            )
        return self._connection.cursor()

    def _follows(self, cursor: pymysql.cursors.Cursor) -> bool:
        while True:
            try:
                cursor.execute(self._channels[0])
                return bool(cursor.fetchall())
            except pymysql.err.ProgrammingError as error:
                if error.args[0] != _SYNTAX or len(self._channels) == 1:
                    raise
                del self._channels[0]


def main(path: str) -> None:
    """Beats until it is ended, and says so each time that something else happens."""
    with open(path, encoding="utf-8") as file:
        heart = Heart(json.load(file))
    said = None
    while True:
        time.sleep(seconds_to_next(time.time()))
        try:
            happened = heart.beat()
        except (pymysql.err.MySQLError, OSError) as error:
            heart.close()
            happened = f"cannot: {error}"
        if happened != said:
            print(happened, flush=True)
            said = happened


if __name__ == "__main__":
    main(sys.argv[1])
