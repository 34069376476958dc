# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Versions compare as numbers, whatever the vendor's decoration."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import (
    MARIADB,
    MYSQL,
    ServerVersion,
    parse_version,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.7.4", ServerVersion(MYSQL, (9, 7, 4))),
        ("8.0.36-28", ServerVersion(MYSQL, (8, 0, 36))),
        ("8.4.0-commercial", ServerVersion(MYSQL, (8, 4, 0))),
        ("26.10.0", ServerVersion(MYSQL, (26, 10, 0))),
        ("26.10", ServerVersion(MYSQL, (26, 10, 0))),
        ("11.8.6-MariaDB-0+deb13u1 from Debian", ServerVersion(MARIADB, (11, 8, 6))),
        ("5.5.5-10.11.18-MariaDB-log", ServerVersion(MARIADB, (10, 11, 18))),
    ],
)
def test_parse(text, expected):
    assert parse_version(text) == expected


def test_no_version():
    with pytest.raises(ValueError, match="not a server version"):
        parse_version("none")


def test_newer_by_number():
    assert parse_version("26.10.0").at_least(9, 7)
    assert parse_version("26.10.0").at_least(26, 7)
    assert not parse_version("8.0.22").at_least(8, 0, 23)
    assert parse_version("8.4.0").at_least(8, 4)


def test_words():
    assert str(parse_version("11.8.6-MariaDB")) == "MariaDB 11.8.6"
