# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a channel has to fear most, also where both its threads still run."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Part
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.ties import Judged


def worst_of_channels(judged: Iterable[Judged]) -> Mapping[tuple[str, str], Finding]:
    """By replica and channel the worst finding that stops it or shows on it.

    Of two as bad it is the one that shows now, and of a symptom and its root the root.
    """
    shown: set[tuple[tuple[str, str], str]] = set()
    about: dict[tuple[str, str], list[Judged]] = {}
    for one in judged:
        if one.found.shows:
            shown.add((_place(one.found.shows), one.finding.caused_by or one.finding.key))
        for part in (*one.found.breaks, *((one.found.shows,) if one.found.shows else ())):
            about.setdefault(_place(part), []).append(one)

    def order(place: tuple[str, str], one: Judged) -> tuple[int, bool, bool]:
        finding = one.finding
        return SEVERITIES.index(finding.severity), (place, finding.key) not in shown, one.found.shows is not None

    return {place: min(ones, key=functools.partial(order, place)).finding for place, ones in about.items()}


def _place(part: Part) -> tuple[str, str]:
    return part.host, part.channel
