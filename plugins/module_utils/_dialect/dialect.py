# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where server families and versions part: a dialect, chosen once from the server's version."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import (
    AccountDialect,
    MariaDBAccounts,
    MySQLAccounts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import (
    ChannelDialect,
    MariaDBChannels,
    MySQLChannels,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import GtidDialect, MariaDBGtid, MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import (
    MariaDBVariables,
    MySQLVariables,
    VariableDialect,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, ServerVersion

# @@have_ssl is gone from 8.4 on; this status is there since 5.6.
_MYSQL_TLS = "SELECT VARIABLE_VALUE <> '' FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ssl_server_not_after'"


@dataclass(frozen=True)
class Dialect:
    """How one server words things, by concern."""

    version: ServerVersion
    channels: ChannelDialect
    gtid: GtidDialect
    variables: VariableDialect
    accounts: AccountDialect
    #: A query of one value, 1 if the server has a certificate and so offers TLS.
    tls_query: str


def dialect_for(version: ServerVersion) -> Dialect:
    """The dialect of a server of this version."""
    if version.vendor == MARIADB:
        return Dialect(
            version=version,
            channels=MariaDBChannels(version),
            gtid=MariaDBGtid(),
            variables=MariaDBVariables(version),
            accounts=MariaDBAccounts(),
            tls_query="SELECT @@have_ssl = 'YES'",
        )
    return Dialect(
        version=version,
        channels=MySQLChannels(version),
        gtid=MySQLGtid(),
        variables=MySQLVariables(version),
        accounts=MySQLAccounts(version),
        tls_query=_MYSQL_TLS,
    )
