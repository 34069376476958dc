# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things lie in this checkout."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
CACHE = PROJECT / ".cache"
REQUIREMENTS = PROJECT / "requirements"
LOGS = CACHE / "gates" / "logs"
RESULTS = CACHE / "gates" / "results"
#: Molecule's configuration (.config/molecule/config.yml) has pytest write there.
SCENARIO_RESULTS = CACHE / "gates" / "scenarios"
NAMESPACE, NAME = COLLECTION = ("dbops", "mysql_replication")
