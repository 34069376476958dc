# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replication channel as a server reports it, and both ends of it as the planner needs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

#: Option names are MySQL's modern ones in lower case (``source_host``, ``tls``, ``delay``); the dialect knows a server's own.
OptionValue = Union[str, int, float, bool, Secret]
Options = Mapping[str, OptionValue]

ON = "on"
OFF = "off"
CONNECTING = "connecting"


@dataclass(frozen=True)
class Thread:
    """The receiver or the applier: ``state`` is ON, OFF or CONNECTING; ``errno`` 0 means no error."""

    state: str
    errno: int = 0
    error: str = ""

    @property
    def healthy(self) -> bool:
        """Runs, with no error standing."""
        return self.state == ON and not self.errno


@dataclass(frozen=True)
class Coordinates:
    """A place in the source's binary log."""

    file: str
    position: int

    def __str__(self) -> str:
        return f"{self.file}:{self.position}"


@dataclass(frozen=True)
class Channel:
    """One channel: its configuration and what its threads do.

    ``options`` holds ``source_password`` only where the server lets us read it. ``executed`` is how far the applier came in
    the source's binary log, ``relay_log`` the same place in the replica's own; ``lag`` is in seconds, ``None`` where the
    server doesn't know it. ``received`` is how far the receiver came in the source's binary log, ``received_gtids`` what it got
    there, in the server's own GTID form; ``source_id`` is the server_id of the source that it last spoke to, 0 for none.
    ``filters`` are of the form ``Replicate_Ignore_DB=scratch``; ``ignored_servers`` are numbers of IGNORE_SERVER_IDS.
    """

    name: str
    options: Options
    receiver: Thread
    applier: Thread
    executed: Optional[Coordinates]
    lag: Optional[int]
    source_uuid: str = ""
    relay_log: Optional[Coordinates] = None
    received: Optional[Coordinates] = None
    received_gtids: str = ""
    source_id: int = 0
    filters: tuple[str, ...] = ()
    ignored_servers: tuple[int, ...] = ()

    @property
    def healthy(self) -> bool:
        """Both threads run, with no error standing."""
        return self.receiver.healthy and self.applier.healthy

    def rests_at(self, source: Identity) -> bool:
        """Whether the receiver does not run, and would go on by GTID with this server, which it has read from before."""
        knows = self.source_uuid == source.server_uuid and self.source_id in (0, source.server_id)
        return knows and self.receiver.state != ON and bool(self.options["auto_position"])


@dataclass(frozen=True)
class Identity:
    """Who a server is. ``server_uuid`` is empty on MariaDB, which has none."""

    version: ServerVersion
    server_id: int
    server_uuid: str
    hostname: str
    port: int


@dataclass(frozen=True)
class GtidState:
    """What a server's GTID variables say, by variable name; the dialect's GTID part reads them."""

    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReplicaState:
    """The replica's end, read in one go."""

    identity: Identity
    gtid: GtidState
    channels: tuple[Channel, ...]
    has_tables: bool
    offers_tls: bool
    #: A copy of the source's data was begun, and not finished.
    half_copied: bool = False
    #: What its errant transactions did, shortly and without values; empty where it has none, or nobody could read it.
    errant_did: str = ""
    #: Whether all that they did was to change neither rows nor objects.
    errant_is_upkeep: bool = False

    def channel(self, name: str) -> Optional[Channel]:
        """The channel of that name."""
        return next((channel for channel in self.channels if channel.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Ahead:
    """What a source's binary log holds after the place that a channel by file and position has come to.

    ``anonymous`` is the place of the first transaction without a GTID; ``gtids`` names those with one, if there is none without.
    ``unknown`` says why neither can be told.
    """

    anonymous: Optional[Coordinates] = None
    gtids: str = ""
    unknown: str = ""


@dataclass(frozen=True)
class SourceView:
    """The source as a trial connection from the replica's host saw it, logged in as the channel would be.

    ``account`` is the account that the server chose (``repl@%``); ``logs`` that the source keeps a binary log; ``is_self`` that
    the connection ended at the replica itself. ``ahead`` is ``None`` where nobody needed to look. ``client`` is the replica as the
    source sees it (``repl@db2``), ``clock`` the source's time at the login, in seconds since the epoch. ``rewritten``: its binary
    log is not the one any more that the channel has read. ``purged`` names transactions that it has no longer, and the
    replica lacks, where only its binary log tells that.
    """

    identity: Identity
    gtid: GtidState
    account: str
    may_replicate: bool
    encrypted: bool
    logs: bool
    is_self: bool = False
    ahead: Optional[Ahead] = None
    client: str = ""
    clock: float = 0.0
    rewritten: bool = False
    purged: str = ""


@dataclass(frozen=True)
class TrialFailure:
    """Why the trial connection failed: the client's or server's error number and text.

    ``reading`` is what could not be read once the login had passed, in words; it is empty where the login itself failed.
    """

    errno: int
    error: str
    reading: str = ""
