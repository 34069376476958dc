# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a client configuration file says that the server is, and what is said of one that cannot be read."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.client_file import refuse_unreadable, with_its_address
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login


@pytest.fixture
def cnf(tmp_path):
    def write(text):
        path = tmp_path / "client.cnf"
        path.write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "host", "port", "socket"),
    [
        ("[client]\nhost=db9\nport = 3310\nuser=ops\npassword=x\n", "db9", 3310, ""),
        ('[client]\nsocket="/run/other.sock"\n', "", 3306, "/run/other.sock"),
        ("[mysqldump]\nhost=db9\n", "", 3306, ""),
        ("[client]\nskip-ssl\nport=many\n", "", 3306, ""),
    ],
)
def test_its_address_counts_where_no_option_gives_one(cnf, text, host, port, socket):
    found = with_its_address(Login(config_file=cnf(text)))
    assert (found.host, found.port, found.unix_socket) == (host, port, socket)


def test_an_option_goes_before_the_file(cnf):
    login = Login(config_file=cnf("[client]\nhost=db9\nport=3310\n"), host="db1")
    assert with_its_address(login) == login


@pytest.mark.parametrize("text", ["[client\nhost=db9\n", "host=db9\n"])
def test_a_file_of_another_kind_is_refused(cnf, text):
    path = cnf(text)
    with pytest.raises(Refusal, match="cannot read config_file"):
        refuse_unreadable(path)
    assert with_its_address(Login(config_file=path)).host == ""


def test_only_the_usual_file_may_be_missing(tmp_path):
    refuse_unreadable("")
    refuse_unreadable("~/.my.cnf")
    with pytest.raises(Refusal, match="No such file"):
        refuse_unreadable(str(tmp_path / "none.cnf"))
