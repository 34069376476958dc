# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a replica gets a copy of its source's data, and what is never overwritten for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.copying import MARK_BEGUN, ROUTINE_TRUST
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    ON,
    Channel,
    GtidState,
    Identity,
    ReplicaState,
    SourceView,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.privileges import ALL, GLOBAL, ON_SERVER, Grant
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import NeedsCopy, Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.seed import (
    Arrived,
    Begun,
    CopyEnd,
    CopyState,
    DesiredCopy,
    Folder,
    LoginPlugin,
    SourceData,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica import copied, plan_started
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.replica_seed import (
    CopySource,
    Doing,
    needs_copy,
    plan_copy,
    refuse_foreseen,
    refuse_without_rights,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.seed_method import choose

A = "aaaaaaaa-0000-0000-0000-000000000000"
B = "bbbbbbbb-0000-0000-0000-000000000000"
MYSQL = parse_version("9.7.4")
MARIADB = parse_version("10.11.18-MariaDB")
WANTED = DesiredCopy("auto", "db1", 3306, "dbops_seed", Secret("pw"), "auto", "", "", overwrite=False)
LOCKED = {"super_read_only": "ON", "event_scheduler": "ON", "lower_case_table_names": "0", ROUTINE_TRUST: "OFF"}

NOTED = {"event_scheduler": "ON", "super_read_only": "ON", ROUTINE_TRUST: "OFF"}


class Done:
    def __init__(self, text):
        self.text = text

    def __str__(self):
        return self.text

    def perform(self, session):
        raise AssertionError("a plan does nothing")


DOING = Doing(Done("COPY"), Done("SETTLE"), Done("VOUCH"))


def gtids(version, history):
    if version is MARIADB:
        return GtidState({"gtid_slave_pos": history, "gtid_binlog_state": history, "log_slave_updates": "1"})
    return GtidState({"gtid_mode": "ON", "gtid_executed": history, "gtid_purged": ""})


def state(version=MYSQL, history="", schemas=(), before=None, free=10**12, channels=(), **fields):
    identity = Identity(version, 2, "" if version is MARIADB else B, "db2", 3306)
    replica = ReplicaState(identity, gtids(version, history), channels, bool(schemas), offers_tls=True)
    return CopyState(
        replace(replica, **fields),
        tuple(schemas),
        LOCKED,
        before or {},
        Folder("/var/lib/mysql", free),
        AccountName("ops", "%"),
        CopyEnd(str(version)),
        login_grants=(Grant(ON_SERVER, GLOBAL, (ALL,)),),
    )


#: The replica's login has all rights there.
HELD = SourceData(1000, LOCKED, AccountName("ops", "%"), (Grant(ON_SERVER, GLOBAL, (ALL,)),))


def source(version=MYSQL, history=f"{A}:1-9", data=HELD, **fields):
    identity = Identity(version, 1, "" if version is MARIADB else A, "db1", 3306)
    view = SourceView(identity, gtids(version, history), "dbops_seed@db2", may_replicate=False, encrypted=True, logs=True)
    return CopySource(replace(view, **fields), data)


def planned(found, seen, wanted=WANTED):
    dialect = dialect_for(found.replica.identity.version)
    return plan_copy(dialect, found, seen, wanted, choose(dialect, found.here, wanted), DOING)


def statements(found, seen, wanted=WANTED):
    steps, obstacles = planned(found, seen, wanted)
    assert not obstacles
    return [str(step.action) for step in steps]


def test_an_empty_replica_gets_a_copy_between_marks():
    assert statements(state(), source()) == [
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "SET GLOBAL super_read_only = OFF",
        "CREATE DATABASE IF NOT EXISTS `dbops_seed`",
        "CREATE TABLE IF NOT EXISTS `dbops_seed`.`before` (name VARCHAR(64) PRIMARY KEY, value VARCHAR(255)) ENGINE = InnoDB",
        "INSERT INTO `dbops_seed`.`before` VALUES ('event_scheduler', 'ON'), ('super_read_only', 'ON'),"
        " ('log_bin_trust_function_creators', 'OFF')",
        "SET GLOBAL event_scheduler = OFF",
        "COPY",
        "SETTLE",
        "SET GLOBAL event_scheduler = ON",
        "DROP DATABASE `dbops_seed`",
        "SET GLOBAL super_read_only = ON",
    ]


WITHOUT_SUPER = (Grant(ON_SERVER, GLOBAL, ("SYSTEM_VARIABLES_ADMIN", "CREATE ROUTINE", "TRIGGER")),)


@pytest.mark.parametrize(
    ("version", "login_grants", "trust", "before", "wanted"),
    [
        (MYSQL, WITHOUT_SUPER, "OFF", None, ["ON", "OFF"]),
        (MYSQL, WITHOUT_SUPER, "ON", None, []),
        (MYSQL, (Grant(ON_SERVER, GLOBAL, ("SUPER",)),), "OFF", None, []),
        # A first try was broken off after it had turned it on; the second has another login.
        (MYSQL, WITHOUT_SUPER, "ON", NOTED, ["OFF"]),
        (MYSQL, (Grant(ON_SERVER, GLOBAL, (ALL,)),), "ON", NOTED, ["OFF"]),
        (MYSQL, WITHOUT_SUPER, "OFF", NOTED, ["ON", "OFF"]),
        (MARIADB, WITHOUT_SUPER, "OFF", None, ["ON", "OFF"]),
    ],
)
def test_a_login_without_super_may_make_functions_while_a_dump_is_loaded(version, login_grants, trust, before, wanted):
    found = state(version, before=before, half_copied=before is not None)
    found = replace(found, login_grants=login_grants, variables={**found.variables, ROUTINE_TRUST: trust})
    steps, _obstacles = planned(found, source(version, "0-1-9" if version is MARIADB else f"{A}:1-9"))
    texts = [str(step.action) for step in steps]
    assert [text for text in texts if ROUTINE_TRUST in text and text.startswith("SET")] == [
        f"SET GLOBAL {ROUTINE_TRUST} = {to}" for to in wanted
    ]
    if wanted:
        assert texts.index(f"SET GLOBAL {ROUTINE_TRUST} = OFF") > texts.index("COPY")
        assert texts[: texts.index("COPY")].count(f"SET GLOBAL {ROUTINE_TRUST} = ON") == wanted.count("ON")


def test_mariadb_needs_no_lock_taken_off():
    found = statements(state(MARIADB), source(MARIADB, "0-1-9"))
    assert not [text for text in found if "read_only" in text]
    assert found.index("COPY") == found.index("SETTLE") - 1


def test_a_broken_copy_is_dropped_and_what_it_changed_comes_back():
    broken = state(history=f"{A}:1-7", schemas=("shop",), before=NOTED, half_copied=True)
    found = statements(replace(broken, variables={**LOCKED, "event_scheduler": "OFF", "super_read_only": "OFF"}), source())
    assert "DROP DATABASE `shop`" in found
    assert found.index("RESET BINARY LOGS AND GTIDS") < found.index("COPY")
    assert "SET GLOBAL event_scheduler = OFF" not in found
    assert found.index("SETTLE") < found.index("SET GLOBAL event_scheduler = ON")
    assert found[-1] == "SET GLOBAL super_read_only = ON"


def test_a_channel_rests_and_forgets_its_relay_logs():
    configured = {"source_host": "db1", "source_port": 3306, "auto_position": True}
    running = Channel("", configured, Thread(ON), Thread(ON), None, 0)
    purged = GtidState({"gtid_mode": "ON", "gtid_executed": f"{A}:1-9", "gtid_purged": f"{A}:1-3"})
    found = statements(state(channels=(running,)), source(gtid=purged))
    assert found.index("STOP REPLICA FOR CHANNEL ''") < found.index("RESET REPLICA FOR CHANNEL ''") < found.index("COPY")


@pytest.mark.parametrize("version", [MYSQL, MARIADB])
def test_who_can_follow_gets_none(version):
    history = "0-1-7" if version is MARIADB else f"{A}:1-7"
    assert statements(state(version, history, ("shop",)), source(version, "0-1-9" if version is MARIADB else f"{A}:1-9")) == []


@pytest.mark.parametrize(
    ("found", "seen", "said"),
    [
        (state(schemas=("shop",)), source(), r"holds data of its own \(shop\)"),
        (state(history=f"{B}:1"), source(), f"has transactions that db1:3306 lacks \\({B}:1\\)"),
        (state(), source(parse_version("8.4.3")), "MySQL 8.4.3, db2 is MySQL 9.7.4"),
        (state(), source(MARIADB, "0-1-9"), "MariaDB 10.11.18, db2 is MySQL"),
        (
            state(),
            source(data=replace(HELD, variables={"lower_case_table_names": "1"})),
            "lower_case_table_names is 1 on db1:3306 and 0 on db2",
        ),
        (
            state(),
            source(data=replace(HELD, login=None, login_grants=())),
            "ops@%, as which this run is logged in to db2, is not one of them",
        ),
        (state(free=1 << 20), source(data=replace(HELD, size=1 << 20)), "1 MiB free in /var/lib/mysql"),
    ],
)
def test_what_forbids_a_copy(found, seen, said):
    with pytest.raises(Refusal, match=said):
        statements(found, seen)


def foreseen(found, wanted=WANTED, version="9.7.4", variables=None, **holds):
    offers = CopyEnd(version, {"max_allowed_packet": "67108864"}, clone=True)
    wanted = replace(wanted, offers=offers)
    dialect = dialect_for(found.replica.identity.version)
    data = SourceData(holds.pop("size", 1000), variables or LOCKED, **holds)
    refuse_foreseen(dialect, found, offers, data, wanted, choose(dialect, found.here, wanted))


@pytest.mark.parametrize(
    ("found", "fields", "said"),
    [
        (state(schemas=("shop",)), {}, r"holds data of its own \(shop\)"),
        (replace(state(), followers=("db3",)), {"wanted": replace(WANTED, anew=True)}, "db3 replicate from db2"),
        (state(), {"version": "8.4.3"}, "db1:3306 is 8.4.3, db2 is MySQL 9.7.4"),
        (state(), {"variables": {"lower_case_table_names": "1"}}, "lower_case_table_names is 1 on db1:3306 and 0 on db2"),
        (state(free=1 << 20), {"size": 1 << 20}, "1 MiB free in /var/lib/mysql"),
        (state(), {"rounded": ("shop.t.f",)}, r"FLOAT \(shop\.t\.f …\)"),
        (state(), {"versioned": ("shop.t",)}, r"system versioning \(shop\.t …\) come without their history"),
        (
            state(),
            {"logins": (LoginPlugin("auth_socket", "'root'@'localhost'", "auth_socket.so"),)},
            r"not active on db2 \('root'@'localhost' by auth_socket\).*\n?.*INSTALL PLUGIN auth_socket SONAME 'auth_socket\.so'",
        ),
        (state(), {"wanted": replace(WANTED, method="clone")}, "by clone: this server has no clone plugin"),
        (replace(state(), login_grants=()), {}, "lacks for a copy"),
        # Nobody has settled it, and who cannot is told so before anything of it is touched.
        (replace(state(), login_grants=(), arrived=Arrived(True, f"{A}:1-9", True)), {}, "lacks for a copy"),
    ],
)
def test_what_forbids_a_copy_is_known_before_an_account_is_made_for_it(found, fields, said):
    with pytest.raises(Refusal, match=said):
        foreseen(found, **fields)


def test_rights_on_the_replica_are_judged_though_nothing_is_known_of_the_source():
    found = state(MARIADB)
    refuse_without_rights(dialect_for(MARIADB), found, WANTED, "backup")
    with pytest.raises(Refusal, match="logged in to db2, lacks for a copy of the data: BINLOG ADMIN, CREATE, CREATE USER, DROP"):
        refuse_without_rights(dialect_for(MARIADB), replace(found, login_grants=()), WANTED, "backup")


@pytest.mark.parametrize(("version", "wanted"), [(MYSQL, "dump"), (MARIADB, "dump")])
def test_a_login_whose_account_on_the_source_has_fewer_rights_is_told_so_before_data_is_dropped(version, wanted):
    few = replace(HELD, login_grants=(Grant(ON_SERVER, GLOBAL, ("SELECT", "PROCESS")),))
    history = "0-1-9" if version is MARIADB else f"{A}:1-9"
    _steps, (lacking,) = planned(state(version), source(version, history, data=few), replace(WANTED, method=wanted))
    said = "a copy brings the accounts of db1:3306, and 'ops'@'%', as which this run is logged in to db2, lacks"
    assert said in lacking.cause
    with pytest.raises(Refusal, match=said):
        foreseen(state(version), replace(WANTED, method=wanted), str(version), login=few.login, login_grants=few.login_grants)
    foreseen(state(version), replace(WANTED, method=wanted), str(version), login=AccountName("root", "localhost"))


def test_nothing_is_foreseen_where_a_copy_can_come_or_has_come():
    foreseen(state())
    foreseen(replace(state(schemas=("shop",)), arrived=Arrived(True, f"{A}:1-9", True)))


def test_tls_is_required():
    with pytest.raises(Refusal, match="offers no TLS"):
        statements(state(), source(encrypted=False), replace(WANTED, tls="required"))


def test_an_option_names_what_may_be_dropped():
    found = statements(state(history=f"{B}:1", schemas=("shop",)), source(), replace(WANTED, overwrite=True))
    assert [text for text in found if "`shop`" in text or text.startswith("RESET")] == [
        "DROP DATABASE `shop`",
        "RESET BINARY LOGS AND GTIDS",
    ]


def test_without_a_login_a_copy_is_foreseen():
    steps, obstacles = planned(state(), TrialFailure(1045, "Access denied"))
    assert "COPY" in [str(step.action) for step in steps]
    assert len(obstacles) == 1


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (TrialFailure(1045, "Access denied"), "db1:3306 refuses the login as dbops_seed"),
        (TrialFailure(3024, "Query execution was interrupted", "what it holds"), "fails to tell what it holds: error 3024: Query"),
        (TrialFailure(1146, "No table 'mysql.user'", "what it holds"), "lets dbops_seed in from db2, and then fails to tell"),
        (TrialFailure(1142, "SELECT command denied", "what it holds"), "module seed_account"),
        (TrialFailure(1226, "has exceeded 'max_questions'", "what it holds"), "has used up a limit"),
    ],
)
def test_nothing_is_planned_in_silence_where_the_source_cannot_be_read(failure, said):
    holding = state(schemas=("shop",))
    holding = replace(holding, replica=replace(holding.replica, has_tables=True))
    steps, (obstacle,) = planned(holding, failure)
    assert not steps
    assert said in str(obstacle)
    with pytest.raises(Refusal, match="db1:3306"):
        needs_copy(dialect_for(MYSQL), holding, failure, WANTED)


