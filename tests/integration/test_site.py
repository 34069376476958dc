# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault once through the real playbook ``site``: half of the table on each vendor."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from conftest import Pairs, servers
from fault import MARIADB, MYSQL, Fault, Shows, Status, await_sign, bring_to_light, perform
from faults import faults
from pair import Pair, assert_same
from playbook import play, site
from test_faults import assert_refused


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "at_once" in metafunc.fixturenames:
        cases = [(name, case) for name in servers(metafunc.config) for case in at_a_time(share(name.partition("-")[0]))]
        metafunc.parametrize(("name", "at_once"), cases, ids=[f"{name}: {_words(case)}" for name, case in cases])


def share(vendor: str) -> list[Fault]:
    """The vendor's share of all faults: they are dealt out in turn to the vendors that know them."""
    tables = {each: {fault.name: fault for fault in faults(each)} for each in (MYSQL, MARIADB)}
    able = {name: [each for each in tables if name in tables[each]] for table in tables.values() for name in table}
    dealt = {name: vendors[turn % len(vendors)] for turn, (name, vendors) in enumerate(able.items())}
    return [fault for name, fault in tables[vendor].items() if dealt[name] == vendor]


def at_a_time(table: list[Fault]) -> list[tuple[Fault, ...]]:
    """What is wrong and harms nothing yet is wrong at once, as after somebody's evening of tuning; all else comes alone."""
    harmless = tuple(fault for fault in table if _is_harmless(fault))
    return [harmless, *((fault,) for fault in table if fault not in harmless)]


def _words(case: tuple[Fault, ...]) -> str:
    return case[0].name if len(case) == 1 else f"{len(case)} that harm nothing yet"


def _is_harmless(fault: Fault) -> bool:
    return isinstance(fault.sign, (Shows, Status)) and not (fault.force or fault.refused or fault.cleanup)


def test_fresh_servers(server_name: str, pairs: Pairs, replicating: Callable[[str], Pair]) -> None:
    pair = replicating(server_name)
    if server_name not in pairs.first_runs:
        pair = pairs.fresh(server_name)
    predicted, run = pairs.first_runs[server_name]
    assert predicted.steps() == run.steps()
    assert predicted.tasks_changed == run.tasks_changed
    pair.prove_replication("fresh")


def test_fault(name: str, at_once: tuple[Fault, ...], replicating: Callable[[str], Pair]) -> None:
    pair = replicating(name)
    for fault in at_once:
        perform(pair, fault.inject)
        if pair.is_healthy():
            pair.await_applied()
        bring_to_light(pair, fault)
    for fault in at_once:
        await_sign(pair, fault.sign)
    if pair.is_healthy():
        pair.await_read()

    seen = pair.fingerprint()
    predicted = site(pair, "--check")
    assert_same(seen, pair.fingerprint())
    run = site(pair)
    assert predicted.steps() == run.steps()
    assert predicted.differences() == run.differences()
    assert predicted.restarts() == run.restarts()
    assert predicted.tasks_changed == run.tasks_changed

    fault = at_once[0]
    if fault.refused:
        assert_refused(pair, fault, run)
        perform(pair, fault.cleanup)
        run = site(pair)
    assert run.failure is None
    pair.await_healthy()
    pair.prove_replication(fault.name)
    again = site(pair)
    assert again.failure is None
    assert again.tasks_changed == ()
    if not fault.refused:
        perform(pair, fault.cleanup)


def test_a_primary_that_was_moved_by_hand(server_name: str, replicating: Callable[[str], Pair]) -> None:
    """The inventory names the one before: enforced, no server would take writes. It is refused before anything is touched."""
    pair = replicating(server_name)
    pair.primary.sql("SET GLOBAL read_only = ON")
    pair.replica.sql("STOP REPLICA; RESET REPLICA ALL; SET GLOBAL read_only = OFF")
    before = pair.fingerprint()
    for arguments in (["--check"], [], ["--limit", "replica1"]):
        run = site(pair, *arguments)
        assert run.failure is not None
        assert "replica1 takes writes and replicates from nobody; primary" in run.failure.message, run.output
        assert "Nothing was touched." in run.failure.message
        assert_same(before, pair.fingerprint())
    audit = play(pair, "audit").output
    assert "Findings: 1 critical" in audit and "[topo.inventory_roles]" in audit, audit

    pair.primary.sql("SET GLOBAL read_only = OFF")
    pair.replica.sql("SET GLOBAL read_only = ON")
    assert site(pair).failure is None
    pair.prove_replication("the inventory was right after all")
