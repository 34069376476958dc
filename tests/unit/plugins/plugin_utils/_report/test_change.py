# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change in one line."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import became


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("0", "1", "0 → 1"),
        (None, "1", "absent → 1"),
        ("", "connections: 1\n", "connections: unlimited → 1"),
        ("plugin: x\n", "plugin: x\nconnections: 1\n", "connections: unlimited → 1"),
        ("plugin: x\nprivileges: A\nlocked: yes\n", "plugin: x\nprivileges: B\n", "privileges: A → B, locked: yes → no"),
        ("plugin: x\nTLS: required\n", None, "plugin: x, TLS: required → absent"),
        (None, "plugin: x\nTLS: required\n", "absent → plugin: x, TLS: required"),
        ("a = 1\nb = 2\n", "a = 1\n", "b = 2 → nothing"),
        (None, "# Copyright\n\n[Unit]\nA=1\n", "absent → [Unit], A=1"),
        ("# a\n", "# b\n", "# a → # b"),
        ("".join(f"{one}: 1\n" for one in "abcdef"), "", "a: 1 → none, b: 1 → none, c: 1 → none, d: 1 → none, 2 more"),
    ],
)
def test_only_what_differs_and_each_value_by_its_name(before: str | None, after: str | None, expected: str) -> None:
    assert became(before, after) == expected
