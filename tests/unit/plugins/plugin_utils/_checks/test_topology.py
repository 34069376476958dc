# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who replicates from whom, however the source is addressed."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import login_refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable


def link_of(pair):
    (link,) = pair.topology().links
    return link


def grave(pair):
    return [finding.rule for finding in pair.findings() if at_least(finding.severity, MEDIUM)]


def test_a_source_is_found_by_its_address(pair):
    link = link_of(pair)
    assert (link.source.name, link.addressed) == ("primary", True)


def test_a_source_behind_a_proxy_is_found_by_what_the_trial_came_out_at(pair):
    proxied = pair.channel(source_host="proxy", addresses=("203.0.113.9",), source_uuid="", source_id=0)
    assert (link_of(proxied).source.name, link_of(proxied).addressed) == ("primary", True)
    assert grave(proxied) == []


def test_an_address_that_leads_nowhere_is_not_the_sources(pair):
    lost = pair.refused(2003, "refused").channel(source_host="203.0.113.9", addresses=("203.0.113.9",))
    assert (link_of(lost).source.name, link_of(lost).addressed) == ("primary", False)
    assert grave(lost)[0] == "replica.source_correct"


def test_a_source_that_is_not_audited_is_named_by_its_address(mysql):
    alone = type(mysql)(mysql.name, {"replica": mysql.servers["replica"]})
    assert link_of(alone).source is None
    assert grave(alone) == ["net.source_not_audited"]


def test_a_replica_whose_channels_could_not_be_read_is_part_of_the_audit(mysql):
    assert "net.replicas_not_audited" not in grave(mysql.having("replica", channels=(), unreadable={"channels": "error 1227"}))


def test_a_server_whose_addresses_are_unknown_is_not_accused(mysql):
    distant = mysql.having("primary", addresses=()).refused(2003, "refused").channel(addresses=("203.0.113.9",))
    assert link_of(distant).addressed is None
    assert "replica.source_correct" not in grave(distant)


def test_a_chain_is_sound(mysql):
    middle = replace(mysql.servers["replica"], name="middle", role="replica")
    (channel,) = middle.channels
    address = "198.51.100.3"
    trial = replace(channel.trial, server_uuid=middle.server_uuid, server_id=middle.server_id, hostname="middle", seen_as=address)
    last = replace(
        middle,
        name="last",
        hostname="last",
        server_id=4711,
        server_uuid="00000000-0000-0000-0000-000000000001",
        addresses=(address,),
        channels=(
            replace(
                channel,
                source_host=middle.addresses[0],
                addresses=middle.addresses,
                own_address=address,
                source_uuid=middle.server_uuid,
                source_id=middle.server_id,
                trial=trial,
            ),
        ),
        replicas=(),
        dump_threads=(),
    )
    middle = replace(middle, dump_threads=(replace(mysql.servers["primary"].dump_threads[0], host=address),))
    chain = type(mysql)(mysql.name, {"primary": mysql.servers["primary"], "middle": middle, "last": last})
    assert grave(chain) == []
    assert [link.source.name for link in chain.topology().links] == ["primary", "middle"]


def test_independent_topologies_in_one_audit_do_not_mix(mysql, mariadb):
    other = {f"other-{name}": replace(server, name=f"other-{name}") for name, server in mariadb.servers.items()}
    both = type(mysql)(mysql.name, {**mysql.servers, **other})
    assert grave(both) == []


def test_a_server_that_refuses_or_hangs_is_not_taken_for_one_that_is_down(mysql):
    hung = str(ServerError(2013, "Lost connection to MySQL server during query (timed out)", "db1"))
    refused = str(login_refusal(ServerError(1045, "Access denied", "db1"), Login(user="ops"))).partition("\n")[0]
    for host, rule in (("primary", "net.source_down"), ("replica", "net.unreachable")):
        for reason, words in ((refused, "refuses the audit's own login"), (hung, "full disk"), ("timed out", "is down")):
            others = tuple(server for name, server in mysql.servers.items() if name != host)
            topology = Topology(others, (Unreadable(host, host, reason),), mysql.topology().now)
            (found,) = BY_ID[rule].judge(topology)
            assert words in found.cause
            assert ("mysql_replication_login_user" in found.remedy) == (reason == refused)


def test_a_server_that_failed_earlier_in_the_run_is_not_said_to_be_down(mysql, mariadb):
    for host in ("primary", "replica"):
        assert grave(mysql.without(host, "it failed earlier", tried=False)) == ["net.left_out"]
    lost = mariadb.refused(2003, "refused").without("primary", "it failed earlier", tried=False)
    (found,) = BY_ID["net.source_down"].judge(lost.topology())
    assert found.cause == "its replicas cannot reach it, and this run, in which it failed before, did not try"
    assert not list(BY_ID["net.left_out"].judge(lost.topology()))
