# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the option files: the server's next start shall give every variable its wanted value, and nothing else changes."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import Option, option_name, parse_lines
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_edit import (
    REMOVE,
    SKIP,
    Setting,
    edit,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file_set import OptionFileSet
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import KeepCopy, Step, WriteFile
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import LOG, OFF
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import (
    assigned_value,
    assignments_of,
    next_start,
    place,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.wanted import Wanted

_HEADER = (
    "# Kept by Ansible, module dbops.mysql_replication.server_config. It changes the options that it is asked for;\n"
    "# comments and other options stay.\n"
)


class Entry(NamedTuple):
    """A variable that a file shall set. ``found`` says what would come instead; empty if nothing sets it."""

    wanted: Wanted
    value: str
    found: str


class OptionFile(NamedTuple):
    """An option file that is written to; ``text`` is ``None`` if there is none yet.

    ``copy`` is where a copy of it goes before it changes; empty for none.
    """

    path: str
    text: Optional[str]
    copy: str


class Planned(NamedTuple):
    """The steps, and all option files as they will be then."""

    steps: list[Step]
    files: OptionFileSet


def plan_files(
    dialect: Dialect, files: OptionFileSet, own: OptionFile, entries: Sequence[Entry], everything: Sequence[Wanted]
) -> Planned:
    """Repairs lines of wanted variables that no server would take, wherever they stand, and sets the entries in the own file.

    Raises :class:`Refusal` where something that is read later would undo an entry.
    """
    repairs = _repairs(dialect, files, everything)
    planned = files
    steps: list[Step] = []
    for path, settings in repairs.items():
        if path == own.path:
            continue
        before = files.text(path) or ""
        after = _edited(dialect, planned, before, settings)
        planned = planned.with_text(path, after)
        steps.append(_write(_why(()), OptionFile(path, before, ""), after, settings, files))
    settings = dict(repairs.get(own.path, {}))
    settings.update({entry.wanted.variable.name: _setting(entry.wanted, entry.value) for entry in entries})
    if settings:
        before = own.text if own.text is not None else f"{_HEADER}[{files.group}]\n"
        after = _edited(dialect, planned, before, settings)
        planned = planned.with_text(own.path, after)
        if own.text is not None and own.copy:
            why = "a copy of the option file was asked for"
            steps.append(Step(why, f"copy of {own.path}", None, own.copy, KeepCopy(own.path, own.copy)))
        steps.append(_write(_why(entries), own, after, settings, files))
    _refuse_later_ones(dialect, planned, entries)
    return Planned(steps, planned)


def _repairs(dialect: Dialect, files: OptionFileSet, everything: Sequence[Wanted]) -> dict[str, dict[str, Setting]]:
    repairs: dict[str, dict[str, Setting]] = {}
    assignments = files.chain().assignments
    for wanted in everything:
        for assignment in assignments_of(dialect.variables, wanted.variable, assignments):
            try:
                assigned_value(dialect.variables, wanted.variable, assignment)
            except ValueError:
                mine = assignment.name == wanted.variable.name
                repairs.setdefault(assignment.path, {})[assignment.name] = _setting(wanted, wanted.kept) if mine else REMOVE
    return repairs


def _setting(wanted: Wanted, value: str) -> Setting:
    return SKIP if wanted.variable.type.kind == LOG and value == OFF else value


def _edited(dialect: Dialect, files: OptionFileSet, text: str, settings: Mapping[str, Setting]) -> str:
    derived = {
        option: REMOVE
        for option, derived in dialect.variables.derived.items()
        if derived.variable in settings and option in _names(text, files)
    }
    return edit(text, {**settings, **derived}, files.aliases, files.group, files.groups)


def _names(text: str, files: OptionFileSet) -> set[str]:
    return {
        option_name(line.content.name, files.aliases).name
        for line in parse_lines(text)
        if isinstance(line.content, Option) and line.group in files.groups
    }


def _write(why: str, old: OptionFile, text: str, settings: Mapping[str, Setting], files: OptionFileSet) -> Step:
    before = None if old.text is None else _shown(old.text, settings, files)
    return Step(why, f"option file {old.path}", before, _shown(text, settings, files), WriteFile(old.path, text))


def _shown(text: str, settings: Mapping[str, Setting], files: OptionFileSet) -> str:
    """Only the lines that are ours: others may hold a password."""
    lines = [
        line.text.strip()
        for line in parse_lines(text)
        if isinstance(line.content, Option)
        and line.group in files.groups
        and option_name(line.content.name, files.aliases).name in settings
    ]
    return "".join(f"{line}\n" for line in lines)


def _why(entries: Sequence[Entry]) -> str:
    if not entries:
        return "the server would not start, or not take it, with what stands there"
    unset = [entry.wanted.variable.name for entry in entries if not entry.found]
    wrong = [f"{entry.wanted.variable.name} ({entry.found})" for entry in entries if entry.found]
    parts = [f"not right after a restart: {', '.join(wrong)}"] * bool(wrong) + [f"set nowhere: {', '.join(unset)}"] * bool(unset)
    return "; ".join(parts)


def _refuse_later_ones(dialect: Dialect, planned: OptionFileSet, entries: Sequence[Entry]) -> None:
    assignments = planned.chain().assignments
    later: list[str] = []
    for wanted, value, _found in entries:
        ruling = next_start(dialect.variables, wanted.variable, (), assignments, heeds_persisted=False)
        if wanted.holds(ruling.value):
            continue
        if ruling.assignment is None:
            raise Refusal(
                f"{wanted.variable.name} = {value} would not be read: the server does not read the option file",
                "name a file that it reads with option_file (variable mysql_replication_option_file)",
            )
        later.append(f"{wanted.variable.name} shall be {value}, but {place(ruling.assignment)} sets it to {ruling.value}")
    if later:
        raise Refusal(
            f"{'; '.join(later)}. What is read later wins",
            f"remove {'that line' if len(later) == 1 else 'those lines'}, or name that file with option_file"
            " (variable mysql_replication_option_file)",
        )
