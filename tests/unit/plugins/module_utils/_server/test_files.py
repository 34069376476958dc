# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files are replaced whole, and the version before stays at hand."""

from __future__ import annotations

import os

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import files


def test_the_version_before_stays_beside_the_file(tmp_path):
    path = tmp_path / "own.cnf"
    path.write_text("old")
    path.chmod(0o666)
    files.replace(str(path), "new")
    assert path.read_text() == "new"
    assert (tmp_path / "own.cnf.before").read_text() == "old"
    assert path.stat().st_mode & 0o777 == 0o664
    assert sorted(os.listdir(tmp_path)) == ["own.cnf", "own.cnf.before"]


def test_a_new_file_has_no_version_before(tmp_path):
    path = tmp_path / "own.cnf"
    (tmp_path / "own.cnf.before").write_text("of another time")
    files.replace(str(path), "new")
    assert os.listdir(tmp_path) == ["own.cnf"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "real.cnf"
    target.write_text("old")
    link = tmp_path / "own.cnf"
    link.symlink_to(target)
    files.replace(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert (tmp_path / "own.cnf.before").read_text() == "old"


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(Refusal, match="there is no directory"):
        files.must_be_writable(str(tmp_path / "none" / "own.cnf"))
    with pytest.raises(Refusal, match="cannot write"):
        files.replace(str(tmp_path / "none" / "own.cnf"), "new")
