# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test bed's command line: ``python3 -m testbed up|down|sql|play|molecule|link|images --help``."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from pathlib import Path

from testbed import ansible, images, model, sql, topology
from testbed.engine import detect
from testbed.errors import TestbedError
from testbed.locks import lock
from testbed.servers import SERVERS, server
from testbed.state import State

PROJECT = Path(__file__).resolve().parents[3]
CACHE = PROJECT / ".cache" / "testbed"
DEFAULT_SERVER = "mysql-9.7"


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="testbed", description="MySQL and MariaDB servers in containers, for practice and tests")
    top.add_argument("--state", type=Path, default=PROJECT / ".practice", help="the topology's folder on this machine")
    top.add_argument("--name", default="practice", help="what containers and network are named by")
    commands = top.add_subparsers(dest="command", required=True)

    up = commands.add_parser("up", help="bring a topology up, or complete it; writes inventory.yml into its folder")
    up.add_argument("--server", default=os.environ.get("TESTBED_SERVER", DEFAULT_SERVER), help=f"one of {', '.join(SERVERS)}")
    up.add_argument("--replicas", type=int, default=1, help="how many replicas")
    up.add_argument("--platforms", help="the hosts as JSON instead: [{name, groups, server, tls}, …]")
    up.add_argument("--tls", action=argparse.BooleanOptionalAction, help="hand certificates of an own CA out")
    up.add_argument("--clone-uuid", action="store_true", help="give all servers the same auto.cnf")
    up.add_argument("--bare-client", action="store_true", help="remove PyMySQL from the machines")
    up.set_defaults(run=run_up)

    commands.add_parser("down", help="remove the topology and its folder").set_defaults(run=run_down)

    statements = commands.add_parser("sql", help="run the statements in $TESTBED_SQL on a host, as root")
    statements.add_argument("host")
    statements.set_defaults(run=run_sql)

    play = commands.add_parser("play", help="run a playbook of the collection, with the arguments in $TESTBED_ARGS")
    play.add_argument("playbook")
    play.set_defaults(run=run_play)

    molecule = commands.add_parser("molecule", help="run a scenario of Molecule, with the arguments in $TESTBED_ARGS")
    molecule.add_argument("scenario")
    molecule.set_defaults(run=run_molecule)

    link = commands.add_parser("link", help="make the tree of links for ANSIBLE_COLLECTIONS_PATH, and print where it is")
    link.set_defaults(run=run_link)

    build = commands.add_parser("images", help="build the images of these servers (all, if none is named)")
    build.add_argument("servers", nargs="*", default=list(SERVERS))
    build.set_defaults(run=run_images)
    return top


def run_up(arguments: argparse.Namespace) -> int:
    """Bring a topology up, or complete the one that is there."""
    started = time.monotonic()
    state = State(arguments.state)
    if arguments.platforms:
        hosts = model.hosts_from_platforms(json.loads(arguments.platforms), arguments.server)
    else:
        hosts = model.pair(arguments.server, arguments.replicas, arguments.tls)
    options = model.Options(arguments.clone_uuid, arguments.bare_client)
    name = model.topology_name(arguments.name, state.folder)
    wanted = model.Topology(name, hosts, secrets.token_urlsafe(18), options)
    with lock(CACHE / f"{name}.lock"):
        running = state.load()
        wanted = model.merged(running, wanted) if running else wanted
        topology.up(detect(CACHE), wanted, state, CACHE)
    ansible.link_collection(PROJECT)
    print(f"up after {time.monotonic() - started:.1f} s: {model.describe(wanted)}; inventory: {state.inventory}")
    return 0


def run_down(arguments: argparse.Namespace) -> int:
    """Remove the topology."""
    state = State(arguments.state)
    name = model.topology_name(arguments.name, state.folder)
    with lock(CACHE / f"{name}.lock"):
        topology.down(detect(CACHE), name, state)
    return 0


def run_sql(arguments: argparse.Namespace) -> int:
    """Run the SQL in $TESTBED_SQL on a host."""
    statements = os.environ.get("TESTBED_SQL", "")
    if not statements.strip():
        raise TestbedError("there is no SQL to run", "make sql HOST=primary SQL='SELECT VERSION()'")
    return sql.run(detect(CACHE), State(arguments.state).require(), arguments.host, statements)


def run_play(arguments: argparse.Namespace) -> int:
    """Run a playbook on the topology; does not return."""
    state = State(arguments.state)
    state.require()
    return ansible.play(PROJECT, state.inventory, arguments.playbook, arguments_from_environment())


def run_molecule(arguments: argparse.Namespace) -> int:
    """Run Molecule's tests; does not return."""
    return ansible.molecule(PROJECT, arguments.scenario, arguments_from_environment())


def arguments_from_environment() -> list[str]:
    """What was given as ARGS to make."""
    return ansible.split_arguments(os.environ.get("TESTBED_ARGS", ""))


def run_link(_arguments: argparse.Namespace) -> int:
    """Make the working tree importable as the collection."""
    print(ansible.link_collection(PROJECT))
    return 0


def run_images(arguments: argparse.Namespace) -> int:
    """Build images ahead of time."""
    engine = detect(CACHE)
    for name in arguments.servers:
        engine, image = images.ensure(engine, server(name), CACHE)
        print(f"{name}: {image}")
    return 0


def main() -> int:
    """Carry a command out; failures are told on standard error."""
    arguments = parser().parse_args()
    try:
        status: int = arguments.run(arguments)
    except TestbedError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
