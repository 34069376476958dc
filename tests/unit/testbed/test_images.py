# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An image is built anew when, and only when, something that goes into it changes."""

from __future__ import annotations

import pytest
from testbed.images import build_arguments, content_hash, image_name
from testbed.servers import SERVERS

FILES = {"Containerfile": b"FROM x", "files/a": b"1"}
ARGUMENTS = {"PACKAGES": "mysql-server"}


@pytest.mark.parametrize(
    ("files", "arguments"),
    [
        ({**FILES, "files/a": b"2"}, ARGUMENTS),
        ({"Containerfile": b"FROM x", "files/b": b"1"}, ARGUMENTS),
        ({**FILES, "files/b": b""}, ARGUMENTS),
        (FILES, {"PACKAGES": "mariadb-server"}),
        (FILES, {**ARGUMENTS, "MORE": ""}),
        ({"Containerfile": b"FROM xfiles/a1"}, ARGUMENTS),
    ],
)
def test_any_change_changes_the_hash(files: dict[str, bytes], arguments: dict[str, str]) -> None:
    assert content_hash(files, arguments) != content_hash(FILES, ARGUMENTS)


def test_order_does_not_matter() -> None:
    assert content_hash(dict(reversed(FILES.items())), ARGUMENTS) == content_hash(FILES, ARGUMENTS)


def test_each_server_has_its_image() -> None:
    assert len({image_name(server) for server in SERVERS.values()}) == len(SERVERS)


def test_the_version_is_checked_up_to_a_dot() -> None:
    """Or 10.1 would pass for 10.11."""
    assert all(build_arguments(server)["VERSION"].endswith(".") for server in SERVERS.values())
