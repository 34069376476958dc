# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts: whether each replica could log in anew, and what else may go wrong with the accounts that replicate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_NONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import (
    ACCOUNTS,
    CHANNELS,
    NOT_ASKED,
    AccountFacts,
    Snapshot,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks import login
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.described import moment
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import CRITICAL, HIGH, INFO, LOW, MEDIUM
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.rule import (
    APPLIER,
    RECEIVER,
    TRIAL,
    Found,
    Judge,
    Part,
    Rules,
    receiver_of,
)
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Link, Topology

RULES = Rules(ACCOUNTS, CHANNELS)
_SITE = "Run the playbook site: it makes the account what it must be, on all servers."
# Days.
_EXPIRES = 30
_EXPIRES_SOON = 7
_LATENT = (
    "A connected replica does not show it: the account is only looked at when it connects, so it breaks at the next reconnect."
)
# An account's limit of connections is used up.
_USED_UP = 1226
# What an applier stops with that may not do what a transaction does.
_MAY_NOT = frozenset({1044, 1142, 1143, 1227})
# What a receiver stops with when its login is refused, by either vendor.
_LOGIN = frozenset({1045, 1698, 1130})
_ERRNOS = {
    login.MISSING: _LOGIN,
    login.SHADOWED: _LOGIN | {13120, 1597},
    login.LOCKED: frozenset({3118, 4151}),
    login.EXPIRED: frozenset({1862, 1820}),
    login.TLS: _LOGIN | {3159},
    login.PLUGIN: _LOGIN | {1524, 2059},
    login.NO_PRIVILEGE: frozenset({13120, 1597}),
    login.IDLE_ROLE: frozenset({13120, 1597}),
    login.PASSWORD: _LOGIN,
    login.UNKNOWN: frozenset(),
}


def _refused(rule: str) -> Judge:
    """The judgement of a rule that is one of the causes for which a login fails: one finding for all replicas that it hits."""

    def judge(topology: Topology) -> Iterator[Found]:
        together: dict[tuple[str, str, str], list[login.Refused]] = {}
        for one in login.refusals(topology):
            if one.rule == rule:
                together.setdefault((one.link.source_name, one.link.channel.source_user, one.remedy), []).append(one)
        for (source, user, _remedy), ones in together.items():
            first = ones[0]
            more = f"; likewise {', '.join(one.link.replica.name for one in ones[1:])}" if len(ones) > 1 else ""
            yield Found(
                source,
                first.evidence + more,
                cause=first.cause,
                remedy=first.remedy,
                peers=tuple(one.link.replica.name for one in ones),
                subject=user if len(together) == 1 else f"{user} {first.link.replica.name}",
                breaks=tuple(Part(one.link.replica.name, one.link.channel.name, RECEIVER) for one in ones),
                errnos=_ERRNOS[rule],
            )

    return judge


RULES.rule(
    login.MISSING,
    CRITICAL,
    "No account for the replica",
    reason=f"The source knows no account that covers the replica's user and address. {_LATENT}",
    remedy=_SITE,
    manual="Access Control, Stage 1: Connection Verification",
)(_refused(login.MISSING))

RULES.rule(
    login.SHADOWED,
    CRITICAL,
    "Another account wins over the replication account",
    reason=f"The first account that matches user and address decides; a failure does not fall through to the next. {_LATENT}",
    remedy="Drop the account that is in the way, or give it the same password, privileges and TLS requirement.",
    manual="Access Control, Stage 1: Connection Verification; observed on both vendors",
)(_refused(login.SHADOWED))

RULES.rule(
    login.LOCKED,
    CRITICAL,
    "The replication account is locked",
    reason=_LATENT,
    remedy=f"ALTER USER … ACCOUNT UNLOCK. {_SITE}",
    manual="Account Locking",
)(_refused(login.LOCKED))

RULES.rule(
    login.EXPIRED,
    CRITICAL,
    "The replication account's password has expired",
    reason=_LATENT,
    remedy=f"Renew the password and set PASSWORD EXPIRE NEVER. {_SITE}",
    manual="Server Handling of Expired Passwords",
)(_refused(login.EXPIRED))

