# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A data directory is replaced as a whole, wherever the script that does it is ended and begun anew."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.swap import Swap

PROCESS = ServerProcess(1, "/usr/sbin/mariadbd", (), {}, 0, (0,), "/", 0.0, "mariadb.service")
#: Moves as mv does, until it has been called so often; then the machine is off.
FAILING_MV = """#!/bin/sh
count=$(($(cat {folder}/count) - 1))
echo $count > {folder}/count
[ $count -ge 0 ] || exit 1
exec /bin/mv "$@"
"""


def fill(path, **files):
    path.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = path / name.replace("__", "/")
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)


def content(path):
    return {str(file.relative_to(path)): file.read_text() for file in path.rglob("*") if file.is_file()}


@pytest.fixture
def swap(tmp_path):
    made = Swap(str(tmp_path / "my data"), PROCESS, str(tmp_path / "units"))
    fill(tmp_path / "my data", ibdata1="old", ib_logfile0="old", ib_logfile1="old", mysql__user="old", dbops_seed__before="mark")
    fill(tmp_path / "my data", certificate="own", undo_log__t="a database of that name")
    fill(tmp_path / "my data" / ".dbops_seed" / "new", ibdata1="new", ib_logfile0="new", mysql__user="new", shop__t="new")
    fill(tmp_path / "my data" / ".dbops_seed" / "new", xtrabackup_info="about")
    made.prepare()
    return made


WANTED = {
    "ibdata1": "new",
    "ib_logfile0": "new",
    "mysql/user": "new",
    "shop/t": "new",
    "dbops_seed/before": "mark",
    "certificate": "own",
    "undo_log/t": "a database of that name",
}


def run(swap, tmp_path, path=""):
    command = ["sh", f"{tmp_path}/units/mariadb.service.d/dbops-seed.sh"]
    return subprocess.run(command, env={"PATH": f"{path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)


def settled(tmp_path):
    return {name: text for name, text in content(tmp_path / "my data").items() if not name.startswith(".dbops_seed")}


def test_new_data_takes_the_place_of_old(swap, tmp_path):
    done = run(swap, tmp_path)
    assert done.returncode == 0, done.stderr
    assert settled(tmp_path) == WANTED
    assert content(tmp_path / "my data" / ".dbops_seed" / "old")["ib_logfile1"] == "old"


@pytest.mark.parametrize("moves", range(9))
def test_who_is_ended_amid_goes_on(swap, tmp_path, moves):
    fill(tmp_path / "bin", count=str(moves), mv=FAILING_MV.format(folder=tmp_path / "bin"))
    (tmp_path / "bin" / "mv").chmod(0o755)
    broken = run(swap, tmp_path, tmp_path / "bin")
    assert (broken.returncode != 0) is (moves < 9)
    for _again in range(2):
        assert run(swap, tmp_path).returncode == 0
        assert settled(tmp_path) == WANTED


@pytest.mark.parametrize("moves", range(10))
def test_the_moves_are_undone_as_far_as_they_went(swap, tmp_path, moves):
    before = settled(tmp_path)
    fill(tmp_path / "bin", count=str(moves), mv=FAILING_MV.format(folder=tmp_path / "bin"))
    (tmp_path / "bin" / "mv").chmod(0o755)
    new = swap.prepare()
    run(swap, tmp_path, tmp_path / "bin")
    swap.take_back(new)
    assert settled(tmp_path) == before


def test_systemd_runs_it_before_the_server_starts(swap, tmp_path):
    """As the server's user, from where only root may write."""
    folder = tmp_path / "units" / "mariadb.service.d"
    assert (folder / "dbops-seed.conf").read_text() == f'[Service]\nExecStartPre=/bin/sh "{folder}/dbops-seed.sh"\n'
    assert (folder / "dbops-seed.sh").stat().st_mode & 0o777 == 0o644
    assert swap.is_left
