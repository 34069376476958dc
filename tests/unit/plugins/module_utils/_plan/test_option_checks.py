# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that no server takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_checks import RANGES, refuse_out_of_range

PLUGINS = Path(__file__).resolve().parents[5] / "plugins"
OPTION_OF_NUMBERS = re.compile(r"^  (\w+):\n(?:^    .*\n)*?^    type: (?:int|float)$", re.MULTILINE)


@pytest.mark.parametrize(
    ("option", "value", "needles"),
    [
        ("delay", -4, ("delay is -4", "from 0 to 2147483647", "mysql_replication_delay")),
        ("delay", 2**31, ("delay is 2147483648",)),
        ("connect_retry", 0, ("connect_retry is 0", "from 1")),
        ("retry_count", -1, ("retry_count",)),
        ("heartbeat_period", -0.5, ("heartbeat_period is -0.5",)),
        ("heartbeat_period", 4294968.0, ("4294967",)),
        ("heartbeat_period", float("nan"), ("heartbeat_period is nan",)),
        ("source_port", 65536, ("source_port is 65536", "mysql_replication_source_port")),
        ("source_log_pos", 3, ("from 4",)),
        ("server_id", 0, ("server_id is 0", "mysql_replication_server_id")),
        ("server_id", 2**32, ("4294967295",)),
        ("wait", -1, ("wait",)),
        ("login_port", 0, ("login_port", "mysql_replication_login_port")),
        ("connect_timeout", 0, ("connect_timeout",)),
        ("lock_timeout", -1, ("lock_timeout",)),
    ],
)
def test_a_number_out_of_range_is_named_with_its_range(option: str, value: float, needles: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as refused:
        refuse_out_of_range({option: value})
    assert [needle for needle in needles if needle not in str(refused.value)] == []


def test_the_bounds_themselves_and_what_was_not_given_are_fine() -> None:
    refuse_out_of_range({name: allowed.least for name, allowed in RANGES.items()})
    refuse_out_of_range({name: allowed.most for name, allowed in RANGES.items()})
    refuse_out_of_range(dict.fromkeys(RANGES))


def test_every_number_among_the_documented_options_has_a_range() -> None:
    """But those of what asks no server."""
    documents = [*(PLUGINS / "modules").glob("*.py"), *(PLUGINS / "doc_fragments").glob("*.py")]
    documents = [path for path in documents if path.name not in ("replication_audit.py", "change_history.py")]
    options = [
        re.split(r'^(?:EXAMPLES|RETURN|""")', path.read_text("utf-8").partition("options:")[2], flags=re.MULTILINE)[0]
        for path in documents
    ]
    assert {name for text in options for name in OPTION_OF_NUMBERS.findall(text)} == set(RANGES)
