# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the table, on every server: inject, audit, and the first finding is the right root, before the fault bites too.

The snapshots are taken by the real module on both machines, and judged here as the playbook ``audit`` judges them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from applier_faults import applier_faults
from audit_faults import further_faults
from auditing import assert_first, audit, grave, inject, mend
from conftest import servers
from fault import MARIADB, MYSQL, RECONNECT, ApplierFails, Fault, ReceiverFails, await_sign, bring_to_light, perform
from faults import faults
from machine import wait_until
from modules import Modules
from pair import Pair
from reach_faults import reach_faults


class Root(NamedTuple):
    """The rule that must come first once the fault shows, and before (the same, if nothing is said); empty for no rule at all."""

    shown: str
    latent: str = ""


ROOTS = {
    "grant revoked": Root("account.replication_privilege"),
    "user dropped": Root("account.exists"),
    "user dropped on the primary only": Root("account.exists"),
    "password changed on the primary": Root("account.password"),
    "wrong password stored on the replica": Root("account.password"),
    "account locked": Root("account.locked"),
    "password expired": Root("account.password_expired"),
    "surplus privileges": Root("account.least_privilege"),
    "TLS requirement removed": Root("account.tls_not_required"),
    "X509 required": Root("account.tls_requirement"),
    "a more specific account shadows it": Root("account.effective_match"),
    "an anonymous user shadows it": Root("account.effective_match"),
    f"wrong auth plugin {MYSQL}": Root("account.plugin_deprecated"),
    f"wrong auth plugin {MARIADB}": Root("account.plugin_usable"),
    "wrong source host": Root("replica.source_correct"),
    "wrong port": Root("replica.source_correct"),
    "receiver stopped": Root("health.receiver"),
    "applier stopped": Root("health.applier"),
    "both threads stopped": Root("health.receiver"),
    "channel reset": Root("replica.channel_set"),
    "channel's TLS off": Root("account.tls_requirement"),
    # Seven seconds, and as many tries as before, are a week.
    "connect-retry drift": Root(""),
    "read_only off": Root("replica.read_only"),
    "sync_binlog=0": Root("durability.sync_binlog"),
    "flush_log_at_trx_commit=2": Root("durability.trx_commit"),
    f"refused logins are not logged {MYSQL}": Root("mon.error_log_verbosity"),
    f"refused logins are not logged {MARIADB}": Root("mon.log_warnings"),
    "binlog_format changed": Root("binlog.format_row"),
    "two servers with the same server_id": Root("identity.server_id_unique"),
    "option file edited by hand: the next start takes the primary's server_id": Root(
        "identity.server_id_unique", "drift.runtime_vs_file"
    ),
    "log_bin off in the option file": Root("binlog.enabled", "drift.skip_log_bin"),
    "bind_address 127.0.0.1 on the primary": Root("net.bind", "drift.runtime_vs_file"),
    "an option file that is read later says otherwise": Root("durability.sync_binlog", "drift.runtime_vs_file"),
    "super_read_only off": Root("replica.super_read_only"),
    "persisted value differs from run time": Root("durability.sync_binlog", "drift.persisted_vs_runtime"),
    "option file edited by hand: the next start turns GTIDs off": Root("gtid.mode_uniform", "drift.runtime_vs_file"),
    "the same server_uuid": Root("identity.server_uuid_unique"),
    "read from a purged position": Root("gtid.purged_gap"),
    "errant transaction on the replica": Root("gtid.errant"),
    "applier stopped by a duplicate key": Root("health.applier"),
    "applier stopped by a missing row": Root("health.applier"),
}
#: Two faults at once, and the roots that must both be named before anything else: those of one symptom, and of two.
COMBINATIONS = (
    ("grant revoked", "sync_binlog=0"),
    ("grant revoked", "password changed on the primary"),
    ("grant revoked", "wrong port"),
    ("account locked", "password changed on the primary"),
    ("account locked", "channel's TLS off"),
    ("password changed on the primary", "read_only off"),
    ("a more specific account shadows it", "two servers with the same server_id"),
    ("a more specific account shadows it", "applier stopped"),
    ("user dropped", "applier stopped"),
    ("user dropped", "errant transaction on the replica"),
    ("user dropped", "applier stopped by a missing row"),
    ("wrong port", "applier stopped"),
    ("wrong port", "channel's TLS off"),
    ("two servers with the same server_id", "sync_binlog=0"),
    ("read from a purged position", "sync_binlog=0"),
    ("read from a purged position", "read_only off"),
    ("errant transaction on the replica", "password changed on the primary"),
)
#: What is wrong besides wherever a fault is, and less so.
ALSO_WRONG = {"tls.channel_encrypted", "account.duplicates"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = servers(metafunc.config)
    if "further" in metafunc.fixturenames:
        cases = [(name, *case) for name in names for case in _further(name.partition("-")[0])]
        metafunc.parametrize(("name", "rule", "further"), cases, ids=[f"{name}: {fault.name}" for name, _rule, fault in cases])
    elif "fault" in metafunc.fixturenames:
        cases = [
            (name, fault, shown)
            for name in names
            for fault in faults(name.partition("-")[0])
            for shown in ((False, True) if fault.force else (True,))
        ]
        ids = [f"{name}: {fault.name}{'' if shown else ' (latent)'}" for name, fault, shown in cases]
        metafunc.parametrize(("name", "fault", "shown"), cases, ids=ids)
    elif "both" in metafunc.fixturenames:
        cases = [(name, both) for name in names for both in COMBINATIONS]
        metafunc.parametrize(("name", "both"), cases, ids=[f"{name}: {' and '.join(both)}" for name, both in cases])


def _further(vendor: str) -> list[tuple[str, Fault]]:
    return [*further_faults(vendor), *reach_faults(vendor), *applier_faults(vendor)]


def test_a_sound_pair_has_nothing_to_complain_of(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    assert grave(audit(modules_on(server_name))) == []


def test_fault(name: str, fault: Fault, shown: bool, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(name)
    inject(modules, fault, shown)
    findings = audit(modules)
    root = root_of(fault, name)
    expected = root.shown if shown else root.latent or root.shown
    assert_first(findings, expected)
    mend(modules, fault)


def test_further_fault(name: str, rule: str, further: Fault, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(name)
    inject(modules, further, shown=not further.force)
    assert_first(audit(modules), rule)
    if further.force:
        bring_to_light(modules.pair, further)
        await_sign(modules.pair, further.sign)
        assert_first(audit(modules), rule)
    perform(modules.pair, further.cleanup)
    if not modules.pair.is_healthy():
        modules.pair.reconnect()
    mend(modules, Fault(further.name, (), further.sign))


def test_two_faults(name: str, both: tuple[str, str], modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(name)
    table = {fault.name: fault for fault in faults(name.partition("-")[0])}
    inject_both(modules.pair, [table[one] for one in both])
    found = audit(modules)
    roots = [finding.rule for finding in grave(found) if finding.is_root]
    told = [f"{one.key} <- {one.caused_by}: {one.evidence}" for one in found]
    assert set(roots[:2]) == {root_of(table[one], name).shown for one in both}, told
    assert set(roots[2:]) <= ALSO_WRONG, told
    mend(modules, *(table[one] for one in both))


def inject_both(pair: Pair, both: Sequence[Fault]) -> None:
    """Both at once, in this order, until what shows of them shows."""
    for fault in both:
        perform(pair, fault.inject)
        if not fault.force and isinstance(fault.sign, (ReceiverFails, ApplierFails)):
            await_sign(pair, fault.sign)
        elif pair.is_healthy():
            pair.await_applied()
    if any(fault.force == RECONNECT for fault in both):
        pair.reconnect()
        wait_until("the receiver to fail", lambda: (channel := pair.channel()) and channel.receiver_errno)


def root_of(fault: Fault, server_name: str) -> Root:
    return ROOTS.get(fault.name) or ROOTS[f"{fault.name} {server_name.partition('-')[0]}"]
