# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Edits of one option file: what changes, what stays byte for byte, and that servers read what was asked for."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import (
    Option,
    OptionFileError,
    option_name,
    parse_lines,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_edit import (
    REMOVE,
    SKIP,
    Setting,
    edit,
    render_option,
)
from hypothesis import given
from hypothesis import strategies as st

ALIASES = {"slave_net_timeout": "replica_net_timeout"}


def values(text: str, name: str, group: str = "mysqld") -> list[tuple[str, str | None]]:
    return [
        (line.content.name, line.content.value)
        for line in parse_lines(text)
        if isinstance(line.content, Option)
        and line.group == group
        and option_name(line.content.name, ALIASES).name == option_name(name, ALIASES).name
    ]


@pytest.mark.parametrize(
    ("before", "settings", "after"),
    [
        # nothing there yet
        ("", {"a": "1", "b": None}, "[mysqld]\na = 1\nb\n"),
        ("[client]\nx=1", {"a": "1"}, "[client]\nx=1\n\n[mysqld]\na = 1\n"),
        ("[client]\r\nx=1\r\n", {"a": "1"}, "[client]\r\nx=1\r\n\r\n[mysqld]\r\na = 1\r\n"),
        ("# only a comment\n\n", {"a": "1"}, "# only a comment\n\n[mysqld]\na = 1\n"),
        ("[client]\nx=1\n", {"a": REMOVE}, "[client]\nx=1\n"),
        ("", {}, ""),
        # where it is appended
        ("[mysqld]\nx=1", {"a": "1"}, "[mysqld]\nx=1\na = 1\n"),
        ("[mysqld]\nx=1\n# end\n\n", {"a": "1"}, "[mysqld]\nx=1\n# end\na = 1\n\n"),
        ("[mysqld]\n[b]\n[MySQLd]\n\n# on b\n[b]\n", {"a": "1"}, "[mysqld]\n[b]\n[MySQLd]\na = 1\n\n# on b\n[b]\n"),
        ("[mysqld]\n!includedir /d/\n", {"a": "1"}, "[mysqld]\n!includedir /d/\na = 1\n"),
        # in place, in whatever spelling
        ("[mysqld]\na=1\nb=2\n", {"a": "3"}, "[mysqld]\na=3\nb=2\n"),
        ("[mysqld]\n  a-b\t\t= 1 # why\n", {"a_b": "2"}, "[mysqld]\n  a-b\t\t= 2 # why\n"),
        ("[mysqld]\na = 1 # why\r\n", {"a": "#2"}, '[mysqld]\na = "#2" # why\r\n'),
        ("[mysqld]\na # why\n", {"a": "1"}, "[mysqld]\na = 1 # why\n"),
        ("[mysqld]\na = # why\n", {"a": "1"}, "[mysqld]\na = 1 # why\n"),
        ("[mysqld]\na = 1# why\n", {"a": None}, "[mysqld]\na# why\n"),
        ("[mysqld]\na=voil\u00e0 # why\n", {"a": "1"}, "[mysqld]\na=1 # why\n"),
        ("[mysqld]\nslave-net-timeout=9\n", {"replica_net_timeout": "8"}, "[mysqld]\nreplica_net_timeout=8\n"),
        ("[mysqld]\nreplica_net_timeout=9\n", {"slave_net_timeout": "9"}, "[mysqld]\nslave_net_timeout=9\n"),
        ("[mysqld]\nloose_a=1\n", {"a": "1"}, "[mysqld]\na=1\n"),
        ("[mysqld]\na=1\n", {"loose_a": "1"}, "[mysqld]\nloose_a=1\n"),
        ("[mysqld]\nA=1\n", {"a": "1"}, "[mysqld]\na=1\n"),
        ("[mysqld]\nskip-log-bin\n", {"log_bin": "binlog"}, "[mysqld]\nlog_bin = binlog\n"),
        ("[mysqld]\nlog_bin = binlog # why\n", {"log_bin": SKIP}, "[mysqld]\nskip_log_bin # why\n"),
        ("[mysqld]\ndisable-log-bin\n", {"log_bin": SKIP}, "[mysqld]\ndisable-log-bin\n"),
        ("[mysqld]\n", {"loose_a": SKIP}, "[mysqld]\nloose_skip_a\n"),
        ("[mysqld]\nskip-name-resolve\n", {"skip_name_resolve": "ON"}, "[mysqld]\nskip-name-resolve = ON\n"),
        # duplicates and removal
        ("[mysqld]\na=1\nb\na=2 # last\n", {"a": "3"}, "[mysqld]\nb\na=3 # last\n"),
        ("[mysqld]\na=1\nb\nskip-a\n", {"a": REMOVE}, "[mysqld]\nb\n"),
        ("[mysqld]\na=1\n[x]\na=2\n[mysqld]\na=3", {"a": "1"}, "[mysqld]\n[x]\na=2\n[mysqld]\na=1"),
        # several lines of one option
        ("[mysqld]\n", {"f": ("x", "y")}, "[mysqld]\nf = x\nf = y\n"),
        ("[mysqld]\nf=x # 1\nb\nf=y\nc\n", {"f": ("x", "z", "y")}, "[mysqld]\nf=x # 1\nb\nf=z\nf = y\nc\n"),
        ("[mysqld]\nf=x\nf=y\nf=z", {"f": ("y", "z")}, "[mysqld]\nf=y\nf=z"),
        ("[mysqld]\nf=x", {"f": ("x", "y")}, "[mysqld]\nf=x\nf = y\n"),
        ("[mysqld]\nf=x\n", {"f": ()}, "[mysqld]\n"),
        # what says the same already stays as it is
        ("[mysqld]\n a-b =  '1' # why\n", {"a_b": "1"}, "[mysqld]\n a-b =  '1' # why\n"),
        ("[mysqld]\na\n", {"a": None}, "[mysqld]\na\n"),
        ("[mysqld]\na=\n", {"a": ""}, "[mysqld]\na=\n"),
    ],
)
def test_an_edit(before: str, settings: dict[str, Setting], after: str) -> None:
    assert edit(before, settings, ALIASES) == after
    assert edit(after, settings, ALIASES) == after


