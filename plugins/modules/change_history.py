#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: change_history
short_description: Show what was changed, when, and by whom
description:
  - Reads the change log that the callback P(dbops.mysql_replication.change_log#callback) writes, rotated files too (C(.1),
    C(.2.gz), C(-20261126.xz)), and prints a line for each change that is asked for.
  - A line that holds no record is named, and hides nothing else.
  - Where nothing is found it tells how many records there are and over what time, and which names are near to a host, setting or
    user that no record has.
  - Runs on the controller alone and opens no connection. The playbook C(dbops.mysql_replication.changes) calls it.
version_added: 0.3.0
author:
  - dbops contributors (@dbops)
options:
  paths:
    description: Change logs. Without it the one that the callback's configuration names.
    type: list
    elements: path
  host:
    description: Only changes of this host; may be a pattern such as V(db*).
    type: str
    default: ''
  setting:
    description:
      - Only changes of this object - a system variable, an account, a channel, an option file; a part of its name or a pattern.
      - Changes of an option file count where the line of this setting has changed.
    type: str
    default: ''
  user:
    description: Only changes by this user, as the operating system or AWX knows them; may be a pattern.
    type: str
    default: ''
  run:
    description: Only changes of this run; the beginning of its number is enough.
    type: str
    default: ''
  since:
    description:
      - Only changes from this time on - a day (V(2026-11-26)), a day and a time (V(2026-11-26T06:30), UTC unless an offset
        follows), or how long ago it was (V(30m), V(12h), V(7d), V(2w)).
    type: str
    default: ''
  until:
    description: Only changes up to this time, written as O(since); a day counts to its end.
    type: str
    default: ''
  limit:
    description: How many changes to show, the last ones; V(0) for all.
    type: int
    default: 100
attributes:
  check_mode:
    support: full
    description: Only reads.
  diff_mode:
    support: N/A
    description: Changes nothing.
extends_documentation_fragment:
  - dbops.mysql_replication.attributes.controller
"""

EXAMPLES = r"""
- name: Who has changed the durability settings this week
  dbops.mysql_replication.change_history:
    setting: sync_binlog
    since: 7d
"""

RETURN = r"""
changes:
  description: The records, the oldest first. C(docs/change_log.schema.json) describes them.
  returned: success
  type: list
  elements: dict
  sample:
    - time: '2026-11-26T06:31:05.123Z'
      user: deploy
      playbook: dbops.mysql_replication.site
      host: db1
      object: system variable sync_binlog
      before: '0'
      after: '1'
      result: changed
count:
  description: How many records there are of what was asked for, shown or not.
  returned: success
  type: int
  sample: 1
damaged:
  description: Lines that hold no record, and files that cannot be read.
  returned: success
  type: list
  elements: dict
  sample: [{file: /var/log/changes.jsonl, line: 17, reason: is no record}]
files:
  description: What was read, the oldest first.
  returned: success
  type: list
  elements: str
  sample: [/var/log/changes.jsonl.1.gz, /var/log/changes.jsonl]
lines:
  description: What was printed.
  returned: success
  type: list
  elements: str
  sample: ["2026-11-26 06:31:05  db1  system variable sync_binlog  0 → 1  by deploy (site)  why a crash could lose transactions"]
"""
