# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which folders a clone that was broken off has left, and which are databases or something else."""

from __future__ import annotations

import os

from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.leftovers import Leftovers, leftovers


def test_only_empty_folders_of_no_database_are_left_over(tmp_path):
    for name in ("shop", "an@002dother", "Empty", "a@002db", "performance_schema", "#clone", ".dbops_seed", "lost+found", "held"):
        (tmp_path / name).mkdir()
    (tmp_path / "held" / "t.ibd").write_text("rows")
    (tmp_path / "auto").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "shop")
    known = ("performance_schema", "empty", "a-b")
    assert leftovers(str(tmp_path), known) == ("an@002dother", "shop")


def test_a_folder_that_nobody_may_read_tells_nothing(tmp_path):
    assert leftovers(str(tmp_path / "none"), ()) == ()


def test_what_has_come_meanwhile_stays(tmp_path):
    for name in ("shop", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "t.ibd").write_text("rows")
    gone = Leftovers(str(tmp_path), ("none", "other", "shop"))
    assert str(gone) == f"rmdir {tmp_path}/none {tmp_path}/other {tmp_path}/shop"
    gone.perform(None)
    assert os.listdir(tmp_path) == ["other"]
