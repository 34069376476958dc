# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place where server families and versions part: a dialect, chosen once from the server's version."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channels import (
    ChannelDialect,
    MariaDBChannels,
    MySQLChannels,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import GtidDialect, MariaDBGtid, MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import MARIADB, ServerVersion


@dataclass(frozen=True)
class Dialect:
    """How one server words things, by concern."""

    version: ServerVersion
    channels: ChannelDialect
    gtid: GtidDialect


def dialect_for(version: ServerVersion) -> Dialect:
    """The dialect of a server of this version."""
    if version.vendor == MARIADB:
        return Dialect(version, MariaDBChannels(version), MariaDBGtid())
    return Dialect(version, MySQLChannels(version), MySQLGtid())
