# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a channel has to fear most, also where both its threads still run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.ties import Judged


def worst_of_channels(judged: Iterable[Judged]) -> Mapping[tuple[str, str], Finding]:
    """By replica and channel the worst finding that stops it or shows on it; of two as bad, the one that is no symptom."""
    found: dict[tuple[str, str], Finding] = {}
    for one in sorted(judged, key=lambda one: (SEVERITIES.index(one.finding.severity), one.found.shows is not None)):
        for part in (*one.found.breaks, *((one.found.shows,) if one.found.shows else ())):
            found.setdefault((part.host, part.channel), one.finding)
    return found
