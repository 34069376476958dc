# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A system variable as a server knows it, and the one form of its value in which two values can be compared."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Mapping, Optional

BOOLEAN = "boolean"
INTEGER = "integer"
DECIMAL = "decimal"
ENUM = "enumeration"
SET = "set"
#: The name of a log: whether it is written, and where. ``OFF``, or a path without its extension.
LOG = "log name"
#: A name that the server finds in any case: a character set, a collation, a storage engine, a locale.
NAME = "name"
#: Switches, ``one=on,other=off``; what is not named stays as it is.
FLAGS = "flags"
TEXT = "text"

ON = "ON"
OFF = "OFF"

_ON_WORDS = frozenset({"1", "on", "true", "yes"})
_OFF_WORDS = frozenset({"0", "off", "false", "no"})
_INTEGER = re.compile(r"([+-]?[0-9]+)([kmgtpe]?)", re.IGNORECASE)
_SUFFIXES = "kmgtpe"
_UTF8 = re.compile(r"utf8(?=_|$)")
_FLAG = re.compile(r"[a-z0-9_]+=(on|off)")


@dataclass(frozen=True)
class VariableType:
    """What values a variable takes. ``choices`` are in the server's order: enumerations may be given by index.

    ``directory``, for a log, is what its relative name is relative to: the data directory. ``block``: a number is a multiple of
    it; ``grain``: the server rounds up to a multiple of it. ``stands_for``: members of a set that bring others with them.
    ``utf8``: the server's name of the character set utf8.
    """

    kind: str
    choices: tuple[str, ...] = ()
    minimum: Optional[int] = None
    maximum: Optional[int] = None
    block: int = 1
    grain: int = 1
    directory: str = "/"
    stands_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    utf8: str = "utf8"

    def normalise(self, value: str) -> str:
        """The value in the server's own spelling: ``true`` is ``ON``, ``100M`` is ``104857600``, ``row`` is ``ROW``.

        Raises ``ValueError`` that says in words what the variable takes.
        """
        return _NORMALISE[self.kind](self, value)

    def _boolean(self, value: str) -> str:
        word = value.strip().lower()
        if word in _ON_WORDS:
            return ON
        if word in _OFF_WORDS:
            return OFF
        raise ValueError("it takes ON or OFF")

    def _integer(self, value: str) -> str:
        match = _INTEGER.fullmatch(value.strip())
        if not match:
            raise ValueError("it takes a whole number, which may end in K, M, G, T, P or E")
        suffix = match.group(2).lower()
        number = int(match.group(1)) * (1024 ** (_SUFFIXES.index(suffix) + 1) if suffix else 1)
        if self.minimum is not None and number < self.minimum:
            raise ValueError(f"the least that it takes is {self.minimum}")
        if self.maximum is not None and number > self.maximum:
            raise ValueError(f"the most that it takes is {self.maximum}")
        if number % self.block:
            raise ValueError(f"it takes multiples of {self.block}")
        return str(number + -number % self.grain)

    def _decimal(self, value: str) -> str:
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            raise ValueError("it takes a number") from None
        return format(number.normalize(), "f")

    def _enumeration(self, value: str) -> str:
        word = value.strip().upper()
        names = {choice.upper(): choice for choice in self.choices}
        if word in names:
            return names[word]
        if not self.choices:
            return word
        if word.isdigit() and int(word) < len(self.choices):
            return self.choices[int(word)]
        for words, name in ((_ON_WORDS, ON), (_OFF_WORDS, OFF)):
            if word.lower() in words and name in names:
                return names[name]
        raise ValueError(f"it takes {', '.join(self.choices[:-1])} or {self.choices[-1]}")

    def _set(self, value: str) -> str:
        words = {word.strip().upper() for word in value.split(",")} - {""}
        unknown = sorted(words - {choice.upper() for choice in self.choices}) if self.choices else []
        if unknown:
            raise ValueError(f"it does not know {', '.join(unknown)}; it takes any of {', '.join(self.choices)}")
        return ",".join(sorted(words.union(*(self.stands_for.get(word, ()) for word in words))))

    def _flags(self, value: str) -> str:
        flags = {flag.strip().lower() for flag in value.split(",")} - {""}
        if not all(map(_FLAG.fullmatch, flags)):
            raise ValueError("it takes switches, as one=on,other=off")
        return ",".join(sorted(flags))

    def _name(self, value: str) -> str:
        return _UTF8.sub(self.utf8, value.strip().lower(), count=1)

    def _log(self, value: str) -> str:
        """Manual, "The Binary Log": an extension is cut off; observed: from the first dot of the name on.

        Observed too: "log_bin = OFF" in an option file logs to files named OFF; such a name is ``./OFF`` here.
        """
        if value == OFF:
            return OFF
        directory, name = posixpath.split(value)
        stem = name.partition(".")[0]
        if not stem:
            raise ValueError("it takes the name of a file")
        path = posixpath.normpath(posixpath.join(self.directory, directory, stem))
        base = posixpath.normpath(self.directory).rstrip("/") + "/"
        name = path[len(base) :] if path.startswith(base) else path
        return f"./{OFF}" if name == OFF else name

    def _text(self, value: str) -> str:
        return value


_NORMALISE = {
    BOOLEAN: VariableType._boolean,
    INTEGER: VariableType._integer,
    DECIMAL: VariableType._decimal,
    ENUM: VariableType._enumeration,
    SET: VariableType._set,
    LOG: VariableType._log,
    NAME: VariableType._name,
    FLAGS: VariableType._flags,
    TEXT: VariableType._text,
}

_SET_BY = re.compile(r", set by (\S+@\S*) at (\S.*)$")


@dataclass(frozen=True)
class SystemVariable:
    """One global variable. ``name`` is the server's own; ``value`` is normalised, empty where the server has none.

    ``static``: only a restart changes it. ``persisted`` is what SET PERSIST stored, normalised, ``None`` for nothing.
    ``set_by`` names who changed it at run time, and when, where the server tells.
    """

    name: str
    type: VariableType
    value: str
    static: bool = False
    persisted: Optional[str] = None
    persistable: bool = False
    set_by: str = ""


def reason_with(why: str, set_by: str) -> str:
    """Why a variable is set, and who gave it the value that it had, as ``SystemVariable.set_by`` has it."""
    return f"{why}, set by {set_by}" if set_by else why


def setter_in(reason: str) -> tuple[str, str]:
    """Who, and when, as :func:`reason_with` puts them; empty where it tells of nobody."""
    found = _SET_BY.search(reason)
    return (found[1], found[2]) if found else ("", "")


def text_of(value: object) -> str:
    """A value out of YAML as text: ``on`` arrives as a boolean, a list is a set. Raises ``ValueError``."""
    if isinstance(value, bool):
        return ON if value else OFF
    if isinstance(value, (int, float, str)):
        return str(value)
    if isinstance(value, (list, tuple)):
        return ",".join(text_of(item) for item in value)
    raise ValueError("it has no value")