RULES.rule(
    login.TLS,
    CRITICAL,
    "The channel does not meet the account's TLS requirement",
    reason=f"The source answers with a plain 'access denied', which says nothing of TLS. {_LATENT}",
    remedy="Make account and channel agree: REQUIRE SSL with the channel's TLS on, or a client certificate for REQUIRE X509.",
    manual="CREATE USER, SSL/TLS Options",
)(_refused(login.TLS))

RULES.rule(
    login.PLUGIN,
    CRITICAL,
    "The replication account's plugin cannot be used",
    reason=f"Source and replica must both have the authentication plugin, and it must work over the network. {_LATENT}",
    remedy=f"Give the account caching_sha2_password on MySQL, mysql_native_password or ed25519 on MariaDB. {_SITE}",
    manual="Authentication Plugins",
)(_refused(login.PLUGIN))

RULES.rule(
    login.NO_PRIVILEGE,
    CRITICAL,
    "The replication account lacks REPLICATION SLAVE",
    reason="The login succeeds, and the request for the binary log is refused; the error number is not that of 'access denied'. "
    + _LATENT,
    remedy=f"GRANT REPLICATION SLAVE ON *.* to the account. {_SITE}",
    manual="Creating a User for Replication; observed on both vendors",
)(_refused(login.NO_PRIVILEGE))

RULES.rule(
    login.IDLE_ROLE,
    CRITICAL,
    "REPLICATION SLAVE comes from a role that is not active",
    reason=f"Only default roles (or all, with activate_all_roles_on_login) are active after a login. {_LATENT}",
    remedy="Grant the privilege directly, or make the role a default role.",
    manual="Using Roles",
)(_refused(login.IDLE_ROLE))

RULES.rule(
    login.PASSWORD,
    CRITICAL,
    "The stored password is not the account's",
    reason=f"The password was changed on the source, or given to the replica wrongly. {_LATENT}",
    remedy="Run the playbook site with the right mysql_replication_password: it sets both sides.",
    manual="Creating a User for Replication",
    needs=(ACCOUNTS, CHANNELS, TRIAL),
)(_refused(login.PASSWORD))

RULES.rule(
    login.UNKNOWN,
    CRITICAL,
    "The source refuses the replica's login",
    reason=f"A trial login with the channel's own credentials fails; the source's accounts could not be read. {_LATENT}",
    remedy="Audit the source too, with a login that may read mysql.*.",
    manual="Troubleshooting Problems Connecting",
    needs=(CHANNELS, TRIAL),
)(_refused(login.UNKNOWN))


def replicating(topology: Topology, source: Snapshot) -> list[AccountFacts]:
    """The accounts of a source that channels log in with."""
    users = {link.channel.source_user for link in topology.links_to.get(source.name, ())}
    return [one for one in source.accounts if one.user in users and one.user]


@RULES.rule(
    "account.channel_user",
    HIGH,
    "A channel logs in as an administrator, or as nobody",
    reason="A replica stores its password in clear; an administrator's password does not belong there.",
    remedy="Use an account of its own that has REPLICATION SLAVE and nothing else.",
    manual="Creating a User for Replication",
    needs=(CHANNELS,),
)
def channel_user(topology: Topology) -> Iterator[Found]:
    """An empty user, or root."""
    for link in topology.links:
        if link.channel.source_user in ("", "root"):
            shown = link.channel.source_user or "no user"
            yield Found(link.replica.name, f"the channel from {link.source_name} logs in as {shown}", subject=link.channel.name)


@RULES.rule(
    "account.password_expiry",
    MEDIUM,
    "The replication account's password will expire",
    reason=f"On the day that it expires no replica can connect any more. High within {_EXPIRES} days of it, critical within"
    f" {_EXPIRES_SOON}.",
    remedy="ALTER USER … PASSWORD EXPIRE NEVER; rotate the password on a plan instead.",
    manual="Password Management",
)
def password_expiry(topology: Topology) -> Iterator[Found]:
    """A lifetime of its own, or the server's default; the graver the nearer the day is, by the server's clock."""
    for source in topology.sources():
        for account in replicating(topology, source):
            days = login.lifetime(account, source)
            if days and not login.has_expired(account, source):
                ends = login.expires_at(account, source)
                left = days if ends is None else (ends - source.clock) / 86400
                when = f", until {moment(int(ends))}" if ends else "; since when it is there the server does not tell"
                yield Found(
                    source.name,
                    f"the password of {account} lives for {days:g} days{when}",
                    severity=CRITICAL if left < _EXPIRES_SOON else HIGH if left < _EXPIRES else "",
                    subject=str(account),
                )


