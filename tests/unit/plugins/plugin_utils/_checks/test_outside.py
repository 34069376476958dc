# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was changed between two audits, and not by this collection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    FILE,
    OPTION_FILES,
    RUN_TIME,
    AccountFacts,
    NextStart,
    OptionFiles,
    Origin,
    ThreadFacts,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import reason_with
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import moment
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.outside import OutsideChange, Then, changed_outside
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import became
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.change import told as told_to_people

SYNC = "system variable sync_binlog"
REPL = "account 'repl'@'%'"
OF_REPL = "privileges of 'repl'@'%'"
WORKERS = "replica_parallel_workers"
READ = 1795600000.5
SINCE = "2026-11-20T00:00:00.000Z"
TIME = "2026-11-26T06:31:05.123Z"


def record(object, before, after, **fields):
    told = {"host": "primary", "result": "changed", "time": TIME}
    return {**told, "object": object, "before": before, "after": after, **fields}


def changed(pair, now, log=(), watch=()):
    then = {name: Then(server, SINCE) for name, server in pair.servers.items()}
    return [tuple(change) for change in changed_outside(then, tuple(now.servers.values()), log, watch)]


def setting(pair, name, value, **origin):
    server = pair.servers["primary"]
    origins = {**server.origins, name: Origin(RUN_TIME, **origin)} if origin else server.origins
    return pair.having("primary", variables={**server.variables, name: value}, origins=origins)


@pytest.fixture(params=["mysql", "mariadb"])
def pair(request):
    """Read before all that happens here."""
    found = request.getfixturevalue(request.param)
    return found.having("primary", taken_at=READ).having("replica", taken_at=READ)


def test_nothing_has_changed(pair):
    assert changed(pair, pair) == []
    assert changed(pair.having("primary", gtid={}, binary_logs=None), pair) == []


def test_a_variable_with_who_and_when(pair):
    now = setting(pair, "sync_binlog", "0", set_by="root@localhost", set_at="2026-11-26T06:31:05Z")
    assert changed(pair, now) == [("primary", SYNC, "1", "0", "root@localhost", "2026-11-26T06:31:05Z")]


def test_of_a_variable_that_changed_with_another_neither_who_nor_when_is_told(pair):
    """MySQL keeps the time of the last SET that named it: SET GLOBAL read_only = OFF turns super_read_only off too."""
    seen = pair.servers["primary"].taken_at
    found = {}
    for ahead in (-61, 61):
        at = moment(int(seen) + ahead)
        (found[ahead],) = changed(pair, setting(pair, "sync_binlog", "0", set_by="root@localhost", set_at=at))
    assert found[-61] == ("primary", SYNC, "1", "0", "", "")
    assert found[61][4:] == ("root@localhost", at)


@pytest.mark.parametrize(("own", "name"), [("slave_net_timeout", "replica_net_timeout"), ("slave_parallel_threads", WORKERS)])
def test_our_step_names_a_variable_as_its_server_does(mariadb, own, name):
    before = mariadb.servers["primary"].variables[name]
    now = setting(mariadb, name, "33")
    assert changed(mariadb, now, [record(f"system variable {own}", before, "33")]) == []
    (found,) = changed(mariadb, now, [record(f"system variable {own}", "7", "33")])
    assert found[1:4] == (f"system variable {name}", before, "7")
    (told,) = changed(mariadb, now.having("primary", spelled={name: own}))
    assert told[1] == f"system variable {own}"


def test_by_whom_is_not_told_of_a_value_from_a_file(pair):
    server = pair.servers["primary"]
    now = setting(pair, "sync_binlog", "0").having(
        "primary", origins={**server.origins, "sync_binlog": Origin(FILE, "/etc/my.cnf")}
    )
    assert changed(pair, now) == [("primary", SYNC, "1", "0", "", "")]


def test_a_variable_that_is_watched_without_being_enforced(pair):
    now = setting(pair, "long_query_time", "1.5")
    before = pair.servers["primary"].variables["long_query_time"]
    assert changed(pair, now) == []
    (found,) = changed(pair, now, watch=("long-query-time",))
    assert found[:4] == ("primary", "system variable long_query_time", before, "1.5")


