# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One root for one cause; what it shows as points to it, and nothing false stands above it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_NONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    BINARY_LOGS,
    CHANNELS,
    FILE,
    PERSISTED,
    RUN_TIME,
    WAITS_FOR_DISK,
    AccountFacts,
    Disk,
    NextStart,
    Origin,
    ThreadFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, MEDIUM, at_least
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge, policy_from

AHEAD = "gtid.replica_ahead"
DENIED = ThreadFacts("connecting", 1045, "Access denied")
OFF = {"receiver": ThreadFacts("off"), "applier": ThreadFacts("off")}


def roots(pair):
    return [finding.rule for finding in pair.findings() if finding.is_root and at_least(finding.severity, MEDIUM)]


def test_the_receiver_that_is_refused_shows_the_account_that_is_gone(mysql):
    gone = tuple(one for one in mysql.servers["primary"].accounts if one.user != "repl")
    broken = mysql.refused(1045).channel(receiver=DENIED, lag=None).having("primary", accounts=gone)
    # `refused` and `channel` each replace the channel: what was changed first is kept.
    assert broken.servers["replica"].channels[0].trial.errno == 1045
    findings = broken.findings()
    assert findings[0].rule == "account.exists"
    assert findings[0].peers == ("replica",)
    assert {one.rule for one in findings if one.caused_by == findings[0].key} == {"health.receiver", "health.lag_unknown"}
    assert roots(broken) == ["account.exists"]


def test_a_latent_root_has_no_symptom(mariadb):
    broken = mariadb.refused(4151).account(locked=True)
    assert roots(broken) == ["account.locked"]
    assert "still connected" in broken.findings()[0].evidence


def test_a_thread_that_was_stopped_by_hand_is_no_symptom_of_a_latent_fault(mysql):
    broken = mysql.refused(3118).account(locked=True).channel(receiver=ThreadFacts("off"))
    assert set(roots(broken)) == {"account.locked", "health.receiver"}


def test_nor_of_a_fault_that_may_show_with_any_error(mysql):
    unknown = mysql.refused(1045).having("primary", accounts=(), unreadable={ACCOUNTS: "denied"})
    broken = unknown.channel(receiver=ThreadFacts("off"))
    assert {"account.probe_login", "health.receiver"} <= set(roots(broken))


def test_an_error_of_the_last_try_gives_way_to_what_the_next_one_meets(mysql):
    gone = mysql.refused(3118).account(locked=True)
    assert roots(gone.channel(receiver=DENIED, lag=None)) == ["account.locked"]


def test_a_receiver_that_only_waits_for_its_next_try_says_so(mysql):
    first = mysql.channel(receiver=DENIED, lag=None).findings()[0]
    assert (first.rule, first.title) == (
        "health.receiver",
        "A receiver (IO thread) has not tried again since its source lets it in",
    )
    assert "succeeds now" in first.cause
    assert "wait for its next try" in first.remedy


def test_a_receiver_that_will_not_try_again_is_to_be_started(mysql):
    gave_up = ThreadFacts("off", 13120, "Source command COM_REGISTER_REPLICA failed: Access denied")
    first = mysql.channel(receiver=gave_up, lag=None).findings()[0]
    assert "succeeds now" in first.cause
    assert "START REPLICA" in first.remedy
    assert "wait" not in first.remedy


FULL = (Disk("/var/lib/mysql", 10, 1000),)


def test_a_server_that_waits_for_disk_space_tells_of_nothing_else(pair):
    waits = f"a thread of replica {WAITS_FOR_DISK}, and whoever asks waits with it"
    broken = pair.having("replica", disks=FULL, channels=(), unreadable={CHANNELS: waits, BINARY_LOGS: waits})
    first = broken.findings()[0]
    assert (first.rule, first.severity) == ("health.disk_free", CRITICAL)
    shown = {one.rule for one in broken.findings() if one.caused_by == first.key}
    assert shown == {"health.channels_readable", "health.sections_readable"}


def test_what_a_login_may_not_read_is_not_laid_to_a_full_disk(pair):
    broken = pair.having("replica", disks=FULL, channels=(), unreadable={CHANNELS: "error 1227: Access denied"})
    assert {"health.disk_free", "health.channels_readable"} <= set(roots(broken))


