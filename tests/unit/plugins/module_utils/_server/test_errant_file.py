# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of errant transactions says itself whether it holds their rows."""

from __future__ import annotations

from collections import Counter

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import MariaDBErrant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import vendor_programs
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_file import (
    Place,
    lacks_rows,
    save,
    why_no_rows,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_log import ErrantLog, Stretch

ERRANT = MariaDBErrant.parse("0-2-5", "")
LOG = ErrantLog(["0-2-5"], [], [Stretch("b.000001", 4, 200)], Counter({"INSERT INTO shop.t": 1}))
CLIENT = """\
#!/bin/sh
case "$*" in *--version) echo 'mariadb-binlog from 11.8.9-MariaDB, client 3.5 for debian-linux-gnu (x86_64)'; exit;; esac
echo '# at 4'
echo '### INSERT INTO `shop`.`t`'
echo '-- No row can be shown: so says a statement'
exit STATUS
"""


class Server:
    dialect = dialect_for(parse_version("11.8.9-MariaDB"))

    @staticmethod
    def rows(_query):
        return []


@pytest.fixture(name="place")
def _place(tmp_path, monkeypatch):
    """On a host that has programs nowhere but beside the server's."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(vendor_programs, "_USUAL_FOLDERS", ())
    return Place(str(tmp_path / "kept"), "db2", "db1:3306", "", "2026-01-01 00:00:00", str(tmp_path / "mariadbd"))


def install(tmp_path, status):
    client = tmp_path / "mariadb-binlog"
    client.write_text(CLIENT.replace("STATUS", str(status)))
    client.chmod(0o700)


def test_without_a_client(place):
    missing = "there is no mariadb-binlog or mysqlbinlog on this host"
    assert why_no_rows(Server.dialect.errant, place) == missing
    assert save(Server(), Login(), ERRANT, LOG, place).lacks_rows == missing
    assert lacks_rows(place, ERRANT) == missing


def test_what_no_log_has_needs_no_client(place):
    assert save(Server(), Login(), ERRANT, ErrantLog(unread="those up to 0-2-5"), place).lacks_rows == ""


@pytest.mark.parametrize(("status", "lacks"), [(0, ""), (1, "ended with status 1: it said nothing")])
def test_with_a_client(place, tmp_path, monkeypatch, status, lacks):
    install(tmp_path, status)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert why_no_rows(Server.dialect.errant, place) == ""
    saved = save(Server(), Login(), ERRANT, LOG, place)
    assert saved.lacks_rows.endswith(lacks)
    assert saved.lacks_rows == lacks_rows(place, ERRANT)
    assert saved.rows == ({} if lacks else {"INSERT INTO shop.t": 1})


def test_a_file_that_cannot_be_read(place):
    with pytest.raises(Refusal, match="cannot read"):
        lacks_rows(place, ERRANT)


CUT_SHORT = """\
#!/bin/sh
case "$*" in *--version) echo 'mariadb-binlog from 11.8.9-MariaDB, client 3.5 for debian-linux-gnu (x86_64)'; exit;; esac
echo '### INSERT INTO `shop`.`t`'
echo "###   @2=!! Don't know how to handle column type=255 meta=4 (0004)"
case "$*" in *AUTO*) echo "BINLOG 'QUJD'/*!*/;";; esac
"""


def test_rows_that_a_client_cuts_short_are_there_whole(place, tmp_path, monkeypatch):
    (tmp_path / "mariadb-binlog").write_text(CUT_SHORT)
    (tmp_path / "mariadb-binlog").chmod(0o700)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    saved = save(Server(), Login(), ERRANT, LOG, place)
    assert (saved.rows, saved.lacks_rows, saved.encoded) == ({"INSERT INTO shop.t": 1}, "", True)
    with open(place.path(ERRANT), encoding="utf-8") as file:
        text = file.read()
    assert text.count("### INSERT INTO `shop`.`t`") == 1
    assert "BINLOG 'QUJD'" in text
    assert "The BINLOG statements hold these rows whole" in text


def test_rows_that_a_client_shows_are_not_encoded(place, tmp_path, monkeypatch):
    install(tmp_path, 0)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert not save(Server(), Login(), ERRANT, LOG, place).encoded
