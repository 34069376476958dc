# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the collection's real modules on a pair without a controller, and all of them in the order of the playbook ``site``."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible
from machine import Machine
from pair import PROJECT, Pair

UNDER_TEST = "/opt/under-test"
PACKAGE = "ansible_collections.dbops.mysql_replication.plugins"
# A refused login must not be tried again between a prediction and the run that is compared with it.
CONNECT_RETRY = 60


@dataclass(frozen=True, repr=False)
class Result:
    """What one module said on one machine; ``values`` is all of it."""

    machine: str
    module: str
    values: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"<{self.machine}: {self.module}: {self.message or [step['summary'] for step in self.steps]}>"

    @property
    def failed(self) -> bool:
        return bool(self.values.get("failed"))

    @property
    def message(self) -> str:
        return str(self.values.get("msg", ""))

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        return list(self.values.get("steps", []))

    @property
    def restart_required(self) -> list[str]:
        return sorted(self.values.get("restart_required", []))


@dataclass(frozen=True)
class Run:
    """What a whole run did, or would do: results in their order."""

    results: list[Result] = field(default_factory=list)

    @property
    def failure(self) -> Result | None:
        return next((result for result in self.results if result.failed), None)

    @property
    def warnings(self) -> list[str]:
        return [str(warning) for result in self.results for warning in result.values.get("warnings", [])]

    def steps(self) -> list[str]:
        """Every step in words: machine by machine, each machine's in their order."""
        return [
            f"{result.machine}: {result.module}: {step['summary']} | {step['statement']}"
            for result in sorted(self.results, key=lambda result: result.machine)
            for step in result.steps
        ]

    def differences(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Every diff, by machine and module, and in it by object; a module that ran more than once counts from first to last."""
        found: dict[str, dict[str, tuple[str, str]]] = {}
        for result in self.results:
            diff = result.values.get("diff") or {}
            before, after = _objects(diff.get("before", "")), _objects(diff.get("after", ""))
            for target in {**before, **after}:
                objects = found.setdefault(f"{result.machine}: {result.module}", {})
                first, _last = objects.get(target, (before.get(target, ""), ""))
                objects[target] = first, after.get(target, "")
        return found

    def restarts(self) -> dict[str, list[str]]:
        """What waits for a restart, by machine, as the first look at its settings found it."""
        found: dict[str, list[str]] = {}
        for result in self.results:
            if result.restart_required:
                found.setdefault(result.machine, result.restart_required)
        return found

    @property
    def changed(self) -> bool:
        return any(result.values.get("changed") for result in self.results) or bool(self.restarts())


class Modules:
    """The modules as they lie in the working tree, copied once into both machines of a pair, and imported once there."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        archive = _archive()
        self._servers = {machine.name: _serving(machine, archive) for machine in (pair.primary, pair.replica)}

    def close(self) -> None:
        """Ends what runs on the machines."""
        for server in self._servers.values():
            server.communicate()

    def run(self, machine: Machine, module: str, options: Mapping[str, Any], check: bool = False) -> Result:
        """Runs one module."""
        server = self._servers[machine.name]
        assert server.stdin
        assert server.stdout
        server.stdin.write(json.dumps({"module": module, "arguments": _arguments(options, check)}) + "\n")
        server.stdin.flush()
        return _result(machine, module, json.loads(server.stdout.readline()))

    def run_by(self, program: str, machine: Machine, module: str, options: Mapping[str, Any]) -> Result:
        """Has a Python program run a module, whose full name it finds in $MODULE (AnsibleModule takes an argument for its options).

        A result that no module printed has the exit status of the process in ``status``.
        """
        name = f"MODULE={PACKAGE}.modules.{module}"
        # With a command after it the shell outlives the process, and can say which signal ended it.
        command = f"PYTHONPATH={UNDER_TEST} {name} python3 -c {shlex.quote(program)}; exit $?"
        done = machine.attempt(command, _arguments(options, check=False).encode())
        result = _result(machine, module, (done.stdout or done.stderr).decode(errors="replace"))
        return Result(machine.name, module, {**result.values, "status": done.returncode})

    def site(self, check: bool = False) -> Run:
        """The modules as the playbook ``site`` runs them, up to the first that fails."""
        run = Run()
        primary, replica = self.pair.primary, self.pair.replica
        settings = self._settings(run, primary, "primary", check)
        if run.failure:
            return run
        here = self._settings(run, replica, "replica", check, taken_uuid=settings.values.get("server_uuid") or "")
        if run.failure:
            return run
        source_restarts = settings.machine in run.restarts()
        account = self.run(primary, "replication_user", self.account_options(), check)
        run.results.append(account)
        if run.failure:
            return run
        options = {
            **self.channel_options(),
            **_history(settings),
            "reconnect": source_restarts or bool(account.values.get("changed")),
            "after_restart": check and here.machine in run.restarts(),
        }
        run.results.append(self.run(replica, "replica", options, check))
        return run

    def settings_options(self, profile: str) -> dict[str, Any]:
        """The options with which the role calls ``server_config``."""
        return {"profile": profile, "persist": "option_file"}

    def account_options(self) -> dict[str, Any]:
        """The options with which the role calls ``replication_user``."""
        return {
            "name": "repl",
            "host": "%",
            "password": self.pair.password,
            "tls": "auto",
            "replicas": [self.pair.replica.address],
        }

    def channel_options(self) -> dict[str, Any]:
        """The options with which the role calls ``replica``."""
        return {
            "source_host": self.pair.primary.address,
            "source_user": "repl",
            "source_password": self.pair.password,
            "connect_retry": CONNECT_RETRY,
        }

    def _settings(self, run: Run, machine: Machine, profile: str, check: bool, taken_uuid: str = "") -> Result:
        """The role ``server``, with a restart where the settings, or a cloned server_uuid, ask for one."""
        options = self.settings_options(profile)
        result = self.run(machine, "server_config", options, check)
        run.results.append(result)
        waiting = result.restart_required
        if not result.failed and taken_uuid and result.values["server_uuid"] == taken_uuid:
            identity = self.run(machine, "server_config", {"persist": "none", "taken_server_uuids": [taken_uuid]}, check)
            run.results.append(identity)
            waiting = waiting + identity.restart_required
        if run.failure or check or not waiting:
            return result
        machine.restart()
        result = self.run(machine, "server_config", options, check)
        run.results.append(result)
        assert not result.restart_required, f"{machine.name} was restarted, yet these wait: {result.restart_required}"
        return result


def _history(settings: Result) -> dict[str, Any]:
    """What the role tells a channel of its source's binary logs, as the module for the source's settings has found them."""
    found = {"complete": "history_complete", "begun_anew": "history_begun_anew"}
    told = {f"source_history_{option}": settings.values[name] for option, name in found.items() if settings.values.get(name)}
    started = settings.values.get("history_log_started")
    return {**told, "source_log_started": started} if started else told


def _objects(diff: str) -> dict[str, str]:
    """One side of a diff by object: a line each, and the indented ones after it."""
    found: dict[str, str] = {}
    target = ""
    for line in diff.splitlines():
        if not line.startswith(" "):
            target = line.partition(":")[0]
        found[target] = f"{found.get(target, '')}{line}\n"
    return found


def _serving(machine: Machine, archive: bytes) -> subprocess.Popen[str]:
    machine.shell(f"rm -rf {UNDER_TEST} && mkdir {UNDER_TEST} && tar -xzf - -C {UNDER_TEST}", archive)
    command = f"PYTHONPATH={UNDER_TEST} python3 {UNDER_TEST}/serve.py {PACKAGE}"
    return subprocess.Popen([*machine.ssh, command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _arguments(options: Mapping[str, Any], check: bool) -> str:
    internal = {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_verbosity": 0}
    return json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **internal}})


def _result(machine: Machine, module: str, printed: str) -> Result:
    try:
        return Result(machine.name, module, json.loads(printed))
    except ValueError:
        return Result(machine.name, module, {"failed": True, "crashed": True, "msg": f"the module broke off: {printed}"})


def _archive() -> bytes:
    """ansible-core's module_utils and this collection's plugins, packed."""
    buffer = io.BytesIO()
    core = Path(ansible.__file__).parent
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        archive.addfile(tarfile.TarInfo("ansible/__init__.py"))  # empty, as a controller sends it
        archive.add(core / "module_utils", "ansible/module_utils", filter=_without_caches)
        archive.add(Path(__file__).with_name("serve.py"), "serve.py")
        inside = PACKAGE.replace(".", "/")
        for name in ("modules", "module_utils"):
            archive.add(PROJECT / "plugins" / name, f"{inside}/{name}", filter=_without_caches)
    return buffer.getvalue()


def _without_caches(item: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if item.name.endswith("__pycache__") else item
