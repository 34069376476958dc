# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a client of a dump that failed to a refusal that names the cause and the way out."""

from __future__ import annotations

import re
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import DISK_FULL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import Folder

_MIB = 1 << 20
_ERROR = re.compile(r"\bERROR (\d+)\b")
# ENOSPC, as servers quote it.
_NO_SPACE = ("No space left on device", "rrcode: 28", "rrno: 28")


def explain_dump(program: str, what: str, server: str, status: int, said: str, folder: Optional[Folder] = None) -> Refusal:
    """Why a client that did ``what`` (with a preposition) with a server ended with this status and these words.

    ``folder``: where that server keeps the data that comes, if it is on this host. It names the table that found no room, and not
    the file system.
    """
    seen = f"{program}, {what} {server}, ended with status {status}: {said}"
    found = _ERROR.search(said)
    is_full = (found is not None and int(found.group(1)) in DISK_FULL) or any(text in said for text in _NO_SPACE)
    if not is_full or folder is None:
        return Refusal(seen, "mend what it names, then run again: the copy begins anew")
    return Refusal(
        f"the data found no room on {server}: {folder.free // _MIB} MiB are free now in its data directory {folder.path}\n"
        f"Seen there: {seen}",
        f"on {server}: make room on the file system of {folder.path}, and see what else writes there (df, du); where it has room, a"
        " limit of the server binds (max_heap_table_size, innodb_data_file_path, a quota). Then run again: the copy begins anew",
    )