@pytest.mark.parametrize(("errno", "is_tied"), [(1026, True), (1062, False)])
def test_an_applier_that_could_not_write_points_to_the_full_disk(pair, errno, is_tied):
    broken = pair.having("replica", disks=FULL).channel(applier=ThreadFacts("off", errno, "Error writing file"))
    symptom = next(one for one in broken.findings() if one.rule == "health.applier")
    full = next(one for one in broken.findings() if one.rule == "health.disk_free")
    assert symptom.caused_by == (full.key if is_tied else "")


def test_a_channel_that_somebody_stopped_is_one_root(mysql):
    stopped = mysql.channel(receiver=ThreadFacts("off"), applier=ThreadFacts("off"), lag=None)
    assert roots(stopped) == ["health.receiver"]
    assert stopped.findings()[0].title == "A channel is stopped"


def test_what_would_stop_it_again_stands_before_a_channel_that_was_stopped(mysql):
    source = mysql.servers["primary"]
    purged = {**source.gtid, "gtid_purged": f"{source.server_uuid}:1-99999"}
    stopped = mysql.channel(receiver=ThreadFacts("off"), applier=ThreadFacts("off"), lag=None).having("primary", gtid=purged)
    assert roots(stopped)[:2] == ["gtid.purged_gap", "health.receiver"]
    remedies = {finding.rule: finding.remedy for finding in stopped.findings()}
    assert remedies["health.receiver"].startswith("First mend gtid.purged_gap on replica, and leave it stopped")


def test_a_source_that_was_reset_makes_no_errant_transactions(mysql):
    source, replica = mysql.servers["primary"], mysql.servers["replica"]
    both = {**replica.gtid, "gtid_executed": f"{source.server_uuid}:1-50,{replica.server_uuid}:1-3"}
    pair = mysql.having("primary", gtid={**source.gtid, "gtid_executed": ""}).having("replica", gtid=both)
    reset = pair.channel(receiver=ThreadFacts("off", 13114, "Got fatal error 1236"))
    assert "gtid.replica_ahead" in roots(reset)
    assert "gtid.errant" not in roots(reset)


def test_a_reset_is_one_root_for_all_replicas(mysql):
    source, replica = mysql.servers["primary"], mysql.servers["replica"]
    second = type(replica)(**{**replica.__dict__, "name": "other", "server_id": 9, "server_uuid": "", "hostname": "other"})
    pair = type(mysql)(mysql.name, {**mysql.servers, "other": second})
    for host in ("replica", "other"):
        pair = pair.having(host, gtid={**replica.gtid, "gtid_executed": f"{source.server_uuid}:1-50"})
    (reset,) = [one for one in pair.having("primary", gtid={**source.gtid, "gtid_executed": ""}).findings() if one.rule == AHEAD]
    assert reset.peers == ("replica", "other")
    assert reset.evidence.endswith("likewise on other")


def test_an_error_that_no_root_explains_is_a_root_with_the_words_of_its_class(mariadb):
    broken = mariadb.channel(receiver=ThreadFacts("off", 1236, "Could not find GTID state requested by slave"), lag=None)
    findings = broken.findings()
    assert findings[0].rule == "health.receiver"
    assert "binary logs" in findings[0].cause
    assert findings[1].caused_by == findings[0].key


def test_a_wrong_value_is_the_root_of_its_drift(mysql):
    after = mysql.servers["primary"].next_start["sync_binlog"]
    broken = mysql.setting("primary", sync_binlog="0").having(
        "primary", next_start={"sync_binlog": type(after)("0", "1", after.layer, after.where)}
    )
    assert roots(broken) == ["durability.sync_binlog"]
    drift = next(one for one in broken.findings() if one.rule == "drift.runtime_vs_file")
    assert drift.caused_by == "durability.sync_binlog@primary"


