# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chooses how data is copied: the best that both servers allow, and why not the better ones."""

from __future__ import annotations

from typing import Callable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    AUTO,
    BACKUP,
    CLONE,
    DUMP,
    CopyEnd,
    DesiredCopy,
    SourceData,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion, parse_version

# Manual, "Cloning Remote Data": what must be the same on both servers. A version's series is compared for every method.
_ALIKE = ("innodb_page_size", "innodb_data_file_path", "character_set_server", "collation_server")
# A backup says how many undo tablespaces it has, and the server must agree.
_ALIKE_FOR_BACKUP = ("innodb_page_size", "innodb_data_file_path", "innodb_undo_tablespaces")
# Where a server keeps files of its data outside of its data directory, nothing is moved for it.
_PLACES = ("innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory", "aria_log_dir_path")
_LEAST_PACKET = 2 << 20


class Choice(NamedTuple):
    """The method; for ``auto``, why not each that is better; and what forbids a method that was asked for, or an empty text."""

    method: str
    passed_over: Mapping[str, str]
    obstacle: str


def told(method: str, position: str, passed_over: Mapping[str, str], lost: Sequence[str]) -> list[str]:
    """What was chosen and where the copy stands, in lines for people; nothing is known of a position before there is a copy.

    ``lost`` is what :func:`inexact` gives.
    """
    return [
        f"by {method} to {position or 'the position of the source'}",
        *(f"not by {better}: {why}" for better, why in passed_over.items()),
        *(lost if method == DUMP else ()),
    ]


def inexact(data: SourceData) -> list[str]:
    """What a dump loses of a source's data, in words.

    Seen on 9.7 and 10.11: as text, a FLOAT has no more than six digits (16777216 is dumped as 16777200); of a table with system
    versioning the client dumps the rows of now.
    """
    found = []
    if data.rounded:
        found.append(f"columns of the type FLOAT ({', '.join(data.rounded)} …) are rounded to six digits")
    if data.versioned:
        found.append(f"tables with system versioning ({', '.join(data.versioned)} …) come without their history")
    return found


def choose(dialect: Dialect, here: CopyEnd, desired: DesiredCopy) -> Choice:
    """What ``desired.method`` comes to between the replica and the source that ``desired.offers`` describes."""
    if desired.method != AUTO:
        return Choice(desired.method, {}, _obstacle(desired.method, dialect, here, desired))
    passed_over: dict[str, str] = {}
    for method in dialect.copying.methods:
        obstacle = _obstacle(method, dialect, here, desired)
        if not obstacle:
            return Choice(method, passed_over, "")
        passed_over[method] = obstacle
    return Choice(DUMP, passed_over, "")


def _obstacle(method: str, dialect: Dialect, here: CopyEnd, desired: DesiredCopy) -> str:
    """Why this method is not possible, in words; empty if it is."""
    if method == DUMP:
        return ""
    if method not in dialect.copying.methods:
        return f"{dialect.version} has no such method"
    if desired.offers is None:
        return "nobody said what the source offers (option source_offers, from module seed_account)"
    return next(_OBSTACLES[method](here, desired.offers, desired), "")


def _no_clone(here: CopyEnd, there: CopyEnd, desired: DesiredCopy) -> Iterator[str]:
    source = f"{desired.host}:{desired.port}"
    for who, end in (("this server", here), (source, there)):
        if not end.clone:
            yield f"{who} has no clone plugin (mysql_clone.so in its plugin_dir), or nobody can look from here"
        if int(end.variables.get("max_allowed_packet", 0)) < _LEAST_PACKET:
            yield f"max_allowed_packet of {who} is less than 2 MiB"
    if here.version != there.version and not _clones_across_points(parse_version(here.version)):
        yield f"{source} is {there.version} and this server {here.version}: before 8.0.37 both must be the same"
    yield from _unlike(_ALIKE, here, there, source)
    missing = sorted(set(there.plugins) - set(here.plugins) - {CLONE})
    if missing:
        yield f"plugins of {source} are not active here: {', '.join(missing)}"
    if there.unlike:
        yield f"{source} has tables of engines other than InnoDB, which would be empty ({', '.join(there.unlike)} …)"
    if there.follows:
        yield f"{source} has a replication channel, which would come along"
    # Seen on 9.7: it renames its folder of redo logs, which fails there, and does not start any more.
    if here.overlay:
        yield "the data directory of this server lies on an overlay file system: give the container a volume for it"
    if ":" in desired.host:
        yield f"the clone plugin connects to no IPv6 address ({desired.host}): a host name works"
    yield from _would_run_events(here, there)


def _no_backup(here: CopyEnd, there: CopyEnd, desired: DesiredCopy) -> Iterator[str]:
    source = f"{desired.host}:{desired.port}"
    for who, end in (("this server's host", here), (f"the host of {source}", there)):
        if not end.backup:
            yield f"{who} has no mariadb-backup (package mariadb-backup), or nobody can look from here"
        elif _series(end.backup) != _series(end.version):
            yield f"{who} has mariadb-backup {end.backup} beside a server {end.version}"
    if not there.openssl:
        yield f"the host of {source} has no openssl, so the stream could not be encrypted"
    if not here.service:
        yield "this server is no systemd service of this host, or this run is not root there, so it cannot be stopped and started"
    for name in _PLACES:
        place = here.variables.get(name, "").rstrip("/")
        if place not in ("", ".", here.variables.get("datadir", "").rstrip("/")):
            yield f"{name} of this server is {place}, outside of its data directory"
    yield from _unlike(_ALIKE_FOR_BACKUP, here, there, source)
    yield from _would_run_events(here, there)


def _unlike(names: Sequence[str], here: CopyEnd, there: CopyEnd, source: str) -> Iterator[str]:
    for name in names:
        if here.variables.get(name) != there.variables.get(name):
            yield f"{name} is {there.variables.get(name)} on {source} and {here.variables.get(name)} here"


def _would_run_events(here: CopyEnd, there: CopyEnd) -> Iterator[str]:
    """After the restart, until they rest. What one of them writes all the same is found, and refused."""
    if there.events and here.variables.get("event_scheduler") == "ON" and here.variables.get("super_read_only") != "ON":
        yield "the source's events would run here once the server has restarted: set event_scheduler to OFF until it replicates"


def _series(version: str) -> Sequence[int]:
    return parse_version(version).numbers[:2]


def _clones_across_points(version: ServerVersion) -> bool:
    """Manual, "Clone Plugin Limitations"."""
    return version.at_least(8, 0, 37)


_OBSTACLES: Mapping[str, Callable[[CopyEnd, CopyEnd, DesiredCopy], Iterator[str]]] = {BACKUP: _no_backup, CLONE: _no_clone}
