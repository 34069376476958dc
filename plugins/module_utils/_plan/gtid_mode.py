# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans gtid_mode online, one legal step after the other; begun halfway, it goes on from there."""

from __future__ import annotations

from typing import Callable, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import OFF as STOPPED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import AwaitStatus, Step

MODES = ("OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON")

#: The step that gives the variable this value.
Assign = Callable[[str, str], Step]


class Progress(NamedTuple):
    """A channel, how far its receiver came, and a query that gives ``1`` once its applier has come as far."""

    channel: Channel
    received: Coordinates
    applied: str


_ANONYMOUS = (
    "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Ongoing_anonymous_transaction_count'"
)
_OWNED = "SELECT @@global.gtid_owned"


def plan_gtid_mode(now: str, target: str, assign: Assign, channels: Sequence[Progress]) -> list[Step]:
    """The steps from one mode to another.

    MySQL manual, "Enabling GTID Transactions Online": a mode changes only to its neighbour; ON comes after all anonymous
    transactions have ended, here and in the relay logs.
    """
    start, end = MODES.index(now), MODES.index(target)
    if end < start:
        _refuse_auto_position(channels, target)
    steps: list[Step] = []
    for index in range(start + 1, end + 1):
        if MODES[index] == "ON":
            steps += _await_anonymous(MODES[index - 1], channels)
        steps.append(assign(MODES[index - 1], MODES[index]))
    for index in range(start - 1, end - 1, -1):
        if MODES[index] == "OFF":
            steps.append(_await(MODES[index + 1], "transactions with a GTID to end", _OWNED, ""))
        steps.append(assign(MODES[index + 1], MODES[index]))
    return steps


def _refuse_auto_position(channels: Sequence[Progress], target: str) -> None:
    using = [progress.channel.name for progress in channels if progress.channel.options.get("auto_position")]
    if using:
        names = ", ".join(f"'{name}'" for name in using)
        raise Refusal(
            f"gtid_mode cannot become {target} while channels find their position by GTID: {names}",
            "change the channels to file and position first (module replica with auto_position: false)",
        )


def _await_anonymous(mode: str, channels: Sequence[Progress]) -> list[Step]:
    steps = [_await(mode, "transactions without a GTID to end", _ANONYMOUS, "0")]
    for channel, received, applied in channels:
        if channel.options.get("auto_position") or channel.executed == received:
            continue
        if channel.applier.state == STOPPED:
            raise Refusal(
                f"gtid_mode cannot become ON: the applier of channel '{channel.name}' is stopped at {channel.executed}, and its"
                f" relay log goes on to {received}, with transactions that may have no GTID",
                "let the applier catch up (module replica), then run again",
            )
        steps.append(
            _await(
                mode,
                f"the applier of channel '{channel.name}' to reach {received}: what this replica has received may"
                " hold transactions without a GTID",
                applied,
                "1",
            )
        )
    return steps


def _await(mode: str, waiting_for: str, query: str, wanted: str) -> Step:
    why = "the next gtid_mode does not know them"
    return Step(why, "system variable gtid_mode", mode, mode, AwaitStatus(query, wanted, waiting_for))
