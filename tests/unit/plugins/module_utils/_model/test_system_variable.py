# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One comparable form for each value."""

from __future__ import annotations

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.system_variable import (
    BOOLEAN,
    DECIMAL,
    ENUM,
    FLAGS,
    INTEGER,
    LOG,
    NAME,
    SET,
    TEXT,
    VariableType,
    text_of,
)
from hypothesis import given
from hypothesis import strategies as st

FORMAT = VariableType(ENUM, choices=("MIXED", "STATEMENT", "ROW"))
GTID_MODE = VariableType(ENUM, choices=("OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"))
SIZE = VariableType(INTEGER, minimum=4096, maximum=1 << 30, block=4096)
LOG_NAME = VariableType(LOG, directory="/var/lib/mysql/")


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        (VariableType(NAME, utf8="utf8mb3"), "UTF8MB4", "utf8mb4"),
        (VariableType(NAME, utf8="utf8mb3"), "utf8", "utf8mb3"),
        (VariableType(NAME, utf8="utf8mb3"), "UTF8_General_CI", "utf8mb3_general_ci"),
        (VariableType(NAME, utf8="utf8mb3"), "utf8mb4_bin", "utf8mb4_bin"),
        (VariableType(NAME), " InnoDB", "innodb"),
        (VariableType(FLAGS), "MRR=off, hash_join=ON", "hash_join=on,mrr=off"),
        (
            VariableType(SET, stands_for={"ANSI": ("PIPES_AS_CONCAT", "ANSI_QUOTES")}),
            "ansi,X",
            "ANSI,ANSI_QUOTES,PIPES_AS_CONCAT,X",
        ),
        (VariableType(INTEGER, grain=1 << 27), "200M", "268435456"),
        (VariableType(INTEGER, grain=1 << 27), "128M", "134217728"),
        (VariableType(BOOLEAN), "1", "ON"),
        (VariableType(BOOLEAN), "true", "ON"),
        (VariableType(BOOLEAN), "On", "ON"),
        (VariableType(BOOLEAN), "yes", "ON"),
        (VariableType(BOOLEAN), "0", "OFF"),
        (VariableType(BOOLEAN), "FALSE", "OFF"),
        (VariableType(INTEGER), "100M", "104857600"),
        (VariableType(INTEGER), "1g", "1073741824"),
        (VariableType(INTEGER), " 007 ", "7"),
        (VariableType(INTEGER), "-1", "-1"),
        (SIZE, "8K", "8192"),
        (VariableType(DECIMAL), "10.000000", "10"),
        (VariableType(DECIMAL), "0.50", "0.5"),
        (FORMAT, "row", "ROW"),
        (FORMAT, "2", "ROW"),
        (VariableType(ENUM, choices=("none", "optimistic")), "OPTIMISTIC", "optimistic"),
        (GTID_MODE, "on", "ON"),
        (GTID_MODE, "1", "OFF_PERMISSIVE"),
        (GTID_MODE, "true", "ON"),
        (GTID_MODE, "no", "OFF"),
        (VariableType(ENUM), "table", "TABLE"),
        (VariableType(SET, choices=("A", "B", "C")), "c, a", "A,C"),
        (VariableType(SET), "", ""),
        (LOG_NAME, "binlog", "binlog"),
        (LOG_NAME, "mysql.x-bin.log", "mysql"),
        (LOG_NAME, "/var/lib/mysql/binlog", "binlog"),
        (LOG_NAME, "/var/log/mysql/mysql-bin.log", "/var/log/mysql/mysql-bin"),
        (LOG_NAME, "../log/binlog", "/var/lib/log/binlog"),
        (LOG_NAME, "sub/binlog", "sub/binlog"),
        (LOG_NAME, "OFF", "OFF"),
        (LOG_NAME, "/var/lib/mysql/OFF", "./OFF"),
        (VariableType(TEXT), "On", "On"),
    ],
)
def test_one_form_of_each_value(kind, value, normal):
    assert kind.normalise(value) == normal
    assert kind.normalise(normal) == normal


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (VariableType(BOOLEAN), "maybe", "ON or OFF"),
        (VariableType(BOOLEAN), "2", "ON or OFF"),
        (VariableType(INTEGER), "many", "whole number"),
        (VariableType(INTEGER), "1.5", "whole number"),
        (VariableType(INTEGER), "ON", "whole number"),
        (VariableType(INTEGER), "", "whole number"),
        (SIZE, "1", "least that it takes is 4096"),
        (SIZE, "2G", "most that it takes is 1073741824"),
        (SIZE, "5000", "multiples of 4096"),
        (VariableType(DECIMAL), "often", "a number"),
        (FORMAT, "BANANA", "MIXED, STATEMENT or ROW"),
        (FORMAT, "3", "MIXED, STATEMENT or ROW"),
        (FORMAT, "true", "MIXED, STATEMENT or ROW"),
        (VariableType(SET, choices=("A",)), "A,X", "X"),
        (LOG_NAME, ".log", "name of a file"),
    ],
)
def test_what_a_variable_does_not_take_is_said_in_words(kind, value, says):
    with pytest.raises(ValueError, match=says):
        kind.normalise(value)


@pytest.mark.parametrize(("value", "text"), [(True, "ON"), (False, "OFF"), (5, "5"), (0.5, "0.5"), ("x", "x"), (["A", "B"], "A,B")])
def test_yaml_values(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize("value", [None, {"a": 1}])
def test_yaml_values_that_are_none(value):
    with pytest.raises(ValueError, match="no value"):
        text_of(value)


@given(st.integers(min_value=0, max_value=1 << 70))
def test_integers_stay_exact(number):
    assert VariableType(INTEGER).normalise(str(number)) == str(number)


@given(st.sets(st.sampled_from("ABCDE")))
def test_order_in_a_set_means_nothing(members):
    kind = VariableType(SET, choices=tuple("ABCDE"))
    assert kind.normalise(",".join(sorted(members, reverse=True)).lower()) == kind.normalise(",".join(sorted(members)))
