#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replica_seed_info
short_description: What forbids a copy of a source's data, before an account is made for it
description:
  - Fails with what M(dbops.mysql_replication.replica_seed) would refuse for, as far as it shows without a login to the source -
    data of the replica's own, replicas that follow it, no room, other versions or lower_case_table_names, a method that is not
    possible, privileges that this run's login lacks. For a replica that needs a copy. Never writes, and takes no lock.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  method:
    description: How the data will be copied, as for M(dbops.mysql_replication.replica_seed).
    type: str
    choices: [auto, backup, clone, dump]
    default: auto
  source_host:
    description: Host name or address of the source, as the replica reaches it.
    type: str
    required: true
  source_port:
    description: Its port.
    type: int
    default: 3306
  source_offers:
    description:
      - RV(dbops.mysql_replication.seed_source_info#module:offers) of the source. Where that could not be asked, leave this and
        O(source_holds) out - then only the rights of the login to the replica are judged, for the best method that was asked for.
    type: dict
  source_holds:
    description: RV(dbops.mysql_replication.seed_source_info#module:holds) of the source.
    type: dict
  stream_port:
    description: Port of the source's host for a backup.
    type: int
    default: 4444
  channel:
    description: The channel that the replica follows the source over.
    type: str
    default: ''
  settings_to_come:
    description:
      - Values of this server's variables that the run sets before it copies, where this is not done yet, as in check mode. They are
        RV(dbops.mysql_replication.server_config#module:settings_to_come).
    type: dict
    default: {}
  overwrite:
    description: What the replica holds may be dropped.
    type: bool
    default: false
  anew:
    description: What the replica holds is dropped although it could follow without a copy.
    type: bool
    default: false
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
  - dbops.mysql_replication.attributes.info
"""

EXAMPLES = r"""
- name: Nothing forbids a copy
  dbops.mysql_replication.replica_seed_info:
    source_host: db1.example.com
    source_offers: "{{ hostvars['db1.example.com'].primary.offers }}"
    source_holds: "{{ hostvars['db1.example.com'].primary.holds }}"
"""

RETURN = r"""
method:
  description: How data would be copied.
  returned: success
  type: str
  sample: clone
passed_over:
  description: For O(method=auto), why each better method is not possible.
  returned: success
  type: dict
  sample: {clone: "innodb_page_size is 16384 on db1.example.com:3306 and 8192 here"}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_seed import INFO_OPTIONS, foretold


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN_OPTIONS, **INFO_OPTIONS),
        required_together=[("source_offers", "source_holds")],
        supports_check_mode=True,
    )
    inspect(module, lambda session, login: foretold(session, module.params, login))


if __name__ == "__main__":
    main()
