# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit of faults that ``site`` does not mend, and of two faults at once: the first findings are the right roots.

The snapshots are taken by the real module on both machines, and judged here as the playbook ``audit`` judges them. The faults that
``site`` mends are audited where they are mended, in ``test_faults.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from applier_faults import applier_faults
from audit_faults import further_faults
from auditing import assert_first, audit, grave, inject, mend
from conftest import servers
from fault import RECONNECT, ApplierFails, Fault, ReceiverFails, await_sign, bring_to_light, perform
from faults import faults
from machine import wait_until
from modules import Modules
from pair import Pair
from reach_faults import reach_faults
from roots import root_of

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
    elif "both" in metafunc.fixturenames:
        cases = [(name, both) for name in names for both in COMBINATIONS]
        metafunc.parametrize(("name", "both"), cases, ids=[f"{name}: {' and '.join(both)}" for name, both in cases])


def _further(vendor: str) -> list[tuple[str, Fault]]:
    return [*further_faults(vendor), *reach_faults(vendor), *applier_faults(vendor)]


def test_a_sound_pair_has_nothing_to_complain_of(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    assert grave(audit(modules_on(server_name))) == []


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
