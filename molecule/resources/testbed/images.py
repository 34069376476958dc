# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images with a packaged server: built once, and found again by the hash of everything that goes into them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from testbed import debian
from testbed.engine import Engine, probed
from testbed.errors import TestbedError
from testbed.locks import lock
from testbed.servers import Server

CONTEXT = Path(__file__).resolve().parents[1] / "images"


def build_arguments(server: Server) -> dict[str, str]:
    """The arguments that the Containerfile takes, but for the base image."""
    return {
        "PACKAGES": " ".join(server.packages),
        "DAEMON": server.daemon,
        "VERSION": server.version,
        "SERVICE": server.service,
    }


def content_hash(files: Mapping[str, bytes], arguments: Mapping[str, str]) -> str:
    """Twelve hexadecimal digits that change with any file's name or content, and any build argument."""
    digest = hashlib.sha256()
    for kind, pairs in (("file", files), ("argument", {k: v.encode() for k, v in arguments.items()})):
        for name in sorted(pairs):
            digest.update(f"{kind} {len(name)} {name} {len(pairs[name])} ".encode())
            digest.update(pairs[name])
    return digest.hexdigest()[:12]


def image_name(server: Server) -> str:
    """The local image's name, with the hash of what goes into it as its tag."""
    files = {str(path.relative_to(CONTEXT)): path.read_bytes() for path in CONTEXT.rglob("*") if path.is_file()}
    files["apt.conf"] = debian.apt_options_here().encode()
    return f"localhost/dbops-testbed/{server.name}:{content_hash(files, build_arguments(server))}"


def ensure(engine: Engine, server: Server, cache: Path) -> tuple[Engine, str]:
    """The engine as it can run containers here, and the name of the server's image, built if it is missing.

    Raises TestbedError, with the path of the build's log, if it cannot be built.
    """
    image = image_name(server)
    if engine.try_run("image", "inspect", image).returncode == 0:
        return probed(engine, image, cache), image
    with lock(cache / "images.lock"):
        if engine.try_run("image", "inspect", image).returncode == 0:
            return probed(engine, image, cache), image
        print(f"building the image of {server.name} (once; a minute or two) …", file=sys.stderr, flush=True)
        base = debian.base_image(engine, server.suite, cache)
        engine = probed(engine, base, cache)
        _build(engine, server, base, image, cache)
    return engine, image


def _build(engine: Engine, server: Server, base: str, image: str, cache: Path) -> None:
    log = cache / f"image-{server.name}.log"
    arguments = {"BASE": base, **build_arguments(server)}
    with tempfile.TemporaryDirectory() as folder, log.open("w") as output:
        context = Path(folder) / "context"
        shutil.copytree(CONTEXT, context)
        (context / "apt.conf").write_text(debian.apt_options_here())
        command = [engine.program, "build", "--network=host", "--file", str(context / "Containerfile")]
        command += [f"--build-arg={name}={value}" for name, value in arguments.items()]
        status = subprocess.run(
            [*command, "--tag", image, str(context)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **engine.environment},
            check=False,
        ).returncode
    if status:
        raise TestbedError(
            f"the image of {server.name} could not be built",
            f"read {log}",
            "\n".join(log.read_text().splitlines()[-15:]),
        )
