# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the primary was moved by hand, and the inventory still names the old one.

Enforced then, the inventory would take the writes away from the server that applications use, or open the one that they left.
"""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.standing import Standing

_SHOWN = 200


class Doubt(NamedTuple):
    """A server that may not be what the inventory calls it any more, what speaks for that, and what a person does."""

    name: str
    evidence: str
    remedy: str


def doubts(primary_name: str, primary: Optional[Standing], replicas: Sequence[Standing], unread: Sequence[str]) -> list[Doubt]:
    """The servers whose roles are in doubt. ``primary`` is ``None`` where it was not read; ``unread`` are such replicas."""
    found = []
    for replica in replicas:
        evidence = _promoted(replica, primary_name, primary, replicas)
        if evidence:
            found.append(Doubt(replica.name, evidence, _promoted_remedy(replica.name, primary_name, primary)))
        elsewhere = _led_elsewhere(replica, primary, unread)
        if elsewhere:
            state = f"{primary_name} was not read" if primary is None else f"{primary_name} takes no writes"
            evidence = f"{replica.name} replicates from {elsewhere}, which was not read; {state}"
            found.append(Doubt(replica.name, evidence, _elsewhere_remedy(elsewhere, primary_name)))
    if primary is not None and not found:
        evidence = _demoted(primary, replicas, unread)
        found += [Doubt(primary.name, evidence, _demoted_remedy(primary.name, unread))] if evidence else []
    return found


def _promoted(replica: Standing, primary_name: str, primary: Optional[Standing], replicas: Sequence[Standing]) -> str:
    """What speaks for a replica being the primary now, or about to be; empty for nothing."""
    if not replica.rests:
        return ""
    idle = "replicates from nobody" if not replica.follows else "has stopped to replicate"
    if primary is not None and replica.name in primary.follows:
        return f"{primary.name} replicates from {replica.name}, which {idle}"
    if not replica.has_tables:
        return ""
    traces = list(_traces(replica, primary, replicas))
    is_shut = primary is not None and not primary.takes_writes
    if not replica.takes_writes:
        return f"{primary_name} takes no writes, and {replica.name} {idle}; {'; '.join(traces)}" if is_shut and traces else ""
    state = [f"{primary_name} was not read"] if primary is None else [f"{primary_name} takes none"] if is_shut else []
    return f"{replica.name} takes writes and {idle}; {'; '.join([*state, *traces])}" if state or traces else ""


def _traces(replica: Standing, primary: Optional[Standing], replicas: Sequence[Standing]) -> Iterator[str]:
    """What only a primary leaves behind: writes of its own, and replicas."""
    if primary is not None:
        gtid = dialect_for(replica.identity.version).gtid
        own = gtid.written(replica.gtid, replica.identity, primary.gtid)
        # A server with nothing but data of its own never was a replica.
        if own and gtid.related(replica.gtid, primary.gtid):
            shown = own if len(own) <= _SHOWN else f"{own[:_SHOWN]} …"
            both = ", and both take writes" if primary.takes_writes else ""
            yield f"it wrote {shown}, which {primary.name} lacks{both}"
    followers = [one.name for one in replicas if replica.name in one.follows]
    if followers:
        yield f"{', '.join(followers)} replicate{'s' if len(followers) == 1 else ''} from it"


def _led_elsewhere(replica: Standing, primary: Optional[Standing], unread: Sequence[str]) -> str:
    """The server from which a replica runs that was not read, where nothing tells that this is not the primary now."""
    if replica.rests or (primary is not None and primary.takes_writes):
        return ""
    return next((name for name in replica.follows if name in unread), "")


def _demoted(primary: Standing, replicas: Sequence[Standing], unread: Sequence[str]) -> str:
    """A primary without writes that no replica runs from is one that was left, or is about to be."""
    is_followed = any(primary.name in one.follows and not one.rests for one in replicas)
    could_be_replaced = bool(unread) or any(one.has_tables for one in replicas)
    if primary.takes_writes or not primary.has_tables or is_followed or not could_be_replaced:
        return ""
    rest = f", and {', '.join(unread)} was not read" if unread else ""
    return f"{primary.name} takes no writes, and no replica that was read runs from it{rest}"


def _promoted_remedy(replica: str, primary: str, state: Optional[Standing]) -> str:
    channel = f", and STOP and RESET the channel of {primary} (REPLICA ALL, SLAVE ALL)" if state and state.follows else ""
    return (
        f"Find out which of the two applications write to. If {replica}: put {replica} into the inventory's group of the primary"
        f" and {primary} into that of the replicas. If {primary}: SET GLOBAL read_only = ON on {replica} by hand{channel}. What"
        f" {replica} wrote, the playbook errant_transactions shows"
    )


def _elsewhere_remedy(source: str, primary: str) -> str:
    return (
        f"Have {source} and {primary} read too (without --limit), or find out which server applications write to. If {source}: put"
        f" it into the inventory's group of the primary, and {primary} into that of the replicas"
    )


def _demoted_remedy(primary: str, unread: Sequence[str]) -> str:
    more = f"Have {', '.join(unread)} read too, or find" if unread else "Find"
    return (
        f"{more} out which server applications write to. If {primary}: SET GLOBAL read_only = OFF there by hand. If another: put it"
        " into the inventory's group of the primary"
    )
