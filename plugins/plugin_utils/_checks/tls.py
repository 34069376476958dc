# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: that replica and source agree on it, and that nobody reads along."""

from __future__ import annotations

import calendar
import time
from collections.abc import Iterator

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import TLS, classify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_NONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    STATUS,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.login import chosen_account, lacks_tls
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import TRIAL, Found, Rules, receiver_of
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology

RULES = Rules(CHANNELS)
_EXPIRY_DAYS = 30


@RULES.rule(
    "tls.disagreement",
    CRITICAL,
    "Replica and source cannot agree on TLS",
    reason="The certificate is expired, made by another CA or for another name, or the source offers no TLS (2026).",
    remedy="Give the channel the CA that signed the source's certificate (mysql_replication_tls_ca), or renew the certificate.",
    manual="Configuring Replication to Use Encrypted Connections",
    needs=(CHANNELS, TRIAL),
)
def disagreement(topology: Topology) -> Iterator[Found]:
    """Errors that are neither about a file that is gone, a requirement of the server, nor a certificate that has expired."""
    for link in topology.links:
        errno, error = link.failure
        known = classify(errno, error) if errno else None
        if known is None or known.kind != TLS or errno == 3159 or link.channel.unreadable_files:
            continue
        if link.source is not None and (_days_left(link.source) or 0) < 0:
            continue
        # A client library verifies wherever there is a CA; the receiver of some servers only if it is told to.
        if link.channel.tls_verify or not link.channel.receiver.healthy:
            yield Found(
                link.replica.name,
                f"a connection to {link.channel.source} fails with error {errno}: {error}",
                peers=(link.source_name,),
                subject=link.channel.name,
                breaks=receiver_of(link),
                errnos=frozenset({2026, errno}),
            )


@RULES.rule(
    "tls.require_transport",
    CRITICAL,
    "The source takes TLS only, and the channel's TLS is off",
    reason="The next login is refused (3159).",
    remedy="Turn TLS on for the channel (mysql_replication_tls: required).",
    manual="require_secure_transport; observed on MySQL",
)
def require_transport(topology: Topology) -> Iterator[Found]:
    """Latent while the channel is connected."""
    for link in topology.links:
        if link.source and lacks_tls(link):
            yield Found(
                link.replica.name,
                f"require_secure_transport = ON on {link.source.name}; the channel's TLS is off",
                peers=(link.source.name,),
                subject=link.channel.name,
                breaks=receiver_of(link),
                errnos=frozenset({3159, 1045}),
            )


@RULES.rule(
    "tls.sha2_cold_cache",
    CRITICAL,
    "A channel without TLS logs in from the source's memory only",
    reason="caching_sha2_password lets it in over clear text as long as the source remembers it; after the source's restart, or"
    " FLUSH PRIVILEGES, it is refused (2061).",
    remedy="Turn TLS on for the channel (mysql_replication_tls: required), or set GET_SOURCE_PUBLIC_KEY = 1.",
    manual="Caching SHA-2 Pluggable Authentication; observed on 9.7",
    needs=(ACCOUNTS, CHANNELS),
)
def sha2_cold_cache(topology: Topology) -> Iterator[Found]:
    """Neither TLS nor any way to the source's public key."""
    for link in topology.links:
        account, channel = chosen_account(link), link.channel
        if channel.tls or channel.get_public_key or channel.public_key_path:
            continue
        if account is not None and account.plugins == ("caching_sha2_password",) and account.tls == TLS_NONE:
            yield Found(
                link.replica.name,
                f"{account} on {link.source_name} uses caching_sha2_password; the channel has no TLS, GET_SOURCE_PUBLIC_KEY = 0"
                " and no SOURCE_PUBLIC_KEY_PATH",
                peers=(link.source_name,),
                subject=link.channel.name,
                breaks=receiver_of(link),
                errnos=frozenset({2061}),
            )


@RULES.rule(
    "tls.channel_encrypted",
    MEDIUM,
    "A channel runs in clear text",
    reason="Every change, and on MariaDB enough to find the password, can be read on the way.",
    remedy="Run the playbook site with mysql_replication_tls: required.",
    manual="Configuring Replication to Use Encrypted Connections",
)
def channel_encrypted(topology: Topology) -> Iterator[Found]:
    """Medium where the source offers TLS; where it has none, that comes first."""
    for link in topology.links:
        if not link.channel.tls:
            offered = link.source is None or link.source.offers_tls
            evidence = f"the channel from {link.source_name} has its TLS off{'' if offered else ', and the source offers none'}"
            yield Found(link.replica.name, evidence, severity=MEDIUM if offered else LOW, subject=link.channel.name)


@RULES.rule(
    "tls.really_encrypted",
    HIGH,
    "A channel that asks for TLS runs in clear text",
    reason="MariaDB goes on without TLS where the source offers none and nothing is verified; its status still says Yes.",
    remedy="Give the source a certificate, and let the account REQUIRE SSL.",
    manual="Observed on MariaDB 10.11 and 11.8",
)
def really_encrypted(topology: Topology) -> Iterator[Found]:
    """The source has no TLS to offer, and still the channel runs."""
    for link in topology.links:
        if link.channel.tls and link.channel.receiver.healthy and link.source and link.source.offers_tls is False:
            evidence = f"the channel's TLS is on; {link.source.name} offers none"
            yield Found(link.replica.name, evidence, peers=(link.source.name,), subject=link.channel.name)


