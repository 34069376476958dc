# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit makes of a pair: the snapshots are taken by the real module on both machines, and judged as the playbook does."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from fault import Fault, await_sign, bring_to_light, perform
from machine import Machine
from modules import Modules
from pair import PROJECT
from testbed.ansible import link_collection

sys.path.insert(0, str(link_collection(PROJECT)))

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import (
    HIGH,
    MEDIUM,
    Finding,
    at_least,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Policy, judge
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.load import snapshot_from_value
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import terminal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Audit
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import write

__all__ = ["HIGH", "Audit", "Finding", "Policy", "at_least", "judge", "terminal", "write"]


def assert_first(findings: tuple[Finding, ...], rule: str) -> None:
    """The rule comes first, and each channel's state points to it."""
    named = [finding.rule for finding in grave(findings)]
    told = "\n".join(f"{one.severity} {one.key} <- {one.caused_by}: {one.evidence}" for one in findings)
    assert (named[:1] or [""]) == [rule], told
    for symptom in findings:
        if symptom.rule.startswith("health.") and not symptom.is_root:
            assert symptom.caused_by == findings[0].key, told


def inject(modules: Modules, fault: Fault, shown: bool) -> None:
    pair = modules.pair
    perform(pair, fault.inject)
    if fault.force:
        pair.await_healthy()  # it is latent
        pair.await_applied()
    if shown:
        bring_to_light(pair, fault)
        await_sign(pair, fault.sign)


def audit(modules: Modules) -> tuple[Finding, ...]:
    """The findings of a run on both machines."""
    return judge(look(modules), Policy()).findings


def look(modules: Modules, **login: str) -> Topology:
    """Both machines as the module sees them, the replica first; ``login`` are its options, none for root over the socket."""
    read = [_read(modules, modules.pair.replica, "replica", login), _read(modules, modules.pair.primary, "primary", login)]
    snapshots = tuple(one for one in read if isinstance(one, Snapshot))
    return Topology(snapshots, tuple(one for one in read if isinstance(one, Unreadable)), time.time())


def _read(modules: Modules, machine: Machine, role: str, login: Mapping[str, str]) -> Snapshot | Unreadable:
    result = modules.run(machine, "replication_info", {"name": machine.name, "role": role, **login})
    if result.failed:
        assert not result.values.get("crashed"), result.message
        return Unreadable(machine.name, role, result.message)
    assert not result.values["changed"]
    return snapshot_from_value(dict(result.values), machine.name)


def grave(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if at_least(finding.severity, MEDIUM)]


def mend(modules: Modules, *faults: Fault) -> None:
    """Back to a sound pair, as the fault suite proves that it goes."""
    for fault in faults:
        if fault.refused:
            perform(modules.pair, fault.cleanup)
    run = modules.site()
    assert run.failure is None, run.failure
    for fault in faults:
        if not fault.refused:
            perform(modules.pair, fault.cleanup)
    modules.pair.await_healthy()
    modules.pair.await_applied()
