# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules' options take wherever they go, so that a wrong one is refused before anything is touched."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Union, cast

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

Number = Union[int, float]

_YEAR = 365 * 86400
_LARGEST_INT = 2**31 - 1
_LARGEST_UNSIGNED = 2**32 - 1


class Range(NamedTuple):
    """From ``least`` to ``most``, both included. ``variable``: the roles' name for the option, empty if they have none."""

    least: Number
    most: Number
    variable: str = ""


_PORT = Range(1, 65535)

#: No address and no account of a channel may hold one of these.
CONTROL_CHARACTERS = frozenset(map(chr, (*range(32), 127)))
#: Nor may its password hold one of these.
NOT_IN_PASSWORDS = frozenset("\0\r\n")

#: By option, whichever module has it. Manual, "CHANGE REPLICATION SOURCE TO", "server_id". Observed on MySQL 9.7: a connect_retry
#: of 0 becomes 60, one of 32 bits does not fit its table, and a port of 65536 is taken.
RANGES: Mapping[str, Range] = {
    "delay": Range(0, _LARGEST_INT, "mysql_replication_delay"),
    "connect_retry": Range(1, _LARGEST_INT, "mysql_replication_connect_retry"),
    "retry_count": Range(0, _LARGEST_UNSIGNED),
    "heartbeat_period": Range(0, 4294967),
    "source_port": _PORT._replace(variable="mysql_replication_source_port"),
    "source_log_pos": Range(4, 2**64 - 1),
    "server_id": Range(1, _LARGEST_UNSIGNED, "mysql_replication_server_id"),
    "source_log_started": Range(0, _LARGEST_UNSIGNED),
    "wait": Range(0, _YEAR),
    "round": Range(1, _LARGEST_UNSIGNED),
    "slice": Range(0.01, _YEAR, "mysql_replication_verify_slice"),
    "chunk_time": Range(0.001, _YEAR, "mysql_replication_verify_chunk_time"),
    "max_lag": Range(0, _YEAR, "mysql_replication_verify_max_lag"),
    "max_load": Range(1, _LARGEST_UNSIGNED, "mysql_replication_verify_max_load"),
    "keyless_rows": Range(0, 2**64 - 1, "mysql_replication_verify_keyless_rows"),
    # A replica hands what it found on to each further call.
    "most_differences": Range(1, 10000, "mysql_replication_verify_most_differences"),
    "login_port": _PORT._replace(variable="mysql_replication_login_port"),
    "connect_timeout": Range(1, _YEAR, "mysql_replication_login_connect_timeout"),
    "lock_timeout": Range(0, _YEAR),
}


def refuse_out_of_range(options: Mapping[str, object]) -> None:
    """Raises :class:`Refusal` for the first option whose number no server takes; ``None`` is an option that was not given."""
    for name, allowed in RANGES.items():
        if options.get(name) is None:
            continue
        value = cast(Number, options[name])
        if not allowed.least <= value <= allowed.most:
            where = f" (variable {allowed.variable})" if allowed.variable else ""
            raise Refusal(
                f"{name} is {value}, and takes numbers from {allowed.least} to {allowed.most}",
                f"give the option {name}{where} such a number, or leave it out; nothing was touched",
            )