@RULES.rule(
    "account.plugin_deprecated",
    MEDIUM,
    "The replication account's plugin is on its way out",
    reason="mysql_native_password is off from 8.4 on and gone in 9.0; sha256_password is deprecated and needs TLS or a key.",
    remedy=f"Give the account caching_sha2_password. {_SITE}",
    manual="Native Pluggable Authentication; SHA-256 Pluggable Authentication",
)
def plugin_deprecated(topology: Topology) -> Iterator[Found]:
    """Only where the server has the better plugin."""
    for source in topology.sources():
        for account in replicating(topology, source):
            old = {"mysql_native_password", "sha256_password"}.intersection(account.plugins)
            if old and "caching_sha2_password" in source.plugins:
                yield Found(source.name, f"{account} uses {', '.join(sorted(old))}", subject=str(account))


@RULES.rule(
    "account.tls_not_required",
    MEDIUM,
    "The replication account does without TLS where there is TLS",
    reason="Nothing then keeps a channel from running in clear; MariaDB falls back to it silently.",
    remedy=f"ALTER USER … REQUIRE SSL. {_SITE}",
    manual="CREATE USER, SSL/TLS Options; observed on MariaDB",
)
def tls_not_required(topology: Topology) -> Iterator[Found]:
    """Quiet where the server itself takes nothing but TLS."""
    for source in topology.sources():
        if source.offers_tls and source.value("require_secure_transport") != "ON":
            for account in replicating(topology, source):
                if account.tls == TLS_NONE and login.may_replicate(account):
                    yield Found(source.name, f"{account} does not require TLS, which {source.name} offers", subject=str(account))


@RULES.rule(
    "account.least_privilege",
    MEDIUM,
    "The replication account may do more than replicate",
    reason="Its password lies in clear on every replica.",
    remedy=f"Revoke what is not REPLICATION SLAVE. {_SITE}",
    manual="Creating a User for Replication",
)
def least_privilege(topology: Topology) -> Iterator[Found]:
    """Any other privilege, on the server or on an object."""
    harmless = {login.PRIVILEGE, "REPLICATION CLIENT", "BINLOG MONITOR", "SLAVE MONITOR"}
    for source in topology.sources():
        for account in replicating(topology, source):
            surplus = [name for name in (*account.privileges, *account.role_privileges) if name not in harmless]
            if surplus or account.objects:
                evidence = ", ".join([*surplus, *(f"privileges on {name}" for name in account.objects)])
                yield Found(source.name, f"{account} has {evidence}", subject=str(account))


@RULES.rule(
    "account.host_scope",
    LOW,
    "The replication account may come from anywhere",
    reason="Whoever learns its password can read every change from any address that reaches the server.",
    remedy="Name the replicas' subnet as the account's host (mysql_replication_user_host).",
    manual="Specifying Account Names",
)
def host_scope(topology: Topology) -> Iterator[Found]:
    """The host is a lone wildcard."""
    for source in topology.sources():
        for account in replicating(topology, source):
            if account.host in ("%", ""):
                yield Found(source.name, f"{account}", subject=str(account))


@RULES.rule(
    "account.duplicates",
    MEDIUM,
    "Several accounts of the replication user differ",
    reason="Which one a replica gets depends on its address and on the name that the source sees for it.",
    remedy="Keep one of them, or make them alike.",
    manual="Access Control, Stage 1: Connection Verification",
)
def duplicates(topology: Topology) -> Iterator[Found]:
    """More than one row with the same name and not the same rights."""
    for source in topology.sources():
        by_user: dict[str, list[AccountFacts]] = {}
        for account in replicating(topology, source):
            by_user.setdefault(account.user, []).append(account)
        for user, ones in by_user.items():
            kinds = {(one.plugins, one.tls, one.locked, one.privileges, one.role_privileges) for one in ones}
            if len(kinds) > 1:
                yield Found(source.name, f"{', '.join(map(str, ones))} differ in plugin, TLS, lock or privileges", subject=user)


