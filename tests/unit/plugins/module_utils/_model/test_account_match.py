# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account that a server chooses: each case was seen with CURRENT_USER() on MySQL 9.7 or on MariaDB 10.11 and 11.8."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import (
    MARIADB_RULES,
    MYSQL_RULES,
    AccountName,
    MatchRules,
    chosen,
    contenders,
    matches,
)

BOTH = [pytest.param(MYSQL_RULES, id="mysql"), pytest.param(MARIADB_RULES, id="mariadb")]
NAME = ("db1.example.com",)


def account(text: str) -> AccountName:
    user, _at, host = text.partition("@")
    return AccountName(user, host)


def choice(rules: MatchRules, accounts: str, address: str, *names: str) -> str | None:
    """Whichever order the accounts come in."""
    found = {
        chosen([account(text) for text in order], "repl", address, names, rules)
        for order in itertools.permutations(accounts.split())
    }
    assert len(found) == 1
    name = found.pop()
    return name and f"{name.user}@{name.host}"


@pytest.mark.parametrize("rules", BOTH)
@pytest.mark.parametrize(
    ("host", "address", "names", "fits"),
    [
        ("192.0.2.10", "192.0.2.10", (), True),
        ("192.0.2.10", "192.0.2.1", (), False),
        ("192.0.2.10", "::ffff:192.0.2.10", (), True),
        ("192.0.2.%", "192.0.2.10", (), True),
        ("192.0.2.1%", "192.0.2.10", (), True),
        ("192.0.2.300", "192.0.2.10", (), False),
        ("192.0.2.%", "192.0.20.1", (), False),
        ("192.0.2._", "192.0.2.10", (), False),
        ("192.0.2.__", "192.0.2.10", (), True),
        ("192.0.2._%", "192.0.2.1", (), True),
        ("192%0.2.1%", "192.0.2.10", (), True),
        ("192.0.2.%%", "192.0.2.10", (), True),
        ("192\\.0%", "192.0.2.10", (), True),
        ("192.0.2.0/255.255.255.0", "192.0.2.10", (), True),
        ("192.0.2.0/255.255.255.0", "192.0.3.10", (), False),
        ("192.0.2.0/255.255.255.0", "2001:db8::1", (), False),
        # A network is given by its first address.
        ("192.0.2.1/255.255.255.0", "192.0.2.10", (), False),
        ("192.0.2.0/0.0.0.0", "192.0.2.10", (), False),
        ("%", "192.0.2.10", (), True),
        ("", "192.0.2.10", (), True),
        ("%", "", ("localhost",), True),
        ("localhost", "", ("localhost",), True),
        ("127.0.0.1", "", ("localhost",), False),
        ("localhost", "127.0.0.1", ("localhost",), True),
        # With skip_name_resolve the server sees no name.
        ("localhost", "127.0.0.1", (), False),
        ("db1.example.com", "192.0.2.10", NAME, True),
        ("DB1.Example.COM", "192.0.2.10", NAME, True),
        ("db1.example.com", "192.0.2.10", ("DB1.EXAMPLE.COM",), True),
        ("db1.example.com", "192.0.2.10", (), False),
        ("db1.example.com", "192.0.2.10", ("x.org", "db1.example.com"), True),
        ("%.example.com", "192.0.2.10", NAME, True),
        ("db_.example.com", "192.0.2.10", NAME, True),
        ("db\\_.example.com", "192.0.2.10", NAME, False),
        ("db\\_.example.com", "192.0.2.10", ("db_.example.com",), True),
        ("db\\%", "192.0.2.10", NAME, False),
        ("db1xexample.com", "192.0.2.10", NAME, False),
        ("db1.example.com%", "192.0.2.10", NAME, True),
        # A name must not pass for an address.
        ("192.0.2.%", "203.0.113.1", ("192.0.2.example.com",), False),
        ("192.0.2.example.com", "203.0.113.1", ("192.0.2.example.com",), False),
        ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", (), True),
        ("2001:db8::%", "2001:db8::1", (), True),
        # IPv6 is text to the server, in the form that it writes itself.
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1", (), False),
        ("2001:db8::/32", "2001:db8::1", (), False),
    ],
)
def test_whether_a_host_part_fits(rules: MatchRules, host: str, address: str, names: tuple[str, ...], fits: bool) -> None:
    assert matches(host, address, names, rules) is fits


