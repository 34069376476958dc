# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dataclasses as plain values and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.plain import NotPlain, from_plain, to_plain


@dataclass(frozen=True)
class Wheel:
    size: int
    spokes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cart:
    name: str
    load: float
    wheels: tuple[Wheel, ...] = ()
    spare: Optional[Wheel] = None
    notes: Mapping[str, str] = field(default_factory=dict)
    by_side: Mapping[str, Wheel] = field(default_factory=dict)
    braked: bool = False
    format: int = 1


FULL = Cart("a", 1.5, (Wheel(3, ("x",)), Wheel(4)), Wheel(5), {"k": "v"}, {"left": Wheel(1)}, True)


def test_what_goes_out_comes_back():
    assert from_plain(Cart, to_plain(FULL)) == FULL


def test_defaults_are_left_out_but_for_the_format():
    assert to_plain(Cart("a", 0.0)) == {"name": "a", "load": 0.0, "format": 1}


def test_a_whole_number_does_for_a_number():
    assert from_plain(Cart, {"name": "a", "load": 2}).load == 2.0


def test_subclasses_of_text_are_text():
    class Tagged(str):
        pass

    assert from_plain(Cart, {"name": Tagged("a"), "load": 1.0, "notes": {"k": Tagged("v")}}).notes == {"k": "v"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "it is NoneType"),
        ({"name": "a"}, "it lacks load"),
        ({"name": 1, "load": 1.0}, "name is int where a text belongs"),
        ({"name": "a", "load": True}, "load is bool"),
        ({"name": "a", "load": 1.0, "lid": 1}, "it holds lid"),
        ({"name": "a", "load": 1.0, "wheels": [{"size": "big"}]}, r"wheels\[0\].size is str where a whole number belongs"),
        ({"name": "a", "load": 1.0, "wheels": "oo"}, "wheels is str where a list belongs"),
        ({"name": "a", "load": 1.0, "spare": []}, "spare is list where a dictionary belongs"),
        ({"name": "a", "load": 1.0, "notes": {"k": 1}}, "notes.k is int"),
        ({"name": "a", "load": 1.0, "braked": 1}, "braked is int where true or false belongs"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(value, words):
    with pytest.raises(NotPlain, match=words):
        from_plain(Cart, value)