def test_what_the_profiles_set_is_watched(pair):
    """Turning the log of refused logins down is how a repeat of the outage would stay unexplained."""
    name = "log_error_verbosity" if "log_error_verbosity" in pair.servers["primary"].variables else "log_warnings"
    (found,) = changed(pair, setting(pair, name, "1"))
    assert found[1:4] == (f"system variable {name}", pair.servers["primary"].variables[name], "1")


def test_semi_synchronous_replication_is_watched(pair):
    before = setting(pair, "rpl_semi_sync_source_enabled", "ON")
    now = setting(pair, "rpl_semi_sync_source_enabled", "OFF")
    assert [found[1:4] for found in changed(before, now)] == [("system variable rpl_semi_sync_source_enabled", "ON", "OFF")]


def test_plugins_come_and_go(pair):
    plugins = pair.servers["primary"].plugins
    now = pair.having("primary", plugins=(*plugins, "clone"))
    assert changed(pair, now) == [("primary", "plugin clone", None, "active", "", "")]
    assert changed(now, pair) == [("primary", "plugin clone", "active", None, "", "")]
    ours = [record("plugin clone", None, "active")]
    assert changed(pair, now, ours) == []
    assert changed(pair, pair, [*ours, record("plugin clone", "active", None)]) == []
    copied = [record("data", None, "as on db1:3306")]
    assert changed(pair, now, copied) == []
    unread = pair.having("primary", unreadable={"plugins": "no"})
    assert changed(unread, now) == []


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        pytest.param([record(SYNC, "1", "0")], [], id="all of it is ours"),
        pytest.param([record(SYNC, "1", "5"), record(SYNC, "5", "0")], [], id="two steps"),
        pytest.param([record(SYNC, "100", "0")], [("1", "100", "before 2026-11-26T06:31:05.123Z")], id="repaired in between"),
        pytest.param([record(SYNC, "1", "5")], [("5", "0", "")], id="changed again afterwards"),
        pytest.param([record(SYNC, "1", "0", host="replica")], [("1", "0", "")], id="another server's"),
        pytest.param([record(SYNC, "1", "0", result="would change")], [("1", "0", "")], id="check mode"),
        pytest.param([record(SYNC, "1", "0", result="failed")], [("1", "0", "")], id="a failed step"),
        pytest.param([record("option file /etc/x.cnf", None, "sync-binlog = 0\n")], [("1", "0", "")], id="our file, no restart"),
        pytest.param(
            [record("option file /etc/x.cnf", None, "sync_binlog = 5\n"), record(SYNC, "1", "5")],
            [("5", "0", "")],
            id="changed again, and no restart",
        ),
    ],
)
def test_what_a_run_of_this_collection_did_is_left_out(pair, log, expected):
    found = changed(pair, setting(pair, "sync_binlog", "0"), log)
    assert [(before, after, at) for host, _object, before, after, _by, at in found if host == "primary"] == expected


def test_what_was_done_before_the_server_was_read_is_in_its_values(pair):
    """The log reaches back to another server's last reading."""
    log = [record(SYNC, "1", "5", time="2026-11-19T00:00:00.000Z")]
    assert changed(pair, pair, log) == []


def test_what_was_changed_and_repaired_in_between_is_told(pair):
    log = [record(SYNC, "0", "1")]
    assert changed(pair, pair, log) == [("primary", SYNC, "1", "0", "", "before 2026-11-26T06:31:05.123Z")]


def test_our_step_tells_who_had_made_what_it_mended(pair):
    why = reason_with("otherwise a crash loses transactions", "root@localhost at 2026-11-26T06:30:00Z")
    (found,) = changed(pair, pair, [record(SYNC, "0", "1", why=why)])
    assert found == ("primary", SYNC, "1", "0", "root@localhost", "2026-11-26T06:30:00Z")
    # What is so now is not by whom had set what was there before.
    (found,) = changed(pair, setting(pair, "sync_binlog", "5"), [record(SYNC, "1", "1", why=why)])
    assert found[4:] == ("", "")


def test_words_of_one_value_in_another_case_are_no_change(pair):
    server = pair.servers["primary"]
    before = pair.having("primary", variables={**server.variables, "binlog_format": "row"})
    assert changed(before, pair) == []


