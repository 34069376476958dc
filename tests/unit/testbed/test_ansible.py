# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible finds the working tree as the collection, and the arguments it was given."""

from __future__ import annotations

from pathlib import Path

import pytest
from testbed.ansible import environment, link_collection, split_arguments, with_callback
from testbed.errors import TestbedError


def test_the_collection_is_the_working_tree(tmp_path: Path) -> None:
    (tmp_path / "galaxy.yml").write_text("here")
    for _again in range(2):
        root = link_collection(tmp_path)
        assert (root / "ansible_collections/dbops/mysql_replication/galaxy.yml").read_text() == "here"


def test_a_link_to_a_moved_tree_is_renewed(tmp_path: Path) -> None:
    link = tmp_path / ".cache/collections/ansible_collections/dbops/mysql_replication"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nowhere")
    link_collection(tmp_path)
    assert link.resolve() == tmp_path.resolve()


def test_the_users_own_collections_come_after(tmp_path: Path) -> None:
    made = environment(tmp_path, {"PATH": "/bin", "ANSIBLE_COLLECTIONS_PATH": "/mine"})
    assert made["ANSIBLE_COLLECTIONS_PATH"] == f"{tmp_path}/.cache/collections:/mine"
    assert made["PATH"].endswith(":/bin")


@pytest.mark.parametrize(("enabled", "then"), [("", "a.b.log"), ("timer,x", "timer,x,a.b.log"), ("a.b.log,timer", "timer,a.b.log")])
def test_a_callback_is_enabled_beside_the_users_own(enabled: str, then: str) -> None:
    assert with_callback({"ANSIBLE_CALLBACKS_ENABLED": enabled}, "a.b.log") == {"ANSIBLE_CALLBACKS_ENABLED": then}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("--check --diff", ["--check", "--diff"]),
        ("""-e '{"a": "b c"}' -e pw='x$y`z`'""", ["-e", '{"a": "b c"}', "-e", "pw=x$y`z`"]),
    ],
)
def test_arguments(text: str, words: list[str]) -> None:
    assert split_arguments(text) == words


def test_an_open_quote_is_reported() -> None:
    with pytest.raises(TestbedError, match="ARGS"):
        split_arguments("-e 'a")
