# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hard moments of a read: the server dies, shows next to nothing, holds very much, or says what would break a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from auditing import HIGH, Audit, Policy, at_least, audit, judge, look, mend, terminal, write
from fault import MARIADB, MYSQL, Fault, Status, on, perform
from machine import Machine, wait_until
from modules import Modules

_ACCOUNTS = {MYSQL: "mysql.user", MARIADB: "mysql.global_priv"}
_WAITING = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata lock%'"
_HARMLESS = Fault("mended", (), Status("Connect_Retry", "60"))
_MANY = 5000
_LOGS = 300
#: A user, at most 32 characters; servers tell it in their errors.
_EVIL = '<img src=x>"`|\x1b[31m\x07é'


def test_a_server_that_dies_while_it_is_read(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    primary = modules.pair.primary
    _lock(primary, _ACCOUNTS[modules.pair.vendor])
    with ThreadPoolExecutor() as pool:
        reading = pool.submit(audit, modules)
        wait_until("the read to wait for the lock", lambda: primary.value(_WAITING) == "1")
        primary.shell(f"systemctl kill --signal KILL {primary.service}")
        findings = reading.result(timeout=60)
    primary.restart()
    modules.pair.reconnect()
    mend(modules, _HARMLESS)
    assert (findings[0].rule, findings[0].host) == ("net.source_down", "primary")
    assert "error 2013: Lost connection" in findings[0].evidence
    assert not [one.rule for one in findings if one.host == "replica1" and at_least(one.severity, HIGH)]


def test_a_run_time_setting_is_lost_where_the_default_differs(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    found = {}
    for value in ("152", "151"):
        modules.pair.primary.sql(f"SET GLOBAL max_connections = {value}")
        found[value] = [one for one in audit(modules) if one.rule == "drift.unset_at_next_start"]
    assert [one.host for one in found["152"]] == ["primary"]
    assert found["152"][0].evidence.endswith("so the next start makes it 151")
    assert found["151"] == []


def test_who_persisted_a_value_is_read(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    """MariaDB persists nothing."""
    modules = modules_on(server_name)
    primary = modules.pair.primary
    persists = modules.pair.vendor == MYSQL
    if persists:
        primary.sql("SET PERSIST_ONLY back_log = 99")
    (seen,) = (one for one in look(modules).servers if one.name == "primary")
    if persists:
        primary.sql("RESET PERSIST back_log")
        origin = seen.persisted_origins["back_log"]
        assert origin.set_by == "root@localhost"
        assert abs(datetime.fromisoformat(origin.set_at).timestamp() - seen.taken_at) < 60
    else:
        assert seen.persisted_origins == {}


def test_the_error_log_is_told_in_utc(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    replica = modules.pair.replica
    replica.sql("SET GLOBAL time_zone = '+09:00'")
    try:
        (seen,) = (one for one in look(modules).servers if one.name == "replica1")
    finally:
        replica.sql("SET GLOBAL time_zone = DEFAULT")
    newest = datetime.fromisoformat(seen.error_log[-1].at).replace(tzinfo=timezone.utc)
    assert newest.timestamp() <= seen.taken_at


def test_a_login_that_may_see_nothing_is_told_so_and_nothing_is_guessed(
    server_name: str, modules_on: Callable[[str], Modules]
) -> None:
    modules = modules_on(server_name)
    pair = modules.pair
    pair.primary.sql("CREATE USER stranger@localhost IDENTIFIED BY 'of no consequence'")
    pair.await_applied()
    seen = look(modules, login_user="stranger", login_password="of no consequence")
    pair.primary.sql("DROP USER stranger@localhost")
    pair.await_applied()
    assert [one.name for one in seen.servers] == ["replica1", "primary"], [one.reason for one in seen.unreadable]
    findings = judge(seen, Policy()).findings
    assert {one.rule for one in findings if at_least(one.severity, HIGH)} == {"health.channels_readable"}
    assert "health.sections_readable" in {one.rule for one in findings}


def test_the_number_of_queries_does_not_grow(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    primary = modules.pair.primary
    before = _queries(modules)
    crowd = [", ".join(f"many{number}@localhost" for number in range(first, first + 500)) for first in range(0, _MANY, 500)]
    primary.sql(_hidden(f"CREATE USER {some}" for some in crowd))
    primary.sql(_hidden("FLUSH BINARY LOGS" for _number in range(_LOGS)))
    after = _queries(modules)
    primary.sql(_hidden(f"DROP USER {some}" for some in crowd))
    assert after == before


def test_what_a_server_says_breaks_out_of_no_report(server_name: str, modules_on: Callable[[str], Modules], tmp_path: Path) -> None:
    modules = modules_on(server_name)
    quoted = _EVIL.replace('"', '\\"')
    perform(modules.pair, (on("replica", f'STOP REPLICA; $change ${{source}}_USER = "{quoted}"; START REPLICA'),))
    wait_until("the login to be refused", lambda: (channel := modules.pair.channel()) and channel.receiver_errno)
    seen = look(modules)
    run = Audit(seen, judge(seen, Policy()))
    write(run, str(tmp_path), 1)
    mend(modules, _HARMLESS)

    assert "<img" in "".join(one.evidence for one in run.findings), "the server does not tell what this test is about"
    for line in terminal.render(run):
        assert line.text.isprintable(), line
    texts = {path.name: path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert not [name for name, text in texts.items() if "\x1b" in text]
    assert "img" not in _tags(texts["report.html"])
    assert re.findall(r"(?<!\\)<", texts["as_built.md"]) == []
    assert ElementTree.fromstring(texts["junit.xml"]).findall(".//failure")
    for line in texts["metrics.prom"].splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{(\w+=\"(\\.|[^\"\\])*\",?)+\})? [-+.e0-9]+", line), line


def _lock(machine: Machine, table: str) -> None:
    statements = f"LOCK TABLES {table} WRITE; SELECT SLEEP(900)"
    machine.shell(f"setsid -f {machine.client} -e '{statements}' > /dev/null 2>&1 < /dev/null")
    sleeping = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
    wait_until("the lock", lambda: machine.value(sleeping) == "1")


def _queries(modules: Modules) -> int:
    """How many statements the primary gets while it is read."""
    primary = modules.pair.primary
    first = _asked(primary)
    assert not modules.run(primary, "replication_info", {}).failed
    return _asked(primary) - first


def _asked(machine: Machine) -> int:
    return int(machine.rows("SHOW GLOBAL STATUS LIKE 'Questions'")[0]["Value"])


def _hidden(statements: Iterable[str]) -> str:
    return ";\n".join(["SET SESSION sql_log_bin = 0", *statements])


def _tags(page: str) -> set[str]:
    found: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _attributes: found.add(tag)  # type: ignore[method-assign]
    parser.feed(page)
    return found
