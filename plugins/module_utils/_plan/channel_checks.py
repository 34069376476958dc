# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with the texts of a wanted channel, said before anything is touched."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.option_checks import (
    CONTROL_CHARACTERS,
    NOT_IN_PASSWORDS,
)

# Both vendors store 255 characters of a host.
_LONGEST_HOST = 255


def refuse_texts(dialect: Dialect, desired: DesiredChannel) -> None:
    """Raises :class:`Refusal` for a source, an account or a password that a channel cannot store."""
    for name, longest in (("source_host", _LONGEST_HOST), ("source_user", dialect.accounts.longest_name)):
        _refuse_text(dialect, name, str(desired.options.get(name, "")), longest, CONTROL_CHARACTERS)
    password = desired.options.get("source_password")
    if isinstance(password, Secret):
        _refuse_text(dialect, "source_password", password.reveal(), dialect.channels.longest_password, NOT_IN_PASSWORDS)


def refuse_no_password(desired: DesiredChannel) -> None:
    """Raises :class:`Refusal` where a channel that shall run has no password to log in with."""
    if not desired.options["source_password"]:
        raise Refusal("source_password is empty", "give the replication account a password (mysql_replication_password)")


def _refuse_text(dialect: Dialect, name: str, text: str, longest: int, forbidden: frozenset[str]) -> None:
    """The message holds nothing of the text, which may be a secret."""
    if len(text) > longest:
        raise Refusal(
            f"{name} has more than {longest} characters, and a channel of {dialect.version} can store no more",
            f"give a shorter {name}",
        )
    if not forbidden.isdisjoint(text):
        raise Refusal(
            f"{name} holds a line break or another control character, which a channel cannot store",
            f"give a {name} without it",
        )
