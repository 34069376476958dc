# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a source would refuse a channel's next login: the account's side and the channel's side put together.

A connected replica shows nothing of this: servers check an account when a connection is made, and never again.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import cast

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import classify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._dialect.dialect import dialect_for
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account import TLS_ANY, TLS_NONE
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.account_match import AccountName, contenders
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.snapshot import ACCOUNTS, AccountFacts, Snapshot
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import REPLICA, Link, Topology

PRIVILEGE = "REPLICATION SLAVE"
_ALL = "ALL PRIVILEGES"

# The causes, as the rules about accounts are called.
MISSING = "account.exists"
SHADOWED = "account.effective_match"
LOCKED = "account.locked"
EXPIRED = "account.password_expired"
TLS = "account.tls_requirement"
PLUGIN = "account.plugin_usable"
NO_PRIVILEGE = "account.replication_privilege"
IDLE_ROLE = "account.role_only"
PASSWORD = "account.password"
UNKNOWN = "account.probe_login"

_REFUSED = (1045, 1698)
# What a source calls by these numbers too, though the password is right.
_SHOWN_AS_REFUSED = (SHADOWED, TLS, PLUGIN)
# Plugins that take no password, or none over the network.
_LOCAL_PLUGINS = frozenset({"unix_socket", "auth_socket", "mysql_no_login", "mysql_old_password"})
_DROPPED = "the account was dropped, or never made"
# Plugins whose client's half both vendors' servers have.
_OF_BOTH = frozenset({"mysql_native_password"})


@dataclass(frozen=True)
class Client:
    """The replica as its source sees it; ``address`` is empty where nothing tells it."""

    address: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        named = f" ({', '.join(self.names)})" if self.names else ""
        return f"{self.address or 'an unknown address'}{named}"


@dataclass(frozen=True)
class Refused:
    """One reason why the login would fail, with its evidence from both sides."""

    rule: str
    link: Link
    evidence: str
    cause: str
    remedy: str
    account: AccountFacts | None = None


def refusals(topology: Topology) -> tuple[Refused, ...]:
    """All reasons, for all channels; worked out once."""
    if "refusals" not in topology.memory:
        topology.memory["refusals"] = tuple(one for link in topology.links for one in _of_link(link))
    return cast("tuple[Refused, ...]", topology.memory["refusals"])


def client_of(link: Link) -> Client:
    """Where the source sees the channel's login come from."""
    channel, source = link.channel, link.source
    seen = channel.trial.seen_as
    if not seen and source is not None:
        hosts = {thread.host for thread in source.dump_threads if thread.user == channel.source_user}
        seen = hosts.pop() if len(hosts) == 1 and len(source.dump_threads) == 1 else ""
    if _is_address(seen):
        return Client(seen, ())
    if link.forwarded:
        return Client("", (seen,) if seen else ())  # the source sees who forwards it
    if source is not None and source.value("skip_name_resolve") == "ON":
        return Client(channel.own_address, ())
    return Client(channel.own_address, (seen,) if seen else ())


def chosen_account(link: Link) -> AccountFacts | None:
    """The account that the source would choose, ``None`` where it has none or it cannot be known."""
    source, client = link.source, client_of(link)
    if source is None or not source.is_readable(ACCOUNTS):
        return None
    by_name = {f"{one.user}@{one.host}": one for one in source.accounts}
    if link.channel.trial.account in by_name:
        return by_name[link.channel.trial.account]
    if not (client.address or client.names):
        ones = _namesakes(source, link.channel.source_user) if link.forwarded else []
        return ones[0] if len(ones) == 1 else None
    names = _contenders(source, link.channel.source_user, client)
    return by_name[f"{names[0].user}@{names[0].host}"] if names else None


def may_replicate(account: AccountFacts) -> bool:
    """Whether the account has the privilege right after its login."""
    held = {*account.privileges, *account.role_privileges}
    return PRIVILEGE in held or _ALL in held


