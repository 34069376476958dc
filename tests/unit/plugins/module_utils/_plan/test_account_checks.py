# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input is named before anything is touched, with a way out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import (
    TLS_ANY,
    Account,
    AccountState,
    Client,
    Credential,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import ON_OBJECT, Grant, parse_grants
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan import account_checks
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replication_user import DesiredAccount

MYSQL = dialect_for(parse_version("9.7.4"))
MARIADB = dialect_for(parse_version("11.8.6-MariaDB"))
REPL = AccountName("repl", "%")
DESIRED = DesiredAccount(REPL, Secret("secret"), "auto", "", ("REPLICATION SLAVE",), True)
ALL_RIGHTS = ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION",)

STATE = AccountState(
    where="db1",
    version=MYSQL.version,
    variables={"read_only": "OFF", "super_read_only": "OFF"},
    offers_tls=True,
    plugins=frozenset({"caching_sha2_password"}),
    password_validators=frozenset(),
    known_privileges=frozenset({"REPLICATION SLAVE", "REPLICATION CLIENT", "SELECT", "FLUSH_PRIVILEGES", "USAGE"}),
    login=AccountName("admin", "localhost"),
    login_grants=parse_grants(ALL_RIGHTS, {}),
    accounts=(),
    clients=(),
    salt=b"",
)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (AccountName("", "%"), "name is empty"),
        (AccountName("x" * 33, "%"), "too long"),
        (AccountName("x", "h" * 256), "too long"),
        (AccountName("re\npl", "%"), "control character"),
        (AccountName("root", "%"), "the server itself or its administrator needs"),
        (AccountName("mysql.sys", "localhost"), "the server itself or its administrator needs"),
        (AccountName("admin", "%"), "this run is logged in with"),
    ],
)
def test_name(name, said):
    with pytest.raises(Refusal, match=said):
        account_checks.refuse_name(MYSQL, STATE, name)
    account_checks.refuse_name(MYSQL, STATE, REPL)


@pytest.mark.parametrize(
    ("dialect", "password", "said"),
    [
        (MYSQL, "", "password is empty"),
        (MYSQL, "x" * 33, "more than 32"),
        (MARIADB, "x" * 97, "more than 96"),
        (MARIADB, "a\nb", "line break"),
        (MYSQL, "a\0b", "NUL"),
    ],
)
def test_password(dialect, password, said):
    with pytest.raises(Refusal, match=said) as refused:
        account_checks.refuse_password(dialect, replace(DESIRED, password=Secret(password)))
    assert not password or password not in str(refused.value)


@pytest.mark.parametrize("password", ["x" * 32, "pä'\"\\ß€", " "])
def test_password_that_will_do(password):
    account_checks.refuse_password(MYSQL, replace(DESIRED, password=Secret(password)))


def test_only_an_account_that_replicates_is_bound_by_what_a_channel_can_store():
    watching = replace(DESIRED, privileges=("REPLICATION CLIENT",), password=Secret("x" * 97))
    account_checks.refuse_password(MYSQL, watching)


@pytest.mark.parametrize(
    ("on", "privilege", "said"),
    [
        ("`heartbeat`.*", "SELEC", "'SELEC' is no privilege"),
        ("``.*", "SELECT", "names no database"),
        ("`a\nb`.*", "SELECT", "names no database"),
    ],
)
def test_a_privilege_on_a_database(on, privilege, said):
    with pytest.raises(Refusal, match=said):
        account_checks.refuse_privileges(STATE, replace(DESIRED, on_databases=(Grant(ON_OBJECT, on, (privilege,)),)))
    account_checks.refuse_privileges(STATE, replace(DESIRED, on_databases=(Grant(ON_OBJECT, "`heartbeat`.*", ("SELECT",)),)))


