# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replication password, and the hash that the server keeps of it, stand nowhere but where they must."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import Pairs
from fault import on, perform, sh
from machine import Machine
from pair import Pair
from playbook import command, variables
from seeding import empty
from testbed.ansible import CHANGE_LOG, with_callback
from watch import watched

# Quoting changes what is around, and leaves the letters in the middle as they are: they are what is looked for.
_AROUND = ("q'\"$x \\", "é#;%")
_PASSWORD = "the password"
_HASH = "the hash"
#: What the server keeps of a password: hexadecimal digits of ``$A$0``…, or a star and 40 digits.
_HASHES = {"mysql": r"0x24412430|\$A\$0", "mariadb": r"\*[0-9A-F]{40}"}

# From the servers' first statement on; a restart must not turn it off.
_LOG_ALL = r"""printf '[mysqld]
general_log = ON
general_log_file = /var/lib/mysql/watched-general.log
slow_query_log = ON
slow_query_log_file = /var/lib/mysql/watched-slow.log
long_query_time = 0
log_output = FILE
performance_schema = ON
performance-schema-consumer-events-statements-history-long = ON
performance-schema-consumer-events-statements-current = ON
' > $options/10-watched.cnf && systemctl restart $service"""
_HISTORY = "SELECT SQL_TEXT FROM performance_schema.events_statements_history_long WHERE SQL_TEXT IS NOT NULL"
# What a machine keeps, by its name in a failed assertion. A server must store its channel's password (mysql.ibd, master.info
# and what writes them down safely) and the account's hash (the accounts' table, the binary log that carries it to replicas).
_KEPT = {
    "journal": "journalctl --no-pager --output=cat",
    "logs": "find /var/log -type f ! -path '*/journal/*' -exec cat {} +",
    "general log": "cat /var/lib/mysql/watched-general.log",
    "slow log": "cat /var/lib/mysql/watched-slow.log",
    "binary logs": "cat /var/lib/mysql/*bin*.0*",
    "option files": "find /etc -name '*.cnf*' -exec cat {} +",
    "left files": "find /tmp /var/tmp /root /home -type f -exec cat {} +",
}
# An account's statement carries its hash to the replicas: through the binary log, past whoever may see all processes, and
# into what a replica's applier logs. (A session of ours logs nothing.)
_HASH_MAY_STAND = (
    f"{_HASH} in primary: binary logs",
    f"{_HASH} in replica1: binary logs",
    f"{_HASH} in the server's process list",
    f"{_HASH} in replica1: general log",
    f"{_HASH} in replica1: slow log",
    f"{_HASH} in replica1: statement history",
)
# MariaDB has no other way to tell a channel its password than a statement, and shows that as it runs.
_PASSWORD_MAY_STAND = {"mysql": (), "mariadb": (f"replica1: {_PASSWORD} in the server's process list",)}


