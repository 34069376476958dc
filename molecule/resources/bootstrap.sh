#!/bin/sh
# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# bootstrap.sh python VENV               make a virtual environment with the first Python >= 3.11 that is found
# bootstrap.sh requirements VENV FILE    install the requirements of FILE into it
set -eu

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
        echo "bootstrap: \`$*\` needs root or sudo" >&2
        return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes "$@" >&2 ||
        { as_root apt-get update --quiet >&2 &&
          as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet --yes "$@" >&2; }
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    if ! python=$(find_python); then
        apt_install python3 python3-venv || true
        python=$(find_python) || {
            echo "bootstrap: Python 3.11 or newer is needed, and was not found." >&2
            echo "Way out: install one (Ubuntu 22.04: apt-get install python3.11-venv), or name it: make PYTHON=/path/to/python …" >&2
            exit 1
        }
    fi
    "$python" -m venv --clear "$1" >/dev/null 2>&1 && return
    apt_install "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    "$python" -m venv --clear "$1"
}

case "$1" in
    python)
        make_venv "$2"
        ;;
    requirements)
        echo "installing $3 into $2 …" >&2
        "$2/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$3"
        ;;
    *)
        sed -n '6,7s/^# //p' "$0" >&2
        exit 2
        ;;
esac
