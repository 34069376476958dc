#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: seed_account
short_description: Keep the accounts that copies of the data need, only as long as they run
description:
  - Makes an account C(dbops_seed) on a source for each replica that needs a copy, with the least privileges for it, that works from
    that host alone. All other accounts of this name are dropped, as those of a run that was broken off.
  - Where the clone plugin, which was installed for a copy, is still in use when no copy shall run any more, the sessions of such
    accounts are ended, as that of a replica whose server was killed.
  - Nothing of it is written to the binary log, so no replica gets them.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  hosts:
    description: The replicas that need a copy, as this server sees them. With none, all such accounts are dropped.
    type: list
    elements: str
    default: []
  password:
    description: The accounts' password. Required with O(hosts).
    type: str
  tls:
    description: V(auto) demands TLS if this server offers it; V(required) always; V('off') never.
    type: str
    choices: [auto, required, 'off']
    default: auto
  method:
    description:
      - How the data will be copied, which decides about the privileges. V(auto) allows all that this server offers.
      - With V(backup), which needs C(mariadb-backup) and C(openssl) on this host, a process serves backups to replicas that
        know the password, over TLS with a certificate of its own; it ends when the accounts are gone.
      - V(clone) needs MySQL's clone plugin. It is installed where it is missing, and uninstalled together with the account.
    type: str
    choices: [auto, backup, clone, dump]
    default: auto
  stream_port:
    description: Where that process listens, on all addresses of this host.
    type: int
    default: 4444
  made:
    description: For check mode, says that the run would have made the accounts of these hosts before.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: No account of a copy is left
  dbops.mysql_replication.seed_account:
    hosts: []
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode; secrets are masked.
  returned: always
  type: list
  elements: dict
  sample:
    - why: no copy needs it
      target: account dbops_seed@10.0.0.5
      before: there
      after: null
      statement: DROP USER IF EXISTS 'dbops_seed'@'10.0.0.5'
offers:
  description: What this server offers to a copy, for the option O(dbops.mysql_replication.replica_seed#module:source_offers).
  returned: success
  type: dict
  sample: {version: 9.7.4, clone: true}
seed_user:
  description: The name of the accounts.
  returned: success
  type: str
  sample: dbops_seed
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_account import DesiredSeedAccounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce, login_from
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.seed_account import OPTIONS, SeedAccountWork


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN_OPTIONS, **OPTIONS),
        supports_check_mode=True,
    )
    hosts = tuple(module.params["hosts"])
    if hosts and not module.params["password"]:
        module.fail_json(msg="password is required with hosts")
    made = tuple(module.params["made"]) if module.check_mode else ()
    password = Secret(module.params["password"] or "")
    desired = DesiredSeedAccounts(hosts, password, module.params["tls"], module.params["method"], made)
    enforce(module, SeedAccountWork(desired, login_from(module.params), module.params["stream_port"]))


if __name__ == "__main__":
    main()
