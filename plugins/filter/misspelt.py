# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: misspelt
short_description: Which variables look like misspelt ones of this collection
description:
  - Ansible ignores a variable that nobody asks for, so C(mysql_replication_setings) would silently change nothing.
  - Names that are near to none of this collection are the user's own, and are passed over.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
options:
  _input:
    description: Names of variables. Those that do not begin with C(mysql_replication_) are passed over.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: No variable is misspelt
  ansible.builtin.assert:
    that: query('ansible.builtin.varnames', '^mysql_replication_') | dbops.mysql_replication.misspelt | length == 0
"""

RETURN = r"""
_value:
  description: A sentence for each misspelt name, with the name that was probably meant.
  type: list
  elements: str
"""

import difflib

_PREFIX = "mysql_replication_"
# Nearer than "user" and "user_host", farther than "settings" and "setings".
_CUTOFF = 0.85

#: What users may set, without the prefix.
PUBLIC = frozenset(
    """
    address audit_fail_on audit_ignore audit_keep audit_report_dir audit_rules audit_severities audit_snapshots audit_watch
    change_log changes_host changes_limit changes_run changes_setting changes_since changes_until changes_user channel
    client_package connect_retry delay enforce errant errant_directory errant_gtids errant_most errant_without_rows
    exporter_group exporter_package exporter_port exporter_program exporter_service exporter_socket exporter_wait gtid heal
    heal_state_file heartbeat_database heartbeat_password heartbeat_python heartbeat_table heartbeat_user login login_ca_cert
    login_check_hostname login_client_cert login_client_key login_config_file login_connect_timeout login_host login_password
    login_port login_unix_socket login_user monitoring_password monitoring_user option_file password persist primary_group
    profile rebuild replicas_group restart schedule_ansible_playbook schedule_calendar schedule_collections_path
    schedule_directory schedule_environment schedule_inventory schedule_name schedule_on_failure schedule_random_delay
    schedule_sandbox schedule_state schedule_textfile_dir schedule_timeout schedule_user schedule_vars_file
    schedule_vault_password_file seed seed_overwrite seed_port server_id settings source_host source_port tls tls_ca user
    user_host verify_chunk_time verify_database verify_databases verify_keyless_rows verify_max_lag verify_max_load
    verify_most_differences verify_repair_dir verify_resume verify_slice verify_tables verify_wait
    """.split()
)

#: What the playbooks and roles keep for themselves.
INTERNAL = frozenset(
    """
    account account_told addresses all_hosts anew astray audit back before behind channel_told choice choices chosen
    client_installed clients complete copy copy_told decision doubts emptied enforced exporter_asked exporter_channel
    exporter_channels exporter_credentials exporter_drop_in exporter_found exporter_idle exporter_installed
    exporter_is_replica exporter_lacks exporter_login exporter_outdated exporter_seen exporter_shut_out exporter_silent
    exporter_state exporter_told exporter_unconnected exporter_unit exporter_url exporter_words groups_are_sound
    groups_wrong gtid_mode_until heartbeat_account heartbeat_age heartbeat_content heartbeat_copied heartbeat_idle
    heartbeat_is_missing heartbeat_login heartbeat_made heartbeat_missing heartbeat_owner heartbeat_pattern
    heartbeat_program heartbeat_service heartbeat_settings heartbeat_state heartbeat_unit heartbeat_words held hopeless
    hosts_before identity in_order known last_words left_behind logs looked_at losses lost masked may_copy
    monitoring_account monitoring_loaded monitoring_said monitoring_services monitoring_states monitoring_words
    named_groups names objections os parts
    password_missing plan plans primaries primary read replica replica_addresses replicas restarted said same_ids
    schedule_acting schedule_closed schedule_command schedule_denied schedule_entry schedule_foreign schedule_found
    schedule_given schedule_helpers schedule_hosts schedule_installed schedule_mark schedule_metrics schedule_metrics_link
    schedule_next schedule_report_dir schedule_rights schedule_service schedule_settings schedule_state_dir schedule_syntax
    schedule_systemd schedule_textfile schedule_timer schedule_timer_state schedule_times schedule_try schedule_unit_dir
    schedule_units schedule_variables schedule_wanted schedule_wrong seed_account seed_accounts_left seed_left
    seed_method seed_password seed_settings seed_source server settings_told snapshot source source_address stale stale_files
    stale_has_run stale_service
    stale_since standings taken_uuids to_seed told turn unknown_parts uuids verified verify_begun verify_last
    verify_memories verify_result verify_run verify_verdict wait_told waiting wrongly_named
    """.split()
)


def misspelt(names):
    """See the documentation above."""
    found = []
    for name in sorted({name for name in map(str, names) if name.startswith(_PREFIX)}):
        own = name[len(_PREFIX) :]
        if own in PUBLIC or own in INTERNAL:
            continue
        near = difflib.get_close_matches(own, sorted(PUBLIC), n=1, cutoff=_CUTOFF)
        if near:
            found.append(f"{name} is no variable of this collection; did you mean {_PREFIX}{near[0]}?")
    return found


class FilterModule:
    """The filters of this file."""

    def filters(self):
        """By name."""
        return {"misspelt": misspelt}
