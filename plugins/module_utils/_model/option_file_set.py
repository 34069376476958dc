# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option files of one server as they were read, and as they would be with one of them changed."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_file import (
    Directive,
    OptionFileError,
    parse_lines,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Chain, read_chain

#: Sorts after what packages and people put into an included directory, so it is read last there.
OWN_FILE = "zz-replication.cnf"


@dataclass(frozen=True)
class OptionFileSet:
    """``tops`` are the paths that the server starts to read at, in order.

    ``texts`` are the texts of the files that it reads, by real path; ``real`` maps every other path of a file to its real path.
    ``listings`` are the names in included directories. ``group`` is the group to write to.
    """

    tops: tuple[str, ...]
    texts: Mapping[str, str]
    real: Mapping[str, str]
    listings: Mapping[str, tuple[str, ...]]
    group: str
    groups: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def text(self, path: str) -> Optional[str]:
        """What the server reads at this path; ``None`` if it does not."""
        return self.texts.get(self.real.get(path, path))

    def chain(self) -> Chain:
        """What the server reads. Raises ``ChainError``, see :func:`read_chain`."""
        return read_chain(self.tops, self.text, self.listings.get, self.groups, self.aliases)

    def with_text(self, path: str, text: str) -> OptionFileSet:
        """The set in which the file at ``path`` has this text, be it new or old."""
        directory, name = posixpath.split(path)
        listings = dict(self.listings)
        for listed in (directory, directory + "/"):
            if listed in listings and name not in listings[listed]:
                listings[listed] = (*listings[listed], name)
        return replace(self, texts={**self.texts, self.real.get(path, path): text}, listings=listings)

    def reads(self, path: str) -> bool:
        """Whether the server would read a file at this path."""
        if path in self.tops or self.text(path) is not None:
            return True
        directory, name = posixpath.split(path)
        return name.endswith(".cnf") and bool({directory, directory + "/"} & set(self.listings))

    def own_path(self) -> str:
        """The file to write to: the last one to be read that may be made, or else the last one that there is."""
        directory = self._last_directory()
        if directory:
            return posixpath.join(directory, OWN_FILE)
        return next((path for path in reversed(self.tops) if self.text(path) is not None), self.tops[0] if self.tops else "")

    def _last_directory(self) -> str:
        found = ""
        for path in self.chain().files:
            try:
                for line in parse_lines(self.text(path) or ""):
                    if isinstance(line.content, Directive) and line.content.keyword == "includedir":
                        found = line.content.path
            except OptionFileError:
                continue  # an included file may be broken; the server reads the lines before that
        return found
