# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set and remove options in the text of one option file, and leave every other byte of it as it is."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import (
    BLANKS,
    LONGEST_LINE,
    Header,
    Line,
    Option,
    Remark,
    byte_text,
    option_name,
    parse_lines,
)


class Change(enum.Enum):
    """What can be done to an option besides giving it a value."""

    REMOVE = "remove"
    # ``skip_log_bin``: the only way to turn off an option whose value is a name.
    SKIP = "skip"


REMOVE = Change.REMOVE
SKIP = Change.SKIP

# None is a bare name; a tuple is an option given several times (replicate_do_db), in this order.
Setting = Union[None, str, Change, tuple[str, ...]]

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b"})


@dataclass(frozen=True)
class _Wanted:
    """One line that the file shall have; ``names`` are equal spellings, the first is the one to write."""

    names: tuple[str, ...]
    value: str | None

    def spells(self, option: Option) -> bool:
        return _folded(option.name) in map(_folded, self.names)

    def holds(self, option: Option) -> bool:
        return self.spells(option) and option.value == self.value


def edit(
    text: str,
    settings: Mapping[str, Setting],
    aliases: Mapping[str, str],
    group: str = "mysqld",
    server_groups: Collection[str] = (),
) -> str:
    """The text of an option file in which exactly the ``settings`` hold for their options.

    ``settings`` maps an option's name, as it is to be written, to its value; the order counts for what is appended.
    Lines of an option are found in whatever spelling, by prefix and by ``aliases`` (old name to new), in ``group`` and
    in ``server_groups``, the further groups that the server reads: the last one, which wins, is changed in place and
    keeps its comment, the others go. A line that says the same already is not touched. What is new is appended to the
    last section of ``group``, after its last ``!include``, so that it wins over included files.

    :raises OptionFileError: when servers do not read the file, or each reads it differently.
    :raises ValueError: when a name or value cannot be written into an option file, or two names mean one option.
    """
    lines = list(parse_lines(text))
    texts = [line.text for line in lines]
    line_end = "\r\n" if texts and texts[0].endswith("\r\n") else "\n"
    occurrences = _occurrences(lines, {group.lower(), *(name.lower() for name in server_groups)}, aliases)
    appended: list[str] = []
    seen: set[str] = set()
    for spelled, setting in settings.items():
        wanted = _wanted(spelled, setting)
        name = option_name(spelled, aliases).name
        if name in seen:
            raise ValueError(f"{spelled} is set twice, under two names of one option")
        seen.add(name)
        appended += _place(texts, occurrences.get(name, []), wanted, line_end)
    if appended:
        _append(lines, texts, appended, group, line_end)
    return "".join(texts)


def render_option(name: str, value: str | None, equals: str = " = ") -> str:
    """The line, without its end, from which servers read this name and value: quoted only where it has to be.

    :raises ValueError: when there is no such line.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an option")
    return _fitting(name if value is None else name + equals + _quoted(name, value))


def _quoted(name: str, value: str) -> str:
    if "\0" in value:
        raise ValueError(f"the value of {name} holds a NUL character, which no option file can hold")
    if _SURROGATE.search(value):
        raise ValueError(f"the value of {name} holds half a surrogate pair, which is no character")
    raw = byte_text(value)
    escaped = value.translate(_ESCAPED)
    plain = raw != "" and raw.strip(BLANKS) == raw and escaped == value and "#" not in value and "'" not in value
    return value if plain else f'"{escaped}"'


def _fitting(line: str) -> str:
    if len(byte_text(line.rstrip("\n"))) > LONGEST_LINE:
        name = line.split("=", maxsplit=1)[0].strip()
        raise ValueError(f"the line of {name} would be longer than the {LONGEST_LINE} bytes that servers read as one line")
    return line


def _wanted(spelled: str, setting: Setting) -> list[_Wanted]:
    loose = "loose_" if option_name(spelled, {}).loose else ""
    bare = re.sub("^(loose[-_])+", "", spelled, flags=re.IGNORECASE)
    if option_name(spelled, {}).switch:
        raise ValueError(f"{spelled} has a prefix that switches it: name the option itself, with a value or SKIP")
    if setting is Change.REMOVE:
        return []
    if setting is Change.SKIP:
        return [_Wanted((f"{loose}skip_{bare}", f"{loose}disable_{bare}"), None)]
    values = setting if isinstance(setting, tuple) else (setting,)
    return [_Wanted((spelled,), value) for value in values]


def _folded(name: str) -> str:
    return name.replace("-", "_")


def _occurrences(lines: list[Line], groups: Collection[str], aliases: Mapping[str, str]) -> dict[str, list[tuple[int, Option]]]:
    found: dict[str, list[tuple[int, Option]]] = {}
    for index, line in enumerate(lines):
        if isinstance(line.content, Option) and line.group in groups:
            found.setdefault(option_name(line.content.name, aliases).name, []).append((index, line.content))
    return found


def _place(texts: list[str], found: list[tuple[int, Option]], wanted: list[_Wanted], line_end: str) -> list[str]:
    """Rewrite the lines that there are; the lines for which there is no place yet are returned."""
    kept = found[-len(wanted) :] if wanted else []
    for index, _option in found[: len(found) - len(kept)]:
        texts[index] = ""
    for (index, option), line in zip(kept, wanted):
        if not line.holds(option):
            texts[index] = _changed(option, line)
    added = [render_option(line.names[0], line.value) + line_end for line in wanted[len(kept) :]]
    if not kept:
        return added
    _insert_after(texts, kept[-1][0], added, line_end)
    return []


def _changed(option: Option, line: _Wanted) -> str:
    name = option.name if line.spells(option) else line.names[0]
    equals = {"": " = ", " =": " = "}.get(option.equals, option.equals)
    # Servers cut byte A0 off the end of a value (voilà), so it stands at the start of the tail; it goes with the value.
    return _fitting(option.indent + render_option(name, line.value, equals) + option.tail.lstrip("\udca0"))


def _append(lines: list[Line], texts: list[str], added: list[str], group: str, line_end: str) -> None:
    starts = [index for index, line in enumerate(lines) if isinstance(line.content, Header)]
    sections = [index for index in starts if lines[index].group == group.lower()]
    if sections:
        end = min((index for index in starts if index > sections[-1]), default=len(lines))
        _insert_after(texts, _last_of_section(lines, end), added, line_end)
    else:
        gap = [line_end] if lines and not _is_blank(lines[-1]) else []
        texts.append("")
        _insert_after(texts, max(len(lines) - 1, 0), [*gap, f"[{group}]{line_end}", *added], line_end)


def _last_of_section(lines: list[Line], end: int) -> int:
    """The line to append after: not among blank lines at the end, nor in a comment that heads the next group."""
    last = end - 1
    if end < len(lines):
        while isinstance(lines[last].content, Remark) and not _is_blank(lines[last]):
            last -= 1
    while _is_blank(lines[last]):
        last -= 1
    return last


def _is_blank(line: Line) -> bool:
    return not byte_text(line.text).strip(BLANKS)


def _insert_after(texts: list[str], index: int, added: list[str], line_end: str) -> None:
    if added:
        gap = line_end if texts[index] and not texts[index].endswith("\n") else ""
        texts[index] = texts[index] + gap + "".join(added)
