# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of playbooks that keep a change log."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
from pair import PROJECT, Pair
from playbook import command, run, variables
from testbed.ansible import CHANGE_LOG, with_callback

Record = Mapping[str, Any]

_SCHEMA = json.loads((PROJECT / "docs" / "change_log.schema.json").read_text())


@dataclass(frozen=True)
class Logged:
    """Runs of ``site`` on a pair, with a change log in a folder of its own."""

    pair: Pair
    folder: Path

    @property
    def path(self) -> Path:
        return self.folder / "log" / "changes.jsonl"

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        """Starts a run."""
        (self.folder / "record.jsonl").touch()
        known = variables(self.folder / "record.jsonl")
        return subprocess.Popen(
            [*command(self.pair, "--extra-vars", f"mysql_replication_change_log={self.path}"), *arguments],
            env={**known, **with_callback(known, CHANGE_LOG), "PYTHONUNBUFFERED": "1", **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # So that the whole of it can be killed.
            start_new_session=True,
        )

    def site(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A run, and what it printed."""
        with self.start(*arguments, **more) as process:
            output = process.communicate()[0]
        return subprocess.CompletedProcess(process.args, process.returncode, output)

    def repair(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A run that must come to its end."""
        done = self.site(*arguments, **more)
        assert done.returncode == 0, done.stdout
        return done

    def records(self, ending: str = "") -> list[Record]:
        """What the log holds now; every line is as its schema says."""
        found = [json.loads(line) for line in Path(f"{self.path}{ending}").read_text().splitlines()]
        for record in found:
            jsonschema.validate(record, _SCHEMA)
        return found


def changes(logged: Logged, **asked: Any) -> list[str]:
    """What the playbook ``changes`` prints of the log."""
    given = {"mysql_replication_change_log": str(logged.path), **asked}
    done = run(logged.folder, "changes", "--extra-vars", json.dumps(given))
    assert done.returncode == 0, done.stdout
    return [line for line in done.stdout.splitlines() if line.startswith("20")]
