# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A setting with which a server does not start: the first server goes back to what it had, and no other goes down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from machine import Machine
from pair import Pair
from playbook import site

pytestmark = pytest.mark.dealt

# The server's own validation of option files does not look for the file.
_IMPOSSIBLE = '{"mysql_replication_settings": {"init_file": "/no/such/file.sql"}}'


def test_a_server_that_does_not_start(server_name: str, replicating: Callable[[str], Pair]) -> None:
    pair = replicating(server_name)
    started = _started(pair.primary)
    before = [_option_file(machine) for machine in (pair.primary, pair.replica)]
    run = site(pair, "--extra-vars", _IMPOSSIBLE)
    said = {result.machine: result.message for result in run.results if result.failed}
    assert "did not start with init_file" in said["replica1"]
    assert "/no/such/file.sql" in said["replica1"]
    assert "It runs again" in said["replica1"]
    assert "was not restarted, because replica1 failed" in said["primary"]
    assert _started(pair.primary) == started
    assert [_option_file(machine) for machine in (pair.primary, pair.replica)] == before

    run = site(pair)
    assert run.failure is None
    pair.await_healthy()
    pair.prove_replication("after a restart that failed")
    assert site(pair).tasks_changed == ()


def _started(machine: Machine) -> str:
    return machine.shell(f"systemctl show --property ActiveEnterTimestampMonotonic {machine.service}")


def _option_file(machine: Machine) -> str:
    return machine.shell("cat /etc/mysql/*/zz-replication.cnf")
