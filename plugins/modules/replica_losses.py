#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replica_losses
short_description: What a fresh copy of the data would take from a replica
description:
  - Says why a replica cannot stay as it is, if that is so, whether anything but a fresh copy of its source's data helps, and what
    it would lose with one - its errant transactions with what they did, and databases that its source lacks. Changes nothing on
    any server.
  - What errant transactions did is read from the replica's own binary log, and saved as a file in O(directory) on its host, mode
    0600, before anything makes the server forget them. Rows are in it where the vendor's client (mysqlbinlog, mariadb-binlog) is on
    that host. It is to be read by a person; nothing runs it.
  - The playbooks C(dbops.mysql_replication.rebuild_replica) and C(dbops.mysql_replication.errant_transactions) begin with it.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
options:
  source_host:
    description: Address of the source as this replica reaches it.
    type: str
    required: true
  source_port:
    description: Port of the source.
    type: int
    default: 3306
  source_user:
    description: The replication account.
    type: str
    required: true
  source_password:
    description: Its password.
    type: str
    required: true
  source_tls:
    description: V(auto) takes TLS if the source offers it; V(required) and V(off) do as they say.
    type: str
    choices: [auto, required, 'off']
    default: auto
  source_tls_ca:
    description: File on the replica with the CA that signed the source's certificate.
    type: path
  channel:
    description: Name of the channel that follows the source.
    type: str
    default: ''
  source_databases:
    description:
      - The databases that the source has (RV(dbops.mysql_replication.database_info#module:databases)). Without them nothing is said
        of databases.
    type: list
    elements: str
  source_tables:
    description:
      - The tables that the source has (RV(dbops.mysql_replication.database_info#module:tables)). Without them nothing is said of
        tables.
    type: list
    elements: str
  ignored_databases:
    description: Databases that are no loss, as those of tools that make them anew. By default the notes of C(verify_data).
    type: list
    elements: str
    default: [replication_checksum]
  directory:
    description: Folder on the replica's host for the file. It is made if it is not there, for its owner alone.
    type: path
    default: /var/lib/mysql-replication-errant
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: What would a rebuild lose?
  dbops.mysql_replication.replica_losses:
    source_host: db1.example.com
    source_user: repl
    source_password: "{{ mysql_replication_password }}"
  register: losses

- name: Told
  ansible.builtin.debug:
    msg: "{{ losses.told }}"
"""

RETURN = r"""
reason:
  description: Why the replica cannot stay as it is; empty where it can, as far as the servers say. RV(told) names what helps
    without a copy.
  returned: success
  type: str
  sample: 'db2 has transactions that db1:3306 lacks (errant transactions): 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-2'
errant:
  description: The errant transactions in the server's own form; on MariaDB the last one of each domain and server.
  returned: success
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-2
errant_can_be_empty:
  description: Whether the source could take them over as empty ones (M(dbops.mysql_replication.empty_transactions)).
  returned: success
  type: bool
errant_unread:
  description: Those of them that are in no binary log any more, in words.
  returned: success
  type: str
errant_count:
  description: How many were found in the binary logs.
  returned: success
  type: int
  sample: 2
transactions:
  description: The first 100 of them, and what each did; values are in the file alone.
  returned: success
  type: list
  elements: dict
  sample:
    - gtid: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1
      file: binlog.000002
      position: 157
      changes: [INSERT INTO shop.orders]
file:
  description: Where what they did is saved, on the replica's host; empty where there are none.
  returned: success
  type: str
  sample: /var/lib/mysql-replication-errant/errant-db2-5ab3f0e6a4c8.sql
file_lacks_rows:
  description: Why that file holds no rows; empty where it holds them, and where there is nothing to hold.
  returned: success
  type: str
  sample: there is no mysqlbinlog on this host
databases_only_here:
  description: Databases that the source lacks, with about how many bytes they have.
  returned: success
  type: dict
  sample: {scratch: 16384}
tables_only_here:
  description: Tables that the source lacks, though it has their database.
  returned: success
  type: list
  elements: str
  sample: [shop.scratch]
followers:
  description: Who replicates from this server.
  returned: success
  type: list
  elements: str
client:
  description: The replica's host as the source sees it.
  returned: success
  type: str
  sample: db2.example.com
told:
  description: All of it for people.
  returned: success
  type: list
  elements: str
  sample: ['they did: INSERT INTO shop.orders (2 rows)']
steps:
  description: The file that was written, or would be in check mode.
  returned: always
  type: list
  elements: dict
  sample:
    - why: what errant transactions did must outlive them
      target: file /var/lib/mysql-replication-errant/errant-db2-5ab3f0e6a4c8.sql
      before: null
      after: there
      statement: write /var/lib/mysql-replication-errant/errant-db2-5ab3f0e6a4c8.sql
failed_step:
  description: The step that failed, described as RV(steps) are.
  returned: when a step failed
  type: dict
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce, login_from
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_losses import OPTIONS, loss_work


def main():
    module = AnsibleModule(argument_spec=dict(LOGIN_OPTIONS, **OPTIONS), supports_check_mode=True)
    enforce(module, loss_work(module.params, login_from(module.params)))


if __name__ == "__main__":
    main()
