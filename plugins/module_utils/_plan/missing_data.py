# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a replica lacks what no channel brings: it needs a copy of the source's data first."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ReplicaState, SourceView
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import NeedsCopy, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import channel_safety
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel


def refuse_loss(dialect: Dialect, state: ReplicaState, source: SourceView, desired: DesiredChannel) -> None:
    """As ``channel_safety.refuse_loss``; :class:`NeedsCopy` where the collection can give the replica a copy by itself."""
    client = source.client.rpartition("@")[2]
    if state.half_copied:
        raise _half_copied(state, desired, client)
    try:
        channel_safety.refuse_loss(dialect, state, source, desired)
    except Refusal as refusal:
        if not channel_safety.may_be_copied(state, desired):
            raise
        raise NeedsCopy(refusal.cause, refusal.remedy, state.has_tables, client) from None


def foreseen(dialect: Dialect, state: ReplicaState, desired: DesiredChannel) -> list[Refusal]:
    """What :func:`refuse_loss` will say whatever the source says, where the source cannot be asked yet."""
    if state.half_copied:
        return [_half_copied(state, desired, "")]
    if state.has_tables or state.channels or desired.source_history_complete or not desired.auto_position:
        return []
    refusal = channel_safety.gap_of_empty(dialect, state, desired)
    return [NeedsCopy(refusal.cause, refusal.remedy, False, "")]


def _half_copied(state: ReplicaState, desired: DesiredChannel, client: str) -> NeedsCopy:
    ends = desired.ends(state.identity.hostname)
    return NeedsCopy(
        f"a copy of the data of {ends.source} to {ends.replica} was broken off: what {ends.replica} holds is a part of it",
        "run playbook site again: it begins the copy anew (mysql_replication_seed other than never)",
        False,
        client,
    )
