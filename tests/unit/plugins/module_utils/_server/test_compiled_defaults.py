# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of defaults in a server's help: as MySQL 9.7 and MariaDB 10.11 print it, cut short."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.compiled_defaults import parse_help

HELP = """\
  --sync-binlog=#     Synchronously flush binary log to disk after every #th
                      write to the file.

Variables (--variable-name=value)
and boolean options {FALSE|TRUE}                             Value (after reading options)
------------------------------------------------------------ -------------
binlog-format                                                ROW
ft-boolean-syntax                                            + -><()~*:""&|
init-replica                                                 (No default value)
old-name                                                     4
sync-binlog                                                  1

To see what values a running MySQL server is using, type
'mysqladmin variables' instead of 'mysqld --verbose --help'.
sync-binlog                                                  9
"""


def test_defaults_by_own_name():
    assert parse_help(HELP, {"old_name": "new_name"}) == {
        "binlog_format": "ROW",
        "ft_boolean_syntax": '+ -><()~*:""&|',
        "init_replica": "",
        "new_name": "4",
        "sync_binlog": "1",
    }


@pytest.mark.parametrize("text", ["", "mysqld: error while loading shared libraries", "Variables (--variable-name=value)"])
def test_no_table_is_no_defaults(text):
    assert parse_help(text, {}) == {}