def has_expired(account: AccountFacts, source: Snapshot) -> bool:
    """Whether the password has expired, by hand or on its timer, which no column tells."""
    days = lifetime(account, source)
    age = source.clock - account.changed if account.changed else 0
    return account.expired or bool(days and age > days * 86400)


def expires_at(account: AccountFacts, source: Snapshot) -> float | None:
    """When the password expires, in seconds since the epoch; ``None`` for never, and where nobody knows since when it is there."""
    days = lifetime(account, source)
    return account.changed + days * 86400 if days and account.changed else None


def covered(server: Snapshot, user: str, client: Client) -> bool:
    """Whether the server would choose an account for that client that may replicate."""
    names = _contenders(server, user, client)
    chosen = next((one for one in server.accounts if names and (one.user, one.host) == (names[0].user, names[0].host)), None)
    return chosen is not None and may_replicate(chosen)


def lifetime(account: AccountFacts, source: Snapshot) -> float:
    """How many days a password lives, 0 for ever."""
    default = source.value("default_password_lifetime") or ""
    return account.lifetime if account.lifetime is not None else float(default) if default.isdigit() else 0


def lacks_tls(link: Link) -> bool:
    """Whether the source takes TLS only and the channel has none: MariaDB calls that a denied access too."""
    return link.source is not None and link.source.value("require_secure_transport") == "ON" and not link.channel.tls


def _of_link(link: Link) -> list[Refused]:
    source = link.source
    if source is None or not source.is_readable(ACCOUNTS) or not source.accounts:
        return _by_trial_alone(link)
    client = client_of(link)
    account = chosen_account(link)
    if account is None and not (client.address or client.names):
        return _by_trial_alone(link)
    if account is None:
        # Let in all the same: it is not kept in these tables, or was dropped in between.
        return _by_trial_alone(link) if link.channel.trial.succeeded else [_missing(link, source, client)]
    # An account that is in the way need not be mended: what it lacks comes of its being there.
    found = _shadowed(link, source, client, account) or _of_account(link, source, account)
    if link.failure[0] in _REFUSED and not lacks_tls(link) and not any(one.rule in _SHOWN_AS_REFUSED for one in found):
        found.append(_password(link, source, account))
    return found or _by_trial_alone(link, knows_accounts=True)


def _contenders(source: Snapshot, user: str, client: Client) -> tuple[AccountName, ...]:
    rules = dialect_for(source.version).accounts.match_rules
    accounts = [AccountName(one.user, one.host) for one in source.accounts if one.user in ("", user)]
    return contenders(accounts, user, client.address, client.names, rules)


def _namesakes(source: Snapshot, user: str) -> list[AccountFacts]:
    return [one for one in source.accounts if one.user == user]


def _missing(link: Link, source: Snapshot, client: Client) -> Refused:
    user = link.channel.source_user
    others = _namesakes(source, user)
    there = (
        f"on {source.name} there is only {', '.join(map(str, others))}, which does not cover {client}"
        if others
        else f"on {source.name} there is no account '{user}' at all"
    )
    # The same words for all replicas where it is one fault of all.
    covers = f" for a host that covers {client}" if others else ""
    return Refused(
        MISSING,
        link,
        f"{_ends(link)}; {there}{_trial(link)}",
        f"the account for {link.replica.name} was dropped, or made for another host" if others else _DROPPED,
        f"create '{user}' on {source.name}{covers}, with {PRIVILEGE}{_by_site(source)}",
    )


def _by_site(source: Snapshot) -> str:
    """Who does it: in a chain the account comes to the source in between over its channel, if it was made while that ran."""
    if source.role != REPLICA:
        return " (playbook site does it)"
    return (
        ", by hand: in one session of root with SET SESSION sql_log_bin = 0 (MySQL: super_read_only off meanwhile); site makes it"
        f" on the primary only, from where it comes to {source.name} over its channel"
    )


