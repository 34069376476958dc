# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who persisted which variable and when: MySQL keeps it in its own file, and shows it in no table before the next start."""

from __future__ import annotations

import json
import os
import time
from typing import Any, Iterator, Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import PERSISTED, Origin

_FILE = "mysqld-auto.cnf"
_MICROSECONDS = 1_000_000


def persisted_origins(datadir: str) -> dict[str, Origin]:
    """By variable name; none where there is no such file, or it may not be read. Manual, "Persisted System Variables"."""
    try:
        with open(os.path.join(datadir, _FILE), encoding="utf-8") as file:
            return dict(parse(json.load(file)))
    except (OSError, ValueError):
        return {}


def parse(content: Any) -> Iterator[tuple[str, Origin]]:
    """The file's groups of variables (dynamic, static, read early), each variable with its metadata."""
    for group in content.values() if isinstance(content, Mapping) else ():
        for name, entry in group.items() if isinstance(group, Mapping) else ():
            metadata = entry.get("Metadata") if isinstance(entry, Mapping) else None
            if isinstance(metadata, Mapping) and isinstance(metadata.get("Timestamp"), int):
                at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(metadata["Timestamp"] // _MICROSECONDS))
                yield name, Origin(PERSISTED, set_by=f"{metadata.get('User', '')}@{metadata.get('Host', '')}", set_at=at)
