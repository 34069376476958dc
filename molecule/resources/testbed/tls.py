# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of a topology: an authority of its own, and a certificate per host that names its name and address."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from testbed import packages
from testbed.errors import TestbedError

DAYS = "365"


@dataclass(frozen=True)
class Certificate:
    """PEM texts for one host."""

    ca: str
    certificate: str
    key: str


def server_certificate(folder: Path, host: str, address: str) -> Certificate:
    """The host's certificate, made on first use, as is the authority that signs it; all is kept in ``folder``."""
    _authority(folder)
    key, request, certificate = (folder / f"{host}.{kind}" for kind in ("key", "csr", "crt"))
    if not certificate.exists():
        extensions = folder / f"{host}.ext"
        extensions.write_text(f"subjectAltName=DNS:{host},IP:{address}\nextendedKeyUsage=serverAuth,clientAuth\n")
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", f"/CN={host}")
        signed = folder / f"{host}.new"
        _openssl(
            *("x509", "-req", "-in", request, "-days", DAYS, "-out", signed, "-extfile", extensions),
            *("-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-set_serial", str(secrets.randbits(63))),
        )
        signed.replace(certificate)
    return Certificate((folder / "ca.crt").read_text(), certificate.read_text(), key.read_text())


def _authority(folder: Path) -> None:
    """Make the topology's certificate authority in ``folder``, if it is not there yet."""
    certificate = folder / "ca.crt"
    if certificate.exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / "ca.new"
    _openssl(
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", DAYS, "-subj", "/CN=testbed CA"),
        *("-addext", "basicConstraints=critical,CA:TRUE", "-keyout", folder / "ca.key", "-out", fresh),
    )
    fresh.replace(certificate)


def _openssl(*arguments: str | Path) -> None:
    packages.require("openssl", "openssl")
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise TestbedError(f"`openssl {arguments[0]}` failed", detail=done.stderr)
