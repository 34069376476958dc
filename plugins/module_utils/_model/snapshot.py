# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that one look at one server found, as plain values that a file can hold. No value is a password or a hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import Identity
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.version import ServerVersion, parse_product

#: Of the plain form; a reader refuses any other.
FORMAT = 1

# Where a variable's value comes from.
COMPILED = "compiled default"
FILE = "option file"
COMMAND_LINE = "command line"
PERSISTED = "persisted value"
RUN_TIME = "run time"
UNKNOWN = "unknown origin"

#: A value that is there, and that nobody shall see.
HIDDEN = "********"
#: Why a login was not tried, and in the reason why a section could not be read.
NOT_ASKED = "no trial was asked for"
WAITS_FOR_DISK = "waits for disk space"

# Sections of a snapshot, as they are named in ``unreadable``.
VARIABLES = "variables"
BINARY_LOGS = "binary_logs"
ACCOUNTS = "accounts"
CHANNELS = "channels"
REPLICAS = "replicas"
PROCESSES = "dump_threads"
STATUS = "status"
SCHEMA = "schema"
EVENTS = "events"
PLUGINS = "plugins"
OPTION_FILES = "option_files"
ERROR_LOG = "error_log"


@dataclass(frozen=True)
class Origin:
    """Where a variable's value comes from; ``set_by`` and ``set_at`` only where the server remembers them."""

    source: str
    path: str = ""
    set_by: str = ""
    set_at: str = ""

    def __str__(self) -> str:
        words = [self.source, self.path, f"by {self.set_by}" if self.set_by else "", f"at {self.set_at}" if self.set_at else ""]
        return " ".join(word for word in words if word)


@dataclass(frozen=True)
class NextStart:
    """What rules a variable at the next start: see ``_plan.next_start``.

    ``value`` is normalised as ``now`` is, ``None`` where the server could not read it or makes it up. ``static``: only a restart
    changes it. ``places`` are all lines that set it, the last one wins. ``in_files`` is what they come to, ``None`` where that is
    ``value``, or cannot be read. What nothing sets is here only where it was set at run time, and its default is known.
    """

    now: str
    value: Optional[str]
    layer: str
    where: str
    static: bool = False
    places: tuple[str, ...] = ()
    in_files: Optional[str] = None


@dataclass(frozen=True)
class OptionFiles:
    """What the option files and the command line say; ``rejection`` is what the server's own binary has against them.

    ``names`` are the options that they set, in their own spelling, with the place. ``changed``: since the server started.
    ``modified`` is when each file was last written, in seconds since the epoch.
    """

    files: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False
    modified: Mapping[str, int] = field(default_factory=dict)
    rejection: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class BinaryLogs:
    """Sizes in bytes; ``begun`` is when the oldest was begun, in seconds since the epoch.

    ``begins_at`` is the GTID position at which the oldest begins; on MySQL gtid_purged says it.
    """

    count: int
    size: int
    oldest: str
    newest: str
    position: int
    do_db: str = ""
    ignore_db: str = ""
    begun: Optional[int] = None
    begins_at: str = ""


@dataclass(frozen=True)
class AccountFacts:
    """One account as far as logging in and replicating goes.

    ``plugins`` are alternatives. ``lifetime`` is in days, ``None`` for the server's own; ``changed`` is when the password was
    last changed, in seconds since the epoch. ``privileges`` are the global ones that it holds itself, ``role_privileges`` those of
    the roles that are active after a login, ``idle_privileges`` those of the others. ``roles`` names those that were granted to
    it. ``objects`` names what it may use besides.
    """

    user: str
    host: str
    plugins: tuple[str, ...] = ()
    tls: str = ""
    locked: bool = False
    expired: bool = False
    lifetime: Optional[int] = None
    changed: Optional[int] = None
    privileges: tuple[str, ...] = ()
    role_privileges: tuple[str, ...] = ()
    idle_privileges: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    max_connections: int = 0
    max_connections_per_hour: int = 0

    def __str__(self) -> str:
        return f"'{self.user}'@'{self.host}'"


