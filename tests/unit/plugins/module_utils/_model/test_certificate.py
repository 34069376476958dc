# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates made with OpenSSL, which says the same of them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.certificate import ends_at

_FOLDER = Path(__file__).parents[1] / "certificates"
# Ends in this half of the century, so its times have two digits for the year.
NEAR = (_FOLDER / "near.pem").read_text(encoding="ascii")
FAR = (_FOLDER / "far.pem").read_text(encoding="ascii")


@pytest.mark.parametrize(
    ("pem", "ends"),
    [(NEAR, "2036-11-25 08:08:06"), (FAR, "2081-08-31 08:07:47"), (f"Certificate:\n{FAR}{NEAR}", "2081-08-31 08:07:47")],
)
def test_when_it_ends(pem, ends):
    assert ends_at(pem) == ends


def test_two_digits_from_fifty_on_are_of_the_last_century():
    der = base64.b64decode("".join(NEAR.splitlines()[1:-1])).replace(b"361125080806Z", b"501125080806Z")
    pem = base64.encodebytes(der).decode("ascii")
    assert ends_at(f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----") == "1950-11-25 08:08:06"


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "no certificate",
        NEAR[:200],
        NEAR.replace("MII", "!!!", 1),
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----",
    ],
)
def test_what_is_no_certificate_is_refused(pem):
    with pytest.raises(ValueError, match=r".+"):
        ends_at(pem)
