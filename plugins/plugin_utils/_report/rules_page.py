# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation page of all rules, made from the rules themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import PRIMARY, REPLICA, requirements
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import GROUPS, RULES
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.drift import WATCHED
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.healing import SAFE
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import JUDGED
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Rule

_HEAD = f"""\
# Rules of `audit`

Made from the rules themselves: `python tests/tools/rules_page.py` writes this page, and a unit test holds it to them.

{len(RULES)} rules judge snapshots of all servers together. Findings that are only symptoms name their root in `caused_by`.
A rule is left out with `mysql_replication_audit_ignore` (rule, host, reason, until), and takes another severity with
`mysql_replication_audit_severities`. A finding that is left out stays the root of what it causes: a symptom is still told, with
the cause and the remedy of that root, and no graver than it. Leave the symptom out too if it shall not be told.
"""

_WATCHED = """\
## System variables whose changes by others are told

At run time, and as persisted values: these, all of semi-synchronous replication (`rpl_semi_sync_…`), and what
`mysql_replication_settings` and `mysql_replication_audit_watch` name. Of no other variable a change is told, only that an option
file was changed.
"""

_LEFT_OUT = """\
## What no rule looks at, and why

- Schemas compared by columns, data compared by rows: a snapshot would grow with the schema, and data needs a comparison of its own.
- Definers that do not exist, triggers on tables without transactions: both need every routine's and trigger's body read; they break
  calls, not replication.
- Grants compared between servers, beyond the replication account: accounts replicate.
- The password compared with the inventory's: the audit gets no password; a trial login with the stored one shows whether it is the
  account's.
- Who may read the stored password: on MySQL whoever has SELECT on mysql.*, which is an administrator; MariaDB writes its file for
  itself alone.
- Lag by a heartbeat table, and whether that is fresh: nothing here writes one.
- Growth between two samples (backlog, retries, flapping): an audit looks once; `metrics.prom` gives Prometheus what it needs.
- Long transactions: a look at one moment says little; `health.stuck_transaction` sees those that hold an applier up.
- Senders that a replica left behind on its source: they go by themselves.
- Metric names and alert rules of a monitoring system: they are not on the servers.
- Age of backups, of drills and of switchovers: nothing on the servers tells.
- Whether the login may administer the server: the modules that change something prove that themselves before they begin.
- Plugins compared between servers: engines are; other plugins matter to replication only where an account uses one.
- Binary logs reaching back twice the worst lag: the worst lag is not known from one look.

Some checks are part of a wider rule: formats that differ are in `topo.promotion_equal`, generated keys and time zones in
`topo.variables_equal`, values that wait for a restart in `drift.runtime_vs_file`, who changed a value at run time in the
evidence of every rule about a variable, errors of receivers and workers in `health.receiver` and `health.applier`, and what the
audit's login may not see in `health.sections_readable`.
"""


def render() -> str:
    """Markdown."""
    rules = (line for about, rules in GROUPS for line in _group(about, rules))
    return "\n".join([_HEAD, *rules, _WATCHED, f"{_watched()}\n", _LEFT_OUT])


def _watched() -> str:
    enforced = (one.name for role in (PRIMARY, REPLICA) for one in requirements(role, 0, ""))
    names = (f"`{name}`" for name in sorted(WATCHED.union(JUDGED, enforced)))
    return textwrap.fill(f"{', '.join(names)}.", 130)


def _group(about: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    title, _colon, rest = about.partition(":")
    yield f"## {title}\n"
    yield f"{rest.strip().capitalize()}\n"
    for rule in rules:
        yield f"### `{rule.id}`\n"
        yield f"**{rule.title}** ({rule.severity})\n"
        yield f"{rule.reason}\n"
        yield f"- Remedy: {rule.remedy}"
        if rule.id in SAFE:
            yield f"- Safe: where `mysql_replication_heal` allows it, heal mends it (part {SAFE[rule.id]} of site)"
        yield f"- Manual: {rule.manual}\n"
