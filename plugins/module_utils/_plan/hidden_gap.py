# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Transactions that a replica lacks though its channel shows no error: its position has gone on behind them."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, GtidState, SourceView
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import RegisteredReplica
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import Wanted


def refuse_hidden_gap(
    dialect: Dialect, channels: Sequence[Channel], gtid: GtidState, source: Optional[SourceView], names: Mapping[str, str]
) -> None:
    """Raises :class:`Refusal` where there is such a gap; several channels say nothing of the place of one of them.

    ``source`` is ``None`` where it was not asked; ``names`` are those of ``replica`` and ``source`` for people.
    """
    if len(channels) != 1 or not channels[0].options["auto_position"]:
        return
    found = dialect.gtid.passed_over(gtid, channels[0], source)
    if found is not None:
        raise Refusal(
            f"{names['replica']} has passed over transactions of {names['source']} and does not hold their rows: {found.gtids}. It"
            " had the server_id that they bear for a while, so it took them for its own, or its position was set by hand",
            found.remedy.format(**names),
        )


def refuse_number_of_a_replica(dialect: Dialect, hostname: str, number: Wanted, replicas: Sequence[RegisteredReplica]) -> None:
    """Raises :class:`Refusal` where a replica that logged in has the server_id that this server has by now and shall not keep.

    The binary log keeps the number, so that what was written with it never comes to that replica while it has the same; a later
    transaction, with another number, would hide the gap.
    """
    has = number.variable.value
    for replica in replicas:
        if str(replica.server_id) == has:
            where = replica.host or f"the replica with server_id {has}"
            raise Refusal(
                f"{hostname} has server_id {has}, which is that of {where}, its replica: as its own, that leaves out all that"
                f" {hostname} has written since it took that number, and another number here would hide the gap",
                f"on {where}: {dialect.gtid.with_another_number}. Once its rows are there, on {hostname}: SET GLOBAL server_id ="
                f" {number.target}. Then run again: the replica gets its own number back",
            )
