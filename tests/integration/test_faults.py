# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every fault of the table, on every server: inject, see it bite, audit, predict, run, see rows arrive, run again.

The audit names the right root first, before the fault bites too; what it does is read, as what the prediction does.

The modules run as the playbook ``site`` runs them, without a controller; ``test_site.py`` is the controller's turn.
"""

from __future__ import annotations

from collections.abc import Callable
from string import Template

import pytest
from auditing import assert_first, audit
from conftest import servers
from fault import Fault, await_sign, bring_to_light, perform, words
from faults import faults
from modules import Modules, Run
from pair import Pair, assert_same
from roots import root_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cases = [
        (name, fault, noticed)
        for name in servers(metafunc.config)
        for fault in faults(name.partition("-")[0])
        for noticed in ((True, False) if fault.force else (True,))
    ]
    ids = [f"{name}: {fault.name}{'' if noticed else ' (not yet noticed)'}" for name, fault, noticed in cases]
    metafunc.parametrize(("name", "fault", "noticed"), cases, ids=ids)


def test_fault(name: str, fault: Fault, noticed: bool, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(name)
    pair = modules.pair
    perform(pair, fault.inject)
    if pair.is_healthy():
        pair.await_applied()
    if noticed:
        bring_to_light(pair, fault)
        await_sign(pair, fault.sign)
    else:
        assert pair.is_healthy(), "what nothing has brought to light yet shows already"
    if pair.is_healthy():
        pair.await_read()

    before = pair.fingerprint()
    root = root_of(fault, name)
    assert_first(audit(modules), root.shown if noticed else root.latent or root.shown)
    predicted = modules.site(check=True)
    assert_same(before, pair.fingerprint())
    run = modules.site()
    assert predicted.steps() == run.steps()
    assert predicted.differences() == run.differences()
    assert predicted.restarts() == run.restarts()

    if fault.refused:
        assert_refused(pair, fault, run)
        perform(pair, fault.cleanup)
        run = modules.site()
    assert run.failure is None
    if not noticed:
        bring_to_light(pair, fault)
    pair.await_healthy()
    pair.prove_replication(fault.name)
    again = modules.site()
    assert again.steps() == []
    assert not again.changed
    assert again.failure is None
    if not fault.refused:
        perform(pair, fault.cleanup)


def assert_refused(pair: Pair, fault: Fault, run: Run) -> None:
    """The run has stopped, and its message names the cause."""
    assert run.failure is not None, f"{fault.name} must be refused, and was not: {run.steps()}"
    known = words(pair)
    wanted = [Template(needle).substitute(known) for needle in (*fault.refused, "Way out:")]
    missing = [needle for needle in wanted if needle not in run.failure.message]
    assert missing == [], run.failure.message