def test_an_account_on_its_primary_only(pair):
    def without(name):
        return tuple(one for one in pair.servers[name].accounts if one.user != "repl")

    now = pair.having("primary", accounts=without("primary")).having("replica", accounts=without("replica"))
    (found,) = changed(pair, now)
    assert found[:2] == ("primary", "account 'repl'@'%'")
    assert "REPLICATION" in found[2].upper() or "SLAVE" in found[2].upper()
    assert found[3] is None
    (alone,) = changed(pair, pair.having("replica", accounts=without("replica")))
    assert alone[0] == "replica"
    assert changed(pair, now, [record("account 'repl'@'%'", "x", None)]) == []


def test_an_account_that_was_altered_says_what_and_when(pair):
    accounts = tuple(replace(one, locked=True, changed=1795624400) for one in pair.servers["primary"].accounts)
    found = [one for one in changed(pair, pair.having("primary", accounts=accounts)) if one[1] == "account 'repl'@'%'"]
    assert "locked: yes" in found[0][3]
    assert "locked" not in found[0][2]
    assert found[0][5] == "2026-11-25T16:33:20Z"


def of_account(fields):
    """A value unlike the recorded account's for each of its fields, as far as a name does not make it another account."""
    other = {bool: True, int: 7, tuple: ("x",), str: "x"}
    kinds = {"lifetime": int, "changed": int}
    return {name: other[kinds.get(name, type(value))] for name, value in fields.items() if name not in ("user", "host")}


@pytest.mark.parametrize("field", sorted(set(AccountFacts.__dataclass_fields__) - {"user", "host"}))
def test_everything_that_is_known_of_an_account_is_compared(pair, field):
    (repl,) = (one for one in pair.servers["primary"].accounts if str(one) == "'repl'@'%'")
    (found,) = [one for one in changed(pair, account(pair, **{field: of_account(vars(repl))[field]})) if one[0] == "primary"]
    assert found[1] == REPL


def test_a_role_is_told_by_its_name_and_not_where_we_took_it(pair):
    now = account(pair, roles=("dba_r",), idle_privileges=("other privileges",))
    (found,) = changed(pair, now)
    assert became(found[2], found[3]) == ("roles: none → dba_r, privileges of roles that are not active: none → other privileges")
    ours = [record(OF_REPL, "REPLICATION SLAVE\nrole `dba_r`", "REPLICATION SLAVE", statement="REVOKE `dba_r` FROM 'repl'@'%'")]
    assert changed(now, pair, ours) == []


def test_a_password_that_shall_expire(pair):
    (found,) = changed(account(pair, lifetime=0), account(pair, lifetime=90))
    assert became(*found[2:4]) == "expires: never → 90 days"
    (found,) = changed(account(pair, lifetime=0), account(pair, lifetime=None))
    assert became(*found[2:4]) == "expires: never → as the server's default says"


@pytest.mark.parametrize(("said", "days"), [("expires after 1 day", 1), ("expires when the server's default says", None)])
def test_a_password_that_should_expire_and_that_we_mended(granted, said, days):
    was = login(granted, password=f"as declared, {said}")
    statement = "ALTER USER 'repl'@'%' PASSWORD EXPIRE NEVER"
    ours = [record(REPL, was, login(granted), statement=statement)]
    assert changed(account(granted, lifetime=days), account(granted, lifetime=0), ours) == []
    (found,) = changed(account(granted, lifetime=0), account(granted, lifetime=0), ours)
    assert (found[5], became(*found[2:4]).startswith("expires: never → ")) == (f"before {TIME}", True)


def login(pair, tls=None, lock="unlocked", password="as declared, never expires"):
    """How steps describe the account as it is then, but for what is given."""
    (account,) = (one for one in pair.servers["primary"].accounts if str(one) == "'repl'@'%'")
    return f"plugin: {' or '.join(account.plugins)}\npassword: {password}\nTLS: {tls or account.tls}\naccount: {lock}"


def account(pair, **fields):
    """The replication account is another one, on both servers."""
    for name in ("primary", "replica"):
        accounts = pair.servers[name].accounts
        pair = pair.having(name, accounts=tuple(replace(one, **fields) if str(one) == "'repl'@'%'" else one for one in accounts))
    return pair


