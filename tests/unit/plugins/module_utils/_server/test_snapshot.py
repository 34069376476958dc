# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The edge of snapshots: a section that a server refuses, a trial that fails, a route."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.account_facts import MOST_ACCOUNTS
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.facts import facts_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import TrialFailure
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import (
    observe_snapshot,
    observe_snapshot_channels,
    observe_snapshot_host,
    route,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.connection import ServerError

CERTIFICATE = Path(__file__).parents[1] / "certificates" / "near.pem"


def reading():
    return observe_snapshot._Reading(session=None, facts=None)


def raising(error):
    def read():
        raise error

    return read


def test_what_a_server_refuses_is_said_and_not_guessed():
    one = reading()
    assert one.section("accounts", raising(ServerError(1142, "denied", "socket")), ()) == ()
    assert one.section("option_files", raising(Refusal("cannot read", "become root")), None) is None
    with pytest.raises(ServerError):
        one.section("binary_logs", raising(ServerError(2013, "Lost connection", "socket")), None)
    assert one.unreadable == {"accounts": "error 1142: denied", "option_files": "cannot read"}


@pytest.mark.parametrize(("accounts", "said"), [(MOST_ACCOUNTS, ["accounts"]), (MOST_ACCOUNTS - 1, [])])
def test_accounts_that_were_left_out_are_said(accounts, said):
    dialect = dialect_for(parse_version("9.7.4"))
    one = observe_snapshot._Reading(Answers(dialect, accounts), facts_for(dialect.version))
    assert len(observe_snapshot._accounts(one, {})) == accounts
    assert list(one.unreadable) == said


@pytest.mark.parametrize("relative", [True, False])
def test_the_certificate_on_disk_is_read_where_the_server_runs(tmp_path, relative):
    path = tmp_path / "server-cert.pem"
    shutil.copy(CERTIFICATE, path)
    values = {"datadir": str(tmp_path), "ssl_cert": path.name if relative else str(path)}
    here = object()
    assert observe_snapshot_host.certificate_ends(here, values) == "2036-11-25 08:08:06"
    assert observe_snapshot_host.certificate_ends(None, values) == ""
    assert observe_snapshot_host.certificate_ends(here, {**values, "ssl_cert": ""}) == ""
    assert observe_snapshot_host.certificate_ends(here, {**values, "ssl_cert": "gone.pem"}) == ""
    path.write_text("renewed in a moment", encoding="ascii")
    assert observe_snapshot_host.certificate_ends(here, values) == ""


def test_the_error_log_is_read_without_secrets():
    class Log:
        def rows(self, _query):
            return [{"at": "1", "priority": "Error", "text": "Query: 'SET PASSWORD FOR zz = '*S3cr7''"}]

    one = observe_snapshot._Reading(Log(), facts_for(parse_version("9.7.4")))
    (line,) = observe_snapshot._error_log(one, None, {})
    assert line.text == "Query: 'SET PASSWORD ********"


class Answers:
    """A session with a server of so many accounts, and nothing else."""

    def __init__(self, dialect, accounts):
        self.dialect = dialect
        self._accounts = accounts

    def rows(self, query):
        columns = ("plugin", "ssl_type", "password_lifetime", "changed", "max_connections", "max_user_connections")
        row = {**dict.fromkeys(columns, ""), "account_locked": "N", "password_expired": "N", "Host": "%"}
        return [{**row, "User": f"app{number}"} for number in range(self._accounts)] if "FROM mysql.user" in query else []


def test_variables_come_under_todays_names_once():
    origin = observe_snapshot.model.Origin("compiled default")
    rows = [
        observe_snapshot.VariableRow("replica_x", "new", origin),
        observe_snapshot.VariableRow("slave_x", "old", origin),
        observe_snapshot.VariableRow("report_password", "secret", origin),
        observe_snapshot.VariableRow("gtid_executed", "cut off", origin),
    ]
    values, origins = observe_snapshot._under_todays_names(rows)
    assert values == {"replica_x": "new", "report_password": "********"}
    assert origins == {}
    assert observe_snapshot._spelled(rows) == {}
    assert observe_snapshot._spelled(rows[1:]) == {"replica_x": "slave_x"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((name, "********") for name in ("report_password", "wsrep_sst_auth", "s3_secret_key", "keyring_hashicorp_secret_id")),
        *((name, "x") for name in ("default_password_lifetime", "secure_auth_plugin", "caching_sha2_password_digest_rounds")),
    ],
)
def test_a_variable_that_holds_a_secret_is_masked(name, shown):
    assert observe_snapshot._shown(name, "x") == shown
    assert observe_snapshot._shown(name, "") == ""


def test_a_failed_trial_tells_how_the_source_sees_the_replica():
    denied = observe_snapshot_channels._failure(
        TrialFailure(1045, "Access denied for user 'repl'@'db2.example.com' (using password: YES)")
    )
    assert (denied.errno, denied.seen_as, denied.failed) == (1045, "db2.example.com", True)
    unknown = observe_snapshot_channels._failure(
        TrialFailure(1130, "Host '192.0.2.7' is not allowed to connect to this MySQL server")
    )
    assert unknown.seen_as == "192.0.2.7"
    unread = observe_snapshot_channels._failure(TrialFailure(3024, "interrupted", "its binary log"))
    assert (unread.errno, unread.untried) == (
        0,
        "the source lets it in, and then fails to tell its binary log: error 3024: interrupted",
    )
    assert observe_snapshot_channels._failure(TrialFailure(2013, "Lost connection", "its binary log")).errno == 2013
    assert observe_snapshot_channels._failure(TrialFailure(2003, "Can't connect to 'x'@'y'")).seen_as == ""


def test_what_the_client_library_cannot_do_is_no_failure_of_the_account():
    unknown = observe_snapshot_channels._failure(TrialFailure(2059, "Authentication plugin 'b'parsec'' not configured"))
    assert (unknown.failed, "parsec" in unknown.untried) == (False, True)
    trial = observe_snapshot_channels._failure(TrialFailure(0, "'cryptography' package is required"))
    assert not trial.failed
    assert not trial.succeeded
    assert "cryptography" in trial.untried


def test_a_name_that_resolves_to_nothing_says_why():
    found = route.route_to("nowhere.invalid", 3306)
    assert found.addresses == ()
    assert found.unresolved


def test_the_way_to_this_host_is_from_this_host():
    assert route.route_to("127.0.0.1", 3306) == route.Route(("127.0.0.1",), "127.0.0.1")


def test_own_addresses_hold_no_loopback():
    assert not [address for address in route.own_addresses() if address.startswith("127.") or address in ("::1", "0.0.0.0")]
