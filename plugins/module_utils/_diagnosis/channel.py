# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a channel that does not run, or a trial login that failed, to a refusal that names the cause and the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Union

from ansible_collections.dbops.mysql_replication.plugins.module_utils._diagnosis.errors import LOGIN, classify
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.channel import (
    CONNECTING,
    OFF,
    Channel,
    Thread,
    TrialFailure,
)
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal


class Ends(NamedTuple):
    """The two ends of a channel, in words: account ``repl``, source ``db1:3306``, replica ``db2``."""

    account: str
    source: str
    replica: str


def explain_trial(failure: TrialFailure, ends: Ends) -> Refusal:
    """Why the replica's host cannot log in to the source, or cannot read there what it needs."""
    if not failure.reading:
        return _explain("a login to the source as the channel would do it", failure.errno, failure.error, ends)
    known = classify(failure.errno, failure.error)
    # What else a number means, it means on a channel.
    if known is not None and known.kind == LOGIN:
        return _explain(f"a statement that reads of the source {failure.reading}", failure.errno, failure.error, ends)
    return Refusal(
        f"{ends.source} lets {ends.account} in from {ends.replica}, and then fails to tell {failure.reading}:"
        f" error {failure.errno}: {failure.error}",
        f"mend what the error names, on {ends.source} (its error log, what that account may do, its limits for statements);"
        " then run again",
    )


def explain_channel(channel: Channel, waited: int, ends: Ends, row: str = "") -> Refusal:
    """Why the channel does not run, after ``waited`` seconds; the applier's error comes first: it needs a person.

    ``row`` is the row that stopped the applier, in words, where it is known.
    """
    if channel.applier.errno and row:
        applier = replace(channel.applier, error=f"{channel.applier.error}. It is {row}")
        channel = replace(channel, applier=applier)
    if channel.applier.errno:
        return explain_applier(channel.applier, ends)
    if channel.receiver.errno:
        return explain_receiver(channel.receiver, ends)
    idle = "receiver (IO thread)" if not channel.receiver.healthy else "applier (SQL thread)"
    return Refusal(
        f"on {ends.replica} the {idle} does not run after {waited} s, and the server names no error",
        f"see the error log of {ends.replica}, and whether {ends.source} answers; give more time with wait",
    )


def explain_applier(thread: Thread, ends: Ends) -> Refusal:
    """Why an applier has an error."""
    return _explain("the applier (SQL thread)", thread.errno, thread.error, ends)


def explain_receiver(thread: Thread, ends: Ends) -> Refusal:
    """Why a receiver has an error."""
    return _explain("the receiver (IO thread)", thread.errno, thread.error, ends)


def is_final(thread: Thread) -> bool:
    """Whether waiting cannot help: the thread has stopped with an error."""
    return thread.state == OFF and bool(thread.errno)


def retries_login(thread: Thread) -> bool:
    """Whether the receiver waits to try a login again that has just been refused."""
    error_class = classify(thread.errno, thread.error)
    return thread.state == CONNECTING and error_class is not None and error_class.kind in ("login", "tls")


def _explain(what: str, errno: int, error: str, ends: Ends) -> Refusal:
    error_class = classify(errno, error)
    seen = f"{ends.replica}: {what} fails with error {errno}: {error}"
    if error_class is None:
        return Refusal(seen, f"see the error logs of {ends.replica} and {ends.source} for what precedes it")
    words: dict[str, Union[str, int]] = ends._asdict()
    return Refusal(f"{error_class.cause.format(**words)}\nSeen on {seen}", error_class.remedy.format(**words))
