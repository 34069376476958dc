# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python3 -m gates lint|format|unit|sanity|build|molecule``, or ``test PART…`` for parts of `make test`, ``A+B`` at once."""

from __future__ import annotations

import sys

from gates import artifact, lint, molecule, parts, sanity, unit

GATES = {
    "lint": lint.run,
    "format": lint.reformat,
    "unit": unit.run,
    "sanity": sanity.run,
    "build": artifact.run,
    "molecule": molecule.run,
}


def main(arguments: list[str]) -> int:
    match arguments:
        case ["test", *words] if words:
            return parts.run(words)
        case [name] if name in GATES:
            return GATES[name]()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