def test_further_groups_of_the_server_are_edited_too() -> None:
    text = "[mysqld]\na=1\n[server]\na=2\n[client]\na=3\n"
    assert edit(text, {"a": "4"}, {}, server_groups=("Server",)) == "[mysqld]\n[server]\na=4\n[client]\na=3\n"
    assert edit(text, {"a": "4"}, {}) == "[mysqld]\na=4\n[server]\na=2\n[client]\na=3\n"


def test_another_group_can_be_the_one_to_write() -> None:
    assert edit("[mysqld]\nb=1\n", {"a": "1"}, {}, group="mariadbd") == "[mysqld]\nb=1\n\n[mariadbd]\na = 1\n"


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("a", None, "a"),
        ("a", "", 'a = ""'),
        ("a", "x y;z=1", "a = x y;z=1"),
        ("a", "x#y", 'a = "x#y"'),
        ("a", " x", 'a = " x"'),
        ("a", "x\v", 'a = "x\v"'),
        ("a", "it's", 'a = "it\'s"'),
        ("a", 'x"y', 'a = "x\\"y"'),
        ("a", "C:\\new", 'a = "C:\\\\new"'),
        ("a", "x\n\r\t\by", 'a = "x\\n\\r\\t\\by"'),
        ("a", "voilà", 'a = "voilà"'),
        ("a", "日本", "a = 日本"),
        ("validate_password.length", "8", "validate_password.length = 8"),
    ],
)
def test_a_rendered_option(name: str, value: str | None, line: str) -> None:
    assert render_option(name, value) == line
    assert values(f"[mysqld]\n{line}\n", name) == [(name, value)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"a": "x\0y"}, "value of a holds a NUL"),
        ({"a": "\ud800"}, "value of a holds half a surrogate pair"),
        ({"a": "é" * 2046}, "line of a would be longer than the 4094 bytes"),
        ({"a b": "1"}, "'a b' is not the name of an option"),
        ({"a=b": None}, "is not the name of an option"),
        ({"": "1"}, "is not the name of an option"),
        ({"[a]": "1"}, "is not the name of an option"),
        ({"skip-log-bin": None}, "skip-log-bin has a prefix"),
        ({"slave_net_timeout": "1", "replica_net_timeout": "2"}, "replica_net_timeout is set twice"),
    ],
)
def test_what_cannot_be_written(settings: dict[str, Setting], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        edit("", settings, ALIASES)


def test_a_comment_may_make_the_line_too_long() -> None:
    text = "[mysqld]\na = 1 # " + "x" * 4080 + "\n"
    with pytest.raises(ValueError, match="line of a would be longer"):
        edit(text, {"a": "123456789"}, {})


def test_a_file_that_servers_do_not_read_is_not_edited() -> None:
    with pytest.raises(OptionFileError, match="byte order mark"):
        edit("\ufeff[mysqld]\n", {"a": "1"}, {})


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80),
    st.text("#'\"\\ \t\n\r\b\v\f=;[]!xà\xa0ns", max_size=20),
)
SETTINGS = st.dictionaries(
    st.sampled_from(["a", "b-c", "loose_d", "replica_net_timeout", "skip_name_resolve"]),
    st.one_of(VALUES, st.none(), st.sampled_from([REMOVE, SKIP]), st.lists(VALUES, max_size=3).map(tuple)),
)
FOREIGN = st.sampled_from(["", "  ", "# a = 1", ";b", "x = 'y' # z", "X=it's", "!include /x", "zz\r", "é = \xa0à", "skip-x"])
OURS = st.sampled_from(
    [
        "a",
        "a=1 # c",
        "A = 2",
        "b_c='\\n'#",
        "skip-a",
        "d=à",
        "loose-d",
        "slave-net-timeout\t=\t1\r",
        "skip_name-resolve",
    ]
)
HEADERS = st.sampled_from(["[mysqld]", "[client]", "[MYSQLD ] x"])
TEXTS = st.builds(
    lambda lines, end: "\n".join(["[client]", *lines]) + end,
    st.lists(st.one_of(FOREIGN, OURS, HEADERS), max_size=15),
    st.just("\n"),
)


