# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a clone that failed to a refusal that names the cause and the way out."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DISK_FULL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.server_gone import explain_gone
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import Folder

_MIB = 1 << 20
_ANEW = "then run again: the copy begins anew"
# ER_CLONE_DONOR, with the donor's own error in the text.
_DONOR = 3862
_DONOR_SAID = re.compile(r"Donor Error: (?:Connect failed: )?(\d+)")
# What the replica itself says of a connection to its donor that ends amid the data.
_CUT_OFF = frozenset({1158, 1159, 1160, 1161})
# What a client sees of a server that goes down or is gone.
_GONE = _CUT_OFF | {1053, 2002, 2003, 2006, 2013, 2055}
# Seen on 9.7 of a donor that was killed and started again: it knows nothing of the clone that the replica goes on with.
_STARTED_AGAIN = "could not find existing clone"


class Failure(NamedTuple):
    """What the server said of its clone: the statement's error, and that of performance_schema.clone_status where it is another.

    ``folder`` is where the data goes, ``None`` where it lies on another host.
    """

    errno: int
    error: str
    status: str
    folder: Optional[Folder]


def explain_clone(replica: str, source: str, failure: Failure) -> Refusal:
    """Why ``replica`` could not clone ``source``."""
    seen = f"{replica} could not clone {source}: error {failure.errno}: {failure.error}"
    seen += f" (performance_schema.clone_status: {failure.status})" if failure.status else ""
    if _is_donor_gone(failure):
        return explain_gone(source, f"{replica} copied its data", seen)
    if failure.errno == _DONOR:
        return Refusal(seen, f"the error is that of {source}: see its error log and mend what it names, {_ANEW}")
    if failure.errno in DISK_FULL or "errno: 28" in failure.error:
        room = (
            f"; {failure.folder.free // _MIB} MiB are free in {failure.folder.path} since what was copied is gone"
            if failure.folder
            else ""
        )
        return Refusal(
            f"the disk of {replica} is full\nSeen on {seen}{room}",
            f"make room on that file system, and see what else writes there (df, du), {_ANEW}",
        )
    return Refusal(seen, f"mend what it names, {_ANEW}")


def explain_half(replica: str, source: str, status: str) -> Refusal:
    """What is left where the server of ``replica`` was ended amid a clone of ``source``: nothing, and the next run knows that."""
    return Refusal(
        f"{replica} was ended while it copied the data of {source}, and has come back without the copy: what it had was dropped"
        " for it, and what was copied it has removed itself as it started"
        f"\nSeen on {replica}: performance_schema.clone_status: {status or 'nothing'}",
        f"see what ended it (systemctl status mysql, its error log, the kernel's for a lack of memory), {_ANEW}",
    )


def _is_donor_gone(failure: Failure) -> bool:
    if failure.errno != _DONOR:
        return failure.errno in _CUT_OFF
    said = _DONOR_SAID.search(failure.error)
    return _STARTED_AGAIN in failure.error or bool(said and int(said.group(1)) in _GONE)
