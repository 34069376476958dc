#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: seed_source_info
short_description: What a server offers to a copy of its data
description:
  - Tells what decides about the method of a copy on its source, and what that holds, for
    M(dbops.mysql_replication.replica_seed_info). Never writes, and takes no lock.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  method:
    description: How the data will be copied, which decides about the privileges that a login is told to lack.
    type: str
    choices: [auto, backup, clone, dump]
    default: auto
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
  - dbops.mysql_replication.attributes.info
"""

EXAMPLES = r"""
- name: What the primary offers to copies
  dbops.mysql_replication.seed_source_info:
  register: primary
"""

RETURN = r"""
offers:
  description: What a copy can use here - version, plugins, programs, and the variables that both servers must agree on.
  returned: success
  type: dict
  sample: {version: 9.7.4, clone: true, plugins: [clone]}
holds:
  description:
    - Bytes of the data and of the redo log that comes along, what a copy must know of its columns, and the account of this run with
      its rights, which a replica's login of that name has after the copy.
  returned: success
  type: dict
  sample: {size: 16384, log: 104857600, rounded: [], versioned: []}
lacks:
  description: What this run's login lacks to serve a copy, and the GRANT that gives it; empty where it has all.
  returned: success
  type: str
  sample: ""
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.seed_account import OPTIONS, offers_and_data


def main():
    module = AnsibleModule(argument_spec=dict(LOGIN_OPTIONS, method=OPTIONS["method"]), supports_check_mode=True)
    inspect(module, lambda session, _login: offers_and_data(session, module.params["method"]))


if __name__ == "__main__":
    main()
