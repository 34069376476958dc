# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit finds: one thing that is wrong on one server, with its evidence, its cause and its remedy."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

CRITICAL = "critical"
HIGH = "high"
MEDIUM = "medium"
LOW = "low"
INFO = "info"

#: The worst first.
SEVERITIES = (CRITICAL, HIGH, MEDIUM, LOW, INFO)


@dataclass(frozen=True)
class Finding:
    """``peers`` are other servers that it is about. ``caused_by`` is the ``key`` of the finding that is its root, empty for a root.
    That root may be among those that are ignored.

    ``key`` stays the same from run to run as long as the finding is about the same thing.
    """

    rule: str
    severity: str
    host: str
    title: str
    evidence: str
    cause: str
    remedy: str
    peers: tuple[str, ...] = ()
    caused_by: str = ""
    key: str = ""

    @property
    def is_root(self) -> bool:
        """Whether it is no symptom of another finding."""
        return not self.caused_by

    def describe(self) -> dict[str, Any]:
        """As plain values, for Ansible and JSON."""
        return {**asdict(self), "peers": list(self.peers)}


def at_least(severity: str, limit: str) -> bool:
    """Whether a severity is as bad as the limit, or worse."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(limit)
