# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates made with OpenSSL, which says the same of them."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.certificate import ends_at

# Ends in this half of the century, so its times have two digits for the year.
NEAR = """\
-----BEGIN CERTIFICATE-----
MIIBcjCCARegAwIBAgIUFQdJXyY5j1yPt8FkxV0Vhq8lTmcwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDZGIxMB4XDTI2MTEyODA4MDgwNloXDTM2MTEyNTA4MDgwNlow
DjEMMAoGA1UEAwwDZGIxMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFpq4m0Cu
/gdqa7IpVZHn5Kaa4l0YgJAyypc16ydvy0jPfYevXyCAlpo09bM8KFkhb3kysHYe
HCkbMD+muduHB6NTMFEwHQYDVR0OBBYEFKGE65e9RNMpRhJrKVOObb887i7pMB8G
A1UdIwQYMBaAFKGE65e9RNMpRhJrKVOObb887i7pMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAP4NqmgMPebqzUCQYDUpN2vohkXUWjQ29zFc39l/
q3haAiEA70MAyNAopplKiunwga2T/mIeLNcZvzdCbsxWL2XosP0=
-----END CERTIFICATE-----
"""
FAR = """\
-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIUY8hD46nrZsyCLGekAQEgdebJ+E0wCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDZGIxMCAXDTI2MTEyODA4MDc0N1oYDzIwODEwODMxMDgwNzQ3
WjAOMQwwCgYDVQQDDANkYjEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQWmrib
QK7+B2prsilVkefkppriXRiAkDLKlzXrJ2/LSM99h69fIICWmjT1szwoWSFveTKw
dh4cKRswP6a524cHo1MwUTAdBgNVHQ4EFgQUoYTrl71E0ylGEmspU45tvzzuLukw
HwYDVR0jBBgwFoAUoYTrl71E0ylGEmspU45tvzzuLukwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNIADBFAiEAoUwBMXDxgNtF8Jm0DuWcZxX3yrCFD+SH5K6y
hnJ12mACIGpOjV7AEOQcx5V80wha+4HykHCCt916YMoTiYYQFHyE
-----END CERTIFICATE-----
"""


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
