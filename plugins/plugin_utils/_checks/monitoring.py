# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether somebody would notice, and find out why."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Rules, is_any, number
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules()
RULES.variable(
    "mon.perf_schema",
    LOW,
    "The performance schema is off",
    name="performance_schema",
    bad=is_any("OFF", "0"),
    on=Topology.replicas,
    reason="Which worker failed, and on which hosts connections broke, cannot be seen. It is MariaDB's own default.",
    remedy="Set performance_schema = ON in the option file and restart; it costs some memory.",
    manual="Performance Schema Startup Configuration",
)
RULES.variable(
    "mon.error_log_verbosity",
    MEDIUM,
    "The error log leaves out warnings",
    name="log_error_verbosity",
    bad=lambda value, _server: (number(value) or 0) < 2,
    on=Topology.all,
    reason="That a replica is refused, or reconnects again and again, is then in no log.",
    remedy="SET GLOBAL log_error_verbosity = 2, and in the option file.",
    manual="log_error_verbosity",
)
RULES.variable(
    "mon.log_warnings",
    MEDIUM,
    "The error log leaves out refused logins",
    name="log_warnings",
    bad=lambda value, _server: (number(value) or 0) < 2,
    on=Topology.all,
    reason="That a replica is refused is then in no log.",
    remedy="SET GLOBAL log_warnings = 2, and in the option file.",
    manual="MariaDB documentation, log_warnings",
)