@pytest.mark.parametrize(("version", "history"), [(MYSQL, f"{A}:1-9"), (MARIADB, "0-1-7,0-3-9,2-1-4")])
def test_the_channel_follows_a_copy_that_was_foreseen(version, history):
    dialect, view = dialect_for(version), replace(source(version, history).view, may_replicate=True)
    options = {
        "source_host": "db1",
        "source_port": 3306,
        "source_user": "repl",
        "source_password": Secret("x"),
        "auto_position": True,
    }
    wanted = DesiredChannel("", options, "auto", None, source_history_complete=False, reconnect=False)
    empty = state(version).replica
    with pytest.raises(NeedsCopy):
        plan_started(dialect, empty, view, wanted)
    steps, obstacles = plan_started(dialect, copied(dialect, empty, view, "dump"), view, wanted)
    assert steps
    assert not obstacles


@pytest.mark.parametrize(
    ("fields", "holds"),
    [({"half_copied": True, "has_tables": True}, False), ({"has_tables": True}, True), ({}, False)],
)
def test_a_channel_without_data_says_what_a_copy_would_cost(fields, holds):
    options = {
        "source_host": "db1",
        "source_port": 3306,
        "source_user": "repl",
        "source_password": Secret("x"),
        "auto_position": True,
    }
    wanted = DesiredChannel("", options, "auto", None, source_history_complete=False, reconnect=False)
    view = replace(source().view, may_replicate=True, client="repl@10.0.0.2")
    with pytest.raises(NeedsCopy) as refused:
        plan_started(dialect_for(MYSQL), replace(state().replica, **fields), view, wanted)
    assert (refused.value.holds_data, refused.value.client) == (holds, "10.0.0.2")


