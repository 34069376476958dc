#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: server_config
short_description: Keep a server's system variables right, now and after its next start
description:
  - Compares system variables with what the server has at run time and with what its next start would give them, and changes what
    differs - with C(SET GLOBAL), and in an option file of its own or with C(SET PERSIST).
  - A profile brings the variables that replication depends on, with safe values; O(settings) come on top. A value that is as good
    as the profile's is kept; where run time and next start have two such values, it becomes that of the next start.
  - Finds what else sets a variable - another option file, a persisted value, the server's command line - and beats it where it can,
    or names it and stops. A line that the server would not take is repaired if it is one of these variables; another one is named.
  - Before anything is touched the server's own binary checks the option files, and the server is asked whether it would take each
    value from this account.
  - MySQL's C(gtid_mode) is changed online, one legal step after the other, and in step with other servers (O(gtid_mode_until)).
  - Never restarts the server. What needs a restart is returned in RV(restart_required).
version_added: 0.1.0
author:
  - dbops contributors (@dbops)
options:
  profile:
    description:
      - Which variables to enforce besides O(settings).
      - V(primary) - its own C(server_id), a binary log in row format with whole rows, kept for at least seven days and synced at
        each commit, C(innodb_flush_log_at_trx_commit=1), GTIDs (MariaDB - C(gtid_strict_mode), domain 0), writable, not bound to a
        loopback address, and an error log that names refused logins and aborted connections (C(log_error_verbosity=3); MariaDB -
        C(log_warnings) of 2 or more). C(log_replica_updates) becomes right at the next start, whenever that is.
      - V(replica) - the same, but read-only (MySQL - super_read_only too), and with C(log_replica_updates), a relay log whose name
        does not follow the host's, C(relay_log_recovery), C(report_host), and an applier that works in parallel and commits in
        order. C(bind_address) becomes right at the next start, whenever that is.
      - Names of existing binary and relay logs are pinned in the option file, and never changed.
    type: str
    choices: [primary, replica]
  settings:
    description:
      - System variables and their values, over the profile's. Names may be today's or older ones (C(replica_parallel_workers),
        C(slave_parallel_workers)) and are translated for the server; values may be spelled in any way that the server takes
        (V(1), V(on), V(true), V(100M)).
      - C(log_bin) takes the name of the log, V(on) for any name, or V(off).
    type: dict
    default: {}
  option_file:
    description:
      - Option file to keep the values in. Its comments and other options stay.
      - Without it C(zz-replication.cnf) in the last directory that the server's option files include, so that it is read last;
        where none is included, the last file that the server reads.
    type: path
  persist:
    description:
      - Where values are kept for the next start.
      - V(option_file) - in O(option_file). Persisted values of these variables are reset, right or wrong, because they would hide
        what the file says.
      - V(server) - with C(SET PERSIST), on MySQL only; it goes before option files and the command line. C(log_bin) and a few
        others cannot be kept so. Option files are then not looked at; what they say of these variables stays, and counts no more.
      - V(both) - in both. V(none) - in neither, so that a restart undoes the changes.
    type: str
    choices: [option_file, server, both, none]
    default: option_file
  backup:
    description: Keep a copy of the option file beside it before it changes, with the time of its last change appended to its name.
    type: bool
    default: false
  server_id:
    description:
      - The server's number, unique in the topology, from 1 to 4294967295. With a O(profile) and without this option it is the
        host's IPv4 address as an integer.
    type: int
  taken_server_uuids:
    description:
      - The C(server_uuid) of other servers. If this server has one of them, because its data directory was copied, C(auto.cnf) is
        renamed, so that the next start makes a new one. Only used on MySQL.
    type: list
    elements: str
    default: []
  gtid_mode_until:
    description:
      - How far this call may take C(gtid_mode) on its way up to V(ON). On servers that replicate, every one must reach each mode
        before any goes on to the next, so the role calls this module once for V(OFF_PERMISSIVE), once for V(ON_PERMISSIVE), and
        then for V(ON), for the replicas first, because a source with V(ON) sends nobody what has no GTID. A server that is further
        already stays there, and a way down is taken in one call.
      - What survives a restart is the value that C(gtid_mode) shall have in the end. Only used on MySQL.
    type: str
    choices: ['OFF', OFF_PERMISSIVE, ON_PERMISSIVE, 'ON']
    default: 'ON'
  source_gtid_only_from:
    description:
      - What this module returned for the source as RV(gtid_only_from). A server with a channel by file and position cannot go to
        C(gtid_mode) V(ON) without it - that comes when the channel has applied all that the source wrote without a GTID.
    type: dict
    suboptions:
      server_uuid:
        description: The source's C(server_uuid).
        type: str
        required: true
      file:
        description: A binary log of the source.
        type: str
        required: true
      position:
        description: A position in O(source_gtid_only_from.file).
        type: int
        required: true
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The primary's variables
  dbops.mysql_replication.server_config:
    profile: primary
    settings:
      max_allowed_packet: 64M
  register: config

