# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where server families and versions part: a dialect, chosen once from the server's version."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import NOTE_SOURCE, SEED_USER
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, ServerVersion

if TYPE_CHECKING:
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import AccountDialect
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.binlog_history import BinlogHistory
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import ChannelDialect
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import CopyDialect
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.errant import ErrantDialect
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import GtidDialect
    from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import VariableDialect

# @@have_ssl is gone from 8.4 on; this status is there since 5.6.
_MYSQL_TLS = "SELECT VARIABLE_VALUE <> '' FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ssl_server_not_after'"
_MARIADB_TLS = "SELECT @@have_ssl = 'YES'"
# A clone brings the account that it was made with, which says whose it was; that of a clone that has only begun names nobody.
_MYSQL_CLONED = (
    f"EXISTS (SELECT 1 FROM information_schema.USER_ATTRIBUTES WHERE USER = {SEED_USER!r}"
    f" AND ATTRIBUTE->>'$.{NOTE_SOURCE}' <> @@server_uuid)"
)


class Dialect:
    """How one server words things, by concern.

    A managed host compiles what a module imports at every run, so a concern is imported when it is first asked for.
    """

    def __init__(self, version: ServerVersion) -> None:
        self.version = version
        self._is_mariadb = version.vendor == MARIADB
        #: A query of one value, 1 if the server has a certificate and so offers TLS.
        self.tls_query = _MARIADB_TLS if self._is_mariadb else _MYSQL_TLS
        #: A condition, true where a clone has begun, or has replaced all data and nobody has settled it.
        self.unsettled = _MYSQL_CLONED if not self._is_mariadb and version.at_least(8, 0, 21) else "FALSE"

    @cached_property
    def channels(self) -> ChannelDialect:
        """Replication channels."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import channels

        return channels.MariaDBChannels(self.version) if self._is_mariadb else channels.MySQLChannels(self.version)

    @cached_property
    def binlog_history(self) -> BinlogHistory:
        """Whether a source's binary log is still the one that a channel has read."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import binlog_history

        return binlog_history.MariaDBBinlogHistory() if self._is_mariadb else binlog_history.MySQLBinlogHistory()

    @cached_property
    def gtid(self) -> GtidDialect:
        """GTID sets and positions."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import gtid

        return gtid.MariaDBGtid() if self._is_mariadb else gtid.MySQLGtid()

    @cached_property
    def errant(self) -> ErrantDialect:
        """Transactions that only a replica has."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import errant

        return errant.MariaDBErrantDialect() if self._is_mariadb else errant.MySQLErrantDialect()

    @cached_property
    def copying(self) -> CopyDialect:
        """A copy of the data, from server to server."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import copying

        return copying.MariaDBCopy() if self._is_mariadb else copying.MySQLCopy(self.version)

    @cached_property
    def variables(self) -> VariableDialect:
        """System variables."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import variables

        return variables.MariaDBVariables(self.version) if self._is_mariadb else variables.MySQLVariables(self.version)

    @cached_property
    def accounts(self) -> AccountDialect:
        """Accounts."""
        from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect import accounts

        return accounts.MariaDBAccounts() if self._is_mariadb else accounts.MySQLAccounts(self.version)


def dialect_for(version: ServerVersion) -> Dialect:
    """The dialect of a server of this version."""
    return Dialect(version)
