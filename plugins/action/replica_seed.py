# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module, and meanwhile shows over a second connection how far the copy is: a line at a time, for a terminal and for AWX.

Ansible keeps what a module says until it ends, and a copy may take hours. ``async`` would not do: it leaves the module with its
secrets in a file for as long as it runs.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.plugins.connection import ConnectionBase
from ansible.utils.display import Display

_EVERY_SECONDS = 3.0
# Of runs that were killed. One that is at work writes a line more often, or makes its file anew.
_SWEEP = "find /tmp -maxdepth 1 -name 'replica_seed-*' -type f -mmin +1 -exec rm -f {} + 2>/dev/null || true"


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action behind ``replica_seed``."""

    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """What the module returned."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._task.check_mode or self._task.async_val:
            wraps = self._task.async_val and not self._connection.has_native_async
            return {**result, **self._execute_module(task_vars=task_vars, wrap_async=wraps)}
        file = f"/tmp/replica_seed-{secrets.token_hex(16)}"
        screen = _Screen(str((task_vars or {}).get("inventory_hostname", "")))
        self._low_level_execute_command(_SWEEP)
        with self._watched(file, screen):
            found = self._execute_module(module_args={**self._task.args, "progress_file": file}, task_vars=task_vars)
        screen.show(self._low_level_execute_command(f"cat {file} 2>/dev/null; rm -f {file}")["stdout"])
        return {**result, **found}

    @contextmanager
    def _watched(self, file: str, screen: _Screen) -> Iterator[None]:
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(file, screen, ended), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def _watch(self, file: str, screen: _Screen, ended: threading.Event) -> None:
        """The file is no secret and there for everybody to read, so that nobody has to become anybody."""
        try:
            connection = self._another_connection()
            while not ended.wait(_EVERY_SECONDS):
                _status, output, _error = connection.exec_command(f"cat {file} 2>/dev/null", sudoable=False)
                screen.show(output.decode(errors="replace"))
        except Exception as error:  # the copy is what counts, and its outcome does not depend on this
            Display().vvv(f"no progress is shown: {error}")

    def _another_connection(self) -> ConnectionBase:
        """To the same host, for commands beside the one that runs."""
        made = self._shared_loader_obj.connection_loader.get(self._connection.ansible_name, self._play_context)
        made.set_options(direct=dict(self._connection._options))
        return made


class _Screen:
    """Shows each line once."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._shown = 0

    def show(self, text: str) -> None:
        lines = [line for line in text.splitlines() if line.strip()]
        for line in lines[self._shown :]:
            Display().display(f"{self._host}: {line}")
        self._shown = max(self._shown, len(lines))
