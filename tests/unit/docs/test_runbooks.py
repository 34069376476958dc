# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each alert links to its page of the runbooks, and each page is of an alert."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    rules = "".join(path.read_text("utf-8") for path in (PROJECT / "extensions" / "prometheus" / "rules").glob("*.yml"))
    alerts = re.findall(r"- alert: (\w+)", rules)
    links = re.findall(r"runbook_url: \S+/docs/runbooks\.md#(\w+)", rules)
    pages = re.findall(r"^## (\w+)$", (PROJECT / "docs" / "runbooks.md").read_text("utf-8"), re.MULTILINE)
    assert alerts
    assert len(alerts) == len(set(alerts))
    assert links == [name.lower() for name in alerts]
    assert sorted(pages) == sorted(alerts)


def test_what_the_runbooks_name_is_there() -> None:
    text = (PROJECT / "docs" / "runbooks.md").read_text("utf-8")
    targets = re.findall(r"\]\((\.\./[^)#]+)", text)
    assert targets
    assert [one for one in targets if not (PROJECT / "docs" / one).exists()] == []
    rules = (PROJECT / "docs" / "rules.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z]+\.[a-z_]+)`", text))
    assert {one for one in named if f"`{one}`" not in rules and "." in one and not one.endswith((".prom", ".yml"))} == set()
