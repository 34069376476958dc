# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module is killed after each single step of its plan: the next run completes what is left, and one more finds nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fault import Act, on, perform, restart, sh
from faults import NO_SHADOWS
from machine import Machine
from modules import PACKAGE, Modules

#: Runs a module in a process that ends, as by ``kill -9``, when its n-th step is done.
KILLED = f"""\
import os, runpy, signal
from {PACKAGE}.module_utils._server import apply, guarded
left, run = [STEPS], apply._run
def run_and_die(session, step):
    run(session, step)
    # It has run the step that it guards.
    left[0] -= not isinstance(step.action, guarded.Guarded)
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
apply._run = run_and_die
runpy.run_module(os.environ["MODULE"], run_name="__main__", alter_sys=True)
"""
#: What a shell says of a process that SIGKILL ended.
KILLED_STATUS = 128 + signal.SIGKILL
_NO_CHANNEL = on("replica", "STOP REPLICA; RESET REPLICA ALL")


def _no_settings(host: str) -> tuple[Act, ...]:
    return sh(host, "rm $options/zz-replication.cnf"), restart(host)


@dataclass(frozen=True)
class Plan:
    """A plan of ``module`` on a machine, and what brings the pair to where that plan is due."""

    name: str
    machine: str
    module: str
    options: Callable[[Modules], Mapping[str, Any]]
    undo: tuple[Act, ...]


PLANS = (
    Plan(
        "the primary's settings from nothing",
        "primary",
        "server_config",
        lambda modules: modules.settings_options("primary"),
        _no_settings("primary"),
    ),
    Plan(
        "the replica's settings from nothing",
        "replica",
        "server_config",
        lambda modules: modules.settings_options("replica"),
        (_NO_CHANNEL, *_no_settings("replica")),
    ),
    Plan(
        "the account from nothing",
        "primary",
        "replication_user",
        Modules.account_options,
        (on("primary", "DROP USER repl@'%'"),),
    ),
    Plan(
        "the account with everything wrong",
        "primary",
        "replication_user",
        Modules.account_options,
        (
            on(
                "primary",
                "ALTER USER repl@'%' IDENTIFIED BY 'another' REQUIRE X509 PASSWORD EXPIRE ACCOUNT LOCK;"
                " REVOKE REPLICATION SLAVE ON *.* FROM repl@'%'; GRANT SELECT ON *.* TO repl@'%';"
                " CREATE USER repl@'$replica_address' IDENTIFIED BY 'another'; CREATE USER ''@'$replica_address'",
            ),
        ),
    ),
    Plan("the channel from nothing", "replica", "replica", Modules.channel_options, (_NO_CHANNEL,)),
    Plan(
        "the channel with everything wrong",
        "replica",
        "replica",
        Modules.channel_options,
        (
            on(
                "replica",
                "STOP REPLICA; $change ${source}_PORT = 3307, ${source}_PASSWORD = 'another', ${source}_DELAY = 7,"
                " ${source}_CONNECT_RETRY = 7; START REPLICA",
            ),
        ),
    ),
)


@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
def test_kill_after_each_step(server_name: str, plan: Plan, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    machine = pair.machine(plan.machine)
    steps = 1
    last = 0
    while last < steps:
        last += 1
        perform(pair, plan.undo)
        steps = len(modules.run(machine, plan.module, plan.options(modules), check=True).steps)
        assert steps, "there is nothing to do"
        killed = modules.run_by(KILLED.replace("STEPS", str(last)), machine, plan.module, plan.options(modules))
        assert killed.values["status"] == KILLED_STATUS, f"not killed after step {last} of {steps}: {killed.values}"
        complete(modules, machine, plan)
        perform(pair, (NO_SHADOWS,))
    run = modules.site()
    assert run.failure is None, run.failure
    pair.await_healthy()
    pair.prove_replication(plan.name)
    assert not modules.site().changed


def complete(modules: Modules, machine: Machine, plan: Plan) -> None:
    """A normal run completes the plan (with the restart that it asks for), and a further one finds nothing to do."""
    options = plan.options(modules)
    run = modules.run(machine, plan.module, options)
    assert not run.failed, run.message
    if run.restart_required:
        machine.restart()
    again = modules.run(machine, plan.module, options)
    assert not again.failed, again.message
    assert again.steps == []
    assert again.restart_required == []
