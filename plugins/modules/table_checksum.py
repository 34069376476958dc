#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: table_checksum
short_description: Compare the rows of a primary and its replicas
description:
  - Proves that replicas hold the same rows as their primary, while all of them serve traffic. The playbook
    C(dbops.mysql_replication.verify_data) calls it; use that rather than the module alone.
  - On the primary it reads tables in chunks of their key, and tells each chunk's bounds and checksum in a database of its own,
    which replicates. On each replica it reads the same chunks as they arrive. Nothing else passes between the servers, no table is
    locked, and a replica's applier does no work for it.
  - A chunk that differs, be it because it was written to in between, is divided, down to few rows. Those are compared
    by a statement that primary and replica run at the same point of the binary log, so that only true differences are left.
  - One call takes about O(slice) seconds, and can be repeated until RV(done) is true on all servers. All that it remembers is in
    the database O(database) and in RV(memory), so a comparison that was broken off goes on from there.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  role:
    description: What the server is.
    type: str
    choices: [primary, replica]
    required: true
  state:
    description:
      - V(begun) makes the database for the notes, and chooses the tables. V(compared) compares for one call. V(absent) judges
        what was found, and takes the database away again.
      - A replica is only V(compared).
    type: str
    choices: [begun, compared, absent]
    default: compared
  database:
    description: The database for the notes. It is made on the primary, replicates, and is dropped at the end.
    type: str
    default: replication_checksum
  databases:
    description: Databases to compare. Without these and O(tables) all are compared, but the system's.
    type: list
    elements: str
    default: []
  tables:
    description: Tables to compare, as C(database.table).
    type: list
    elements: str
    default: []
  resume:
    description: Whether a comparison of the same tables that was broken off goes on. Otherwise it begins anew.
    type: bool
    default: true
  run:
    description: The token that V(begun) has returned.
    type: str
    default: ''
  round:
    description: Number of the call, from 1 on; the same on all servers.
    type: int
    default: 1
  slice:
    description: Seconds that one call takes on the primary, about.
    type: float
    default: 10
  chunk_time:
    description: Seconds that reading one chunk shall take; their rows follow from it.
    type: float
    default: 0.2
  max_lag:
    description: Seconds of lag above which a replica waits before it reads on.
    type: int
    default: 1
  max_load:
    description: Running threads above which the primary waits before it reads on.
    type: int
    default: 25
  keyless_rows:
    description:
      - A table without a primary key, or a unique one without NULL, is read at once if it has no more rows, and is left out
        otherwise.
    type: int
    default: 100000
  most_differences:
    description: Differences of a table on a replica after which no more of it are looked for.
    type: int
    default: 100
  repair_dir:
    description:
      - A directory of the host that the module runs on, for repair scripts; without it none are written. V(begun) sees that it is
        writable, V(absent) writes one file there for each replica that differs, readable for its owner alone.
      - A script holds the statements by which the replica gets the primary's rows. It is to be reviewed, and run by a person.
    type: path
  wait:
    description: Seconds without any news from the primary after which a replica fails.
    type: int
    default: 60
  replicas:
    description: What each replica remembers (RV(memory)), by host; for the primary.
    type: dict
    default: {}
  memory:
    description: What the last call on this replica returned as RV(memory), or V(begun) as RV(memories).
    type: dict
    default: {}
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: Compare all tables of two databases
  ansible.builtin.import_playbook: dbops.mysql_replication.verify_data
  vars:
    mysql_replication_verify_databases: [shop, billing]
"""

RETURN = r"""
run:
  description: A token of this comparison.
  returned: when begun or compared
  type: str
  sample: 5ab3f0e6a4c84b0a8b1b6c5ad3b50a3e
round:
  description: The number of the call.
  returned: when compared
  type: int
  sample: 1
resumed:
  description: Whether an older comparison goes on.
  returned: when begun
  type: bool
memories:
  description: What each replica remembers of the older comparison, by host.
  returned: when begun
  type: dict
  sample: {}
tables:
  description: The tables to compare.
  returned: when begun
  type: list
  elements: str
  sample: [shop.customer, shop.orders]