@pytest.mark.parametrize("name", ["primary", "replica"])
def test_whoever_lets_a_variable_drift_that_site_leaves_alone_is_not_sent_to_site(mysql, name):
    server = mysql.servers[name]
    changing = {one: NextStart("1", "2", FILE, "/etc/mine.cnf line 4") for one in ("max_allowed_packet", "sync_binlog")}
    found = mysql.having(name, next_start={**server.next_start, **changing}).findings()
    remedies = {one.evidence.split()[0]: one.remedy for one in found if one.rule == "drift.runtime_vs_file"}
    assert "/etc/mine.cnf line 4" in remedies["max_allowed_packet"]
    assert "mysql_replication_settings" in remedies["max_allowed_packet"]
    assert remedies["sync_binlog"].startswith("Run the playbook site")


@pytest.mark.parametrize(
    ("name", "now", "is_static", "words"),
    [
        (
            "bind_address",
            "*",
            True,
            "Change it back there (/etc/mine.cnf line 4), or restart the server: to the playbook site either",
        ),
        ("replica_parallel_workers", "2", False, "Run the playbook site: it makes run time and option file agree. To it either"),
        ("replica_parallel_workers", "0", False, "Run the playbook site: it makes run time and option file agree."),
    ],
)
def test_the_way_out_where_site_takes_the_value_of_now_for_good_too(mysql, name, now, is_static, words):
    after = NextStart(now, "10.0.0.1" if is_static else "4", FILE, "/etc/mine.cnf line 4", static=is_static)
    pair = mysql.having("replica", next_start={**mysql.servers["replica"].next_start, name: after})
    (drift,) = [one for one in pair.findings() if one.rule == "drift.runtime_vs_file"]
    assert drift.remedy.startswith(words)
    assert ("either value is good" in drift.remedy) == (now != "0")


def test_a_variable_is_told_by_the_servers_own_name(mariadb):
    """MariaDB answers SELECT @@replica_parallel_workers with error 1193."""
    name, own = "replica_parallel_workers", "slave_parallel_threads"
    after = {**mariadb.servers["replica"].next_start, name: NextStart("4", "8", FILE, "/etc/mine.cnf line 4")}
    (drift,) = [
        one
        for one in mariadb.having("replica", next_start=after, spelled={name: own}).findings()
        if one.rule == "drift.runtime_vs_file"
    ]
    assert all(own in text and name not in text for text in (drift.evidence, drift.cause)), drift


def test_nobody_is_sent_to_site_with_binary_logs_that_somebody_keeps_longer(mysql):
    name, files = "binlog_expire_logs_seconds", mysql.servers["primary"].next_start
    for now, after, words in (("2592000", "864000", f"Set {name} back"), ("864000", "2592000", "Run the playbook site")):
        pair = mysql.having("primary", next_start={**files, name: NextStart(now, after, FILE, "/etc/mine.cnf line 4")})
        (drift,) = [one for one in pair.findings() if one.rule == "drift.runtime_vs_file"]
        assert drift.remedy.startswith(words)


@pytest.mark.parametrize("change", ["persisted", "lost"])
@pytest.mark.parametrize(("name", "is_enforced"), [("max_connections", False), ("sync_binlog", True)])
def test_site_is_a_way_out_only_where_it_enforces_the_variable(mysql, change, name, is_enforced):
    server = mysql.servers["primary"]
    value = server.value(name)
    changed = {
        "persisted": {"next_start": {**server.next_start, name: NextStart(value, "7", PERSISTED, "")}},
        "lost": {
            "next_start": {key: one for key, one in server.next_start.items() if key != name},
            "origins": {**server.origins, name: Origin(RUN_TIME)},
        },
    }[change]
    (finding,) = [one for one in mysql.having("primary", **changed).findings() if one.evidence.startswith(f"{name} ")]
    assert finding.rule == {"persisted": "drift.persisted_vs_runtime", "lost": "drift.unset_at_next_start"}[change]
    assert (f"site, which leaves {name} alone otherwise" in finding.remedy) != is_enforced
    assert ("makes run time and option file agree" in finding.remedy) == is_enforced


def test_a_root_that_bites_stands_before_one_that_waits(mysql):
    broken = mysql.refused(1045).channel(receiver=DENIED).having("primary", status={"innodb_redo_log_enabled": "OFF"})
    assert roots(broken) == ["account.password", "durability.redo_enabled"]