def regranted(pair, was=None):
    """The records of a run that granted a privilege again; ``was`` is how it found the account besides."""
    text = login(pair)
    found = text if was is None else was
    altered = [record(REPL, found, text, statement="ALTER USER 'repl'@'%' ACCOUNT UNLOCK")] if found != text else []
    made = record(REPL, found, found, statement="CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED WITH x")
    return [made, *altered, record(OF_REPL, "none", "REPLICATION SLAVE")]


def told(change):
    return change[1], change[5], *(text and tuple(text.splitlines()) for text in change[2:4])


@pytest.fixture
def granted(pair):
    """The pair with an account that has what ``site`` grants."""
    return account(pair, privileges=("REPLICATION SLAVE",), objects=(), changed=1795624400)


def test_what_we_did_to_an_account_does_not_hide_what_others_did_to_it_afterwards(granted):
    revoked = account(granted, privileges=())
    assert changed(revoked, granted, regranted(granted)) == []
    (found,) = changed(revoked, account(granted, locked=True), regranted(granted))
    name, at, before, after = told(found)
    assert (found[0], name, at) == ("primary", REPL, "")
    assert set(after) - set(before) == {"locked: yes"}
    (found,) = changed(revoked, account(granted, max_connections=1), regranted(granted))
    assert set(told(found)[3]) - set(told(found)[2]) == {"connections: 1"}
    (found,) = changed(revoked, revoked, regranted(granted))
    assert set(told(found)[2]) - set(told(found)[3]) == {"privileges: REPLICATION SLAVE"}


def test_what_others_did_to_an_account_and_we_mended_is_told(granted):
    (revoked,) = changed(granted, granted, regranted(granted))
    name, at, before, after = told(revoked)
    assert (revoked[0], name, at) == ("primary", REPL, f"before {TIME}")
    assert set(before) - set(after) == {"privileges: REPLICATION SLAVE"}
    locked = login(granted, lock="locked")
    found = [told(one) for one in changed(granted, granted, regranted(granted, locked))]
    assert [set(after) - set(before) for _name, _at, before, after in found] == [{"locked: yes"}, set()]


def test_a_change_of_several_statements_is_one(granted):
    wide = account(granted, privileges=("PROCESS", "REPLICATION SLAVE"))
    steps = [
        record(REPL, login(granted), login(granted), run="a"),
        record(OF_REPL, "PROCESS\nREPLICATION SLAVE", "REPLICATION SLAVE", run="a", why="statement 1 of 2"),
        record(OF_REPL, "PROCESS\nREPLICATION SLAVE", "REPLICATION SLAVE", run="a", why="statement 2 of 2"),
    ]
    assert changed(wide, granted, steps) == []


def test_what_a_failed_step_left_is_not_guessed(granted):
    wide = account(granted, privileges=("PROCESS", "REPLICATION SLAVE"))
    steps = [
        record(OF_REPL, "PROCESS\nREPLICATION SLAVE", "none", run="a"),
        record(OF_REPL, "PROCESS\nREPLICATION SLAVE", "none", run="a", result="failed"),
    ]
    assert changed(wide, granted, steps) == []
    assert len(changed(wide, granted, steps[:1])) == 1


def test_an_account_that_we_make_is_ours_and_what_is_added_later_is_not(granted):
    def without(name):
        return tuple(one for one in granted.servers[name].accounts if one.user != "repl")

    bare = granted.having("primary", accounts=without("primary")).having("replica", accounts=without("replica"))
    wanted = login(granted)
    log = [
        record(
            REPL, None, wanted, statement="CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED WITH x", time="2026-11-25T16:33:21.5Z"
        ),
        record(REPL, wanted, wanted, statement="ALTER USER 'repl'@'%' IDENTIFIED WITH x", time="2026-11-25T16:33:21.5Z"),
        record(OF_REPL, None, "REPLICATION SLAVE", time="2026-11-25T16:33:21.5Z"),
    ]
    assert changed(bare, granted, log) == []
    (found,) = changed(bare, account(granted, changed=1795624500), log)
    assert (found[0], found[1], found[5]) == ("primary", REPL, "2026-11-25T16:35:00Z")
    (found,) = changed(bare, account(granted, privileges=("PROCESS", "REPLICATION SLAVE")), log)
    assert "privileges: PROCESS, REPLICATION SLAVE" in found[3]
    (found,) = changed(bare, bare, log)
    assert found[:2] == ("primary", REPL)
    assert found[3] is None


