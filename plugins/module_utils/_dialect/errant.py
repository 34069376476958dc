# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family's binary log tells of errant transactions, and whether a source can take them over as empty ones."""

from __future__ import annotations

import re
from typing import Mapping, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import Errant, MariaDBErrant, MySQLErrant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, literal, sql

Event = Mapping[str, Optional[str]]

_NUMBER = re.compile(r"\bVer ([0-9]+)\.")


class ErrantDialect(Protocol):
    """What a look at errant transactions, and their resolution, asks of a server family."""

    #: Names of the client that prints a binary log; the first that is found is run.
    programs: Sequence[str]
    #: Its options to print rows as comments.
    options: Sequence[str]
    #: Why a source cannot take over a transaction under its GTID as an empty one, and what can be done; empty where it can.
    cannot_empty: str

    def is_own_program(self, version: str) -> bool:
        """Whether a client that says this of its version is the vendor's own."""

    def found(self, errant: str, source: GtidState) -> Errant:
        """From what ``GtidDialect.relation`` says is errant."""

    def state(self, gtid: GtidState) -> str:
        """What a server's binary log has come to, in the form that :meth:`before` has."""

    def before(self, event: Event) -> Optional[str]:
        """What was logged before a binary log began, from the event at its beginning that says so; ``None`` for any other event."""

    def empty(self, gtid: str) -> Sequence[Sql]:
        """Writes an empty transaction with this GTID; the session's next transaction has one of its own again."""


class MySQLErrantDialect:
    """Manual, "mysqlbinlog", and "Skipping Transactions With GTIDs": a transaction may be given a GTID, and may be empty."""

    programs: Sequence[str] = ("mysqlbinlog",)
    options: Sequence[str] = ("--read-from-remote-server", "--base64-output=DECODE-ROWS", "--verbose")
    cannot_empty = ""

    def is_own_program(self, version: str) -> bool:
        """See :class:`ErrantDialect`; from 8.0 on it has the server's number (seen on 9.7)."""
        return "MariaDB" not in version and _is_from(version, 8, None)

    def found(self, errant: str, source: GtidState) -> Errant:
        """See :class:`ErrantDialect`."""
        return MySQLErrant(GtidSet.parse(errant))

    def state(self, gtid: GtidState) -> str:
        """See :class:`ErrantDialect`."""
        return gtid.variables["gtid_executed"]

    def before(self, event: Event) -> Optional[str]:
        """See :class:`ErrantDialect`."""
        return (event["Info"] or "") if event["Event_type"] == "Previous_gtids" else None

    def empty(self, gtid: str) -> Sequence[Sql]:
        """See :class:`ErrantDialect`."""
        return (
            sql(f"SET SESSION gtid_next = {literal(gtid)}"),
            sql("BEGIN"),
            sql("COMMIT"),
            sql("SET SESSION gtid_next = AUTOMATIC"),
        )


class MariaDBErrantDialect:
    """MariaDB KB, "mariadb-binlog", "gtid_strict_mode"."""

    programs: Sequence[str] = ("mariadb-binlog", "mysqlbinlog")
    options: Sequence[str] = ("--read-from-remote-server", "--base64-output=DECODE-ROWS", "--verbose")
    cannot_empty = "MariaDB knows no empty transactions, and with gtid_strict_mode a source takes no number that its domain is past"

    def is_own_program(self, version: str) -> bool:
        """See :class:`ErrantDialect`; seen on 10.11: ``Ver 3.5 for debian-linux-gnu``, and no name of the vendor.

        On 11.8: ``from 11.8.9-MariaDB, client 3.5 for debian-linux-gnu``.
        """
        return "MariaDB" in version or _is_from(version, 3, 3)

    def found(self, errant: str, source: GtidState) -> Errant:
        """See :class:`ErrantDialect`."""
        return MariaDBErrant.parse(errant, source.variables["gtid_binlog_state"])

    def state(self, gtid: GtidState) -> str:
        """See :class:`ErrantDialect`."""
        return gtid.variables["gtid_binlog_state"]

    def before(self, event: Event) -> Optional[str]:
        """See :class:`ErrantDialect`; seen on 10.11: ``[0-1-5,0-2-3]``."""
        return (event["Info"] or "").strip("[]") if event["Event_type"] == "Gtid_list" else None

    def empty(self, gtid: str) -> Sequence[Sql]:
        """See :class:`ErrantDialect`; nobody asks."""
        return ()


def _is_from(version: str, least: int, most: Optional[int]) -> bool:
    found = _NUMBER.search(version)
    return found is not None and least <= int(found.group(1)) <= (most or int(found.group(1)))
