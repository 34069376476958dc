# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Code that runs on managed hosts is tested on all Pythons; that of the controller and the test bed from 3.11 on."""

from __future__ import annotations

import sys

CONTROLLER_ONLY = ["testbed", "plugins/plugin_utils", "plugins/action", "plugins/callback", "plugins/filter"]

collect_ignore = CONTROLLER_ONLY if sys.version_info < (3, 11) else []
