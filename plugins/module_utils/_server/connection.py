# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to a server: the only file that imports PyMySQL."""

from __future__ import annotations

import os
import ssl
import traceback
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect, dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import MASK, Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.veil import VEILS, Veil
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

try:
    import pymysql
except ImportError:
    PYMYSQL_MISSING: Optional[str] = traceback.format_exc()
else:
    PYMYSQL_MISSING = None

Row = Mapping[str, Optional[str]]

#: Where packages put the socket: Debian and Ubuntu, Red Hat and SUSE, MySQL's own default.
USUAL_SOCKETS = (
    "/run/mysqld/mysqld.sock",
    "/var/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
    "/run/mysql/mysql.sock",
    "/tmp/mysql.sock",
)
# A metadata lock that somebody holds must not hang a run for the year that is MySQL's default.
_LOCK_WAIT_SECONDS = 50
# An error packet before the handshake has no SQLSTATE, but PyMySQL cuts its length off the text: what is lost, by number.
_CUT_OFF = {1040: "Too ma", 1129: "Host '", 1130: "Host '"}
# What servers call a TLS connection that fails; PyMySQL calls it an unreachable host.
_TLS_FAILED = 2026


class ServerError(Exception):
    """A server or the client library refused: its number and text, and where. The text holds no secret."""

    def __init__(self, errno: int, error: str, where: str) -> None:
        super().__init__(f"{where}: error {errno}: {error}")
        self.errno = errno
        self.error = error
        self.where = where


@dataclass(frozen=True)
class Login:
    """How to reach a server and log in. Empty texts mean: not given."""

    user: str = ""
    password: Secret = Secret("")
    host: str = ""
    port: int = 3306
    unix_socket: str = ""
    config_file: str = ""
    ca_cert: str = ""
    client_cert: str = ""
    client_key: str = ""
    check_hostname: bool = False
    tls: bool = False
    #: Never TLS, even where client and server could: as a channel whose TLS is off.
    clear: bool = False
    connect_timeout: int = 30
    #: Seconds to wait for the answer to a statement, ``None`` for as long as it takes.
    read_timeout: Optional[int] = None

    @property
    def socket(self) -> str:
        """The socket to use, empty for TCP: the one given, or without a host the first usual one that exists."""
        if self.unix_socket or self.host:
            return self.unix_socket
        return next((path for path in USUAL_SOCKETS if os.path.exists(path)), "")

    @property
    def is_local(self) -> bool:
        """Whether the login names no other host."""
        return bool(self.socket) or self.host in ("", "localhost", "127.0.0.1", "::1")

    @property
    def where(self) -> str:
        """What is logged in to, in words."""
        return f"socket {self.socket}" if self.socket else f"{self.host or 'localhost'}:{self.port}"


