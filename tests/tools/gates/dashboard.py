# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grafana's dashboards against Grafana's own schema: ``python3 -m gates.dashboard FILE…``, in the environment of the static checks.

The classes of grafana-foundation-sdk are generated from the schema: a key that one of them does not keep is not in it.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
_COLUMNS = 24


def faults(dashboard: dict[str, Any]) -> Iterator[str]:
    """What is wrong with it, a sentence each."""
    register_default_plugins()
    yield from _lost(dashboard, json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard))), "dashboard")
    panels = dashboard["panels"]
    if len({panel["id"] for panel in panels}) < len(panels):
        yield "two panels have the same id"
    for panel in panels:
        place = panel["gridPos"]
        if place["x"] + place["w"] > _COLUMNS:
            yield f"{panel['title']} is wider than the page"
        for target in panel.get("targets", []):
            if target["datasource"] != DATASOURCE:
                yield f"{panel['title']} asks another source than the one that is chosen"
    for one, other in itertools.combinations(panels, 2):
        if _overlap(one["gridPos"], other["gridPos"]):
            yield f"{one['title']} and {other['title']} lie over each other"


def _lost(given: Any, kept: Any, where: str) -> Iterator[str]:
    if isinstance(given, dict) and isinstance(kept, dict):
        yield from (f"{where} has no {key}" for key in given if key not in kept)
        for key in given.keys() & kept.keys():
            yield from _lost(given[key], kept[key], f"{where}.{key}")
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for position, pair in enumerate(zip(given, kept, strict=True)):
            yield from _lost(*pair, f"{where}[{position}]")
    elif given != kept:
        yield f"{where} is read as {kept!r}"


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    across = one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"]
    return across and one["y"] < other["y"] + other["h"] and other["y"] < one["y"] + one["h"]


if __name__ == "__main__":
    found = [f"{name}: {fault}" for name in sys.argv[1:] for fault in faults(json.loads(Path(name).read_text("utf-8")))]
    print("\n".join(found) or f"{len(sys.argv) - 1} read")
    sys.exit(bool(found))
