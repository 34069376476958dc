# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements are quoted safely, and secrets show nowhere but on the wire."""

from __future__ import annotations

import copy
import pickle

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import MASK, Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import (
    account,
    identifier,
    joined,
    literal,
    sql,
    value_literal,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step, diff
from hypothesis import given
from hypothesis import strategies as st


def unquoted(text):
    """What a server reads from a string literal (Manual, "String Literals")."""
    assert text[0] == text[-1] == "'"
    read, body = [], iter(text[1:-1])
    for character in body:
        assert character != "'"
        if character == "\\":
            following = next(body)
            read.append({"0": "\0", "n": "\n", "r": "\r", "Z": "\x1a"}.get(following, following))
        else:
            read.append(character)
    return "".join(read)


@given(st.text())
def test_a_literal_reads_back_as_it_was(value):
    assert unquoted(literal(value)) == value


@given(st.text())
def test_an_identifier_reads_back_as_it_was(name):
    quoted = identifier(name)
    assert quoted[1:-1].replace("``", "`") == name
    assert "`" not in quoted[1:-1].replace("``", "")


@pytest.mark.parametrize(("value", "expected"), [("1", "1"), ("-1.5", "-1.5"), ("ON", "'ON'"), ("1; DROP", "'1; DROP'")])
def test_value_literal(value, expected):
    assert value_literal(value) == expected


def test_account():
    assert account(AccountName("o'neil", "10.0.%")) == "'o\\'neil'@'10.0.%'"


def test_a_secret_is_clear_on_the_wire_only():
    statement = sql("SET PASSWORD = ", Secret("it's"), ", x = ", joined(", ", [sql("1"), sql("2")]))
    assert statement.text() == "SET PASSWORD = 'it\\'s', x = 1, 2"
    for shown in (str(statement), repr(statement), f"{statement}"):
        assert "it" not in shown.replace("bits", "")
        assert MASK in shown


@given(st.text(min_size=3))
def test_a_secret_shows_nowhere(value):
    secret = Secret(f"<{value}>")
    shown = f"{secret} {secret!r} {secret!s} {[secret]} {pickle.loads(pickle.dumps(secret))} {copy.deepcopy(secret)}"
    assert f"<{value}>" not in shown
    assert pickle.loads(pickle.dumps(secret)).reveal() == MASK


def test_a_step_masks_what_it_changes():
    step = Step("why", "account 'a'@'%'", Secret("old"), Secret("new"), sql("ALTER USER ", Secret("new")))
    assert "old" not in str(step.describe())
    assert "new" not in str(step.describe())
    assert "new" not in str(diff([step]))


def test_a_diff_spans_all_steps_of_one_object():
    first = Step("stop", "channel", "running", "stopped", sql("STOP"))
    second = Step("start", "channel", "stopped", "running", sql("START"))
    created = Step("new", "account", None, "a\nb", sql("CREATE"))
    assert diff([first, second, created]) == {
        "before": "channel: running\n",
        "after": "channel: running\naccount:\n    a\n    b\n",
    }


def test_a_summary_fits_one_line():
    assert Step("why", "x", "0", "1", sql("S")).summary() == "x: 0 → 1 (why)"
    assert Step("why", "x", None, "a\nb", sql("S")).summary() == "x: why"
