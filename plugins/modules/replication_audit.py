#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_audit
short_description: Name what is wrong with replication, the root cause first
description:
  - Judges snapshots of all servers together by the rules that C(docs/rules.md) lists, and ties symptoms to their roots. A server
    that alone looks healthy is judged beside its source, so a fault is found that would only show at the next reconnect or restart.
  - Runs on the controller alone and opens no connection. The snapshots come from M(dbops.mysql_replication.replication_info), or
    from files that an earlier audit has saved; the playbook C(dbops.mysql_replication.audit) does both.
  - Prints a summary, returns the findings, and writes reports if O(report_dir) is set.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
options:
  snapshots:
    description:
      - What to judge - a dictionary of host name and what M(dbops.mysql_replication.replication_info) returned there (a failed or
        unreachable result counts as a server that cannot be read, and C(left_out) with a reason as one that nobody tried to read),
        or paths of saved snapshots or of folders with them. One that is damaged is a finding, and the others are still judged; if
        none is sound the task fails.
      - Saved ones are judged as of the time at which the newest of them was read, and not into a folder that has a later report.
    type: raw
    required: true
  roles:
    description: What the inventory says of a host that could not be read, V(primary) or V(replica), by host name.
    type: dict
    default: {}
  source_addresses:
    description:
      - The sources that the inventory gives, C(host:port) by replica. A proxy or a translated address among them is meant, and not
        told.
    type: dict
    default: {}
  fail_on:
    description: Fail if there is a finding of this severity or a worse one. What is returned is the same then.
    type: str
    choices: [critical, high, medium, low, info, never]
    default: high
  report_dir:
    description:
      - Folder on the controller for C(report.json), C(report.html), C(junit.xml), C(metrics.prom), C(as_built.md) and the
        snapshots. It is made if it is not there. Files of the run before are replaced, and its findings compared with these.
      - Its folder C(history) has a small file of each run, with the findings; C(report.html) shows their trend.
    type: path
  keep:
    description:
      - How many runs the history keeps, V(0) for none. Older ones are removed; what the audit did not write there is left alone.
    type: int
    default: 100
  watch:
    description:
      - System variables to watch beside those that C(site) sets or a rule judges, which are listed in C(docs/rules.md). What was
        changed of them, of accounts, channels and option files since the audit before in O(report_dir), and not by this collection,
        is told, and recorded by the callback P(dbops.mysql_replication.change_log#callback). Nothing is enforced by this.
    type: list
    elements: str
    default: []
  change_logs:
    description:
      - Change logs to tell this collection's own changes by; without any, the one that the callback's configuration names.
    type: list
    elements: path
    default: []
  ignore:
    description:
      - Findings to leave out. Each entry has C(rule) and may have C(host), both names or patterns, needs a C(reason), and holds
        through the day C(until) (YYYY-MM-DD), if it has one.
      - One that is left out stays the root of what it causes; a symptom is still told, with that cause and no graver than it.
    type: list
    elements: dict
    default: []
  severities:
    description: Other severities than the rules' own, by rule.
    type: dict
    default: {}
  rules:
    description:
      - Rules of your own, beside the collection's. A dictionary is a rule about one system variable - C(id), C(title), C(variable),
        C(reason), and one of C(allowed), C(forbidden) (a value or a list; of a set such as C(sql_mode) also a member),
        C(at_least), C(at_most) (a number, or one such as V(128M)); C(severity) is V(medium) if it is left out, C(servers) is
        V(all), V(sources), V(replicas) or V(primaries).
      - A text is the path of a Python file on the controller that declares C(RULES) as the collection's own files do
        (C(plugins/plugin_utils/_checks)). It is run with the rights of whoever runs the playbook.
    type: list
    elements: raw
    default: []
attributes:
  check_mode:
    support: full
    description: Judges and prints, and writes no report.
  diff_mode:
    support: N/A
    description: Changes nothing but its reports.
extends_documentation_fragment:
  - dbops.mysql_replication.attributes.controller
"""

EXAMPLES = r"""
- name: Judge what was saved yesterday
  dbops.mysql_replication.replication_audit:
    snapshots: [/var/lib/replication-audit/snapshots]
    fail_on: never
    ignore:
      - rule: replica.delay
        host: db9
        reason: An hour behind on purpose, against accidents
        until: 2027-06-30
    rules:
      - id: own.packet
        title: Packets are smaller than our largest rows
        variable: max_allowed_packet
        at_least: 67108864
        severity: high
        reason: Rows of up to 60 MB are written here
  register: audit

- name: The root causes
  ansible.builtin.debug:
    msg: "{{ audit.findings | rejectattr('caused_by') | map(attribute='title') }}"

- name: Judge, and do something about what is grave
  block:
    - name: Fail from high on
      dbops.mysql_replication.replication_audit:
        snapshots: [/var/lib/replication-audit/snapshots]
      register: audit
  rescue:
    - name: Hand the worst on
      ansible.builtin.debug:
        msg: "{{ audit.findings[0].title if audit.findings is defined else audit.msg }}"
"""

RETURN = r"""
findings:
  description: What is wrong, each root before what it causes, the worst first.
  returned: when snapshots were judged, also if the task fails by severity
  type: list
  elements: dict
  sample:
    - rule: account.exists
      severity: critical
      host: db1
      title: No account for the replica
      evidence: "db2 replicates as 'repl' from db1:3306 (still connected); on db1 there is no account 'repl' at all"
      cause: the account for db2 was dropped, or made for another host
      remedy: create 'repl' on db1 for a host that covers 198.51.100.7, with REPLICATION SLAVE (playbook site does it)
      peers: [db2]
      caused_by: ''
      key: account.exists@db1/repl
counts:
  description: Findings by severity.
  returned: when snapshots were judged, also if the task fails by severity
  type: dict
  sample: {critical: 1, high: 0, medium: 0, low: 2, info: 4}
outside:
  description: What was changed since the audit before in O(report_dir), and not by this collection.
  returned: when snapshots were judged, also if the task fails by severity
  type: list
  elements: dict
  sample:
    - host: db1
      object: system variable sync_binlog
      before: '1'
      after: '0'
      by: root@localhost
      at: '2026-11-26 06:31:05'
reports:
  description: Files that were written.
  returned: when snapshots were judged, also if the task fails by severity
  type: list
  elements: str
"""
