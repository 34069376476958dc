# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replica_losses`` module's work at the edge: what a copy would take from a replica, and the file that keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import explain_trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import ReplicaState, SourceView, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import Errant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.losses import Losses, Obstacle, obstacles, told
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import errant_file
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_log import ErrantLog, errant_of, read_errant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_databases import (
    database_sizes,
    followers,
    table_names,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_variables import global_values
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import find_process
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica import ChannelWork
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_options import OPTIONS as CHANNEL_OPTIONS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_options import channel_work

_HALF_COPIED = Obstacle("a copy was begun and not finished, so that it may hold a part of the data only")


class Observed(NamedTuple):
    """The replica, what it would lose, and where that is written to; ``no_client``: why nothing there can print rows."""

    replica: ReplicaState
    client: str
    obstacles: Sequence[Obstacle]
    errant: Errant
    log: ErrantLog
    no_client: str
    only_here: Mapping[str, int]
    tables_only_here: Sequence[str]
    followers: Sequence[str]
    place: errant_file.Place


@dataclass
class SaveErrant:
    """See ``_model.step.Performed``. ``saved`` is a prediction until the file is written."""

    login: Login
    errant: Errant
    log: ErrantLog
    place: errant_file.Place
    saved: errant_file.Saved

    def __str__(self) -> str:
        return f"write {self.place.path(self.errant)}"

    def perform(self, session: Session) -> None:
        """Writes the file."""
        self.saved = errant_file.save(session, self.login, self.errant, self.log, self.place)


@dataclass
class LossWork:
    """One run of the module. ``elsewhere`` are the source's databases, ``tables_elsewhere`` its tables, ``None`` where nobody said;
    ``ignored`` databases are no loss, and ``login`` is the replica's.
    """

    channel: ChannelWork
    folder: str
    elsewhere: Optional[Sequence[str]]
    tables_elsewhere: Optional[Sequence[str]]
    ignored: Sequence[str]
    login: Login
    saved: list[SaveErrant] = field(default_factory=list)

    def observe(self, session: Session) -> Observed:
        """The replica first, then the source, then what tells of the difference; raises :class:`Refusal`."""
        desired = self.channel.desired
        replica, source = self.channel.observe(session)
        ends = desired.ends(replica.identity.hostname)
        if source is None or (isinstance(source, TrialFailure) and not replica.half_copied):
            raise explain_trial(source or TrialFailure(0, "nobody asked it"), ends)
        errant = session.dialect.errant.found("", replica.gtid)
        found, client = [_HALF_COPIED], ""
        if isinstance(source, SourceView):
            client = source.client.rpartition("@")[2]
            # A copy that was broken off before it dropped anything has left all of it.
            errant = errant_of(session.dialect, replica, source)
        if isinstance(source, SourceView) and not replica.half_copied:
            found = obstacles(session.dialect, replica, source, desired)
        values = global_values(session)
        process = find_process(values["pid_file"], values["datadir"], values["hostname"], session.by_socket)
        log = read_errant(session, errant, replica.gtid)
        place = errant_file.Place(
            folder=self.folder,
            replica=ends.replica,
            source=ends.source,
            channel=desired.name,
            at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S"),
            binary=process.binary if process else "",
        )
        sizes = {} if self.elsewhere is None else database_sizes(session)
        return Observed(
            replica=replica,
            client=client,
            obstacles=found,
            errant=errant,
            log=log,
            no_client=errant_file.why_no_rows(session.dialect.errant, place) if log.gtids else "",
            only_here={name: size for name, size in sizes.items() if name not in {*(self.elsewhere or ()), *self.ignored}},
            tables_only_here=self._tables_only_here(session),
            followers=followers(session),
            place=place,
        )

    def _tables_only_here(self, session: Session) -> list[str]:
        """In databases that the source has too."""
        if self.tables_elsewhere is None:
            return []
        known, databases = set(self.tables_elsewhere), {*(self.elsewhere or ())} - {*self.ignored}
        return [name for name in table_names(session) if name not in known and name.partition(".")[0] in databases]

    def plan(self, _dialect: Dialect, observed: Observed) -> Plan:
        """A file for errant transactions that have none yet, or one without rows that can have them now."""
        self.saved.clear()
        if not str(observed.errant):
            return Plan([])
        there = errant_file.exists(observed.place, observed.errant)
        if there and not self._can_have_rows(observed):
            return Plan([])
        save = SaveErrant(self.login, observed.errant, observed.log, observed.place, errant_file.Saved({}, observed.no_client))
        self.saved.append(save)
        why = "what errant transactions did must outlive them"
        before, after = ("without rows", "with rows") if there else (None, "there")
        return Plan([Step(why, f"file {observed.place.path(observed.errant)}", before, after, save)])

    @staticmethod
    def _can_have_rows(observed: Observed) -> bool:
        """Not where a log is gone meanwhile: the file that is there may tell of more."""
        lacks = errant_file.lacks_rows(observed.place, observed.errant)
        return bool(lacks and observed.log.gtids and not observed.no_client and not observed.log.unread)

    @staticmethod
    def verify(_session: Session, _steps: Sequence[Step], observed: Observed) -> Observed:
        """The file was renamed into its place when it was complete."""
        return observed

    @staticmethod
    def unsettled(_observed: Observed) -> Sequence[str]:
        """Nothing."""
        return ()

    def report(self, dialect: Dialect, observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        errant = str(observed.errant)
        saved = self._saved(observed)
        losses = Losses(
            obstacles=observed.obstacles,
            errant=observed.errant.told(),
            unread=observed.log.unread,
            changes=observed.log.changes,
            is_upkeep=observed.log.is_upkeep,
            count=len(observed.log.gtids),
            rows=saved.rows,
            lacks_rows=saved.lacks_rows,
            file=observed.place.path(observed.errant) if errant else "",
            only_here=observed.only_here,
            tables_only_here=observed.tables_only_here,
            followers=observed.followers,
        )
        return {
            "reason": "; ".join(obstacle.cause for obstacle in losses.obstacles),
            "errant": errant,
            "errant_can_be_empty": not dialect.errant.cannot_empty,
            "errant_unread": losses.unread,
            "errant_count": len(observed.log.gtids),
            "transactions": [
                {"gtid": one.gtid, "file": one.file, "position": one.start, "changes": list(one.changes)}
                for one in observed.log.first
            ],
            "file": losses.file,
            "file_lacks_rows": losses.lacks_rows,
            "databases_only_here": dict(losses.only_here),
            "tables_only_here": list(losses.tables_only_here),
            "followers": list(losses.followers),
            "client": observed.client,
            "told": told(losses, self.channel.desired.ends(observed.replica.identity.hostname)),
            "version": str(dialect.version),
        }

    def _saved(self, observed: Observed) -> errant_file.Saved:
        if self.saved:
            return self.saved[0].saved
        return errant_file.Saved({}, errant_file.lacks_rows(observed.place, observed.errant) if str(observed.errant) else "")


_OF_THE_CHANNEL = ("source_host", "source_port", "source_user", "source_password", "source_tls", "source_tls_ca", "channel")

#: All but the login options.
OPTIONS: Mapping[str, Any] = {
    **{name: CHANNEL_OPTIONS[name] for name in _OF_THE_CHANNEL},
    "source_host": {"type": "str", "required": True},
    "source_user": {"type": "str", "required": True},
    "source_password": {"type": "str", "required": True, "no_log": True},
    "source_databases": {"type": "list", "elements": "str"},
    "source_tables": {"type": "list", "elements": "str"},
    "ignored_databases": {"type": "list", "elements": "str", "default": ["replication_checksum"]},
    "directory": {"type": "path", "default": "/var/lib/mysql-replication-errant"},
}


def loss_work(params: Mapping[str, Any], login: Login) -> LossWork:
    """What the module's options ask for."""
    rest = {name: option.get("default") for name, option in CHANNEL_OPTIONS.items()}
    channel = channel_work({**rest, **{name: params[name] for name in _OF_THE_CHANNEL}})
    return LossWork(
        channel, params["directory"], params["source_databases"], params["source_tables"], params["ignored_databases"], login
    )
