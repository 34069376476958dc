#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_heal
short_description: Decide which findings may be mended without a person
description:
  - Takes an audit's findings and sorts its roots - what is marked safe to mend, and allowed for its host, is to be mended now by
    the parts of C(site) in RV(parts); the rest is left to people. C(docs/rules.md) says which rules are marked safe.
  - A part enforces all that it is about on that host, so an account that is unlocked gets the inventory's password too.
  - Remembers each attempt in O(state_file) before it is made. A cause that comes back is left alone for 5, then 15, then 45
    minutes, and from the fifth time within a day it is left to people, so that two who undo each other's work do not go on for
    ever.
  - Runs on the controller alone and changes no server. The playbook C(dbops.mysql_replication.heal) audits, asks it, and mends.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
options:
  findings:
    description: The findings of M(dbops.mysql_replication.replication_audit).
    type: list
    elements: dict
    required: true
  allow:
    description: What may be mended, as a list of rule ids or patterns, by host. Hosts that are not named are left alone.
    type: dict
    required: true
  state_file:
    description: File on the controller that remembers the attempts; it is made if it is not there.
    type: path
    required: true
attributes:
  check_mode:
    support: full
    description: Decides, and remembers nothing.
  diff_mode:
    support: N/A
    description: It changes no server.
extends_documentation_fragment:
  - dbops.mysql_replication.attributes.controller
"""

EXAMPLES = r"""
- name: What may be mended now
  dbops.mysql_replication.replication_heal:
    findings: "{{ mysql_replication_audit.findings }}"
    allow:
      db1.example.com: ['account.*']
    state_file: /var/lib/replication/heal.json
  register: decision
"""

RETURN = r"""
parts:
  description:
    - The parts of C(site) that mend it, by host, for C(mysql_replication_enforce). Replicas whose threads a cause has stopped have
      their channels started.
  returned: success
  type: dict
  sample: {db1.example.com: [account], db2.example.com: [channel]}
causes:
  description: What is mended, and the part of C(site) that does.
  returned: success
  type: list
  elements: dict
  sample: [{rule: account.replication_privilege, host: db1.example.com, part: account}]
left:
  description:
    - The other roots, and why they are left to people. What is RV(ignore:safe) is marked so and was not mended this time; the
      callback P(dbops.mysql_replication.change_log#callback) records it.
  returned: success
  type: list
  elements: dict
  sample: [{rule: gtid.errant, host: db2.example.com, reason: it is not marked safe to mend without a person, safe: false}]
told:
  description: The same for people, without what is not marked safe.
  returned: success
  type: list
  elements: str
  sample: ["db1.example.com: account.replication_privilege is mended now, by the part account of site there"]
"""