def test_a_replica_whose_account_was_another_one_or_still_is(granted):
    """The primary's step says nothing of what the replica had, and may not have come yet."""
    revoked = account(granted, privileges=())
    lagging = granted.having("replica", accounts=revoked.servers["replica"].accounts)
    assert changed(revoked, lagging, regranted(granted)) == []
    assert changed(lagging, granted, regranted(granted)) == [
        one for one in changed(granted, granted, regranted(granted)) if one[0] == "primary"
    ]


def on_replica(pair, **fields):
    accounts = pair.servers["replica"].accounts
    return pair.having("replica", accounts=tuple(replace(one, **fields) if one.user == "repl" else one for one in accounts))


def test_what_others_did_to_a_replicas_account_alone_is_told_beside_our_step_on_the_primary(granted):
    then = on_replica(account(granted, privileges=()), privileges=("REPLICATION SLAVE",))
    (found,) = changed(then, on_replica(granted, privileges=()), regranted(granted))
    assert (found[0], "privileges" in found[2], "privileges" in found[3]) == ("replica", True, False)


def test_a_replica_whose_account_is_otherwise_another_one_got_the_same_change(granted):
    then = on_replica(granted, max_connections=5)
    assert [one[0] for one in changed(then, on_replica(account(granted, locked=True), max_connections=5))] == ["primary"]


def test_an_account_that_came_with_our_step_is_no_second_one(granted):
    accounts = tuple(one for one in granted.servers["replica"].accounts if one.user != "repl")
    bare = granted.having("replica", accounts=accounts)
    log = [record(REPL, None, login(granted), statement="CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED WITH x")]
    log.append(record(OF_REPL, None, "REPLICATION SLAVE"))
    found = [one for one in changed(bare, on_replica(granted, max_connections=5), log) if one[0] == "replica"]
    assert [(one[5], "connections: 5" in one[2], "connections: 5" in one[3]) for one in found] == [("", False, True)]


@pytest.mark.parametrize(
    ("statement", "found", "count"),
    [
        pytest.param("ALTER USER 'repl'@'%' IDENTIFIED WITH x", "another, never expires", 0, id="set anew"),
        pytest.param("ALTER USER 'repl'@'%' ACCOUNT UNLOCK", "as declared, never expires", 1, id="something else"),
        pytest.param("CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED WITH x", "as declared, never expires", 1, id="was there"),
    ],
)
def test_a_password_that_we_set(granted, statement, found, count):
    log = [record(REPL, login(granted, password=found), login(granted), statement=statement)]
    assert len(changed(granted, account(granted, changed=1795624460), log)) == count


def test_a_password_that_others_set_and_we_mended(granted):
    """One that was new in the inventory was not theirs: the server still had that of the audit before."""
    theirs = "another, set at 2026-11-25T16:34:20Z, never expires"
    was = login(granted, password=theirs)
    log = [record(REPL, was, was, statement="CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED WITH x")]
    log.append(record(REPL, was, login(granted), statement="ALTER USER IF EXISTS 'repl'@'%' IDENTIFIED WITH x"))
    now = account(granted, changed=1795674660)
    (found,) = [one for one in changed(granted, now, log) if one[0] == "primary"]
    assert (became(*found[2:4]), found[5]) == (
        "password set at: 2026-11-25T16:33:20Z → 2026-11-25T16:34:20Z",
        "2026-11-25T16:34:20Z",
    )
    assert changed(account(granted, changed=1795624460), now, log) == []


def test_when_an_account_was_changed_is_told_of_its_password_only(granted):
    (found,) = changed(granted, account(granted, locked=True))
    assert found[4:] == ("", "")
    (found,) = changed(granted, account(granted, changed=1795624460))
    assert found[4:] == ("", "2026-11-25T16:34:20Z")


