# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Monitoring: that somebody would notice, and find out why."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import VARIABLES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Found, Rules, is_any, number, setting
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

_VERBOSITY = "log_error_verbosity"
_WARNINGS, _NOTES = 2, 3
_NULL_DEVICE = "/dev/null"
_SUPPRESSED = "log_error_suppression_list"
#: Access denied (without and with a password, account locked) and Aborted connection, as numbers and as symbols.
_TELLING = frozenset(
    {
        *("10925", "ER_ACCESS_DENIED_ERROR_WITHOUT_PASSWORD", "10926", "ER_ACCESS_DENIED_ERROR_WITH_PASSWORD"),
        *("10927", "ER_ACCESS_DENIED_FOR_USER_ACCOUNT_LOCKED", "10914", "ER_ABORTING_USER_CONNECTION"),
    }
)

RULES = Rules(VARIABLES)
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


@RULES.rule(
    "mon.error_log_verbosity",
    LOW,
    "The error log leaves out refused logins and aborted connections",
    reason="They are notes, and written from 3 on: that a replica is refused, or cut off, is else in no log of its source. Below 2"
    " warnings are left out too, among them those of a replica that reconnects again and again.",
    remedy="Run the playbook site: it sets log_error_verbosity = 3, now and in the option file.",
    manual="log_error_verbosity; which messages are notes was observed on MySQL 9.7",
)
def error_log_verbosity(topology: Topology) -> Iterator[Found]:
    """Errors alone are worse than errors and warnings."""
    for server in topology.all():
        level = number(server.value(_VERBOSITY))
        if level is not None and level < _NOTES:
            severity = MEDIUM if level < _WARNINGS else ""
            yield Found(server.name, setting(server, _VERBOSITY), severity=severity, variable=_VERBOSITY)


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


@RULES.rule(
    "mon.error_log_place",
    MEDIUM,
    "The error log is written nowhere",
    reason="Why replication broke is then known to nobody: not who was refused, nor why a thread stopped.",
    remedy="Set log_error to a file that the server may write, in the option file, and restart; on MySQL, if log_error_services is"
    " empty, SET GLOBAL log_error_services = DEFAULT, and take it out of where it is set for the next start.",
    manual="Default Error Log Destination Configuration; Error Log Configuration",
)
def error_log_place(topology: Topology) -> Iterator[Found]:
    """A server without any service that writes accepts it in silence; one that has a place may still be its null device."""
    for server in topology.all():
        if server.value("log_error_services") == "":
            yield Found(server.name, setting(server, "log_error_services"), variable="log_error_services")
        elif server.value("log_error") == _NULL_DEVICE:
            yield Found(server.name, setting(server, "log_error"), variable="log_error")


@RULES.rule(
    "mon.error_log_suppressed",
    MEDIUM,
    "The error log is told to leave out what explains a broken channel",
    reason="Refused logins and aborted connections are filtered away, whatever log_error_verbosity says. It is no default: somebody"
    " chose it, and a replica that is refused is then in no log.",
    remedy="Take them out of log_error_suppression_list, at run time and where it is set for the next start.",
    manual="log_error_suppression_list; perror",
)
def error_log_suppressed(topology: Topology) -> Iterator[Found]:
    """The list is kept as it was typed: codes with or without prefix and zeros, or symbols."""
    for server in topology.all():
        names = (server.value(_SUPPRESSED) or "").split(",")
        if any(name.strip().upper().removeprefix("MY-").lstrip("0") in _TELLING for name in names):
            yield Found(server.name, setting(server, _SUPPRESSED), variable=_SUPPRESSED)
