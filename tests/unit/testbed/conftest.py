# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test bed is no part of the collection: its package lies beside Molecule's playbooks."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "molecule" / "resources"))
# pytest made a module of this folder, which has the package's name.
sys.modules.pop("testbed", None)
importlib.import_module("testbed")
