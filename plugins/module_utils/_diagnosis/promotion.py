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
    if primary is not None and not found and unread:
        evidence = _demoted(primary, replicas, unread)
        found += [Doubt(primary.name, evidence, _demoted_remedy(primary.name, unread))] if evidence else []
    return found


def _promoted(replica: Standing, primary_name: str, primary: Optional[Standing], replicas: Sequence[Standing]) -> str:
    """What speaks for a replica being the primary now; empty for nothing."""
    if not replica.rests:
        return ""
    idle = "replicates from nobody" if not replica.follows else "has stopped to replicate"
    if primary is not None and replica.name in primary.follows:
        return f"{primary.name} replicates from {replica.name}, which {idle}"
    if not (replica.takes_writes and replica.has_tables):
        return ""
    signs = list(_signs(replica, primary_name, primary, replicas))
    return f"{replica.name} takes writes and {idle}; {'; '.join(signs)}" if signs else ""


def _signs(replica: Standing, primary_name: str, primary: Optional[Standing], replicas: Sequence[Standing]) -> Iterator[str]:
    if primary is None:
        yield f"{primary_name} was not read"
    else:
        if not primary.takes_writes:
            yield f"{primary.name} takes none"
        gtid = dialect_for(replica.identity.version).gtid
        own = gtid.written(replica.gtid, replica.identity, primary.gtid)
        # A server with nothing but data of its own never was a replica.
        if own and gtid.related(replica.gtid, primary.gtid):
            shown = own if len(own) <= _SHOWN else f"{own[:_SHOWN]} …"
            yield f"it wrote {shown}, which {primary.name} lacks" + (", and both take writes" if primary.takes_writes else "")
    followers = [one.name for one in replicas if replica.name in one.follows]
    if followers:
        yield f"{', '.join(followers)} replicate{'s' if len(followers) == 1 else ''} from it"


def _demoted(primary: Standing, replicas: Sequence[Standing], unread: Sequence[str]) -> str:
    """A primary without writes that no replica follows is one that was left; whoever took its place may not have been read."""
    is_followed = any(primary.name in one.follows and not one.rests for one in replicas)
    if primary.takes_writes or not primary.has_tables or is_followed:
        return ""
    return f"{primary.name} takes no writes, no replica that was read runs from it, and {', '.join(unread)} was not read"


def _promoted_remedy(replica: str, primary: str, state: Optional[Standing]) -> str:
    channel = f", and STOP and RESET the channel of {primary} (REPLICA ALL, SLAVE ALL)" if state and state.follows else ""
    return (
        f"Find out which of the two applications write to. If {replica}: put {replica} into the inventory's group of the primary"
        f" and {primary} into that of the replicas. If {primary}: SET GLOBAL read_only = ON on {replica} by hand{channel}. What"
        f" {replica} wrote, the playbook errant_transactions shows"
    )


def _demoted_remedy(primary: str, unread: Sequence[str]) -> str:
    return (
        f"Have {', '.join(unread)} read too, or find out which server applications write to. If {primary}: SET GLOBAL read_only ="
        " OFF there by hand. If another: make it the primary in the inventory"
    )
