# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Saves what errant transactions did as a file that a person can read, before anything makes the server forget them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from typing import IO, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.errant import ErrantDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.errant import Errant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.logged_transaction import summary
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import literal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import Login, Session
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.errant_log import ErrantLog, Stretch
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import (
    included,
    login_lines,
    memory_file,
    own_program,
)

_FOLDER_MODE = 0o700
_MOST_TOLD = 20
_MOST_TABLES = 200
_SHOWN = 300
# What the clients print of a row, on a line of its own; a line break within a value is printed as an escape.
_ROW = re.compile(rb"### (INSERT INTO|UPDATE|DELETE FROM) (`(?:[^`]|``)+`)\.(`(?:[^`]|``)+`)$")
_TABLE = re.compile(r"^(?:INSERT INTO|UPDATE|DELETE FROM) ([^.]+)\.(.+)$")
# Seen on 9.7 of a GEOMETRY: that column and all after it are left out.
_UNKNOWN = b"!! Don't know how to handle column type"
_ENCODED = "--base64-output=AUTO"
_CUT_SHORT = (
    f'-- Where it says "{_UNKNOWN.decode()}", the client cannot show that column, nor those after it.',
    "-- The BINLOG statements hold these rows whole: run on a scratch server that has the same tables, they show them.",
)
_OURS = "-- "
_NO_ROWS = "-- No row can be shown: "
_HEADING = """\
-- Errant transactions of {replica}: {source}, which it follows, lacks them.
-- GTIDs: {gtids}
-- {product}, channel '{channel}', read at {at} (UTC)
-- To be read by a person, not to be run: undo it here first, then write what shall stay anew on {source},
-- or in a chain on the primary at its top.
"""


@dataclass(frozen=True)
class Place:
    """Where and whose: ``source`` and ``replica`` in words, ``at`` as UTC; ``binary`` is the server's program, empty if unknown."""

    folder: str
    replica: str
    source: str
    channel: str
    at: str
    binary: str

    def path(self, errant: Errant) -> str:
        """The file of these transactions: the same for the same ones, so that a run again finds it."""
        digest = hashlib.sha256(str(errant).encode()).hexdigest()[:12]
        return os.path.join(self.folder, f"errant-{self.replica}-{digest}.sql")


class Saved(NamedTuple):
    """``rows`` by change where they were counted; ``lacks_rows``: why the file holds none, empty if it holds them.

    ``encoded``: whether it holds them as BINLOG too, since the client cannot print all their columns.
    """

    rows: Mapping[str, int]
    lacks_rows: str
    encoded: bool = False


@dataclass
class _Printed:
    """What a client printed: its rows by change, and whether it left out columns."""

    rows: Counter[str]
    cut_short: bool = False


def exists(place: Place, errant: Errant) -> bool:
    """Whether a run before has saved the same transactions."""
    return os.path.exists(place.path(errant))


def lacks_rows(place: Place, errant: Errant) -> str:
    """Why the file that is there holds no rows, as it says itself; empty if it holds them. Raises :class:`Refusal`."""
    path = place.path(errant)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            ours = takewhile(lambda line: line.startswith(_OURS), file)
            return next((line[len(_NO_ROWS) :].strip() for line in ours if line.startswith(_NO_ROWS)), "")
    except OSError as error:
        raise Refusal(f"cannot read {path}: {error.strerror}", "make it readable for the user that Ansible becomes") from None


def why_no_rows(dialect: ErrantDialect, place: Place) -> str:
    """Why nothing on this host can print rows; empty where the vendor's client can."""
    return _client(dialect, place)[1]