class Session:
    """One open connection, in autocommit, with the dialect of the server at its end.

    ``where`` names the server in messages: its host's name if that is reached from itself, else its address as the login has it.
    """

    def __init__(self, login: Login) -> None:
        """Connects; raises :class:`ServerError`."""
        self.where = login.where
        self.by_socket = bool(login.socket)
        self._login = login
        self._connection = self._connect(login)
        found = self.rows("SELECT VERSION() AS version, @@hostname AS hostname")[0]
        self.dialect: Dialect = dialect_for(parse_version(found["version"] or ""))
        if login.is_local:
            self.where = found["hostname"] or self.where

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the server then releases its advisory lock."""
        try:
            self._connection.close()
        except pymysql.err.Error:
            pass  # the server has closed it already

    def reconnect(self) -> None:
        """Connects anew, to a server that has restarted: session variables and locks are gone. Raises :class:`ServerError`."""
        self.close()
        self._connection = self._connect(self._login)

    def rows(self, statement: Union[str, Sql]) -> list[Row]:
        """All rows as column name → text (``None`` for NULL). Raises :class:`ServerError`."""
        if isinstance(statement, str):
            statement = sql(statement)
        try:
            with self._connection.cursor(pymysql.cursors.DictCursor) as cursor:
                cursor.execute(statement.text())
                return list(cursor.fetchall())
        except (pymysql.err.Error, OSError) as error:
            raise self._server_error(error, statement) from None

    def value(self, statement: Union[str, Sql]) -> Optional[str]:
        """The first column of the first row; ``None`` for no row. Raises :class:`ServerError`."""
        rows = self.rows(statement)
        return next(iter(rows[0].values())) if rows else None

    def execute(self, statement: Sql) -> None:
        """Runs a statement for its effect; its secrets stay out of the server's logs. Raises :class:`ServerError`."""
        if not statement.has_secret:
            self.rows(statement)
            return
        drawn = [veil for veil in VEILS if self._draw(veil)]
        self.rows(statement)
        for veil in drawn:
            self.rows(veil.after)

    def _draw(self, veil: Veil) -> bool:
        """Whether the veil is drawn. Without the privilege for it, a secret may only go where nothing is recorded."""
        try:
            self.rows(veil.before)
        except ServerError as refused:
            if self._records_nothing(veil):
                return False
            text = f'{refused.error} (without "{veil.before}" this server would record a secret)'
            raise ServerError(refused.errno, text, refused.where) from None
        return True

    def _records_nothing(self, veil: Veil) -> bool:
        try:
            return self.value(veil.records) == "0"
        except ServerError:
            return False  # unknown counts as recorded

    @property
    def connection_id(self) -> int:
        """The server's number for this connection."""
        return int(self._connection.thread_id())

    @property
    def encrypted(self) -> bool:
        """Whether this connection runs over TLS."""
        return bool(self.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0]["Value"])

    def _connect(self, login: Login) -> Any:
        options: dict[str, Any] = {
            "charset": "utf8mb4",
            "sql_mode": "NO_ENGINE_SUBSTITUTION",
            "autocommit": True,
            "conv": {},
            "connect_timeout": login.connect_timeout,
            "read_timeout": login.read_timeout,
            "init_command": f"SET SESSION lock_wait_timeout = {_LOCK_WAIT_SECONDS}",
        }
        if login.user:
            options["user"] = login.user
        if login.password:
            # PyMySQL takes a str for latin-1; servers take passwords as UTF-8.
            options["password"] = login.password.reveal().encode()
        if login.config_file and os.path.exists(os.path.expanduser(login.config_file)):
            options["read_default_file"] = os.path.expanduser(login.config_file)
        if login.socket:
            options["unix_socket"] = login.socket
        else:
            options.update(host=login.host or "localhost", port=login.port)
            context = self._tls_context(login)
            if login.clear:
                options["ssl_disabled"] = True
            elif context is not None:
                options["ssl"] = context
        try:
            return pymysql.connect(**options)
        except (pymysql.err.Error, OSError, RuntimeError) as error:
            raise self._server_error(error, sql(login.password)) from None

    def _tls_context(self, login: Login) -> Optional[ssl.SSLContext]:
        try:
            return _tls_context(login)
        except (OSError, ValueError) as error:
            files = ", ".join(filter(None, (login.ca_cert, login.client_cert, login.client_key)))
            raise ServerError(_TLS_FAILED, f"cannot use the TLS files {files}: {error}", self.where) from None

    def _server_error(self, error: Exception, statement: Sql) -> ServerError:
        number, text = (error.args[0], str(error.args[1])) if len(error.args) > 1 else (0, str(error))
        for part in statement.parts:
            if isinstance(part, Secret) and part:
                text = text.replace(part.reveal(), MASK)
        if isinstance(getattr(error, "original_exception", error), ssl.SSLError):
            number = _TLS_FAILED
        lost = _CUT_OFF.get(number, "")
        if not text.startswith(lost):
            text = f"{lost}{text}"
        return ServerError(number if isinstance(number, int) else 0, text or type(error).__name__, self.where)


def _tls_context(login: Login) -> Optional[ssl.SSLContext]:
    if not (login.tls or login.ca_cert or login.client_cert):
        return None
    context = ssl.create_default_context(cafile=login.ca_cert or None)
    context.check_hostname = login.check_hostname and bool(login.ca_cert)
    # Python 3.13 refuses what servers and their own clients take: MySQL's automatic certificates name no authority's key.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not login.ca_cert:
        context.verify_mode = ssl.CERT_NONE
    if login.client_cert:
        context.load_cert_chain(login.client_cert, login.client_key or None)
    return context