memory:
  description: What a replica remembers, for its next call.
  returned: when a replica was compared
  type: dict
  sample: {seen: 17}
progress:
  description:
    - How far the primary is, without the tables that are not compared; C(rows_estimate) counts the rows that were read, and of the
      others what the server estimates.
  returned: when a primary was compared
  type: dict
  sample: {tables: 4, tables_done: 1, rows: 310000, rows_estimate: 8800000, table: shop.orders}
waits:
  description: What it waited for last, empty if for nothing.
  returned: when compared
  type: str
  sample: it lags 12 s, and reads on at 1 s
done:
  description: Whether this server has nothing left to do.
  returned: when compared
  type: bool
differences:
  description: Rows, whole tables, or databases without tables, that are not the same on a replica.
  returned: when absent
  type: list
  elements: dict
  sample: [{replica: db2, table: shop.orders, kind: missing, key: id=7}]
skipped:
  description: Tables that were not compared, and why.
  returned: when absent
  type: list
  elements: dict
  sample: [{table: shop.log, reason: it was dropped meanwhile}]
told:
  description: For people, from where it goes on, or what differs.
  returned: when begun, of an older comparison that goes on; when absent
  type: list
  elements: str
  sample: ['db2: shop.orders: the row id=7 is missing']
scripts:
  description: The repair scripts that were written.
  returned: when absent
  type: list
  elements: str
  sample: [/root/repair-db2-20261127T020304Z.sql]
steps:
  description: What was done, or would be done in check mode.
  returned: when begun or absent
  type: list
  elements: dict
  sample:
    - why: notes of the comparison, until it ends
      target: database replication_checksum
      before: null
      after: there
      statement: CREATE DATABASE `replication_checksum` DEFAULT CHARACTER SET utf8mb4
"""

import uuid

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.comparison import Selection
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.comparison_lead import Pace
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.table_checksum import (
    BeginWork,
    EndWork,
    FollowCall,
    LeadCall,
)


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN_OPTIONS,
            role=dict(type="str", choices=["primary", "replica"], required=True),
            state=dict(type="str", choices=["begun", "compared", "absent"], default="compared"),
            database=dict(type="str", default="replication_checksum"),
            databases=dict(type="list", elements="str", default=[]),
            tables=dict(type="list", elements="str", default=[]),
            resume=dict(type="bool", default=True),
            run=dict(type="str", default=""),
            round=dict(type="int", default=1),
            slice=dict(type="float", default=10),
            chunk_time=dict(type="float", default=0.2),
            max_lag=dict(type="int", default=1),
            max_load=dict(type="int", default=25),
            keyless_rows=dict(type="int", default=100000, no_log=False),
            most_differences=dict(type="int", default=100),
            repair_dir=dict(type="path"),
            wait=dict(type="int", default=60),
            replicas=dict(type="dict", default={}),
            memory=dict(type="dict", default={}),
        ),
        supports_check_mode=True,
    )
    options = module.params
    database, run, most = options["database"], options["run"], options["most_differences"]
    repair_dir = options["repair_dir"] or ""
    if options["state"] == "begun":
        selection = Selection(tuple(options["databases"]), tuple(options["tables"]))
        enforce(module, BeginWork(database, selection, uuid.uuid4().hex, options["resume"], repair_dir))
    elif options["state"] == "absent":
        enforce(module, EndWork(database, run, options["replicas"], most, repair_dir))
    elif module.check_mode:
        module.exit_json(changed=False, done=True)
    elif options["role"] == "primary":
        pace = Pace(options["chunk_time"], options["slice"], options["max_load"], options["keyless_rows"], most)
        inspect(module, LeadCall(database, run, options["round"], pace, options["replicas"]).compare, read_timeout=None)
    else:
        patience = options["slice"] + options["connect_timeout"]
        call = FollowCall(database, run, options["round"], options["memory"], options["max_lag"], options["wait"], patience, most)
        inspect(module, call.compare, read_timeout=None)


if __name__ == "__main__":
    main()
