# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts as the tables of both vendors hold them, and the statements about them."""

from __future__ import annotations

import json

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_revocation import (
    global_or_all,
    one_by_one,
    roles_and_all,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import (
    MariaDBAccounts,
    MySQLAccounts,
    create,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    TLS_ANY,
    TLS_NONE,
    TLS_SPECIFIED,
    TLS_X509,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.password_hash import Verdict, verify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version

MYSQL = MySQLAccounts(parse_version("9.7.4"))
OLD_MYSQL = MySQLAccounts(parse_version("8.0.28"))
MARIADB = MariaDBAccounts()
REPL = AccountName("repl", "%")
SALT = b"abcdefghijABCDEFGHIJ"
WANTED = frozenset({"REPLICATION SLAVE"})


def mysql_row(**columns):
    row = {
        "User": "repl", "Host": "%", "plugin": "caching_sha2_password", "hex_hash": "2441240180", "ssl_type": "",
        "account_locked": "N", "password_expired": "N", "password_lifetime": None, "default_roles": None, "changed": None,
    }  # fmt: skip
    return {**row, **columns}


def mariadb_account(**priv):
    (found,) = MARIADB.parse(
        [{"User": "repl", "Host": "%", "Priv": json.dumps({"access": 0, **priv}), "changed": "2026-11-25T16:34:20Z"}]
    )
    return found


def test_mysql_account():
    (found,) = MYSQL.parse([mysql_row()])
    assert (found.name, found.plugin, found.tls, found.locked, found.expired, found.lifetime) == (
        REPL, "caching_sha2_password", TLS_NONE, False, False, None,
    )  # fmt: skip
    assert found.credentials[0].stored_bytes == b"$A$\x01\x80"


@pytest.mark.parametrize(
    ("columns", "attribute", "expected"),
    [
        ({"ssl_type": "ANY"}, "tls", TLS_ANY),
        ({"ssl_type": "X509"}, "tls", TLS_X509),
        ({"ssl_type": "SPECIFIED"}, "tls", TLS_SPECIFIED),
        ({"account_locked": "Y"}, "locked", True),
        ({"password_expired": "Y"}, "expired", True),
        ({"password_lifetime": "0"}, "lifetime", 0),
        ({"default_roles": '["`r`@`%`"]'}, "default_roles", ("`r`@`%`",)),
        ({"changed": "2026-11-25T16:34:20Z"}, "changed", "2026-11-25T16:34:20Z"),
        ({}, "changed", ""),
    ],
)
def test_mysql_attributes(columns, attribute, expected):
    (found,) = MYSQL.parse([mysql_row(**columns)])
    assert getattr(found, attribute) == expected


@pytest.mark.parametrize(
    ("priv", "attribute", "expected"),
    [
        ({}, "plugin", "mysql_native_password"),
        ({"plugin": "ed25519"}, "plugin", "ed25519"),
        (
            {"plugin": "mysql_native_password", "auth_or": [{"plugin": "unix_socket"}, {}]},
            "plugin",
            "unix_socket or mysql_native_password",
        ),
        ({"ssl_type": 0}, "tls", TLS_NONE),
        ({"ssl_type": -1}, "tls", TLS_NONE),
        ({"ssl_type": 1}, "tls", TLS_ANY),
        ({"ssl_type": 2}, "tls", TLS_X509),
        ({"ssl_type": 3}, "tls", TLS_SPECIFIED),
        ({"account_locked": True}, "locked", True),
        ({"password_last_changed": 0}, "expired", True),
        ({"password_last_changed": 1795421170}, "expired", False),
        ({}, "expired", False),
        ({"password_lifetime": -1}, "lifetime", None),
        ({"password_lifetime": 0}, "lifetime", 0),
        ({"password_lifetime": 30}, "lifetime", 30),
        ({"default_role": "r`1"}, "default_roles", ("`r``1`",)),
        ({}, "changed", "2026-11-25T16:34:20Z"),
    ],
)
def test_mariadb_attributes(priv, attribute, expected):
    assert getattr(mariadb_account(**priv), attribute) == expected


def test_mariadb_roles_are_no_accounts():
    assert MARIADB.parse([{"User": "repl", "Host": "", "Priv": '{"is_role": true}', "changed": None}]) == ()


@pytest.mark.parametrize(
    ("dialect", "plugin"),
    [
        (MYSQL, "caching_sha2_password"),
        (MYSQL, "mysql_native_password"),
        (MARIADB, "mysql_native_password"),
        (MARIADB, "ed25519"),
    ],
)
def test_a_made_hash_fits_and_never_shows(dialect, plugin):
    credential = dialect.credential(plugin, Secret("pä'ss"), SALT, {"caching_sha2_password_digest_rounds": "6000"})
    assert verify(plugin, credential.stored_bytes, "pä'ss") is Verdict.MATCH
    statement = create(REPL, dialect.identified(credential), TLS_ANY)
    assert credential.stored.reveal() in statement.text().replace("\\", "")
    assert credential.stored.reveal() not in str(statement)
    assert "pä'ss" not in statement.text()


def test_create():
    identified = MARIADB.identified(MARIADB.credential("ed25519", Secret("x"), SALT, {}))
    statement = create(AccountName("o'repl", "%"), identified, TLS_ANY)
    assert str(statement) == (
        "CREATE USER IF NOT EXISTS 'o\\'repl'@'%' IDENTIFIED VIA ed25519 USING '********' REQUIRE SSL PASSWORD EXPIRE NEVER"
        " ACCOUNT UNLOCK"
    )


def revoked(revocations):
    return [(str(one.statement), one.takes_wanted) for one in revocations]


TOLERANT = "REVOKE IF EXISTS {} FROM 'repl'@'%' IGNORE UNKNOWN USER"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `repl`@`%`"], [("SELECT ON *.*", False)]),
        (["GRANT REPLICATION SLAVE ON *.* TO `repl`@`%` WITH GRANT OPTION"], [("GRANT OPTION ON *.*", False)]),
        (["GRANT `r`@`%` TO `repl`@`%`"], [("`r`@`%`", False)]),
        (["GRANT PROXY ON ``@`` TO `repl`@`%`"], [("PROXY ON ``@``", False)]),
        (["GRANT SELECT (`a`) ON `d`.`t` TO `repl`@`%`"], [("SELECT (`a`) ON `d`.`t`", False)]),
        (["GRANT SELECT ON `d`.* TO `repl`@`%` WITH GRANT OPTION"], [("SELECT, GRANT OPTION ON `d`.*", False)]),
        (
            ["GRANT ALL PRIVILEGES ON `d`.* TO `repl`@`%` WITH GRANT OPTION"],
            [("ALL PRIVILEGES ON `d`.*", False), ("GRANT OPTION ON `d`.*", False)],
        ),
        # Dynamic privileges first, whatever the order of SHOW GRANTS.
        (
            [
                "GRANT FILE ON *.* TO `repl`@`%` WITH GRANT OPTION",
                "GRANT BINLOG_ADMIN,CLONE_ADMIN ON *.* TO `repl`@`%` WITH GRANT OPTION",
            ],
            [("BINLOG_ADMIN, CLONE_ADMIN ON *.*", False), ("FILE, GRANT OPTION ON *.*", False)],
        ),
    ],
)
def test_mysql_revokes_one_by_one(lines, expected):
    surplus = parse_grants(lines, {})
    assert revoked(one_by_one(REPL, surplus, WANTED)) == [(TOLERANT.format(what), taken) for what, taken in expected]


