# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies come up and go away: network, containers, the wait until servers answer."""

from __future__ import annotations

import ipaddress
import json
import random
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from testbed import images, inventory, tls
from testbed.engine import (
    Cgroups,
    Engine,
    make_cgroup_folder,
    needs_cgroup_folder,
    remove_cgroup_folders,
    systemd_arguments,
)
from testbed.errors import TestbedError
from testbed.handover import hand_over
from testbed.inventory import Reach
from testbed.model import Host, Topology, address_candidates
from testbed.servers import Server, server
from testbed.state import State

T = TypeVar("T")
R = TypeVar("R")
LABEL = "dbops.testbed"
SERVER_LABEL = "dbops.testbed.server"
# Set aside for test beds by RFC 2544: no home, office or cloud network uses it.
TEST_NETWORKS = list(ipaddress.ip_network("198.18.0.0/15").subnets(new_prefix=24))
SSH_PORT = 22
READY_TIMEOUT = 180
SSH_TIMEOUT = 10.0
READY_SCRIPT = """\
until case "$(systemctl is-system-running 2>/dev/null)" in running|degraded) true;; *) false;; esac; do sleep 0.1; done
until systemctl is-active --quiet ssh; do sleep 0.1; done
until "$1" ping >/dev/null 2>&1; do
  ! systemctl is-failed --quiet "$2" || exit 1
  sleep 0.1
done
"""


def up(engine: Engine, topology: Topology, state: State, cache: Path) -> None:
    """Bring the topology about, from nothing, from half of it, or with more hosts than before; write its inventory.

    Raises TestbedError when an image, a container or a server does not come up.
    """
    image_of = {}
    for name in dict.fromkeys(host.server for host in topology.hosts):
        engine, image_of[name] = images.ensure(engine, server(name), cache)
    state.save(topology)
    subnet = ensure_network(engine, topology.name)

    def bring(job: tuple[int, Host]) -> str:
        position, host = job
        ensure_container(engine, topology, host, image_of[host.server], address_candidates(subnet, position))
        wait_until_ready(engine, topology.container(host), server(host.server))
        return address_of(engine, topology, host)

    found = in_parallel(bring, enumerate(topology.hosts))
    addresses = {host.name: ip for host, ip in zip(topology.hosts, found, strict=True)}
    public_key = state.public_key()
    certificates = {
        host.name: tls.server_certificate(state.tls, host.name, addresses[host.name]) for host in topology.hosts if host.tls
    }
    in_parallel(lambda host: hand_over(engine, topology, host, public_key, certificates.get(host.name)), topology.hosts)
    reaches = {host.name: reach(engine, topology.container(host), addresses[host.name]) for host in topology.hosts}
    text = inventory.render(topology, reaches, str(state.key.resolve()), str(state.change_log.resolve()))
    state.write(state.inventory, text)


def down(engine: Engine, name: str, state: State) -> None:
    """Remove the topology's containers, network, control group folders and folder of state; nothing else."""
    listed = engine.run("ps", "--all", "--filter", f"label={LABEL}={name}", "--format", "{{.Names}}").split()
    in_parallel(lambda container: remove_container(engine, container), listed)
    if engine.cgroups is not Cgroups.UNIFIED:
        for container in listed:
            remove_cgroup_folders(container)
    if engine.try_run("network", "inspect", name).returncode == 0:
        engine.run("network", "rm", name)
    state.remove()


def ensure_network(engine: Engine, name: str) -> str:
    """The subnet of the topology's network, which is made if it is missing.

    Its addresses are drawn by chance, so that no two topologies share one, not even one after the other.
    """
    known = engine.try_run("network", "inspect", name)
    if known.returncode == 0:
        return subnet_of(json.loads(known.stdout)[0])
    complaint = ""
    for subnet in random.sample(TEST_NETWORKS, 10):
        made = engine.try_run("network", "create", f"--label={LABEL}={name}", f"--subnet={subnet}", name)
        if made.returncode == 0:
            return str(subnet)
        complaint = made.stderr
    raise TestbedError(f"the network {name} could not be made", detail=complaint)


def subnet_of(network: dict[str, object]) -> str:
    """The IPv4 subnet in what `network inspect` says of one network, in podman's words or Docker's."""
    ipam = network.get("IPAM")
    subnets = ipam.get("Config") if isinstance(ipam, dict) else network.get("subnets")
    if not isinstance(subnets, list) or not subnets:
        raise TestbedError(f"the network {network.get('name', network.get('Name'))} has no subnet")
    return str(subnets[0].get("subnet", subnets[0].get("Subnet")))


def run_arguments(engine: Engine, topology: Topology, host: Host, image: str, ip: str) -> list[str]:
    """The arguments with which the engine makes and starts the host's container."""
    container = topology.container(host)
    return [
        "run",
        "--detach",
        f"--name={container}",
        f"--hostname={host.name}",
        f"--label={LABEL}={topology.name}",
        f"--label={SERVER_LABEL}={host.server}",
        f"--network={topology.name}",
        f"--network-alias={host.name}",
        f"--ip={ip}",
        f"--publish=127.0.0.1::{SSH_PORT}",
        # A volume of its own, filled from the image: an overlay cannot rename the image's folders, as MySQL does after a clone.
        "--volume=/var/lib/mysql",
        *systemd_arguments(engine, server(host.server).systemd, container),
        image,
        "/sbin/init",
    ]


