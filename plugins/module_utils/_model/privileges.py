# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Privileges as ``SHOW GRANTS`` prints them: global ones, those on objects, proxies, roles and partial revokes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterable, Mapping, Optional

GLOBAL = "*.*"
ALL = "ALL PRIVILEGES"
USAGE = "USAGE"

# Kinds of grants.
ON_SERVER = "server"
ON_OBJECT = "object"
PROXY = "proxy"
ROLE = "role"
#: MySQL's partial revoke: a global privilege that does not hold for one database.
RESTRICTION = "restriction"

_QUOTED = re.compile(r"""`(?:[^`]|``)*`|'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*\"""", re.DOTALL)
_LINE = re.compile(r"(?P<verb>GRANT|REVOKE) (?P<what>.+?)(?: ON (?P<on>.+?))? (?:TO|FROM) (?P<grantee>\S+)(?P<rest>.*)", re.DOTALL)
_ITEM = re.compile(r"[^\s,(][^,(]*(?:\([^)]*\))?")
_WITH_OPTION = re.compile(r"\bWITH\b.*\b(GRANT|ADMIN) OPTION\b")


@dataclass(frozen=True)
class Grant:
    """One line of ``SHOW GRANTS``.

    ``on`` is the object as the server prints it, ready for a statement: ``*.*``, a quoted ``db.*``, ``PROCEDURE db.p``, or the
    account of a proxy; empty for a role. ``privileges`` are canonical names, with their columns if they have any; for a role,
    the roles. ``grant_option``: they may be passed on.
    """

    kind: str
    on: str
    privileges: tuple[str, ...]
    grant_option: bool = False

    def __str__(self) -> str:
        text = ", ".join(self.privileges)
        if self.kind == ROLE:
            text = f"role {text}"
        elif self.kind == RESTRICTION:
            text = f"not {text} ON {self.on}"
        elif self.kind != ON_SERVER:
            text = f"{text} ON {self.on}"
        return f"{text} WITH GRANT OPTION" if self.grant_option else text


def canonical(name: str, aliases: Mapping[str, str]) -> str:
    """The one name of a privilege that has several: upper case, single spaces, and the dialect's aliases resolved."""
    plain = " ".join(name.upper().split())
    plain = ALL if plain == "ALL" else plain
    return aliases.get(plain, plain)


def parse_grants(lines: Iterable[str], aliases: Mapping[str, str]) -> tuple[Grant, ...]:
    """The lines of ``SHOW GRANTS`` of either vendor. What grants nothing (USAGE, MariaDB's SET DEFAULT ROLE) is left out.

    Raises ``ValueError`` for a line of another form; its text is not shown, since MariaDB prints password hashes there.
    """
    found = (_parse(line, aliases) for line in lines)
    return tuple(grant for grant in found if grant is not None and (grant.privileges or grant.grant_option))


def _parse(line: str, aliases: Mapping[str, str]) -> Optional[Grant]:
    # With the quoted parts blanked out, what is left can be matched by words; the spans are those of the line.
    blanked = _QUOTED.sub(lambda found: "x" * len(found.group()), line)
    if blanked.startswith("SET DEFAULT ROLE "):
        return None
    match = _LINE.fullmatch(blanked)
    if match is None:
        raise ValueError("a line of SHOW GRANTS that is neither GRANT nor REVOKE")
    start = match.start("what")
    items = [line[start + item.start() : start + item.end()].strip() for item in _ITEM.finditer(match.group("what"))]
    option = bool(_WITH_OPTION.search(match.group("rest")))
    if match.group("on") is None:
        return Grant(ROLE, "", tuple(items), option)
    on = line[match.start("on") : match.end("on")]
    if match.group("what") == "PROXY":
        return Grant(PROXY, on, ("PROXY",), option)
    names = tuple(name for name in (_named(item, aliases) for item in items) if name != USAGE)
    if match.group("verb") == "REVOKE":
        return Grant(RESTRICTION, on, names)
    return Grant(ON_SERVER if on == GLOBAL else ON_OBJECT, on, names, option)


def _named(item: str, aliases: Mapping[str, str]) -> str:
    name, bracket, columns = item.partition("(")
    return f"{canonical(name, aliases)} ({columns}" if bracket else canonical(name, aliases)


def held_globally(grants: Iterable[Grant]) -> frozenset[str]:
    """The names of all privileges on ``*.*``; ``ALL PRIVILEGES`` stands for itself."""
    return frozenset(name for grant in grants if grant.kind == ON_SERVER for name in grant.privileges)


def passed_on(grants: Iterable[Grant]) -> frozenset[str]:
    """The same of those that may be given to others."""
    return held_globally(grant for grant in grants if grant.grant_option)


def held_on(grants: Iterable[Grant], database: str) -> frozenset[str]:
    """The names of privileges on objects of this database, whichever these are."""
    found = (grant for grant in grants if grant.kind == ON_OBJECT and grant.on.startswith((f"`{database}`.", f"{database}.")))
    return frozenset(name for grant in found for name in grant.privileges)


def holds(held: frozenset[str], name: str) -> bool:
    """Whether a privilege is among those held, by its own name or as one of all."""
    return name in held or ALL in held