def save(session: Session, login: Login, errant: Errant, log: ErrantLog, place: Place) -> Saved:
    """Writes the file, readable for its owner alone; the whole of it or nothing. Raises :class:`Refusal`."""
    path = place.path(errant)
    # What a run that was killed left here is written over.
    unfinished = f"{path}.unfinished"
    try:
        os.makedirs(place.folder, _FOLDER_MODE, exist_ok=True)
        with _private(unfinished) as file, tempfile.TemporaryFile(dir=place.folder) as body:
            saved = _write_body(session, login, log, place, body)
            file.write("".join(f"{line}\n" for line in _heading(session, errant, log, place, saved)).encode())
            body.seek(0)
            shutil.copyfileobj(body, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(unfinished)
        raise Refusal(
            f"cannot write {path}: {error.strerror}",
            "make room there, and the folder writable for the user that Ansible becomes, or name another folder"
            " (mysql_replication_errant_directory); nothing was touched",
        ) from None
    return saved


def _private(path: str) -> IO[bytes]:
    """An empty file that nobody but its owner may read, whatever it was."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "wb")


def _heading(session: Session, errant: Errant, log: ErrantLog, place: Place, saved: Saved) -> Iterator[str]:
    yield from _HEADING.format(
        replica=place.replica,
        source=place.source,
        gtids=errant,
        product=session.dialect.version,
        channel=place.channel,
        at=place.at,
    ).splitlines()
    if log.unread:
        yield f"-- In no binary log of {place.replica} any more, so that nobody can tell what they did: {log.unread}"
    if saved.lacks_rows:
        yield f"{_NO_ROWS}{saved.lacks_rows}"
    if saved.encoded:
        yield from _CUT_SHORT
    yield from (f"--   {line}" for line in summary(log.changes, saved.rows, _MOST_TOLD))
    columns = _columns(session, log)
    if columns:
        yield "-- Rows stand in comments, with the numbers of their columns. As the tables are now, these are:"
        yield from (f"--   {table}: {', '.join(names)}" for table, names in columns.items())


def _columns(session: Session, log: ErrantLog) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    tables = {match.groups() for match in map(_TABLE.match, log.changes) if match}
    for database, table in sorted(tables)[:_MOST_TABLES]:
        rows = session.rows(
            "SELECT ORDINAL_POSITION AS number, COLUMN_NAME AS name FROM information_schema.COLUMNS"
            f" WHERE TABLE_SCHEMA = {literal(database)} AND TABLE_NAME = {literal(table)} ORDER BY ORDINAL_POSITION"
        )
        if rows:
            found[f"{database}.{table}"] = [f"@{row['number']} {row['name']}" for row in rows]
    return found


def _write_body(session: Session, login: Login, log: ErrantLog, place: Place, body: IO[bytes]) -> Saved:
    """What the vendor's client prints, else what the server itself lists."""
    dialect = session.dialect
    printed, encoded = _Printed(Counter()), False
    program, reason = _client(dialect.errant, place) if log.stretches else ("", "")
    if program:
        printed, reason = _print_all(program, dialect.errant.options, login, log.stretches, body)
        encoded = printed.cut_short and not reason
    if encoded:
        printed, reason = _print_all(program, (*dialect.errant.options, _ENCODED), login, log.stretches, body)
    if reason:
        _empty(body)
        printed, encoded = _Printed(Counter()), False
        for transaction in log.first:
            done = "; ".join(transaction.changes) or "nothing"
            body.write(f"-- {transaction.gtid} in {transaction.file} at {transaction.start}: {done}\n".encode())
        if len(log.gtids) > len(log.first):
            body.write(f"-- and {len(log.gtids) - len(log.first)} more\n".encode())
    return Saved(printed.rows, " ".join(reason.split()), encoded)


def _empty(body: IO[bytes]) -> None:
    body.seek(0)
    body.truncate()


def _print_all(
    program: str, options: Sequence[str], login: Login, stretches: Sequence[Stretch], body: IO[bytes]
) -> tuple[_Printed, str]:
    """Has the client print them all, from the beginning of the file; with why that failed, empty if it did not."""
    _empty(body)
    printed = _Printed(Counter())
    for stretch in stretches:
        reason = _print(program, options, login, stretch, body, printed)
        if reason:
            return printed, reason
    return printed, ""


def _client(dialect: ErrantDialect, place: Place) -> tuple[str, str]:
    """The program, or why there is none."""
    try:
        program = own_program(dialect.programs, place.binary, dialect.is_own_program, "the server's client package")
    except Refusal as refusal:
        return "", refusal.cause
    return program, "" if program else f"there is no {' or '.join(dialect.programs)} on this host"


def _print(program: str, options: Sequence[str], login: Login, stretch: Stretch, body: IO[bytes], printed: _Printed) -> str:
    """Has the client print a stretch; returns why that failed, empty if it did not."""
    lines = [*included(login.config_file), "[client]", *login_lines(login)]
    with memory_file(lines) as secrets, tempfile.TemporaryFile() as said:
        # AnsibleModule.run_command keeps all output in memory.
        client = subprocess.Popen(  # pylint: disable=ansible-bad-function
            [
                program,
                f"--defaults-file=/dev/fd/{secrets.fileno()}",
                *options,
                f"--start-position={stretch.start}",
                f"--stop-position={stretch.end}",
                stretch.file,
            ],
            pass_fds=(secrets.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        with client:
            for line in client.stdout or ():
                body.write(line)
                row = _ROW.match(line)
                if row:
                    verb, *names = (part.decode(errors="replace") for part in row.groups())
                    printed.rows[f"{verb} {'.'.join(name[1:-1].replace('``', '`') for name in names)}"] += 1
                printed.cut_short = printed.cut_short or _UNKNOWN in line
        if client.returncode == 0:
            return ""
        said.seek(0)
        text = " ".join(said.read().decode(errors="replace").split())[-_SHOWN:]
        return f"{program} ended with status {client.returncode}: {text or 'it said nothing'}"
