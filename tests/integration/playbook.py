# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook ``site`` on a pair, through the real ansible-playbook, as a list of what its modules said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modules import CONNECT_RETRY, Result, Run
from pair import PROJECT, Pair
from testbed.ansible import environment

_COLLECTION = "dbops.mysql_replication."
# Building them is a third of what a run of site costs that finds nothing to do.
_BUILT_MODULES = tempfile.TemporaryDirectory(prefix="integration-modules-")
_SERVICES = ("ansible.builtin.service", "ansible.builtin.systemd_service")


@dataclass(frozen=True)
class Play(Run):
    """A run of the playbook; ``output`` is all that it printed, ``tasks_changed`` each host's modules that changed something."""

    output: str = ""
    tasks_changed: tuple[str, ...] = ()


def site(pair: Pair, *arguments: str) -> Play:
    """Runs ``site`` with further arguments of ansible-playbook, and waits for its end."""
    return play(pair, "site", *arguments)


def play(pair: Pair, playbook: str, *arguments: str) -> Play:
    """Runs a playbook of the collection on the pair, and waits for its end.

    With a stdin of its own: an ssh beside it that shares one makes that non-blocking, which Ansible refuses.
    """
    with tempfile.TemporaryDirectory(prefix="integration-") as folder:
        record = Path(folder) / "record.jsonl"
        record.touch()
        done = subprocess.run(
            command(pair, *arguments, playbook=playbook),
            env=variables(record),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        results, changed = _results(record.read_text().splitlines())
    if done.returncode and not any(result.failed for result in results):
        results.append(Result("controller", playbook, {"failed": True, "msg": done.stdout}))
    return Play(results, done.stdout, changed)


@contextmanager
def killed(arguments: Sequence[str], folder: Path) -> Iterator[None]:
    """A run of ansible-playbook in a folder, which is killed with all its processes at the end of the block."""
    record = folder / "record.jsonl"
    record.touch()
    controller = subprocess.Popen(
        arguments,
        env=variables(record),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(controller.pid, signal.SIGKILL)
        controller.wait()


def run(folder: Path, playbook: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs another playbook of the collection in a folder, with more environment variables, and waits for its end."""
    record = folder / "record.jsonl"
    record.touch()
    return subprocess.run(
        ["ansible-playbook", f"{_COLLECTION}{playbook}", *arguments],
        env={**variables(record), **more},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def command(pair: Pair, *arguments: str, playbook: str = "site") -> list[str]:
    """The command line."""
    known = ["--inventory", str(pair.inventory), "--extra-vars", f"mysql_replication_connect_retry={CONNECT_RETRY}"]
    return ["ansible-playbook", *known, f"{_COLLECTION}{playbook}", "--diff", *arguments]


def variables(record: Path) -> dict[str, str]:
    """The environment in which ansible-playbook finds the collection, and records results."""
    return {
        **environment(PROJECT, os.environ),
        # What is printed is looked at: Molecule has it as YAML, which doubles quotes and folds lines.
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
        "ANSIBLE_CALLBACKS_ENABLED": "built_modules,record",
        "BUILT_MODULES": _BUILT_MODULES.name,
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "RECORD_FILE": str(record),
    }


def _results(lines: Sequence[str]) -> tuple[list[Result], tuple[str, ...]]:
    results, changed = [], []
    for line in map(json.loads, lines):
        action, values = line["task"], line["values"]
        if values.get("changed"):
            changed.append(f"{line['host']}: {action}")
        if action.startswith(_COLLECTION) or values["failed"]:
            results.append(Result(line["host"], action.removeprefix(_COLLECTION), values))
    # Hosts work side by side, so only each host's own order tells something.
    return results, tuple(sorted(dict.fromkeys(changed), key=lambda name: name.partition(":")[0]))
