# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of a server's errors without the secrets in the statements that they quote.

An applier's error quotes the statement that failed, and a binary log holds statements about accounts with their secret: on MySQL
the hash, on MariaDB whatever was written, a clear password too. (Seen on 9.7 and 11.8: SHOW REPLICA STATUS, error log.)
"""

from __future__ import annotations

import re

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.secret import MASK

_GAP = r"(?:\s|/\*.*?\*/|(?:#|--)[^\n]*\n)"
# "using password: YES" and a column 'password' carry none.
_PASSWORD = rf"(?:\w*_)?PASSWORD(?={_GAP}*(?:[(=]|FOR\b)|{_GAP}+['\"])|(?<!['`\"])PASSWORD(?=['\"])"
_SECRET_FOLLOWS = re.compile(rf"\b(?:IDENTIFIED\b|{_PASSWORD})", re.IGNORECASE | re.DOTALL)


def without_secrets(text: str) -> str:
    """The text up to what a secret may follow: quotes within quotes do not tell where the secret ends, so the rest is masked."""
    found = _SECRET_FOLLOWS.search(text)
    return f"{text[: found.end()]} {MASK}" if found else text
