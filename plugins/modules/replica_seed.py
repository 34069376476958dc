#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replica_seed
short_description: Give an empty replica its source's data
description:
  - Copies all of a source's data into an empty replica, from server to server, and sets the GTID position that the copy stands at.
    M(dbops.mysql_replication.replica) then follows from exactly there. Nothing is done where the replica can follow without a copy.
  - With V(clone) (MySQL 8.0.21 and later) the server takes its source's files over by itself, with MySQL's clone plugin, and
    restarts. The plugin is installed for it where it is missing. Under systemd the server is started again if it does not
    restart by itself.
  - With V(backup) (MariaDB) the source's C(mariadb-backup) streams into C(mbstream) here, over TLS. What arrives is prepared, and
    takes the place of the data while systemd restarts the server; if it does not start, the old files come back.
  - With V(dump) the vendor's own dump client runs on the replica's host, and streams into the vendor's own command-line clients
    there. One of them loads everything but rows; rows are spread over as many as there are cores that the module may use, 8 at
    most. The source goes on working. MariaDB locks nothing; MySQL waits for a read lock of a moment, 20 seconds at most, and the
    copy fails if it does not get it by then, since writers wait behind it.
  - Accounts, routines and events come along; events rest, as those do that replication brings. The replica's own accounts are
    replaced by the source's, so the login of this module must work there too.
  - Nothing of it is written to the replica's own binary log.
  - A copy that was broken off is known by a database C(dbops_seed) on the replica, or by an account of that name, which the data
    brought, or which is C(dbops_seed@begun.invalid), locked, that a clone replaces last. The next run begins the copy anew, or
    finishes it where all data is there.
  - A dump rounds columns of the type C(FLOAT) to six digits, and leaves out the history of tables with system versioning, as the
    vendors' clients do. V(auto) refuses that.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  method:
    description:
      - How the data is copied. V(auto) takes the best that both servers allow, and nothing that is not exact; RV(passed_over) says
        why not the better ones.
    type: str
    choices: [auto, backup, clone, dump]
    default: auto
  source_host:
    description: Address of the source as this replica reaches it.
    type: str
    required: true
  source_port:
    description: Port of the source.
    type: int
    default: 3306
  source_offers:
    description:
      - What the source offers, as M(dbops.mysql_replication.seed_account) returns it there. Without it only V(dump) is possible.
    type: dict
  stream_port:
    description: Port of the source's host that a backup comes from.
    type: int
    default: 4444
  source_user:
    description: Account on the source, as M(dbops.mysql_replication.seed_account) makes it.
    type: str
    required: true
  source_password:
    description: Password of O(source_user). The clients read it from memory, not from their command lines.
    type: str
    required: true
  source_tls:
    description: V(auto) takes TLS if the source offers it; V(required) refuses a source without it.
    type: str
    choices: [auto, required, 'off']
    default: auto
  source_tls_ca:
    description: File on the replica with the CA that signed the source's certificate. It is then verified.
    type: path
  channel:
    description: Name of the channel that will follow the source.
    type: str
    default: ''
  progress_file:
    description:
      - File on the replica's host that gets the lines of progress. The action of this module sets it, and shows what it holds.
    type: path
  settings_to_come:
    description:
      - Only for check mode - values of this server's variables that an earlier task of the run would have set by then, as
        M(dbops.mysql_replication.server_config) returns them. The copy is predicted as for a server that has them.
    type: dict
    default: {}
  overwrite:
    description:
      - What this server holds may be dropped where it cannot follow its source with it. Without it a server that holds data, or
        transactions that its source lacks, is refused.
    type: bool
    default: false
  anew:
    description:
      - Copy even where this server can follow its source without, because its rows differ for example. What it holds is dropped as
        with O(overwrite). A server that others replicate from, or that follows other sources too, is refused.
      - The playbook C(dbops.mysql_replication.rebuild_replica) sets it, after it has saved what would be lost.
    type: bool
    default: false
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The new replica gets the primary's data
  dbops.mysql_replication.replica_seed:
    source_host: db1.example.com
    source_user: dbops_seed
    source_password: "{{ seed_password }}"
    source_offers: "{{ hostvars['db1'].seed_account.offers }}"
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode.
  returned: always
  type: list
  elements: dict
  sample:
    - why: this replica lacks it
      target: data
      before: null
      after: as on db1.example.com:3306
      statement: CLONE INSTANCE FROM 'dbops_seed'@'db1.example.com':3306 IDENTIFIED BY '********' REQUIRE SSL
failed_step:
  description: The step that failed, described as RV(steps) are; those are what was done before it.
  returned: when a step failed
  type: dict
method:
  description: How the data is copied.
  returned: success
  type: str
  sample: clone
passed_over:
  description: For O(method=auto), why each better method is not possible.
  returned: success
  type: dict
  sample: {clone: "innodb_page_size is 16384 on db1.example.com:3306 and 8192 here"}
position:
  description: The GTID position of the copy; empty where none was made.
  returned: success
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77
told:
  description: The method and the position, and why not by a better method, in lines for people.
  returned: success
  type: list
  elements: str
  sample:
    - by clone to 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce, login_from
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.progress import Teller
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_seed import OPTIONS, SeedWork, desired_copy


def main():
    module = AnsibleModule(argument_spec=dict(LOGIN_OPTIONS, **OPTIONS), supports_check_mode=True)
    tell = Teller(module.log, module.params["progress_file"] or "")
    to_come = module.params["settings_to_come"] if module.check_mode else {}
    enforce(module, SeedWork(desired_copy(module.params), login_from(module.params), tell, to_come))


if __name__ == "__main__":
    main()
