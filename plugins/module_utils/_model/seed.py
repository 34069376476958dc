# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of a source's data into an empty replica: what is wanted, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ReplicaState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret

DUMP = "dump"

#: The account that a copy logs in to its source with. It is there only while a copy runs.
SEED_USER = "dbops_seed"
#: The database that a replica holds while a copy runs, so that a copy that was broken off is known from data that somebody needs.
MARKER = "dbops_seed"
#: Its table of what the copy changed for its time: a name and the value before.
MARKER_TABLE = "before"


@dataclass(frozen=True)
class DesiredCopy:
    """``overwrite``: what the replica holds may be dropped. ``anew``: it is dropped although the replica could follow without a
    copy. ``host`` and ``port`` are where it reaches the source.
    """

    method: str
    host: str
    port: int
    user: str
    password: Secret
    tls: str
    tls_ca: str
    channel: str
    overwrite: bool
    anew: bool = False


@dataclass(frozen=True)
class Folder:
    """Where a replica's data lies, and how many bytes are free there."""

    path: str
    free: int


@dataclass(frozen=True)
class SourceData:
    """What the source holds: bytes of its tables and indexes, and variables on which a copy depends.

    ``has_login``: it has the account that this run is logged in to the replica with. ``rounded``: some of the columns that a dump
    rounds.
    """

    size: int
    variables: Mapping[str, str] = field(default_factory=dict)
    has_login: bool = True
    rounded: tuple[str, ...] = ()


@dataclass(frozen=True)
class CopyState:
    """The replica before the copy.

    ``schemas`` are the databases that hold anything and are not the server's own; ``before`` is what a copy that was broken off
    has noted down. ``folder`` is ``None`` where the data lies on another host; ``login`` is the account of this run. ``held``:
    bytes of what it holds; ``followers`` replicate from it.
    """

    replica: ReplicaState
    schemas: tuple[str, ...]
    variables: Mapping[str, str]
    before: Mapping[str, str]
    folder: Optional[Folder]
    login: AccountName
    held: int = 0
    followers: tuple[str, ...] = ()
