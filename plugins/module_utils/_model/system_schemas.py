# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The databases that belong to the server itself."""

from __future__ import annotations

SYSTEM_SCHEMAS = ("mysql", "sys", "performance_schema", "information_schema")
#: For ``NOT IN``.
SYSTEM_SCHEMAS_LISTED = f"({', '.join(repr(name) for name in SYSTEM_SCHEMAS)})"
#: For ``IN``: what information_schema.TABLES calls a table with rows of its own; MariaDB has those with history too.
TABLE_TYPES_LISTED = "('BASE TABLE', 'SYSTEM VERSIONED')"
