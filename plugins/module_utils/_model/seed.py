# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of a source's data into an empty replica: what is wanted, and what was found there."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ReplicaState
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import (
    SYSTEM_SCHEMAS,
    TABLE_TYPES_LISTED,
)

AUTO = "auto"
BACKUP = "backup"
CLONE = "clone"
DUMP = "dump"

#: The account that a copy logs in to its source with. It is there only while a copy runs.
SEED_USER = "dbops_seed"
#: Where the account comes from with which a replica that begins a clone marks itself: from nowhere (RFC 2606). A clone drops all
#: databases before it begins, that of the marker too, but replaces the accounts only when all data is there.
BEGUN_HOST = "begun.invalid"
#: The database that a replica holds while a copy runs, so that a copy that was broken off is known from data that somebody needs.
MARKER = "dbops_seed"
#: For ``NOT IN``: the server's own databases, and that one.
SYSTEM_LISTED = f"({', '.join(map(literal, (*SYSTEM_SCHEMAS, MARKER)))})"
#: An expression: 1 where there is a table that is neither the server's own nor of that database.
HOLDS_TABLES = (
    f"EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED}"
    f" AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED})"
)
#: Its table of what the copy changed for its time: a name and the value before.
MARKER_TABLE = "before"
#: What the account's note says on servers that keep notes: whose account it was made as, and whether the run that made it
#: installed the clone plugin for it; on a server that has got the account by a copy, that this one found the copy complete.
NOTE_SOURCE, NOTE_INSTALLED, NOTE_COMPLETE = "source", "installed", "complete"


@dataclass(frozen=True)
class CopyEnd:
    """One server, as far as the choice of a method depends on it.

    ``plugins`` are active; ``clone``: that plugin is, or lies ready to be installed; ``clone_listed``: the server is to load it
    when it starts. ``unlike`` are some of the tables in engines other than InnoDB. ``follows``: it has a replication channel.
    ``events``: some are enabled. ``backup`` is the version of mariadb-backup, where the server runs on this host and has it;
    ``openssl`` is there; ``service`` is the systemd unit that the server can be restarted by. ``overlay``: its data lies on a file
    system of that kind, as in a container without a volume.
    """

    version: str
    variables: Mapping[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    clone: bool = False
    clone_listed: bool = False
    unlike: tuple[str, ...] = ()
    follows: bool = False
    events: bool = False
    backup: str = ""
    openssl: bool = False
    service: str = ""
    overlay: bool = False

    def plain(self) -> dict[str, Any]:
        """What a module returns of it."""
        return asdict(self)


def with_settings(end: CopyEnd, settings: Mapping[str, str]) -> CopyEnd:
    """The server once its variables have these values; those that no copy depends on are left out."""
    values = {name: str(settings.get(name, value)) for name, value in end.variables.items()}
    return replace(end, variables=values)


def copy_end(plain: Mapping[str, Any]) -> CopyEnd:
    """The other way round; raises ``TypeError`` or ``KeyError`` for what :meth:`CopyEnd.plain` did not make."""
    lists = {name: tuple(plain[name]) for name in ("plugins", "unlike")}
    return CopyEnd(**{**plain, **lists})


@dataclass(frozen=True)
class Arrived:
    """A copy that replaced all of a replica's data, and is not settled: its account is still there.

    ``complete``: nothing was written since, so it need not come again. ``position`` is what it stands at. ``keeps_plugin``: the
    source had the clone plugin before, or it is gone already.
    """

    complete: bool
    position: str
    keeps_plugin: bool


@dataclass(frozen=True)
class Begun:
    """A clone that was broken off before it had replaced a replica's data. ``installed``: the plugin was installed there for it."""

    installed: bool


@dataclass(frozen=True)
class DesiredCopy:
    """``overwrite``: what the replica holds may be dropped. ``anew``: it is dropped although the replica could follow without a
    copy. ``host`` and ``port`` are where it reaches the source.

    ``offers`` is what is known of the source before anybody logs in to it; without it only a dump is possible. ``stream_port`` is
    where a backup comes from.
    """

    method: str
    host: str
    port: int
    user: str
    password: Secret
    tls: str
    tls_ca: str
    channel: str
    overwrite: bool
    offers: Optional[CopyEnd] = None
    stream_port: int = 4444
    anew: bool = False


@dataclass(frozen=True)
class Folder:
    """Where a replica's data lies, and how many bytes are free there."""

    path: str
    free: int


class LoginPlugin(NamedTuple):
    """An authentication plugin, one of the accounts that use it, and its library; that is empty where it is built in."""

    name: str
    account: str
    library: str


@dataclass(frozen=True)
class SourceData:
    """What the source holds: bytes of its tables and indexes and of the redo log that comes with a copy of its files, and variables
    on which a copy depends.

    ``login``: the account of a run, and ``login_grants`` what it may do there; ``None`` where there is no such account.
    ``rounded``: some of the columns that a dump rounds. ``versioned``: some of the tables whose history a dump leaves out.
    ``logins``: the plugins that its accounts log in by.
    """

    size: int
    variables: Mapping[str, str] = field(default_factory=dict)
    login: Optional[AccountName] = None
    login_grants: tuple[Grant, ...] = ()
    rounded: tuple[str, ...] = ()
    versioned: tuple[str, ...] = ()
    logins: tuple[LoginPlugin, ...] = ()
    log: int = 0

    def plain(self) -> dict[str, Any]:
        """What a module returns of it."""
        return asdict(self)


def source_data(plain: Mapping[str, Any]) -> SourceData:
    """The other way round; raises ``TypeError`` or ``KeyError`` for what :meth:`SourceData.plain` did not make."""
    lists = {name: tuple(plain[name]) for name in ("rounded", "versioned")}
    lists["logins"] = tuple(LoginPlugin(*one) for one in plain["logins"])
    login = AccountName(**plain["login"]) if plain["login"] else None
    grants = tuple(Grant(**{**one, "privileges": tuple(one["privileges"])}) for one in plain["login_grants"])
    return SourceData(**{**plain, **lists, "login": login, "login_grants": grants})


@dataclass(frozen=True)
class CopyState:
    """The replica before the copy.

    ``schemas`` are the databases that hold anything and are not the server's own; ``before`` is what a copy that was broken off
    has noted down. ``folder`` is ``None`` where the data lies on another host; ``login`` is the account of this run, and
    ``login_grants`` what it may do; ``here`` is what decides about the method. ``held``: bytes that its end
    sets free; ``followers`` replicate from it.
    """

    replica: ReplicaState
    schemas: tuple[str, ...]
    variables: Mapping[str, str]
    before: Mapping[str, str]
    folder: Optional[Folder]
    login: AccountName
    here: CopyEnd
    arrived: Optional[Arrived] = None
    begun: Optional[Begun] = None
    held: int = 0
    followers: tuple[str, ...] = ()
    login_grants: tuple[Grant, ...] = ()