def test_several_replicas_share_one_root(mysql):
    (channel,) = mysql.refused(1045).servers["replica"].channels
    first = mysql.servers["replica"]
    second = type(first)(**{**first.__dict__, "name": "other", "server_id": 9, "server_uuid": "", "hostname": "other"})
    pair = type(mysql)(mysql.name, {**mysql.servers, "other": second}).having("other", channels=(channel,))
    pair = pair.having("replica", channels=(channel,))
    (password,) = [finding for finding in pair.findings() if finding.rule == "account.password"]
    assert password.peers == ("replica", "other")
    assert password.evidence.endswith("likewise other")


def test_a_source_that_was_read_a_moment_earlier_has_lost_nothing(mysql):
    uuid = mysql.servers["primary"].server_uuid
    busy = mysql.having("primary", gtid={**mysql.servers["primary"].gtid, "gtid_executed": f"{uuid}:1-100"})
    busy = busy.having("replica", gtid={**mysql.servers["replica"].gtid, "gtid_executed": f"{uuid}:1-140"})
    assert "gtid.replica_ahead" not in busy.rules()
    assert "gtid.errant" not in busy.rules()


def test_a_source_without_a_binary_log_has_not_lost_its_history(mariadb):
    broken = mariadb.setting("primary", log_bin="OFF").having("primary", gtid={"gtid_binlog_state": "", "gtid_slave_pos": ""})
    broken = broken.channel(receiver=ThreadFacts("off", 1236, "Binary log is not open"), lag=None)
    assert roots(broken) == ["binlog.enabled"]
    assert broken.findings()[1].caused_by == "binlog.enabled@primary"


def test_two_causes_of_one_refused_login_are_both_roots(mysql):
    broken = mysql.refused(1045).account(privileges=()).channel(receiver=DENIED)
    assert roots(broken) == ["account.password", "account.replication_privilege"]


def test_what_an_account_in_the_way_lacks_is_no_root(mysql):
    other = AccountFacts("repl", mysql.servers["replica"].channels[0].own_address, ("caching_sha2_password",))
    accounts = (*mysql.servers["primary"].accounts, other)
    found = roots(mysql.refused(1045).having("primary", accounts=accounts))
    assert found[0] == "account.effective_match"
    assert "account.replication_privilege" not in found


def test_a_source_that_takes_tls_only_is_no_question_of_the_password(mariadb):
    broken = mariadb.setting("primary", require_secure_transport="ON").account(tls=TLS_NONE).refused(1045)
    assert "tls.require_transport" in roots(broken.channel(tls=False))
    assert "account.password" not in roots(broken.channel(tls=False))


def test_a_name_that_does_not_resolve_is_no_firewall(mysql):
    broken = mysql.refused(2003, "getaddrinfo failed").channel(source_host="primary", addresses=(), resolution="unknown")
    assert roots(broken) == ["net.name_resolution"]


def test_an_expired_certificate_is_the_root_of_the_disagreement(mysql):
    failed = ThreadFacts("connecting", 2026, "certificate has expired")
    broken = mysql.refused(2026, "certificate has expired").channel(receiver=failed, tls_verify=True)
    assert roots(broken.status("primary", ssl_server_not_after="Nov 22 10:00:00 2020 GMT")) == ["tls.cert_expiry"]
    assert roots(broken) == ["tls.disagreement"]


def test_a_limit_that_is_used_up_is_the_root(mariadb):
    failed = ThreadFacts("connecting", 1226, "has exceeded the 'max_connections_per_hour' resource")
    assert roots(mariadb.refused(1226).account(max_connections_per_hour=1).channel(receiver=failed)) == ["account.resource_limits"]


def test_the_account_that_the_applier_works_as_is_the_root(mysql):
    broken = mysql.channel(applier=ThreadFacts("off", 1142, "INSERT command denied"), privilege_checks_user="'weak'@'localhost'")
    assert roots(broken) == ["account.privilege_checks_user"]


