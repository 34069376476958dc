# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files a server reads: their order, who wins, what stops it, and the merged candidate."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import (
    Chain,
    ChainError,
    merge,
    read_chain,
)
from hypothesis import given
from hypothesis import strategies as st

MYSQL_GROUPS = ("mysqld", "server", "mysqld-9.7")
MARIADB_GROUPS = ("mysqld", "server", "mysqld-10.11", "mariadb", "mariadb-10.11", "mariadbd", "client-server")
ALIASES = {"log_slave_updates": "log_replica_updates"}

DEBIAN_MYSQL = {
    "/etc/mysql/my.cnf": "# all of it\n!includedir /etc/mysql/conf.d/\n!includedir /etc/mysql/mysql.conf.d/\n",
    "/etc/mysql/conf.d/mysql.cnf": "[mysql]\n",
    "/etc/mysql/conf.d/mysqldump.cnf": "[mysqldump]\nquick\nquote-names\nmax_allowed_packet\t= 16M\n",
    "/etc/mysql/mysql.conf.d/mysql.cnf": "[mysql]\n",
    "/etc/mysql/mysql.conf.d/mysqld.cnf": (
        "[mysqld]\nuser\t\t= mysql\n# server-id\t\t= 1\nbind-address\t\t= 127.0.0.1\nmysqlx-bind-address\t= 127.0.0.1\n"
        "max_binlog_size   = 100M\n"
    ),
}
DEBIAN_MARIADB = {
    "/etc/mysql/my.cnf": (
        "[client-server]\nsocket = /run/mysqld/mysqld.sock\n\n"
        "!includedir /etc/mysql/conf.d/\n!includedir /etc/mysql/mariadb.conf.d/\n"
    ),
    "/etc/mysql/conf.d/mysql.cnf": "[mysql]\n",
    "/etc/mysql/mariadb.conf.d/50-client.cnf": "[client]\npassword = s3cret\n",
    "/etc/mysql/mariadb.conf.d/50-server.cnf": (
        "[server]\n\n[mysqld]\n#user = mysql\nbind-address            = 127.0.0.1\nexpire_logs_days        = 10\n\n"
        "[embedded]\n\n[mariadb]\n\n[mariadb-10.11]\n"
    ),
    "/etc/mysql/mariadb.conf.d/60-ours.cnf": "[mariadbd]\nbind_address = 0.0.0.0\nskip-log-bin # for now\n",
    "/etc/mysql/mariadb.conf.d/README": "[mysqld]\nnot_read = 1\n",
}


def read(files: Mapping[str, str], *paths: str, groups: tuple[str, ...] = MYSQL_GROUPS) -> Chain:
    def listing(directory: str) -> list[str] | None:
        prefix = directory.rstrip("/") + "/"
        return [path[len(prefix) :] for path in files if path.startswith(prefix)] or None

    return read_chain(paths or ("/etc/my.cnf", "/etc/mysql/my.cnf"), files.get, listing, groups, ALIASES)


def settings(chain: Chain) -> list[tuple[str, str | None]]:
    return [(assignment.name, assignment.value) for assignment in chain.assignments]


def test_debian_mysql() -> None:
    chain = read(DEBIAN_MYSQL)
    assert settings(chain) == [
        ("user", "mysql"),
        ("bind_address", "127.0.0.1"),
        ("mysqlx_bind_address", "127.0.0.1"),
        ("max_binlog_size", "100M"),
    ]
    assert chain.files[0] == "/etc/mysql/my.cnf"
    assert not chain.problems


def test_debian_mariadb() -> None:
    chain = read(DEBIAN_MARIADB, groups=MARIADB_GROUPS)
    assert settings(chain) == [
        ("socket", "/run/mysqld/mysqld.sock"),
        ("bind_address", "127.0.0.1"),
        ("expire_logs_days", "10"),
        ("bind_address", "0.0.0.0"),
        ("log_bin", "OFF"),
    ]
    winner = chain.effective("bind-address")
    assert winner is not None
    assert (winner.path, winner.line, winner.group) == ("/etc/mysql/mariadb.conf.d/60-ours.cnf", 2, "mariadbd")
    assert [found.line for found in chain.all("bind_address")] == [5, 2]
    negated = chain.effective("log_bin")
    assert negated is not None
    assert (negated.negated, negated.loose, negated.raw_name) == (True, False, "skip-log-bin")


def test_an_option_that_no_file_sets() -> None:
    assert read(DEBIAN_MYSQL).effective("server_id") is None


def test_old_names_prefixes_and_bare_names() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\nlog-slave-updates\nloose_Log_Replica_Updates = 0\n"})
    assert [(found.value, found.loose) for found in chain.all("log_slave_updates")] == [(None, False), ("0", True)]


def test_included_directories_are_read_sorted_by_bytes() -> None:
    names = ["b.cnf", "a.cnf", "B.cnf", "10.cnf", "9.cnf", ".cnf", ".hidden.cnf", "x.old.cnf", "é.cnf"]
    files = {f"/d/{name}": f"[mysqld]\nn={name}\n" for name in [*names, "x.cnf.bak", "y.CNF", "z.ini"]}
    chain = read({"/etc/my.cnf": "!includedir /d\n", **files})
    expected = [".cnf", ".hidden.cnf", "10.cnf", "9.cnf", "B.cnf", "a.cnf", "b.cnf", "x.old.cnf", "é.cnf"]
    assert [value for _name, value in settings(chain)] == expected


