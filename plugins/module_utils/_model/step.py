# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of: steps that say why, what they change from and to, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import MASK, Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql


@dataclass(frozen=True)
class WriteFile:
    """Replaces a file of the server's host in one move, after the server's own binary has accepted it."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"write {self.path}"


@dataclass(frozen=True)
class KeepCopy:
    """Copies a file of the server's host, owner and mode too."""

    path: str
    copy: str

    def __str__(self) -> str:
        return f"copy {self.path} to {self.copy}"


@dataclass(frozen=True)
class RemoveFile:
    """Removes a file of the server's host, keeping a copy beside it."""

    path: str

    def __str__(self) -> str:
        return f"remove {self.path}"


@dataclass(frozen=True)
class AwaitStatus:
    """Waits until a query of one value gives the wanted text."""

    query: str
    wanted: str
    waiting_for: str

    def __str__(self) -> str:
        return f"wait for {self.waiting_for}"


class Performed(Protocol):
    """What a statement cannot say; the edge that made it knows how it is done. Its text is for people."""

    def perform(self, session: Any) -> None:
        """Does it; raises :class:`Refusal`."""


Action = Union[Sql, WriteFile, KeepCopy, RemoveFile, AwaitStatus, Performed]
Value = Union[str, Secret, None]


@dataclass(frozen=True)
class Step:
    """One change of one object.

    ``target`` names the object (``system variable sync_binlog``), ``before`` and ``after`` its values (``None``: absent).
    """

    why: str
    target: str
    before: Value
    after: Value
    action: Action

    def describe(self) -> dict[str, str | None]:
        """The step as modules return it: every secret is masked."""
        return {
            "why": self.why,
            "target": self.target,
            "before": _shown(self.before),
            "after": _shown(self.after),
            "statement": str(self.action),
            "summary": self.summary(),
        }

    def summary(self) -> str:
        """The step in one line, for people."""
        values = (_shown(self.before), _shown(self.after))
        if any("\n" in value for value in values if value):
            return f"{self.target}: {self.why}"
        before, after = ("absent" if value is None else value for value in values)
        return f"{self.target}: {before} → {after} ({self.why})"


def _shown(value: Value) -> str | None:
    return MASK if isinstance(value, Secret) else value


def diff(steps: list[Step]) -> dict[str, str]:
    """Ansible's diff of a plan: one line an object, first value before and last value after."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for step in steps:
        before.setdefault(step.target, _line(step.target, step.before))
        after[step.target] = _line(step.target, step.after)
    return {"before": "".join(before.values()), "after": "".join(after.values())}


def _line(target: str, value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and "\n" in value:
        return f"{target}:\n" + "".join(f"    {line}\n" for line in value.splitlines())
    return f"{target}: {_shown(value)}\n"
