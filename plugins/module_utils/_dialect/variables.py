# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each server family spells its system variables, tells about them, and changes and keeps them."""

from __future__ import annotations

from typing import Collection, Mapping, NamedTuple, Optional, Protocol, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.mysql_variables import (
    BLOCKS,
    ENUMERATIONS,
    NOT_PERSISTABLE,
    STATIC,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.value_types import grain, type_by_meaning
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Coordinates
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.sql import Sql, literal, sql
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    DECIMAL,
    ENUM,
    INTEGER,
    LOG,
    OFF,
    ON,
    SET,
    TEXT,
    SystemVariable,
    VariableType,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion

Row = Mapping[str, Optional[str]]
#: Raw values of all global variables by name, as SHOW GLOBAL VARIABLES gives them.
Values = Mapping[str, str]

GLOBAL = "GLOBAL"
PERSIST = "PERSIST"
PERSIST_ONLY = "PERSIST_ONLY"


def in_utc(column: str) -> str:
    """A TIMESTAMP, which a session shows in its own time zone."""
    return f"DATE_FORMAT(CONVERT_TZ({column}, @@SESSION.time_zone, '+00:00'), '%Y-%m-%dT%H:%i:%sZ')"


#: When a variable was set.
SET_TIME = f"{in_utc('i.SET_TIME')} AS SET_TIME"
#: Manual, "variables_info Table": where a session has set a variable, it tells of that. Ours sets these (connection.py).
SET_BY_US = frozenset({"sql_mode", "autocommit", "lock_wait_timeout"})
# One that has sent a secret has set these too (veil.py).
_SET_BY_VEIL = frozenset({"long_query_time", "sql_log_off"})
# A value that no server takes for this variable; see :func:`trial`.
_SENTINEL = "sync_binlog"
#: The strict modes that TRADITIONAL brings with it on both vendors.
_STRICT = ("STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "NO_ZERO_IN_DATE", "NO_ZERO_DATE", "ERROR_FOR_DIVISION_BY_ZERO")
_MODERN_WORDS = {"slave": "replica", "master": "source"}
# MariaDB has another noun too.
_MODERN_NAMES = {"replica_parallel_threads": "replica_parallel_workers"}
_OLD_WORDS = {modern: old for old, modern in _MODERN_WORDS.items()}


class Setting(NamedTuple):
    """One assignment of a SET statement; ``scope`` is GLOBAL, PERSIST or PERSIST_ONLY."""

    scope: str
    variable: SystemVariable
    value: str

    def __str__(self) -> str:
        quoted = self.value if self.variable.type.kind in (INTEGER, DECIMAL) else literal(self.value)
        return f"{self.scope} {self.variable.name} = {quoted}"


class Derived(NamedTuple):
    """An option that sets another variable too: the other's value is this one's times ``factor``."""

    variable: str
    factor: int


class VariableDialect(Protocol):
    """What the planner and the observer ask of a server family."""

    #: The groups of option files that the server reads, besides the ones with a group suffix.
    groups: tuple[str, ...]
    #: What the server is asked with to check an option file, and go.
    validation: tuple[str, ...]
    #: A query of VARIABLE_NAME and VARIABLE_VALUE for what SET PERSIST stored; empty where there is no such thing.
    persisted_query: str
    #: Variables whose change only counts from the applier's next start, or is refused while one runs.
    applier_variables: frozenset[str]
    #: Options by which a variable is set under another name and in another unit.
    derived: Mapping[str, Derived]

    def own_name(self, name: str, values: Values) -> str:
        """The server's own name of a variable given in any spelling; empty if it has none."""

    def aliases(self, values: Values) -> dict[str, str]:
        """Further names that the server takes for its variables in option files, by canonical old name."""

    def details_query(self, names: Collection[str]) -> str:
        """A query for what :meth:`variable` needs to know of these variables."""

    def variable(self, name: str, values: Values, details: Mapping[str, Row], persisted: Values) -> SystemVariable:
        """The variable of this own name. ``details`` are the rows of the query by lower-case variable name."""

    def applied(self, place: Coordinates, channel: str) -> str:
        """A query that gives ``1`` once the channel's applier has come to this place in its source's binary log."""

    def caught_up(self, place: Coordinates, channel: str, seconds: int) -> str:
        """An expression that waits so long at most, and is 1 if the channel's applier has come to this place."""


def set_variable(setting: Setting) -> Sql:
    """The statement for one assignment."""
    return sql(f"SET {setting}")


def reset_persisted(name: str) -> Sql:
    """Forgets a persisted value."""
    return sql(f"RESET PERSIST {name}")


def trial(settings: Sequence[Setting]) -> Sql:
    """A statement that must fail at its last assignment, and by that tells that the server would take all others.

    Manual, "SET Syntax for Variable Assignment": if any assignment fails, the entire statement fails and no variables are
    changed (seen so on both vendors). Types, values and privileges are checked in order.
    """
    return sql("SET " + ", ".join([*map(str, settings), f"GLOBAL {_SENTINEL} = 'not a number'"]))


def passed_trial(errno: int, error: str) -> bool:
    """Whether a trial's error is the one that it must end with (ER_WRONG_TYPE_FOR_VAR)."""
    return errno == 1232 and _SENTINEL in error


def modern_name(name: str) -> str:
    """Any spelling of a name in lower case with underscores and the words of today, the same for both families."""
    modern = _reworded(name.strip().lower().replace("-", "_"), _MODERN_WORDS)
    return _MODERN_NAMES.get(modern, modern)


def _reworded(name: str, words: Mapping[str, str]) -> str:
    return "_".join(words.get(word, word) for word in name.split("_"))


def _typed(kind: VariableType, value: Optional[str]) -> str:
    try:
        return kind.normalise(value) if value else ""
    except ValueError:
        return value or ""


def _log_value(name: str, values: Values, kind: VariableType) -> str:
    if values.get(name) == OFF:
        return OFF
    return _typed(kind, values.get(f"{name}_basename"))


def _number(text: Optional[str]) -> Optional[int]:
    return int(text) if text and text.lstrip("-").isdigit() else None


class MySQLVariables:
    """MySQL 8.0 to 26; from 9.0 on the server itself tells the types of its variables."""

    validation: tuple[str, ...] = ("--validate-config",)
    persisted_query = "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.persisted_variables"
    # Manual, "replica_parallel_workers": takes effect when replication restarts; "replica_preserve_commit_order": the
    # replication applier must be stopped; "binlog_format": refused while an applier runs (error 3747 on 9.7).
    applier_variables = frozenset(
        [
            "binlog_format",
            *(
                f"{word}_{name}"
                for word in ("replica", "slave")
                for name in ("parallel_workers", "parallel_type", "preserve_commit_order")
            ),
        ]
    )
    _KINDS = {"Boolean": BOOLEAN, "Integer": INTEGER, "Numeric": DECIMAL, "Enumeration": ENUM, "Set": SET}
    # Manual, "Combination SQL Modes".
    _SQL_MODES: Mapping[str, tuple[str, ...]] = {
        "ANSI": ("REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY"),
        "TRADITIONAL": (*_STRICT, "NO_ENGINE_SUBSTITUTION"),
    }

    def __init__(self, version: ServerVersion) -> None:
        major, minor, _patch = version.numbers
        self.groups: tuple[str, ...] = ("mysql_cluster", "mysqld", "server", f"mysqld-{major}.{minor}")
        self._has_metadata = version.at_least(9)
        # Release notes of 8.0.30.
        self._utf8 = "utf8mb3" if version.at_least(8, 0, 30) else "utf8"
        self._wait = "SOURCE_POS_WAIT" if version.at_least(8, 0, 26) else "MASTER_POS_WAIT"
        self.derived: Mapping[str, Derived] = (
            {} if version.at_least(8, 2) else {"expire_logs_days": Derived("binlog_expire_logs_seconds", 86400)}
        )

    def own_name(self, name: str, values: Values) -> str:
        """See :class:`VariableDialect`; 8.0.26 gave the new names."""
        modern = modern_name(name)
        return next((own for own in (modern, _reworded(modern, _OLD_WORDS)) if own in values), "")

    def aliases(self, values: Values) -> dict[str, str]:
        """See :class:`VariableDialect`; a server with the new names takes the old ones still."""
        return {name: modern_name(name) for name in values if modern_name(name) != name and modern_name(name) in values}

    def details_query(self, names: Collection[str]) -> str:
        """See :class:`VariableDialect`."""
        columns, join = "", ""
        if self._has_metadata:
            columns = ", m.DATA_TYPE, m.MIN_VALUE, m.MAX_VALUE"
            join = " LEFT JOIN performance_schema.variables_metadata m ON m.VARIABLE_NAME = i.VARIABLE_NAME"
        return (
            f"SELECT i.VARIABLE_NAME, i.VARIABLE_SOURCE, {SET_TIME}, i.SET_USER, i.SET_HOST{columns}"
            f" FROM performance_schema.variables_info i{join}"
            f" WHERE i.VARIABLE_NAME IN ({', '.join(map(literal, sorted(names)))})"
        )

    def variable(self, name: str, values: Values, details: Mapping[str, Row], persisted: Values) -> SystemVariable:
        """See :class:`VariableDialect`."""
        kind = self._type(name, values, details.get(name, {}))
        return SystemVariable(
            name,
            kind,
            _log_value(name, values, kind) if kind.kind == LOG else _typed(kind, values[name]),
            static=name in STATIC,
            persisted=_typed(kind, persisted[name]) if name in persisted else None,
            persistable=name not in NOT_PERSISTABLE,
            set_by=_set_by(name, details.get(name, {})),
        )

    def applied(self, place: Coordinates, channel: str) -> str:
        """See :class:`VariableDialect`."""
        return f"SELECT {self.caught_up(place, channel, 1)}"

    def caught_up(self, place: Coordinates, channel: str, seconds: int) -> str:
        """Manual, "Position-Based Synchronization Functions": negative on timeout, NULL if the applier does not run."""
        return _caught_up(self._wait, place, channel, seconds)

    def _type(self, name: str, values: Values, row: Row) -> VariableType:
        known = type_by_meaning(name, values, self._utf8, self._SQL_MODES)
        if known:
            return known
        if name in ENUMERATIONS:
            return VariableType(ENUM, choices=ENUMERATIONS[name])
        kind = self._KINDS.get(row["DATA_TYPE"] or "", TEXT) if row.get("DATA_TYPE") else _guessed(values[name])
        if kind != INTEGER:
            return VariableType(kind)
        return VariableType(
            INTEGER,
            minimum=_number(row.get("MIN_VALUE")),
            maximum=_number(row.get("MAX_VALUE")),
            block=BLOCKS.get(name, 1),
            grain=grain(name, values),
        )


def _caught_up(function: str, place: Coordinates, channel: str, seconds: int) -> str:
    return f"COALESCE({function}({literal(place.file)}, {place.position}, {seconds}, {literal(channel)}) >= 0, 0)"


def _guessed(value: str) -> str:
    if value in (ON, OFF):
        return BOOLEAN
    if value.isdigit():
        return INTEGER
    return DECIMAL if value.replace(".", "", 1).isdigit() else TEXT


def _set_by(name: str, row: Row) -> str:
    if name in SET_BY_US | _SET_BY_VEIL or row.get("VARIABLE_SOURCE") != "DYNAMIC" or not row.get("SET_USER"):
        return ""
    return f"{row['SET_USER']}@{row['SET_HOST']} at {row['SET_TIME']}"


class MariaDBVariables:
    """MariaDB 10.6 to 12: old words, no SET PERSIST, and everything about a variable in one table."""

    # --help with --verbose reads and checks all options, prints what they come to, and goes.
    validation: tuple[str, ...] = ("--help", "--verbose")
    persisted_query = ""
    # Error 1198 while an applier runs.
    applier_variables = frozenset({"slave_parallel_threads", "slave_parallel_mode", "slave_domain_parallel_threads"})
    derived: Mapping[str, Derived] = {"expire_logs_days": Derived("binlog_expire_logs_seconds", 86400)}
    _OWN_WORDS: Mapping[str, str] = {"replica_parallel_workers": "slave_parallel_threads"}
    _KINDS = {"BOOLEAN": BOOLEAN, "DOUBLE": DECIMAL, "ENUM": ENUM, "SET": SET, "FLAGSET": TEXT, "VARCHAR": TEXT}
    # Observed on 10.11; the ones that only old applications ask for are left out.
    _SQL_MODES: Mapping[str, tuple[str, ...]] = {
        "ANSI": ("REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE"),
        "ORACLE": (
            *("PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "NO_KEY_OPTIONS", "NO_TABLE_OPTIONS", "NO_FIELD_OPTIONS"),
            *("NO_AUTO_CREATE_USER", "SIMULTANEOUS_ASSIGNMENT"),
        ),
        "TRADITIONAL": (*_STRICT, "NO_AUTO_CREATE_USER", "NO_ENGINE_SUBSTITUTION"),
    }

    def __init__(self, version: ServerVersion) -> None:
        release = f"{version.numbers[0]}.{version.numbers[1]}"
        names = ("mysqld", "mariadb", "mariadbd")
        self.groups: tuple[str, ...] = ("server", "client-server", "galera", *names, *(f"{name}-{release}" for name in names))

    def own_name(self, name: str, values: Values) -> str:
        """See :class:`VariableDialect`."""
        modern = modern_name(name)
        spellings = (self._OWN_WORDS.get(modern, ""), _reworded(modern, _OLD_WORDS), modern)
        return next((own for own in spellings if own in values), "")

    def aliases(self, values: Values) -> dict[str, str]:
        """See :class:`VariableDialect`."""
        return {"slave_parallel_workers": "slave_parallel_threads"}

    def details_query(self, names: Collection[str]) -> str:
        """See :class:`VariableDialect`."""
        return (
            "SELECT LOWER(VARIABLE_NAME) AS VARIABLE_NAME, VARIABLE_TYPE, NUMERIC_MIN_VALUE, NUMERIC_MAX_VALUE,"
            " NUMERIC_BLOCK_SIZE, ENUM_VALUE_LIST, READ_ONLY FROM information_schema.SYSTEM_VARIABLES"
            f" WHERE VARIABLE_NAME IN ({', '.join(map(literal, sorted(names)))})"
        )

    def variable(self, name: str, values: Values, details: Mapping[str, Row], persisted: Values) -> SystemVariable:
        """See :class:`VariableDialect`."""
        row = details[name]
        kind = self._type(name, values, row)
        return SystemVariable(
            name,
            kind,
            _log_value(name, values, kind) if kind.kind == LOG else _typed(kind, values[name]),
            static=row["READ_ONLY"] == "YES",
        )

    def applied(self, place: Coordinates, channel: str) -> str:
        """See :class:`VariableDialect`; MariaDB has GTIDs always, so nothing ever waits for this."""
        return "SELECT 1"

    def caught_up(self, place: Coordinates, channel: str, seconds: int) -> str:
        """MariaDB documentation, MASTER_POS_WAIT: as MySQL's."""
        return _caught_up("MASTER_POS_WAIT", place, channel, seconds)

    def _type(self, name: str, values: Values, row: Row) -> VariableType:
        utf8 = "utf8mb3" if "UTF8_IS_UTF8MB3" in values.get("old_mode", "") else "utf8mb4"
        known = type_by_meaning(name, values, utf8, self._SQL_MODES)
        if known:
            return known
        kind = self._KINDS.get(row["VARIABLE_TYPE"] or "", INTEGER)
        if kind in (ENUM, SET):
            return VariableType(kind, choices=tuple((row["ENUM_VALUE_LIST"] or "").split(",")))
        if kind != INTEGER:
            return VariableType(kind)
        return VariableType(
            INTEGER,
            minimum=_number(row["NUMERIC_MIN_VALUE"]),
            maximum=_number(row["NUMERIC_MAX_VALUE"]),
            block=_number(row["NUMERIC_BLOCK_SIZE"]) or 1,
            grain=grain(name, values),
        )
