# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of this machine's apt the containers take over."""

from __future__ import annotations

import pytest
from testbed.debian import DEFAULT_MIRROR, apt_options, mirror_of


def test_only_options_that_reach_the_mirror_are_taken() -> None:
    dump = (
        'APT::Architecture "amd64";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'Acquire::http::Proxy "http://proxy:3128";\n'
        'Acquire::IndexTargets::deb "x";\n'
    )
    assert apt_options(dump) == 'Acquire::Check-Valid-Until "false";\nAcquire::http::Proxy "http://proxy:3128";\n'


@pytest.mark.parametrize(
    ("targets", "mirror"),
    [
        ("", DEFAULT_MIRROR),
        ("http://security/debian Debian Debian-Security\nhttp://near/debian/ Debian Debian\n", "http://near/debian"),
        ("http://archive.ubuntu.com/ubuntu/ Ubuntu Ubuntu\n", DEFAULT_MIRROR),
    ],
)
def test_mirror(targets: str, mirror: str) -> None:
    assert mirror_of(targets) == mirror