def _shadowed(link: Link, source: Snapshot, client: Client, account: AccountFacts) -> list[Refused]:
    """Another account than the one that is meant wins; it is at fault if it cannot do what the other could."""
    # Of several equally good ones the trial knows which was chosen.
    rivals = [
        one
        for one in _namesakes(source, link.channel.source_user)
        if one != account and may_replicate(one) and _covers(source, one, client)
    ]
    if not rivals or (link.channel.trial.succeeded and may_replicate(account)):
        return []
    if may_replicate(account) and link.failure[0] not in _REFUSED:
        return []
    what = "the anonymous account" if not account.user else "the more specific account"
    alike = ", or give it the same password, privileges and TLS requirement" if account.user else ""
    return [
        Refused(
            SHADOWED,
            link,
            f"{_ends(link)}; for {client} {source.name} chooses {account}, not {rivals[0]}{_trial(link)}",
            f"{what} {account} hides {rivals[0]}: the first match decides, whatever its password",
            f"DROP USER {account} on {source.name}{alike}{_by_site(source)}",
            account,
        )
    ]


def _covers(source: Snapshot, account: AccountFacts, client: Client) -> bool:
    rules = dialect_for(source.version).accounts.match_rules
    return bool(contenders([AccountName(account.user, account.host)], account.user, client.address, client.names, rules))


def _of_account(link: Link, source: Snapshot, account: AccountFacts) -> list[Refused]:
    """All that is wrong with the account itself, the plainest first."""
    if not account.user:
        return []  # the anonymous account: that it wins is the fault
    channel, where = link.channel, f"{account} on {source.name}"
    found: list[tuple[str, str, str, str]] = []
    if account.locked:
        found.append((LOCKED, f"{where} is locked", "somebody locked the account", f"ALTER USER {account} ACCOUNT UNLOCK"))
    if has_expired(account, source):
        found.append(
            (
                EXPIRED,
                f"the password of {where} has expired",
                "the password expired, by hand or on a timer",
                f"renew the password of {account} and set PASSWORD EXPIRE NEVER",
            )
        )
    found += _tls(link, source, account)
    found += _plugin(link, source, account)
    if not may_replicate(account) and PRIVILEGE in account.idle_privileges:
        found.append(
            (
                IDLE_ROLE,
                f"{where} has {PRIVILEGE} only through a role that is not active after a login",
                "the role is not a default role of the account",
                f"GRANT {PRIVILEGE} ON *.* TO {account}, or make the role its default role",
            )
        )
    elif not may_replicate(account) and not channel.trial.may_replicate:
        held = ", ".join((*account.privileges, *account.role_privileges)) or "no global privilege"
        found.append(
            (
                NO_PRIVILEGE,
                f"{where} has {held}",
                f"{PRIVILEGE} was revoked, or the account was made anew without it",
                f"GRANT {PRIVILEGE} ON *.* TO {account}",
            )
        )
    return [
        Refused(rule, link, f"{_ends(link)}; {seen}{_trial(link)}", cause, f"{remedy}{_by_site(source)}", account)
        for rule, seen, cause, remedy in found
    ]


def _tls(link: Link, source: Snapshot, account: AccountFacts) -> list[tuple[str, str, str, str]]:
    channel = link.channel
    if account.tls == TLS_NONE or (channel.trial.succeeded and channel.tls):
        return []
    if not channel.tls:
        has, remedy = "its channel's TLS is off", "turn TLS on for the channel (mysql_replication_tls: required)"
    elif account.tls != TLS_ANY and not channel.tls_cert:
        has = "its channel gives none"
        remedy = f"ALTER USER {account} REQUIRE SSL on {source.name}, or give the channel a client certificate"
    else:
        return []
    wants = "TLS" if account.tls == TLS_ANY else "a client certificate"
    return [(TLS, f"{account} on {source.name} demands {wants}, and {has}", "account and channel disagree about TLS", remedy)]