def promoted(pair):
    """The replica was made the primary by hand, and the primary no longer takes writes."""
    pair = pair.setting("primary", read_only="ON", super_read_only="ON").setting("replica", read_only="OFF", super_read_only="OFF")
    schema = replace(pair.servers["replica"].schema, tables=1)
    return pair.having("replica", channels=(), schema=schema)


def test_a_primary_that_was_moved_is_the_root_of_all_that_site_would_mend_for_the_worse(pair):
    first, *others = promoted(pair).findings()
    assert (first.rule, first.host) == ("topo.inventory_roles", "replica")
    tied = {(one.rule, one.host): one.remedy for one in others if one.caused_by == first.key}
    assert {("replica.channel_set", "replica"), ("replica.read_only", "replica"), ("primary.writable", "primary")} <= set(tied)
    for remedy in tied.values():
        assert remedy.startswith("First settle topo.inventory_roles on replica.")


def test_a_replica_of_the_new_primary_is_not_starved(pair):
    """Its channel to the old one may be there still, stopped."""
    rests = {name: ThreadFacts("off") for name in ("receiver", "applier")}
    (channel,) = pair.channel(**rests, lag=None).servers["replica"].channels
    findings = promoted(pair).having("replica", channels=(channel,)).chained().findings()
    assert findings[0].rule == "topo.inventory_roles"
    rules = ("health.receiver", "health.lag_unknown", "health.upstream", "topo.chained")
    tied = {one.rule: one.caused_by for one in findings if one.rule in rules}
    assert tied == dict.fromkeys(rules, findings[0].key)


def test_what_site_would_mend_waits_for_the_roles_as_site_refuses_until_then(mysql):
    """The old primary follows the new one, and its file still says that it takes writes."""
    start = NextStart("OFF", "ON", "option file", "/etc/my.cnf line 2", False, ("/etc/my.cnf line 2",))
    (channel,) = mysql.servers["replica"].channels
    new = mysql.servers["replica"]
    towards = {"source_host": new.addresses[0], "addresses": new.addresses, "source_uuid": new.server_uuid}
    trial = replace(channel.trial, server_uuid=new.server_uuid, server_id=new.server_id)
    back = replace(channel, **towards, trial=trial, retry_count=10, connect_retry=60)
    moved = promoted(mysql).having("primary", channels=(back,), next_start={"read_only": start})
    of_old = {one.rule: one for one in moved.findings() if one.host == "primary"}
    for rule in ("drift.runtime_vs_file", "net.retry_budget"):
        assert of_old[rule].remedy.startswith("First settle topo.inventory_roles on replica. Before, site refuses. "), rule
        assert "playbook site" in of_old[rule].remedy
    settled = policy_from([{"rule": "topo.inventory_roles", "reason": "the inventory is right"}], {})
    assert not [one for one in moved.findings(settled) if "site refuses" in one.remedy]


def beside(pair, other):
    """Another topology of the same inventory, under names, numbers and addresses of its own."""
    names = {"primary": "other-primary", "replica": "other-replica"}
    servers = dict(pair.servers)
    for name, server in other.servers.items():
        channels = tuple(
            replace(one, source_host=f"other-{one.source_host}", addresses=("203.0.113.1",), own_address="203.0.113.2")
            for one in server.channels
        )
        addresses = ("203.0.113.1" if name == "primary" else "203.0.113.2",)
        hostname = f"other-{server.hostname}"
        servers[names[name]] = replace(server, name=names[name], hostname=hostname, addresses=addresses, channels=channels)
    return type(pair)(pair.name, servers)


def doubted(pair):
    return [one.host for one in pair.findings() if one.rule == "topo.inventory_roles"]


def test_of_several_topologies_each_has_its_own_primary(mysql, mariadb):
    assert doubted(beside(mysql, mariadb)) == []
    assert doubted(beside(promoted(mysql), mariadb)) == ["replica"]
    assert doubted(beside(mysql, promoted(mariadb))) == ["other-replica"]
    both = beside(promoted(mysql), promoted(mariadb))
    assert sorted(doubted(both)) == ["other-replica", "replica"]
    peers = {one.host: one.peers for one in both.findings() if one.rule == "topo.inventory_roles"}
    assert peers == {"replica": ("primary",), "other-replica": ("other-primary",)}
    elsewhere = [one for one in beside(promoted(mysql), mariadb).findings() if one.host.startswith("other-")]
    assert not [one for one in elsewhere if "site refuses" in one.remedy]


