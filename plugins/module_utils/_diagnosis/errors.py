# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an error number on a channel means: one cause and one way out for each class, whatever the vendor's number.

MySQL 8.0 and later report fatal receiver errors with 13xxx numbers where MariaDB keeps the old 1xxx ones.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

#: What a channel error is about.
LOGIN = "login"
NETWORK = "network"
TLS = "tls"
IDENTITY = "identity"
POSITION = "position"
DATA = "data"
RELAY_LOG = "relay log"


class ErrorClass(NamedTuple):
    """``cause`` and ``remedy`` may name ``{account}``, ``{source}`` and ``{replica}``."""

    kind: str
    cause: str
    remedy: str


_NO_PRIVILEGE = ErrorClass(
    LOGIN,
    "on {source} the account {account} lacks the privilege REPLICATION SLAVE",
    "GRANT REPLICATION SLAVE to {account} on {source} (module replication_user, or playbook site)",
)
_LOGIN_REFUSED = ErrorClass(
    LOGIN,
    "{source} refuses the login as {account}: no such account for this replica's address, another password, another account that"
    " matches the address first, or a TLS requirement (X509) that the channel does not meet",
    "enforce the account on {source} (module replication_user, or playbook site with the right mysql_replication_password)",
)
_SAME_ID = ErrorClass(
    IDENTITY,
    "{replica} and {source} have the same server_id or server_uuid, or another replica has this one's",
    "give each server its own: mysql_replication_server_id; for a cloned server_uuid remove auto.cnf and restart the replica",
)
_EXPIRED = ErrorClass(
    LOGIN,
    "the password of {account} has expired on {source}",
    "renew it and set PASSWORD EXPIRE NEVER (module replication_user, or playbook site)",
)
_PURGED = ErrorClass(
    POSITION,
    "{source} no longer has (or never had) the binary logs from which {replica} would have to go on",
    "give {replica} a fresh copy of the source's data, then run again; nothing else gets the missing transactions back",
)
_NO_PLACE = ErrorClass(
    POSITION,
    "the channel of {replica} goes on from a file and position that are not in {source}'s binary logs",
    "let it find its place by GTID (playbook site with mysql_replication_gtid: true)",
)
# A super_read_only server refuses even root; the playbook turns it on again.
_BY_HAND = (
    "in one session of root SET GLOBAL super_read_only = OFF (only on MySQL), SET SESSION sql_log_bin = 0, then the statement; then"
    " run the playbook site, which starts the applier and makes the replica read-only again"
)
_DUPLICATE = ErrorClass(
    DATA,
    "{replica} already holds a row or an object that the source's transaction creates: somebody wrote on the replica",
    "compare that row or object on both servers, and keep elsewhere what is right on the replica alone; then delete it there, also"
    " where the two are alike, since the source's transaction creates it: " + _BY_HAND + ", or rebuild the replica",
)
_MISSING = ErrorClass(
    DATA,
    "{replica} lacks a row, table or object that the source's transaction changes: somebody wrote on the replica, an earlier"
    " transaction was skipped there (by the skip counter, or an empty one under its GTID), or it was attached without all data",
    "compare that table on both servers (playbook verify_data); put the row back on the replica: "
    + _BY_HAND
    + ", or rebuild the replica",
)
_ACCOUNT_THERE = ErrorClass(
    DATA,
    "{replica} has the account or role already that the source's statement creates: somebody made it on the replica",
    "drop the one that the error names there: " + _BY_HAND,
)
_ACCOUNT_GONE = ErrorClass(
    DATA,
    "{replica} lacks the account, role or grant that the source's statement changes or drops: somebody dropped it on the replica,"
    " or it was made on the source where that did not go to the binary log",
    "create the one that the error names there, so that the statement goes through (SHOW CREATE USER on {source}): " + _BY_HAND,
)
_CRASHED = ErrorClass(
    DATA,
    "a table on {replica} is damaged, which a crash does to MyISAM and Aria, and a bad or full disk to any engine",
    "on {replica}: see whether a disk is full or fails; CHECK TABLE for the one that the error names, then REPAIR LOCAL TABLE"
    " (InnoDB has none: rebuild the replica), which leaves no transaction of its own; then run the playbook site, and compare the"
    " table (playbook verify_data)",
)
_RELAY = ErrorClass(
    RELAY_LOG,
    "a relay log on {replica} is damaged",
    "with GTIDs: STOP REPLICA, RESET REPLICA (without ALL), START REPLICA; the log is fetched again. Then check the disk",
)
_UNREACHABLE = ErrorClass(
    NETWORK,
    "{replica} cannot reach {source}: the server is down, listens on another address (bind_address) or port, or a firewall is"
    " between",
    "see that the server runs and listens (ss -ltn) and that the port is open from {replica}",
)
_CHECKED = ErrorClass(
    DATA,
    "the channel's PRIVILEGE_CHECKS_USER lacks REPLICATION_APPLIER, or is no account any more",
    "GRANT REPLICATION_APPLIER ON *.* to it on {replica}, or STOP REPLICA and CHANGE REPLICATION SOURCE TO PRIVILEGE_CHECKS_USER ="
    " NULL",
)
_TLS = ErrorClass(
    TLS,
    "{replica} and {source} cannot agree on TLS",
    "give the right CA (source_tls_ca), or see whether the source's certificate is expired or made for another name",
)