def test_a_dump_that_rounds_is_made_only_where_that_is_asked_for():
    rounding = source(data=replace(HELD, rounded=("shop.t.f",)))
    with pytest.raises(Refusal, match=r"FLOAT \(shop\.t\.f …\)"):
        planned(state(), rounding)
    assert "COPY" in statements(state(), rounding, replace(WANTED, method="dump"))


def test_a_dump_brings_no_account_that_could_not_log_in():
    plugin = LoginPlugin("ed25519", "'app'@'%'", "auth_ed25519.so")
    accounts = source(data=replace(HELD, logins=(plugin,)))
    with pytest.raises(Refusal, match="ed25519"):
        planned(state(), accounts, replace(WANTED, method="dump"))
    found = state()
    built_in = source(data=replace(HELD, logins=(plugin._replace(name="old_password", library=""),)))
    with pytest.raises(Refusal, match="a start with old_password = ON in its option file"):
        planned(state(), built_in, replace(WANTED, method="dump"))
    able = replace(found, here=replace(found.here, plugins=("ed25519",)))
    assert "COPY" in statements(able, accounts, replace(WANTED, method="dump"))
    assert "COPY" in statements(replace(found, here=HERE), accounts, CLONED)


CLONED = replace(WANTED, method="clone", offers=CopyEnd("9.7.4", {"max_allowed_packet": "67108864"}, clone=True))
HERE = CopyEnd("9.7.4", {"max_allowed_packet": "67108864"}, clone=True)


