# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who replicates from whom, however the source is addressed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ThreadFacts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, ServerError
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import login_refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, MEDIUM, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge
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


def test_a_proxy_that_works_is_told_with_what_keeps_it(pair):
    """For site gives the channel the primary's own address, where the inventory does not name the proxy."""
    assert "replica.source_forwarded" not in pair.rules()
    reached = pair.channel(source_host="proxy", source_port=3307, addresses=("203.0.113.9",))
    untried = reached.trial(**_UNTRIED)
    for one in (reached, untried):
        (told,) = [finding for finding in one.findings() if finding.rule == "replica.source_forwarded"]
        assert "proxy:3307 leads to primary" in told.evidence
        assert "mysql_replication_source_host: proxy and mysql_replication_source_port: 3307" in told.remedy
        for named, is_told in ((told.evidence.split()[0], False), ("proxy:3306", True)):
            topology = replace(one.topology(), named={"replica": named})
            assert bool(list(BY_ID["replica.source_forwarded"].judge(topology))) == is_told
    assert "replica.source_forwarded" not in reached.refused(2003).channel(receiver=ThreadFacts(errno=2003, **BROKEN)).rules()


_UNTRIED = {"untried": "there is no client", "server_id": 0, "server_uuid": "", "account": ""}


PROXY = {"source_host": "127.0.0.1", "source_port": 3307, "addresses": ("127.0.0.1",), "own_address": "127.0.0.1"}
BROKEN = {"state": "connecting", "error": "Access denied"}


@pytest.mark.parametrize("host", ["198.%", "%"])
@pytest.mark.parametrize(("errno", "rule"), [(3118, "account.locked"), (4151, "account.locked"), (1045, "account.password")])
@pytest.mark.parametrize("is_latent", [True, False])
def test_a_refused_login_through_a_proxy_is_no_wrong_address(pair, host, errno, rule, is_latent):
    proxied = pair.account(locked=rule == "account.locked", host=host).refused(errno).trial(seen_as="").channel(**PROXY)
    if not is_latent:
        proxied = proxied.channel(receiver=ThreadFacts(errno=errno, **BROKEN))
    for one in (proxied, proxied.having("primary", dump_threads=())):
        assert (link_of(one).source.name, link_of(one).addressed) == ("primary", None)
        roots = [finding for finding in one.findings() if finding.is_root and at_least(finding.severity, CRITICAL)]
        assert [finding.rule for finding in roots] == [rule]
        assert "127.0.0.1:3307, which leads to primary" in roots[0].evidence


def test_a_proxy_that_is_down_is_no_wrong_address(mysql):
    down = mysql.refused(2003, "refused").channel(**PROXY)
    first = down.findings()[0]
    assert first.rule == "net.reachable"
    assert "the proxy or forwarding in between is down" in first.cause
    assert "replica.source_correct" not in down.rules()


def test_mariadb_remembers_its_source_under_an_address_that_is_another(mariadb):
    """CHANGE MASTER TO MASTER_HOST leaves Master_Server_Id as it was, unlike MySQL's Source_UUID."""
    changed = mariadb.refused(2003, "refused").channel(**PROXY, receiver=ThreadFacts(errno=2003, **BROKEN))
    assert grave(changed)[0] == "replica.source_correct"


FORWARDED = {"source_host": "203.0.113.9", "source_port": 3307, "addresses": ("203.0.113.9",)}
SILENT = {"receiver": ThreadFacts(errno=2003, **BROKEN)}


@pytest.mark.parametrize("proof", [{}, _UNTRIED])
def test_an_address_that_leads_another_replica_to_the_primary_is_no_wrong_one(pair, proof):
    """A forwarding that is down for one replica's host only, as MariaDB tells it, and MySQL after RESET REPLICA."""
    proven = pair.channel(**FORWARDED).trial(**proof).doubled()
    (forgotten,) = pair.refused(2003, "refused").channel(**FORWARDED, **SILENT, source_uuid="").servers["replica"].channels
    broken = proven.having("replica", channels=(forgotten,))
    first = broken.findings()[0]
    assert (first.rule, first.host) == ("net.reachable", "replica")
    assert "203.0.113.9:3307 is none of the addresses of primary, and has led there" in first.cause
    assert "unless the inventory names this one" in first.remedy
    (named,) = BY_ID["net.reachable"].judge(replace(broken.topology(), named={"replica": "203.0.113.9:3307"}))
    assert "correct mysql_replication_source_host" in named.remedy
    assert "replica.source_correct" not in grave(broken)
    elsewhere = broken.having("replica", channels=(replace(forgotten, source_port=3308),))
    assert elsewhere.findings()[0].rule == "replica.source_correct"


def test_a_loopback_address_proves_nothing_for_another_host(mariadb):
    proven = mariadb.channel(**PROXY).doubled()
    (silent,) = mariadb.refused(2003, "refused").channel(**PROXY, **SILENT).servers["replica"].channels
    assert proven.having("replica", channels=(silent,)).findings()[0].rule == "replica.source_correct"


