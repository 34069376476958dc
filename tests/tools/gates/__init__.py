# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The quality gates: what `make lint`, `unit`, `sanity`, `build` and `test` run. Standard library only, Python 3.11 or newer."""