def test_a_clone_replaces_everything_and_is_settled_after_the_restart():
    assert statements(replace(state(schemas=("x",), half_copied=True), here=HERE), source(), CLONED) == [
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "SET GLOBAL super_read_only = OFF",
        "CREATE DATABASE IF NOT EXISTS `dbops_seed`",
        "CREATE TABLE IF NOT EXISTS `dbops_seed`.`before` (name VARCHAR(64) PRIMARY KEY, value VARCHAR(255)) ENGINE = InnoDB",
        "INSERT INTO `dbops_seed`.`before` VALUES ('event_scheduler', 'ON'), ('super_read_only', 'ON'),"
        " ('log_bin_trust_function_creators', 'OFF')",
        str(dialect_for(MYSQL).copying.noted(MARK_BEGUN, "", True)),
        "DROP DATABASE `x`",
        "INSTALL PLUGIN clone SONAME 'mysql_clone.so'",
        "SET GLOBAL clone_valid_donor_list = 'db1:3306'",
        "COPY",
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "SET GLOBAL super_read_only = OFF",
        "VOUCH",
        "UNINSTALL PLUGIN clone",
        "SETTLE",
        "SET GLOBAL super_read_only = ON",
    ]


def test_a_plugin_that_is_listed_and_not_loaded_is_forgotten_first():
    found = statements(replace(state(), here=replace(HERE, clone_listed=True)), source(), CLONED)
    forget = found.index("DELETE FROM mysql.plugin WHERE name = 'clone'")
    assert found[forget + 1].startswith("INSTALL PLUGIN clone")
    loaded = replace(HERE, clone_listed=True, plugins=("clone",))
    assert not [text for text in statements(replace(state(), here=loaded), source(), CLONED) if "mysql.plugin" in text]