def test_a_channel(pair):
    (channel,) = pair.servers["replica"].channels
    now = pair.having("replica", channels=(replace(channel, delay=3600, lag=5),))
    (found,) = changed(pair, now)
    assert found[:2] == ("replica", "the default channel")
    assert "delay: 3600" in found[3]
    assert "delay" not in found[2]
    ours = [record("the default channel", "delay: 0", "delay: 3600", host="replica")]
    assert changed(pair, now, ours) == []
    assert changed(pair, now, [record("channel 'other'", "delay: 0", "delay: 3600", host="replica")]) == [found]
    (further,) = changed(pair, pair.having("replica", channels=(replace(channel, delay=7200),)), ours)
    assert ("delay: 3600" in further[2], "delay: 7200" in further[3], further[5]) == (True, True, "")
    (between,) = changed(pair, now, [record("the default channel", "delay: 60", "delay: 3600", host="replica")])
    assert ("delay" in between[2], "delay: 60" in between[3], between[5]) == (False, True, f"before {TIME}")


BOTH = "the default channel receiver and applier"


def test_a_channel_that_somebody_stopped(pair):
    off = ThreadFacts("off")
    stopped = pair.channel(receiver=off, applier=off)
    (found,) = changed(pair, stopped)
    assert (found[0], became(*found[2:4])) == ("replica", "receiver: running → stopped, applier: running → stopped")
    (found,) = changed(stopped, pair.channel(receiver=ThreadFacts("connecting"), applier=off))
    assert became(*found[2:4]) == "receiver: stopped → running"


def test_a_channel_that_an_error_stopped_was_stopped_by_nobody(pair):
    failed = pair.channel(receiver=ThreadFacts("connecting", 1045, "no"), applier=ThreadFacts("off", 1062, "no"))
    assert changed(pair, failed) == []
    assert changed(failed, pair) == []


@pytest.mark.parametrize(
    ("log", "count"),
    [
        pytest.param([(BOTH, "running", "stopped")], 0, id="both"),
        pytest.param(
            [("the default channel applier", "running", "stopped"), ("the default channel receiver", "running", "stopped")],
            0,
            id="each",
        ),
        pytest.param([("the default channel applier", "running", "stopped")], 1, id="one of them"),
        pytest.param([(BOTH, *way) for way in (("running", "stopped"), ("stopped", "running")) * 2], 1, id="started again"),
        pytest.param([(BOTH, *way) for way in (("stopped", "running"), ("running", "stopped")) * 2], 0, id="stopped again"),
        pytest.param([("data", None, "as on db1:3306")], 0, id="a copy that was broken off"),
    ],
)
def test_a_channel_that_we_stopped(pair, log, count):
    stopped = pair.channel(receiver=ThreadFacts("off"), applier=ThreadFacts("off"))
    assert len(changed(pair, stopped, [record(*one, host="replica", run="a") for one in log])) == count


def test_a_channel_that_we_start_after_an_error(pair):
    assert changed(pair, pair, [record(BOTH, "stopped", "running", host="replica")]) == []


def test_a_channel_that_we_make_is_ours_and_what_is_changed_later_is_not(pair):
    (channel,) = pair.servers["replica"].channels
    without = pair.having("replica", channels=())
    made = f"source_host: {channel.source_host}\nsource_port: {channel.source_port}\nsource_user: {channel.source_user}\n"
    made += f"auto_position: True\ntls: {channel.tls}\ntls_verify: {channel.tls_verify}\ntls_ca: {channel.tls_ca}"
    log = [record("the default channel", None, made, host="replica")]
    assert changed(without, pair, log) == []
    now = pair.having("replica", channels=(replace(channel, source_host="elsewhere"),))
    (found,) = changed(without, now, log)
    assert ("source host: elsewhere" in found[2], "source host: elsewhere" in found[3]) == (False, True)
    assert changed(pair, without, [record("the default channel", made, None, host="replica")]) == []