def ensure_container(engine: Engine, topology: Topology, host: Host, image: str, ips: Sequence[str]) -> None:
    """Make the host's container, or start it if it is there and stopped; a half-made one is made anew.

    It gets the first of ``ips`` that is free. Raises TestbedError if it runs another server, or cannot be made.
    """
    container = topology.container(host)
    status = settled_status(engine, container)
    if status:
        template = f'{{{{index .Config.Labels "{SERVER_LABEL}"}}}}'
        found = engine.run("container", "inspect", "--format", template, container).strip()
        if found and found != host.server:
            raise TestbedError(f"{container} runs {found}, and not {host.server}", "take it down first (make down)")
    if status == "running":
        return
    if needs_cgroup_folder(systemd_arguments(engine, server(host.server).systemd, container)):
        make_cgroup_folder(container)
    if status in ("exited", "stopped"):
        engine.run("start", container)
        return
    complaint = ""
    for ip in ips:
        remove_container(engine, container)
        made = engine.try_run(*run_arguments(engine, topology, host, image, ip))
        if made.returncode == 0:
            return
        complaint = made.stderr
        # podman keeps the address of a container whose making was cut short
        if "already allocated" not in complaint and "already in use" not in complaint:
            break
    raise TestbedError(f"the container {container} could not be made", detail=complaint)


def settled_status(engine: Engine, container: str) -> str:
    """The container's status, or "" if there is none; one that is being made gets some time to become something.

    For an interrupted run leaves the engine at work.
    """
    status = ""
    for _attempt in range(20):
        status = engine.try_run("container", "inspect", "--format", "{{.State.Status}}", container).stdout.strip()
        if status in ("", "running", "exited", "stopped"):
            return status
        time.sleep(0.2)
    return status


def remove_container(engine: Engine, container: str) -> None:
    """Remove the container with its volumes, if it is there; raises TestbedError if it stays.

    Docker's `rm --force` kills at once; podman's asks first, and waits.
    """
    at_once = ["--time=0"] if engine.is_podman else []
    removed = None
    for _attempt in range(5):
        if engine.try_run("container", "inspect", container).returncode:
            return
        removed = engine.try_run("rm", "--force", "--volumes", *at_once, container)
        if removed.returncode == 0:
            return
        time.sleep(0.5)
    raise TestbedError(f"the container {container} cannot be removed", detail=removed.stderr if removed else "")


def address_of(engine: Engine, topology: Topology, host: Host) -> str:
    """The host's address on the topology's network."""
    template = f'{{{{(index .NetworkSettings.Networks "{topology.name}").IPAddress}}}}'
    return engine.run("container", "inspect", "--format", template, topology.container(host)).strip()


def wait_until_ready(engine: Engine, container: str, kind: Server) -> None:
    """Return once systemd has started everything and the server answers; raises TestbedError with its journal."""
    limit = ["timeout", str(READY_TIMEOUT)]
    arguments = ["sh", "-c", READY_SCRIPT, "sh", kind.admin, kind.service]
    if engine.try_run("exec", container, *limit, *arguments).returncode == 0:
        return
    journal = engine.try_run("exec", container, "journalctl", "--no-pager", "--lines=25")
    logs = engine.try_run("logs", "--tail=25", container)
    detail = journal.stdout + logs.stdout + logs.stderr
    way_out = f"look around in it: {engine.program} exec -it {container} bash"
    if "Too many open files" in detail or "inotify" in detail:
        way_out = "take topologies down, or allow more: sysctl fs.inotify.max_user_instances=1024"
    raise TestbedError(f"{container} did not come up", way_out, detail)


def reach(engine: Engine, container: str, ip: str) -> Reach:
    """How the container's sshd is reached from here: at its address, else at its published port."""
    deadline = time.monotonic() + SSH_TIMEOUT
    published = engine.run("port", container, f"{SSH_PORT}/tcp").split()[0].rpartition(":")[2]
    while time.monotonic() < deadline:
        if _answers(ip, SSH_PORT):
            return Reach(ip, SSH_PORT, ip)
        if _answers("127.0.0.1", int(published)):
            return Reach("127.0.0.1", int(published), ip)
        time.sleep(0.2)
    raise TestbedError(f"sshd of {container} answers neither at {ip}:{SSH_PORT} nor at 127.0.0.1:{published}")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1.0) as connection:
            connection.settimeout(1.0)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def in_parallel(job: Callable[[T], R], values: Iterable[T]) -> list[R]:
    """Do the job for all values side by side, each to its end, then return what came of them in their order.

    Raises the first one's exception, if any.
    """
    with ThreadPoolExecutor(max_workers=8) as pool:
        futures = [pool.submit(job, value) for value in values]
    return [future.result() for future in futures]
