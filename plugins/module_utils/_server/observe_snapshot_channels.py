# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads all channels of a server for its snapshot, and tries each channel's login to its source. Never writes."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.channel_facts import ChannelFactsDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Channel, TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ChannelFacts, Trial
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_replication, observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.route import route_to

_TIMEOUT_SECONDS = 5
# "Access denied for user 'repl'@'db2'", "Host 'db2' is not allowed".
_SEEN = re.compile(r"'[^']*'@'([^']+)'|[Hh]ost '([^']+)'")


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
    return tuple(_complete(session, one, dialect.facts(one, rows), with_trial, on_host) for one in found)


def _complete(session: Session, channel: Channel, facts: ChannelFacts, with_trial: bool, on_host: bool) -> ChannelFacts:
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
    return replace(facts, trial=_trial(session, channel, facts) if with_trial else Trial(untried="no trial was asked for"))


def _trial(session: Session, channel: Channel, facts: ChannelFacts) -> Trial:
    password = channel.options.get("source_password")
    if not isinstance(password, Secret):
        return Trial(untried="the stored password cannot be read by this login")
    if not facts.source_user:
        return Trial(untried="the channel has no user")
    if facts.unreadable_files:
        return Trial(untried=f"files of the channel are missing or unreadable: {', '.join(facts.unreadable_files)}")
    started = time.time()
    seen = observe_replication.trial(session, _login(facts, password))
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
    )


def _failure(failure: TrialFailure) -> Trial:
    if not failure.errno:
        # The client library could not try as the channel would: no OpenSSL for a plugin, a certificate of another form.
        return Trial(untried=f"the client library cannot log in as the channel would: {failure.error}")
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
    )