_CLASSES: dict[int, ErrorClass] = {
    1045: _LOGIN_REFUSED,
    1698: _LOGIN_REFUSED,
    1130: ErrorClass(
        LOGIN,
        "{source} knows no account at all for this replica's address",
        "create {account} on {source} with a host that covers the replica's address (module replication_user, or playbook site)",
    ),
    13120: _NO_PRIVILEGE,
    1597: _NO_PRIVILEGE,
    3118: ErrorClass(LOGIN, "the account {account} is locked on {source}", "unlock it (module replication_user, or playbook site)"),
    4151: ErrorClass(LOGIN, "the account {account} is locked on {source}", "unlock it (module replication_user, or playbook site)"),
    3032: ErrorClass(
        LOGIN,
        "{source} is in offline mode, and lets in nobody who may not administer it",
        "on {source}: SET GLOBAL offline_mode = OFF, once you know why it was set",
    ),
    4150: ErrorClass(
        LOGIN,
        "{source} has blocked the account {account} after too many logins with a wrong password (max_password_errors)",
        "find out who tried; on {source}: FLUSH PRIVILEGES",
    ),
    1862: _EXPIRED,
    1820: _EXPIRED,
    2061: ErrorClass(
        LOGIN,
        "caching_sha2_password needs TLS or the source's public key, and the channel has neither",
        "turn TLS on for the channel (source_tls), or let it fetch the key",
    ),
    2059: ErrorClass(
        LOGIN,
        "{replica} lacks the client plugin for the authentication plugin of {account}",
        "give the account a plugin that the replica has (mysql_native_password on MariaDB, caching_sha2_password on MySQL)",
    ),
    1524: ErrorClass(
        LOGIN,
        "{source} has not loaded the authentication plugin of {account}",
        "give the account a plugin that the source has (module replication_user)",
    ),
    2026: _TLS,
    3159: ErrorClass(TLS, "{source} takes TLS connections only, and the channel's TLS is off", "set source_tls to required"),
    2002: _UNREACHABLE,
    2003: _UNREACHABLE,
    2013: _UNREACHABLE,
    2006: _UNREACHABLE,
    2005: ErrorClass(NETWORK, "the source's name is unknown on {replica}", "mend DNS or /etc/hosts there, or give its address"),
    1129: ErrorClass(
        NETWORK,
        "{source} has blocked {replica} after too many connection errors",
        "on the source: TRUNCATE performance_schema.host_cache (MySQL) or FLUSH HOSTS (MariaDB); then find out why they failed",
    ),
    1226: ErrorClass(
        LOGIN,
        "the account {account} has used up a limit on its connections that {source} has for it",
        "on {source}: ALTER USER for it, WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0"
        " MAX_USER_CONNECTIONS 0 (SHOW GRANTS or SHOW CREATE USER shows the limits)",
    ),
    1040: ErrorClass(NETWORK, "{source} has no connection left (max_connections)", "end idle connections or raise max_connections"),
    13117: _SAME_ID,
    1593: _SAME_ID,
    1200: ErrorClass(IDENTITY, "the replica's server_id is 0", "set a server_id (module server_config)"),
    13114: _PURGED,
    1236: _PURGED,
    1062: _DUPLICATE,
    1007: _DUPLICATE,
    1050: _DUPLICATE,
    1396: _ACCOUNT_THERE,
    1032: _MISSING,
    1146: _MISSING,
    1054: _MISSING,
    1049: _MISSING,
    1008: _MISSING,
    1141: _ACCOUNT_GONE,
    1133: _ACCOUNT_GONE,
    1410: _ACCOUNT_GONE,
    126: _CRASHED,
    130: _CRASHED,
    145: _CRASHED,
    1034: _CRASHED,
    1194: _CRASHED,
    1195: _CRASHED,
    1950: ErrorClass(
        DATA,
        "{replica} has transactions of its own in the source's GTID domain (gtid_strict_mode stops it)",
        "see what they did, and what mends it without a copy (playbook errant_transactions); rebuild the replica only where that"
        " does not do",
    ),
    13121: _RELAY,
    1594: _RELAY,
    1205: ErrorClass(
        DATA,
        "a transaction waited on {replica} for locks that a session there holds, until its time was up",
        "end that session on {replica} (SHOW PROCESSLIST; SELECT * FROM performance_schema.data_locks), then START REPLICA",
    ),
    13496: _CHECKED,
    1142: ErrorClass(
        DATA,
        "the channel's PRIVILEGE_CHECKS_USER may not change this table",
        "grant it the privilege, or set PRIVILEGE_CHECKS_USER = NULL",
    ),
}