@pytest.mark.parametrize(
    ("host", "address", "names", "mysql", "mariadb"),
    [
        ("192.0.2.0/24", "192.0.2.10", (), True, False),
        ("192.0.2.0/24", "192.0.3.10", (), False, False),
        ("192.0.2.128/25", "192.0.2.10", (), False, False),
        ("192.0.0.0/9", "192.127.2.10", (), True, False),
        ("192.0.2.10/32", "192.0.2.10", (), True, False),
        ("192.0.2.0/33", "192.0.2.10", (), False, False),
        ("192.0.2.1/24", "192.0.2.10", (), False, False),
        # Plain addresses are numbers to MySQL, and text to MariaDB.
        ("192.0.2.010", "192.0.2.10", (), True, False),
        # A netmask with a gap.
        ("192.0.2.0/255.0.255.0", "192.0.2.10", (), False, True),
        # The end of a pattern of names.
        ("ab_%", "192.0.2.10", ("abc",), False, True),
        ("ab_%", "192.0.2.10", ("abcd",), True, True),
        ("ab%%", "192.0.2.10", ("ab",), False, True),
        ("ab%%", "192.0.2.10", ("abc",), True, True),
        ("ab\\_%", "192.0.2.10", ("ab_",), True, True),
    ],
)
def test_where_the_vendors_read_a_host_part_differently(
    host: str, address: str, names: tuple[str, ...], mysql: bool, mariadb: bool
) -> None:
    assert matches(host, address, names, MYSQL_RULES) is mysql
    assert matches(host, address, names, MARIADB_RULES) is mariadb


@pytest.mark.parametrize("rules", BOTH)
@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        ("repl@% repl@192.0.2.10", "repl@192.0.2.10"),
        ("repl@% repl@db1.example.com", "repl@db1.example.com"),
        ("repl@% @192.0.2.10", "@192.0.2.10"),
        ("repl@% @db1.example.com", "@db1.example.com"),
        ("repl@% @192.0.2.%", "@192.0.2.%"),
        ("repl@192.0.2.10 @192.0.2.10", "repl@192.0.2.10"),
        ("repl@192.0.2.% @192.0.2.10 @%", "@192.0.2.10"),
        ("repl@% @%", "repl@%"),
        ("@%", "@%"),
        ("repl@192.% repl@192.0.2.% repl@192.0.% repl@%", "repl@192.0.2.%"),
        ("repl@%.com repl@%", "repl@%.com"),
        ("repl@192.0.2.0/255.255.255.0 repl@192.0.2.%", "repl@192.0.2.0/255.255.255.0"),
        ("repl@192.0.2.0/255.255.255.0 repl@192.0.2.10 repl@%", "repl@192.0.2.10"),
        ("other@192.0.2.10 repl@%", "repl@%"),
        ("Repl@192.0.2.10 repl@%", "repl@%"),
        ("repl@192.0.2.11 repl@localhost", None),
        ("other@%", None),
    ],
)
def test_the_most_specific_account_is_chosen(rules: MatchRules, accounts: str, expected: str | None) -> None:
    assert choice(rules, accounts, "192.0.2.10", "db1.example.com") == expected