@dataclass(frozen=True)
class Watched:
    """A pair whose servers log all statements, the password's letters to look for, and a folder for what a run needs."""

    pair: Pair
    core: str
    folder: Path

    @property
    def machines(self) -> tuple[Machine, Machine]:
        return self.pair.primary, self.pair.replica

    @property
    def needles(self) -> dict[str, str]:
        return {_PASSWORD: re.escape(self.core), _HASH: _HASHES[self.pair.vendor]}

    def site(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``site`` at its most talkative, with a log, and with the log of changes."""
        password = ["--extra-vars", f"@{self.folder / 'password.json'}"]
        log = ["--extra-vars", f"mysql_replication_change_log={self.folder / 'changes.jsonl'}"]
        known = variables(self.folder / "record.jsonl")
        return subprocess.run(
            command(self.pair, "-vvvv", *password, *log, *arguments),
            env={**known, **with_callback(known, CHANGE_LOG), "ANSIBLE_LOG_PATH": str(self.folder / "ansible.log")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def fresh(server_name: str, pairs: Pairs, tmp_path: Path) -> Iterator[Watched]:
    label = f"{server_name}-secrets"
    pair = pairs.bare(server_name, label)
    core = f"Core{secrets.token_hex(6)}"
    password = core.join(_AROUND)
    assert len(password) <= 32
    file = tmp_path / "password.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"mysql_replication_password": password}))
    perform(pair, (sh("primary", _LOG_ALL), sh("replica", _LOG_ALL)))
    yield Watched(replace(pair, password=password), core, tmp_path)
    pairs.drop(label)


def test_secrets(fresh: Watched) -> None:
    pair = fresh.pair
    found: dict[str, str] = {}
    outputs = {}
    with watched(fresh.machines, fresh.needles) as seen:
        outputs["check mode"] = fresh.site("--check")
        outputs["fresh servers"] = fresh.site()
    found.update({f"fresh servers: {place}": text for place, text in seen.items()})
    pair.await_healthy()
    pair.make_table()
    pair.prove_replication("fresh")

    perform(
        pair,
        (
            on("primary", "DROP USER repl@'%'"),
            on("replica", "STOP REPLICA; $change ${source}_PASSWORD = 'another'; START REPLICA"),
        ),
    )
    with watched(fresh.machines, fresh.needles) as seen:
        outputs["repair"] = fresh.site()
    found.update({f"repair: {place}": text for place, text in seen.items()})
    pair.await_healthy()
    pair.prove_replication("repaired")
    outputs["again"] = fresh.site()
    outputs["refusal"] = fresh.site("--extra-vars", "mysql_replication_source_port=3307")

    assert {name: done.returncode for name, done in outputs.items()} == {**dict.fromkeys(outputs, 0), "refusal": 2}
    for name, done in outputs.items():
        found.update(matches(fresh.needles, f"output: {name}", done.stdout))
    found.update(in_what_is_kept(fresh, fresh.needles))
    refuse_surplus(found, (*_HASH_MAY_STAND, *_PASSWORD_MAY_STAND[pair.vendor]))


@pytest.mark.parametrize("method", ["auto", "dump"])
def test_secrets_of_a_copy(method: str, fresh: Watched) -> None:
    """The password that is made for one copy, and the hash of it."""
    pair = fresh.pair
    assert fresh.site().returncode == 0
    pair.make_table()
    pair.await_healthy()
    pair.await_applied()
    empty(pair)
    core = f"Seed{secrets.token_hex(8)}"
    needles = {**fresh.needles, "the copy's password": core}
    given = fresh.folder / "copy.json"
    given.write_text(json.dumps({"mysql_replication_seed_password": core, "mysql_replication_seed": method}))
    with watched(fresh.machines, needles) as seen:
        done = fresh.site("--extra-vars", f"@{given}")
    assert done.returncode == 0, done.stdout
    assert "The primary's data" in done.stdout
    found = {**seen, **matches(needles, "the output", done.stdout), **in_what_is_kept(fresh, needles)}
    refuse_surplus(found, (*_HASH_MAY_STAND, *_PASSWORD_MAY_STAND[pair.vendor]))


def in_what_is_kept(fresh: Watched, needles: Mapping[str, str]) -> dict[str, str]:
    """What is found in the controller's files and on the machines after all runs."""
    found: dict[str, str] = {}
    for name in ("ansible.log", "record.jsonl", "changes.jsonl"):
        text = (fresh.folder / name).read_text()
        assert "IDENTIFIED" in text, f"{name} has none of the statements in which a secret would stand"
        found.update(matches(needles, name, text))
    for machine in fresh.machines:
        kept = {place: machine.attempt(look).stdout.decode(errors="replace") for place, look in _KEPT.items()}
        kept["statement history"] = "\n".join(row["SQL_TEXT"] for row in machine.rows(_HISTORY))
        kept["left files"] += "nothing"
        for place, text in kept.items():
            assert text, f"{machine.name}: {place} is empty, and so proves nothing"
            found.update(matches(needles, f"{machine.name}: {place}", text))
    return found


def refuse_surplus(found: Mapping[str, str], allowed: Sequence[str]) -> None:
    """Fails with what was found in other places than those."""
    surplus = {place: text for place, text in found.items() if not any(place.endswith(ending) for ending in allowed)}
    assert not surplus, "\n".join(f"{place}: … {text!r}" for place, text in surplus.items())


def matches(needles: Mapping[str, str], place: str, text: str) -> dict[str, str]:
    """The first match of each needle in the text, with what stands before it."""
    found = {}
    for name, pattern in needles.items():
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            found[f"{name} in {place}"] = text[max(0, match.start() - 150) : match.end()]
    return found
