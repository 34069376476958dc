# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folders of databases that a clone dropped before it was broken off: while they are there, MySQL makes no such database anew."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Iterable

# Manual, "Mapping of Identifiers to File Names"; what it maps in another way is left alone.
_PLAIN = re.compile(r"(?:\w|@[0-9a-f]{4})+", re.ASCII)
_MAPPED = re.compile(r"@([0-9a-f]{4})")


@dataclass(frozen=True)
class Leftovers:
    """Removes them: see ``_model.step.Performed``."""

    datadir: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"rmdir {' '.join(self._paths)}"

    @property
    def _paths(self) -> list[str]:
        return [os.path.join(self.datadir, name) for name in self.names]

    def perform(self, _session: Any) -> None:
        """What is no longer empty stays."""
        for path in self._paths:
            with suppress(OSError):
                os.rmdir(path)


def leftovers(datadir: str, databases: Iterable[str]) -> tuple[str, ...]:
    """The names of empty folders that belong to none of the server's databases."""
    known = {name.lower() for name in databases}
    with suppress(OSError), os.scandir(datadir) as found:
        return tuple(
            sorted(
                entry.name
                for entry in found
                if entry.is_dir(follow_symlinks=False)
                and _PLAIN.fullmatch(entry.name)
                and _MAPPED.sub(lambda code: chr(int(code[1], 16)), entry.name).lower() not in known
                and not os.listdir(entry.path)
            )
        )
    return ()
