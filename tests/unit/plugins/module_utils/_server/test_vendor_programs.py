# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a vendor's program said last is told to people, and a secret that it quotes is not."""

from __future__ import annotations

import io
import re

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.dump import _QUOTED, _WARNING
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import last_words

SECRET = "S3cret-of-an-app"


def shown(text):
    return last_words(io.BytesIO(text.encode()), _WARNING, _QUOTED)


@pytest.mark.parametrize(
    "said",
    [
        f"ERROR 1396 (HY000) at line 9: Operation failed in 'CREATE USER a IDENTIFIED BY '{SECRET}''\n",
        f"mysqldump: Couldn't execute 'SET PASSWORD FOR a = PASSWORD(\n'{SECRET}')': no (1064)\n",
        f"ERROR 1064 (42000) at line 9: You have an error near '{SECRET}' at line 1\n",
        f"ERROR 1 at line 9: CREATE USER a IDENTIFIED WITH x AS '{SECRET}' {'and so on ' * 90}\n",
    ],
)
def test_a_secret_that_a_server_quotes_is_not_told(said):
    assert SECRET not in shown(said)
    assert SECRET[2:] not in shown(said)


def test_what_holds_no_secret_is_told_without_warnings():
    warning = "mysqldump: [Warning] Using a password on the command line interface can be insecure."
    assert shown(f"{warning}\nERROR 1045 (28000): Access denied (using password: YES)\n") == (
        "ERROR 1045 (28000): Access denied (using password: YES)"
    )
    assert last_words(io.BytesIO(b"x" * 900), re.compile("(?!)"), re.compile("()(?!)")) == "x" * 600
