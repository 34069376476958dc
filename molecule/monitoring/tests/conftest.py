# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the times of faults and alerts are kept until they are printed at the end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rulebook import Rulebook
from watch import Watch

_TIMES = pytest.StashKey[list[tuple[str, str, float, float]]]()


@pytest.fixture(scope="session")
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rulebook(tmp_path: Path) -> Iterator[Rulebook]:
    """The real one, which Alertmanager's calls reach."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with Rulebook(tmp_path, port).running() as rulebook:
        yield rulebook


@pytest.fixture
def times(pytestconfig: pytest.Config) -> list[tuple[str, str, float, float]]:
    """What happened, the alert, and seconds: from the fault to the alert, from the mend to its end."""
    return pytestconfig.stash.setdefault(_TIMES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    terminalreporter.section("from fault to alert, and from mend to its end (the rules' minutes are seconds here)")
    for what, alert, fired, cleared in config.stash.get(_TIMES, []):
        terminalreporter.write_line(f"{what:36} {alert:34} {fired:6.1f} s {cleared:6.1f} s")
