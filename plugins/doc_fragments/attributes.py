# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all modules that change a server can do."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Predicts exactly the steps that a run takes, and writes nothing.
  diff_mode:
    support: full
    description: Shows each changed object before and after; secrets are masked.
  platform:
    support: full
    platforms: posix
    description: Platforms on which the module runs.
"""

    CONTROLLER = r"""
options: {}
attributes:
  action:
    support: full
    description: Runs on the controller.
  platform:
    support: full
    platforms: posix
    description: Platforms on which the module runs.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: The module only reads.
  diff_mode:
    support: N/A
    description: The module changes nothing.
"""