@RULES.rule(
    "tls.verify_identity",
    LOW,
    "A replica does not verify whom it talks to",
    reason="Whoever can redirect its traffic can give it any data.",
    remedy="Give it the CA that signed the source's certificate (mysql_replication_tls_ca).",
    manual="CHANGE REPLICATION SOURCE TO, SOURCE_SSL_VERIFY_SERVER_CERT",
)
def verify_identity(topology: Topology) -> Iterator[Found]:
    """A CA without verification of the name counts: it vouches for the certificate."""
    for link in topology.links:
        if link.channel.tls and not link.channel.tls_verify and not link.channel.tls_ca:
            yield Found(
                link.replica.name, f"the channel from {link.source_name} verifies no certificate", subject=link.channel.name
            )


@RULES.rule(
    "tls.ca_readable",
    CRITICAL,
    "A channel's TLS files cannot be read",
    reason="The next connection fails (2026), whatever else is right.",
    remedy="Put the files back, readable for the server's user.",
    manual="CHANGE REPLICATION SOURCE TO, SOURCE_SSL_CA",
)
def ca_readable(topology: Topology) -> Iterator[Found]:
    """Seen on the replica's host."""
    for link in topology.links:
        if link.channel.unreadable_files:
            yield Found(
                link.replica.name,
                ", ".join(link.channel.unreadable_files),
                subject=link.channel.name,
                breaks=receiver_of(link),
                errnos=frozenset({2026}),
            )


@RULES.rule(
    "tls.cert_expiry",
    HIGH,
    "A server's certificate expires within a month",
    reason="On that day every replica that verifies it stops, all at once.",
    remedy="Renew it, and ALTER INSTANCE RELOAD TLS (MariaDB: FLUSH SSL).",
    manual="Server Status Variables, Ssl_server_not_after",
    needs=(STATUS,),
)
def cert_expiry(topology: Topology) -> Iterator[Found]:
    """By the server's own clock; empty where it has none, or makes a new one at each start."""
    for server in topology.all():
        days = _days_left(server)
        if days is None or days >= _EXPIRY_DAYS:
            continue
        links = topology.links_to.get(server.name, ())
        yield Found(
            server.name,
            f"it ends on {server.status['ssl_server_not_after']}",
            remedy=_RELOAD if _seconds_later_on_disk(server) > 0 else "",
            severity=CRITICAL if days < 0 else "",
            peers=tuple(link.replica.name for link in links),
            breaks=tuple(part for link in links for part in receiver_of(link)),
            errnos=frozenset({2026}),
        )


@RULES.rule(
    "tls.cert_not_loaded",
    MEDIUM,
    "A server goes on with another certificate than the one on disk",
    reason="It reads the file when it starts, and when it is told to: until then clients get the one that it has loaded.",
    remedy="ALTER INSTANCE RELOAD TLS (MariaDB: FLUSH SSL).",
    manual="ALTER INSTANCE, RELOAD TLS; MariaDB documentation, FLUSH",
    needs=(STATUS,),
)
def cert_not_loaded(topology: Topology) -> Iterator[Found]:
    """Told by when the two end; only where the file was read."""
    for server in topology.all():
        later = _seconds_later_on_disk(server)
        if later:
            yield Found(
                server.name,
                f"the one in {server.value('ssl_cert')} ends on {server.certificate_ends}, the one in use on {_in_use(server)}",
                remedy=_ENDS_EARLIER if later < 0 else "",
                follows=("tls.cert_expiry",) if later > 0 else (),
            )


_ENDS_EARLIER = (
    "See which of the two is meant: the next start, or ALTER INSTANCE RELOAD TLS (MariaDB: FLUSH SSL), takes the one on disk, which"
    " ends earlier."
)
_RELOAD = "The file holds a newer one already: ALTER INSTANCE RELOAD TLS (MariaDB: FLUSH SSL)."


def _in_use(server: Snapshot) -> str:
    return server.status.get("ssl_server_not_after", "")


def _seconds_later_on_disk(server: Snapshot) -> int:
    """By how much the certificate on disk outlives the one in use; 0 too where one of the two is not known."""
    loaded, on_disk = _seconds(_in_use(server), "%b %d %H:%M:%S %Y GMT"), _seconds(server.certificate_ends, "%Y-%m-%d %H:%M:%S")
    return 0 if loaded is None or on_disk is None else on_disk - loaded


def _days_left(server: Snapshot) -> float | None:
    """Until the server's certificate ends, by its own clock; ``None`` where it does not tell."""
    ends = _seconds(_in_use(server), "%b %d %H:%M:%S %Y GMT")
    return None if ends is None else (ends - server.clock) / 86400


def _seconds(text: str, form: str) -> int | None:
    try:
        return calendar.timegm(time.strptime(text, form))
    except ValueError:
        return None


RULES.variable(
    "tls.protocols",
    MEDIUM,
    "A server speaks outdated TLS",
    name="tls_version",
    bad=lambda value, _server: bool({"TLSV1", "TLSV1.0", "TLSV1.1"} & {word.strip().upper() for word in value.split(",")}),
    on=Topology.all,
    reason="TLS 1.0 and 1.1 are broken.",
    remedy="Set tls_version = TLSv1.2,TLSv1.3 in the option file.",
    manual="tls_version",
)
