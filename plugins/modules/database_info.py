#!/usr/bin/python
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: database_info
short_description: The databases of a server
description:
  - Lists databases that are not the server's own, with about how many bytes they have, and their tables. Never writes, and takes
    no lock.
version_added: 0.4.0
author:
  - dbops contributors (@dbops)
extends_documentation_fragment:
  - dbops.mysql_replication.login
  - dbops.mysql_replication.attributes
  - dbops.mysql_replication.attributes.info
"""

EXAMPLES = r"""
- name: What the primary holds
  dbops.mysql_replication.database_info:
  register: held
"""

RETURN = r"""
databases:
  description: Bytes of tables and indexes by database, as the server estimates them.
  returned: success
  type: dict
  sample: {shop: 16384}
tables:
  description: Their tables.
  returned: success
  type: list
  elements: str
  sample: [shop.orders]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.enforce import LOGIN_OPTIONS, inspect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_databases import database_sizes, table_names


def main():
    module = AnsibleModule(argument_spec=dict(LOGIN_OPTIONS), supports_check_mode=True)
    inspect(module, lambda session, _login: {"databases": database_sizes(session), "tables": table_names(session)})


if __name__ == "__main__":
    main()
