# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a search of the change log finds nothing: what there is, and what may have been meant. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record.history import (
    Line,
    Record,
    Wanted,
    folded,
    is_about,
    is_by,
    is_of,
    parsed,
    settings,
    users,
)

_MOST_NEAR = 3


class _Filter(NamedTuple):
    """A field of :class:`Wanted` that names something: whether a record is let through, and by which names it would be."""

    field: str
    lets_through: Callable[[Record, str], bool]
    names: Callable[[Record], Iterable[str]]


_FILTERS = (
    _Filter("host", is_of, lambda record: (record["host"],)),
    _Filter("setting", is_about, settings),
    _Filter("user", is_by, users),
)


@dataclass(frozen=True)
class NothingFound:
    """How many records there are, asked for or not, and the times of the first and the last, empty without any.

    ``near`` has the fields of :class:`Wanted` that alone let no record through, each with the nearest names that would.
    """

    count: int
    first: str
    last: str
    near: Mapping[str, tuple[str, ...]]


def survey(lines: Iterable[Line], wanted: Wanted) -> NothingFound:
    """Looks at all records once more."""
    count, first, last = 0, "", ""
    names: dict[_Filter, set[str]] = {one: set() for one in _FILTERS if getattr(wanted, one.field)}
    for record in parsed(lines, []):
        count += 1
        first, last = min(first or record["time"], record["time"]), max(last, record["time"])
        for one in [one for one in names if one.lets_through(record, getattr(wanted, one.field))]:
            del names[one]
        for one, known in names.items():
            known.update(one.names(record))
    near = {one.field: _nearest(getattr(wanted, one.field), known) for one, known in names.items()}
    return NothingFound(count, first, last, near)


def _nearest(wanted: str, names: Collection[str]) -> tuple[str, ...]:
    """Those that hold it first: a host by its short name, a setting by a part of its own."""
    written = {folded(name): name for name in sorted(names)}
    asked = folded(wanted)
    holding = [name for name in written if asked in name]
    like = difflib.get_close_matches(asked, list(written), n=_MOST_NEAR)
    return tuple(written[name] for name in dict.fromkeys([*holding, *like]))[:_MOST_NEAR]