def is_foreign(text: str) -> list[str]:
    """Lines that no setting of SETTINGS is about."""
    names = {"a", "b_c", "d", "replica_net_timeout", "skip_name_resolve"}
    return [
        line.text
        for line in parse_lines(text)
        if not (
            isinstance(line.content, Option) and line.group == "mysqld" and option_name(line.content.name, ALIASES).name in names
        )
    ]


@given(VALUES)
def test_what_is_rendered_is_what_is_read(value: str) -> None:
    assert values(f"[mysqld]\n{render_option('a', value)}\n", "a") == [("a", value)]


@given(TEXTS, SETTINGS)
def test_an_edit_sets_exactly_what_was_asked_for(text: str, settings: dict[str, Setting]) -> None:
    edited = edit(text, settings, ALIASES)
    for name, setting in settings.items():
        found = [(spelled.replace("-", "_"), value) for spelled, value in values(edited, name)]
        folded = name.replace("-", "_")
        if setting is REMOVE:
            assert found == []
        elif setting is SKIP:
            assert [option_name(spelled, {}).switch for spelled, _value in found] == ["skip"]
        else:
            wanted = setting if isinstance(setting, tuple) else (setting,)
            assert found == [(folded, value) for value in wanted]


@given(TEXTS, SETTINGS)
def test_a_second_edit_changes_nothing(text: str, settings: dict[str, Setting]) -> None:
    once = edit(text, settings, ALIASES)
    assert edit(once, settings, ALIASES) == once


@given(TEXTS, SETTINGS)
def test_every_other_line_stays_byte_for_byte(text: str, settings: dict[str, Setting]) -> None:
    before, after = is_foreign(text), is_foreign(edit(text, settings, ALIASES))
    if after != before:
        # Only a new group at the end, with a line to set it off, may come along.
        assert after[: len(before)] == before
        assert [line.strip() for line in after[len(before) :] if line.strip()] == ["[mysqld]"]
        assert "[mysqld]" not in text.lower().replace(" ", "")
