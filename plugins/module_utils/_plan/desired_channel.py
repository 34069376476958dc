# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a replica's channel shall be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import Ends
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Channel,
    Options,
    SourceView,
    TrialFailure,
)

TLS_AUTO = "auto"
TLS_REQUIRED = "required"
TLS_OFF = "off"

Source = Union[SourceView, TrialFailure]


@dataclass(frozen=True)
class DesiredChannel:
    """What the channel shall be. ``options`` holds only what the user declared; ``tls`` is one of the TLS_ words.

    ``source_history_complete``: the source's binary logs reach back to its first row, so that an empty replica may start there.
    ``source_history_begun_anew`` names a table of the source that is older than its first binary log, empty if there is none.
    ``source_log_started`` is when that log was begun, in seconds since the epoch, ``None`` where it is gone or nobody knows.
    ``reconnect``: the receiver logs in anew even if it runs.
    """

    name: str
    options: Options
    tls: str
    tls_verify: Optional[bool]
    source_history_complete: bool
    reconnect: bool
    source_history_begun_anew: str = ""
    source_log_started: Optional[int] = None

    @property
    def auto_position(self) -> bool:
        """By GTID, not by file and position."""
        return bool(self.options["auto_position"])

    def ends(self, replica: str) -> Ends:
        """The two ends in words."""
        return Ends(str(self.options["source_user"]), f"{self.options['source_host']}:{self.options['source_port']}", replica)


def same_source(channel: Channel, desired: DesiredChannel) -> bool:
    """Whether the channel follows the declared address."""
    return all(channel.options.get(name) == desired.options[name] for name in ("source_host", "source_port"))


def channel_target(name: str) -> str:
    """The channel in words, as steps and refusals name it."""
    return f"channel '{name}'" if name else "the default channel"
