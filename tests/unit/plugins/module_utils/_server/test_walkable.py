# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which unique index a table's rows are walked by, and why by none: the key and its type are named."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.table_column import Column
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_tables import walkable


def column(name, data_type="int", nullable=False):
    return Column(name, data_type, data_type, "", nullable, generated=False)


def part(col, index="PRIMARY", prefix=None):
    return {"name": index, "col": col, "prefix": prefix}


COLUMNS = (
    column("i"),
    column("e", "enum"),
    column("b", "bit"),
    column("s", "set"),
    column("t", "text"),
    column("n", nullable=True),
)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([part("e"), part("b")], ("PRIMARY", ("e", "b"), "")),
        ([part("i"), part("s"), part("i", "u")], ("u", ("i",), "")),
        ([], ("", (), "")),
        ([part("i"), part("s")], ("", (), "primary key: s is of the type SET")),
        (
            [part("t", prefix=10), part("n", "u"), part(None, "f")],
            ("", (), "primary key: only the beginning of t; unique key u: n may be NULL; unique key f: an expression"),
        ),
    ],
)
def test_the_first_unique_index_that_literals_can_tell_ranges_of(parts, found):
    assert walkable(COLUMNS, parts) == found
