#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_plan
short_description: Whether a server's replication is as it shall be
description:
  - Compares a primary's settings and replication account, or a replica's settings and channel, with what they shall be, over one
    connection. Finds what M(dbops.mysql_replication.server_config), M(dbops.mysql_replication.replication_user) and
    M(dbops.mysql_replication.replica) would find.
  - Never writes, and takes no lock.
  - The playbook C(dbops.mysql_replication.site) asks it first on all servers at once, and is at its end where all are in order.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
options:
  role:
    description: What the server shall be. An account is looked at on a primary, a channel on a replica.
    type: str
    choices: [primary, replica]
    required: true
  user:
    description: Name of the replication account.
    type: str
    required: true
  user_host:
    description: Host part of the account. Without it V(%).
    type: str
  password:
    description: Password of O(user).
    type: str
    required: true
  tls:
    description: As O(dbops.mysql_replication.replication_user#module:tls) and O(dbops.mysql_replication.replica#module:source_tls).
    type: str
    choices: [auto, required, 'off']
  tls_ca:
    description: As O(dbops.mysql_replication.replica#module:source_tls_ca).
    type: path
  replicas:
    description: As O(dbops.mysql_replication.replication_user#module:replicas). Only for O(role=primary).
    type: list
    elements: str
  source_host:
    description: Address of the source as this replica reaches it. Required for O(role=replica).
    type: str
  source_port:
    description: Port of the source.
    type: int
  gtid:
    description: As O(dbops.mysql_replication.replica#module:auto_position).
    type: bool
  channel:
    description: As O(dbops.mysql_replication.replica#module:channel).
    type: str
  connect_retry:
    description: As O(dbops.mysql_replication.replica#module:connect_retry).
    type: int
  delay:
    description: As O(dbops.mysql_replication.replica#module:delay).
    type: int
  settings:
    description: As O(dbops.mysql_replication.server_config#module:settings).
    type: dict
  server_id:
    description: As O(dbops.mysql_replication.server_config#module:server_id).
    type: int
  persist:
    description: As O(dbops.mysql_replication.server_config#module:persist).
    type: str
    choices: [option_file, server, both, none]
  option_file:
    description: As O(dbops.mysql_replication.server_config#module:option_file).
    type: path
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
  - dbops.mysql_replication.attributes.info
"""

EXAMPLES = r"""
- name: Whether the replica is as it shall be
  dbops.mysql_replication.replication_plan:
    role: replica
    source_host: db1.example.com
    user: repl
    password: "{{ vault_replication_password }}"
  register: plan

- name: What is not
  ansible.builtin.debug:
    msg: "{{ plan.differences }}"
"""

RETURN = r"""
in_order:
  description: Whether nothing is to do, and nothing waits for a restart.
  returned: success
  type: bool
  sample: false
differences:
  description:
    - What is not as it shall be, or why that cannot be told yet, in words; secrets are masked. The settings come first; while they
      differ, account and channel are not looked at.
  returned: success
  type: list
  elements: str
  sample: ["system variable sync_binlog: 0 → 1 (a crash of the host could lose transactions that replicas have)"]
history_complete:
  description: As RV(dbops.mysql_replication.server_config#module:history_complete).
  returned: for O(role=primary), unless its settings cannot be told
  type: bool
  sample: true
history_begun_anew:
  description: As RV(dbops.mysql_replication.server_config#module:history_begun_anew).
  returned: for O(role=primary), unless its settings cannot be told
  type: str
  sample: ''
history_log_started:
  description: As RV(dbops.mysql_replication.server_config#module:history_log_started).
  returned: for O(role=primary), unless its settings cannot be told
  type: int
  sample: 1764172800
standing:
  description:
    - What tells a primary from a replica, whatever the inventory calls the server; for the filter
      P(dbops.mysql_replication.roles_in_doubt#filter), which puts those of all servers together.
  returned: success
  type: dict
  contains:
    product: {description: Product and version., type: str, sample: MySQL 9.7.4}
    server_id: {description: Its number., type: int, sample: 1}
    server_uuid: {description: Its C(server_uuid); empty on MariaDB., type: str, sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562}
    hostname: {description: Its own name of its host., type: str, sample: db1}
    port: {description: Its port., type: int, sample: 3306}
    takes_writes: {description: Whether C(read_only) is off., type: bool, sample: true}
    has_tables: {description: Whether there are tables that are not the server's own., type: bool, sample: true}
    gtid: {description: The GTID variables that tell how far it came., type: dict, sample: {gtid_executed: ''}}
    channels:
      description: Its channels; where each leads to, whom it spoke to last, and whether none of its threads runs.
      type: list
      elements: dict
      sample: [{source_host: db1.example.com, source_port: 3306, server_uuid: '', server_id: 1, rests: false}]
server_uuid:
  description: The server's C(server_uuid); empty on MariaDB.
  returned: when RV(in_order)
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562
version:
  description: Product and version of the server.
  returned: when RV(in_order)
  type: str
  sample: MySQL 9.7.4
account:
  description: As RV(dbops.mysql_replication.replication_user#module:account).
  returned: when RV(in_order), for O(role=primary)
  type: dict
  sample: {name: repl@%, plugin: caching_sha2_password, tls: required, privileges: [REPLICATION SLAVE]}
channels:
  description: As RV(dbops.mysql_replication.replica#module:channels).
  returned: when RV(in_order), for O(role=replica)
  type: list
  elements: dict
  sample: [{name: '', source: 'db1.example.com:3306', receiver: 'on', applier: 'on', lag: 0}]
gtid_position:
  description: How far the replica came, in the server's own GTID form.
  returned: when RV(in_order), for O(role=replica)
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replication_plan import OPTIONS, compare


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN_OPTIONS, **OPTIONS),
        required_if=[("role", "replica", ("source_host",))],
        supports_check_mode=True,
    )

    def observe(session, login):
        comparison = compare(session, login, module.params)
        # What differs is enforced next, by a module that warns of the same.
        for doubt in comparison.doubts if comparison.values["in_order"] else ():
            module.warn(doubt)
        return comparison.values

    inspect(module, observe)


if __name__ == "__main__":
    main()
