# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports say what was found, and nothing that a server says can break out of them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import to_plain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import CHANNELS
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge, policy_from
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_value
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import OutsideChange
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import (
    as_built,
    html_report,
    json_report,
    junit,
    metrics,
    rules_page,
    terminal,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit, Outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import read_snapshots, write
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.predecessor import (
    compared,
    read_predecessor,
    read_snapshots_before,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.text import printable

PROJECT = Path(__file__).resolve().parents[5]
RECORDED = PROJECT / "tests" / "unit" / "recorded"
KEEP = 100
EVIL = "<script>alert(1)</script>\"'&`|*_[x](javascript:y)\x1b[31m\x07\u202e\nreplica ☃ 😀"


def servers(name="mysql-9.7.4"):
    values = json.loads((RECORDED / f"snapshots-{name}.json").read_text(encoding="utf-8"))
    return {host: snapshot_from_value(value, host) for host, value in values.items()}


def audit_of(found, now=1795624400.0):
    topology = Topology(tuple(found.values()), (), now)
    return Audit(topology, judge(topology, Policy()))


def broken(name="replica"):
    found = servers()
    (channel,) = found["replica"].channels
    accounts = tuple(one for one in found["primary"].accounts if one.user != "repl")
    trial = replace(channel.trial, errno=1045, error=f"Access denied {EVIL}", server_id=0, server_uuid="")
    receiver = type(channel.receiver)("connecting", 1045, EVIL)
    replica = replace(found["replica"], name=name, channels=(replace(channel, trial=trial, receiver=receiver, lag=None),))
    return audit_of({"primary": replace(found["primary"], accounts=accounts), "replica": replica})


def latent(policy=None):
    """Replication runs, and the next login would be refused."""
    found = servers()
    (channel,) = found["replica"].channels
    trial = replace(channel.trial, errno=1045, error="Access denied", server_id=0, server_uuid="")
    topology = Topology((found["primary"], replace(found["replica"], channels=(replace(channel, trial=trial),))), (), 1795624400.0)
    return Audit(topology, judge(topology, policy or Policy()))


def told(audit):
    return "\n".join(line.text for line in terminal.render(audit))


def test_nobody_says_a_lag_that_a_replica_without_its_receiver_cannot_know():
    found = servers()
    (channel,) = found["replica"].channels
    off = replace(channel, receiver=type(channel.receiver)("connecting", 2003, "refused"), lag=0)
    assert "lag 0 s" in told(audit_of(found))
    (line,) = [
        line
        for line in told(audit_of({**found, "replica": replace(found["replica"], channels=(off,))})).splitlines()
        if "└" in line
    ]
    assert "receiver connecting" in line
    assert "lag" not in line


def test_channels_that_could_not_be_read_are_not_taken_for_none():
    found = servers()
    hidden = replace(found["replica"], channels=(), unreadable={CHANNELS: "denied"})
    assert "its channels cannot be read" in told(audit_of({**found, "replica": hidden}))
    assert "replica without a channel" not in told(audit_of({**found, "replica": hidden}))


def test_page_trend_and_terminal_count_the_same():
    audit = broken()
    assert audit.counts != audit.root_counts
    assert audit.runs[-1].counts == audit.root_counts
    for severity, count in audit.root_counts.items():
        assert f'<li class="{severity}"><b>{count}</b> {severity}</li>' in html_report.render(audit)


def test_an_ignore_entry_of_no_server_is_told():
    found = servers()
    topology = Topology(tuple(found.values()), (), 1795624400.0)
    policy = policy_from([{"rule": "net.*", "host": "db9", "reason": "x"}], {})
    assert "names no server of this audit: net.* on db9" in told(Audit(topology, judge(topology, policy)))


class Tags(HTMLParser):
    """All tags and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_the_terminal_names_the_root_first_on_one_screen():
    lines = [line.text for line in terminal.render(broken())]
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 120
    assert next(line for line in lines if "└" in line).endswith("error 1045, CRITICAL [account.exists]")
    first = next(line for line in lines if line.startswith("CRITICAL"))
    assert "[account.exists]" in first
    assert any("shows as" in line and "A receiver (IO thread) does not run" in line for line in lines)
    assert any("replica" in line and "error 1045" in line for line in lines)


def test_the_terminal_stays_short_for_a_thousand_servers():
    found = servers()
    many = {f"replica{number}": replace(found["replica"], name=f"replica{number}", server_id=number + 9) for number in range(999)}
    (channel,) = found["replica"].channels
    many["replica7"] = replace(many["replica7"], channels=(replace(channel, applier=type(channel.applier)("off", 1062, "x")),))
    lines = [line.text for line in terminal.render(audit_of({"primary": found["primary"], **many}))]
    assert len(lines) < 60
    assert any("replica7 " in line and "error 1062" in line for line in lines)


def test_the_terminal_says_what_was_seen_of_each_grave_finding():
    found = servers()
    values = {**found["primary"].variables, "sync_binlog": "0", "innodb_flush_log_at_trx_commit": "2", "binlog_format": "STATEMENT"}
    values |= {
        "require_secure_transport": "OFF",
        "binlog_row_image": "MINIMAL",
        "gtid_mode": "OFF",
        "enforce_gtid_consistency": "OFF",
    }
    lines = told(audit_of({**found, "primary": replace(found["primary"], variables=values)})).splitlines()
    grave = [index for index, line in enumerate(lines) if line.startswith(("CRITICAL", "HIGH"))]
    assert len(grave) > 3
    assert all(lines[index + 1].startswith("  seen      ") for index in grave)
    assert max(map(len, lines)) <= 120


def test_long_names_fit_their_boxes_and_stay_apart():
    name = "db-{}.replication.eu-central-1.example.com"
    found = servers()
    one, two = (replace(found["primary"], name=name.format(number)) for number in (1, 2))
    page = html_report.render(audit_of({one.name: one, two.name: two}))
    shown = re.findall(r"<text[^>]*class=name>([^<]+)", page)
    assert len(set(shown)) == 2
    assert max(map(len, shown)) <= 25
    assert f"<title>{one.name}</title>" in page


def test_names_in_metrics_hold_no_control_characters():
    assert "\x1b" not in metrics.render(broken(name=f"replica{EVIL}"))


def test_the_terminal_has_room_for_small_findings_if_nothing_is_wrong():
    audit = audit_of(servers())
    lines = [line.text for line in terminal.render(audit)]
    assert any(line.startswith("Findings: ") for line in lines)
    assert not any(line.startswith(("CRITICAL", "HIGH", "MEDIUM")) for line in lines)
    assert [line for line in lines if line.startswith(("LOW", "INFO"))] == [
        f"{root.severity.upper():<9} {root.host}: {root.title}  [{root.rule}]{'  (new)' if audit.is_new(root) else ''}"
        for root in audit.roots
    ]
    assert not any(line.startswith(("LOW", "INFO")) for line in (line.text for line in terminal.render(broken())))


def test_a_channel_whose_next_login_fails_is_not_green_on_the_terminal():
    (line,) = [line for line in terminal.render(latent()) if line.text.startswith("    └ replica")]
    assert line.colour == "bright red"
    assert line.text.endswith("CRITICAL [account.password]")
    (sound,) = [line for line in terminal.render(audit_of(servers())) if line.text.startswith("    └ replica")]
    assert sound.colour == "green"


def test_a_channel_whose_next_login_fails_has_a_red_arrow_that_says_why():
    page = html_report.render(latent())
    assert arrows(page) == ["arrow critical"]
    assert "critical: The stored password" in page
    assert arrows(html_report.render(audit_of(servers()))) == ["arrow good"]
    assert arrows(html_report.render(broken())) == ["arrow bad"]


def test_what_is_exempt_and_what_is_small_colours_no_arrow():
    exempt = policy_from([{"rule": "account.password", "reason": "the test"}], {})
    small = policy_from([], {"account.password": "low"})
    for policy in (exempt, small):
        assert arrows(html_report.render(latent(policy))) == ["arrow good"]


def test_a_symptom_whose_root_is_ignored_is_on_the_terminal_and_on_the_page():
    topology = broken().topology
    audit = Audit(topology, judge(topology, policy_from([{"rule": "account.*", "reason": "the test"}], {})))
    (root,) = [one for one in audit.roots if one.rule == "health.receiver"]
    assert root.caused_by
    assert any("[health.receiver]" in line.text for line in terminal.render(audit))
    assert "which is ignored" in html_report.render(audit)


def arrows(page):
    return [values["class"] for tag, values in Tags(page).tags if tag == "path" and "class" in values]


def test_no_text_of_a_server_moves_the_cursor():
    for line in terminal.render(broken(EVIL)):
        assert line.text.isprintable(), line


def test_the_page_holds_no_tag_of_a_server_and_reaches_for_nothing():
    tags = Tags(html_report.render(broken(EVIL))).tags
    assert [tag for tag, _attributes in tags].count("script") == 1
    assert not [attributes for _tag, attributes in tags if {"src", "href", "onclick", "onerror"} & set(attributes)]


def test_the_page_has_topology_findings_and_settings():
    text = html_report.render(broken())
    assert "<svg" in text
    assert "error 1045" in text
    assert "No account for the replica" in text
    assert re.search(r"<tr class=\"?differs", html_report.render(_differing())) is not None


def _differing():
    found = servers()
    return audit_of({**found, "replica": replace(found["replica"], variables={**found["replica"].variables, "sql_mode": ""})})


def test_suites_have_short_names():
    names = [suite.get("name") for suite in ElementTree.fromstring(junit.render(broken())).findall("testsuite")]
    assert [name for name in names if name.endswith(".")] == []


def test_junit_is_xml_with_a_case_for_each_rule():
    root = ElementTree.fromstring(junit.render(broken(EVIL)))
    assert len(root.findall(".//testcase")) == len(rules_page.RULES)
    failed = [case.get("name") for case in root.findall(".//testcase") if case.find("failure") is not None]
    assert "account.exists: No account for the replica" in failed


def skipped(audit):
    """Why, by rule, and which have passed."""
    cases = ElementTree.fromstring(junit.render(audit)).findall(".//testcase")
    names = [(case, case.get("name").partition(":")[0]) for case in cases]
    reasons = {name: case.find("skipped").get("message") for case, name in names if case.find("skipped") is not None}
    return reasons, {name for case, name in names if not len(case)}


def test_a_rule_that_could_not_be_judged_has_not_passed():
    found = servers()
    unread = replace(found["primary"], accounts=(), unreadable={"accounts": "error 1142: SELECT denied"})
    reasons, passed = skipped(audit_of({**found, "primary": unread}))
    assert reasons["account.exists"] == "not judged on primary: accounts: error 1142: SELECT denied"
    assert {"durability.sync_binlog", "health.receiver"} <= passed
    assert "account.exists" in skipped(audit_of(found))[1]
    assert skipped(audit_of(found))[0] == {}


def test_nothing_has_passed_on_a_server_that_was_not_read():
    topology = Topology((servers()["primary"],), (Unreadable("replica", "replica", "no route to host"),), 1795624400.0)
    reasons, passed = skipped(Audit(topology, judge(topology, Policy())))
    assert reasons["durability.sync_binlog"] == "not judged on replica: no route to host"
    assert passed <= {"net.source_down", "health.channels_readable", "health.sections_readable"}


def test_a_password_is_not_right_because_nobody_tried_it():
    found = servers()
    (channel,) = found["replica"].channels
    untried = replace(channel, trial=replace(channel.trial, untried="no PyNaCl"))
    reasons, _passed = skipped(audit_of({**found, "replica": replace(found["replica"], channels=(untried,))}))
    assert reasons["account.password"] == "not judged on replica: the login to primary: no PyNaCl"
    assert "account.locked" not in reasons


def test_what_is_ignored_has_not_passed():
    reasons, _passed = skipped(latent(policy_from([{"rule": "account.password", "reason": "the test"}], {})))
    assert reasons["account.password"] == "ignored on primary: the test"


def test_a_report_says_why_something_is_exempt_and_until_when():
    audit = latent(policy_from([{"rule": "account.password", "reason": "the <test>", "until": "2099-12-31"}], {}))
    value = json.loads(json_report.render(audit))
    schema = json.loads((PROJECT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    (exempt,) = value["exempt"]
    assert set(exempt) == set(schema["$defs"]["exempt"]["properties"]) == set(schema["$defs"]["exempt"]["required"])
    assert (exempt["rule"], exempt["reason"], exempt["until"]) == ("account.password", "the <test>", "2099-12-31")
    assert "(the &lt;test&gt;, until 2099-12-31)" in html_report.render(audit)
    assert skipped(audit)[0]["account.password"] == "ignored on primary: the <test>, until 2099-12-31"


def test_tries_that_a_server_does_not_show_are_told_as_such():
    assert "as many as the server's default, 10 s apart" in as_built.render(audit_of(servers("mariadb-11.8.9")))


def test_metrics_follow_the_exposition_format():
    for line in metrics.render(broken(EVIL)).splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{(\w+=\"(\\.|[^\"\\])*\",?)+\})? [-+.e0-9]+", line), line


def test_a_trial_that_fails_shows_in_the_metrics():
    text = metrics.render(broken())
    assert 'channel_login_works{host="replica",channel="",source="primary"} 0' in text
    assert 'root{host="primary",rule="account.exists",severity="critical"} 1' in text


def test_what_is_as_built_stays_the_same_while_nothing_changes():
    later = {name: replace(one, taken_at=one.taken_at + 999, clock=one.clock + 999, uptime=5) for name, one in servers().items()}
    assert as_built.render(audit_of(servers())) == as_built.render(audit_of(later, 1795999999.0))
    assert "read_only \\*" in as_built.render(audit_of(servers()))


def test_variables_have_the_name_that_their_servers_know():
    def called(**spelled):
        found = {name: replace(one, spelled=spelled.get(name, {})) for name, one in servers("mariadb-11.8.9").items()}
        return as_built.render(audit_of(found)), html_report.render(audit_of(found))

    own = {"replica_parallel_workers": "slave_parallel_threads"}
    for text in called(primary=own, replica=own):
        assert "slave" in text and "replica_parallel_workers" not in text.replace("\\", "")
    for text in called(primary=own):
        assert "replica_parallel_workers" in text.replace("\\", "")


def test_an_account_as_built_tells_how_long_its_password_lasts():
    def with_account(**fields):
        changed = {
            name: replace(one, accounts=tuple(replace(account, **fields) for account in one.accounts))
            for name, one in servers().items()
        }
        return as_built.render(audit_of(changed))

    assert "| open, password for 90 days |" in with_account(lifetime=90)
    assert "| locked, expired |" in with_account(locked=True, expired=True)
    assert "password for" not in with_account(lifetime=None)


def test_what_could_not_be_read_is_not_documented_as_absent():
    unread = {name: replace(one, channels=(), unreadable={"channels": "no", "accounts": "no"}) for name, one in servers().items()}
    text = as_built.render(audit_of(unread))
    assert "| alone |" not in text
    for name in unread:
        assert f"{name}: its channels could not be read" in text
        assert f"{name}: its accounts could not be read" in text


def test_what_is_as_built_is_a_table_whatever_a_name_is():
    rows = [line for line in as_built.render(broken(EVIL)).splitlines() if line.startswith("|")]
    for row in rows:
        assert "<" not in row.replace("\\<", "")


def test_the_json_report_is_what_its_schema_says():
    schema = json.loads((PROJECT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    report = json.loads(json_report.render(broken(EVIL)))
    assert set(report) == set(schema["required"])
    finding = schema["$defs"]["finding"]
    for one in report["findings"]:
        assert set(one) == set(finding["properties"])
    server = schema["$defs"]["server"]
    assert all(set(one) == set(server["properties"]) for one in report["topology"]["servers"])
    channel = server["properties"]["channels"]["items"]
    assert all(set(one) == set(channel["properties"]) for server in report["topology"]["servers"] for one in server["channels"])


def test_a_run_knows_what_is_new_gone_and_still_open(tmp_path):
    folder = str(tmp_path / "reports")
    sound, faulty = audit_of(servers()), broken()
    first = compared(sound.topology, sound.judgement, read_predecessor(folder, KEEP), None, ())
    assert not first.has_predecessor
    write(first, folder, KEEP)
    second = compared(replace(faulty.topology, now=1795630000.0), faulty.judgement, read_predecessor(folder, KEEP), None, ())
    new = {finding.rule for finding in second.findings if second.is_new(finding)}
    assert new == {"account.exists", "health.receiver", "health.lag_unknown"}
    write(second, folder, KEEP)
    third = compared(replace(sound.topology, now=1795640000.0), sound.judgement, read_predecessor(folder, KEEP), None, ())
    assert {one["rule"] for one in third.gone} >= {"account.exists"}
    still = next(finding for finding in third.findings if finding.rule == "account.host_scope") if not third.is_new else None
    assert still is None or third.since[still.key] == first.taken


def outside(has_change_log=True, before="1"):
    """An audit after somebody has set a variable, and dropped an account."""
    audit = broken()
    changes = (
        OutsideChange("replica", "system variable sync_binlog", before, "0", f"root@{EVIL}", "2026-11-26 06:31:05"),
        OutsideChange("primary", "account 'repl'@'%'", "plugin: x\nlocked: yes\n", None),
    )
    return replace(audit, outside=Outside("2026-11-25T16:33:20Z", has_change_log, ("primary", "replica"), changes))


def test_what_others_changed_is_told_in_each_report():
    audit = outside()
    assert "Changed since 2026-11-25T16:33:20Z, outside of this collection: 2" in told(audit)
    assert "replica: system variable sync_binlog: 1 → 0, by root@" in told(audit)
    assert "primary: account 'repl'@'%': plugin: x, locked: yes → absent" in told(audit)
    page = html_report.render(audit)
    assert "<td>system variable sync_binlog</td><td>1 → 0</td>" in page
    assert "<script>alert" not in page
    report = json.loads(json_report.render(audit))["outside"]
    schema = json.loads((PROJECT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    assert set(report) == set(schema["properties"]["outside"]["required"])
    assert all(set(one) == set(schema["$defs"]["change"]["required"]) for one in report["changes"])
    assert 'changed_outside{host="replica"} 1' in metrics.render(audit)


def test_without_a_change_log_nobody_counts_what_may_be_ours():
    assert "or by this collection: there is no change log" in told(outside(has_change_log=False))
    assert "changed_outside" not in metrics.render(outside(has_change_log=False))
    assert "changed_outside" not in metrics.render(broken())


def test_that_no_record_is_made_of_it_is_said():
    audit = outside()
    assert "no record is made of it" not in told(audit)
    assert "no record is made of it" in told(replace(audit, outside=audit.outside._replace(is_kept=False)))
    unchanged = audit.outside._replace(is_kept=False, changes=())
    assert "no record is made of it" not in told(replace(audit, outside=unchanged))


def test_the_servers_of_the_audit_before_are_read_back(tmp_path):
    audit = audit_of(servers())
    write(audit, str(tmp_path), KEEP)
    assert read_snapshots_before(str(tmp_path), 7.0) == {server.name: (server, 7.0) for server in audit.topology.servers}
    (tmp_path / "snapshots" / "replica.json").write_text("{")
    assert set(read_snapshots_before(str(tmp_path), 7.0)) == {"primary"}
    assert read_snapshots_before(str(tmp_path / "nothing"), 7.0) == {}


@pytest.mark.parametrize("is_unreadable", [True, False])
def test_a_server_that_one_audit_does_not_see_is_compared_by_the_next(tmp_path, is_unreadable):
    """It could not be read, or was left out by --limit: what was known of it is neither gone, nor new afterwards."""
    folder, inventory, found = str(tmp_path), ("primary", "replica", "web"), broken()

    def audited(topology, now, names=inventory):
        audit = compared(replace(topology, now=now), judge(topology, Policy()), read_predecessor(folder, KEEP), None, names)
        write(audit, folder, KEEP)
        return audit

    first = audited(found.topology, 1795630000.0)
    keys = {one.key for one in first.findings if one.host == "replica"}
    assert keys
    seen = tuple(one for one in found.topology.servers if one.name != "replica")
    lost = (Unreadable("replica", "replica", "no route to host"),) if is_unreadable else ()
    for now in (1795640000.0, 1795650000.0):
        blind = audited(Topology(seen, lost, now), now)
        assert {one["key"] for one in blind.unseen} == keys
        assert not keys & {one["key"] for one in blind.gone}
        assert "not read now: replica" in "\n".join(line.text for line in terminal.render(blind))
        assert {name: one.server.name for name, one in read_snapshots_before(folder, now).items()} == {
            "primary": "primary",
            "replica": "replica",
        }
        judged_again, _notes = read_snapshots([f"{folder}/snapshots"], {})
        assert [one.name for one in judged_again] == ["primary"]
    again = audited(found.topology, 1795660000.0)
    assert {again.since[key] for key in keys} == {first.taken}
    assert list((tmp_path / "unseen").iterdir()) == []
    audited(Topology(seen, (), 1795670000.0), 1795670000.0, ("primary",))
    assert list((tmp_path / "unseen").iterdir()) == []


def test_a_report_is_written_when_its_file_was_unless_that_is_a_copys_time(tmp_path):
    audit = replace(audit_of(servers()), topology=replace(audit_of(servers()).topology, now=1795624400.7))
    write(audit, str(tmp_path), KEEP)
    os.utime(tmp_path / "report.json", (1795624400.9, 1795624400.9))
    assert read_predecessor(str(tmp_path), KEEP).written == 1795624400.9
    os.utime(tmp_path / "report.json", (1795629999, 1795629999))
    assert read_predecessor(str(tmp_path), KEEP).written == 1795624401.0


def test_a_report_that_is_damaged_is_no_predecessor(tmp_path):
    (tmp_path / "report.json").write_text('{"format": 1, "findings": [{}]}')
    audit = audit_of(servers())
    assert not compared(audit.topology, audit.judgement, read_predecessor(str(tmp_path), KEEP), None, ()).has_predecessor


def test_what_was_written_can_be_judged_again(tmp_path):
    audit = broken(EVIL)
    reports = write(audit, str(tmp_path), KEEP)
    assert all(Path(report).stat().st_size for report in reports)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "snapshots").iterdir())
    again, unreadable = read_snapshots([str(tmp_path / "snapshots")], {})
    assert sorted(one.name for one in again) == sorted(one.name for one in audit.topology.servers)
    assert not unreadable
    assert all(path.parent == tmp_path / "snapshots" for path in tmp_path.rglob("*.json") if path.name != "report.json")


def test_a_snapshot_is_a_line_for_each_field(tmp_path):
    write(audit_of(servers()), str(tmp_path), KEEP)
    first, *fields, last = (tmp_path / "snapshots" / "primary.json").read_text().splitlines()
    assert (first, last) == ("{", "}")
    assert fields[0] == '"name": "primary",'
    assert len(fields) == len(json.loads((tmp_path / "snapshots" / "primary.json").read_text()))


def test_a_host_that_left_the_inventory_leaves_no_snapshot(tmp_path):
    write(audit_of(servers()), str(tmp_path), KEEP)
    found = servers()
    write(audit_of({"primary": found["primary"]}), str(tmp_path), KEEP)
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == ["primary.json"]


def test_results_that_failed_are_servers_that_could_not_be_read():
    results = {"db1": {"unreachable": True, "msg": "no route\nmore"}, "db2": {}}
    _servers, unreadable = read_snapshots(results, {"db1": "primary"})
    assert [(one.host, one.role, one.reason) for one in unreadable] == [
        ("db1", "primary", "no route"),
        ("db2", "", "it gave no result"),
    ]


def test_a_server_that_nobody_tried_to_read_is_told_as_such(tmp_path):
    found = servers()
    results = {"primary": {"left_out": "it failed earlier in this run at its settings: no way\nmore"}}
    _servers, (lost,) = read_snapshots({**results, "replica": {"snapshot": to_plain(found["replica"])}}, {"primary": "primary"})
    assert (lost.host, lost.role, lost.tried) == ("primary", "primary", False)
    topology = Topology((found["replica"],), (lost,))
    write(Audit(topology, judge(topology, Policy())), str(tmp_path), KEEP)
    assert "primary was not read." in (tmp_path / "as_built.md").read_text()
    _servers, again = read_snapshots([str(tmp_path / "snapshots")], {})
    assert again == (lost,)


def test_a_damaged_snapshot_is_a_server_that_could_not_be_read_beside_sound_ones(tmp_path):
    write(audit_of(servers()), str(tmp_path), KEEP)
    folder = tmp_path / "snapshots"
    (folder / "replica.json").write_bytes((folder / "replica.json").read_bytes()[:99])
    (sound,), (damaged,) = read_snapshots([str(folder)], {"replica": "replica"})
    assert (sound.name, damaged.host, damaged.role) == ("primary", "replica", "replica")
    assert "truncated" in damaged.reason
    live, (odd,) = read_snapshots({"primary": to_plain(sound), "db9": [1]}, {})
    assert ([one.name for one in live], odd.host) == (["primary"], "db9")


def test_the_terminal_names_the_page_that_has_the_rest():
    for page, words in (("r/report.html", "r/report.html has all"), ("", "(mysql_replication_audit_report_dir)")):
        lines = [line.text for line in terminal.render(broken(), page) if "of severity low or info" in line.text]
        assert [words in line for line in lines] == [True]


def test_a_finding_that_told_of_other_rows_does_not_go_in_silence(tmp_path):
    """A replica that its source has overtaken since looks sound in everything but its rows."""
    sound = audit_of(servers())
    lost = {
        "key": "gtid.replica_ahead@primary",
        "rule": "gtid.replica_ahead",
        "host": "primary",
        "title": "",
        "severity": "critical",
    }
    down = {
        "key": "health.receiver_running@replica",
        "rule": "health.receiver_running",
        "host": "replica",
        "title": "",
        "severity": "high",
    }
    after = replace(sound, gone=[lost, down])
    for text in (told(after), html_report.render(after)):
        assert text.count("may still differ") == 1
        assert "gtid.replica_ahead is gone from primary" in text
    assert "may still differ" not in told(replace(sound, gone=[down]))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no snapshot to judge"),
        (7, "neither a dictionary"),
        (["/nowhere/at.json"], "/nowhere/at.json"),
        ({"db1": [1]}, "the snapshot of db1"),
    ],
)
def test_what_is_no_snapshot_is_refused(given, words):
    with pytest.raises(Refusal) as refused:
        read_snapshots(given, {})
    assert words in str(refused.value)


def test_the_same_server_twice_is_refused():
    value = json.loads((RECORDED / "snapshots-mysql-9.7.4.json").read_text(encoding="utf-8"))["primary"]
    with pytest.raises(Refusal, match="two snapshots are of primary"):
        read_snapshots({"a": value, "b": value}, {})


def test_printable_text_is_one_line_without_controls():
    assert printable("a\x1b[2J\nb\u202e") == "a\\x1b[2J b\\u202e"
    assert printable("😀 ☃") == "😀 ☃"


def test_the_rules_page_is_current():
    """Made by python tests/tools/rules_page.py."""
    assert (PROJECT / "docs" / "rules.md").read_text(encoding="utf-8") == rules_page.render()


def test_no_report_holds_a_hash_or_password():
    audit = broken()
    texts = [html_report.render(audit), json_report.render(audit), junit.render(audit), as_built.render(audit)]
    for text in texts:
        assert "$A$005" not in text
        assert not re.search(r"\*[0-9A-F]{40}", text)
