# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to a machine before it is handed over: the key, certificates, and faults that a test asked for."""

from __future__ import annotations

import base64
import hashlib
import posixpath
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from testbed.engine import Engine
from testbed.errors import TestbedError
from testbed.model import Host, Topology
from testbed.servers import server
from testbed.tls import Certificate

# Written last, with the script's hash: a machine that was handed over is never touched again behind its user's back.
MARK = "/var/lib/testbed-handed-over"
TLS_FOLDER = "/etc/mysql/tls"
TLS_OPTIONS = f"""\
[mysqld]
ssl_ca = {TLS_FOLDER}/ca.pem
ssl_cert = {TLS_FOLDER}/server-cert.pem
ssl_key = {TLS_FOLDER}/server-key.pem
"""
AUTO_CNF = "/var/lib/mysql/auto.cnf"


@dataclass(frozen=True)
class File:
    """A file on the machine; ``mode`` in octal digits."""

    path: str
    text: str
    owner: str
    mode: str


def hand_over(engine: Engine, topology: Topology, host: Host, public_key: str, certificate: Certificate | None) -> None:
    """Finish the machine, unless that was done; safe to run again after it was cut short."""
    kind = server(host.server)
    files = [File("/root/.ssh/authorized_keys", public_key, "root", "600")]
    commands: list[str] = []
    if certificate:
        files += tls_files(certificate, kind.option_dir)
    if topology.options.clone_uuid and host != topology.hosts[0]:
        text = engine.run("exec", topology.container(topology.hosts[0]), "cat", AUTO_CNF)
        files.append(File(AUTO_CNF, text, "mysql", "640"))
    if len(files) > 1:
        commands.append(f"systemctl restart {kind.service}")
    if topology.options.bare_client:
        commands.append("apt-get remove --quiet --yes python3-pymysql")
        commands.append("apt-get update --quiet")
    container = topology.container(host)
    done = engine.try_run("exec", "--interactive", container, "sh", "-s", stdin=script(files, commands))
    if done.returncode:
        raise TestbedError(f"{container} could not be handed over", detail=done.stdout[-1000:] + done.stderr[-2000:])


def tls_files(certificate: Certificate, option_dir: str) -> list[File]:
    """The certificate, and the option file that has the server use it."""
    return [
        File(f"{TLS_FOLDER}/ca.pem", certificate.ca, "mysql", "644"),
        File(f"{TLS_FOLDER}/server-cert.pem", certificate.certificate, "mysql", "644"),
        File(f"{TLS_FOLDER}/server-key.pem", certificate.key, "mysql", "600"),
        File(f"{option_dir}/60-tls.cnf", TLS_OPTIONS, "root", "644"),
    ]


def script(files: Sequence[File], commands: Sequence[str]) -> str:
    """A shell script that writes the files and runs the commands, unless it did so before, then leaves its mark."""
    lines = ["set -eu", "umask 077"]
    for file in files:
        path = shlex.quote(file.path)
        encoded = base64.b64encode(file.text.encode()).decode()
        lines.append(f"install -d -m 755 {shlex.quote(posixpath.dirname(file.path))}")
        lines.append(f"echo {encoded} | base64 -d > {path}")
        lines.append(f"chown {file.owner}: {path}")
        lines.append(f"chmod {file.mode} {path}")
    lines += [f"{command} </dev/null" for command in commands]
    body = "\n".join(lines)
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'[ "$(cat {MARK} 2>/dev/null)" != {digest} ] || exit 0\n{body}\necho {digest} > {MARK}\n'
