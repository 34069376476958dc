# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a comparison is, in numbers and in words."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import READ, SKIPPED, LeadState


def progress_of(state: LeadState) -> dict[str, int]:
    """Tables that are compared, and rows. Of one that is not read to its end the server's estimate counts, or what was read if
    that is more.
    """
    compared = [table for table in state.tables if table.state != SKIPPED]
    done = sum(table.state == READ for table in compared)
    left = sum(max(table.rows - table.rows_read, 0) for table in compared if table.state != READ)
    estimate = state.rows_read + left
    return {"tables_done": done, "tables": len(compared), "rows": state.rows_read, "rows_estimate": estimate}


def resumed(state: LeadState) -> list[str]:
    """From where a comparison goes on that was broken off, in words."""
    found, now = progress_of(state), state.current
    done = f"{found['tables_done']} of {found['tables']} tables and {found['rows']} of about {found['rows_estimate']} rows are read"
    return [f"goes on with the comparison that was broken off: {done}{f', now {now}' if now else ''}"]
