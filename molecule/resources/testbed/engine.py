# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container engine: podman or docker, found as the user has it, and with a fallback where plain runs fail.

Some machines (containers in virtual machines, CI sandboxes) let podman neither raise limits nor use crun, and mount
cgroups in hybrid mode. There a private containers.conf is used, and systemd gets its own cgroup2 folder.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from testbed import packages
from testbed.errors import TestbedError

CGROUP_ROOT = Path("/sys/fs/cgroup")
HYBRID_ROOT = CGROUP_ROOT / "unified"
SYSTEMD_NEEDS_CGROUP2 = 256
PODMAN_PACKAGES = ("podman", "netavark", "aardvark-dns", "catatonit", "iptables", "uidmap", "slirp4netns")
RESTRICTED_CONFIG = """\
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=20000:20000"]
[engine]
runtime = "runc"
"""


class Cgroups(Enum):
    """How the machine that runs the containers mounts control groups."""

    UNIFIED = "unified"
    HYBRID = "hybrid"
    LEGACY = "legacy"


@dataclass(frozen=True)
class Engine:
    """A container engine's program, the environment it needs, and the machine's kind of control groups."""

    program: str
    cgroups: Cgroups
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_podman(self) -> bool:
        """Podman and Docker differ in some arguments."""
        return Path(self.program).name == "podman"

    def try_run(self, *arguments: str, stdin: str | None = None, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        """Run the engine and return what came of it, whatever its exit status.

        Raises TestbedError when it takes longer than ``timeout`` seconds.
        """
        try:
            return subprocess.run(
                [self.program, *arguments],
                input=stdin,
                stdin=subprocess.DEVNULL if stdin is None else None,
                capture_output=True,
                text=True,
                timeout=timeout,
                env={**os.environ, **self.environment},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TestbedError(f"`{self.program} {' '.join(arguments[:3])} …` took longer than {timeout} s") from error

    def run(self, *arguments: str, stdin: str | None = None, timeout: float | None = None) -> str:
        """Run the engine and return its standard output; raises TestbedError with its error output if it fails."""
        done = self.try_run(*arguments, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise TestbedError(
                f"`{self.program} {' '.join(arguments[:3])} …` failed with exit status {done.returncode}",
                detail=done.stderr or done.stdout,
            )
        return done.stdout


def systemd_arguments(engine: Engine, systemd: int, cgroup: str) -> list[str]:
    """The arguments of `run` with which systemd of major version ``systemd`` comes up as process 1.

    ``cgroup`` is the folder below the cgroup2 mount that the container gets on a hybrid machine.
    """
    by_hand = [
        "--privileged",
        "--stop-signal=SIGRTMIN+3",
        "--tmpfs=/run",
        "--tmpfs=/run/lock",
        "--tmpfs=/tmp",
    ]
    if engine.is_podman:
        if engine.cgroups is Cgroups.UNIFIED or systemd < SYSTEMD_NEEDS_CGROUP2:
            # NET_ADMIN for tests that cut the network with iptables
            return ["--systemd=always", "--cap-add=NET_ADMIN", "--cap-add=NET_RAW"]
        hybrid = [f"--cgroup-parent=/{cgroup}", f"--volume={HYBRID_ROOT}/{cgroup}:{CGROUP_ROOT}:rw"]
        return ["--systemd=false", "--env=container=podman", *by_hand, *hybrid]
    if engine.cgroups is Cgroups.UNIFIED:
        return ["--cgroupns=private", "--env=container=docker", *by_hand]
    return [
        "--cgroupns=host",
        "--env=container=docker",
        *by_hand,
        f"--cgroup-parent=/{cgroup}",
        f"--volume={HYBRID_ROOT}/{cgroup}:{CGROUP_ROOT}:rw",
    ]


def needs_cgroup_folder(arguments: Sequence[str]) -> bool:
    """Whether the container of these `run` arguments needs its folder below the cgroup2 mount."""
    return any(argument.startswith("--cgroup-parent=") for argument in arguments)


def cgroups_of_this_machine() -> Cgroups:
    """How control groups are mounted here (a virtual machine below Docker Desktop or podman machine is unified)."""
    if platform.system() != "Linux" or (CGROUP_ROOT / "cgroup.controllers").exists():
        return Cgroups.UNIFIED
    return Cgroups.HYBRID if HYBRID_ROOT.is_dir() else Cgroups.LEGACY


def make_cgroup_folder(name: str) -> None:
    """Make the cgroup2 folder of a container on a hybrid machine; raises TestbedError for who may not."""
    try:
        (HYBRID_ROOT / name).mkdir(exist_ok=True)
    except OSError as error:
        raise TestbedError(
            f"systemd's control group could not be made: {error}",
            "on a machine with hybrid control groups run this as root, or boot it with systemd.unified_cgroup_hierarchy=1",
        ) from None


def remove_cgroup_folders(name: str) -> None:
    """Remove the folders that a container of that name left in every hierarchy; ones in use are left alone."""
    for _attempt in range(10):
        for top in CGROUP_ROOT.glob(f"*/{name}"):
            for folder, _folders, _files in os.walk(top, topdown=False):
                with suppress(OSError):
                    os.rmdir(folder)
        if not any(CGROUP_ROOT.glob(f"*/{name}")):
            return
        time.sleep(0.1)  # the container's monitor outlives it by a moment


def detect(cache: Path) -> Engine:
    """Find an engine that answers: the program in $TESTBED_ENGINE, else podman, else docker; else install podman.

    ``cache`` is the folder where the private containers.conf is kept, once one was needed. Raises TestbedError when
    no engine answers, and none can be installed.
    """
    wanted = os.environ.get("TESTBED_ENGINE")
    complaints: list[str] = []
    for program in [wanted] if wanted else ["podman", "docker"]:
        if shutil.which(program):
            engine = Engine(program, cgroups_of_this_machine(), remembered_environment(cache, program))
            answer = engine.try_run("info", timeout=60)
            if answer.returncode == 0:
                return engine
            complaints.append(f"{program}: {(answer.stderr or answer.stdout).strip()}")
    if not wanted and not shutil.which("podman"):
        packages.install(*PODMAN_PACKAGES)
        return detect(cache)
    raise TestbedError(
        "no container engine answers",
        "start its service, or run as a user who may use it (root, or a member of the group docker)",
        "\n".join(complaints) or f"{wanted} is not here",
    )


def machine_key(program: str) -> str:
    """What a finding about the engine holds for: this program on this machine with this kernel."""
    return f"{program} {shutil.which(program)} {platform.node()} {platform.release()}"


def _remembered(cache: Path, program: str) -> dict[str, str] | None:
    try:
        remembered = json.loads((cache / "engine.json").read_text())
    except (OSError, ValueError):
        return None
    return dict(remembered["environment"]) if remembered.get("machine") == machine_key(program) else None


def remembered_environment(cache: Path, program: str) -> dict[str, str]:
    """The environment that an earlier probe on this very machine found to be needed."""
    return _remembered(cache, program) or {}


def probed(engine: Engine, image: str, cache: Path) -> Engine:
    """The engine, with the environment in which a container of ``image`` runs here; the finding is kept in ``cache``.

    Raises TestbedError when neither the plain way nor the fallback works.
    """
    if _remembered(cache, engine.program) is not None:
        return engine
    complaints: list[str] = []
    for candidate in _candidates(engine, cache):
        answer = candidate.try_run("run", "--rm", image, "true", timeout=120)
        if answer.returncode == 0:
            cache.mkdir(parents=True, exist_ok=True)
            found = {"machine": machine_key(engine.program), "environment": dict(candidate.environment)}
            (cache / "engine.json").write_text(json.dumps(found) + "\n")
            return candidate
        complaints.append(answer.stderr.strip())
    raise TestbedError(
        f"{engine.program} cannot run a container on this machine",
        f"make `{engine.program} run --rm {image} true` work, then try again",
        "\n".join(complaints),
    )


def _candidates(engine: Engine, cache: Path) -> Iterator[Engine]:
    """The engine as the user has it, then podman with the private containers.conf."""
    yield Engine(engine.program, engine.cgroups)
    if engine.is_podman:
        packages.require("runc", "runc")
        cache.mkdir(parents=True, exist_ok=True)
        config = cache / "containers.conf"
        config.write_text(RESTRICTED_CONFIG)
        yield Engine(engine.program, engine.cgroups, {"CONTAINERS_CONF": str(config)})
