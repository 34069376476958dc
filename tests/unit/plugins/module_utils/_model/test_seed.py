# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one module returns of a source another takes, through YAML or JSON."""

from __future__ import annotations

import json

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import LoginPlugin, SourceData, source_data


def test_what_a_source_holds_comes_through_as_it_is():
    grants = parse_grants(["GRANT SELECT, PROCESS ON *.* TO `ops`@`%` WITH GRANT OPTION", "GRANT `r`@`%` TO `ops`@`%`"], {})
    logins = (LoginPlugin("auth_socket", "root@localhost", "auth_socket.so"),)
    for held in (
        SourceData(1000, {"a": "1"}, AccountName("ops", "%"), grants, ("t.f",), ("t.v",), logins, 5),
        SourceData(0),
    ):
        assert source_data(json.loads(json.dumps(held.plain()))) == held