@RULES.rule(
    "account.anonymous",
    MEDIUM,
    "There is an anonymous account",
    reason="It wins over accounts with a less specific host, whoever logs in.",
    remedy="DROP USER ''@'…'.",
    manual="Securing the Initial Accounts; observed: fresh MariaDB data directories have them",
)
def anonymous(topology: Topology) -> Iterator[Found]:
    """A row without a user name; one that a replica's login comes out at is the other finding's matter."""
    hiding = {(one.link.source_name, one.account) for one in login.refusals(topology) if one.rule == login.SHADOWED}
    for server in topology.all():
        for account in server.accounts:
            if not account.user:
                follows = (login.SHADOWED,) if (server.name, account) in hiding else ()
                yield Found(server.name, f"{account}", subject=account.host, follows=follows)


@RULES.rule(
    "account.resource_limits",
    HIGH,
    "The replication account's connections are limited",
    reason="Receivers that reconnect often, after a network fault, use such a limit up and are then refused.",
    remedy="ALTER USER … WITH MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0.",
    manual="Setting Account Resource Limits",
)
def resource_limits(topology: Topology) -> Iterator[Found]:
    """Per hour at all, or at once fewer than twice the replicas."""
    for source in topology.sources():
        links = topology.links_to.get(source.name, ())
        for account in replicating(topology, source):
            if account.max_connections_per_hour or 0 < account.max_connections < 2 * len(links):
                hit = [link for link in links if link.channel.source_user == account.user]
                yield Found(
                    source.name,
                    f"{account}: {account.max_connections_per_hour} connections an hour, {account.max_connections} at once"
                    f" (0 is no limit); {len(links)} channels",
                    severity=CRITICAL if any(link.failure[0] == _USED_UP for link in hit) else "",
                    remedy=f"On {source.name}: ALTER USER {account} WITH MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0;",
                    subject=str(account),
                    breaks=tuple(part for link in hit for part in receiver_of(link)),
                    errnos=frozenset({_USED_UP}),
                )


@RULES.rule(
    "account.on_candidates",
    HIGH,
    "A server that may be promoted lacks the replication account",
    reason="After a failover the other replicas could not log in to it.",
    remedy="Let account statements replicate, or create the account there with SQL_LOG_BIN=0.",
    manual="Switching Sources During Failover",
)
def on_candidates(topology: Topology) -> Iterator[Found]:
    """The account is on the source, and a replica that logs what it applies has neither it nor one that the others could use."""
    for link in topology.links:
        replica, source = link.replica, link.source
        if source is None or replica.value("log_replica_updates") != "ON" or not replica.accounts:
            continue
        wanted = [one for one in replicating(topology, source) if one.user == link.channel.source_user]
        here = {(one.user, one.host) for one in replica.accounts}
        missing = [one for one in wanted if (one.user, one.host) not in here]
        if missing and not _would_let_in(topology, link):
            evidence = f"{', '.join(map(str, missing))} is on {source.name}, not on {replica.name}"
            yield Found(replica.name, evidence, peers=(source.name,), subject=link.channel.name, follows=(login.MISSING,))


def _would_let_in(topology: Topology, link: Link) -> bool:
    """Whether all that would replicate from this replica, its source among them, could log in there; no if their addresses hide."""
    ones = topology.links_to.get(link.source_name, ())
    addresses = link.source.addresses if link.source else ()
    uncovered = _uncovered(topology, link)
    return len(ones) + len(addresses) > 1 and not uncovered - {login.client_of(link)}


def _uncovered(topology: Topology, link: Link) -> frozenset[login.Client]:
    """The clients of a source that could not log in to its replica; worked out once for all replicas with the same accounts."""
    user = link.channel.source_user
    accounts = tuple((one.user, one.host, login.may_replicate(one)) for one in link.replica.accounts if one.user in ("", user))
    known = cast("dict[object, frozenset[login.Client]]", topology.memory.setdefault("uncovered", {}))
    key = link.source_name, user, link.replica.version.vendor, accounts
    if key not in known:
        clients = {login.client_of(other) for other in topology.links_to.get(link.source_name, ())}
        clients.update(login.Client(address, ()) for address in (link.source.addresses if link.source else ())[:1])
        known[key] = frozenset(one for one in clients if not _is_covered(link.replica, user, one))
    return known[key]


