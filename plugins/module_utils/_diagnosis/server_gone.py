# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy that lost one of its servers: by whatever method it came, people read the same cause and the same way out."""

from __future__ import annotations

import re

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal

# As client libraries and the vendors' programs put it; "Server has gone away" is MariaDB's, and so is what TLS says of it.
_SAID = re.compile(
    r"(?i)\bserver has gone away|\blost connection to|\bcan't connect to|\bserver shutdown in progress|\bunexpected eof\b"
)


def says_gone(said: str) -> bool:
    """Whether a program that works with a server lost it."""
    return _SAID.search(said) is not None


def explain_gone(server: str, meanwhile: str, seen: str) -> Refusal:
    """``meanwhile``: a clause that says what the copy did; ``seen``: in which words the program said it."""
    return Refusal(
        f"{server} went away while {meanwhile}: its server was ended or restarted, or the connection was lost\nSeen: {seen}",
        f"see why on {server} (systemctl status mysql mariadb, its error log, the kernel's for a lack of memory); start it, then"
        " run again: the copy begins anew",
    )
