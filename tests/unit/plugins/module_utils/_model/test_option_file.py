# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One option file's text and the names in it; each case was seen with MySQL 9.7's and MariaDB's own programs."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import (
    AmbiguousOptionFile,
    Directive,
    Option,
    OptionFileError,
    OptionName,
    option_name,
    parse_lines,
    switched,
)


def options(text: str) -> list[tuple[str, str, str | None]]:
    return [(line.group, line.content.name, line.content.value) for line in parse_lines(text) if isinstance(line.content, Option)]


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("key=value", "key", "value"),
        ("key = value", "key", "value"),
        ("  key\t=\tvalue \t", "key", "value"),
        ("key\v=\fvalue\v", "key", "value"),
        ("key=value\r", "key", "value"),
        ("key", "key", None),
        ("key # comment", "key", None),
        ("key=", "key", ""),
        ("key = # comment", "key", ""),
        ("key=''", "key", ""),
        ("key=a=b", "key", "a=b"),
        ("a b = c", "a b", "c"),
        ("--key=1", "--key", "1"),
        ("key=x#y", "key", "x"),
        ("key=1 ; not a comment", "key", "1 ; not a comment"),
        ("key='x#y'", "key", "x#y"),
        ("key=it's # not a comment", "key", "it's # not a comment"),
        ('key="a\\"b # c" # d', "key", 'a"b # c'),
        ("key='a\\' # b'", "key", "a' # b"),
        ("key='a' # 'b'", "key", "a"),
        ("key=\\# x", "key", "\\"),
        ("key=\\'a # b", "key", "'a # b"),
        ("key#=value", "key", None),
        ("key'=d#e", "key'", "d#e"),
        ("key='x", "key", "'x"),
        ("key='", "key", "'"),
        ("key='a\"", "key", "'a\""),
        ('key="a" "b"', "key", 'a" "b'),
        ("key='a\\'", "key", "a\\"),
        ("key='a\\\\'", "key", "a\\"),
        ("key=\\s a \\s", "key", "  a  "),
        ("key=\\q\\", "key", "\\q\\"),
        ("key=C:\\new", "key", "C:\new"),
        ("key=\\b\\t\\n\\r\\\\\\'\\\"", "key", "\b\t\n\r\\'\""),
        ("key=voilà", "key", "voil\udcc3"),
        ("key='voilà'", "key", "voilà"),
        ("key=日本", "key", "日本"),
    ],
)
def test_an_option_line(line: str, name: str, value: str | None) -> None:
    assert options(f"[mysqld]\n{line}\n") == [("mysqld", name, value)]


@pytest.mark.parametrize(
    "line", ["", "   ", "# a", "  ; a = b", "#[client]", "!foo bar", "?foo", "!INCLUDE /x.cnf", "!includes /x"]
)
def test_a_line_that_says_nothing(line: str) -> None:
    assert options(f"[mysqld]\n{line}\na=1") == [("mysqld", "a", "1")]


