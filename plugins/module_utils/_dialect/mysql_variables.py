# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MySQL does not tell of its system variables: which ones only a restart changes, and what enumerations take."""

from __future__ import annotations

from typing import Mapping

#: Enumerations, in the server's order. The table variables_metadata calls some of them strings, and lists no values.
ENUMERATIONS: Mapping[str, tuple[str, ...]] = {
    "binlog_checksum": ("NONE", "CRC32"),
    "binlog_error_action": ("IGNORE_ERROR", "ABORT_SERVER"),
    "binlog_format": ("MIXED", "STATEMENT", "ROW"),
    "binlog_row_image": ("MINIMAL", "NOBLOB", "FULL"),
    "binlog_row_metadata": ("MINIMAL", "FULL"),
    "completion_type": ("NO_CHAIN", "CHAIN", "RELEASE"),
    "concurrent_insert": ("NEVER", "AUTO", "ALWAYS"),
    "delay_key_write": ("OFF", "ON", "ALL"),
    "enforce_gtid_consistency": ("OFF", "ON", "WARN"),
    "event_scheduler": ("OFF", "ON", "DISABLED"),
    "gtid_mode": ("OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"),
    "innodb_change_buffering": ("none", "inserts", "deletes", "changes", "purges", "all"),
    "innodb_checksum_algorithm": ("crc32", "strict_crc32", "innodb", "strict_innodb", "none", "strict_none"),
    "innodb_default_row_format": ("redundant", "compact", "dynamic"),
    "innodb_doublewrite": ("OFF", "ON", "DETECT_ONLY", "DETECT_AND_RECOVER"),
    "innodb_flush_method": ("fsync", "O_DSYNC", "littlesync", "nosync", "O_DIRECT", "O_DIRECT_NO_FSYNC"),
    "innodb_stats_method": ("nulls_equal", "nulls_unequal", "nulls_ignored"),
    "log_timestamps": ("UTC", "SYSTEM"),
    "myisam_stats_method": ("nulls_unequal", "nulls_equal", "nulls_ignored"),
    "replica_exec_mode": ("STRICT", "IDEMPOTENT"),
    "replica_parallel_type": ("DATABASE", "LOGICAL_CLOCK"),
    "slave_exec_mode": ("STRICT", "IDEMPOTENT"),
    "slave_parallel_type": ("DATABASE", "LOGICAL_CLOCK"),
    "transaction_isolation": ("READ-UNCOMMITTED", "READ-COMMITTED", "REPEATABLE-READ", "SERIALIZABLE"),
}

_BLOCKS: Mapping[int, str] = {
    8: "replica_checkpoint_group slave_checkpoint_group",
    128: "join_buffer_size",
    1024: """
        innodb_log_buffer_size max_allowed_packet max_heap_table_size net_buffer_length query_alloc_block_size
        query_prealloc_size range_alloc_block_size replica_max_allowed_packet replica_pending_jobs_size_max
        slave_max_allowed_packet slave_pending_jobs_size_max transaction_alloc_block_size transaction_prealloc_size
    """,
    4096: """
        binlog_cache_size binlog_stmt_cache_size key_buffer_size max_binlog_cache_size max_binlog_size
        max_binlog_stmt_cache_size max_relay_log_size read_buffer_size select_into_buffer_size
    """,
    8192: "rpl_read_size",
    1048576: "innodb_redo_log_capacity",
}

#: What a number must be a multiple of; the server rounds others down. Found on MySQL 9.7 by trying SET GLOBAL on each.
BLOCKS: Mapping[str, int] = {name: block for block, names in _BLOCKS.items() for name in names.split()}

