# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What values mean where a server does not tell: it calls them texts or sets, yet prints other words than it was given."""

from __future__ import annotations

from typing import Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    FLAGS,
    LOG,
    NAME,
    SET,
    VariableType,
)

_LOGS = frozenset({"log_bin", "relay_log"})
_FLAGS = frozenset({"optimizer_switch", "optimizer_trace", "optimizer_trace_features"})
#: Character sets and collations begin so.
_CHARACTERS = ("character_set_", "collation_", "default_collation_for_")
#: Storage engines and locales; the server finds them in any case, and prints its own spelling.
_NAMES = frozenset(
    {
        *("default_storage_engine", "default_tmp_storage_engine", "enforce_storage_engine", "storage_engine"),
        *("external_table_storage_engine", "lc_messages", "lc_time_names"),
    }
)
#: Variables of the server itself that are no options: a server would not start with one of these in its file.
NOT_OPTIONS = frozenset({"time_zone", "tx_isolation", "tx_read_only"})
_BOOLEANS = frozenset({"innodb_log_writer_threads"})


def type_by_meaning(
    name: str, values: Mapping[str, str], utf8: str, sql_modes: Mapping[str, tuple[str, ...]]
) -> Optional[VariableType]:
    """The type of a variable that is known by its name, else ``None``. ``values`` are all global ones.

    ``utf8`` is what the server calls the character set of that name; ``sql_modes`` are those that stand for several.
    """
    if name in _LOGS:
        return VariableType(LOG, directory=values["datadir"])
    if name == "sql_mode":
        return VariableType(SET, stands_for=sql_modes)
    if name.startswith(_CHARACTERS):
        return VariableType(NAME, utf8=utf8)
    for names, kind in ((_FLAGS, FLAGS), (_NAMES, NAME), (_BOOLEANS, BOOLEAN)):
        if name in names:
            return VariableType(kind)
    return None


def grain(name: str, values: Mapping[str, str]) -> int:
    """What the server rounds a number up to a multiple of.

    Manual, "Configuring InnoDB Buffer Pool Size": the pool is whole chunks in each instance. Newer MariaDB has chunks of 0.
    """
    if name != "innodb_buffer_pool_size":
        return 1
    chunk, instances = (int(values.get(f"innodb_buffer_pool_{part}", "1")) for part in ("chunk_size", "instances"))
    return chunk * instances or 1
