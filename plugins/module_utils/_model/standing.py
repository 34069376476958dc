# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server is by what it does: whether it takes writes, and from whom it replicates, whatever the inventory calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity


@dataclass(frozen=True)
class Standing:
    """``name`` and the names in ``follows`` are the inventory's. ``rests``: no thread of any channel runs.

    ``follows`` has those servers of the inventory that its channels lead to, whether they run or not.
    """

    name: str
    identity: Identity
    gtid: GtidState
    takes_writes: bool
    has_tables: bool
    follows: tuple[str, ...]
    rests: bool


def is_writable(read_only: Optional[str]) -> bool:
    """Whether the variable ``read_only`` lets applications write; nobody knows it of ``None``."""
    return read_only in ("OFF", "0")
