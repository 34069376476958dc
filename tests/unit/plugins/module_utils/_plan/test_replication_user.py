# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which steps the replication account needs: for each fault the right ones, and none for an account that is right."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    TLS_ANY,
    TLS_NONE,
    TLS_X509,
    Account,
    AccountState,
    Client,
    Credential,
    Role,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import ON_OBJECT, Grant, parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replication_user import (
    DesiredAccount,
    choices,
    plan_absent,
    plan_present,
    privileges_at_stake,
    required_tls,
    targets,
)

MYSQL = parse_version("9.7.4")
MARIADB = parse_version("10.11.18-MariaDB")
VENDORS = pytest.mark.parametrize("version", [MYSQL, MARIADB], ids=["mysql", "mariadb"])
REPL = AccountName("repl", "%")
PASSWORD = Secret("right")
VARIABLES = {"caching_sha2_password_digest_rounds": "5000"}
SLAVE = "GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"
ADDRESS = "192.0.2.12"

DESIRED = DesiredAccount(REPL, PASSWORD, "auto", "", ("REPLICATION SLAVE",), True)


def hashed(version, password):
    syntax = dialect_for(version).accounts
    return syntax.credential(syntax.default_plugin, Secret(password), b"abcdefghijABCDEFGHIJ", VARIABLES)


def good(version, name=REPL, grants=(SLAVE,)):
    return Account(name, (hashed(version, "right"),), TLS_ANY, False, False, 0, (), parse_grants(grants, {}))


def state(version, *accounts, clients=(), offers_tls=True):
    return AccountState(
        where="db1", version=version, variables=VARIABLES, offers_tls=offers_tls, plugins=frozenset(),
        password_validators=frozenset(), known_privileges=frozenset(), login=AccountName("root", "localhost"), login_grants=(),
        accounts=accounts, clients=tuple(clients), salt=b"zyxwvutsrqZYXWVUTSRQ",
    )  # fmt: skip


def client(address=ADDRESS, *names):
    return Client(address, address, names)


def plan(version, *accounts, wanted=DESIRED, **more):
    return plan_present(dialect_for(version), state(version, *accounts, **more), wanted)


def statements(steps):
    return [str(step.action) for step in steps]


@VENDORS
def test_a_right_account_needs_nothing(version):
    assert plan(version, good(version), clients=[client()]) == []


@VENDORS
def test_a_missing_account_is_created_and_older_ones_on_replicas_brought_into_line(version):
    steps = plan(version)
    verbs = [" ".join(text.split()[:2]) for text in statements(steps)]
    assert verbs == ["CREATE USER", "ALTER USER", "GRANT REPLICATION"]
    assert steps[0].before is None
    create, alter = (step.action.text().split("IDENTIFIED", 1)[1] for step in steps[:2])
    assert create == alter


@VENDORS
@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        ({"locked": True}, "ACCOUNT UNLOCK"),
        ({"expired": True}, "IDENTIFIED"),
        ({"lifetime": 90}, "PASSWORD EXPIRE NEVER"),
        ({"lifetime": None}, "PASSWORD EXPIRE NEVER"),
        ({"tls": TLS_NONE}, "REQUIRE SSL"),
        ({"tls": TLS_X509}, "REQUIRE SSL"),
        ({"credentials": (Credential("auth_socket", Secret("")),)}, "IDENTIFIED"),
        ({"credentials": (Credential("mysql_native_password", Secret("invalid")),)}, "IDENTIFIED"),
    ],
)
def test_one_fault_takes_one_clause(version, fault, clause):
    steps = plan(version, replace(good(version), **fault))
    assert len(steps) == 2
    create, alter = statements(steps)
    assert create.startswith("CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED")
    assert alter.startswith(f"ALTER USER IF EXISTS 'repl'@'%' {clause}")
    kinds = ("IDENTIFIED", "REQUIRE", "PASSWORD EXPIRE", "ACCOUNT")
    assert sum(kind in alter for kind in kinds) == 1
    assert steps[1].before != steps[1].after


@VENDORS
def test_all_faults_take_one_alter(version):
    broken = replace(
        good(version, grants=()), credentials=(hashed(version, "wrong"),), tls=TLS_X509, locked=True, expired=True, lifetime=1
    )
    _create, alter, grant = plan(version, replace(broken, changed="2026-11-25T16:34:20Z"))
    assert "\npassword: another, set at 2026-11-25T16:34:20Z, expired\n" in alter.before
    assert alter.why == (
        "another password, password expired, TLS client certificate required instead of required, password expires after 1 day,"
        " locked"
    )
    assert str(alter.action).count("IDENTIFIED") == 1
    assert str(grant.action) == "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'"


@VENDORS
def test_a_right_password_is_not_hashed_anew(version):
    """A replica that lacks the account gets the hash that the primary has."""
    stored = hashed(version, "right")
    create = plan(version, replace(good(version), locked=True))[0]
    assert stored.stored.reveal() in create.action.text()


