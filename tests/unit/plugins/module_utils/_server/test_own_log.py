# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct
from pathlib import Path
from typing import Callable
from uuid import UUID

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.gtid import MariaDBGtid, MySQLGtid
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.binlog_file import (
    HEADER_SIZE,
    MAGIC,
    Header,
    Logged,
    header_from,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import own_log
from hypothesis import given
from hypothesis import strategies as st

OURS, THEIRS = UUID(int=1), UUID(int=2**128 - 1)
FORMAT, MYSQL_GTID, MARIADB_GTID = 15, 33, 162
MYSQL, MARIADB = MySQLGtid(), MariaDBGtid()
unsigned = st.integers(0, 2**32 - 1)


def event(kind: int, server_id: int, at: int, body: bytes) -> bytes:
    """As the manual draws it: time, type, server_id, length, next position, flags, body."""
    return struct.pack("<IBIIIH", at, kind, server_id, 19 + len(body), 0, 0) + body


def mysql(uuid: UUID, number: int, at: int) -> bytes:
    return event(MYSQL_GTID, 1, at, struct.pack("<B16sQ", 1, uuid.bytes, number) + b"\x02" + bytes(17))


def mariadb(domain: int, server: int, number: int, at: int) -> bytes:
    return event(MARIADB_GTID, server, at, struct.pack("<QIB", number, domain, 0) + bytes(6))


def server(server_uuid: str, server_id: int) -> Identity:
    return Identity(parse_version("9.7.4"), server_id, server_uuid, "db1", 3306)


@pytest.fixture
def log(tmp_path: Path) -> Callable[..., str]:
    def write(*events: bytes, magic: bytes = MAGIC) -> str:
        path = tmp_path / f"binlog.{len(list(tmp_path.iterdir()))}"
        path.write_bytes(magic + b"".join([event(FORMAT, 1, 1000, bytes(90)), *events]))
        return str(path)

    return write


@given(at=unsigned, kind=st.integers(0, 255), server_id=unsigned, size=st.integers(0, 2**32 - 20), rest=st.binary(max_size=3))
def test_a_header_reads_as_it_was_written(at: int, kind: int, server_id: int, size: int, rest: bytes) -> None:
    raw = struct.pack("<IBIIIH", at, kind, server_id, size + 19, 0, 0)
    assert header_from(raw + rest) == Header(at, kind, server_id, size + 19)


@given(raw=st.binary(max_size=HEADER_SIZE - 1))
def test_a_file_that_ends_in_a_header_has_none(raw: bytes) -> None:
    assert header_from(raw) is None


def test_a_length_below_the_headers_own_is_no_header() -> None:
    assert header_from(struct.pack("<IBIIIH", 1, 15, 1, 18, 0, 0)) is None


@given(uuid=st.uuids(), number=st.integers(1, 2**63 - 2))
def test_mysql_names_the_writer_by_its_uuid(uuid: UUID, number: int) -> None:
    raw = mysql(uuid, number, 5)
    header = header_from(raw)
    assert header is not None
    gtid = MYSQL.began(header, raw[HEADER_SIZE:])
    assert gtid == f"{uuid}:{number}"
    assert MYSQL.wrote(gtid, server(str(uuid), 1))
    assert not MYSQL.wrote(gtid, server(str(UUID(int=uuid.int ^ 1)), 1))
    assert MARIADB.began(header, raw[HEADER_SIZE:]) == ""


@given(domain=unsigned, number=st.integers(1, 2**64 - 1), server_id=st.integers(1, 2**32 - 1))
def test_mariadb_names_the_writer_by_its_server_id(domain: int, number: int, server_id: int) -> None:
    raw = mariadb(domain, server_id, number, 5)
    header = header_from(raw)
    assert header is not None
    gtid = MARIADB.began(header, raw[HEADER_SIZE:])
    assert gtid == f"{domain}-{server_id}-{number}"
    assert MARIADB.wrote(gtid, server("", server_id))
    assert not MARIADB.wrote(gtid, server("", server_id - 1))
    assert MYSQL.began(header, raw[HEADER_SIZE:]) == ""


@pytest.mark.parametrize("dialect", [MYSQL, MARIADB])
@pytest.mark.parametrize("kind", [MYSQL_GTID, MARIADB_GTID])
def test_a_body_that_was_cut_off_begins_nothing(dialect: MySQLGtid | MariaDBGtid, kind: int) -> None:
    assert dialect.began(Header(1, kind, 1, 30), bytes(11)) == ""


def test_the_first_transaction_of_a_source_is_found_behind_others(log: Callable[..., str]) -> None:
    paths = [log(mysql(OURS, 1, 11)), log(mysql(OURS, 2, 12), mysql(THEIRS, 7, 13), mysql(THEIRS, 8, 14))]
    assert own_log.first_of(paths, MYSQL, server(str(THEIRS), 9)) == Logged(f"{THEIRS}:7", 13)
    assert own_log.first_of(paths[:1], MYSQL, server(str(THEIRS), 9)) is None


def test_it_is_found_by_mariadbs_numbers_too(log: Callable[..., str]) -> None:
    path = log(mariadb(0, 1, 5, 11), mariadb(3, 2, 6, 12))
    assert own_log.first_of([path], MARIADB, server("", 2)) == Logged("3-2-6", 12)


def test_when_a_log_was_begun(log: Callable[..., str], tmp_path: Path) -> None:
    assert own_log.begun_at(log()) == 1000
    with pytest.raises(own_log.LogUnreadable, match="may be encrypted"):
        own_log.begun_at(log(magic=b"\xfdbin"))
    with pytest.raises(own_log.LogUnreadable, match="No such file"):
        own_log.begun_at(str(tmp_path / "gone"))
    empty = tmp_path / "empty"
    empty.write_bytes(MAGIC)
    with pytest.raises(own_log.LogUnreadable, match="does not say when"):
        own_log.begun_at(str(empty))
