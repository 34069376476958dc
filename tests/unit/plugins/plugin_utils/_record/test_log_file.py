# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The change log's file: whole lines, whoever else writes, renames it, or fills the disk."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._record import log_file

WRITERS, BATCHES, LINES = 4, 30, 5
# Two blocks of a file system: no write of it is atomic by chance.
FILLING = "x" * 8192


def write_batches(path, writer):
    for batch in range(BATCHES):
        text = "".join(json.dumps([writer, batch, number, FILLING]) + "\n" for number in range(LINES))
        log_file.append(path, text)


def test_lines_stay_whole_and_none_is_lost_with_many_writers_and_rotation(tmp_path):
    path = tmp_path / "changes.jsonl"
    processes = [multiprocessing.get_context("fork").Process(target=write_batches, args=(str(path), one)) for one in range(WRITERS)]
    for process in processes:
        process.start()
    rotated = 0
    while any(process.is_alive() for process in processes):
        if path.exists() and path.stat().st_size > 1_000_000:
            rotated += 1
            path.rename(f"{path}.{rotated}")
    assert [process.exitcode for process in processes] == [0] * WRITERS
    assert rotated
    found = [json.loads(line)[:3] for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
    assert sorted(found) == [
        [writer, batch, line] for writer in range(WRITERS) for batch in range(BATCHES) for line in range(LINES)
    ]


def test_a_new_file_and_its_folder_are_not_for_everybody(tmp_path):
    path = tmp_path / "new" / "folder" / "changes.jsonl"
    before = os.umask(0)
    try:
        log_file.refuse_unwritable(str(path))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o007 == 0
    assert path.read_bytes() == b""


def test_the_mode_of_a_file_stays(tmp_path):
    path = tmp_path / "changes.jsonl"
    path.touch(mode=0o600)
    log_file.append(str(path), "{}\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_torn_line_stays_alone(tmp_path):
    path = tmp_path / "changes.jsonl"
    path.write_text('{"a": 1}\n{"b"')
    log_file.append(str(path), '{"c": 3}\n')
    assert path.read_text() == '{"a": 1}\n{"b"\n{"c": 3}\n'


def limited_append(path, size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    with pytest.raises(Refusal, match="File too large"):
        log_file.append(path, "y" * 2 * size + "\n")


def test_a_batch_that_finds_no_room_leaves_nothing_of_itself(tmp_path):
    path = tmp_path / "changes.jsonl"
    path.write_text("{}\n")
    process = multiprocessing.get_context("fork").Process(target=limited_append, args=(str(path), 4096))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert path.read_text() == "{}\n"


def test_a_full_disk_is_refused():
    with pytest.raises(Refusal, match="No space left on device"):
        log_file.append("/dev/full", "{}\n")


def test_a_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refusal, match=r"file: Not a directory\nWay out: mend that, or name another"):
        log_file.refuse_unwritable(str(tmp_path / "file" / "changes.jsonl"))


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(Refusal, match="Is a directory"):
        log_file.refuse_unwritable(str(tmp_path))


def test_what_is_no_regular_file_is_refused_before_anything_is_changed():
    with pytest.raises(Refusal, match="/dev/null cannot be written: it is no regular file"):
        log_file.refuse_unwritable("/dev/null")


def test_a_lock_that_nobody_gives_back_is_told(tmp_path, monkeypatch):
    path = str(tmp_path / "changes.jsonl")
    monkeypatch.setattr(log_file, "_LOCK_SECONDS", 0)
    with log_file._locked(path), pytest.raises(Refusal, match="another process has held its lock"):
        log_file.append(path, "{}\n")
