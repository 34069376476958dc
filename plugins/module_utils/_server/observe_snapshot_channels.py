# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads all channels of a server for its snapshot, and tries each channel's login to its source. Never writes."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from functools import partial
from typing import Callable

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import LOGIN, NETWORK, classify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channel_facts import ChannelFactsDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, SourceView, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import NOT_ASKED, ChannelFacts, Trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_replication, observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import Further, no_further
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.route import route_to

_TIMEOUT_SECONDS = 5
# A server that hangs takes the connection, and says nothing.
_ANSWER_SECONDS = 15
# "Access denied for user 'repl'@'db2'", "Host 'db2' is not allowed".
_SEEN = re.compile(r"'[^']*'@'([^']+)'|[Hh]ost '([^']+)'")


# CR_AUTH_PLUGIN_CANNOT_LOAD, which the library says of itself: what the replica's own client knows is another matter.
_UNKNOWN_PLUGIN = 2059


def channel_facts(
    session: Session, dialect: ChannelFactsDialect, login: Login, with_trial: bool, on_host: bool
) -> tuple[ChannelFacts, ...]:
    """All channels. ``on_host``: the server runs on this host, so that its files and its way to the source are ours."""
    rows = observe_variables.channel_rows(session)
    # With the passwords that may be read; they go no further than the trial.
    found = observe_replication.channels_in(session, rows)
    if not found:
        return ()
    rows.update({name: session.rows(query) for name, query in dialect.queries.items()})
    # What one of several sources has still to send may have come over another channel.
    further = partial(_at_its_place, session, found[0]) if len(found) == 1 else no_further
    return tuple(
        _complete(dialect.facts(one, rows), on_host, partial(_trial, session, one, further) if with_trial else _no_trial)
        for one in found
    )


def _complete(facts: ChannelFacts, on_host: bool, trial: Callable[[ChannelFacts], Trial]) -> ChannelFacts:
    if not on_host:
        return replace(facts, trial=Trial(untried="the replica runs on another host, whose way to the source is not ours"))
    route = route_to(facts.source_host, facts.source_port)
    facts = replace(
        facts,
        addresses=route.addresses,
        own_address=route.own,
        resolution=route.unresolved,
        unreadable_files=tuple(
            path for path in (facts.tls_ca, facts.tls_cert, facts.tls_key) if path and not os.access(path, os.R_OK)
        ),
    )
    return replace(facts, trial=trial(facts))


def _no_trial(_facts: ChannelFacts) -> Trial:
    return Trial(untried=NOT_ASKED)


def _trial(session: Session, channel: Channel, further: Further, facts: ChannelFacts) -> Trial:
    password = channel.options.get("source_password")
    if not isinstance(password, Secret):
        return Trial(untried="the stored password cannot be read by this login")
    if not facts.source_user:
        return Trial(untried="the channel has no user")
    if facts.unreadable_files:
        return Trial(untried=f"files of the channel are missing or unreadable: {', '.join(facts.unreadable_files)}")
    started = time.time()
    seen = observe_replication.trial(session, _login(facts, password), further)
    if isinstance(seen, TrialFailure):
        return _failure(seen)
    return Trial(
        account=seen.account,
        seen_as=seen.client.rpartition("@")[2],
        encrypted=seen.encrypted,
        may_replicate=seen.may_replicate,
        server_id=seen.identity.server_id,
        server_uuid=seen.identity.server_uuid,
        hostname=seen.identity.hostname,
        port=seen.identity.port,
        is_self=seen.is_self,
        clock_ahead=round(seen.clock - started, 3),
        took=round(time.time() - started, 3),
        rewritten=seen.rewritten,
        purged=seen.purged,
    )


def _at_its_place(replica: Session, channel: Channel, source: Session, view: SourceView) -> SourceView:
    if not view.may_replicate or not channel.rests_at(view.identity):
        return view
    return observe_replication.with_log_verdict(source, view, channel, observe_variables.gtid_state(replica))


def _failure(failure: TrialFailure) -> Trial:
    if failure.errno in (0, _UNKNOWN_PLUGIN):
        # The client library could not try as the channel would: no OpenSSL for a plugin, a certificate of another form.
        return Trial(untried=f"the client library cannot log in as the channel would: {failure.error}")
    known = classify(failure.errno, failure.error)
    if failure.reading and (known is None or known.kind not in (LOGIN, NETWORK)):
        return Trial(
            untried=f"the source lets it in, and then fails to tell {failure.reading}: error {failure.errno}: {failure.error}"
        )
    seen = _SEEN.search(failure.error)
    return Trial(
        errno=failure.errno, error=failure.error, seen_as=(seen.group(1) or seen.group(2)) if seen and failure.errno < 2000 else ""
    )


def _login(facts: ChannelFacts, password: Secret) -> Login:
    return Login(
        user=facts.source_user,
        password=password,
        host=facts.source_host,
        port=facts.source_port,
        ca_cert=facts.tls_ca,
        client_cert=facts.tls_cert,
        client_key=facts.tls_key,
        tls=facts.tls,
        clear=not facts.tls,
        connect_timeout=_TIMEOUT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
    )
