# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of one MySQL or MariaDB option file, read the way the servers read it, and the names of options in it.

Sources: MySQL manual, "Using Option Files" and "Program Option Modifiers"; MariaDB documentation, "Configuring MariaDB
with Option Files"; where these are silent, what my_print_defaults of MySQL 9.7 and MariaDB 10.11 and 11.8 does.

A text is what ``bytes.decode("utf-8", "surrogateescape")`` gives: servers work on bytes, and so nothing is lost. Values
may be passwords, so they stay out of error messages and of the repr of what is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# What isspace() says in latin1, the character set that servers read option files in: byte A0 ends some UTF-8 letters.
BLANKS = " \t\n\v\f\r\xa0"
# MariaDB, and MySQL's older versions, read a longer line as two lines.
LONGEST_LINE = 4094

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "s": " ", '"': '"', "'": "'", "\\": "\\"}
_DIRECTIVE = re.compile(f"([!?])[{BLANKS}]*(includedir|include)(?=[{BLANKS}]|$)(.*)", re.DOTALL)

# Options whose own name begins like a prefix; every other name that begins so is a prefix and an option.
_NOT_A_PREFIX = frozenset(
    {
        "enable_cascade_triggers",
        "enable_secondary_engine_statistics",
        "skip_grant_tables",
        "skip_host_cache",
        "skip_name_resolve",
        "skip_networking",
        "skip_new",
        "skip_replica_start",
        "skip_show_database",
        "skip_slave_start",
        "skip_stack_trace",
    }
)


class OptionFileError(ValueError):
    """A line at which every server stops reading the file (and does not start, unless the file was included).

    ``line`` counts from 1.
    """

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


class AmbiguousOptionFile(OptionFileError):
    """A line that servers read differently, depending on vendor, version or the directory they are started in."""


@dataclass(frozen=True)
class Remark:
    """A blank line, a comment, or a directive that servers ignore."""


@dataclass(frozen=True)
class Header:
    """The start of a group."""


@dataclass(frozen=True)
class Directive:
    """``!include`` or ``!includedir`` with an absolute path.

    ``optional`` is ``?include`` or ``?includedir``, which MariaDB knows from 11.4.10 and 11.8.6; a server that takes it
    for an option does not start.
    """

    keyword: str
    path: str
    optional: bool


@dataclass(frozen=True)
class Option:
    """``name``, or ``name = value``; ``name`` as spelled, ``value`` without quotes and escapes, None without ``=``.

    ``indent``, ``equals`` and ``tail`` are the text before the name, between name and value, and after the value.
    """

    name: str
    value: str | None = field(repr=False)
    indent: str
    equals: str
    tail: str = field(repr=False)


@dataclass(frozen=True)
class Line:
    """One line: its number from 1, its text with the end of line, the lower-case group it stands in, what it holds."""

    number: int
    text: str = field(repr=False)
    group: str
    content: Remark | Header | Directive | Option


@dataclass(frozen=True)
class OptionName:
    """An option's canonical name (lower case, underscores, modern) and what its prefixes say.

    ``switch`` is the prefix that turns the option on or off: ``skip``, ``disable``, ``enable`` or nothing.
    """

    name: str
    loose: bool
    switch: str


def parse_lines(text: str) -> Iterator[Line]:
    """The lines of an option file, one after the other, up to the line at which servers stop.

    :raises OptionFileError: at that line; the lines before it have been yielded.
    """
    group = ""
    grouped = False
    for number, raw in enumerate(_split_lines(byte_text(text)), start=1):
        _check_readable(number, raw)
        body = raw.lstrip(BLANKS)
        content: Remark | Header | Directive | Option
        if not body or body[0] in "#;":
            content = Remark()
        elif body[0] in "!?":
            content = _parse_directive(number, raw)
        elif body[0] == "[":
            group, grouped, content = _parse_group(number, body), True, Header()
        elif grouped:
            content = parse_option(raw)
            if not content.name:
                raise AmbiguousOptionFile(number, "a value without the name of an option")
        else:
            mark = "a byte order mark" if raw.startswith(byte_text("\ufeff")) else "an option"
            raise OptionFileError(number, f"{mark} stands before the first [group]")
        yield Line(number, _plain_text(raw), group, content)


