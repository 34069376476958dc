# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's own rules: about one system variable as data, or any rule as Python beside the catalogue's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import INTEGER, VariableType, text_of
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import MEDIUM, SEVERITIES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    Found,
    Judge,
    Rule,
    Rules,
    is_not,
    number,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

_SERVERS = {"all": Topology.all, "sources": Topology.sources, "replicas": Topology.replicas, "primaries": Topology.primaries}
_BOUNDS = ("allowed", "forbidden", "at_least", "at_most")
_NEEDED = ("id", "title", "variable", "reason")
_KEYS = (*_NEEDED, "severity", "servers", "remedy", *_BOUNDS)


def rule_from_data(where: str, entry: Mapping[str, Any]) -> Rule:
    """A rule about one global variable. Raises :class:`Refusal` that says what is wrong with the entry."""
    unknown = sorted(set(map(str, entry)) - set(_KEYS))
    if unknown:
        raise Refusal(f"{where} has {', '.join(unknown)}, which means nothing", f"it takes {', '.join(_KEYS)}")
    missing = [key for key in _NEEDED if not str(entry.get(key) or "").strip()]
    if missing:
        raise Refusal(f"{where} lacks {', '.join(missing)}", f"it needs {', '.join(_NEEDED)}, and one of {', '.join(_BOUNDS)}")
    bounds = [key for key in _BOUNDS if key in entry]
    if len(bounds) != 1:
        raise Refusal(
            f"{where} has {' and '.join(bounds) or 'no bound'}", f"give exactly one of {', '.join(_BOUNDS)} for {entry['variable']}"
        )
    servers = str(entry.get("servers", "all"))
    if servers not in _SERVERS:
        raise Refusal(f"{where}: servers is {servers!r}", f"give one of {', '.join(_SERVERS)}")
    variable = modern_name(str(entry["variable"]))
    declared = Rules()
    declared.variable(
        str(entry["id"]),
        str(entry.get("severity", MEDIUM)),
        str(entry["title"]),
        name=variable,
        bad=_bad(where, bounds[0], entry[bounds[0]]),
        on=_SERVERS[servers],
        reason=str(entry["reason"]),
        remedy=str(entry.get("remedy") or f"Set {variable} as the rule asks (mysql_replication_settings, playbook site)."),
        manual=variable,
    )
    (rule,) = declared.all
    return replace(rule, judge=_asked(rule, variable))


def _asked(rule: Rule, variable: str) -> Judge:
    """Says so where no server has the variable: a rule about a misspelt one would never find anything."""

    def judge(topology: Topology) -> list[Found]:
        servers = list(topology.all())
        if servers and all(server.value(variable) is None for server in servers):
            title = "A rule of your own asks for a variable that no server has"
            remedy = f"See how the rule {rule.id} spells it."
            return [Found(servers[0].name, f"no server has {variable}", title=title, remedy=remedy)]
        return list(rule.judge(topology))

    return judge


def rules_from_namespace(where: str, namespace: Mapping[str, Any]) -> list[Rule]:
    """The rules that a Python file has declared: the file's ``RULES``, made as the catalogue's files make theirs."""
    declared = namespace.get("RULES")
    if not isinstance(declared, Rules):
        raise Refusal(
            f"{where} declares no rules",
            "it needs RULES = Rules() (from plugin_utils._checks.rule), and functions under @RULES.rule(…)",
        )
    return [replace(rule, judge=_guarded(rule)) for rule in declared.all]


def _guarded(rule: Rule) -> Judge:
    """Ends the audit with the rule's name where a person's own code fails, rather than leave the rule out without a word."""

    def judge(topology: Topology) -> list[Found]:
        try:
            return list(rule.judge(topology))
        except (Exception, SystemExit) as error:
            raise Refusal(f"your rule {rule.id} failed: {type(error).__name__}: {error}", "mend its function") from error

    return judge


def refuse_clashes(rules: Sequence[Rule]) -> None:
    """Raises :class:`Refusal` for an id that is taken, or a severity that there is not."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in BY_ID or rule.id in seen:
            raise Refusal(f"there are two rules {rule.id}", "give your own rule an id of its own, such as own.<name>")
        if rule.severity not in SEVERITIES:
            raise Refusal(f"rule {rule.id} cannot be {rule.severity!r}", f"give one of {', '.join(SEVERITIES)}")
        seen.add(rule.id)


def _bad(where: str, bound: str, given: object) -> Callable[[str, Snapshot], bool]:
    if bound in ("allowed", "forbidden"):
        values = given if isinstance(given, (list, tuple)) else [given]
        try:
            texts = [text_of(value).upper() for value in values]
        except ValueError as error:
            raise Refusal(f"{where}: {bound}: {error}", "give a value, or a list of values") from None
        return is_not(*texts) if bound == "allowed" else _has_any(texts)
    limit = _limit(str(given))
    if limit is None:
        raise Refusal(f"{where}: {bound} is {given!r}, which is no number", "give a number, which may end in K, M, G or T")
    return (lambda value, _server: _below(value, limit)) if bound == "at_least" else (lambda value, _server: _above(value, limit))


def _limit(text: str) -> float | None:
    try:
        return float(VariableType(INTEGER).normalise(text))
    except ValueError:
        return number(text)


def _has_any(bad: Sequence[str]) -> Callable[[str, Snapshot], bool]:
    """The whole value is bad, or a member of it: ``ALLOW_INVALID_DATES`` among others in sql_mode."""
    return lambda value, _server: not {value.upper(), *value.upper().split(",")}.isdisjoint(bad)


def _below(value: str, limit: float) -> bool:
    found = number(value)
    return found is None or found < limit


def _above(value: str, limit: float) -> bool:
    found = number(value)
    return found is None or found > limit