@pytest.mark.parametrize(
    ("plugin", "said"),
    [("mysql_native_password", "has not loaded"), ("sha256_password", "is none that"), ("caching_sha2_pasword", "is none that")],
)
def test_plugin(plugin, said):
    with pytest.raises(Refusal, match=said) as refused:
        account_checks.refuse_plugin(MYSQL, STATE, replace(DESIRED, plugin=plugin))
    assert "caching_sha2_password" in refused.value.remedy
    account_checks.refuse_plugin(MYSQL, STATE, DESIRED)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("REPLICATION SLAVES", "did you mean REPLICATION SLAVE?"),
        ("REPLICATON CLIENT", "did you mean REPLICATION CLIENT?"),
        ("FLY", "SHOW PRIVILEGES"),
        ("ALL PRIVILEGES", "one by one"),
        ("USAGE", "one by one"),
    ],
)
def test_privilege(name, remedy):
    with pytest.raises(Refusal) as refused:
        account_checks.refuse_privileges(STATE, replace(DESIRED, privileges=("REPLICATION SLAVE", name)))
    assert name in refused.value.cause
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("host", "names", "covered"),
    [
        ("%", (), True),
        ("192.0.2.%", (), True),
        ("198.51.100.%", (), False),
        ("%.example.com", ("db2.example.com",), True),
        ("%.example.com", (), False),
    ],
)
def test_host_covers_the_replicas(host, names, covered):
    state = replace(STATE, clients=(Client("db2", "192.0.2.12", names),))
    if covered:
        account_checks.refuse_uncovered(MYSQL, state, AccountName("repl", host))
        return
    with pytest.raises(Refusal, match=r"does not fit the replica db2 \(192\.0\.2\.12\)"):
        account_checks.refuse_uncovered(MYSQL, state, AccountName("repl", host))


@pytest.mark.parametrize(
    ("offers_tls", "tls", "existing", "obstacle"),
    [
        (True, "required", None, False),
        (False, "required", None, True),
        (False, "auto", None, False),
        (False, "auto", TLS_ANY, True),
        (False, "off", TLS_ANY, False),
    ],
)
def test_tls(offers_tls, tls, existing, obstacle):
    held = (Account(REPL, (Credential("caching_sha2_password", Secret("")),), existing, False, False, 0),) if existing else ()
    state = replace(STATE, offers_tls=offers_tls, accounts=held)
    assert bool(account_checks.tls_obstacles(state, replace(DESIRED, tls=tls))) == obstacle


@pytest.mark.parametrize(
    ("dialect", "strict", "validators", "obstacle"),
    [
        (MARIADB, "ON", {"simple_password_check"}, True),
        (MARIADB, "OFF", {"simple_password_check"}, False),
        (MARIADB, "ON", set(), False),
        (MYSQL, "ON", {"validate_password"}, False),
    ],
)
def test_password_validation(dialect, strict, validators, obstacle):
    state = replace(STATE, variables={"strict_password_validation": strict}, password_validators=frozenset(validators))
    assert bool(account_checks.hash_obstacles(dialect, state)) == obstacle


@pytest.mark.parametrize(
    ("grants", "lacking"),
    [
        (ALL_RIGHTS, ""),
        (("GRANT CREATE USER, REPLICATION SLAVE ON *.* TO `a`@`%` WITH GRANT OPTION",), ""),
        (("GRANT CREATE USER ON *.* TO `a`@`%`",), "lacks: REPLICATION SLAVE WITH GRANT OPTION"),
        (("GRANT CREATE USER, REPLICATION SLAVE ON *.* TO `a`@`%`",), "lacks: REPLICATION SLAVE WITH GRANT OPTION"),
        (("GRANT SELECT ON *.* TO `a`@`%`",), "lacks: CREATE USER, REPLICATION SLAVE WITH GRANT OPTION"),
        (("GRANT SELECT ON `mysql`.* TO `a`@`%`",), "lacks: CREATE USER, REPLICATION SLAVE WITH GRANT OPTION"),
        # These may hold it: the server decides.
        (("GRANT `dba`@`%` TO `a`@`%`",), ""),
        (("GRANT INSERT, UPDATE ON `mysql`.* TO `a`@`%`",), ""),
    ],
)
def test_rights_of_the_login(grants, lacking):
    state = replace(STATE, login_grants=parse_grants(grants, {}))
    found = account_checks.rights_obstacles(state, frozenset({"REPLICATION SLAVE"}))
    assert [lacking in refusal.cause for refusal in found] == ([True] if lacking else [])