def _is_covered(server: Snapshot, user: str, client: login.Client) -> bool:
    return bool(client.address or client.names) and login.covered(server, user, client)


@RULES.rule(
    "account.sharing",
    LOW,
    "One account for several replicas",
    reason="A replica's access cannot be taken away without all the others'.",
    remedy="Give each replica an account of its own, if you must be able to lock one out.",
    manual="Creating a User for Replication",
    needs=(CHANNELS,),
)
def sharing(topology: Topology) -> Iterator[Found]:
    """Two channels with one user."""
    for source in topology.sources():
        users: dict[str, list[str]] = {}
        for link in topology.links_to.get(source.name, ()):
            users.setdefault(link.channel.source_user, []).append(link.replica.name)
        for user, replicas in users.items():
            if len(replicas) > 1:
                yield Found(source.name, f"'{user}' is used by {', '.join(sorted(replicas))}", subject=user)


@RULES.rule(
    "account.unused",
    LOW,
    "An account that no channel uses may read all changes from anywhere, in clear",
    reason="It may be left over from a replica that is gone; whoever learns its password gets every change, and every row with it.",
    remedy="DROP USER if nothing needs it (backups and change capture may); else name its hosts, and let it REQUIRE SSL.",
    manual="Securing the Initial Accounts; Specifying Account Names",
)
def unused(topology: Topology) -> Iterator[Found]:
    """With REPLICATION SLAVE, for any host and without TLS; not one that a connected reader of the binary log uses."""
    used = {link.channel.source_user for link in topology.links}
    for source in topology.sources():
        users = used.union(one.user for one in source.dump_threads)
        for account in source.accounts:
            is_open = account.host in ("%", "") and account.tls == TLS_NONE and not account.locked
            if account.user and account.user not in users and is_open and login.may_replicate(account):
                yield Found(source.name, f"{account}", subject=str(account))


@RULES.rule(
    "account.login_untried",
    LOW,
    "A channel's login was not tried",
    reason="Whether the stored password is right, and whether the replica can do what the account's plugin asks, is unknown: such a"
    " fault shows at the next reconnect only. What the accounts alone tell was judged.",
    remedy="Audit on the replica's host, with a login that may read the stored password (root; on MySQL SELECT on"
    " mysql.slave_master_info). Where a Python package is named, install it there for Ansible's Python: python3-cryptography for"
    " caching_sha2_password, python3-nacl for ed25519.",
    manual="observed",
    needs=(CHANNELS,),
)
def login_untried(topology: Topology) -> Iterator[Found]:
    """With the reason; a hint where nobody asked for it."""
    for link in topology.links:
        why = link.channel.trial.untried
        if why:
            plugins = " or ".join((login.chosen_account(link) or AccountFacts("", "")).plugins)
            uses = f"; its account uses {plugins}" if plugins else ""
            yield Found(
                link.replica.name,
                f"the login to {link.source_name}: {why}{uses}",
                severity=INFO if why == NOT_ASKED else "",
                peers=(link.source_name,),
                subject=link.channel.name,
            )


@RULES.rule(
    "account.privilege_checks_user",
    LOW,
    "A channel applies as an account with limited privileges",
    reason="Without a privilege on some table the applier stops there (1142).",
    remedy="See that the account has what the source's users may do, or set PRIVILEGE_CHECKS_USER = NULL.",
    manual="Replication Privilege Checks",
    needs=(CHANNELS,),
)
def privilege_checks_user(topology: Topology) -> Iterator[Found]:
    """MySQL only; whether its privileges suffice cannot be known before a transaction needs them."""
    for link in topology.links:
        if link.channel.privilege_checks_user:
            yield Found(
                link.replica.name,
                link.channel.privilege_checks_user,
                severity=CRITICAL if link.channel.applier.errno in _MAY_NOT else "",
                subject=link.channel.name,
                breaks=(Part(link.replica.name, link.channel.name, APPLIER),),
                errnos=_MAY_NOT,
            )
