# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ``replica`` module's work at the edge: what it observes, which planner it asks, and how it waits for the channel."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Mapping, NamedTuple, Optional, Sequence, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.channel import explain_channel, is_final
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    Channel,
    ReplicaState,
    SourceView,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.step import Step
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.channel_checks import (
    refuse_no_password,
    refuse_texts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.channel_safety import (
    doubts,
    is_older_than_log,
    own_log_tells,
    resumed_channel,
    search_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import TLS_OFF, DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica import (
    copied,
    plan_absent,
    plan_started,
    plan_stopped,
    restarted,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import Plan
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_log import with_errant_told
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import (
    channels,
    first_applied,
    identity,
    replica_state,
    trial,
    with_log_verdict,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.relay_log import failing_row
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.search_ahead import search_ahead

_POLL_SECONDS = 0.25
# A thread that fails at once after its start still looks healthy for a moment.
_STABLE_SECONDS = 1.0
_TRIAL_TIMEOUT_SECONDS = 10
# Long enough to look through a part of a binary log; a server that hangs takes the connection, and says nothing.
_TRIAL_ANSWER_SECONDS = 60


class Observed(NamedTuple):
    """Both ends of the channel; ``source`` is ``None`` where the wanted state needs none."""

    replica: ReplicaState
    source: Union[SourceView, TrialFailure, None]


@dataclass(frozen=True)
class ChannelWork:
    """One run of the module. ``state`` is ``started``, ``stopped`` or ``absent``; ``wait`` is in seconds.

    ``after_restart`` and ``after_copy``: predict for a server that an earlier task would have restarted, or given a copy of the
    source's data by this method.
    """

    desired: DesiredChannel
    state: str
    wait: int
    after_restart: bool
    after_copy: str = ""

    def observe(self, session: Session) -> Observed:
        """The replica first, then the source: in this order nothing that the source does in between looks errant."""
        refuse_texts(session.dialect, self.desired)
        if self.state == "started":
            refuse_no_password(self.desired)
        state = replica_state(session)
        if self.after_restart:
            state = restarted(state)
        if self.state != "started":
            return Observed(state, None)

        def further(source: Session, view: SourceView) -> SourceView:
            return self._compared(session, self._looked_further(source, view, state), state)

        source = trial(session, self._login(), further)
        if not self.after_copy:
            return Observed(with_errant_told(session, state, source), source)
        if isinstance(source, SourceView):
            # The channel's place, which the source's log was compared with, does not outlive the copy.
            source = replace(source, rewritten=False, purged="", ahead=None)
        return Observed(copied(session.dialect, state, source, self.after_copy), source)

    def plan(self, dialect: Dialect, observed: Observed) -> Plan:
        """See ``_plan.replica``."""
        if self.state == "absent":
            return Plan(plan_absent(dialect, observed.replica, self.desired.name))
        if observed.source is None:
            return Plan(plan_stopped(dialect, observed.replica, self.desired.name))
        steps, obstacles = plan_started(dialect, observed.replica, observed.source, self.desired)
        return Plan(steps, obstacles, doubts(observed.replica, self.desired))

    def verify(self, session: Session, steps: Sequence[Step], observed: Observed) -> Observed:
        """Waits until both threads run without an error; raises :class:`Refusal` with the diagnosis."""
        if not steps and not self.unsettled(observed):
            return observed
        if self.state == "started":
            self._await_healthy(session, _STABLE_SECONDS if steps else 0.0)
        return Observed(replica_state(session), None)

    def unsettled(self, observed: Observed) -> Sequence[str]:
        """The wanted channel's threads that do not run well yet."""
        if self.state != "started":
            return ()
        channel = observed.replica.channel(self.desired.name)
        threads = {} if channel is None else {"receiver": channel.receiver, "applier": channel.applier}
        return [f"{name} is {thread.state}" for name, thread in threads.items() if not thread.healthy]

    def report(self, dialect: Dialect, observed: Observed) -> Mapping[str, Any]:
        """What the module returns besides its steps."""
        return {
            "channels": [
                {
                    "name": channel.name,
                    "source": f"{channel.options['source_host']}:{channel.options['source_port']}",
                    "receiver": channel.receiver.state,
                    "applier": channel.applier.state,
                    "tls": channel.options["tls"],
                    "lag": channel.lag,
                    "delay": channel.options["delay"],
                    "filters": list(channel.filters),
                }
                for channel in observed.replica.channels
            ],
            "gtid_position": dialect.gtid.position(observed.replica.gtid),
            "version": str(dialect.version),
        }

    def _await_healthy(self, session: Session, stable: float) -> None:
        started = time.monotonic()
        healthy_since: Optional[float] = None
        while True:
            channel = self._channel(session)
            now = time.monotonic()
            if channel.healthy:
                healthy_since = healthy_since or now
                if now - healthy_since >= stable:
                    return
            else:
                healthy_since = None
            hopeless = is_final(channel.receiver) or is_final(channel.applier)
            if hopeless or now - started > self.wait:
                ends = self.desired.ends(identity(session).hostname)
                raise explain_channel(channel, int(now - started), ends, failing_row(session, channel))
            time.sleep(_POLL_SECONDS)

    def _looked_further(self, source: Session, view: SourceView, state: ReplicaState) -> SourceView:
        place = search_from(source.dialect, state, view, self.desired)
        if place is not None:
            view = replace(view, ahead=search_ahead(source, place))
        channel = resumed_channel(state, view, self.desired)
        return view if channel is None else with_log_verdict(source, view, channel, state.gtid)

    def _compared(self, session: Session, view: SourceView, state: ReplicaState) -> SourceView:
        """The view, and whether the replica's own binary log tells of an earlier history of the source."""
        if not own_log_tells(state, self.desired):
            return view
        first = first_applied(session, view.identity)
        return replace(view, rewritten=view.rewritten or is_older_than_log(session.dialect, first, view, self.desired))

    def _channel(self, session: Session) -> Channel:
        found = next((c for c in channels(session) if c.name.lower() == self.desired.name.lower()), None)
        if found is None:
            raise Refusal(
                f"the channel '{self.desired.name}' has vanished from {session.where} while it was watched",
                "see who else works on this server, then run again",
            )
        return found

    def _login(self) -> Login:
        options = self.desired.options
        password = options["source_password"]
        return Login(
            user=str(options["source_user"]),
            password=password if isinstance(password, Secret) else Secret(""),
            host=str(options["source_host"]),
            port=int(str(options["source_port"])),
            ca_cert=str(options.get("tls_ca", "")),
            client_cert=str(options.get("tls_cert", "")),
            client_key=str(options.get("tls_key", "")),
            tls=self.desired.tls != TLS_OFF,
            connect_timeout=_TRIAL_TIMEOUT_SECONDS,
            read_timeout=_TRIAL_ANSWER_SECONDS,
        )