def test_a_clone_leaves_the_plugin_that_was_there():
    found = statements(replace(state(), here=replace(HERE, plugins=("clone",))), source(), CLONED)
    assert not [text for text in found if "INSTALL" in text]


@pytest.mark.parametrize(("installed", "uninstalled"), [(False, 0), (True, 1)])
def test_a_clone_that_was_broken_off_amid_is_made_again_and_leaves_the_plugin_as_it_was(installed, uninstalled):
    wreck = replace(state(half_copied=True), here=replace(HERE, plugins=("clone",)), begun=Begun(installed))
    found = statements(wreck, source(), CLONED)
    assert "COPY" in found
    assert not [text for text in found if "begun.invalid" in text]
    assert found.count("UNINSTALL PLUGIN clone") == uninstalled
    dumped = statements(wreck, source(), replace(WANTED, method="dump"))
    assert dumped.count("UNINSTALL PLUGIN clone") == uninstalled
    assert "COPY" in dumped


@pytest.mark.parametrize(("keeps", "uninstalled"), [(True, 0), (False, 1)])
def test_a_clone_that_has_arrived_is_not_made_again(keeps, uninstalled):
    arrived = replace(state(history=f"{A}:1-9", schemas=("x",), half_copied=True), arrived=Arrived(True, f"{A}:1-9", keeps))
    found = statements(arrived, source(), CLONED)
    assert "COPY" not in found
    assert "SETTLE" in found
    assert found.count("UNINSTALL PLUGIN clone") == uninstalled
    # They are enabled as long as nobody has settled it.
    assert found.index("SET GLOBAL event_scheduler = OFF") < found.index("SET GLOBAL super_read_only = OFF")
    _steps, (lacking,) = planned(replace(arrived, login_grants=()), source(), CLONED)
    assert "SET_ANY_DEFINER" in lacking.cause
    again = statements(replace(arrived, arrived=Arrived(False, "", keeps), here=HERE), source(), CLONED)
    assert "COPY" in again


