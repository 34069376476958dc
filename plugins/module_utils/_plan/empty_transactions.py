# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans empty transactions on a source, under the GTIDs of transactions that only a replica has: then these are errant no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import GtidState, Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.mysql_gtid import GtidSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Performed, Step

_SHOWN = 200


@dataclass(frozen=True)
class DesiredEmpty:
    """``gtids``: those that somebody has named; ``errant``: what was found on each replica; ``most`` transactions at once."""

    gtids: str
    errant: Sequence[str]
    most: int


def plan_empty(
    dialect: Dialect, identity: Identity, state: GtidState, desired: DesiredEmpty, doing: Callable[[str], Performed]
) -> list[Step]:
    """A step for each transaction that this source still lacks; ``doing`` gives what it does.

    Raises :class:`Refusal` where the server family cannot, and for transactions that are none of these.
    """
    if dialect.errant.cannot_empty:
        ends = {"source": identity.hostname, "replica": "the replica"}
        raise Refusal(
            f"{identity.hostname} cannot take errant transactions over as empty ones: {dialect.errant.cannot_empty}",
            f"{dialect.gtid.settle_errant.format(**ends)}; or, at last, rebuild the replica (playbook rebuild_replica)",
        )
    if not dialect.gtid.enabled(state):
        raise Refusal(f"{identity.hostname} has gtid_mode off, and so no GTIDs to give", "run playbook site first")
    named, found = _parsed("gtids", desired.gtids), _parsed("errant", ",".join(desired.errant))
    own = named.restricted_to(identity.server_uuid)
    if own:
        raise Refusal(
            f"{_short(own)} began on {identity.hostname} itself, which has lost it: its history was reset or restored",
            "find out which server has the right data, and rebuild the others from it; empty transactions would hide lost rows",
        )
    if named - found:
        raise Refusal(
            f"no replica in this run has {_short(named - found)} as errant transactions",
            "name those that were found (mysql_replication_errant_gtids), and no others",
        )
    missing = named - GtidSet.parse(dialect.errant.state(state))
    if missing.count > desired.most:
        raise Refusal(
            f"{missing.count} transactions would become empty ones on {identity.hostname}, and no more than {desired.most} may",
            "a replica with so many of its own is better rebuilt (playbook rebuild_replica); otherwise raise"
            " mysql_replication_errant_most",
        )
    why = "it is errant no more once its source has it; what it did stays where it is, and comes to no other server"
    return [Step(why, f"transaction {gtid}", None, "empty", doing(gtid)) for gtid in missing.each()]


def left(dialect: Dialect, state: GtidState, desired: DesiredEmpty) -> list[str]:
    """What is still errant on each replica, in their order, when those that were named are no more."""
    settled = _parsed("gtids", desired.gtids) | GtidSet.parse(dialect.errant.state(state))
    return [str(_parsed("errant", one) - settled).replace("\n", "") for one in desired.errant]


def _parsed(option: str, text: str) -> GtidSet:
    try:
        return GtidSet.parse(text)
    except ValueError as error:
        raise Refusal(f"{option} is no GTID set: {error}", "give it as the replica's losses name it; nothing was touched") from None


def _short(gtids: GtidSet) -> str:
    text = str(gtids).replace("\n", "")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