def test_a_replica_whose_history_two_primaries_share_belongs_to_none(mysql):
    twice = promoted(mysql)
    second = replace(twice.servers["primary"], name="second", hostname="second", server_id=99, addresses=("203.0.113.9",))
    assert "replica" not in doubted(type(mysql)(mysql.name, {**twice.servers, "second": second}))


def test_one_that_is_ignored_puts_nothing_in_doubt(mysql):
    settled = policy_from([{"rule": "topo.inventory_roles", "reason": "the inventory is right"}], {})
    (channel_set,) = [one for one in promoted(mysql).findings(settled) if one.rule == "replica.channel_set"]
    assert (channel_set.caused_by, channel_set.remedy.startswith("Run the playbook site")) == ("", True)


def test_whose_role_it_is_stands_before_every_other_root(mysql):
    rules = [one.rule for one in promoted(mysql).setting("primary", log_bin="OFF").findings() if one.is_root]
    assert rules[0] == "topo.inventory_roles" and "binlog.enabled" in rules


def test_even_before_one_that_bites(mysql):
    refused = mysql.refused(1045).servers["replica"]
    channels = (replace(refused.channels[0], receiver=DENIED),)
    named = {"name": "replica2", "hostname": "replica2", "server_id": 77, "server_uuid": "", "addresses": ("192.0.2.7",)}
    other = replace(refused, channels=channels, **named)
    moved = promoted(mysql)
    roots = [one.rule for one in type(mysql)(mysql.name, {**moved.servers, "replica2": other}).findings() if one.is_root]
    assert roots[:2] == ["topo.inventory_roles", "account.password"]


def test_drift_of_what_another_finding_explains_comes_with_that(mysql):
    start = NextStart("OFF", "ON", "option file", "/etc/my.cnf line 2", False, ("/etc/my.cnf line 2",))
    findings = promoted(mysql).having("replica", next_start={"read_only": start}).findings()
    drift = [one for one in findings if one.rule == "drift.runtime_vs_file" and one.host == "replica"]
    assert [one.caused_by for one in drift] == [findings[0].key]


@pytest.mark.parametrize("thread", ["receiver", "applier"])
def test_nor_is_a_replica_of_which_one_thread_runs(mysql, thread):
    channels = mysql.channel(**{thread: ThreadFacts("off")}).servers["replica"].channels
    assert "topo.inventory_roles" in promoted(mysql).having("replica", channels=(replace(channels[0], **OFF),)).rules()
    assert "topo.inventory_roles" not in promoted(mysql).having("replica", channels=channels).rules()


def test_a_server_of_no_role_is_in_no_doubt(mysql):
    pair = promoted(mysql).having("primary", role="")
    assert "topo.inventory_roles" not in pair.rules()


def test_nor_are_two_primaries(mysql):
    assert "topo.inventory_roles" not in promoted(mysql).having("replica", role="primary").rules()


def test_a_replica_whose_channels_nobody_could_read_is_in_no_doubt(mysql):
    assert "topo.inventory_roles" not in promoted(mysql).having("replica", unreadable={"channels": "error 1227"}).rules()


def test_a_primary_that_is_down_may_have_been_replaced(mysql):
    rules = [one.rule for one in promoted(mysql).without("primary").findings() if one.is_root]
    assert rules[0] == "topo.inventory_roles" and "net.source_down" in rules


def worst(pair):
    return judge(pair.topology(), Policy()).channels["replica", ""].rule


def test_a_channel_s_worst_is_the_root_that_shows_now(mysql):
    failed = mysql.channel(applier=ThreadFacts("off", 1062, "Duplicate entry"))
    assert worst(failed.refused(3118).account(locked=True)) == "health.applier"
    refused = mysql.refused(3118).account(locked=True)
    assert worst(refused) == "account.locked"
    assert worst(refused.channel(receiver=ThreadFacts("connecting", 3118, "locked"))) == "account.locked"
