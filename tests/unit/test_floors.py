# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports run downwards through the floors of the collection, and only the edge does I/O."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PLUGINS = PROJECT / "plugins"
UTILS = "ansible_collections.dbops.mysql_replication.plugins.module_utils"

# The lowest first: a floor imports itself and what stands before it.
FLOORS = ("_model", "_dialect", "_diagnosis", "_plan", "_server")
PURE = FLOORS[:4]
CONNECTION = "_server/connection.py"
CONTROLLER = PLUGINS / "plugin_utils"
CONTROLLER_UTILS = UTILS.replace("module_utils", "plugin_utils")
EDGES = ("files.py", "predecessor.py", "log_file.py", "host_log.py", "history_files.py", "recorder.py")
# Formatting a time that was given needs no clock; reading one is what the action does.
CLOCKLESS = ("time", "datetime", "calendar", "xml.sax.saxutils", "html")

# What a pure floor may take from the standard library: an allowance, so that no way to I/O, clock or chance is forgotten.
PURE_LIBRARY = {
    *("__future__", "abc", "base64", "binascii", "bisect", "collections", "dataclasses", "decimal", "difflib", "enum"),
    *("fnmatch", "functools", "hashlib", "heapq", "hmac", "ipaddress", "itertools", "json", "math", "operator", "posixpath", "re"),
    *("string", "textwrap", "typing", "uuid"),
}
# The names in those modules, and the built-ins, that reach out or draw lots all the same.
IMPURE_NAMES = {"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint"}
IMPURE_ATTRIBUTES = {
    "uuid": {"uuid1", "uuid4", "getnode"},
    "posixpath": {"exists", "isfile", "isdir", "islink", "realpath", "abspath", "expanduser", "expandvars", "os"},
}


class Import(NamedTuple):
    """An import statement: the module, the name that is taken from it if any, and its line."""

    module: str
    name: Optional[str]
    line: int


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[Import]:
    """All imports, those inside of functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (Import(module, alias.name, node.lineno) for alias in node.names)


def floor_of(found: Import) -> Optional[str]:
    """The floor that an import reaches, None if it leaves the module utilities alone."""
    path = f"{found.module}.{found.name}" if found.name else found.module
    return path[len(UTILS) + 1 :].split(".")[0] if f"{path}.".startswith(f"{UTILS}.") else None


def floor_breaks(floor: str, tree: ast.AST) -> Iterator[str]:
    allowed = FLOORS[: FLOORS.index(floor) + 1]
    for found in imports(tree):
        reached = floor_of(found)
        if found.module.startswith("."):
            yield f"line {found.line}: the relative import {found.module} hides its floor"
        elif reached is None and found.module.startswith("ansible_collections."):
            yield f"line {found.line}: {found.module} is no module utility of this collection"
        elif reached is not None and reached not in allowed:
            yield f"line {found.line}: {floor} imports {reached}"


def impurities(tree: ast.AST) -> Iterator[str]:
    for found in imports(tree):
        package = found.module.split(".")[0]
        if package != "ansible_collections" and package not in PURE_LIBRARY:
            yield f"line {found.line}: imports {found.module}"
        elif found.name in _impure_in(package):
            yield f"line {found.line}: imports {found.module}.{found.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            yield f"line {node.lineno}: uses {node.id}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in _impure_in(node.value.id):
            yield f"line {node.lineno}: uses {node.value.id}.{node.attr}"


def _impure_in(module: str) -> set[str]:
    return IMPURE_ATTRIBUTES.get(module, set())


def parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_every_module_utility_stands_on_a_floor() -> None:
    utilities = PLUGINS / "module_utils"
    assert {path.relative_to(utilities).parts[0] for path in sources(utilities)} == set(FLOORS)


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_run_downwards(floor: str) -> None:
    files = sources(PLUGINS / "module_utils" / floor)
    assert [f"{path.name} {found}" for path in files for found in floor_breaks(floor, parse(path))] == []


@pytest.mark.parametrize("floor", PURE)
def test_pure_floors_do_no_io(floor: str) -> None:
    files = sources(PLUGINS / "module_utils" / floor)
    assert [f"{path.name} {found}" for path in files for found in impurities(parse(path))] == []


def test_only_the_connection_imports_pymysql() -> None:
    importers = {
        path.relative_to(PLUGINS / "module_utils").as_posix()
        for path in sources(PLUGINS)
        if any(found.module.split(".")[0].lower() == "pymysql" for found in imports(parse(path)))
    }
    assert importers == {CONNECTION}


def test_managed_hosts_get_module_utils_only() -> None:
    """A module or its utilities would fail on a managed host with anything else of the collection, or of others."""
    allowed = ("ansible.module_utils.", f"{UTILS}.")
    strangers = [
        f"{path.relative_to(PLUGINS)} line {found.line}: {found.module}"
        for folder in ("modules", "module_utils")
        for path in sources(PLUGINS / folder)
        for found in imports(parse(path))
        if found.module.startswith("ansible") and not found.module.startswith(allowed)
    ]
    assert strangers == []


def test_judging_reporting_and_recording_are_pure_but_for_their_edges() -> None:
    """The controller's utilities use the pure floors and each other; reports never flow back into checks."""
    for folder, reached in (("_checks", ("_checks",)), ("_report", ("_checks", "_report")), ("_record", ("_report", "_record"))):
        for path in sources(CONTROLLER / folder):
            if path.name in EDGES:
                continue
            breaks = [
                found for found in impurities(parse(path)) if not found.endswith(tuple(f"imports {name}" for name in CLOCKLESS))
            ]
            assert breaks == [], path
            for found in imports(parse(path)):
                if found.module.startswith(f"{CONTROLLER_UTILS}."):
                    assert found.module[len(CONTROLLER_UTILS) + 1 :].split(".")[0] in reached, path
                assert floor_of(found) in (None, *PURE), path


@pytest.mark.parametrize(
    ("floor", "code"),
    [
        ("_model", f"from {UTILS}._plan.replica import plan"),
        ("_model", f"import {UTILS}._dialect.dialect"),
        ("_plan", f"from {UTILS} import _server"),
        ("_plan", f"def f():\n    from {UTILS}._server.connection import connect"),
        ("_dialect", "from ..plan import replica"),
        ("_server", "from ansible_collections.community.mysql.plugins.module_utils.mysql import mysql_connect"),
    ],
)
def test_a_break_of_the_floors_is_seen(floor: str, code: str) -> None:
    assert list(floor_breaks(floor, ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        *("import os", "import os.path", "from time import sleep", "import random", "import socket, re", "import pymysql"),
        *(
            "from ansible.module_utils.basic import AnsibleModule",
            "def f():\n    import subprocess",
            "from datetime import datetime",
        ),
        *("open('/etc/my.cnf')", "import uuid\nuuid.uuid4()", "from uuid import uuid4", "reader = open"),
    ],
)
def test_an_impurity_is_seen(code: str) -> None:
    assert list(impurities(ast.parse(code)))
