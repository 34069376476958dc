# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a primary and a replica need of their system variables: safe values, and which other values are as good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import OFF, ON

PRIMARY = "primary"
REPLICA = "replica"

SEVEN_DAYS = 7 * 86400
THIRTY_DAYS = 30 * 86400

_RETENTION = "binlog_expire_logs_seconds"

Accepts = Callable[[str], bool]

_LOGGED = "otherwise a replica that is refused, or cut off, is in no log of its source"


@dataclass(frozen=True)
class Requirement:
    """What one variable shall be. ``name`` is the modern one; servers that have no such variable need none.

    ``accepts`` says of a normalised value whether it is as good as the ``target``; without it only the target is.
    ``urgent``: a value that is wrong now is worth a restart; otherwise the next one, whenever it comes, is soon enough.
    """

    name: str
    target: str
    why: str
    accepts: Optional[Accepts] = None
    urgent: bool = True


def requirements(profile: str, server_id: int, address: str) -> list[Requirement]:
    """The profile's requirements. ``address`` is the host's own, for ``report_host``."""
    if profile == PRIMARY:
        return [*_PRIMARY_FIRST, *_common(server_id), *_PRIMARY]
    return [*_common(server_id), *_replica(address)]


def keeps_longer(name: str, value: str, other: str) -> bool:
    """Whether binary logs are kept by the one value that the server would remove by the other, once it is set."""
    return name == _RETENTION and int(value) > int(other)


def loopback_only(value: str) -> bool:
    """Whether a ``bind_address`` lets nobody in from outside; an empty one is a wildcard."""
    addresses = [address.strip().partition("/")[0].strip("[]").lower() for address in value.split(",") if address.strip()]
    return bool(addresses) and all(
        address.startswith("127.") or address in ("::1", "localhost", "::ffff:127.0.0.1") for address in addresses
    )


def _at_least(least: int) -> Accepts:
    return lambda value: value.isdigit() and int(value) >= least


def _one_of(*values: str) -> Accepts:
    return lambda value: value in values


def _named(value: str) -> bool:
    return value not in ("", OFF)


def _reachable_name(value: str) -> bool:
    return value != "" and not loopback_only(value)


def _open_to_others(value: str) -> bool:
    return not loopback_only(value)


def _common(server_id: int) -> list[Requirement]:
    return [
        Requirement("server_id", str(server_id), "each server of a topology needs its own"),
        Requirement("log_bin", "binlog", "without a binary log there is nothing to replicate", _named),
        Requirement("binlog_format", "ROW", "other formats may change different rows on a replica"),
        Requirement("binlog_row_image", "FULL", "with less than whole rows a replica may not find the row to change"),
        Requirement(
            _RETENTION,
            str(THIRTY_DAYS),
            "a replica that was away must find the binary logs it lacks",
            _at_least(SEVEN_DAYS),
        ),
        Requirement("sync_binlog", "1", "otherwise a crash of the host loses transactions that replicas have"),
        Requirement("innodb_flush_log_at_trx_commit", "1", "otherwise a crash loses committed transactions"),
        Requirement("enforce_gtid_consistency", ON, "GTIDs need it"),
        Requirement("gtid_mode", ON, "replicas find their position by GTID"),
        Requirement("gtid_strict_mode", ON, "it stops a replica at the first transaction that would diverge"),
        Requirement("gtid_domain_id", "0", "one writer, one domain"),
        # MySQL's variable and MariaDB's: each logs refused logins and aborted connections from this level on, and not below.
        Requirement("log_error_verbosity", "3", _LOGGED),
        Requirement("log_warnings", "2", _LOGGED, _at_least(2)),
    ]


_PRIMARY_FIRST = [
    Requirement("super_read_only", OFF, "a primary takes writes"),
    Requirement("read_only", OFF, "a primary takes writes"),
]

_PRIMARY = [
    Requirement("bind_address", "*", "replicas cannot connect to a loopback address", _open_to_others),
    Requirement("log_replica_updates", ON, "it must be able to become a replica that others follow", urgent=False),
]


def _replica(address: str) -> list[Requirement]:
    return [
        Requirement("log_replica_updates", ON, "without its own binary log of them it cannot be promoted"),
        Requirement("relay_log", "relay-bin", "relay logs named after the host are lost when the host is renamed", _named),
        Requirement("relay_log_recovery", ON, "a crash may leave a relay log broken; it is then fetched anew"),
        Requirement("report_host", address, "the primary lists its replicas under this name", _reachable_name),
        Requirement("replica_parallel_type", "LOGICAL_CLOCK", "appliers work in parallel within a database too"),
        Requirement("replica_parallel_workers", "4", "one applier thread falls behind a busy primary", _at_least(2)),
        Requirement(
            "replica_parallel_mode",
            "optimistic",
            "appliers work in parallel and commit in order",
            _one_of("optimistic", "conservative"),
        ),
        Requirement("replica_preserve_commit_order", ON, "otherwise the replica shows states that the primary never had"),
        Requirement("bind_address", "*", "once promoted it must let the others in", _open_to_others, urgent=False),
        Requirement("read_only", ON, "a replica takes writes from its source alone"),
        Requirement("super_read_only", ON, "a replica takes writes from its source alone, administrators' too"),
    ]
