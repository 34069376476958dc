# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans gtid_mode online, one legal step after the other; begun halfway, it goes on from there."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import OFF as STOPPED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import AwaitStatus, Step

MODES = ("OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON")

#: The step that gives the variable this value.
Assign = Callable[[str, str], Step]
#: A query that gives ``1`` once the applier of the channel of this name has come to this place.
Applied = Callable[[Coordinates, str], str]


class GtidOnly(NamedTuple):
    """From which place on a source's binary log holds transactions with a GTID only."""

    server_uuid: str
    place: Coordinates


class Way(NamedTuple):
    """How far one call may take gtid_mode on its way to ON, and what is known of the source that the server follows.

    MySQL manual, "Enabling GTID Transactions Online": every server of a topology must reach each mode before any goes on.
    """

    until: str = "ON"
    source: Optional[GtidOnly] = None


#: How many transactions without a GTID are open.
ANONYMOUS = (
    "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ongoing_anonymous_transaction_count'"
)
#: How many replicas are connected by file and position.
FOLLOWERS = "SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_COMMAND = 'Binlog Dump'"
_OWNED = "SELECT @@global.gtid_owned"


def plan_gtid_mode(now: str, target: str, assign: Assign, channels: Sequence[Channel], applied: Applied, way: Way) -> list[Step]:
    """The steps from one mode to another, or on the way up as far as this call may go.

    MySQL manual, "Enabling GTID Transactions Online": a mode changes only to its neighbour; ON comes after all anonymous
    transactions have ended, here and on their way from the source. In ON_PERMISSIVE no further ones begin.
    """
    start = MODES.index(now)
    end = _end(now, target, way)
    if end < start:
        _refuse_auto_position(channels, target)
    steps: list[Step] = []
    for index in range(start + 1, end + 1):
        if MODES[index] == "ON":
            steps += _await_appliers(MODES[index - 1], channels, applied, way)
            steps.append(_await_anonymous(MODES[index - 1]))
        steps.append(assign(MODES[index - 1], MODES[index]))
        if MODES[index] == "ON_PERMISSIVE":
            steps.append(_await_anonymous(MODES[index]))
    for index in range(start - 1, end - 1, -1):
        if MODES[index] == "OFF":
            steps.append(_await(MODES[index + 1], "transactions with a GTID to end", _OWNED, ""))
        steps.append(assign(MODES[index + 1], MODES[index]))
    return steps


def obstacles_to_on(now: str, target: str, channels: Sequence[Channel], way: Way) -> list[Refusal]:
    """What forbids this call's last step to ON: a server with ON cannot apply what comes without a GTID."""
    if now == "ON" or MODES[_end(now, target, way)] != "ON":
        return []
    return [found for channel in _by_position(channels) for found in _obstacles(channel, way)]


def _end(now: str, target: str, way: Way) -> int:
    """A server that is further already stays there."""
    start, end = MODES.index(now), MODES.index(target)
    return end if end < start else max(start, min(end, MODES.index(way.until)))


def _by_position(channels: Sequence[Channel]) -> list[Channel]:
    return [channel for channel in channels if not channel.options.get("auto_position")]


def _obstacles(channel: Channel, way: Way) -> list[Refusal]:
    source = f"{channel.options['source_host']}:{channel.options['source_port']}"
    stopped = [name for name, thread in (("receiver", channel.receiver), ("applier", channel.applier)) if thread.state == STOPPED]
    if stopped:
        return [
            Refusal(
                f"gtid_mode cannot become ON: the {' and the '.join(stopped)} of channel '{channel.name}' is stopped at"
                f" {channel.executed}, and what {source} wrote after it may have no GTID; ON could not apply that, and a position"
                " by GTID would skip it silently",
                f"let it catch up by file and position (START REPLICA FOR CHANNEL '{channel.name}'), then run again; remove the"
                " channel if it is not used any more (module replica with state: absent)",
            )
        ]
    if _gtid_only(channel, way) is None:
        return [
            Refusal(
                f"gtid_mode cannot become ON: nobody says from where on {source}, the source of channel '{channel.name}', writes"
                " transactions with a GTID only: it has no part in this run, or one without is still open there",
                "take the source to gtid_mode ON_PERMISSIVE before, in the same run (playbook site does; module server_config"
                " returns gtid_only_from there and takes it here as source_gtid_only_from), or keep gtid_mode as it is (settings)",
            )
        ]
    return []


def _gtid_only(channel: Channel, way: Way) -> Optional[Coordinates]:
    if way.source is None or not channel.source_uuid or way.source.server_uuid != channel.source_uuid:
        return None
    return way.source.place


def _refuse_auto_position(channels: Sequence[Channel], target: str) -> None:
    using = [channel.name for channel in channels if channel.options.get("auto_position")]
    if using:
        names = ", ".join(f"'{name}'" for name in using)
        raise Refusal(
            f"gtid_mode cannot become {target} while channels find their position by GTID: {names}",
            "change the channels to file and position first (module replica with auto_position: false)",
        )


def _await_anonymous(mode: str) -> Step:
    return _await(mode, "transactions without a GTID to end", ANONYMOUS, "0")


def _await_appliers(mode: str, channels: Sequence[Channel], applied: Applied, way: Way) -> list[Step]:
    steps: list[Step] = []
    for channel in _by_position(channels):
        place = _gtid_only(channel, way) or channel.executed or Coordinates("", 4)
        what = f"the applier of channel '{channel.name}' to have applied all that its source wrote without a GTID"
        steps.append(_await(mode, what, applied(place, channel.name), "1"))
    return steps


def _await(mode: str, waiting_for: str, query: str, wanted: str) -> Step:
    why = "the next gtid_mode does not know them"
    return Step(why, "system variable gtid_mode", mode, mode, AwaitStatus(query, wanted, waiting_for))