def test_a_dump_whose_account_has_arrived_is_made_again():
    """It brings the account amid the data, and the marker goes last."""
    half = state(history=f"{A}:1-9", schemas=("x",), before=NOTED, half_copied=True)
    found = statements(replace(half, arrived=Arrived(True, f"{A}:1-9", True)), source())
    assert "COPY" in found
    assert "DROP DATABASE `dbops_seed`" in found


def test_a_method_that_is_not_possible_is_refused():
    with pytest.raises(Refusal, match="cannot get the data of db1:3306 by clone: this server has no clone plugin"):
        statements(state(), source(), CLONED)


def test_a_clone_does_not_round():
    rounding = source(data=replace(HELD, rounded=("shop.t.f",)))
    assert "COPY" in statements(replace(state(), here=HERE), rounding, replace(CLONED, method="auto"))


def test_a_backup_takes_the_place_of_everything_but_the_mark():
    configured = {"source_host": "db1", "source_port": 3306, "auto_position": True}
    running = Channel("", configured, Thread(ON), Thread(ON), None, 0)
    end = CopyEnd("10.11.18", backup="10.11.18", openssl=True, service="mariadb.service")
    wanted = replace(WANTED, method="backup", offers=end)
    found = replace(state(MARIADB, "0-1-7", ("shop",), channels=(running,), half_copied=True), here=end)
    assert statements(found, source(MARIADB, "0-1-9"), wanted) == [
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "STOP SLAVE ''",
        "RESET SLAVE '' ALL",
        "CREATE DATABASE IF NOT EXISTS `dbops_seed`",
        "CREATE TABLE IF NOT EXISTS `dbops_seed`.`before` (name VARCHAR(64) PRIMARY KEY, value VARCHAR(255)) ENGINE = MyISAM",
        "INSERT INTO `dbops_seed`.`before` VALUES ('event_scheduler', 'ON'), ('log_bin_trust_function_creators', 'OFF')",
        "DROP DATABASE `shop`",
        "RESET MASTER",
        "COPY",
        "SET SESSION sql_log_bin = 0, foreign_key_checks = 0, wait_timeout = 31536000",
        "SETTLE",
        "DROP DATABASE `dbops_seed`",
    ]