def test_a_copy_may_take_the_channel_that_is_made_anew(pair):
    (channel,) = pair.servers["replica"].channels
    made = f"source_host: {channel.source_host}\nsource_port: {channel.source_port}\nsource_user: {channel.source_user}\n"
    made += f"auto_position: True\ntls: {channel.tls}\ntls_verify: {channel.tls_verify}\ntls_ca: {channel.tls_ca}"
    log = [record("data", None, "as on db1:3306", host="replica"), record("the default channel", None, made, host="replica")]
    assert changed(pair, pair, log) == []
    assert changed(pair, pair, [record("the default channel", "delay: 0", "delay: 60", host="replica"), *log]) == []
    assert [one[5] for one in changed(pair, pair, log[1:])] == [f"before {TIME}"]


def test_an_option_file_and_when(pair):
    def files(at):
        return pair.having("primary", option_files=OptionFiles(files=("/etc/my.cnf",), modified={"/etc/my.cnf": at}))

    (found,) = changed(files(1795624400), files(1795624460))
    assert found[1:] == (
        "option file /etc/my.cnf",
        "of 2026-11-25T16:33:20Z",
        "of 2026-11-25T16:34:20Z",
        "",
        "2026-11-25T16:34:20Z",
    )


@pytest.mark.parametrize(
    ("time", "object", "count"),
    [
        pytest.param("2026-11-25T16:34:21.2Z", "option file /etc/my.cnf", 0, id="ours"),
        pytest.param("2026-11-25T16:34:00.2Z", "option file /etc/my.cnf", 1, id="written once more afterwards"),
        pytest.param("2026-11-25T16:34:21.2Z", "option file /etc/my.cnf.d/x.cnf", 1, id="another file"),
        pytest.param("tomorrow", "option file /etc/my.cnf", 1, id="a damaged record"),
    ],
)
def test_an_option_file_that_we_wrote(pair, time, object, count):
    then, now = (
        pair.having("primary", option_files=OptionFiles(files=("/etc/my.cnf",), modified={"/etc/my.cnf": at}))
        for at in (1795624400, 1795624460)
    )
    assert len(changed(then, now, [record(object, "", "sync_binlog = 1\n", time=time)])) == count


def test_a_persisted_value_that_we_set(mysql):
    now = mysql.having("primary", persisted={"sync_binlog": "1"})
    persisted = "persisted value of sync_binlog"
    assert changed(mysql, now, [record(persisted, None, "1")]) == []
    assert changed(mysql, now, [record(SYNC, "1", "1", statement="SET PERSIST sync_binlog = 1")]) == []
    assert [one[:4] for one in changed(mysql, now, [record(persisted, None, "0")])] == [("primary", persisted, "0", "1")]
    assert [one[2:4] for one in changed(now, mysql, [record(persisted, "0", None)])] == [("1", "0")]


def test_a_persisted_value(mysql):
    now = mysql.having("primary", persisted={"sync_binlog": "0", "foreign": "1"})
    assert changed(mysql, now) == [("primary", "persisted value of sync_binlog", None, "0", "", "")]
    told = now.having(
        "primary", persisted_origins={"sync_binlog": Origin("persisted value", "", "ann@localhost", "2026-11-27T02:00:00Z")}
    )
    assert changed(mysql, told) == [
        ("primary", "persisted value of sync_binlog", None, "0", "ann@localhost", "2026-11-27T02:00:00Z")
    ]


def restarted(pair, **fields):
    server = pair.servers["primary"]
    return pair.having("primary", taken_at=server.taken_at + 60, uptime=20, **fields)


def test_a_restart_tells_what_it_put_back(pair):
    """A value that somebody had set by hand is gone by it, and no other change tells so."""
    server = pair.servers["primary"]
    coming = {**server.next_start, "sync_binlog": NextStart("0", "1", FILE, "/etc/my.cnf")}
    earlier = setting(pair, "sync_binlog", "0", set_by="root@localhost").having("primary", next_start=coming)
    (found,) = changed(earlier, restarted(pair))
    (bare,) = changed(pair, restarted(pair))
    assert found[:2] == bare[:2] == ("primary", "server start")
    assert [side.splitlines() for side in found[2:4]] == [
        [f"at: {bare[2]}", "sync_binlog: 0"],
        [f"at: {bare[3]}", "sync_binlog: 1"],
    ]
    assert changed(earlier, restarted(pair), [record("service mariadb", None, "restarted")]) == []


