# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a variable will be after the server's next start, and what will make it so."""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import VariableDialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.option_files import Assignment
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    LOG,
    OFF,
    ON,
    SystemVariable,
    VariableType,
)

PERSISTED = "persisted value"
COMMAND_LINE = "command line"
OPTION_FILE = "option file"
DEFAULT = "compiled default"


class Ruling(NamedTuple):
    """What sets a variable at the next start: one of the four layers.

    ``value`` is normalised; ``None`` where nothing sets it, where the server could not read it, and for a log whose name the
    server makes up from the host's name. ``where`` names the place.
    """

    layer: str
    value: Optional[str]
    where: str
    assignment: Optional[Assignment] = None


def assignments_of(dialect: VariableDialect, variable: SystemVariable, assignments: Sequence[Assignment]) -> tuple[Assignment, ...]:
    """All that set this variable, in order, be it under another name."""
    return tuple(
        assignment
        for assignment in assignments
        if assignment.name == variable.name
        or (assignment.name in dialect.derived and dialect.derived[assignment.name].variable == variable.name)
    )


def assigned_value(dialect: VariableDialect, variable: SystemVariable, assignment: Assignment) -> Optional[str]:
    """The normalised value that an assignment gives; ``None`` for a log without a name.

    Raises ``ValueError`` for a value that the variable does not take: the server would not start, or take another value.
    """
    kind = variable.type
    if assignment.name != variable.name:
        return _derived_value(dialect.derived[assignment.name].factor, kind, assignment)
    if kind.kind == LOG:
        if assignment.negated:
            return OFF
        # Observed: "log_bin = OFF" logs to files named OFF.
        value = "./OFF" if assignment.value == OFF else assignment.value
        return kind.normalise(value) if value else None
    if assignment.negated:
        return kind.normalise(OFF)
    if assignment.value is None:
        if kind.kind != BOOLEAN:
            raise ValueError("it needs a value")
        return ON
    return kind.normalise(assignment.value)


def _derived_value(factor: int, kind: VariableType, assignment: Assignment) -> str:
    try:
        return kind.normalise(str(int(float(assignment.value or "") * factor)))
    except ValueError:
        raise ValueError("it takes a number") from None


def next_start(
    dialect: VariableDialect,
    variable: SystemVariable,
    command_line: Sequence[Assignment],
    files: Sequence[Assignment],
    heeds_persisted: bool,
) -> Ruling:
    """What rules the variable at the next start.

    MySQL manual, "Persisted System Variables": mysqld-auto.cnf is processed after all other option files; observed on 9.7:
    after the command line too.
    """
    if heeds_persisted and variable.persisted is not None:
        return Ruling(PERSISTED, variable.persisted, "the persisted value (mysqld-auto.cnf)")
    for layer, assignments in ((COMMAND_LINE, command_line), (OPTION_FILE, files)):
        found = assignments_of(dialect, variable, assignments)
        if found:
            return Ruling(layer, _value_or_none(dialect, variable, found[-1]), place(found[-1]), found[-1])
    return Ruling(DEFAULT, None, "the compiled default")


def place(assignment: Assignment) -> str:
    """Where an assignment stands, in words; a command line's has no path."""
    if not assignment.path:
        return f"the command line option --{assignment.raw_name}"
    return f"{assignment.path} line {assignment.line}"


def _value_or_none(dialect: VariableDialect, variable: SystemVariable, assignment: Assignment) -> Optional[str]:
    try:
        return assigned_value(dialect, variable, assignment)
    except ValueError:
        return None