@dataclass(frozen=True)
class Trial:
    """A login to the source from the replica's host, as the channel would do it; ``errno`` 0 is a success.

    ``seen_as`` is the client's host as the source sees it, a name or an address, empty where nothing tells it. ``account`` is the
    one that the source chose.
    """

    errno: int = 0
    error: str = ""
    account: str = ""
    seen_as: str = ""
    encrypted: bool = False
    may_replicate: bool = False
    server_id: int = 0
    server_uuid: str = ""
    hostname: str = ""
    port: int = 0
    is_self: bool = False
    #: By how many seconds the source's clock is ahead of the replica's, give or take the time that the trial took.
    clock_ahead: float = 0.0
    took: float = 0.0
    #: What the source's binary log said of the place where the channel's receiver rests; see ``SourceView``.
    rewritten: bool = False
    purged: str = ""
    #: Why there was none; empty if there was.
    untried: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the source let it in."""
        return not self.untried and not self.errno

    @property
    def failed(self) -> bool:
        """Whether the source, or the way there, refused it."""
        return bool(self.errno)


@dataclass(frozen=True)
class ThreadFacts:
    """A receiver or an applier: ``state`` is on, off or connecting."""

    state: str
    errno: int = 0
    error: str = ""

    @property
    def healthy(self) -> bool:
        """Runs, with no error standing."""
        return self.state == "on" and not self.errno


@dataclass(frozen=True)
class ChannelFacts:
    """One channel: how it is configured, what its threads do, and whether it could log in anew.

    Times are in seconds. ``lag`` and what else a server may not tell is ``None`` then. ``position_by`` is ``auto``, ``current_pos``
    or ``file``. ``addresses`` is what the source's name resolves to on the replica, ``own_address`` what the replica reaches it
    from; ``resolution`` says why it does not resolve. ``received`` and ``source_uuid`` exist on MySQL only.
    """

    name: str
    source_host: str
    source_port: int
    source_user: str
    receiver: ThreadFacts
    applier: ThreadFacts
    position_by: str = ""
    connect_retry: Optional[int] = None
    retry_count: Optional[int] = None
    heartbeat_period: Optional[float] = None
    delay: int = 0
    tls: bool = False
    tls_verify: bool = False
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    unreadable_files: tuple[str, ...] = ()
    get_public_key: bool = False
    public_key_path: str = ""
    lag: Optional[int] = None
    source_uuid: str = ""
    source_id: int = 0
    received: str = ""
    silent_for: Optional[float] = None
    applying_for: Optional[float] = None
    retries: int = 0
    relay_log_size: int = 0
    skip_counter: int = 0
    ignore_server_ids: str = ""
    filters: tuple[str, ...] = ()
    privilege_checks_user: str = ""
    requires_primary_key: str = ""
    assigns_gtids: str = ""
    addresses: tuple[str, ...] = ()
    own_address: str = ""
    resolution: str = ""
    trial: Trial = Trial(untried="it was not read")

    @property
    def healthy(self) -> bool:
        """Both threads run, with no error standing."""
        return self.receiver.healthy and self.applier.healthy

    @property
    def rests(self) -> bool:
        """Whether neither thread runs, with an error or without."""
        return self.receiver.state == self.applier.state == "off"

    @property
    def known_lag(self) -> Optional[int]:
        """The lag, ``None`` where nobody knows it: without its receiver a replica may say 0 (observed on both vendors)."""
        return self.lag if self.receiver.state == "on" else None

    @property
    def source(self) -> str:
        """Where it replicates from, in words."""
        return f"{self.source_host}:{self.source_port}"


@dataclass(frozen=True)
class RegisteredReplica:
    """A replica as its source lists it."""

    server_id: int
    host: str
    port: int
    uuid: str = ""


@dataclass(frozen=True)
class DumpThread:
    """A connection over which the server sends its binary log; ``host`` is the client's, without its port."""

    user: str
    host: str
    seconds: int


@dataclass(frozen=True)
class TableCount:
    """Tables of one kind: how many, and the first of them by name."""

    count: int
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    """Whether the tables suit replication."""

    tables: int
    without_key: TableCount
    not_transactional: TableCount
    in_memory: TableCount
    position_engines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LogLine:
    """A line of the error log; ``at`` as the server writes it."""

    at: str
    priority: str
    text: str


@dataclass(frozen=True)
class Disk:
    """A file system that the server writes to, in bytes."""

    path: str
    free: int
    size: int


@dataclass(frozen=True)
class Snapshot:
    """One server. ``name`` and ``role`` (primary, replica or nothing) are what the inventory says of it.

    ``variables`` are the global ones under today's names (``replica_net_timeout`` for ``slave_net_timeout``), ``spelled`` has the
    server's own names where they are others; ``origins`` of those that are not compiled in, ``persisted_origins`` of what is
    persisted, where the host tells.
    ``certificate_ends`` is when the certificate in the file that ssl_cert names ends, in UTC (2036-11-22 10:00:00); empty where
    there is none, or nobody here can read it. ``unreadable`` says of each section that could not be read why.
    """

    name: str
    role: str
    product: str
    hostname: str
    server_id: int
    server_uuid: str
    port: int
    taken_at: float
    clock: float
    uptime: int
    addresses: tuple[str, ...]
    variables: Mapping[str, str]
    spelled: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict)
    persisted: Mapping[str, str] = field(default_factory=dict)
    persisted_origins: Mapping[str, Origin] = field(default_factory=dict)
    next_start: Mapping[str, NextStart] = field(default_factory=dict)
    option_files: Optional[OptionFiles] = None
    binary_logs: Optional[BinaryLogs] = None
    gtid: Mapping[str, str] = field(default_factory=dict)
    offers_tls: Optional[bool] = None
    certificate_ends: str = ""
    accounts: tuple[AccountFacts, ...] = ()
    channels: tuple[ChannelFacts, ...] = ()
    replicas: tuple[RegisteredReplica, ...] = ()
    dump_threads: tuple[DumpThread, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    blocked_hosts: tuple[str, ...] = ()
    schema: Optional[Schema] = None
    enabled_events: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    disks: tuple[Disk, ...] = ()
    error_log: tuple[LogLine, ...] = ()
    on_host: bool = False
    service: str = ""
    login: str = ""
    unreadable: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def version(self) -> ServerVersion:
        """Product and version as they compare."""
        return parse_product(self.product)

    @property
    def identity(self) -> Identity:
        """Who the server is."""
        return Identity(self.version, self.server_id, self.server_uuid, self.hostname, self.port)

    def value(self, name: str) -> Optional[str]:
        """A global variable's value, ``None`` where this server has no such variable."""
        return self.variables.get(name)

    def own_name(self, name: str) -> str:
        """The server's own name of a variable."""
        return self.spelled.get(name, name)

    def is_readable(self, section: str) -> bool:
        """Whether a section says all that there is."""
        return section not in self.unreadable
