#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: replica
short_description: Keep a replica's channel correct and running
description:
  - Compares every declared field of a replication channel with what the server has, the stored password included, and changes
    the least - only the options that differ, and only the threads that must stop for them.
  - Before anything is touched it logs in to the source from the replica's host as the channel would, so that a wrong password, a
    missing privilege, an account that shadows the right one, or a TLS mismatch is named even while the channel still looks healthy.
  - Refuses to go on where transactions would be lost - a purged position, errant transactions, a replica whose data nobody knows
    the position of. It never attaches at the source's current position.
  - A channel that follows by file and position and shall follow by GTID (MySQL) is changed only when the source's binary logs
    hold no transaction without a GTID that the replica has not applied; the source would skip it silently. They are searched over
    the trial login, a million events at most.
  - Waits until both threads run without an error, and explains the cause if they do not.
version_added: 0.1.0
author:
  - dbops contributors (@dbops)
options:
  source_host:
    description: Address of the source as this replica reaches it. Required for O(state=started).
    type: str
  source_port:
    description: Port of the source, from 1 to 65535.
    type: int
    default: 3306
  source_user:
    description: Account that the channel logs in with. Required for O(state=started).
    type: str
  source_password:
    description:
      - Password of O(source_user). Required for O(state=started).
      - MySQL stores at most 32 characters, MariaDB 96.
    type: str
  auto_position:
    description: Find the position by GTID; otherwise by file and position.
    type: bool
    default: true
  source_log_file:
    description: First binary log to read, for O(auto_position=false). Only used when the channel is made or its source changes.
    type: str
  source_log_pos:
    description: Position in O(source_log_file), 4 at least.
    type: int
    default: 4
  source_tls:
    description:
      - V(auto) takes TLS if the source offers it, and never falls back to clear text on a channel that has it.
      - V(required) refuses a source without TLS.
    type: str
    choices: [auto, required, 'off']
    default: auto
  source_tls_ca:
    description: File on the replica with the CA that signed the source's certificate. It is then verified.
    type: path
  source_tls_cert:
    description: File on the replica with the client certificate.
    type: path
  source_tls_key:
    description: File on the replica with the client certificate's key.
    type: path
  source_tls_verify:
    description:
      - Verify the source's certificate.
      - Without this option it is verified if O(source_tls_ca) is given, and on MariaDB 11.4 and later, where the password vouches
        for a self-signed certificate.
    type: bool
  connect_retry:
    description: Seconds between two tries to reach the source, from 1 to 2147483647.
    type: int
    default: 10
  retry_count:
    description:
      - How often to try. The default lasts ten days; MySQL's own gives up after ten minutes.
      - MariaDB before 12 has only a server-wide setting (master-retry-count, 100000) and ignores this option.
    type: int
    default: 86400
  heartbeat_period:
    description:
      - Seconds of silence after which the source sends a sign of life, 4294967 at most. Without it the server's own value stays.
    type: float
  delay:
    description: Seconds by which the replica stays behind on purpose, 2147483647 at most.
    type: int
    default: 0
  channel:
    description: Name of the channel (on MariaDB, of the connection). Empty is the default channel.
    type: str
    default: ''
  source_history_complete:
    description:
      - Says that the source's binary logs reach back to its first row, so that an empty replica may start from there.
      - Without it an empty replica is refused; it needs a copy of the data first. The role P(dbops.mysql_replication.primary#role)
        finds it out.
    type: bool
    default: false
  source_history_begun_anew:
    description:
      - A table of the source that is older than its first binary log, as
        RV(dbops.mysql_replication.server_config#module:history_begun_anew) names it.
      - A channel that was reset or removed is refused then where the replica has applied transactions of the source, because
        nothing tells whether they are those that bear these GTIDs now.
    type: str
    default: ''
  source_log_started:
    description:
      - When the source's first binary log was begun, as
        RV(dbops.mysql_replication.server_config#module:history_log_started) tells it.
      - A channel that was reset or removed is refused then where the replica has applied, by its own binary log, a transaction that
        is older than that and that the source says to hold there - it was reset since, and the GTID has another meaning.
    type: int
  state:
    description:
      - V(started) configures the channel and runs it; V(stopped) stops its threads; V(absent) forgets the channel (data and GTID
        position stay).
    type: str
    choices: [started, stopped, absent]
    default: started
  reconnect:
    description:
      - Have the receiver log in anew even if it runs. A connected receiver shows nothing of an account that would refuse it.
      - The role sets it when the same run has changed the account or restarted the source.
    type: bool
    default: false
  after_restart:
    description:
      - For check mode, says that the run would have restarted this server before, so that its threads run again by themselves.
    type: bool
    default: false
  after_copy:
    description:
      - For check mode, says that the run would have given this server a copy of the source's data before, and how. All but
        V(dump) take the channel away.
    type: str
    choices: ['', backup, clone, dump]
    default: ''
  wait:
    description: Seconds to wait for both threads to run.
    type: int
    default: 60
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
"""

EXAMPLES = r"""
- name: The replica follows the primary
  dbops.mysql_replication.replica:
    source_host: db1.example.com
    source_user: repl
    source_password: "{{ vault_replication_password }}"
    source_tls: required

- name: A second channel, an hour behind
  dbops.mysql_replication.replica:
    channel: archive
    source_host: db9.example.com
    source_user: repl
    source_password: "{{ vault_replication_password }}"
    delay: 3600
"""

RETURN = r"""
steps:
  description: What was done, or would be done in check mode; secrets are masked.
  returned: always
  type: list
  elements: dict
  sample:
    - why: "found stopped: receiver"
      target: the default channel receiver
      before: stopped
      after: running
      statement: START REPLICA IO_THREAD FOR CHANNEL ''
failed_step:
  description: The step that failed, described as RV(steps) are; those are what was done before it.
  returned: when a step failed
  type: dict
needs_copy:
  description: The channel is refused because this replica needs a copy of the source's data first.
  returned: when it is so
  type: bool
holds_data:
  description: With RV(needs_copy), whether this replica holds tables, which a copy would overwrite.
  returned: when RV(needs_copy)
  type: bool
client:
  description: With RV(needs_copy), this replica's host as the source sees it; empty where the source could not be asked.
  returned: when RV(needs_copy)
  type: str
channels:
  description: All channels of the server after the run.
  returned: success
  type: list
  elements: dict
  sample:
    - name: ''
      source: db1.example.com:3306
      receiver: 'on'
      applier: 'on'
      lag: 0
      filters: []
gtid_position:
  description: How far the replica came, in the server's own GTID form.
  returned: success
  type: str
  sample: 3e11fa47-71ca-11e1-9e33-c80aa9429562:1-77
version:
  description: Product and version of the server.
  returned: success
  type: str
  sample: MySQL 9.7.4
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, enforce
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.replica_options import OPTIONS, channel_work


def main():
    module = AnsibleModule(
        argument_spec=dict(LOGIN_OPTIONS, **OPTIONS),
        required_if=[("state", "started", ("source_host", "source_user", "source_password"))],
        required_by={"source_log_file": ("source_host",)},
        supports_check_mode=True,
    )
    params = dict(module.params)
    if not module.check_mode:
        params.update(after_restart=False, after_copy="")
    enforce(module, channel_work(params))


if __name__ == "__main__":
    main()