def test_the_group_goes_on_after_an_include() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\na=1\n!include /x.cnf\nb=1\n", "/x.cnf": "[client]\nq=1\n[mysqld]\nx=1\n"})
    assert settings(chain) == [("a", "1"), ("x", "1"), ("b", "1")]


def test_a_missing_include_is_a_problem() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\n!include /none.cnf\nb=1\n"})
    assert settings(chain) == [("b", "1")]
    (problem,) = chain.problems
    assert (problem.path, problem.line) == ("/etc/my.cnf", 2)
    assert "/none.cnf" in problem.message


def test_an_optional_directory_that_cannot_be_read_is_a_problem() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\n?includedir /none\nb=1\n"})
    assert settings(chain) == [("b", "1")]
    assert [(problem.path, problem.line) for problem in chain.problems] == [("/etc/my.cnf", 2)]


@pytest.mark.parametrize("broken", ["x=1\n", "[mysqld]\nx=1\n[oops\ny=2\n", "[mysqld]\n!includedir /none\ny=2\n"])
def test_an_included_file_is_read_up_to_its_error(broken: str) -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\na=1\n!include /x.cnf\nb=1\n", "/x.cnf": broken})
    assert [name for name, _value in settings(chain) if name != "x"] == ["a", "b"]
    assert [problem.path for problem in chain.problems] == ["/x.cnf"]


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"/etc/my.cnf": "x=1\n"}, ("/etc/my.cnf", 1)),
        ({"/etc/my.cnf": "[mysqld]\n!includedir /none\n"}, ("/etc/my.cnf", 2)),
        ({"/etc/my.cnf": "!include /x.cnf\n", "/x.cnf": "[a]\n!include y.cnf\n"}, ("/x.cnf", 2)),
    ],
)
def test_what_the_server_would_not_start_with(files: dict[str, str], where: tuple[str, int]) -> None:
    with pytest.raises(ChainError) as caught:
        read(files)
    assert (caught.value.path, caught.value.line) == where
    assert str(caught.value).startswith(f"{where[0]} line {where[1]}: ")


def test_a_file_that_includes_itself_is_read_eleven_times() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\na=1\n!include /etc/my.cnf\nb=1\n"})
    assert settings(chain) == [("a", "1")] * 11 + [("b", "1")] * 11
    assert [(problem.path, problem.line) for problem in chain.problems] == [("/etc/my.cnf", 3)]


def test_files_that_multiply_are_refused() -> None:
    with pytest.raises(ChainError, match="include each other"):
        read({"/etc/my.cnf": "!include /etc/my.cnf\n" * 4})


def test_merge() -> None:
    merged = merge(read(DEBIAN_MARIADB, groups=MARIADB_GROUPS))
    assert merged.text == (
        "[mysqld]\nsocket = /run/mysqld/mysqld.sock\nbind-address            = 127.0.0.1\n"
        "expire_logs_days        = 10\nbind_address = 0.0.0.0\nskip-log-bin # for now\n"
    )
    assert merged.origin(1) is None
    assert merged.origin(3) == ("/etc/mysql/mariadb.conf.d/50-server.cnf", 5)
    assert len(merged.origins) == len(merged.text.splitlines())


def test_a_chain_shows_no_value_in_its_repr() -> None:
    chain = read({"/etc/my.cnf": "[mysqld]\nreport_password = s3cret\n"})
    assert "s3cret" not in repr(chain)


LINES = st.lists(
    st.sampled_from(
        [
            "[mysqld]",
            "[client]",
            "[Server]",
            "a = 1",
            "loose_a='#'",
            "skip-a",
            "b=it's # x\r",
            "b",
            "",
            "# c",
            "!include /i",
        ]
    )
)


@given(LINES, LINES)
def test_a_merged_text_reads_like_the_chain(top: list[str], included: list[str]) -> None:
    files = {
        "/t": "\n".join(["[mysqld]", *top, ""]),
        "/i": "\n".join(["[mysqld]", *included]).replace("!include /i", ""),
    }
    chain = read(files, "/t")
    merged = merge(chain)
    again = read({"/m": merged.text}, "/m")
    assert settings(again) == settings(chain)
    assert [merged.origin(found.line) for found in again.assignments] == [(f.path, f.line) for f in chain.assignments]
    assert [found.loose for found in again.assignments] == [found.loose for found in chain.assignments]


@given(st.lists(st.sampled_from(["a", "A", "loose-a", "skip_a", "b"]), min_size=1), st.integers(0, 9))
def test_the_last_one_wins(names: list[str], split: int) -> None:
    lines = [f"{name} = {number}" for number, name in enumerate(names)]
    files = {
        "/1": "\n".join(["[mysqld]", *lines[:split]]),
        "/2": "\n".join(["[mysqld]", *lines[split:]]),
    }
    chain = read(files, "/1", "/2")
    for name in ("a", "b"):
        found = [number for number, spelled in enumerate(names) if spelled.lower().endswith(name)]
        winner = chain.effective(name)
        assert (winner is None) == (not found)
        if winner is not None:
            assert winner.raw_name == names[found[-1]]
            assert winner == chain.all(name)[-1]
            assert len(chain.all(name)) == len(found)
