# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts that no channel can store are named before anything is touched."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import Dialect, dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import parse_version
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.channel_checks import refuse_no_password, refuse_texts
from ansible_collections.dbops.mysql_replication.plugins.module_utils._plan.desired_channel import DesiredChannel

MYSQL = dialect_for(parse_version("9.7.4"))
MARIADB = dialect_for(parse_version("11.8.6-MariaDB"))


def desired(host: str = "db1", user: str = "repl", password: str = "secret") -> DesiredChannel:
    options = {"source_host": host, "source_user": user, "source_password": Secret(password)}
    return DesiredChannel("", options, "auto", None, source_history_complete=False, reconnect=False)


@pytest.mark.parametrize(
    ("dialect", "wish", "said"),
    [
        (MYSQL, desired(host="h" * 256), "source_host has more than 255"),
        (MYSQL, desired(user="u" * 33), "source_user has more than 32"),
        (MARIADB, desired(user="u" * 129), "source_user has more than 128"),
        (MYSQL, desired(password="p" * 33), "source_password has more than 32"),
        (MARIADB, desired(password="p" * 97), "source_password has more than 96"),
        (MYSQL, desired(host="db1\ndb2"), "source_host holds a line break"),
        (MYSQL, desired(user="re\tpl"), "source_user holds"),
        (MARIADB, desired(password="pass\rword"), "source_password holds"),
    ],
)
def test_what_a_channel_cannot_store(dialect: Dialect, wish: DesiredChannel, said: str) -> None:
    with pytest.raises(Refusal, match=said) as refused:
        refuse_texts(dialect, wish)
    assert "pass" not in str(refused.value).replace("source_password", "")


def test_the_longest_that_fits_and_odd_characters_are_fine() -> None:
    refuse_texts(MYSQL, desired("h" * 255, "u" * 32, "ü'\"\\\t{{ x }}"))
    refuse_texts(MARIADB, desired("h" * 255, "u" * 128, "p" * 96))
    refuse_texts(MYSQL, DesiredChannel("", {}, "auto", None, source_history_complete=False, reconnect=False))


def test_a_channel_that_shall_run_needs_a_password() -> None:
    with pytest.raises(Refusal, match="source_password is empty"):
        refuse_no_password(desired(password=""))
    refuse_no_password(desired())
