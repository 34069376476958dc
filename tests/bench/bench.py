# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make bench``: what a run that changes nothing costs, what reading a server costs, how fast the audit judges and names a root.

Everything is measured in one run on the same machines, runs alternate, and what counts are ratios of medians. Arguments name the
parts to run, all of them without any.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# The test bed, and the pairs of the integration tests, are no packages of this environment.
sys.path[:0] = [str(PROJECT / "molecule" / "resources"), str(PROJECT / "tests" / "integration")]

from change_log import change_log_figures  # noqa: E402
from checksum import checksum_figures  # noqa: E402
from copying import copying_figures  # noqa: E402
from judging import judging_figures  # noqa: E402
from large import large_figures  # noqa: E402
from measure import STATE, testbed  # noqa: E402
from monitoring import monitoring_figures  # noqa: E402
from no_op import growth_figures, import_figures, pair_figures  # noqa: E402
from outage import outage_figures  # noqa: E402
from reading import reading_figures  # noqa: E402

PARTS = {
    "imports": import_figures,
    "judging": judging_figures,
    "no-op": pair_figures,
    "reading": reading_figures,
    "outage": outage_figures,
    "change-log": change_log_figures,
    "monitoring": monitoring_figures,
    "growth": growth_figures,
    "large": large_figures,
    "checksum": checksum_figures,
    "copying": copying_figures,
}


def main() -> int:
    """Measures, prints a table, and keeps it as JSON."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="part", help=", ".join(PARTS))
    wanted = parser.parse_args().parts or list(PARTS)
    STATE.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        for part in wanted:
            rows += PARTS[part]()
    finally:
        for name in ("pair", "peer", "growth", "mariadb"):
            testbed(name, "down")
    for name, value in rows:
        print(f"{name:<60} {value}")
    (STATE / "figures.json").write_text(json.dumps(dict(rows), indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
