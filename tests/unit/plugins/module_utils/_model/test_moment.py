# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moments are in UTC and in whole seconds."""

from __future__ import annotations

from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.moment import moment


def test_moments_are_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    assert moment(1795600800.987) == "2026-11-25T10:00:00Z"
