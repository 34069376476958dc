#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replication_user
short_description: Keep the account that replicas log in with right, and chosen for every replica
description:
  - The account exists with this password, plugin, TLS requirement and privileges, unlocked and without expiry. Run it on the
    primary.
  - The password is checked against the stored hash, with the hash's own salt and rounds. A right password is never set again, and a
    run that finds all right writes nothing to the binary log.
  - The password is hashed on the managed host. The clear text stands in no statement, process list, log or binary log.
  - For each address in O(replicas) it finds the account that the server would choose, which a more specific host or an anonymous
    user can make another one than the declared. It then brings an account of this name with that host into the same state. It
    drops nothing for that, and revokes nothing there.
  - Replicas cannot stop on the statements it writes, even where an account or a privilege exists on one side only.
version_added: 0.1.0
author:
  - dbops contributors (@dbops)
options:
  name:
    description: User name of the account.
    type: str
    required: true
  host:
    description: Host part of the account. It must cover every address in O(replicas).
    type: str
    default: '%'
  password:
    description:
      - Password of the account. Required for O(state=present).
      - A channel of MySQL can store at most 32 characters, one of MariaDB 96; an account without C(REPLICATION SLAVE) may have
        more.
    type: str
  tls:
    description:
      - V(required) demands TLS of each connection (REQUIRE SSL, and no client certificate); V('off') demands nothing.
      - V(auto) is V(required) if the server offers TLS. If it offers none, an existing requirement is not removed; the run fails
        then, since no replica could log in.
    type: str
    choices: [auto, required, 'off']
    default: auto
  auth_plugin:
    description:
      - Authentication plugin, of those that the server has loaded - V(caching_sha2_password) or V(mysql_native_password) on MySQL,
        V(mysql_native_password) or V(ed25519) on MariaDB.
      - Without it V(caching_sha2_password) on MySQL and V(mysql_native_password) on MariaDB. Load any other plugin on the replicas
        first; one that lacks it stops on the statement.
    type: str
  privileges:
    description:
      - Global privileges that the account shall have, in any of the names that they go by.
      - A privilege held through a role counts if the role is active at login.
    type: list
    elements: str
    default: [REPLICATION SLAVE]
  database_privileges:
    description:
      - Privileges that the account shall have on whole databases; the database need not be there.
    type: list
    elements: dict
    default: []
    suboptions:
      database:
        description: The database, or a pattern of databases as C(GRANT) takes it.
        type: str
        required: true
      privileges:
        description: Its privileges there.
        type: list
        elements: str
        required: true
    version_added: 0.2.0
  exclusive:
    description:
      - Revoke all else - other privileges, those on databases, tables and routines, GRANT OPTION, proxies and roles.
      - Where MariaDB must revoke more than privileges on everything, it revokes all and grants what is wanted again right after,
        since any other REVOKE would stop a replica that lacks the grant.
    type: bool
    default: true
  replicas:
    description:
      - Addresses from which replicas connect, or names that resolve to them on the managed host.
      - Unless C(skip_name_resolve) is on, the reverse name is taken into account too.
    type: list
    elements: str
    default: []
  state:
    description: V(present) enforces the account; V(absent) removes exactly the account with O(name) and O(host).
    type: str
    choices: [present, absent]
    default: present
notes:
  - MySQL's password policy (validate_password) judges clear passwords only, so not this one.
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The account that the replicas log in with
  dbops.mysql_replication.replication_user:
    name: repl
    password: "{{ vault_replication_password }}"
    replicas: "{{ groups['mysql_replicas'] }}"

- name: One that may also watch replication, from one network
  dbops.mysql_replication.replication_user:
    name: repl
    host: 192.0.2.%
    password: "{{ vault_replication_password }}"
    privileges: [REPLICATION SLAVE, REPLICATION CLIENT]
    tls: required

- name: One that only watches, on the server's own host
  dbops.mysql_replication.replication_user:
    name: monitoring
    host: localhost
    password: "{{ vault_monitoring_password }}"
    privileges: [PROCESS, BINLOG MONITOR, SLAVE MONITOR]
    database_privileges:
      - database: performance_schema
        privileges: [SELECT]
    tls: 'off'

- name: The old account is gone
  dbops.mysql_replication.replication_user:
    name: old_repl
    state: absent
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode; secrets are masked.
  returned: always
  type: list
  elements: dict
  sample:
    - why: lacks REPLICATION SLAVE
      target: privileges of 'repl'@'%'
      before: none
      after: REPLICATION SLAVE
      statement: GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'
failed_step:
  description: The step that failed, described as RV(steps) are; those are what was done before it.
  returned: when a step failed
  type: dict
account:
  description: The account as it is after the run, in check mode as it would be. Null for O(state=absent).
  returned: success
  type: dict
  sample:
    name: repl@%
    plugin: caching_sha2_password
    tls: required
    privileges: [REPLICATION SLAVE]
chosen:
  description: Which account the server chooses after the run, by address of O(replicas).
  returned: success
  type: dict
  sample:
    192.0.2.12: repl@%
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replication_user_options import OPTIONS, account_work


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN_OPTIONS, **OPTIONS),
        required_if=[("state", "present", ("password",))],
        supports_check_mode=True,
    )
    enforce(module, account_work(module.params))


if __name__ == "__main__":
    main()