- name: Restart if that is needed
  ansible.builtin.service:
    name: "{{ config.service }}"
    state: restarted
  when: config.restart_required

- name: The replica's variables, and a server_uuid that the primary does not have
  dbops.mysql_replication.server_config:
    profile: replica
    taken_server_uuids: ["{{ hostvars['db1'].config.server_uuid }}"]
    backup: true

- name: One variable of a server that a provider runs
  dbops.mysql_replication.server_config:
    login_host: db9.example.com
    login_user: admin
    login_password: "{{ vault_admin_password }}"
    persist: server
    settings:
      binlog_expire_logs_seconds: 604800
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode. Of option files only the lines that are enforced are shown.
  returned: always
  type: list
  elements: dict
  sample:
    - why: "otherwise a crash of the host loses transactions that replicas have, set by root@localhost at 2026-11-23 08:16:13"
      target: system variable sync_binlog
      before: '0'
      after: '1'
      statement: SET GLOBAL sync_binlog = 1
failed_step:
  description: The step that failed, described as RV(steps) are; those are what was done before it.
  returned: when a step failed
  type: dict
restart_required:
  description: Variables that become right with a restart only. Empty if none waits.
  returned: success
  type: list
  elements: str
  sample: [log_bin, bind_address]
settings:
  description: The enforced variables and their values at run time, named as on the server.
  returned: success
  type: dict
  sample: {sync_binlog: '1', log_bin: binlog}
settings_to_come:
  description:
    - The same variables with the values that they have at the end of a run which is not in check mode, and which restarts the
      server where RV(restart_required) names any.
  returned: success
  type: dict
  sample: {sync_binlog: '1', log_bin: binlog}
server_id:
  description: The server's number.
  returned: success
  type: int
  sample: 3325256704
server_uuid:
  description: The server's C(server_uuid); empty on MariaDB.
  returned: success
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
service:
  description: The systemd unit that the server runs in; empty if it is unknown.
  returned: success
  type: str
  sample: mysql.service
option_file:
  description:
    - The option file that values are kept in; empty if none is.
    - The version before its last change stays beside it, under the same name with C(.before) added.
  returned: success
  type: str
  sample: /etc/mysql/mysql.conf.d/zz-replication.cnf
error_log:
  description: The file of the server's error log; empty if it logs to its standard error, and so to the journal.
  returned: success
  type: str
  sample: /var/log/mysql/error.log
history_complete:
  description:
    - Whether the binary logs reach back to the server's first row, so that an empty replica may start from them. Only told for
      O(profile=primary).
  returned: success
  type: bool
  sample: true
history_reason:
  description: Why RV(history_complete) is what it is.
  returned: success
  type: str
  sample: the binary logs begin with binlog.000001, before the oldest table shop.orders
history_begun_anew:
  description:
    - A table that is older than the first of the binary logs, of which none is gone - they were reset, or turned on late. Empty if
      there is none. Only told for O(profile=primary).
  returned: success
  type: str
  sample: ''
history_log_started:
  description:
    - When the first of the binary logs was begun, in seconds since the epoch; null if that one is gone, or does not say it. Only
      told for O(profile=primary).
  returned: success
  type: int
  sample: 1764172800
gtid_mode_pending:
  description: Whether C(gtid_mode) is still on its way, and has come as far as O(gtid_mode_until) lets it.
  returned: success
  type: bool
  sample: false
followers_by_position:
  description: How many replicas are connected by file and position. Only counted while C(gtid_mode) is not ON; 0 otherwise.
  returned: success
  type: int
  sample: 1
gtid_only_from:
  description:
    - A place from which on the server's binary log holds transactions with a GTID only. Null while its C(gtid_mode) is not
      ON_PERMISSIVE or ON, or a transaction without a GTID may still come. Only told for O(profile=primary).
  returned: success
  type: dict
  sample: {server_uuid: 3e11fa47-71ca-11e1-9e33-c80aa9429562, file: binlog.000007, position: 198}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce, login_from
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_config import ServerConfigWork
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.server_config_options import OPTIONS, desired_config


def main():
    module = AnsibleModule(argument_spec=dict(LOGIN_OPTIONS, **OPTIONS), supports_check_mode=True)
    enforce(module, ServerConfigWork(desired_config(module.params), login_from(module.params)))


if __name__ == "__main__":
    main()
