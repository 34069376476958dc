# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Decides on the controller which findings may be mended now, and remembers each attempt before it is made."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any

from ansible.plugins.action import ActionBase
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.catalogue import BY_ID
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.healing import (
    Attempt,
    Decision,
    allowed_from,
    decide,
    remembered,
)

_OPTIONS = {
    "findings": {"type": "list", "elements": "dict", "required": True},
    "allow": {"type": "dict", "required": True},
    "state_file": {"type": "path", "required": True},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action behind ``replication_heal``."""

    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Decides; a state file that cannot be read or written is a failure: without memory it could loop."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(_OPTIONS)
        try:
            return {**result, **self._decided(options)}
        except Refusal as refusal:
            return {**result, "failed": True, "msg": str(refusal)}

    def _decided(self, options: dict[str, Any]) -> dict[str, Any]:
        now = time.time()
        allowed = allowed_from(options["allow"], list(BY_ID))
        path = options["state_file"]
        if self._task.check_mode:
            decision = decide(options["findings"], allowed, remembered(_attempts(_text(path), path), now), now)
        else:
            with _memory(path) as file:
                before = _attempts(file.read(), path)
                attempts = remembered(before, now)
                decision = decide(options["findings"], allowed, attempts, now)
                made = [Attempt(cause.rule, cause.host, now) for cause in decision.causes]
                if [*attempts, *made] != before:
                    _write(file, [*attempts, *made])
        return {
            "changed": False,
            "parts": dict(decision.parts),
            "causes": [asdict(cause) for cause in decision.causes],
            "left": [asdict(one) for one in decision.left],
            "told": _told(decision, "would be mended" if self._task.check_mode else "is mended now"),
        }


def _told(decision: Decision, mended: str) -> list[str]:
    """For people: what is ``mended``, and what could be but is not. What nobody may mend unasked is the audit's to tell."""
    lines = [f"{cause.host}: {cause.rule} {mended}, by the part {cause.part} of site there" for cause in decision.causes]
    lines += [f"{one.host}: {one.rule} is left: {one.reason}" for one in decision.left if one.safe]
    return lines or ["Nothing that is marked safe"]


@contextmanager
def _memory(path: str) -> Iterator[IO[str]]:
    """The state file, locked: a second run that decides at the same time sees this one's attempts."""
    try:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _refusal(path, error) from None
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def _text(path: str) -> str:
    """What the state file holds; nothing if there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _refusal(path, error) from None


def _attempts(text: str, path: str) -> list[Attempt]:
    try:
        return [Attempt(str(one["rule"]), str(one["host"]), float(one["at"])) for one in json.loads(text or "[]")]
    except (ValueError, KeyError, TypeError):
        raise Refusal(
            f"{path} is no memory of earlier attempts", "see what it is; remove it to begin anew, or name another state_file"
        ) from None


def _write(file: IO[str], attempts: list[Attempt]) -> None:
    try:
        file.seek(0)
        file.write(json.dumps([asdict(attempt) for attempt in attempts]) + "\n")
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise _refusal(file.name, error) from None


def _refusal(path: str, error: OSError) -> Refusal:
    return Refusal(f"cannot keep {path}: {error.strerror}", "give a state_file that this user may write to")
