# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only who knows the secret of a stream reads it or is believed, and a part of one is never taken for all of it."""

from __future__ import annotations

import socket
import ssl
import threading

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import Secret
from ansible_collections.dbops.mysql_replication.plugins.module_utils._server import stream

SECRET = Secret("of this run alone")


@pytest.fixture(scope="module")
def identity():
    return stream.Identity()


def listening():
    """One that nobody connects to ends by itself, and its thread with it."""
    listener = stream.listening(0)
    listener.settimeout(10)
    return listener


class Sender:
    """Serves one connection as serve does, and remembers what it refused."""

    def __init__(self, identity, serve, secret=SECRET):
        self.listener = listening()
        self.port = self.listener.getsockname()[1]
        self.refused = None
        self.thread = threading.Thread(target=self._run, args=(identity, serve, secret))
        self.thread.start()

    def _run(self, identity, serve, secret):
        try:
            raw, _address = self.listener.accept()
        except OSError as error:
            self.refused = error
            return
        raw.settimeout(10)
        try:
            with stream.accepted(raw, identity, secret) as connection:
                serve(connection)
        except OSError as error:
            self.refused = error
        finally:
            raw.close()
            self.listener.close()

    def join(self):
        self.thread.join(30)
        assert not self.thread.is_alive()


def whole(connection):
    for part in (b"a" * 70000, b"b"):
        stream.send(connection, memoryview(part))
    stream.send_end(connection, {"status": 0, "said": "ü"})


def test_a_stream_arrives_whole(identity):
    sender = Sender(identity, whole)
    outcome = {}
    with stream.joined("127.0.0.1", sender.port, SECRET, 5) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")
        assert b"".join(map(bytes, stream.received(connection, outcome))) == b"a" * 70000 + b"b"
    sender.join()
    assert outcome == {"status": 0, "said": "ü"}
    assert sender.refused is None


def test_a_part_is_no_stream(identity):
    sender = Sender(identity, lambda connection: stream.send(connection, memoryview(b"a part")))
    with stream.joined("127.0.0.1", sender.port, SECRET, 5) as connection, pytest.raises(OSError):
        list(stream.received(connection, {}))
    sender.join()


def test_a_part_that_is_longer_than_any_is_no_part(identity):
    sender = Sender(identity, lambda connection: connection.sendall(b"\xff" * 8))
    with (
        stream.joined("127.0.0.1", sender.port, SECRET, 5) as connection,
        pytest.raises(ConnectionError, match="no stream of this"),
    ):
        list(stream.received(connection, {}))
    sender.join()


def test_a_source_that_does_not_know_the_secret_is_not_believed(identity):
    sender = Sender(identity, whole, Secret("another"))
    with pytest.raises(ConnectionError, match="does not know the secret of this run"):
        stream.joined("127.0.0.1", sender.port, SECRET, 5)
    sender.join()


def test_a_stranger_reads_nothing(identity):
    sent = []
    sender = Sender(identity, sent.append)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(("127.0.0.1", sender.port), 5)) as connection:
        connection.sendall(b"n" * 32)
        connection.recv(64)
        connection.sendall(b"p" * 32)
        sender.join()
    assert not sent
    assert "does not know the secret" in str(sender.refused)


def test_who_stands_between_the_two_is_found(identity):
    """He has a certificate of his own, and hands the proofs of both on."""
    sender = Sender(identity, whole)
    between = stream.Identity()
    listener = listening()

    def hand_on():
        raw, _address = listener.accept()
        raw.settimeout(10)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        beyond = socket.create_connection(("127.0.0.1", sender.port), 5)
        with between.context.wrap_socket(raw, server_side=True) as near, context.wrap_socket(beyond) as far:
            far.sendall(near.recv(32))
            near.sendall(far.recv(32) + far.recv(32))

    thread = threading.Thread(target=hand_on)
    thread.start()
    with pytest.raises(ConnectionError, match="does not know the secret of this run"):
        stream.joined("127.0.0.1", listener.getsockname()[1], SECRET, 5)
    thread.join(30)
    assert not thread.is_alive()
    sender.join()
    listener.close()
    assert sender.refused is not None
