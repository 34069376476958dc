#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: empty_transactions
short_description: Take a replica's errant transactions over as empty ones
description:
  - Writes an empty transaction on a source for each of O(gtids) that it lacks, under the same GTID. So a failover to the replica
    that has them neither spreads them nor breaks replication.
  - It brings no row from one server to the other. What the transactions did stays on the replica alone, until somebody undoes it
    there or writes the same on the source. The playbook C(dbops.mysql_replication.verify_data) shows where rows differ.
  - MySQL only. MariaDB knows no empty transactions; there it is refused, with what can be done instead.
  - The playbook C(dbops.mysql_replication.errant_transactions) saves what they did first, and then calls it.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  gtids:
    description: The transactions, as a GTID set. Only those that some replica has as errant ones (O(errant)) are taken.
    type: str
    required: true
  errant:
    description: What was found on each replica (RV(dbops.mysql_replication.replica_losses#module:errant)).
    type: list
    elements: str
    required: true
  most:
    description: Refuse if more transactions would be written.
    type: int
    default: 10
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The primary has them too, as empty ones
  dbops.mysql_replication.empty_transactions:
    gtids: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-2
    errant: "{{ [losses.errant] }}"
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  sample:
    - why: it is errant no more once its source has it
      target: transaction 3e11fa47-71ca-11e1-9e33-c80aa9429562:1
      before: null
      after: empty
      statement: "SET SESSION gtid_next = '3e11fa47-71ca-11e1-9e33-c80aa9429562:1'; BEGIN; COMMIT"
failed_step:
  description: The step that failed, described as RV(steps) are; those are what was done before it.
  returned: when a step failed
  type: dict
gtid_position:
  description: The transactions that the source has.
  returned: success
  type: str
left:
  description: What is errant after that on each replica of O(errant), in the same order; empty where nothing is.
  returned: success
  type: list
  elements: str
  sample: ['3e11fa47-71ca-11e1-9e33-c80aa9429562:3', '']
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.empty_transactions import DesiredEmpty
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.empty_transactions import EmptyWork
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN_OPTIONS,
            gtids=dict(type="str", required=True),
            errant=dict(type="list", elements="str", required=True),
            most=dict(type="int", default=10),
        ),
        supports_check_mode=True,
    )
    options = module.params
    enforce(module, EmptyWork(DesiredEmpty(options["gtids"], options["errant"], options["most"])))


if __name__ == "__main__":
    main()
