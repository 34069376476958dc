# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How systemd is started, on each kind of engine and machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from testbed import engine
from testbed.engine import Cgroups, Engine, needs_cgroup_folder, systemd_arguments
from testbed.errors import TestbedError

HYBRID_VOLUME = "--volume=/sys/fs/cgroup/unified/box:/sys/fs/cgroup:rw"


@pytest.mark.parametrize(
    ("program", "cgroups", "systemd", "has", "has_not"),
    [
        ("podman", Cgroups.UNIFIED, 257, ["--systemd=always"], ["--privileged"]),
        ("podman", Cgroups.UNIFIED, 252, ["--systemd=always"], ["--privileged"]),
        ("podman", Cgroups.HYBRID, 252, ["--systemd=always"], ["--privileged"]),
        (
            "podman",
            Cgroups.HYBRID,
            257,
            ["--systemd=false", "--cgroup-parent=/box", HYBRID_VOLUME],
            ["--systemd=always"],
        ),
        ("docker", Cgroups.UNIFIED, 257, ["--cgroupns=private", "--privileged"], [HYBRID_VOLUME]),
        ("docker", Cgroups.HYBRID, 257, ["--privileged", HYBRID_VOLUME], ["--systemd=false"]),
    ],
)
def test_systemd_arguments(program: str, cgroups: Cgroups, systemd: int, has: list[str], has_not: list[str]) -> None:
    arguments = systemd_arguments(Engine(program, cgroups), systemd, "box")
    assert set(has) <= set(arguments)
    assert not set(has_not) & set(arguments)
    assert needs_cgroup_folder(arguments) == (HYBRID_VOLUME in arguments)


def test_a_path_to_podman_is_podman() -> None:
    assert Engine("/opt/bin/podman", Cgroups.UNIFIED).is_podman


def test_a_finding_is_remembered_for_its_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = '{"machine": "podman here", "environment": {"CONTAINERS_CONF": "/c"}}'
    (tmp_path / "engine.json").write_text(record)
    monkeypatch.setattr(engine, "machine_key", lambda program: f"{program} here")
    assert engine.remembered_environment(tmp_path, "podman") == {"CONTAINERS_CONF": "/c"}
    monkeypatch.setattr(engine, "machine_key", lambda program: f"{program} there")
    assert engine.remembered_environment(tmp_path, "podman") == {}


@pytest.mark.parametrize("text", ["", "{", "null garbage"])
def test_a_broken_record_is_forgotten(tmp_path: Path, text: str) -> None:
    (tmp_path / "engine.json").write_text(text)
    assert engine.remembered_environment(tmp_path, "podman") == {}


def test_a_failing_command_is_reported_with_its_output() -> None:
    with pytest.raises(TestbedError) as caught:
        Engine("sh", Cgroups.UNIFIED).run("-c", "echo the reason >&2; exit 3")
    assert "exit status 3" in str(caught.value)
    assert "the reason" in str(caught.value)


def test_a_command_that_hangs_is_reported() -> None:
    with pytest.raises(TestbedError, match="longer than"):
        Engine("sleep", Cgroups.UNIFIED).try_run("10", timeout=0.1)