def test_where_nothing_answers_both_ways_out_are_told(pair):
    silent = pair.refused(2003, "refused").channel(**FORWARDED, **SILENT, source_uuid="")
    for one in (silent, silent.channel(source_id=0)):
        first = one.findings()[0]
        assert (first.rule, first.title) == (
            "replica.source_correct",
            "Nothing answers at a channel's address, which is not its source's own",
        )
        assert "primary is at" in first.evidence
        assert "mend the proxy or the forwarding there" in first.remedy
        assert "run the playbook site, which gives the primary's own address" in first.remedy
        (named,) = BY_ID["replica.source_correct"].judge(replace(one.topology(), named={"replica": "203.0.113.9:3307"}))
        assert "correct mysql_replication_source_host" in named.remedy


@pytest.mark.parametrize(("address", "roots"), [(FORWARDED, 1), (PROXY, 2)])
@pytest.mark.parametrize(("forgets", "rule"), [(False, "net.reachable"), (True, "replica.source_correct")])
def test_a_dead_proxy_that_two_replicas_share_is_one_root(mysql, address, roots, forgets, rule):
    down = mysql.refused(2003, "refused").channel(**address, **SILENT)
    found = (down.channel(source_uuid="") if forgets else down).doubled().findings()
    told = [one for one in found if one.rule == rule]
    assert len(told) == roots
    assert ("likewise from replica2" in told[0].evidence) == (roots == 1)
    assert {one.host for one in found if one.rule == "health.receiver" and one.caused_by in {each.key for each in told}} == {
        "replica",
        "replica2",
    }


def test_a_proxy_on_the_host_of_another_replica_is_not_that_replica(mariadb):
    """A restart made it forget its source, and the login is refused: the address is one that nobody knows."""
    two = mariadb.doubled()
    own = two.servers["replica2"].addresses
    proxied = mariadb.refused(1045).channel(source_host=own[0], source_port=3310, addresses=own, source_id=0)
    (channel,) = proxied.channel(receiver=ThreadFacts(errno=1045, **BROKEN)).servers["replica"].channels
    refused = two.having("replica", channels=(channel,))
    assert [link.source.name for link in refused.topology().links] == ["primary", "primary"]
    findings = {one.rule: one for one in refused.findings() if at_least(one.severity, MEDIUM)}
    assert findings["account.password"].host == "primary"
    unknown = findings["replica.source_correct"]
    assert (unknown.severity, unknown.title) == (MEDIUM, "Nobody knows where a channel's address leads")
    assert f"{own[0]}:3310 (on the host of replica2)" in unknown.evidence
    silent = replace(channel, trial=replace(channel.trial, errno=2003), receiver=SILENT["receiver"])
    for one in (refused, refused.having("primary", role="")):
        last = one.having("replica", channels=(silent,)).findings()[0]
        assert (last.rule, last.severity) == ("replica.source_correct", CRITICAL)
        assert f"{own[0]}:3310 (on the host of replica2)" in last.evidence


def test_after_a_restart_mariadb_knows_its_source_no_more(mariadb):
    """Seen on 10.11: Master_Server_Id is 0 then, until it is connected again. Nothing proves the address wrong, or right."""
    restarted = mariadb.account(locked=True).refused(4151).trial(seen_as="").channel(**PROXY, source_id=0)
    restarted = restarted.channel(receiver=ThreadFacts(errno=4151, **BROKEN))
    findings = {one.rule: one for one in restarted.findings() if at_least(one.severity, MEDIUM)}
    assert restarted.findings()[0].rule == "account.locked"
    assert "127.0.0.1:3307, which may lead to primary" in findings["account.locked"].evidence
    unknown = findings["replica.source_correct"]
    assert (unknown.severity, unknown.title) == (MEDIUM, "Nobody knows where a channel's address leads")
    silent = mariadb.refused(2003, "refused").channel(**PROXY, source_id=0, receiver=ThreadFacts(errno=2003, **BROKEN))
    assert grave(silent)[0] == "replica.source_correct"


def test_a_proxy_on_a_server_of_the_audit_leads_where_it_leads(mysql):
    other = replace(
        mysql.servers["primary"], name="other", hostname="other", server_id=9, server_uuid="x", addresses=("203.0.113.9",)
    )
    three = type(mysql)(mysql.name, {**mysql.servers, "other": other})
    proxied = three.channel(source_host="203.0.113.9", source_port=3307, addresses=("203.0.113.9",))
    assert link_of(proxied).source.name == "primary"
    assert link_of(proxied.refused(3118)).source.name == "primary"


