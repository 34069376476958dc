# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule: a small pure function, and beside it as data what it is for, so that its documentation cannot part from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import UNKNOWN, VARIABLES, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology

#: The two halves of a channel, of which a root may break one and a symptom shows one.
RECEIVER = "receiver"
APPLIER = "applier"
#: What a rule may need besides the sections of a snapshot: a login to the source as the channel would do it.
TRIAL = "trial"
#: Of a whole server, channel "": whether it tells of its channels and logs.
TELLING = "telling"

#: The client's numbers for a server that cannot be reached.
NO_WAY = frozenset({2002, 2003, 2006, 2013})


@dataclass(frozen=True)
class Part:
    """One thread of one channel, or what a server tells of all of them."""

    host: str
    channel: str
    thread: str


@dataclass(frozen=True)
class Found:
    """What a rule found on one host. Empty texts stand for the rule's own words.

    ``breaks`` is the part of a channel that this stops, be it only at its next reconnect or restart; ``errnos`` are the errors with
    which it does so, none for any; of a symptom it is what that stops in its turn. ``shows`` is the part whose state is the
    symptom, ``errno`` the error that it would meet now, and ``is_stopped`` that it is off without any. ``follows`` are
    rules: where one of them finds something on this host or on one of the peers, this is what comes of that. ``overrules`` are
    findings, as rule and host, that this one explains and whose remedies would do harm before it is settled; on the hosts
    ``bars_site`` the playbook site refuses until then. ``subject`` tells
    several findings of one rule on one host apart. ``variable`` is the system variable that it is about, if it is about one;
    ``is_drift``: only that this variable will be another after the next start.
    """

    host: str
    evidence: str
    cause: str = ""
    remedy: str = ""
    severity: str = ""
    title: str = ""
    peers: tuple[str, ...] = ()
    subject: str = ""
    variable: str = ""
    is_drift: bool = False
    follows: tuple[str, ...] = ()
    breaks: tuple[Part, ...] = ()
    errnos: frozenset[int] = frozenset()
    shows: Part | None = None
    errno: int = 0
    is_stopped: bool = False
    overrules: tuple[tuple[str, str], ...] = ()
    bars_site: frozenset[str] = frozenset()


Judge = Callable[[Topology], Iterable[Found]]


@dataclass(frozen=True)
class Rule:
    """``manual`` names the section that the reason rests on, or says that it was observed.

    ``rows_differ``: where it finds something, rows differ, and go on to do so when what it looks at is well again.
    ``needs`` are the sections of a snapshot without which it finds nothing, whatever there is; see ``unjudged``.
    """

    id: str
    severity: str
    title: str
    reason: str
    remedy: str
    manual: str
    judge: Judge
    rows_differ: bool = False
    needs: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """The first word of the id."""
        return self.id.partition(".")[0]


class Rules:
    """The rules of one file, in order: each is declared by the decorator :meth:`rule` over its function.

    ``needs`` are those of each rule that does not name its own.
    """

    def __init__(self, *needs: str) -> None:
        self.all: list[Rule] = []
        self._needs = needs

    def rule(
        self,
        id: str,
        severity: str,
        title: str,
        *,
        reason: str,
        remedy: str,
        manual: str,
        rows_differ: bool = False,
        needs: tuple[str, ...] | None = None,
    ) -> Callable[[Judge], Judge]:
        """Declares the function below it as the rule's judgement."""
        own = self._needs if needs is None else needs

        def declare(judge: Judge) -> Judge:
            self.all.append(Rule(id, severity, title, reason, remedy, manual, judge, rows_differ, own))
            return judge

        return declare

    def variable(
        self,
        id: str,
        severity: str,
        title: str,
        *,
        name: str,
        bad: Callable[[str, Snapshot], bool],
        on: Callable[[Topology], Iterable[Snapshot]],
        reason: str,
        remedy: str,
        manual: str,
    ) -> None:
        """Declares a rule about one global variable; a server that has no such variable passes."""

        def judge(topology: Topology) -> Iterator[Found]:
            for server in on(topology):
                value = server.value(name)
                if value is not None and bad(value, server):
                    yield Found(server.name, setting(server, name), variable=name)

        self.all.append(Rule(id, severity, title, reason, remedy, manual, judge, needs=(VARIABLES,)))


def receiver_of(link: Link) -> tuple[Part, ...]:
    """The channel's receiver, as the part that breaks."""
    return (Part(link.replica.name, link.channel.name, RECEIVER),)


def likewise(others: Iterable[Link]) -> str:
    """The end of a finding's evidence: the other replicas that it holds for; empty where there are none."""
    names = ", ".join(link.replica.name for link in others)
    return f"; likewise from {names}" if names else ""


def by_site(topology: Topology, link: Link) -> str:
    """The way from an address that is a mistake to the right one."""
    if topology.names(link):
        return "correct mysql_replication_source_host (…_source_port) in the inventory, which names this, and run the playbook site"
    return (
        "run the playbook site, which gives the primary's own address, unless the inventory names this one"
        " (mysql_replication_source_host)"
    )


def setting(server: Snapshot, name: str) -> str:
    """A variable as evidence: its value, and where that comes from."""
    value = server.value(name)
    origin = server.origins.get(name)
    shown = f"{server.own_name(name)} = {'unknown' if value is None else value or 'empty'}"
    if origin is not None and origin.source == UNKNOWN:
        return shown
    return f"{shown} ({origin or 'compiled default'})"


def running_events(server: Snapshot) -> str:
    """The names of the events that run there by themselves; empty where none does."""
    return ", ".join(server.enabled_events) if server.value("event_scheduler") == "ON" else ""


def is_not(*good: str) -> Callable[[str, Snapshot], bool]:
    """Bad is every value but these."""
    return lambda value, _server: value.upper() not in good


def is_any(*bad: str) -> Callable[[str, Snapshot], bool]:
    """Bad are these values."""
    return lambda value, _server: value.upper() in bad


def number(text: str | None) -> float | None:
    """A value as a number, ``None`` where it is none."""
    try:
        return float(text or "")
    except ValueError:
        return None