@pytest.mark.parametrize(
    ("header", "group"),
    [
        ("[mysqld]", "mysqld"),
        ("[MySQLd]", "mysqld"),
        ("  [mysqld ] junk", "mysqld"),
        ("[ mysqld ]", " mysqld"),
        ("[]", ""),
        ("[mysqld-9.7]# c", "mysqld-9.7"),
    ],
)
def test_a_group(header: str, group: str) -> None:
    assert options(f"{header}\na=1\n") == [(group, "a", "1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("[mysqld]\r\na=1\r\nb\r\n", [("mysqld", "a", "1"), ("mysqld", "b", None)]),
        ("[mysqld]\na=1\nb=2", [("mysqld", "a", "1"), ("mysqld", "b", "2")]),
        ("[mysqld]\ra=1\rb=2\r", []),
        ("[a]\nx=1\n[b]\nx=2\n[a]\nx=3\n", [("a", "x", "1"), ("b", "x", "2"), ("a", "x", "3")]),
    ],
)
def test_a_whole_text(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert options(text) == expected


@pytest.mark.parametrize(
    ("line", "directive"),
    [
        ("!include /etc/a b.cnf\n", Directive("include", "/etc/a b.cnf", False)),
        ("  ! include\t/etc/x.cnf \r\n", Directive("include", "/etc/x.cnf", False)),
        ("!include /etc/x.cnf ", Directive("include", "/etc/x.cnf", False)),
        ("!include /etc/'a#b.cnf'\n", Directive("include", "/etc/'a#b.cnf'", False)),
        ("!includedir /etc/mysql/conf.d/\n", Directive("includedir", "/etc/mysql/conf.d/", False)),
        ("?includedir /etc/mysql/conf.d\n", Directive("includedir", "/etc/mysql/conf.d", True)),
        ("? include /etc/x.cnf\n", Directive("include", "/etc/x.cnf", True)),
        ("!includedir /etc/mysql/conf.d/", Directive("includedir", "/etc/mysql/conf.d/", False)),
    ],
)
def test_a_directive(line: str, directive: Directive) -> None:
    assert [line.content for line in parse_lines(line)] == [directive]


@pytest.mark.parametrize(
    ("text", "error", "line"),
    [
        ("a=1\n", OptionFileError, 1),
        ("\ufeff[mysqld]\n", OptionFileError, 1),
        ("\ufeff# comment\n[mysqld]\n", OptionFileError, 1),
        ("[mysqld]\n[oops\n", OptionFileError, 2),
        ("[mysqld]\n!include\n", OptionFileError, 2),
        ("[mysqld]\n!includedir  \n", OptionFileError, 2),
        ("[mysqld]\na\0=1\n", AmbiguousOptionFile, 2),
        ("[mysqld]\n =1\n", AmbiguousOptionFile, 2),
        ("[mysqld]\na=" + "x" * 4093 + "\n", AmbiguousOptionFile, 2),
        ("# " + "é" * 2047 + "\n", AmbiguousOptionFile, 1),
        ("!include /x.cnf # comment\n", AmbiguousOptionFile, 1),
        ("!include /x.cnf", AmbiguousOptionFile, 1),
        ("!includedir /etc/conf.d", AmbiguousOptionFile, 1),
        ("!include x.cnf\n", AmbiguousOptionFile, 1),
        ("!include ~/x.cnf\n", AmbiguousOptionFile, 1),
    ],
)
def test_a_line_where_reading_stops(text: str, error: type[OptionFileError], line: int) -> None:
    with pytest.raises(OptionFileError) as caught:
        list(parse_lines(text))
    assert (type(caught.value), caught.value.line) == (error, line)


def test_a_line_of_4094_bytes_is_still_one() -> None:
    assert options("[mysqld]\na=" + "x" * 4092 + "\n") == [("mysqld", "a", "x" * 4092)]


def test_lines_before_an_error_are_read() -> None:
    lines = parse_lines("[mysqld]\n[oops\n")
    assert next(lines).number == 1
    with pytest.raises(OptionFileError):
        next(lines)


def test_an_error_and_a_repr_keep_values_to_themselves() -> None:
    text = "[client]\npassword = s3cret # s3cret\n"
    assert "s3cret" not in repr(list(parse_lines(text)))
    with pytest.raises(OptionFileError) as caught:
        list(parse_lines("password = s3cret\n"))
    assert "s3cret" not in str(caught.value)


ALIASES = {"log_slave_updates": "log_replica_updates", "skip_slave_start": "skip_replica_start"}


@pytest.mark.parametrize(
    ("spelled", "name", "loose", "switch"),
    [
        ("server-id", "server_id", False, ""),
        ("Server_ID", "server_id", False, ""),
        ("log-slave-updates", "log_replica_updates", False, ""),
        ("skip-log-slave-updates", "log_replica_updates", False, "skip"),
        ("loose_x", "x", True, ""),
        ("loose-loose_x", "x", True, ""),
        ("skip-log-bin", "log_bin", False, "skip"),
        ("disable_log_bin", "log_bin", False, "disable"),
        ("enable-slow_query_log", "slow_query_log", False, "enable"),
        ("loose-skip_slow-query-log", "slow_query_log", True, "skip"),
        ("skip-loose-slow_query_log", "slow_query_log", True, ""),
        ("skip-skip-slow_query_log", "slow_query_log", False, "skip"),
        ("maximum-max_heap_table_size", "maximum_max_heap_table_size", False, ""),
        ("skip-name-resolve", "skip_name_resolve", False, ""),
        ("skip-skip_name_resolve", "skip_name_resolve", False, "skip"),
        ("loose_skip_name_resolve", "skip_name_resolve", True, ""),
        ("skip_slave_start", "skip_replica_start", False, ""),
        ("disabled_storage_engines", "disabled_storage_engines", False, ""),
        ("skip_", "skip_", False, ""),
        ("skip", "skip", False, ""),
    ],
)
def test_a_name(spelled: str, name: str, loose: bool, switch: str) -> None:
    assert option_name(spelled, ALIASES) == OptionName(name, loose, switch)


@pytest.mark.parametrize(
    ("value", "switch", "expected"),
    [
        ("x", "", ("x", False)),
        (None, "", (None, False)),
        (None, "skip", ("OFF", True)),
        ("1", "skip", ("OFF", True)),
        ("", "disable", ("OFF", True)),
        ("0", "skip", (None, False)),
        (None, "enable", (None, False)),
        ("0", "enable", ("OFF", True)),
    ],
)
def test_a_switch(value: str | None, switch: str, expected: tuple[str | None, bool]) -> None:
    assert switched(value, switch) == expected
