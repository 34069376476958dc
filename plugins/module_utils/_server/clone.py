# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has a MySQL server replace its data by that of its donor, and comes back to it when it has restarted.

Manual, "Cloning Remote Data": the server restarts by itself where something supervises it, and ends with error 3707 where nothing
does. The accounts are then the donor's; the server_uuid and the persisted variables stay its own.
"""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Callable, Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.clone import Failure, explain_clone, explain_half
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import (
    HALT_EVENTS,
    INSTALL_CLONE,
    LOCK,
    RESUME_EVENTS,
    UNINSTALL_CLONE,
    UNLOCK,
    clone_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import BEGUN_HOST
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import lock
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.copy_end import data_folder
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import Progress
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.settle import Settle

_POLL_SECONDS = 0.3
# From the end of the statement on: a restart, with a recovery of what the donor wrote meanwhile.
_RESTART_SECONDS = 1800
# Seen on 9.7: the first login after a clone may be refused although the account is right.
_REFUSED_SECONDS = 20
_LOCK_SECONDS = 60
# The statement ends with the connection, or is told before that the server goes down.
_GONE = (1053, 2006, 2013)
_NOT_SUPERVISED = 3707
_LOGIN_REFUSED = (1045, 1698)
_ARRIVAL = (
    "SELECT {unsettled} AND NOT EXISTS (SELECT 1 FROM mysql.user WHERE Host = {begun}) AS arrived,"
    " INSTR(GTID_SUBTRACT(@@GLOBAL.gtid_executed, {cloned}), @@server_uuid) > 0 AS written, @@GLOBAL.gtid_executed AS position"
)
_STARTED = "SELECT UNIX_TIMESTAMP() - VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Uptime'"
# Both are whole seconds, read one after the other.
_CLOCK_SECONDS = 2
# Of the recipient's last clone; the table is there with the plugin.
_CLONED = "SELECT GTID_EXECUTED FROM performance_schema.clone_status"
_STATE = "SELECT STATE FROM performance_schema.clone_status"
_COMPLETED = "Completed"
_LOCKED = "SELECT @@GLOBAL.super_read_only"
_SCHEDULER = "SELECT @@GLOBAL.event_scheduler"
# A restart sets it as the option files have it; so where it is OFF by a statement after that, a copy has turned it off.
_HALTED = (
    "SELECT COUNT(*) FROM performance_schema.variables_info v JOIN performance_schema.global_variables g USING (VARIABLE_NAME)"
    " WHERE VARIABLE_NAME = 'event_scheduler' AND VARIABLE_SOURCE = 'DYNAMIC' AND VARIABLE_VALUE = 'OFF'"
)
_STATUS = "SELECT CONCAT_WS(' ', STATE, 'error', CONCAT(ERROR_NO, ':'), ERROR_MESSAGE) FROM performance_schema.clone_status"
_PROGRESS = (
    "SELECT COALESCE(SUM(DATA), 0) AS moved, COALESCE(SUM(ESTIMATE), 0) AS total,"
    " MAX(CASE WHEN STATE = 'In Progress' THEN STAGE END) AS stage FROM performance_schema.clone_progress"
)
# Manual, "Monitoring Cloning Operations". After the last of them the server goes down, and nobody can ask it.
_STAGES = {
    "DROP DATA": "the replica drops what it held",
    "FILE COPY": "the files of the source come over",
    "PAGE COPY": "pages come that were written on the source meanwhile",
    "REDO COPY": "the source's log of what was written last comes",
    "FILE SYNC": "the replica has all, and its system writes it to disk",
}
_ACTIVE = "SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'clone' AND PLUGIN_STATUS = 'ACTIVE'"


@dataclass
class CloneCopy:
    """The copying itself: see ``_model.step.Performed``. ``position`` is what the copy stands at, once it is there.

    ``unlocked``: the restart has put super_read_only ON though it was OFF before, and it was taken off again.

    ``service`` is the replica's systemd unit, empty where there is none, or nobody can see it; ``had_plugin``, ``was_locked``
    (super_read_only): before it. ``datadir`` is empty where the data lies on another host.
    """

    source: Login
    local: Login
    tls: bool
    had_plugin: bool
    was_locked: bool
    service: str
    datadir: str
    tell: Callable[[str], None]
    position: str = ""
    unlocked: bool = False

    def __str__(self) -> str:
        return str(self._statement)

    @property
    def _statement(self) -> Sql:
        donor = AccountName(self.source.user, self.source.host)
        return clone_from(donor, self.source.port, self.source.password, self.tls)

    def perform(self, session: Session) -> None:
        """Returns when the restarted server answers and holds the copy; raises :class:`Refusal`."""
        if self.tls and self.source.ca_cert:
            session.execute(sql(f"SET GLOBAL clone_ssl_ca = {literal(self.source.ca_cert)}"))
        progress, started = Progress(0, self.tell), _started(session)
        with self._watched(progress):
            supervised = self._clone(session)
        self.tell("the server has gone down, as it does when it has copied all; now it is to come back with the copy")
        if not supervised:
            self._start()
        self._come_back(session, started)
        # The source's are enabled, and run as soon as super_read_only is OFF.
        if session.value(_SCHEDULER) == "ON":
            session.execute(HALT_EVENTS)
        if session.value(_ACTIVE) != "1":
            _install(session)
        arrived, self.position = read_arrival(session)
        if not arrived:
            raise self._not_arrived(session)
        _look(session, progress)
        progress.done()
        if not self.was_locked and session.value(_LOCKED) == "1":
            session.execute(UNLOCK)
            self.unlocked = True

    def _clone(self, session: Session) -> bool:
        """Whether the server restarts by itself."""
        try:
            session.execute(self._statement)
        except ServerError as error:
            if error.errno in _GONE:
                return True
            if error.errno == _NOT_SUPERVISED:
                return False
            failure = self._failure(session, error)
            # What the server said first is the cause.
            with suppress(ServerError):
                self._tidy(session)
            raise explain_clone(session.where, self.source.where, failure) from None
        return True

    def _not_arrived(self, session: Session) -> Refusal:
        """Of a server that was ended amid a clone, which looks as if it restarted after one, nothing but its status tells."""
        if session.value(_STATE) != _COMPLETED:
            return explain_half(session.where, self.source.where, session.value(_STATUS) or "")
        return Refusal(
            f"{session.where} has restarted, but does not stand where the copy of {self.source.where} ended",
            "see its error log, and whether anybody writes there; the next run begins the copy anew",
        )

    def _failure(self, session: Session, error: ServerError) -> Failure:
        """What the server says of it; with the plugin it forgets that."""
        status = ""
        with suppress(ServerError):
            status = session.value(_STATUS) or ""
        folder = data_folder(self.datadir) if self.datadir else None
        return Failure(error.errno, error.error, "" if error.error in status else status, folder)

    def _tidy(self, session: Session) -> None:
        """After a failure the server runs on, empty, and what the marker noted may be gone: nobody else would do it."""
        if not self.had_plugin:
            session.execute(UNINSTALL_CLONE)

    def _start(self) -> None:
        if not self.service:
            raise Refusal(
                f"{self.local.where} has the data of {self.source.where}, and nothing here restarts it",
                "start that server, then run again: it goes on from there",
            )
        # There is no AnsibleModule here.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            ["systemctl", "restart", self.service], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise Refusal(
                f"{self.service} has the data of {self.source.where}, and does not start: {done.stderr.strip()}",
                f"see journalctl -u {self.service} and the server's error log, start it, then run again: it goes on from there",
            )

    def _come_back(self, session: Session, started: float) -> None:
        """Logs in anew, and takes the lock that the old connection held. The old server may take a login while it goes down."""
        deadline = time.monotonic() + _RESTART_SECONDS
        _await_end(session, deadline)
        while True:
            try:
                session.reconnect()
                if _started(session) > started + _CLOCK_SECONDS:
                    lock.acquire(session, _LOCK_SECONDS)
                    return
                if time.monotonic() > deadline:
                    raise _not_restarted(session)
            except ServerError as error:
                if error.errno in _LOGIN_REFUSED:
                    deadline = min(deadline, time.monotonic() + _REFUSED_SECONDS)
                if time.monotonic() > deadline or self._has_failed():
                    raise self._not_back(error) from None
            time.sleep(_POLL_SECONDS)

    def _not_back(self, error: ServerError) -> Refusal:
        if error.errno in _LOGIN_REFUSED:
            return Refusal(
                f"{self.local.where} has the accounts of {self.source.where} now, and refuses this run's:"
                f" error {error.errno}: {error.error}",
                "give that account the same password on both servers, then run again: it goes on from there",
            )
        return Refusal(
            f"{self.local.where} has the data of {self.source.where}, and does not answer: error {error.errno}: {error.error}",
            "see its error log, start it, then run again: it goes on from there",
        )

    def _has_failed(self) -> bool:
        """Whether systemd has given up on the server."""
        if not self.service:
            return False
        # There is no AnsibleModule here.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            ["systemctl", "is-failed", "--quiet", self.service], check=False, stdin=subprocess.DEVNULL
        )
        return done.returncode == 0

    @contextmanager
    def _watched(self, progress: Progress) -> Iterator[None]:
        """Tells how far the server is, over a connection of its own."""
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended, progress), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, ended: threading.Event, progress: Progress) -> None:
        try:
            with Session(self.local) as session:
                told = ""
                while not ended.wait(_POLL_SECONDS):
                    stage = _look(session, progress)
                    if stage != told and stage in _STAGES:
                        self.tell(f"{_STAGES[stage]} (stage {stage})")
                        told = stage
        except ServerError:
            return  # it restarts


@dataclass(frozen=True)
class SettleClone:
    """See ``_model.step.Performed``: as ``settle``; then super_read_only and event_scheduler are what the restart has made them."""

    settle: Settle
    copy: CloneCopy

    def __str__(self) -> str:
        return str(self.settle)

    def perform(self, session: Session) -> None:
        """Super_read_only was OFF before, so that no step of its own puts it ON."""
        self.settle.perform(session)
        if session.value(_HALTED) == "1":
            session.execute(RESUME_EVENTS)
        if self.copy.unlocked:
            session.execute(LOCK)


def _install(session: Session) -> None:
    """The list that came along lacks it where the donor has it by an option file; and super_read_only may be ON by now."""
    locked = session.value(_LOCKED) == "1"
    if locked:
        session.execute(UNLOCK)
    session.execute(INSTALL_CLONE)
    if locked:
        session.execute(LOCK)


def _started(session: Session) -> float:
    """When the server that answers has started, in seconds since the epoch by its own clock."""
    return float(session.value(_STARTED) or 0)


def _look(session: Session, progress: Progress) -> str:
    """The stage that the server is at. It remembers how much it has copied over its restart."""
    row = session.rows(_PROGRESS)[0]
    progress.stands_at(int(float(row["moved"] or 0)), int(float(row["total"] or 0)))
    return row["stage"] or ""


def read_arrival(session: Session) -> tuple[bool, str]:
    """Whether a clone has replaced all data and nobody has settled it nor written since, and the position that it stands at.

    What a server writes itself bears its own server_uuid, which a clone leaves it; the donor may have had some of these before.
    """
    cloned = (session.value(_CLONED) or "") if session.value(_ACTIVE) == "1" else ""
    row = session.rows(_ARRIVAL.format(unsettled=session.dialect.unsettled, begun=literal(BEGUN_HOST), cloned=literal(cloned)))[0]
    return row["arrived"] == "1" and row["written"] == "0", "".join((row["position"] or "").split())


def _await_end(session: Session, deadline: float) -> None:
    """Returns when the old server has ended this connection."""
    while time.monotonic() < deadline:
        try:
            session.value("SELECT 1")
        except ServerError:
            return
        time.sleep(_POLL_SECONDS)
    raise _not_restarted(session)


def _not_restarted(session: Session) -> Refusal:
    return Refusal(f"{session.where} has cloned, and does not restart", "restart it, then run again: it goes on from there")