def test_a_restart_and_by_whom_it_was_not(pair):
    (found,) = changed(pair, restarted(pair))
    assert found[:2] == ("primary", "server start")
    assert found[2] < found[3] == found[5]
    assert told_to_people(OutsideChange(*found)) == f"primary: server start: {found[2]} → {found[3]}"
    assert changed(pair, restarted(pair), [record("service mariadb", None, "restarted")]) == []
    assert "server start" not in [one[1] for one in changed(pair, restarted(pair), [record("data", None, "as on db1:3306")])]
    here = restarted(pair, service="mariadb.service")
    assert changed(pair, here, [record("service mariadb", None, "restarted")]) == []
    assert changed(pair, here, [record("service mysql-replication-heartbeat", None, "restarted")]) == [found]


def test_a_restart_brings_what_files_said_before_it(pair):
    server = pair.servers["primary"]
    coming = {"sync_binlog": NextStart("1", "100", FILE, "/etc/my.cnf", False, ())}
    earlier = pair.having("primary", next_start=coming)

    def values(value):
        return [one[1:4] for one in changed(earlier, restarted(pair, variables={**server.variables, "sync_binlog": value}))]

    assert values("100")[1:] == []
    assert values("7")[1:] == [(SYNC, "1", "7")]


def test_a_restart_that_did_not_bring_what_files_said_changed_no_variable(pair):
    """Who took the line away is told of the file, or of the persisted value."""
    coming = {"sync_binlog": NextStart("1", "0", FILE, "/etc/my.cnf", False, ())}
    found = changed(pair.having("primary", next_start=coming), restarted(pair))
    assert [one[1] for one in found] == ["server start"]


def test_a_step_of_ours_and_then_a_restart_that_brought_what_files_said(pair):
    coming = {"sync_binlog": NextStart("1", "0", FILE, "/etc/my.cnf", False, ())}
    now = restarted(setting(pair, "sync_binlog", "0"))
    before = pair.having("primary", next_start=coming)
    assert [one[1] for one in changed(before, now, [record(SYNC, "1", "5")])] == ["server start"]
    (_start, mended) = changed(before, now, [record(SYNC, "100", "5")])
    assert mended[1:4] == (SYNC, "1", "100")


@pytest.mark.parametrize(
    ("written", "coming", "is_ours"),
    [
        ("sync-binlog = 0\n", "0", True),
        ("sync_binlog_x = 0\n", "0", False),
        ("sync_binlog = 5\n", "5", False),
    ],
)
def test_a_restart_brings_what_we_wrote_to_a_file(pair, written, coming, is_ours):
    now = restarted(setting(pair, "sync_binlog", "0"), next_start={"sync_binlog": NextStart("0", coming, FILE, "/x", False, ())})
    found = changed(pair, now, [record("option file /etc/x.cnf", None, written), record("service mysql", None, "restarted")])
    assert [one[1:4] for one in found] == ([] if is_ours else [(SYNC, "1", "0")])


def test_what_somebody_set_to_what_our_file_says_is_his_without_a_restart(pair):
    now = setting(pair, "sync_binlog", "0").having(
        "primary", next_start={"sync_binlog": NextStart("0", "0", FILE, "/x", False, ())}
    )
    found = changed(pair, now, [record("option file /etc/x.cnf", None, "sync_binlog = 0\n")])
    assert [one[1:4] for one in found] == [(SYNC, "1", "0")]


def test_another_server_or_version(pair):
    (found,) = changed(pair, pair.having("primary", product=f"{pair.servers['primary'].product.split()[0]} 12.9.9"))
    assert found[:2] == ("primary", "server")
    assert "12.9.9" in found[3]


@pytest.mark.parametrize(
    ("section", "fields"), [(ACCOUNTS, {"accounts": ()}), (CHANNELS, {"channels": ()}), (OPTION_FILES, {"option_files": None})]
)
def test_what_could_not_be_read_was_not_removed(pair, section, fields):
    for name in ("primary", "replica"):
        unread = pair.having(name, unreadable={section: "no privilege"}, **fields)
        assert changed(pair, unread) == []
        assert changed(unread, pair) == []


def test_a_server_of_one_audit_only_is_not_compared(pair):
    assert changed_outside({}, tuple(pair.servers.values()), (), ()) == ()
