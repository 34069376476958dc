# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stream of bytes from one host to another over TLS, between two that know the same one-time secret.

The certificate is made for one stream and signed by nobody. Each end proves that it knows the secret by an HMAC over the
certificate that this connection has, so that neither a reader nor an injector can stand between them; the secret itself is never
sent. Frames tell a stream that is complete from one that broke off.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import ssl
import struct
import subprocess
from typing import Any, Iterator, Mapping

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server.vendor_programs import find_program, memory_file

CHUNK = 1 << 20
OPENSSL = ("openssl",)
_NONCE = 32
_LENGTH = struct.Struct(">I")
_PROOF = "sha256"
_PROOF_SIZE = 32
_SENDER, _RECEIVER = b"sender", b"receiver"
# A peer that is gone without a word is noticed after two minutes.
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 6))


class Identity:
    """A certificate with its key, made for one stream; the key was in no file."""

    def __init__(self) -> None:
        """Raises :class:`Refusal` where openssl is missing or fails."""
        program = find_program(OPENSSL, "")
        command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
        command += ["-subj", "/CN=one stream", "-keyout", "/dev/stdout", "-out", "/dev/stdout"]
        # There is no AnsibleModule here.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        begin = done.stdout.find("-----BEGIN CERTIFICATE-----")
        if done.returncode or begin < 0:
            raise Refusal(f"{program} made no certificate: {done.stderr.strip()}", "see whether it works on this host")
        self.certificate = ssl.PEM_cert_to_DER_cert(done.stdout[begin:])
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        with memory_file(done.stdout.splitlines()) as file:
            self.context.load_cert_chain(f"/dev/fd/{file.fileno()}")


def accepted(raw: socket.socket, identity: Identity, secret: Secret) -> ssl.SSLSocket:
    """The sender's end of a connection, once the receiver has proven that it knows the secret. Raises ``OSError``."""
    kept_alive(raw)
    connection = identity.context.wrap_socket(raw, server_side=True)
    theirs, ours = _read(connection, _NONCE), secrets.token_bytes(_NONCE)
    connection.sendall(ours + _proof(secret, _SENDER, identity.certificate, theirs + ours))
    if not hmac.compare_digest(_read(connection, _PROOF_SIZE), _proof(secret, _RECEIVER, identity.certificate, theirs + ours)):
        raise ConnectionError("somebody who does not know the secret")
    return connection


def joined(host: str, port: int, secret: Secret, timeout: int) -> ssl.SSLSocket:
    """The receiver's end, once the sender has proven that it knows the secret; it may serve another one first.

    ``timeout``: seconds until the connection stands. Raises ``OSError``.
    """
    raw = socket.create_connection((host, port), timeout)
    raw.settimeout(None)
    kept_alive(raw)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the proof takes its place
    connection = context.wrap_socket(raw)
    certificate = connection.getpeercert(binary_form=True) or b""
    ours = secrets.token_bytes(_NONCE)
    connection.sendall(ours)
    theirs, proof = _read(connection, _NONCE), _read(connection, _PROOF_SIZE)
    if not hmac.compare_digest(proof, _proof(secret, _SENDER, certificate, ours + theirs)):
        raise ConnectionError("it does not know the secret of this run: it is not the source, or is that of another run")
    connection.sendall(_proof(secret, _RECEIVER, certificate, ours + theirs))
    return connection


def send(connection: ssl.SSLSocket, part: memoryview) -> None:
    """Sends a part of the stream, which is not empty and no longer than ``CHUNK``."""
    connection.sendall(_LENGTH.pack(len(part)))
    connection.sendall(part)


def send_end(connection: ssl.SSLSocket, outcome: Mapping[str, Any]) -> None:
    """Says that nothing more comes, and what came of it."""
    text = json.dumps(outcome).encode()
    connection.sendall(_LENGTH.pack(0) + _LENGTH.pack(len(text)) + text)


def received(connection: ssl.SSLSocket, outcome: dict[str, Any]) -> Iterator[memoryview]:
    """The parts of the stream; ``outcome`` is filled when it has ended. Raises ``OSError`` where it breaks off.

    A part holds until the next one is asked for: all stand in one place, since fresh memory for each costs more than TLS does.
    """
    place = memoryview(bytearray(CHUNK))
    while True:
        length = _LENGTH.unpack(_read(connection, _LENGTH.size))[0]
        if not length:
            outcome.update(json.loads(_read(connection, _LENGTH.unpack(_read(connection, _LENGTH.size))[0])))
            return
        if length > CHUNK:
            raise ConnectionError("it is no stream of this version of the collection")
        _fill(connection, place[:length])
        yield place[:length]


def listening(port: int) -> socket.socket:
    """A socket that takes connections over every address of this host. Raises ``OSError``."""
    if socket.has_dualstack_ipv6() and os.path.exists("/proc/net/if_inet6"):
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))


def kept_alive(raw: socket.socket) -> None:
    """Has the system notice a peer that is gone."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEPALIVE:
        raw.setsockopt(socket.IPPROTO_TCP, option, value)


def _proof(secret: Secret, role: bytes, certificate: bytes, nonces: bytes) -> bytes:
    return hmac.new(secret.reveal().encode(), role + nonces + certificate, _PROOF).digest()


def _read(connection: ssl.SSLSocket, count: int) -> bytes:
    buffer = bytearray(count)
    _fill(connection, memoryview(buffer))
    return bytes(buffer)


def _fill(connection: ssl.SSLSocket, place: memoryview) -> None:
    filled = 0
    while filled < len(place):
        got = connection.recv_into(place[filled:])
        if not got:
            raise ConnectionError("it ended before it was complete")
        filled += got
