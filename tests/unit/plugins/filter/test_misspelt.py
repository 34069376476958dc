# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misspelt variables are named, the user's own are not, and the filter knows all that the collection has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.filter.misspelt import INTERNAL, PUBLIC, misspelt

PROJECT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("setings", "settings"), ("gtidd", "gtid"), ("sever_id", "server_id"), ("login_pasword", "login_password")],
)
def test_a_misspelt_variable_is_named_with_the_right_one(name: str, meant: str) -> None:
    said = f"mysql_replication_{name} is no variable of this collection; did you mean mysql_replication_{meant}?"
    assert misspelt([f"mysql_replication_{name}", "mysql_replication_tls"]) == [said]


def test_the_users_own_and_the_collections_are_passed_over() -> None:
    own = ["mysql_replication_settings_of_primaries", "mysql_replication_backup_dir", "vault_mysql_replication_pasword", "setings"]
    known = [f"mysql_replication_{name}" for name in PUBLIC | INTERNAL]
    assert misspelt([*own, *known, *known]) == []


def test_it_knows_every_variable_of_the_roles_and_playbooks() -> None:
    files = [path for folder in ("roles", "playbooks") for path in (PROJECT / folder).rglob("*.yml")]
    used = {name for path in files for name in re.findall(r"\bmysql_replication_(\w*[a-z])\b", path.read_text("utf-8"))}
    assert used == PUBLIC | INTERNAL
    specs = (PROJECT / "roles").glob("*/meta/argument_specs.yml")
    declared = {
        name for path in specs for name in re.findall(r"^ +mysql_replication_(\w+):$", path.read_text("utf-8"), re.MULTILINE)
    }
    assert declared <= PUBLIC
    table = re.findall(r"`mysql_replication_(\w*[a-z])`", (PROJECT / "README.md").read_text("utf-8"))
    assert set(table) <= PUBLIC
