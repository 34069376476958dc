# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as users get it: built from the sources, installed into a path of its own, and looked at there."""

from __future__ import annotations

import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import yaml

from gates import lint, venvs
from gates.checks import Check, run_checks
from gates.project import CACHE, COLLECTION, NAME, NAMESPACE, PROJECT
from gates.sources import copy_collection

BUILT = CACHE / "build"
INSTALLED = CACHE / "installed"