@pytest.mark.parametrize(("method", "left"), [("dump", 1), ("clone", 0), ("backup", 0)])
def test_but_for_a_dump_the_channel_goes_with_the_data(method, left):
    running = Channel("", {"source_host": "db1"}, Thread(ON), Thread(ON), None, 0)
    found = copied(dialect_for(MYSQL), state(channels=(running,)).replica, source().view, method)
    assert len(found.channels) == left


@pytest.mark.parametrize("method", ["dump", "backup"])
def test_files_of_a_copy_that_was_broken_off_go_before_anything_else(method):
    """At the server's next start they would take the place of its data, whatever that is by then."""
    end = CopyEnd("10.11.18", backup="10.11.18", openssl=True, service="mariadb.service")
    found, dialect = replace(state(MARIADB, half_copied=True), here=end), dialect_for(MARIADB)
    wanted = replace(WANTED, method=method, offers=end)
    doing = DOING._replace(sweep=Done("SWEEP"))
    steps, _obstacles = plan_copy(dialect, found, source(MARIADB, "0-1-9"), wanted, choose(dialect, end, wanted), doing)
    assert [str(step.action) for step in steps][1] == "SWEEP"


def test_a_rebuild_copies_what_could_go_on():
    follows = state(history=f"{A}:1-9", schemas=("shop",))
    assert statements(follows, source()) == []
    found = statements(follows, source(), replace(WANTED, anew=True))
    assert found.index("DROP DATABASE `shop`") < found.index("RESET BINARY LOGS AND GTIDS") < found.index("COPY")
    assert found.index("CREATE DATABASE IF NOT EXISTS `dbops_seed`") < found.index("DROP DATABASE `shop`")
    errant = state(history=f"{A}:1-9,{B}:1", schemas=("shop",))
    assert "COPY" in statements(errant, source(), replace(WANTED, anew=True))


def test_a_rebuild_takes_nothing_from_others():
    anew = replace(WANTED, anew=True)
    follows = state(history=f"{A}:1-9", schemas=("shop",))
    with pytest.raises(Refusal, match="db3 replicate from db2"):
        statements(replace(follows, followers=("db3",)), source(), anew)
    other = Channel("sales", {"source_host": "db9", "source_port": 3306, "auto_position": True}, Thread(ON), Thread(ON), None, 0)
    with pytest.raises(Refusal, match="channel 'sales'"):
        statements(state(history=f"{A}:1-9", schemas=("shop",), channels=(other,)), source(), anew)
    # A broken copy has nothing left that they could follow.
    half = replace(follows, followers=("db3",), replica=replace(follows.replica, half_copied=True))
    assert "COPY" in statements(half, source(), anew)


def test_room_that_a_rebuild_makes_counts():
    anew = replace(WANTED, anew=True)
    tight = state(history=f"{A}:1-9", schemas=("shop",), free=1 << 20)
    big = source(data=replace(HELD, size=5 << 20))
    with pytest.raises(Refusal, match="1 MiB free"):
        statements(tight, big, anew)
    assert "COPY" in statements(replace(tight, held=5 << 20), big, anew)
