# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many rows the next chunk takes, so that reading one takes about as long as it shall, and where it ends."""

from __future__ import annotations

from typing import Optional

FIRST_ROWS = 1000
_GROWTH = 4
# Fewer cost more in statements than in rows.
_LEAST_ROWS, _MOST_ROWS = 100, 10_000_000
# Values of an integer key to a row up to which a chunk's end is reckoned: where rows stand close again all at once, one chunk is
# larger by so much.
_MOST_SPREAD = 10


def next_rows(rows: int, seconds: float, target: float) -> int:
    """Rows of the next chunk, after one of ``rows`` took ``seconds``; it grows by steps, as what comes next may be heavier."""
    wanted = int(rows * target / max(seconds, 1e-6))
    return max(_LEAST_ROWS, min(wanted, rows * _GROWTH, _MOST_ROWS))


def reckoned_end(lower: int, rows: int, spread: float) -> Optional[int]:
    """The integer up to which about ``rows`` rows lie; ``None`` where the keys are too sparse to tell without reading them."""
    return lower + max(1, round(rows * spread)) if spread <= _MOST_SPREAD else None
