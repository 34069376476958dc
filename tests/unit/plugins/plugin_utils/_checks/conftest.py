# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real pairs, recorded, and ways to break them."""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_value
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable

RECORDED = Path(__file__).resolve().parents[3] / "recorded"
MYSQL = "mysql-9.7.4"
MARIADB = "mariadb-11.8.9"
OLD_MARIADB = "mariadb-10.11.18"


@functools.cache
def _recorded(name):
    values = json.loads((RECORDED / f"snapshots-{name}.json").read_text(encoding="utf-8"))
    return {host: snapshot_from_value(value, host) for host, value in values.items()}


class Pair:
    """A recorded pair as ``site`` made it; each method gives back the pair with one thing changed."""

    def __init__(self, name, servers=None, unreadable=()):
        self.name = name
        self.servers = servers or _recorded(name)
        self.unreadable = unreadable

    def having(self, host, **fields):
        return Pair(self.name, {**self.servers, host: replace(self.servers[host], **fields)}, self.unreadable)

    def setting(self, host, **variables):
        return self.having(host, variables={**self.servers[host].variables, **variables})

    def status(self, host, **status):
        return self.having(host, status={**self.servers[host].status, **status})

    def channel(self, **fields):
        (channel,) = self.servers["replica"].channels
        return self.having("replica", channels=(replace(channel, **fields),))

    def trial(self, **fields):
        (channel,) = self.servers["replica"].channels
        return self.channel(trial=replace(channel.trial, **fields))

    def refused(self, errno, error="Access denied", **fields):
        """The trial login fails like this."""
        seen = self.servers["replica"].channels[0].own_address
        return self.channel(
            trial=replace(self.servers["replica"].channels[0].trial, **_FAILED, errno=errno, error=error, seen_as=seen)
        )

    def account(self, **fields):
        """The replication account on the primary."""
        accounts = self.servers["primary"].accounts
        return self.having("primary", accounts=tuple(replace(one, **fields) if one.user == "repl" else one for one in accounts))

    def without(self, host, reason="no route to host", tried=True):
        kept = {name: server for name, server in self.servers.items() if name != host}
        return Pair(self.name, kept, (Unreadable(host, self.servers[host].role, reason, tried),))

    def chained(self):
        """A third server, ``last``, replicates from the replica."""
        middle, address = self.servers["replica"], "198.51.100.3"
        (channel,) = _recorded(self.name)["replica"].channels
        seen = {"server_uuid": middle.server_uuid, "server_id": middle.server_id, "hostname": middle.hostname, "seen_as": address}
        last = replace(
            middle,
            name="last",
            hostname="last",
            server_id=4711,
            server_uuid="00000000-0000-0000-0000-000000000001" if middle.server_uuid else "",
            addresses=(address,),
            channels=(
                replace(
                    channel,
                    source_host=middle.addresses[0],
                    addresses=middle.addresses,
                    own_address=address,
                    source_uuid=middle.server_uuid,
                    source_id=middle.server_id,
                    trial=replace(channel.trial, **seen),
                ),
            ),
            replicas=(),
            dump_threads=(),
        )
        middle = replace(middle, dump_threads=(replace(self.servers["primary"].dump_threads[0], host=address),))
        return Pair(self.name, {**self.servers, "replica": middle, "last": last}, self.unreadable)

    def doubled(self):
        """A third server, ``replica2``, replicates from the primary as the replica does."""
        address = "198.51.100.4"
        uuid = "00000000-0000-0000-0000-000000000002" if self.servers["replica"].server_uuid else ""
        another = replace(self.servers["replica"], name="replica2", hostname="replica2", server_id=4712, server_uuid=uuid)
        channels = tuple(replace(one, own_address=address) for one in another.channels)
        another = replace(another, addresses=(address,), variables={**another.variables, "report_host": address}, channels=channels)
        return Pair(self.name, {**self.servers, "replica2": another}, self.unreadable)

    def topology(self):
        servers = tuple(self.servers.values())
        return Topology(servers, self.unreadable, servers[0].taken_at)

    def findings(self, policy=None):
        return judge(self.topology(), policy or Policy()).findings

    def rules(self):
        return [finding.rule for finding in self.findings()]


_FAILED = {"account": "", "encrypted": False, "may_replicate": False, "server_id": 0, "server_uuid": "", "hostname": "", "port": 0}


@pytest.fixture(scope="session")
def mysql():
    return Pair(MYSQL)


@pytest.fixture(scope="session")
def mariadb():
    return Pair(MARIADB)


@pytest.fixture(scope="session", params=[MYSQL, MARIADB, OLD_MARIADB])
def pair(request):
    return Pair(request.param)