_STATIC_NAMES = """
    admin_address admin_port auto_generate_certs back_log basedir bind_address binlog_gtid_simple_recovery
    binlog_rotate_encryption_master_key_at_startup binlog_row_event_max_size
    caching_sha2_password_auto_generate_rsa_keys caching_sha2_password_private_key_path
    caching_sha2_password_public_key_path character_sets_dir create_admin_listener_thread datadir
    disabled_storage_engines disconnect_on_expired_password ft_max_word_len ft_min_word_len
    ft_query_expansion_limit ft_stopword_file init_file innodb_adaptive_hash_index_parts
    innodb_api_disable_rowlock innodb_api_enable_binlog innodb_api_enable_mdl innodb_autoinc_lock_mode
    innodb_buffer_pool_chunk_size innodb_buffer_pool_instances innodb_buffer_pool_load_at_startup
    innodb_data_file_path innodb_data_home_dir innodb_dedicated_server innodb_directories
    innodb_doublewrite_batch_size innodb_doublewrite_dir innodb_doublewrite_files innodb_doublewrite_pages
    innodb_flush_method innodb_force_load_corrupted innodb_force_recovery innodb_ft_cache_size
    innodb_ft_max_token_size innodb_ft_min_token_size innodb_ft_sort_pll_degree innodb_ft_total_cache_size
    innodb_log_group_home_dir innodb_native_foreign_keys innodb_numa_interleave innodb_open_files
    innodb_page_cleaners innodb_page_size innodb_purge_threads innodb_read_io_threads innodb_read_only
    innodb_rollback_on_timeout innodb_sort_buffer_size innodb_sync_array_size innodb_temp_data_file_path
    innodb_temp_tablespaces_dir innodb_undo_directory innodb_use_native_aio innodb_validate_tablespace_paths
    innodb_write_io_threads large_page_size large_pages lc_messages_dir log_bin log_bin_index log_error
    log_replica_updates log_slave_updates lower_case_table_names max_digest_length myisam_mmap_size
    myisam_recover_options mysqlx_bind_address mysqlx_port mysqlx_port_open_timeout mysqlx_socket mysqlx_ssl_ca
    mysqlx_ssl_capath mysqlx_ssl_cert mysqlx_ssl_cipher mysqlx_ssl_crl mysqlx_ssl_crlpath mysqlx_ssl_key
    ngram_token_size open_files_limit performance_schema performance_schema_accounts_size
    performance_schema_digests_size performance_schema_error_size
    performance_schema_events_stages_history_long_size performance_schema_events_stages_history_size
    performance_schema_events_statements_history_long_size performance_schema_events_statements_history_size
    performance_schema_events_transactions_history_long_size performance_schema_events_transactions_history_size
    performance_schema_events_waits_history_long_size performance_schema_events_waits_history_size
    performance_schema_hosts_size performance_schema_max_cond_classes performance_schema_max_cond_instances
    performance_schema_max_digest_length performance_schema_max_file_classes performance_schema_max_file_handles
    performance_schema_max_file_instances performance_schema_max_index_stat
    performance_schema_max_logger_classes performance_schema_max_memory_classes
    performance_schema_max_metadata_locks performance_schema_max_meter_classes
    performance_schema_max_metric_classes performance_schema_max_mutex_classes
    performance_schema_max_mutex_instances performance_schema_max_prepared_statements_instances
    performance_schema_max_program_instances performance_schema_max_rwlock_classes
    performance_schema_max_rwlock_instances performance_schema_max_socket_classes
    performance_schema_max_socket_instances performance_schema_max_sql_text_length
    performance_schema_max_stage_classes performance_schema_max_statement_classes
    performance_schema_max_statement_stack performance_schema_max_table_handles
    performance_schema_max_table_instances performance_schema_max_table_lock_stat
    performance_schema_max_thread_classes performance_schema_max_thread_instances
    performance_schema_session_connect_attrs_size performance_schema_setup_actors_size
    performance_schema_setup_objects_size performance_schema_users_size persist_only_admin_x509_subject
    persist_sensitive_variables_in_plaintext persisted_globals_load pid_file plugin_dir port relay_log
    relay_log_index relay_log_recovery relay_log_space_limit replica_load_tmpdir replica_skip_errors report_host
    report_password report_port report_user secure_file_priv sha256_password_auto_generate_rsa_keys
    sha256_password_private_key_path sha256_password_public_key_path skip_external_locking skip_name_resolve
    skip_networking skip_replica_start skip_show_database skip_slave_start slave_load_tmpdir slave_skip_errors
    socket ssl_fips_mode table_open_cache_instances thread_handling thread_stack
    tls_certificates_enforced_validation tmpdir
"""

#: Found on MySQL 9.7 by trying SET GLOBAL on each (error 1238); variables that only inform are left out.
STATIC = frozenset(_STATIC_NAMES.split())

_NOT_PERSISTABLE_NAMES = """
    admin_address admin_port auto_generate_certs basedir bind_address
    caching_sha2_password_auto_generate_rsa_keys caching_sha2_password_private_key_path
    caching_sha2_password_public_key_path character_sets_dir create_admin_listener_thread datadir
    ft_stopword_file gtid_purged init_file innodb_buffer_pool_load_at_startup innodb_data_file_path
    innodb_data_home_dir innodb_dedicated_server innodb_directories innodb_doublewrite
    innodb_force_load_corrupted innodb_log_group_home_dir innodb_page_size innodb_read_only
    innodb_temp_data_file_path innodb_temp_tablespaces_dir innodb_undo_directory keyring_operations
    large_page_size lc_messages_dir log_bin log_bin_index log_error persist_only_admin_x509_subject
    persist_sensitive_variables_in_plaintext persisted_globals_load pid_file plugin_dir port relay_log
    relay_log_index replica_load_tmpdir restrict_fk_on_non_standard_key secure_file_priv
    sha256_password_auto_generate_rsa_keys sha256_password_private_key_path sha256_password_public_key_path
    skip_external_locking skip_networking slave_load_tmpdir socket tls_certificates_enforced_validation tmpdir
"""

#: Found likewise with SET PERSIST_ONLY (error 1238).
NOT_PERSISTABLE = frozenset(_NOT_PERSISTABLE_NAMES.split())
