# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kind of value somebody gave, in the words of YAML."""

from __future__ import annotations

from collections.abc import Mapping

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (str, "a string"),
    ((int, float), "a number"),
    (Mapping, "a dictionary"),
    ((list, tuple), "a list"),
    (type(None), "empty"),
)


def kind_of(value: object) -> str:
    """Ansible has types of its own, whose names say nothing to people."""
    return next((name for types, name in _KINDS if isinstance(value, types)), type(value).__name__)
