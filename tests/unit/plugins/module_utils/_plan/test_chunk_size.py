# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chunks come to take the time that they shall."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.chunk_size import FIRST_ROWS, next_rows, reckoned_end
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(100, 10_000_000), st.floats(0, 1000), st.floats(0.001, 10))
def test_a_chunk_is_worth_its_statement_and_grows_by_steps(rows, seconds, target):
    assert 100 <= next_rows(rows, seconds, target) <= 4 * rows


@given(st.floats(1e-6, 1e-4), st.floats(0.05, 2))
def test_a_steady_server_is_met_soon(seconds_per_row, target):
    rows = FIRST_ROWS
    for _chunk in range(12):
        rows = next_rows(rows, rows * seconds_per_row, target)
    assert abs(rows * seconds_per_row - target) <= max(seconds_per_row, 0.01 * target)


@given(st.integers(-(2**63), 2**64), st.integers(1, 10**7), st.floats(0, 1e9))
def test_an_end_is_beyond_its_beginning_and_never_reckoned_over_sparse_keys(lower, rows, spread):
    end = reckoned_end(lower, rows, spread)
    assert (end is None) == (spread > 10)
    assert end is None or lower < end <= lower + 10 * rows
