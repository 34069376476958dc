# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each variable of one server shall be: a profile's requirements and the user's settings, in the server's own terms."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Mapping, NamedTuple, Optional, Sequence

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.variables import Values, modern_name
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    FLAGS,
    LOG,
    OFF,
    SystemVariable,
    text_of,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.profiles import Accepts, Requirement, keeps_longer

# SHOW VARIABLES and the option file would give it away to everybody.
_SECRET_VARIABLES = frozenset({"report_password"})

# Where the data lies, and how it was laid out when it was made: with another value the server starts on nothing, or not at all.
_BOUND_TO_DATA = frozenset(
    {
        *("datadir", "innodb_data_home_dir", "innodb_data_file_path", "innodb_log_group_home_dir", "innodb_undo_directory"),
        *("innodb_page_size", "lower_case_table_names", "basedir", "plugin_dir", "aria_log_dir_path"),
    }
)


class Named(NamedTuple):
    """A requirement under the server's own name of its variable; ``given`` is the user's spelling, empty for a profile's."""

    own: str
    requirement: Requirement
    given: str = ""


@dataclass(frozen=True)
class Wanted:
    """What one variable of the server shall be; see :class:`Requirement`. ``target`` is normalised."""

    variable: SystemVariable
    target: str
    why: str
    accepts: Optional[Accepts]
    urgent: bool

    def holds(self, value: Optional[str]) -> bool:
        """Whether the value is as wanted; ``None`` (nobody said it) never is."""
        if value is None:
            return False
        return value == self.target if self.accepts is None else self.accepts(value)

    def is_settled(self, value: Optional[str], lasting: str) -> bool:
        """Whether the value is as wanted and no other one than what lasts; of switches only the wanted ones are compared.

        Somebody may keep binary logs longer for a replica that is away: what lasts does not take them from it.
        """
        if value is None or not self.holds(value):
            return False
        return value == lasting or self.variable.type.kind == FLAGS or keeps_longer(self.variable.name, value, lasting)

    @property
    def holds_now(self) -> bool:
        """Whether the variable is as wanted at run time."""
        return self.holds(self.variable.value)

    @property
    def kept(self) -> str:
        """What the next start shall give: the value of now where that is as good, but of switches only the wanted ones."""
        return self.variable.value if self.holds_now and self.variable.type.kind != FLAGS else self.target


def named(dialect: Dialect, requirements: Sequence[Requirement], settings: Mapping[str, object], values: Values) -> list[Named]:
    """The requirements for variables that this server has, each name once; a setting replaces the profile's requirement.

    Raises :class:`Refusal` for a setting that names no variable of this server, or one twice.
    """
    found: dict[str, Named] = {}
    for requirement in requirements:
        own = dialect.variables.own_name(requirement.name, values)
        if own:
            found[own] = Named(own, requirement)
    for given, value in settings.items():
        own = dialect.variables.own_name(str(given), values)
        if not own:
            raise _unknown(dialect, str(given), values)
        if own in found and found[own].given:
            raise Refusal(
                f"settings name one variable twice: {found[own].given} and {given} are both {own} on {dialect.version}",
                "leave one of them out",
            )
        if own == "server_id":
            raise Refusal(
                f"settings.{given}: settings may be shared by servers, and each needs a server_id of its own: a replica leaves out"
                " all transactions that bear its own",
                "give it as the option server_id (variable mysql_replication_server_id), or leave it to this collection",
            )
        if own in _SECRET_VARIABLES:
            raise Refusal(
                f"settings.{given}: this module does not set it, because SHOW VARIABLES and the option file would show it",
                "leave it out; no replication needs it",
            )
        found[own] = Named(own, Requirement(modern_name(str(given)), _text(str(given), value), "settings ask for it"), str(given))
    return list(found.values())


def wanted(requirement: Named, variable: SystemVariable, version: object) -> Wanted:
    """The requirement with its target in the server's spelling. Raises :class:`Refusal` for a value that it does not take."""
    _own, wish, given = requirement
    if variable.type.kind == LOG and given:
        word = wish.target.strip().upper()
        if word in ("ON", "1", "TRUE", "YES"):
            return Wanted(variable, _default_log(variable), wish.why, lambda value: value not in ("", OFF), wish.urgent)
        if word in ("OFF", "0", "FALSE", "NO"):
            return Wanted(variable, OFF, wish.why, None, wish.urgent)
    try:
        target = variable.type.normalise(wish.target)
    except ValueError as error:
        raise Refusal(
            f"{f'settings.{given}' if given else wish.name}: {version} cannot set {variable.name} to {wish.target!r}: {error}",
            f"give {given or wish.name} a value that it takes",
        ) from None
    if variable.name in _BOUND_TO_DATA and target != variable.value:
        raise Refusal(
            f"settings.{given}: {variable.name} is {variable.value!r}, and the server's data is bound to that: with {target!r} it"
            " would start without its data, or not at all",
            "leave it out; to change it, move or make the data anew by hand",
        )
    accepts = _switched(target) if variable.type.kind == FLAGS else wish.accepts
    return Wanted(variable, target, wish.why, accepts, wish.urgent)


def _switched(target: str) -> Accepts:
    wanted_flags = set(target.split(","))
    return lambda value: wanted_flags <= set(value.split(","))


def _default_log(variable: SystemVariable) -> str:
    return "binlog" if variable.name == "log_bin" else "relay-bin"


def _text(given: str, value: object) -> str:
    try:
        return text_of(value)
    except ValueError as error:
        raise Refusal(f"settings.{given}: {error}", f"give {given} a value, or leave it out") from None


def _unknown(dialect: Dialect, given: str, values: Values) -> Refusal:
    known = {*map(modern_name, values), *values}
    near = difflib.get_close_matches(modern_name(given), sorted(known), n=3, cutoff=0.7)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return Refusal(
        f"settings.{given}: {dialect.version} has no system variable of this name",
        f"{hint}SHOW GLOBAL VARIABLES lists what it has (variables of a plugin only once that is installed)",
    )