@pytest.mark.parametrize(
    ("accounts", "mysql", "mariadb"),
    [
        # MySQL puts IPv4 in any notation before names; MariaDB takes literals as equal: the named account, the greater text.
        ("repl@localhost repl@127.0.0.1", "repl@127.0.0.1", "repl@localhost"),
        ("repl@localhost @127.0.0.1", "@127.0.0.1", "repl@localhost"),
        ("repl@localhost repl@127.0.0.0/255.0.0.0", "repl@127.0.0.0/255.0.0.0", "repl@localhost"),
        ("repl@localhost @127.0.0.0/255.0.0.0", "@127.0.0.0/255.0.0.0", "repl@localhost"),
        # CIDR before netmask, whatever the length; then the longer mask.
        ("repl@127.0.0.0/8 repl@127.0.0.0/255.255.255.0", "repl@127.0.0.0/8", "repl@127.0.0.0/255.255.255.0"),
        ("repl@127.0.0.0/8 repl@127.0.0.0/24", "repl@127.0.0.0/24", None),
        (
            "repl@127.0.0.0/255.0.0.0 repl@127.0.0.0/255.255.255.0",
            "repl@127.0.0.0/255.255.255.0",
            "repl@127.0.0.0/255.255.255.0",
        ),
        ("repl@127.0.0.0/24 @127.0.0.0/24", "repl@127.0.0.0/24", None),
        # A pattern that goes on after a whole address ranks with the addresses.
        ("repl@127.0.0.1% repl@127.0.0.0/24", "repl@127.0.0.1%", "repl@127.0.0.1%"),
        ("repl@127.0.0.1% repl@localhost", "repl@127.0.0.1%", "repl@localhost"),
        # MySQL: by what stands before the first wildcard. MariaDB: by the room that the wildcards leave.
        ("repl@127.% repl@1%0.0.1", "repl@127.%", "repl@1%0.0.1"),
        ("repl@12% repl@1%1", "repl@12%", "repl@1%1"),
        ("repl@1%7.0.0% repl@127._.%", "repl@127._.%", "repl@127._.%"),
        ("repl@127.0.0.% repl@%.0.0.1", "repl@127.0.0.%", "repl@127.0.0.%"),
        ("repl@127.0.0._ repl@_27.0.0.1", "repl@127.0.0._", "repl@_27.0.0.1"),
        ("repl@127.0.% repl@_________", "repl@127.0.%", "repl@_________"),
        ("repl@127.0.%.% repl@127.%.0.1", "repl@127.0.%.%", "repl@127.%.0.1"),
        ("repl@% repl@_%", "repl@_%", "repl@_%"),
        ("repl@% repl@%%", "repl@%%", "repl@%%"),
    ],
)
def test_where_the_vendors_order_differently(accounts: str, mysql: str | None, mariadb: str | None) -> None:
    assert choice(MYSQL_RULES, accounts, "127.0.0.1", "localhost") == mysql
    assert choice(MARIADB_RULES, accounts, "127.0.0.1", "localhost") == mariadb


def test_mariadb_may_prefer_a_netmask_to_the_address_itself() -> None:
    accounts = "repl@127.0.0.96/255.255.255.224 repl@127.0.0.100"
    assert choice(MARIADB_RULES, accounts, "127.0.0.100") == "repl@127.0.0.96/255.255.255.224"
    assert choice(MYSQL_RULES, accounts, "127.0.0.100") == "repl@127.0.0.100"


def test_an_empty_host_part_comes_last() -> None:
    assert choice(MYSQL_RULES, "repl@ repl@%", "192.0.2.10") == "repl@%"
    assert choice(MYSQL_RULES, "repl@ @%", "192.0.2.10") == "@%"
    assert choice(MYSQL_RULES, "repl@", "192.0.2.10") == "repl@"
    assert choice(MARIADB_RULES, "repl@ @192.0.2.%", "192.0.2.10") == "@192.0.2.%"


def test_equally_specific_accounts_contend() -> None:
    accounts = [account("repl@localhost"), account("repl@::1"), account("repl@%"), account("@localhost")]
    assert contenders(accounts, "repl", "::1", ["localhost"], MYSQL_RULES) == (account("repl@::1"), account("repl@localhost"))
    assert contenders(accounts, "repl", "::1", ["localhost"], MARIADB_RULES) == (account("repl@localhost"),)
    assert contenders(accounts, "repl", "::1", [], MYSQL_RULES) == (account("repl@::1"),)
    assert contenders([], "repl", "::1", [], MYSQL_RULES) == ()


@pytest.mark.parametrize("host", ["192.0.2.10/32", "192.0.2.10/255.255.255.255", "192.0.2.010"])
def test_mysql_does_not_admit_a_client_by_another_notation_of_its_address_alone(host: str) -> None:
    assert choice(MYSQL_RULES, f"repl@{host}", "192.0.2.10") is None
    assert choice(MYSQL_RULES, f"repl@{host} other@192.0.2.%", "192.0.2.10") == f"repl@{host}"
    assert choice(MYSQL_RULES, f"repl@{host} other@192.0.2.10", "192.0.2.10") == f"repl@{host}"
    assert choice(MYSQL_RULES, f"repl@{host} other@192.0.2.11", "192.0.2.10") is None


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="example"):
        chosen([account("repl@%")], "repl", "db1.example.com", [], MYSQL_RULES)