#: What a server says where the login is in and lacks a right: to a database, a table, a column, an operation.
DENIED = frozenset({1044, 1142, 1143, 1227})
#: What a server says where a disk is full: ER_DISK_FULL, ER_ERROR_ON_WRITE, ER_RECORD_FILE_FULL, EE_WRITE.
DISK_FULL = frozenset({1021, 1026, 1114, 3})

# A fatal receiver error 13114/1236 carries its true reason only in the text.
# Error 1396 is "Operation CREATE USER failed", and the same of ALTER, DROP and RENAME, which need an account.
_NEEDS_AN_ACCOUNT = ("ALTER USER", "DROP USER", "RENAME USER", "DROP ROLE")

_SAID_IN_TEXT: tuple[tuple[str, ErrorClass], ...] = (
    ("same server_uuid", _SAME_ID),
    ("server_id is 0", ErrorClass(IDENTITY, "the server_id of {source} is 0", "set a server_id there (module server_config)")),
    (
        "more GTIDs than the source has",
        ErrorClass(
            POSITION,
            "{replica} has transactions that {source} lacks: the source lost its history, or the replica was written to",
            "compare gtid_executed on both; then rebuild the one whose data is wrong",
        ),
    ),
    ("first log file name", _NO_PLACE),
    ("impossible position", _NO_PLACE),
)


# Error 1950 of MariaDB: both GTIDs, of which the first was to come, and the second is in the replica's own binary log.
_OUT_OF_ORDER = re.compile(r"GTID (\d+-\d+)-\d+\b.*existing GTID (\d+-\d+)-\d+\b")
_SENT_AGAIN = ErrorClass(
    POSITION,
    "{source} sends what {replica} has already: the gtid_slave_pos there lacks the source's domain, or points too far back",
    "somebody set it. Compare it on {replica} with @@gtid_binlog_pos; STOP SLAVE; SET GLOBAL gtid_slave_pos to the further one of"
    " the two in each domain; START SLAVE",
)


#: ER_GTID_STRICT_OUT_OF_ORDER: a transaction of the replica's own comes to this, or a position that was set.
OUT_OF_ORDER = 1950


def says_rows_differ(errno: int) -> bool:
    """Whether an applier that stopped with this error has met rows or objects that its source does not have so."""
    return errno == OUT_OF_ORDER or _CLASSES.get(errno) in (_DUPLICATE, _MISSING, _ACCOUNT_THERE, _ACCOUNT_GONE)


def classify(errno: int, error: str) -> Optional[ErrorClass]:
    """The class of an error, ``None`` for one that this catalogue doesn't know."""
    both = _OUT_OF_ORDER.search(error) if errno == OUT_OF_ORDER else None
    if both and both.group(1) == both.group(2):
        return _SENT_AGAIN
    for text, error_class in _SAID_IN_TEXT:
        if errno in (1236, 13114) and text in error:
            return error_class
    if errno == 1396 and any(f"Operation {statement}" in error for statement in _NEEDS_AN_ACCOUNT):
        return _ACCOUNT_GONE
    return _CLASSES.get(errno)