def test_a_full_primary_is_one_root_under_its_own_name(mysql):
    full = mysql.refused(1040, "Too many connections").channel(receiver=ThreadFacts("connecting", 1040, "Too many connections"))
    reason = str(ServerError(1040, "Too many connections", "primary:3306"))
    unread = full.without("primary", reason)
    first, *others = [one for one in unread.findings() if at_least(one.severity, MEDIUM)]
    assert (first.rule, first.host, first.peers) == ("net.connections_full", "primary", ("replica",))
    assert {one.caused_by for one in others} == {first.key}
    read = full.status("primary", threads_connected="151").setting("primary", max_connections="151")
    first, *others = [one for one in read.findings() if at_least(one.severity, MEDIUM)]
    assert first.evidence.endswith("151 of 151 connections are taken")
    assert {one.rule: one.caused_by for one in others}["net.connections_headroom"] == first.key


def test_an_address_that_leads_nowhere_is_not_the_sources(pair):
    lost = pair.refused(2003, "refused").channel(source_host="203.0.113.9", addresses=("203.0.113.9",), source_uuid="")
    lost = lost.channel(receiver=ThreadFacts(errno=2003, **BROKEN))
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
    chain = mysql.chained()
    assert grave(chain) == []
    assert [link.source.name for link in chain.topology().links] == ["primary", "replica"]


@pytest.mark.parametrize(("thread", "rule"), [("receiver", "health.receiver"), ("applier", "health.applier")])
def test_a_replica_whose_source_stands_still_is_not_sound(pair, thread, rule):
    stopped = pair.channel(**{thread: ThreadFacts("off")}).chained()
    findings = stopped.findings()
    (starved,) = [one for one in findings if one.rule == "health.upstream"]
    assert (starved.host, starved.peers, starved.caused_by) == ("last", ("replica",), f"{rule}@replica")
    assert judge(stopped.topology(), Policy()).channels["last", ""].rule == "health.upstream"


def test_what_a_replica_does_not_get_comes_of_the_root_above(mysql):
    broken = mysql.refused(3118).account(locked=True).channel(receiver=ThreadFacts("connecting", 3118, "locked"))
    (starved,) = [one for one in broken.chained().findings() if one.rule == "health.upstream"]
    assert starved.caused_by == "account.locked@primary/repl"


def test_a_circle_has_no_upstream(mysql):
    (channel,) = mysql.servers["replica"].channels
    own = mysql.servers["replica"]
    back = replace(channel, source_host="replica", addresses=own.addresses, receiver=ThreadFacts("off"))
    assert "health.upstream" not in mysql.having("primary", channels=(back,)).rules()


def test_site_makes_the_account_of_a_chain_on_the_primary_only(mysql):
    chain = mysql.chained()
    accounts = tuple(one for one in chain.servers["replica"].accounts if one.user != "repl")
    (channel,) = chain.servers["last"].channels
    refused = replace(channel, trial=replace(mysql.refused(1045).servers["replica"].channels[0].trial, seen_as="198.51.100.3"))
    first, *others = chain.having("replica", accounts=accounts).having("last", channels=(refused,)).findings()
    assert (first.rule, first.host) == ("account.exists", "replica")
    assert "site makes it on the primary only" in first.remedy
    assert {one.rule: one.caused_by for one in others}["account.on_candidates"] == first.key


@pytest.mark.parametrize("purged_above", [False, True])
def test_what_only_a_server_in_between_has_purged_is_not_lost(mysql, purged_above):
    source = mysql.servers["primary"]
    uuid = source.server_uuid
    everything = {"gtid_executed": f"{uuid}:1-90", "gtid_purged": ""}
    chain = mysql.chained().having("primary", gtid={**everything, "gtid_purged": f"{uuid}:1-50" if purged_above else ""})
    chain = chain.having("replica", gtid={**everything, "gtid_purged": f"{uuid}:1-80"}).having(
        "last", gtid={"gtid_executed": f"{uuid}:1-40", "gtid_purged": ""}
    )
    (gap,) = [one for one in chain.findings() if one.rule == "gtid.purged_gap"]
    assert gap.host == "last"
    assert ("rebuild_replica" in gap.remedy) == purged_above
    assert ("let last replicate from primary" in gap.remedy) != purged_above


def test_mariadbs_logs_above_are_compared_by_where_they_begin(mariadb):
    server = mariadb.servers["primary"].server_id
    chain = mariadb.chained()
    (channel,) = chain.servers["last"].channels
    purged = replace(channel, trial=replace(channel.trial, purged=f"the ones up to 0-{server}-40"))
    for begins_at, is_kept in ((f"0-{server}-9", True), (f"0-{server}-30", False)):
        logs = replace(chain.servers["primary"].binary_logs, begins_at=begins_at)
        state = {**chain.servers["last"].gtid, "gtid_slave_pos": f"0-{server}-20"}
        broken = chain.having("primary", binary_logs=logs).having("last", channels=(purged,), gtid=state)
        (gap,) = [one for one in broken.findings() if one.rule == "gtid.purged_gap"]
        assert ("let last replicate from primary" in gap.remedy) == is_kept


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
