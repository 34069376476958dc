# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Static checks: style and types of Python, YAML, Ansible content, documentation and changelog."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from testbed.ansible import link_collection

from gates import unpacked, venvs
from gates.checks import PASSED, Check, finish, run_checks
from gates.project import COLLECTION, PROJECT
from gates.sources import source_files

PART = VENV = "lint"
COLLECTION_PACKAGE = ".".join(("ansible_collections", *COLLECTION))


#: By severity and alert, whom the example of Alertmanager tells.
_ROUTES = (
    ("critical", "MySQLReplicationLoginFails", "heal,pager"),
    ("warning", "MySQLReplicaWritable", "heal,mail"),
    ("warning", "MySQLReplicationLag", "heal,mail"),
    ("warning", "MySQLDiskLow", "mail"),
)


def run() -> int:
    """All static checks."""
    results = run_checks(PART, [tools()])
    return finish(PART, results + (run_checks(PART, _checks()) if results[0].outcome == PASSED else []))


def tools() -> Check:
    """Make the environment that the tools run in."""
    return Check("install the tools", [_program("python"), "--version"], prepare=_prepare_all)


def reformat() -> int:
    """Lay the Python code out as `ruff format` does."""
    _prepare()
    return subprocess.run([_program("ruff"), "format", "."], cwd=PROJECT, check=False).returncode


def _checks() -> list[Check]:
    collections = link_collection(PROJECT)
    ansible = {**venvs.environment(VENV), "ANSIBLE_COLLECTIONS_PATH": str(collections), "NO_COLOR": "1"}
    utilities = (f"{COLLECTION_PACKAGE}.plugins.{folder}" for folder in ("module_utils", "plugin_utils", "action", "callback"))
    packages = (*utilities, "testbed", "gates")
    docs = ("--plugin-docs", "--validate-collection-refs", "dependent", "--disallow-unknown-collection-refs")
    rules, rule_tests = _files("extensions/prometheus/rules"), _files("extensions/prometheus/tests")
    examples = PROJECT / "examples" / "prometheus"
    return [
        # The slowest first: the others run beside it.
        Check("ansible-lint", [_program("ansible-lint"), "--offline", "--nocolor", "--strict"], env=ansible),
        Check("antsibull-docs", [_program("antsibull-docs"), "lint-collection-docs", *docs, "."], env=ansible),
        Check(
            "mypy",
            [_program("mypy"), *(word for package in packages for word in ("--package", package))],
            env={"MYPYPATH": f"{collections}:molecule/resources:tests/tools"},
        ),
        Check("ruff check", [_program("ruff"), "check", "."]),
        Check("ruff format", [_program("ruff"), "format", "--check", "."]),
        Check("yamllint", [_program("yamllint"), "--strict", *map(str, _yaml_files())]),
        Check("promtool check", [unpacked.program("promtool"), "check", "rules", "--lint=all", *rules]),
        Check("promtool test", [unpacked.program("promtool"), "test", "rules", *rule_tests]),
        # Its rules and secrets lie elsewhere on the machine that it is for.
        Check("promtool config", [unpacked.program("promtool"), "check", "config", "--syntax-only", f"{examples}/prometheus.yml"]),
        Check("amtool", [unpacked.program("amtool"), "check-config", f"{examples}/alertmanager.yml"]),
        *(_route(f"{examples}/alertmanager.yml", *route) for route in _ROUTES),
        Check(
            "grafana dashboards",
            [_program("python"), "-m", "gates.dashboard", *map(str, (PROJECT / "extensions/grafana").glob("*.json"))],
            env={"PYTHONPATH": "tests/tools"},
        ),
        Check("antsibull-changelog", [_program("antsibull-changelog"), "lint"]),
    ]


def _route(config: str, severity: str, alert: str, receivers: str) -> Check:
    command = [unpacked.program("amtool"), "config", "routes", "test", f"--config.file={config}", f"--verify.receivers={receivers}"]
    return Check(f"who is told of {alert}", [*command, f"severity={severity}", f"alertname={alert}", "host=db1"])


def _prepare_all() -> None:
    _prepare()
    unpacked.ensure()


def _prepare() -> None:
    venvs.ensure(VENV, Path(sys.executable), "lint.txt")


def _files(folder: str) -> list[str]:
    return sorted(map(str, (PROJECT / folder).glob("*.yml")))


def _yaml_files() -> list[Path]:
    # yamllint itself would walk through all of .cache, and only then drop what git ignores.
    return [path for path in source_files() if path.suffix in (".yml", ".yaml")]


def _program(name: str) -> str:
    return venvs.program(VENV, name)
