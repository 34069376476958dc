# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that users add: as data about a variable, and as Python."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import with_own
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import judge, policy_from
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import read_own_rules

PACKET = {"id": "own.packet", "title": "Packets are small", "variable": "max_allowed_packet", "reason": "our rows are large"}
PYTHON = """
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rules

RULES = Rules()


@RULES.rule("own.names", "low", "A host has no number", reason="r", remedy="r", manual="none")
def names(topology):
    return [Found(server.name, server.name) for server in topology.all() if server.name.isalpha()]


@RULES.rule("own.broken", "low", "Fails on purpose", reason="r", remedy="r", manual="none")
def broken(topology):
    if topology.by_name.get("replica"):
        raise KeyError("oops")
    return []
"""


def hosts(pair, *entries, **policy):
    groups = with_own(read_own_rules(entries))
    findings = judge(pair.topology(), policy_from(policy.get("ignore", []), policy.get("severities", {}), groups), groups).findings
    return [finding.host for finding in findings if finding.rule.startswith("own.")]


def test_a_rule_may_use_the_name_of_old(mariadb):
    old = {**PACKET, "variable": "slave_net_timeout", "at_least": 10**9}
    assert hosts(mariadb, old) == ["primary", "replica"]


@pytest.mark.parametrize(
    ("bound", "value", "found"),
    [
        ({"at_least": 64}, "32", ["replica"]),
        ({"at_least": 64}, "64", []),
        ({"at_most": 64}, "65", ["replica"]),
        ({"at_most": "64"}, "64", []),
        ({"allowed": ["32", 64]}, "64", []),
        ({"allowed": 32}, "64", ["replica"]),
        ({"forbidden": True}, "on", ["replica"]),
        ({"forbidden": [False]}, "ON", []),
        ({"at_least": 64}, "many", ["replica"]),
        ({"at_least": "1M"}, "1048575", ["replica"]),
        ({"at_least": "1M"}, "1048576", []),
        ({"at_most": "0.5"}, "0.6", ["replica"]),
        ({"forbidden": "ansi_quotes"}, "STRICT_ALL_TABLES,ANSI_QUOTES", ["replica"]),
        ({"forbidden": ["ANSI", "QUOTES"]}, "STRICT_ALL_TABLES,ANSI_QUOTES", []),
    ],
)
def test_a_rule_about_a_variable(mysql, bound, value, found):
    assert hosts(mysql.setting("replica", max_allowed_packet=value), {**PACKET, **bound, "servers": "replicas"}) == found


def test_an_own_rule_has_the_severity_that_it_asks_for_and_can_be_ignored(mysql):
    pair, rule = (
        mysql.setting("replica", max_allowed_packet="1"),
        {**PACKET, "at_least": 64, "servers": "replicas", "severity": "critical"},
    )
    groups = with_own(read_own_rules([rule]))
    first = judge(pair.topology(), policy_from([], {}, groups), groups).findings[0]
    assert (first.rule, first.severity, first.cause) == ("own.packet", "critical", "our rows are large")
    assert hosts(pair, rule, ignore=[{"rule": "own.packet", "reason": "practice"}]) == []


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**PACKET, "at_least": 1, "tilte": "x"}, ("entry 1", "tilte")),
        ({"id": "own.x", "title": "x", "at_least": 1}, ("lacks variable, reason",)),
        (PACKET, ("no bound", "at_least")),
        ({**PACKET, "at_least": 1, "at_most": 2}, ("at_least and at_most", "exactly one")),
        ({**PACKET, "at_least": "many"}, ("'many'", "no number")),
        ({**PACKET, "at_least": 1, "servers": "slaves"}, ("'slaves'", "replicas")),
        ({**PACKET, "at_least": 1, "severity": "grave"}, ("'grave'", "critical")),
        ({**PACKET, "at_least": 1, "id": "replica.delay"}, ("two rules replica.delay",)),
        ({**PACKET, "allowed": None}, ("allowed", "no value")),
        ("/nowhere/rules.py", ("/nowhere/rules.py", "FileNotFoundError")),
    ],
)
def test_what_is_no_rule_is_refused_by_name(entry, words):
    with pytest.raises(Refusal) as refused:
        read_own_rules([entry])
    assert [word for word in words if word not in str(refused.value)] == []


def test_two_own_rules_do_not_share_an_id():
    with pytest.raises(Refusal, match=r"two rules own\.packet"):
        read_own_rules([{**PACKET, "at_least": 1}] * 2)


def test_a_rule_about_a_variable_that_no_server_has_says_so(mysql):
    groups = with_own(read_own_rules([{**PACKET, "variable": "max_allowed_packets", "at_least": 1}]))
    (found,) = [one for one in judge(mysql.topology(), policy_from([], {}, groups), groups).findings if one.rule == PACKET["id"]]
    assert found.evidence == "no server has max_allowed_packets"


def test_rules_of_a_python_file(mysql, tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(PYTHON.replace("if topology.by_name", "if False and topology.by_name"), encoding="utf-8")
    assert hosts(mysql, str(file)) == ["primary", "replica"]


def test_a_rule_that_fails_is_named(mysql, tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(PYTHON, encoding="utf-8")
    with pytest.raises(Refusal, match=r"your rule own\.broken failed: KeyError"):
        hosts(mysql, str(file))


def test_a_rule_that_exits_is_named_too(mysql, tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(PYTHON.replace('KeyError("oops")', "SystemExit(3)"), encoding="utf-8")
    with pytest.raises(Refusal, match=r"your rule own\.broken failed: SystemExit: 3"):
        hosts(mysql, str(file))


@pytest.mark.parametrize(
    ("text", "words"), [("x = 1", "declares no rules"), ("x = = 1", "SyntaxError"), ("raise SystemExit(3)", "SystemExit: 3")]
)
def test_a_python_file_without_rules_is_refused(tmp_path, text, words):
    file = tmp_path / "rules.py"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal, match=words):
        read_own_rules([str(file)])