@VENDORS
def test_steps_show_neither_password_nor_hash(version):
    steps = plan(version, replace(good(version), credentials=(hashed(version, "wrong"),)), clients=[client()])
    shown = str([step.describe() for step in steps])
    hashes = [hashed(version, word).stored.reveal() for word in ("right", "wrong")]
    assert not any(secret in shown for secret in ("right'", *hashes))


@VENDORS
def test_exclusive_takes_surplus_and_otherwise_it_stays(version):
    rich = good(version, grants=("GRANT REPLICATION SLAVE, FILE ON *.* TO `repl`@`%`",))
    _create, revoke = plan(version, rich)
    assert "FILE" in str(revoke.action)
    assert "SLAVE" not in str(revoke.action)
    assert revoke.why == "surplus: FILE"
    assert plan(version, rich, wanted=replace(DESIRED, exclusive=False)) == []


def test_mariadb_grants_again_what_revoke_all_took():
    rich = good(MARIADB, grants=(SLAVE, "GRANT SELECT ON `d`.* TO `repl`@`%`"))
    assert statements(plan(MARIADB, rich))[1:] == [
        "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'repl'@'%'",
        "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'",
    ]


HEARTBEAT = Grant(ON_OBJECT, "`heartbeat`.*", ("INSERT", "SELECT", "UPDATE"))
WRITER = replace(DESIRED, privileges=(), on_databases=(HEARTBEAT,))