def test_a_wanted_dynamic_privilege_with_its_option_goes_whole():
    surplus = parse_grants(["GRANT BINLOG_ADMIN ON *.* TO `repl`@`%` WITH GRANT OPTION"], {})
    assert revoked(one_by_one(REPL, surplus, frozenset({"BINLOG_ADMIN"}))) == [(TOLERANT.format("BINLOG_ADMIN ON *.*"), True)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["GRANT SELECT, REPLICATION SLAVE ON *.* TO `repl`@`%`"], [("REVOKE SELECT ON *.* FROM 'repl'@'%'", False)]),
        (
            ["GRANT FILE ON *.* TO `repl`@`%` WITH GRANT OPTION"],
            [("REVOKE FILE, GRANT OPTION ON *.* FROM 'repl'@'%'", False)],
        ),
        (
            ["GRANT SELECT ON `d`.* TO `repl`@`%`", "GRANT FILE ON *.* TO `repl`@`%`"],
            [("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'repl'@'%'", True)],
        ),
        (["GRANT ALL PRIVILEGES ON *.* TO `repl`@`%`"], [("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'repl'@'%'", True)]),
        (["GRANT `r` TO `repl`@`%`"], [("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'repl'@'%'", True)]),
        (
            ["GRANT PROXY ON 'x'@'%' TO 'repl'@'%'"],
            [("GRANT PROXY ON 'x'@'%' TO 'repl'@'%'", False), ("REVOKE PROXY ON 'x'@'%' FROM 'repl'@'%'", False)],
        ),
    ],
)
def test_mariadb_revokes_all_where_less_could_stop_a_replica(lines, expected):
    assert revoked(global_or_all(REPL, parse_grants(lines, {}), WANTED)) == expected


def test_old_mysql_makes_sure_that_the_role_is_there_to_be_revoked():
    surplus = parse_grants(["GRANT `r`@`%` TO `repl`@`%`", "GRANT FILE ON *.* TO `repl`@`%`"], {})
    expected = [
        ("CREATE ROLE IF NOT EXISTS `r`@`%`", False),
        ("GRANT `r`@`%` TO 'repl'@'%'", False),
        ("REVOKE `r`@`%` FROM 'repl'@'%'", False),
        ("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'repl'@'%'", True),
    ]
    assert revoked(roles_and_all(REPL, surplus)) == expected
    assert revoked(OLD_MYSQL.revoke(REPL, surplus, WANTED)) == expected
