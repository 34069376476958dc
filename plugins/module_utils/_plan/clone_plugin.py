# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clone plugin, on the server that is cloned and on the one that clones: there for as long as a copy needs it."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import (
    FORGET_CLONE,
    INSTALL_CLONE,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import CLONE, CopyEnd
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step


def install(end: CopyEnd) -> list[Step]:
    """Nothing where it is active. Seen on 9.7: one that is listed but not loaded, as after a dump, cannot be installed (3883)."""
    if CLONE in end.plugins:
        return []
    forget = Step("it is listed there, and not loaded", "mysql.plugin", "clone", None, FORGET_CLONE)
    return [
        *([forget] if end.clone_listed else []),
        Step("a copy needs it, as long as it runs", "plugin clone", None, "active", INSTALL_CLONE),
    ]
