# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All the option files that one server reads, in its order: which line sets an option, and which lines it overrides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import (
    AmbiguousOptionFile,
    Directive,
    Line,
    Option,
    OptionFileError,
    byte_text,
    option_name,
    parse_lines,
    switched,
)

# Both servers skip a deeper include with a warning (seen with MySQL 9.7 and MariaDB 10.11).
DEEPEST_INCLUDE = 10
# Files that include each other multiply with every level; a server would take as long.
MOST_FILES = 10_000

Reader = Callable[[str], Optional[str]]
Lister = Callable[[str], Optional[Iterable[str]]]


@dataclass(frozen=True)
class Assignment:
    """One line that sets an option of the server.

    ``name`` is canonical, ``raw_name`` as spelled. ``value`` is None for a bare name, which means on for a switch and
    the default name for a log. ``negated`` is true when a prefix turned the option off; ``value`` is ``OFF`` then, but
    ``skip_log_bin`` is not the same as ``log_bin = OFF``, which logs to files named OFF. ``text`` is the line.
    """

    name: str
    value: str | None = field(repr=False)
    path: str
    line: int
    group: str
    raw_name: str
    loose: bool
    negated: bool
    text: str = field(repr=False)


@dataclass(frozen=True)
class Problem:
    """A line that the server passes over with no more than a warning, so that options may be missing."""

    path: str
    line: int
    message: str


@dataclass(frozen=True)
class Chain:
    """What a server reads from its option files: assignments in order, where the last one of a name wins.

    ``files`` are the paths in the order of reading, with repetitions; ``aliases`` is what names were resolved with.
    Options that add up when given more than once (``replicate_do_db``) have no effective one: ask for all.
    """

    assignments: tuple[Assignment, ...]
    problems: tuple[Problem, ...]
    files: tuple[str, ...]
    aliases: Mapping[str, str]

    def all(self, name: str) -> tuple[Assignment, ...]:
        """Every assignment of an option, asked for in any spelling."""
        wanted = option_name(name, self.aliases).name
        return tuple(assignment for assignment in self.assignments if assignment.name == wanted)

    def effective(self, name: str) -> Assignment | None:
        """The assignment that wins, None when no file sets the option."""
        found = self.all(name)
        return found[-1] if found else None


@dataclass(frozen=True)
class Merged:
    """One text for ``--defaults-file``; ``origins`` names path and line of each of its lines, None for the header."""

    text: str
    origins: tuple[tuple[str, int] | None, ...]

    def origin(self, line: int) -> tuple[str, int] | None:
        """Path and line that line ``line`` (from 1) of the text comes from."""
        return self.origins[line - 1]


class ChainError(OptionFileError):
    """An :class:`OptionFileError` with the ``path`` of its file."""

    def __init__(self, path: str, cause: OptionFileError) -> None:
        super().__init__(cause.line, cause.message)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} line {self.line}: {self.message}"


def read_chain(paths: Sequence[str], read: Reader, list_dir: Lister, groups: Collection[str], aliases: Mapping[str, str]) -> Chain:
    """What a server reads that is started with the option files ``paths``, in this order, and reads these ``groups``.

    ``read`` gives a file's text, None for one that the server does not read (missing, unreadable, or a regular file
    that everybody may write to); ``list_dir`` the names in a directory, None for one that cannot be read. Both get
    absolute paths. To judge a candidate of a file, let ``read`` give the candidate for its path.

    Included directories: names that end in ``.cnf``, sorted by bytes. MariaDB documents alphabetical order; MySQL's
    manual ("Using Option Files") makes no guarantee, but its my_dir() sorts with strcmp() too, as seen with 9.7.

    :raises ChainError: where the server would not start, or where it cannot be known what it reads.
    """
    walk = _Walk(read, list_dir, frozenset(group.lower() for group in groups), aliases)
    for path in paths:
        walk.file(path, 0)
    return Chain(tuple(walk.assignments), tuple(walk.problems), tuple(walk.files), aliases)


def merge(chain: Chain) -> Merged:
    """The options of the server's groups as one self-contained text: no includes, no other groups (and their passwords).

    Lines are copied as they stand, in the order of reading, so a server reads from it what it reads from the chain.
    """
    lines = ["[mysqld]\n"] + [assignment.text.rstrip("\r\n") + "\n" for assignment in chain.assignments]
    origins = [None] + [(assignment.path, assignment.line) for assignment in chain.assignments]
    return Merged("".join(lines), tuple(origins))


class _Walk:
    """The state of reading: what has been found so far."""

    def __init__(self, read: Reader, list_dir: Lister, groups: frozenset[str], aliases: Mapping[str, str]) -> None:
        self._read = read
        self._list_dir = list_dir
        self._groups = groups
        self._aliases = aliases
        self.assignments: list[Assignment] = []
        self.problems: list[Problem] = []
        self.files: list[str] = []

    def file(self, path: str, depth: int) -> bool:
        text = self._read(path)
        if text is None:
            return False
        self.files.append(path)
        try:
            if len(self.files) > MOST_FILES:
                raise AmbiguousOptionFile(1, f"more than {MOST_FILES} files are read: files include each other")
            for line in parse_lines(text):
                self._line(path, line, depth)
        except ChainError:
            raise
        except AmbiguousOptionFile as error:
            raise ChainError(path, error) from error
        except OptionFileError as error:
            if depth == 0:
                raise ChainError(path, error) from error
            self.problems.append(Problem(path, error.line, f"{error.message}; the rest of this file is not read"))
        return True

    def _line(self, path: str, line: Line, depth: int) -> None:
        if isinstance(line.content, Option) and line.group in self._groups:
            self.assignments.append(_assignment(path, line, line.content, self._aliases))
        elif isinstance(line.content, Directive):
            if depth == DEEPEST_INCLUDE:
                message = f"an {line.content.keyword} is skipped: files include each other {DEEPEST_INCLUDE} levels deep"
                self.problems.append(Problem(path, line.number, message))
            elif line.content.keyword == "include":
                self._include(path, line.number, line.content.path, depth)
            else:
                self._directory(path, line.number, line.content, depth)

    def _directory(self, path: str, number: int, directive: Directive, depth: int) -> None:
        names = self._list_dir(directive.path)
        if names is None:
            message = f"the directory {directive.path} cannot be read"
            if not directive.optional:
                raise OptionFileError(number, message)
            self.problems.append(Problem(path, number, message))
            return
        for name in sorted((name for name in names if name.endswith(".cnf")), key=byte_text):
            self._include(path, number, directive.path.rstrip("/") + "/" + name, depth)

    def _include(self, path: str, number: int, included: str, depth: int) -> None:
        if not self.file(included, depth + 1):
            self.problems.append(Problem(path, number, f"{included} is not read: missing, unreadable or writable by everybody"))


def _assignment(path: str, line: Line, option: Option, aliases: Mapping[str, str]) -> Assignment:
    meaning = option_name(option.name, aliases)
    value, negated = switched(option.value, meaning.switch)
    return Assignment(meaning.name, value, path, line.number, line.group, option.name, meaning.loose, negated, line.text)