def _plugin(link: Link, source: Snapshot, account: AccountFacts) -> list[tuple[str, str, str, str]]:
    plugins = set(account.plugins)
    if link.channel.trial.succeeded:
        return []
    remedy = f"give {account} a plugin that both servers have, and the channel's password"
    named = " or ".join(account.plugins)
    if plugins <= _LOCAL_PLUGINS:
        return [
            (
                PLUGIN,
                f"{account} on {source.name} uses {named}, which lets nobody in over the network",
            )
            + ("the account's plugin was changed", remedy)
        ]
    if source.plugins and not plugins & {*source.plugins}:
        return [
            (
                PLUGIN,
                f"{account} on {source.name} uses {named}, which is not active there",
            )
            + ("the plugin was disabled or removed (mysql_native_password is, from 8.4 on)", remedy)
        ]
    if plugins and not plugins & _OF_BOTH and link.replica.version.vendor != source.version.vendor:
        return [
            (
                PLUGIN,
                f"{account} on {source.name} uses {named}; {link.replica.name} is {link.replica.product}",
            )
            + ("the replica's vendor does not ship the client's half of the plugin", remedy)
        ]
    halves = dialect_for(link.replica.version).accounts.client_halves
    later = [
        halves[plugin] for plugin in account.plugins if plugin in halves and not link.replica.version.at_least(*halves[plugin])
    ]
    if plugins and len(later) == len(account.plugins):
        return [
            (
                PLUGIN,
                f"{account} on {source.name} uses {named}; {link.replica.name} is {link.replica.product}",
            )
            + (f"the client's half of the plugin came with {later[0][0]}.{later[0][1]}, and the replica is older", remedy)
        ]
    return []


def _password(link: Link, source: Snapshot, account: AccountFacts) -> Refused:
    elsewhere = f"; or {link.channel.source} leads to another server" if link.forwarded else ""
    return Refused(
        PASSWORD,
        link,
        f"{_ends(link)}; {account} on {source.name} refuses the stored password{_trial(link)}",
        f"the password that {link.replica.name} stores is not the account's: it was changed on one side only{elsewhere}",
        "run the playbook site with the right mysql_replication_password: it sets both sides",
    )


def _by_trial_alone(link: Link, knows_accounts: bool = False) -> list[Refused]:
    """Where the source's accounts are not known, or say nothing against the login, only the trial speaks."""
    trial = link.channel.trial
    if trial.succeeded and not trial.may_replicate:
        return [
            Refused(
                NO_PRIVILEGE,
                link,
                f"{_ends(link)}; a login from {link.replica.name} comes out as {trial.account}, without {PRIVILEGE}",
                f"{PRIVILEGE} was revoked, or the account was made anew without it",
                f"GRANT {PRIVILEGE} ON *.* TO that account (playbook site does it)",
            )
        ]
    if not trial.failed or trial.errno in _CLIENT_ERRORS or trial.errno in _ABOUT_LIMITS or lacks_tls(link):
        return []
    known = classify(trial.errno, trial.error) if trial.errno not in _REFUSED else None
    if known is not None:
        why = link.explained(known)
    elif knows_accounts:
        why = "the account itself does not show why", "see the source's error log, and enforce the account (playbook site)"
    else:
        why = (
            "the source refuses the login; its accounts could not be read to say why",
            "audit the source too, with a login that may read mysql.*; or enforce the account (playbook site)",
        )
    return [Refused(UNKNOWN, link, f"{_ends(link)}{_trial(link)}", *why)]


_CLIENT_ERRORS = range(2000, 3000)
# No connection left for anybody, or for this account; host blocked; offline mode: other rules' matter.
_ABOUT_LIMITS = (1040, 1129, 1203, 1226, 3032)


def _ends(link: Link) -> str:
    state = "still connected" if link.channel.receiver.healthy else f"receiver {link.channel.receiver.state}"
    word = "may lead" if link.supposed else "leads"
    leads = f", which {word} to {link.source_name}" if link.forwarded else ""
    return f"{link.replica.name} replicates as '{link.channel.source_user}' from {link.channel.source}{leads} ({state})"


def _trial(link: Link) -> str:
    trial = link.channel.trial
    return f"; a login from there now fails with error {trial.errno}: {trial.error}" if trial.failed else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
