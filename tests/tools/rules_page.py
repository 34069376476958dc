# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes docs/rules.md from the rules: python tests/tools/rules_page.py"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs" / "rules.md"


def main() -> None:
    """The collection is found through the tree of links that `make lint` and `make unit` lay out."""
    sys.path.insert(0, str(PROJECT / ".cache" / "collections"))
    from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import rules_page  # noqa: PLC0415

    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(rules_page.render(), encoding="utf-8")


if __name__ == "__main__":
    main()