def parse_option(raw: str) -> Option:
    """The option on a line, given and read as bytes in latin1 (see :func:`byte_text`)."""
    indent = len(raw) - len(raw.lstrip(BLANKS))
    code = raw[: _comment_start(raw, indent)]
    name, equals, rest = code[indent:].partition("=")
    name = name.rstrip(BLANKS)
    name_end = indent + len(name)
    if not equals:
        return Option(_plain_text(name), None, _plain_text(raw[:indent]), "", _plain_text(raw[name_end:]))
    value = rest.strip(BLANKS)
    value_start = len(code) - len(rest.lstrip(BLANKS)) if value else len(code) - len(rest)
    return Option(
        _plain_text(name),
        _plain_text(_unescape(value)),
        _plain_text(raw[:indent]),
        _plain_text(raw[name_end:value_start]),
        _plain_text(raw[value_start + len(value) :]),
    )


def option_name(spelled: str, aliases: Mapping[str, str]) -> OptionName:
    """What option a name in a file means.

    ``aliases`` maps a canonical old name to the modern one. ``maximum_`` stays in the name: it sets a bound of a
    variable, not the variable. An option's own name goes before a prefix: ``skip_name_resolve`` is one. Of several
    prefixes only the one next to the option switches it, as in the servers. MariaDB ignores case; MySQL knows no name
    in upper case, so folding mixes up nothing there.
    """
    name = spelled.replace("-", "_").lower()
    known = _NOT_A_PREFIX.union(aliases, aliases.values())
    loose = False
    prefix = ""
    while name not in known:
        first, _separator, rest = name.partition("_")
        if first not in ("skip", "disable", "enable", "loose") or not rest:
            break
        loose = loose or first == "loose"
        prefix, name = first, rest
    return OptionName(aliases.get(name, name), loose, "" if prefix == "loose" else prefix)


def switched(value: str | None, switch: str) -> tuple[str | None, bool]:
    """The value an option gets through a prefix, and whether it is turned off: ``skip_x = 0`` turns ``x`` on.

    MySQL manual, "Program Option Modifiers"; any other value behind such a prefix is ignored by the servers.
    """
    if not switch:
        return value, False
    negated = (switch == "enable") == (value == "0")
    return ("OFF" if negated else None), negated


def byte_text(text: str) -> str:
    """The UTF-8 bytes of a text as a text of latin1 characters, which is how servers see it.

    :raises ValueError: when the text holds what is no character (half of a surrogate pair).
    """
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _plain_text(raw: str) -> str:
    return raw.encode("latin-1").decode("utf-8", "surrogateescape")


def _split_lines(raw: str) -> list[str]:
    lines = [line + "\n" for line in raw.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _check_readable(number: int, raw: str) -> None:
    if "\0" in raw:
        raise AmbiguousOptionFile(number, "the line holds a NUL byte, after which servers read differently")
    if len(raw.rstrip("\n")) > LONGEST_LINE:
        raise AmbiguousOptionFile(
            number, f"the line is longer than {LONGEST_LINE} bytes, and some servers read the rest as another line"
        )


def _parse_group(number: int, body: str) -> str:
    name, bracket, _rest = body[1:].partition("]")
    if not bracket:
        raise OptionFileError(number, "a group without its closing bracket ]")
    return _plain_text(name.rstrip(BLANKS)).lower()


def _parse_directive(number: int, raw: str) -> Remark | Directive:
    match = _DIRECTIVE.match(raw.lstrip(BLANKS))
    if not match:
        return Remark()
    keyword = match.group(2)
    path = match.group(3).strip(BLANKS)
    if not path:
        raise OptionFileError(number, f"!{keyword} without a path")
    if _comment_start(path, 0) < len(path):
        raise AmbiguousOptionFile(number, f"a # after !{keyword}, which is a comment to some servers and path to others")
    if raw[-1] not in BLANKS and not (keyword == "includedir" and path.endswith("/")):
        raise AmbiguousOptionFile(
            number, f"!{keyword} in a last line without line end, of which some servers cut off the last character"
        )
    if not path.startswith("/"):
        raise AmbiguousOptionFile(number, f"!{keyword} with a relative path depends on where the server is started")
    return Directive(keyword, _plain_text(path), match.group(1) == "?")


def _comment_start(raw: str, start: int) -> int:
    quote = ""
    escaped = False
    for index in range(start, len(raw)):
        char = raw[index]
        if char in "'\"" and not escaped:
            if not quote:
                quote = char
            elif quote == char:
                quote = ""
        if char == "#" and not quote:
            return index
        escaped = bool(quote) and char == "\\" and not escaped
    return len(raw)


def _unescape(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and value[0] == value[-1]:
        value = value[1:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(0)), value, flags=re.DOTALL)
