#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: heartbeat_table
short_description: Keep the table that heartbeats are written to
description:
  - The database and the table exist, with the columns of Percona's C(pt-heartbeat), so that exporters and tools know them.
    Run it on the primary; both replicate.
  - Each server that is a primary writes the time into its own row once a second; how old that row is on a replica is the true lag.
    The role C(dbops.mysql_replication.monitoring) brings the writer.
  - A table of that name which is something else is refused, and nothing is dropped or altered.
version_added: 0.3.0
author:
  - dbops contributors (@dbops)
options:
  database:
    description: The database; it holds nothing else if it is made here.
    type: str
    default: heartbeat
  table:
    description: The table.
    type: str
    default: heartbeat
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The table for heartbeats
  dbops.mysql_replication.heartbeat_table:
    database: heartbeat
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  sample:
    - why: no such database
      target: database heartbeat
      before: null
      after: there
      statement: CREATE DATABASE IF NOT EXISTS `heartbeat`
table:
  description: The table, as database and name.
  returned: success
  type: str
  sample: heartbeat.heartbeat
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.heartbeat import TableName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.heartbeat_table import HeartbeatWork


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN_OPTIONS,
            database=dict(type="str", default="heartbeat"),
            table=dict(type="str", default="heartbeat"),
        ),
        supports_check_mode=True,
    )
    enforce(module, HeartbeatWork(TableName(module.params["database"], module.params["table"])))


if __name__ == "__main__":
    main()
