# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only the server's own host tells for its snapshot: option files, disks, oldest binary log, error log. Never writes."""

from __future__ import annotations

import os
import re
import struct
from contextlib import suppress
from dataclasses import replace
from typing import Collection, Iterable, Mapping, NamedTuple, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.certificate import ends_at
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Assignment
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    Disk,
    LogLine,
    NextStart,
    OptionFiles,
    Origin,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import SystemVariable
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import (
    DEFAULT,
    assignments_of,
    place,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.next_start import next_start as ruling_of
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import observe_variables
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.compiled_defaults import compiled_defaults
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.local_command import output_of
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.option_files_on_host import check, read_option_files
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.persisted_file import persisted_origins
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.process import ServerProcess
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.route import own_addresses

# MySQL Internals, "Binary Log Event Structure": each file starts with this, then the first event's header, whose first four
# bytes are the time of its writing, little-endian.
_MAGIC = b"\xfebin"
_ABOUT_REPLICATION = re.compile(r"replica|slave|master|binlog|binary log|relay|gtid|semi-?sync", re.IGNORECASE)
_MARIADB_LINE = re.compile(r"(\d{4}-\d\d-\d\d +\d{1,2}:\d\d:\d\d) \d+ \[(\w+)\] (.*)")
_LONGEST_CERTIFICATE = 64 * 1024
_TAIL_BYTES = 256 * 1024
_MOST_LINES = 40
_JOURNAL_SECONDS = 10
# Only texts of these may be told: an option file can hold a password under any other name.
_HIDDEN = re.compile(r"password|passphrase|secret|auth$")


class Start(NamedTuple):
    """What the next start makes of the variables that something sets, by own name, and the files that say so."""

    variables: Mapping[str, NextStart]
    files: Optional[OptionFiles]


UNKNOWN_START = Start({}, None)


def next_start(
    session: Session,
    process: Optional[ServerProcess],
    values: Mapping[str, str],
    persisted: Mapping[str, str],
    at_run_time: Collection[str],
) -> Start:
    """What the next start makes of what something sets, and of what was set at run time only.

    Raises :class:`Refusal` where the option files cannot be read, or the server would not start with them.
    """
    if process is None:
        return UNKNOWN_START
    dialect = session.dialect.variables
    aliases = dialect.aliases(values)
    files, changed = read_option_files(process, dialect.groups, aliases)
    chain = files.chain()
    command_line = process.assignments(aliases)
    every = (*chain.assignments, *command_line)
    derived = {name: derived.variable for name, derived in dialect.derived.items()}
    names = sorted(({derived.get(one.name, one.name) for one in every} | set(persisted)) & set(values))
    known = observe_variables.variables(session, [name for name in names if not _HIDDEN.search(name)], values, persisted)
    heeds = values.get("persisted_globals_load") == "ON"
    variables = {}
    for name, variable in known.items():
        ruling = ruling_of(dialect, variable, command_line, chain.assignments, heeds)
        places = tuple(map(place, assignments_of(dialect, variable, chain.assignments)))
        if ruling.layer != DEFAULT or variable.persisted is not None:
            in_files = ruling_of(dialect, variable, (), chain.assignments, heeds_persisted=False).value
            found = _next(variable, ruling.value, ruling.layer, ruling.where, places)
            variables[name] = found if in_files == found.value else replace(found, in_files=in_files)
    variables.update(_back_to_defaults(session, process, aliases, values, set(at_run_time) - variables.keys()))
    rejection = check(process, files, dialect.validation, values) if changed else None
    return Start(
        variables,
        OptionFiles(
            files=tuple(dict.fromkeys(chain.files)),
            names=_spelled(chain.assignments),
            changed=changed,
            modified=_modified(chain.files),
            rejection=rejection.message if rejection else "",
            problems=tuple(f"{one.path} line {one.line}: {one.message}" for one in chain.problems),
        ),
    )


def _back_to_defaults(
    session: Session, process: ServerProcess, aliases: Mapping[str, str], values: Mapping[str, str], names: Collection[str]
) -> dict[str, NextStart]:
    """What nothing keeps; without those whose default nobody knows."""
    shown = [name for name in names if not _HIDDEN.search(name)]
    defaults = compiled_defaults(process, aliases) if shown else {}
    found = {}
    for name, variable in observe_variables.variables(session, sorted(defaults.keys() & set(shown)), values, {}).items():
        with suppress(ValueError):  # the default is made up at the start, or stands in another form than values do
            default = variable.type.normalise(defaults[name]) if defaults[name] else ""
            found[name] = _next(variable, default, DEFAULT, "the compiled default", ())
    return found


def _modified(paths: Iterable[str]) -> dict[str, int]:
    found = {}
    for path in paths:
        with suppress(FileNotFoundError):  # removed since it was read
            found[path] = int(os.stat(path).st_mtime)
    return found


def _next(variable: SystemVariable, value: Optional[str], layer: str, where: str, places: tuple[str, ...]) -> NextStart:
    return NextStart(variable.value, value, layer, where, variable.static, places)


def _spelled(assignments: tuple[Assignment, ...]) -> dict[str, str]:
    """The options as they are spelled, negations too, with their places."""
    return {one.raw_name.replace("-", "_").lower(): place(one) for one in assignments}


def addresses(process: Optional[ServerProcess]) -> tuple[str, ...]:
    """The server's addresses; none where it runs on another host."""
    return own_addresses() if process is not None else ()


def persisted_by(process: Optional[ServerProcess], values: Mapping[str, str]) -> dict[str, Origin]:
    """Who persisted what; none where the server runs on another host."""
    return persisted_origins(values["datadir"]) if process is not None else {}


def begun(process: Optional[ServerProcess], values: Mapping[str, str], name: str) -> Optional[int]:
    """When a binary log was begun, in seconds since the epoch; ``None`` where nobody here can know it."""
    if process is None or not values.get("log_bin_basename"):
        return None
    path = os.path.join(os.path.dirname(values["log_bin_basename"]), os.path.basename(name))
    try:
        with open(path, "rb") as file:
            head = file.read(len(_MAGIC) + 4)
    except OSError:
        return None
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + 4:
        return None  # it may be encrypted
    return int(struct.unpack("<I", head[len(_MAGIC) :])[0])


def certificate_ends(process: Optional[ServerProcess], values: Mapping[str, str]) -> str:
    """When the certificate on disk ends; the server goes on with the one that it has loaded. Empty where that cannot be known."""
    if process is None or not values.get("ssl_cert"):
        return ""
    try:
        with open(os.path.join(values["datadir"], values["ssl_cert"]), encoding="ascii", errors="replace") as file:
            return ends_at(file.read(_LONGEST_CERTIFICATE))
    except (OSError, ValueError):
        return ""


def disks(process: Optional[ServerProcess], values: Mapping[str, str]) -> tuple[Disk, ...]:
    """The file systems of data, logs and temporary files, each once."""
    if process is None:
        return ()
    paths = [values.get("datadir", "")]
    paths += [os.path.dirname(values.get(name) or "") for name in ("log_bin_basename", "relay_log_basename")]
    paths += [values.get("tmpdir", "").partition(":")[0]]
    found: dict[int, Disk] = {}
    for path in filter(None, paths):
        try:
            device, room = os.stat(path).st_dev, os.statvfs(path)
        except OSError:
            continue
        found.setdefault(device, Disk(path, room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize))
    return tuple(found.values())


def error_log(process: Optional[ServerProcess], values: Mapping[str, str]) -> tuple[LogLine, ...]:
    """The newest lines about replication, from the log file or the journal; none where there is neither."""
    if process is None:
        return ()
    text = _tail(os.path.join(values["datadir"], values["log_error"])) if values.get("log_error") else _journal(process.service)
    lines = []
    for line in text.splitlines():
        match = _MARIADB_LINE.search(line)
        if match and _ABOUT_REPLICATION.search(match.group(3)):
            lines.append(LogLine(match.group(1), match.group(2), match.group(3)))
    return tuple(lines[-_MOST_LINES:])


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.stat(path).st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _journal(service: str) -> str:
    if not service:
        return ""
    command = ["journalctl", "--unit", service, "--lines", "400", "--output", "cat", "--no-pager"]
    return output_of(command, _JOURNAL_SECONDS)
