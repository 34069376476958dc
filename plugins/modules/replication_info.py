#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_info
short_description: The snapshot of one server's replication
description:
  - Reads everything that decides about replication on one server, over one connection and in a number of queries that does not
    grow with the number of databases or accounts. Never writes, and takes no lock.
  - For each channel it also tries a login to the source as the channel would, with the stored password where that can be read; so
    an account that would refuse the replica at its next reconnect is seen while the channel still looks healthy.
  - Holds no password and no hash. What the login may not read is named in RV(snapshot) under C(unreadable), with the reason.
  - The playbook C(dbops.mysql_replication.audit) judges snapshots of all servers together.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
options:
  name:
    description: Name under which the snapshot is judged, as the inventory's. Without it the server's own hostname.
    type: str
    default: ''
  role:
    description: What the inventory says the server is. An audit compares it with what it really is.
    type: str
    choices: ['', primary, replica]
    default: ''
  trial:
    description: Whether to try each channel's login to its source.
    type: bool
    default: true
notes:
  - A login that may see everything needs, on MySQL, C(SELECT ON *.*), C(REPLICATION CLIENT), C(REPLICATION SLAVE), C(EVENT ON *.*)
    and C(PROCESS); on MariaDB C(SELECT ON *.*), C(BINLOG MONITOR), C(SLAVE MONITOR), C(REPLICATION MASTER ADMIN), C(EVENT ON *.*)
    and C(PROCESS). Option files,
    disks, the error log and, on MariaDB, the stored password are read on the server's own host as root.
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
  - dbops.mysql_replication.attributes.info
"""

EXAMPLES = r"""
- name: What this server is
  dbops.mysql_replication.replication_info:
  register: replication

- name: Fail if a channel could not log in anew
  ansible.builtin.assert:
    that: replication.snapshot.channels | default([]) | selectattr('trial.errno', 'defined') | length == 0
"""

RETURN = r"""
snapshot:
  description:
    - The server as it was. Values that equal a field's default are left out.
    - C(format) changes when a reader of older snapshots could not understand newer ones.
  returned: success
  type: dict
  sample:
    format: 1
    name: db2
    product: MySQL 9.7.4
    server_id: 3323185676
    channels:
      - name: ''
        source_host: db1.example.com
        source_port: 3306
        receiver: {state: 'on'}
        applier: {state: 'on'}
    unreadable: {}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import to_plain
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_snapshot import Wish, take_snapshot


def main():
    module = AnsibleModule(
        argument_spec=dict(
            LOGIN_OPTIONS,
            name=dict(type="str", default=""),
            role=dict(type="str", choices=["", "primary", "replica"], default=""),
            trial=dict(type="bool", default=True),
        ),
        supports_check_mode=True,
    )
    wish = Wish(name=module.params["name"], role=module.params["role"], trial=module.params["trial"])
    inspect(module, lambda session, login: {"snapshot": to_plain(take_snapshot(session, login, wish))})


if __name__ == "__main__":
    main()
