# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base images: pulled from a registry if one answers, else made with mmdebstrap from the mirror that apt uses here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from testbed import packages
from testbed.engine import Engine
from testbed.errors import TestbedError

REGISTRY = os.environ.get("TESTBED_REGISTRY", "docker.io/library")
REGISTRY_PROBE = "https://registry-1.docker.io/v2/"
REGISTRY_TIMEOUT = 3.0
DEFAULT_MIRROR = "http://deb.debian.org/debian"
# What of this machine's apt must hold in the containers too, or their apt could not read the same mirror.
APT_OPTIONS = re.compile(r'^(Acquire::(?:Check-Valid-Until|Check-Date|https?::Proxy)) "([^"]*)";$', re.MULTILINE)


def registry_answers() -> bool:
    """Whether a pull has a chance: the registry answers within seconds, be it that it wants a login (401)."""
    try:
        urllib.request.urlopen(REGISTRY_PROBE, timeout=REGISTRY_TIMEOUT).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def apt_options(dump: str) -> str:
    """The text of an apt.conf with those options of `apt-config dump` that reaching the mirror needs."""
    return "".join(f'{name} "{value}";\n' for name, value in APT_OPTIONS.findall(dump))


def mirror_of(targets: str) -> str:
    """The first Debian mirror in lines of `apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)'`."""
    for line in targets.splitlines():
        fields = line.split()
        if fields[1:] == ["Debian", "Debian"]:
            return fields[0].rstrip("/")
    return DEFAULT_MIRROR


def _output(*command: str) -> str:
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def apt_options_here() -> str:
    """What of this machine's apt options the containers take over."""
    return apt_options(_output("apt-config", "dump"))


def mirror_here() -> str:
    """The Debian mirror that apt uses here."""
    return mirror_of(_output("apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)"))


def base_image(engine: Engine, suite: str, cache: Path) -> str:
    """The name of a local image that holds a minimal Debian of that suite, made if it is missing.

    Raises TestbedError if it can neither be pulled nor made.
    """
    made = f"localhost/dbops-testbed/debian:{suite}"
    pulled = f"{REGISTRY}/debian:{suite}-slim"
    for image in (pulled, made):
        if engine.try_run("image", "inspect", image).returncode == 0:
            return image
    if registry_answers() and engine.try_run("pull", pulled, timeout=600).returncode == 0:
        return pulled
    _bootstrap(engine, suite, made, cache)
    return made


def _bootstrap(engine: Engine, suite: str, image: str, cache: Path) -> None:
    packages.require("mmdebstrap", "mmdebstrap", "debian-archive-keyring")
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"debian-{suite}.tar"
    log = cache / f"debian-{suite}.log"
    options = [f"--aptopt={line}" for line in apt_options_here().splitlines()]
    command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", *options, suite, str(archive)]
    with log.open("w") as output:
        status = subprocess.run([*command, mirror_here()], stdout=output, stderr=output, check=False).returncode
    if status:
        raise TestbedError(
            f"mmdebstrap could not make a Debian {suite} from {mirror_here()}",
            f"read {log}; apt on this machine must reach a Debian mirror",
            "\n".join(log.read_text().splitlines()[-15:]),
        )
    try:
        engine.run("import", str(archive), image)
    finally:
        archive.unlink(missing_ok=True)
