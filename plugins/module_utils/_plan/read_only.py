# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why nothing that replicates can, or may, be changed on a server that is read-only."""

from __future__ import annotations

from typing import Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

#: Whichever of them the server has.
VARIABLES = ("super_read_only", "read_only")


def read_only_obstacles(where: str, variables: Mapping[str, str], what: str) -> list[Refusal]:
    """``what`` is to be changed, in words and in the plural; ``variables`` are the server's own, by name."""
    on = [name for name in VARIABLES if variables.get(name, "OFF") not in ("OFF", "")]
    if not on:
        return []
    return [
        Refusal(
            f"{where} has {on[0]} = {variables[on[0]]}: {what} are changed on the primary, from where they replicate;"
            " here the change is refused (error 1290), or it would be an errant transaction",
            "run this on the primary; if this is the primary, make it writable first (module server_config with profile primary)",
        )
    ]
