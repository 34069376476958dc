# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All accounts of a server at once: logging in, privileges through roles, and no hash."""

from __future__ import annotations

import json

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_facts import (
    MariaDBAccountFacts,
    MySQLAccountFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.accounts import MariaDBAccounts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_ANY, TLS_X509

SLAVE = "REPLICATION SLAVE"


def mysql_row(user, host="%", **more):
    return {
        "User": user,
        "Host": host,
        "plugin": "caching_sha2_password",
        "ssl_type": "",
        "account_locked": "N",
        "password_expired": "N",
        "password_lifetime": None,
        "changed": "1795623775",
        "max_connections": "0",
        "max_user_connections": "0",
        **more,
    }


def mysql(accounts, privileges=(), roles=(), default_roles=(), objects=(), **variables):
    rows = {
        "accounts": accounts,
        "privileges": [{"GRANTEE": grantee, "PRIVILEGE_TYPE": name} for grantee, name in privileges],
        "objects": [{"GRANTEE": grantee, "object": name} for grantee, name in objects],
        "roles": [dict(zip(("user", "host", "role", "role_host"), row)) for row in roles],
        "default_roles": [dict(zip(("user", "host", "role", "role_host"), row)) for row in default_roles],
    }
    return MySQLAccountFacts().parse(rows, variables, {})


def mariadb(accounts, privileges=(), roles=()):
    rows = {
        "accounts": [{"User": user, "Host": host, "Priv": json.dumps(priv)} for user, host, priv in accounts],
        "privileges": [{"GRANTEE": grantee, "PRIVILEGE_TYPE": name} for grantee, name in privileges],
        "objects": [],
        "roles": [dict(zip(("user", "host", "role", "role_host"), (*row, ""))) for row in roles],
    }
    return MariaDBAccountFacts().parse(rows, {}, MariaDBAccounts.privilege_aliases)


def test_mysql_reads_what_decides_about_a_login():
    (one,) = mysql(
        [mysql_row("repl", ssl_type="X509", account_locked="Y", password_expired="Y", password_lifetime="90", max_connections="5")],
        [("'repl'@'%'", SLAVE)],
        objects=[("'repl'@'%'", "practice")],
    )
    assert (one.tls, one.locked, one.expired, one.lifetime, one.changed) == (TLS_X509, True, True, 90, 1795623775)
    assert (one.privileges, one.objects, one.max_connections_per_hour) == ((SLAVE,), ("practice",), 5)


def test_an_account_with_thousands_of_grants_names_the_first_and_counts_the_others():
    (one,) = mysql([mysql_row("app")], objects=[("'app'@'%'", f"shop.table{number:04}") for number in range(5000)])
    assert one.objects[:2] == ("shop.table0000", "shop.table0001")
    assert len(one.objects) == 21
    assert one.objects[-1] == "4980 more"


@pytest.mark.parametrize(
    ("default", "all_active", "active"),
    [((), "OFF", False), ((("repl", "%", "r", "%"),), "OFF", True), ((), "ON", True)],
)
def test_mysql_tells_active_roles_from_idle_ones(default, all_active, active):
    (one,) = mysql(
        [mysql_row("repl")],
        [("'inner'@'%'", SLAVE)],
        roles=[("repl", "%", "r", "%"), ("r", "%", "inner", "%")],
        default_roles=default,
        activate_all_roles_on_login=all_active,
    )
    assert one.privileges == ()
    assert one.roles == ("r@%",)
    assert one.role_privileges == ((SLAVE,) if active else ())
    assert one.idle_privileges == (() if active else (SLAVE,))


def test_roles_that_hold_each_other_come_to_an_end():
    (one,) = mysql(
        [mysql_row("repl")], [("'a'@'%'", SLAVE)], roles=[("repl", "%", "a", "%"), ("a", "%", "b", "%"), ("b", "%", "a", "%")]
    )
    assert one.idle_privileges == (SLAVE,)


def test_mariadb_reads_what_decides_about_a_login():
    (one,) = mariadb(
        [
            (
                "repl",
                "%",
                {"ssl_type": 1, "account_locked": True, "plugin": "ed25519", "password_last_changed": 7, "password_lifetime": -1},
            )
        ],
        [("'repl'@'%'", "REPLICATION CLIENT")],
    )
    assert (one.tls, one.locked, one.expired, one.lifetime, one.changed) == (TLS_ANY, True, False, None, 7)
    assert (one.plugins, one.privileges) == (("ed25519",), ("BINLOG MONITOR",))


def test_mariadb_roles_are_no_accounts_and_the_default_one_is_active():
    found = mariadb(
        [
            ("repl", "%", {"default_role": "r"}),
            ("r", "", {"is_role": True, "access": 524288}),
            ("other", "", {"is_role": True, "access": 3}),
            ("PUBLIC", "", {"is_role": True, "access": 0}),
        ],
        roles=[("repl", "%", "r"), ("repl", "%", "other")],
    )
    assert [one.user for one in found] == ["repl"]
    assert found[0].roles == ("other", "r")
    assert found[0].role_privileges == (SLAVE,)
    assert found[0].idle_privileges == ("other privileges",)


def test_mariadb_alternatives_are_all_told_without_their_hashes():
    (one,) = mariadb(
        [
            (
                "root",
                "localhost",
                {"plugin": "unix_socket", "authentication_string": "*C0FFEE", "auth_or": [{"plugin": "ed25519"}, {}]},
            )
        ]
    )
    assert one.plugins == ("ed25519", "unix_socket")
    assert "C0FFEE" not in repr(one)


def test_mariadb_expired_by_hand():
    assert mariadb([("repl", "%", {"password_last_changed": 0})])[0].expired


def test_an_administrator_is_told_in_short():
    (one,) = mysql([mysql_row("root")], [("'root'@'%'", name) for name in ("SELECT", "SUPER", SLAVE, *map(str, range(40)))])
    assert one.privileges == (SLAVE, "SELECT", "SUPER", "40 more")


def test_no_query_asks_for_a_hash():
    for dialect in (MySQLAccountFacts, MariaDBAccountFacts):
        for query in dialect.queries.values():
            assert "authentication_string" not in query.replace("JSON_REMOVE(Priv, '$.authentication_string')", "")
