# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one server offers to a copy of its data, or to one that comes to it."""

from __future__ import annotations

import os
from typing import Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    CLONE,
    SYSTEM_LISTED,
    CopyEnd,
    Folder,
    LoginPlugin,
    SourceData,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_schemas import TABLE_TYPES_LISTED
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_accounts import own_account, own_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.observe_replication import channels
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess, find_process
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.stream import OPENSSL
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import find_program, said_version

_VARIABLES = (
    *("super_read_only", "event_scheduler", "log_bin_trust_function_creators", "lower_case_table_names", "datadir", "pid_file"),
    *("hostname", "plugin_dir"),
    *("innodb_data_home_dir", "innodb_log_group_home_dir", "innodb_undo_directory", "innodb_undo_tablespaces", "aria_log_dir_path"),
    *("innodb_page_size", "innodb_data_file_path", "character_set_server", "collation_server", "max_allowed_packet"),
)
_PLUGINS = "SELECT DISTINCT PLUGIN_NAME AS name FROM information_schema.PLUGINS WHERE PLUGIN_STATUS = 'ACTIVE' ORDER BY 1"
_UNLIKE = (
    "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME) AS name FROM information_schema.TABLES"
    f" WHERE TABLE_TYPE IN {TABLE_TYPES_LISTED} AND ENGINE <> 'InnoDB' AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED} LIMIT 3"
)
_SIZE = f"SELECT SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES WHERE TABLE_SCHEMA NOT IN {SYSTEM_LISTED}"
# With a number of decimals they are dumped with these.
_ROUNDED = (
    "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME) AS name FROM information_schema.COLUMNS"
    f" WHERE DATA_TYPE = 'float' AND NUMERIC_SCALE IS NULL AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED} LIMIT 3"
)
_VERSIONED = (
    "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME) AS name FROM information_schema.TABLES"
    f" WHERE TABLE_TYPE = 'SYSTEM VERSIONED' AND TABLE_SCHEMA NOT IN {SYSTEM_LISTED} LIMIT 3"
)
_EVENTS = "SELECT EXISTS (SELECT 1 FROM information_schema.EVENTS WHERE STATUS = 'ENABLED')"
_CLONE_LISTED = f"SELECT COUNT(*) FROM mysql.plugin WHERE name = {literal(CLONE)}"
_CLONE_LIBRARY = "mysql_clone.so"


def copy_end(session: Session) -> CopyEnd:
    """What decides about the method at this end."""
    found = variables(session)
    process = find_process(found["pid_file"], found["datadir"], found["hostname"], session.by_socket)
    plugins = tuple(row["name"] or "" for row in session.rows(_PLUGINS))
    return CopyEnd(
        version=".".join(map(str, session.dialect.version.numbers)),
        variables=found,
        plugins=plugins,
        clone=CLONE in plugins or (process is not None and os.path.exists(os.path.join(found["plugin_dir"], _CLONE_LIBRARY))),
        clone_listed=session.value(_CLONE_LISTED) != "0",
        unlike=tuple(row["name"] or "" for row in session.rows(_UNLIKE)),
        follows=len(channels(session)) > 0,
        events=session.value(_EVENTS) == "1",
        backup=_backup_version(session.dialect, process),
        openssl=find_program(OPENSSL, "") != "",
        service=process.service if process and os.geteuid() == 0 else "",
        overlay=process is not None and _file_system(found["datadir"]) == "overlay",
    )


def held_data(session: Session) -> SourceData:
    """What a copy of this server would bring; ``login`` is the account of this session."""
    return SourceData(
        size=max(read_bytes(session, query) for query in (_SIZE, session.dialect.copying.size)),
        variables=variables(session),
        login=own_account(session),
        login_grants=own_grants(session),
        rounded=tuple(row["name"] or "" for row in session.rows(_ROUNDED)),
        versioned=tuple(row["name"] or "" for row in session.rows(_VERSIONED)),
        logins=tuple(
            LoginPlugin(row["name"] or "", row["account"] or "", row["file"] or "")
            for row in session.rows(session.dialect.copying.logins)
        ),
        log=read_bytes(session, session.dialect.copying.log),
    )


def read_bytes(session: Session, query: str) -> int:
    """A sum of bytes; NULL, which is that of no rows, is 0."""
    return int(float(session.value(query) or 0))


def variables(session: Session) -> dict[str, str]:
    """The global variables on which a copy depends."""
    rows = session.rows(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({', '.join(map(literal, _VARIABLES))})")
    return {str(row["Variable_name"]): row["Value"] or "" for row in rows}


def data_folder(path: str) -> Folder:
    """The folder of this host where a server's data lies, with the room that is left there."""
    found = os.statvfs(path)
    return Folder(path, found.f_bavail * found.f_frsize)


def _backup_version(dialect: Dialect, process: Optional[ServerProcess]) -> str:
    """That of the program for physical backups, where both it and the server are on this host."""
    path = find_program(dialect.copying.backup_programs, process.binary) if process else ""
    if not path:
        return ""
    try:
        return ".".join(map(str, parse_version(said_version(path)).numbers))
    except ValueError:
        return ""


def _file_system(path: str) -> str:
    """The type of the file system that holds this folder; proc(5): a line of mounts has its device, folder, type."""
    real = os.path.realpath(path)
    with open("/proc/mounts", encoding="utf-8", errors="surrogateescape") as file:
        mounts = [line.split()[1:3] for line in file]
    around = [(folder, kind) for folder, kind in mounts if f"{real}/".startswith(f"{folder.rstrip('/')}/")]
    return max(around, key=lambda mount: len(mount[0]), default=("", ""))[1]