@pytest.mark.parametrize(
    ("grants", "mysql", "mariadb"),
    [
        (["INSERT, SELECT, UPDATE ON `heartbeat`.*"], [], []),
        ([], ["GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"], ["GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"]),
        (["SELECT ON `heartbeat`.*"], ["GRANT INSERT, UPDATE ON `heartbeat`.*"], ["GRANT INSERT, UPDATE ON `heartbeat`.*"]),
        (
            ["DELETE, INSERT, SELECT, UPDATE ON `heartbeat`.*"],
            ["REVOKE IF EXISTS DELETE ON `heartbeat`.*"],
            ["REVOKE ALL PRIVILEGES, GRANT OPTION", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
        ),
        (
            ["ALL PRIVILEGES ON `heartbeat`.*"],
            ["REVOKE IF EXISTS ALL PRIVILEGES ON `heartbeat`.*", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
            ["REVOKE ALL PRIVILEGES, GRANT OPTION", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
        ),
        (
            ["INSERT, SELECT, UPDATE ON `heartbeat`.*", "SELECT ON `other`.*"],
            ["REVOKE IF EXISTS SELECT ON `other`.*"],
            ["REVOKE ALL PRIVILEGES, GRANT OPTION", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
        ),
        (
            ["INSERT, SELECT, UPDATE ON `heartbeat`.`heartbeat`"],
            ["REVOKE IF EXISTS INSERT, SELECT, UPDATE ON `heartbeat`.`heartbeat`", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
            ["REVOKE ALL PRIVILEGES, GRANT OPTION", "GRANT INSERT, SELECT, UPDATE ON `heartbeat`.*"],
        ),
    ],
)
@VENDORS
def test_privileges_on_a_database(version, grants, mysql, mariadb):
    found = good(version, grants=[f"GRANT {one} TO `repl`@`%`" for one in grants])
    steps = plan(version, found, wanted=WRITER)
    done = [re.split(" (?:TO|FROM) ", text)[0] for text in statements(steps)[1:]]
    assert done == (mysql if version is MYSQL else mariadb)
    assert all(step.after == "INSERT, SELECT, UPDATE ON `heartbeat`.*" for step in steps[1:])


@VENDORS
def test_each_grant_tells_what_it_finds_and_what_it_leaves(version):
    """A run may end between them, and its record tells of the first alone."""
    steps = plan(version, wanted=replace(WRITER, privileges=("REPLICATION SLAVE",)))
    both = "INSERT, SELECT, UPDATE ON `heartbeat`.*\nREPLICATION SLAVE"
    values = [(step.before, step.after) for step in steps if step.target.startswith("privileges")]
    assert values == [(None, "REPLICATION SLAVE"), ("REPLICATION SLAVE", both)]


@VENDORS
def test_what_is_held_everywhere_is_held_on_a_database(version):
    rich = good(version, grants=("GRANT INSERT, SELECT, UPDATE ON *.* TO `repl`@`%`",))
    assert plan(version, rich, wanted=replace(WRITER, exclusive=False)) == []


@pytest.mark.parametrize(
    ("active", "role_grants", "exclusive", "changes"),
    [
        (True, ["GRANT REPLICATION SLAVE ON *.* TO `r`"], True, []),
        (True, ["GRANT REPLICATION SLAVE, FILE ON *.* TO `r`"], False, []),
        (True, ["GRANT REPLICATION SLAVE, FILE ON *.* TO `r`"], True, ["REVOKE", "GRANT"]),
        (True, ["GRANT REPLICATION SLAVE ON *.* TO `r`", "GRANT SELECT ON `d`.* TO `r`"], True, ["REVOKE", "GRANT"]),
        (False, ["GRANT REPLICATION SLAVE ON *.* TO `r`"], False, ["GRANT"]),
        (False, ["GRANT REPLICATION SLAVE ON *.* TO `r`"], True, ["REVOKE", "GRANT"]),
    ],
)
def test_a_role_counts_if_it_is_active(active, role_grants, exclusive, changes):
    by_role = replace(
        good(MYSQL, grants=("GRANT `r`@`%` TO `repl`@`%`",)), roles=(Role("`r`@`%`", active, parse_grants(role_grants, {})),)
    )
    steps = plan(MYSQL, by_role, wanted=replace(DESIRED, exclusive=exclusive))
    assert [text.split()[0] for text in statements(steps)[1:]] == changes


def test_a_partial_revoke_of_a_wanted_privilege_is_lifted():
    restricted = good(MYSQL, grants=("GRANT SELECT ON *.* TO `repl`@`%`", "REVOKE SELECT ON `d`.* FROM `repl`@`%`"))
    steps = plan(MYSQL, restricted, wanted=replace(DESIRED, privileges=("SELECT",)))
    assert statements(steps)[1:] == ["GRANT SELECT ON `d`.* TO 'repl'@'%'"]


@pytest.mark.parametrize(
    ("wanted", "offers_tls", "found", "expected"),
    [
        ("auto", True, None, TLS_ANY),
        ("auto", True, TLS_NONE, TLS_ANY),
        ("auto", False, None, TLS_NONE),
        ("auto", False, TLS_ANY, TLS_ANY),
        ("auto", False, TLS_X509, TLS_X509),
        ("required", False, TLS_NONE, TLS_ANY),
        ("required", True, TLS_X509, TLS_ANY),
        ("off", True, TLS_ANY, TLS_NONE),
    ],
)
def test_tls_is_never_weakened_by_omission(wanted, offers_tls, found, expected):
    existing = replace(good(MYSQL), tls=found) if found else None
    assert required_tls(state(MYSQL, offers_tls=offers_tls), replace(DESIRED, tls=wanted), existing) == expected


@VENDORS
@pytest.mark.parametrize("shadow", [AccountName("repl", ADDRESS), AccountName("", ADDRESS), AccountName("repl", "192.0.2._2")])
def test_a_shadowing_account_gets_ours_at_its_host(version, shadow):
    other = replace(good(version, shadow, grants=()), credentials=(hashed(version, "wrong"),), locked=True)
    steps = plan(version, good(version), other, clients=[client()])
    ours = f"'repl'@'{shadow.host}'"
    assert steps
    assert all(ours in text for text in statements(steps))
    assert all(f"for {ADDRESS} the server chooses" in step.why for step in steps)
    assert not any("DROP" in text for text in statements(steps))


@VENDORS
def test_a_shadow_that_is_ours_already_keeps_its_surplus(version):
    shadow = good(version, AccountName("repl", ADDRESS), grants=("GRANT REPLICATION SLAVE, FILE ON *.* TO `repl`@`192.0.2.12`",))
    assert plan(version, good(version), shadow, clients=[client()]) == []


@VENDORS
def test_an_account_that_shadows_nobody_is_left_alone(version):
    other = replace(good(version, AccountName("repl", "198.51.100.7"), grants=()), locked=True)
    assert plan(version, good(version), other, clients=[client()]) == []


@VENDORS
def test_a_name_can_shadow_too_and_so_can_its_absence(version):
    """The server may or may not see the reverse name; both choices must be right."""
    named = replace(good(version, AccountName("repl", "db2.example.com"), grants=()), locked=True)
    unnamed = good(version, AccountName("", "192.0.2.%"), grants=())
    seen = state(version, good(version), named, unnamed, clients=[client(ADDRESS, "db2.example.com")])
    found = targets(dialect_for(version), seen, DESIRED)
    assert [target.name.host for target in found] == ["%", "db2.example.com", "192.0.2.%"]
    assert choices(dialect_for(version), seen, found) == {ADDRESS: "repl@db2.example.com"}


@VENDORS
def test_one_shadow_behind_another(version):
    accounts = (good(version), good(version, AccountName("", ADDRESS)), good(version, AccountName("", "192.0.2.%")))
    seen = state(version, *accounts, clients=[client(), client("192.0.2.13")])
    found = targets(dialect_for(version), seen, DESIRED)
    assert [target.name.host for target in found] == ["%", ADDRESS, "192.0.2.%"]
    assert choices(dialect_for(version), seen, found) == {ADDRESS: f"repl@{ADDRESS}", "192.0.2.13": "repl@192.0.2.%"}


@VENDORS
def test_absent_drops_the_one_account(version):
    here = state(version, good(version), good(version, AccountName("repl", ADDRESS)))
    assert statements(plan_absent(here, REPL)) == ["DROP USER IF EXISTS 'repl'@'%'"]
    assert plan_absent(here, AccountName("other", "%")) == []


@VENDORS
def test_what_the_login_must_be_able_to_grant(version):
    rich = good(version, grants=("GRANT FILE ON *.* TO `repl`@`%`",))
    assert privileges_at_stake(dialect_for(version), state(version, rich), DESIRED) == {"FILE", "REPLICATION SLAVE"}
    assert privileges_at_stake(dialect_for(version), state(version, good(version)), DESIRED) == frozenset()
