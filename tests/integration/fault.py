# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault is: how it is brought about, how it shows, what brings it to light, and what a run must make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from string import Template
from typing import Union

from machine import Machine, wait_until
from pair import Pair

MYSQL = "mysql"
MARIADB = "mariadb"

#: What brings a latent fault to light.
RECONNECT = "reconnect"
RESTART = "restart"

#: On the primary: a certificate that an act has made there.
CERTIFICATE = "/etc/ssl/by-hand.pem"

_WORDS = {
    MYSQL: {
        "change": "CHANGE REPLICATION SOURCE TO",
        "source": "SOURCE",
        "options": "/etc/mysql/mysql.conf.d",
        "semisync": "source",
    },
    MARIADB: {"change": "CHANGE MASTER TO", "source": "MASTER", "options": "/etc/mysql/mariadb.conf.d", "semisync": "master"},
}


@dataclass(frozen=True)
class Act:
    """SQL as root, a shell command, or else a restart, on ``primary`` or ``replica``; ``$words`` stand for :func:`words`."""

    host: str
    sql: str = ""
    shell: str = ""


def on(host: str, sql: str) -> Act:
    """Statements, in one session."""
    return Act(host, sql=sql)


def sh(host: str, command: str) -> Act:
    """A shell command."""
    return Act(host, shell=command)


def restart(host: str) -> Act:
    """A restart of the server."""
    return Act(host)


@dataclass(frozen=True)
class ReceiverFails:
    """The receiver stops, or retries, with one of these error numbers."""

    errnos: tuple[int, ...]


@dataclass(frozen=True)
class ApplierFails:
    """The applier has stopped with this error number."""

    errno: int


@dataclass(frozen=True)
class Threads:
    """The threads are in these states, without an error."""

    receiver: str
    applier: str


@dataclass(frozen=True)
class NoChannel:
    """The replica has no channel any more."""


@dataclass(frozen=True)
class Shows:
    """A query's value gives the fault away."""

    host: str
    query: str
    value: str


@dataclass(frozen=True)
class Status:
    """A column of the replica's status gives the fault away; the name in MySQL's modern words."""

    column: str
    value: str


Sign = Union[ReceiverFails, ApplierFails, Threads, NoChannel, Shows, Status]


@dataclass(frozen=True)
class Fault:
    """One fault on one vendor.

    ``force`` brings a latent fault to light; such a fault is also tried while nothing shows yet. ``restarts`` names the machine
    whose server RESTART restarts. ``refused``: words that the refusal must hold, none if a run repairs the fault.
    ``cleanup`` undoes what no run may undo.
    """

    name: str
    inject: tuple[Act, ...]
    sign: Sign
    force: str = ""
    restarts: str = "primary"
    refused: tuple[str, ...] = ()
    cleanup: tuple[Act, ...] = ()


def _gtids(machine: Machine) -> str:
    return machine.value("SELECT @@global.gtid_executed").replace("\n", "")


_GTIDS = {MYSQL: _gtids, MARIADB: lambda machine: machine.value("SELECT @@global.gtid_binlog_pos")}
#: What is asked for as soon as a text needs it: one of the two servers may be down.
_READ: Mapping[str, Callable[[Pair], str]] = {
    "service": lambda pair: pair.kind.service,
    "password": lambda pair: pair.password,
    "primary_address": lambda pair: pair.primary.address,
    "replica_address": lambda pair: pair.replica.address,
    "primary_id": lambda pair: pair.primary.value("SELECT @@global.server_id"),
    "replica_id": lambda pair: pair.replica.value("SELECT @@global.server_id"),
    "primary_uuid": lambda pair: pair.primary.value("SELECT @@global.server_uuid"),
    "replica_uuid": lambda pair: pair.replica.value("SELECT @@global.server_uuid"),
    "primary_gtids": lambda pair: _GTIDS[pair.vendor](pair.primary),
    "replica_gtids": lambda pair: _GTIDS[pair.vendor](pair.replica),
    "auto_cnf": lambda pair: pair.primary.shell("cat /var/lib/mysql/auto.cnf"),
    "certificate": lambda pair: pair.primary.shell(f"cat {CERTIFICATE}"),
}


@dataclass(frozen=True)
class _Words(Mapping[str, str]):
    pair: Pair

    def __getitem__(self, name: str) -> str:
        plain = _WORDS[self.pair.vendor]
        return plain[name] if name in plain else _READ[name](self.pair)

    def __iter__(self) -> Iterator[str]:
        return iter({**_WORDS[self.pair.vendor], **_READ})

    def __len__(self) -> int:
        return len(_WORDS[self.pair.vendor]) + len(_READ)


def words(pair: Pair) -> Mapping[str, str]:
    """What stands for ``$words`` in acts, queries and refusals."""
    return _Words(pair)


def perform(pair: Pair, acts: tuple[Act, ...]) -> None:
    """Performs the acts in order; each sees the servers as the ones before it left them."""
    for act in acts:
        machine = pair.machine(act.host)
        if act.sql:
            machine.sql(Template(act.sql).substitute(words(pair)))
        elif act.shell:
            machine.shell(Template(act.shell).substitute(words(pair)))
        else:
            pair.restart(act.host)


def bring_to_light(pair: Pair, fault: Fault) -> None:
    """Does what makes a latent fault show."""
    if fault.force == RESTART:
        pair.restart(fault.restarts)
    if fault.force:
        pair.reconnect()


def await_sign(pair: Pair, sign: Sign) -> None:
    """Returns once the fault shows."""
    # With a full disk the server tells of no channel, and whoever asks waits.
    beside = "" if isinstance(sign, Shows) else f"; channel: {pair.channel()}"
    wait_until(f"{sign}{beside}", _probe(pair, sign))


def _probe(pair: Pair, sign: Sign) -> Callable[[], bool]:
    if isinstance(sign, Shows):
        query = Template(sign.query).substitute(words(pair))
        return lambda: pair.machine(sign.host).value(query) == sign.value
    return lambda: _shows_in_channel(pair, sign)


def _shows_in_channel(pair: Pair, sign: Sign) -> bool:
    channel = pair.channel()
    if channel is None or isinstance(sign, NoChannel):
        return channel is None and isinstance(sign, NoChannel)
    if isinstance(sign, ReceiverFails):
        # The error is there a moment before the thread is seen to have stopped.
        return channel.receiver_errno in sign.errnos and channel.receiver != "Yes"
    if isinstance(sign, ApplierFails):
        return channel.applier_errno == sign.errno and channel.applier == "No"
    if isinstance(sign, Threads):
        return (channel.receiver, channel.applier) == (sign.receiver, sign.applier)
    assert isinstance(sign, Status)
    return channel.columns[sign.column] == sign.value
