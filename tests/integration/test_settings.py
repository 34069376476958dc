# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's own settings on real servers: however they are spelled, the second run finds nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from modules import Modules, Result

# Each is spelled in another way than the server prints it.
SPELLED: dict[str, Any] = {
    "character_set_server": "UTF8MB4",
    "collation_server": "UTF8MB4_BIN",
    "default_storage_engine": "INNODB",
    "innodb_buffer_pool_size": "200M",
    "lc_messages": "EN_us",
    "log_output": "table, FILE",
    "max_allowed_packet": "64m",
    "optimizer_switch": "MRR=off,Loosescan=OFF",
    "sql_mode": "traditional",
    "transaction_isolation": "read-committed",
}


@contextmanager
def kept_as_it_is(modules: Modules, names: list[str]) -> Iterator[None]:
    """Gives these variables of the primary their values back in the end, and its option files too."""
    primary = modules.pair.primary
    values = {name: primary.value(f"SELECT @@GLOBAL.{name}") for name in names}
    primary.shell("cp -a /etc/mysql /etc/mysql.kept")
    try:
        yield
    finally:
        primary.shell("rm -r /etc/mysql && mv /etc/mysql.kept /etc/mysql")
        for name, value in values.items():
            primary.sql(f"SET GLOBAL {name} = {value if value.isdigit() else repr(value)}")


def run(modules: Modules, **options: Any) -> Result:
    return modules.run(modules.pair.primary, "server_config", {**modules.settings_options("primary"), **options})


def test_settings_converge_however_they_are_spelled(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    modules = modules_on(server_name)
    settings = dict(SPELLED)
    if modules.pair.primary.rows("SHOW GLOBAL VARIABLES LIKE 'tx_isolation'"):
        del settings["transaction_isolation"]  # an option here, but no variable
    with kept_as_it_is(modules, list(settings)):
        first = run(modules, settings=settings)
        assert not first.failed, first.message
        assert first.steps
        second = run(modules, settings=settings)
        assert not second.failed, second.message
        assert second.steps == []
        modules.pair.restart("primary")
        third = run(modules, settings=settings)
        assert not third.failed, third.message
        assert third.steps == []
    modules.pair.reconnect()
    modules.pair.await_healthy()


def test_a_variable_that_is_no_option_never_stops_the_next_start(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    """The server calls the option default_time_zone; with time_zone in its file it would not start again."""
    modules = modules_on(server_name)
    before = modules.pair.fingerprint()
    result = run(modules, settings={"time_zone": "+01:00"})
    assert result.failed
    assert "settings.time_zone" in result.message
    assert "unknown" in result.message
    assert modules.pair.fingerprint() == before


def test_back_from_persisted_values_to_the_option_file(server_name: str, modules_on: Callable[[str], Modules]) -> None:
    """None stays that would hide the file. MariaDB, which has none, says so."""
    modules = modules_on(server_name)
    primary = modules.pair.primary
    kept = run(modules, persist="server")
    if modules.pair.vendor == "mariadb":
        assert "has no SET PERSIST" in kept.message
        return
    assert not kept.failed, kept.message
    primary.sql("SET PERSIST sync_binlog = 1; SET PERSIST max_connections = 152")
    count = "SELECT COUNT(*) FROM performance_schema.persisted_variables"
    predicted = modules.run(primary, "server_config", modules.settings_options("primary"), check=True)
    back = run(modules)
    assert not back.failed, back.message
    assert "RESET PERSIST sync_binlog" in [step["statement"] for step in back.steps]
    assert predicted.steps == back.steps
    assert primary.value(f"{count} WHERE VARIABLE_NAME <> 'max_connections'") == "0"
    assert primary.value(count) == "1"
    assert run(modules).steps == []
    primary.sql("RESET PERSIST max_connections; SET GLOBAL max_connections = DEFAULT")
