# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Frozen dataclasses as plain values (what JSON holds) and back, every value's type checked on the way back."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Callable, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
_Reader = Callable[[Any, str], Any]
_SCALARS = (str, int, float, type(None))


class NotPlain(ValueError):
    """A value is not what the dataclass wants there; the message names the place."""


def to_plain(value: Any) -> Any:
    """Dictionaries, lists and scalars. Fields that hold their default are left out, so that a snapshot stays short."""
    if isinstance(value, _SCALARS):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            one.name: to_plain(getattr(value, one.name))
            for one in fields(value)
            if one.name == "format" or not _is_default(one, getattr(value, one.name))
        }
    if isinstance(value, AbstractMapping):
        return {str(name): to_plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(one) for one in value]
    return value


def from_plain(kind: type[T], value: Any, path: str = "") -> T:
    """The dataclass that a plain value holds. Raises :class:`NotPlain`; fields that it does not know are an error too."""
    read: T = _reader(kind)(value, path)  # type: ignore[arg-type]
    return read


def _is_default(one: Field[Any], value: Any) -> bool:
    if one.default is not MISSING:
        return bool(value == one.default)
    return one.default_factory is not MISSING and value == one.default_factory()


@cache
def _reader(kind: Any) -> _Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Union:
        return _optional(_reader(arguments[0]))
    if origin is tuple:
        return _list(_reader(arguments[0]))
    if origin is not None and issubclass(origin, AbstractMapping):
        return _mapping(_reader(arguments[1]), arguments[1])
    return _object(kind) if is_dataclass(kind) else _scalar(kind)


def _optional(inner: _Reader) -> _Reader:
    return lambda value, path: None if value is None else inner(value, path)


def _list(inner: _Reader) -> _Reader:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, (list, tuple)):
            raise _wrong(path, "a list", value)
        return tuple([inner(one, f"{path}[{index}]") for index, one in enumerate(value)])

    return read


def _mapping(inner: _Reader, kind: Any) -> _Reader:
    def read(value: Any, path: str) -> Any:
        if not isinstance(value, AbstractMapping):
            raise _wrong(path, "a dictionary", value)
        if kind is str and all(isinstance(one, str) for one in value.values()):
            return {str(name): str(one) for name, one in value.items()}
        return {str(name): inner(one, f"{path}.{name}") for name, one in value.items()}

    return read


def _object(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {one.name: _reader(hints[one.name]) for one in fields(kind)}
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}

    def read(value: Any, path: str) -> Any:
        if not isinstance(value, AbstractMapping):
            raise _wrong(path, "a dictionary", value)
        unknown = sorted(map(str, set(value) - set(readers)))
        if unknown:
            raise NotPlain(f"{path or 'it'} holds {', '.join(unknown)}, which nothing here knows")
        missing = sorted(needed - set(value))
        if missing:
            raise NotPlain(f"{path or 'it'} lacks {', '.join(missing)}")
        return kind(**{str(name): readers[name](one, f"{path}.{name}" if path else str(name)) for name, one in value.items()})

    return read


def _scalar(kind: Any) -> _Reader:
    def read(value: Any, path: str) -> Any:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        # Subclasses are fine (Ansible tags its texts), but a boolean is no number.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _wrong(path, _WORDS[kind], value)
        return value

    return read


_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _wrong(path: str, wanted: str, value: Any) -> NotPlain:
    return NotPlain(f"{path or 'it'} is {type(value).__name__} where {wanted} belongs")
