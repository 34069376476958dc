# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules, in the order in which they are documented and judged."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks import (
    accounts,
    binlog,
    consistency,
    drift,
    durability,
    gtid,
    health,
    identity,
    monitoring,
    network,
    replica,
    schema,
    tls,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import Rule

#: What a group is about, and its rules.
Group = tuple[str, tuple[Rule, ...]]

#: By the files of the rules.
GROUPS: tuple[Group, ...] = tuple(
    ((module.__doc__ or "").strip(), tuple(module.RULES.all))
    for module in (
        identity,
        accounts,
        network,
        tls,
        replica,
        gtid,
        binlog,
        durability,
        drift,
        health,
        consistency,
        schema,
        monitoring,
    )
)
RULES: tuple[Rule, ...] = tuple(rule for _about, rules in GROUPS for rule in rules)
BY_ID = {rule.id: rule for rule in RULES}


def with_own(rules: Iterable[Rule]) -> tuple[Group, ...]:
    """The groups, and the user's own rules as the last one."""
    own = tuple(rules)
    return (*GROUPS, ("Own rules: what else this site asks for.", own)) if own else GROUPS
