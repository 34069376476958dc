# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pairs of servers for the integration tests: made when the first test needs one, mended or made anew after a failure."""

from __future__ import annotations

import sys
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "molecule" / "resources")]

from fault import perform  # noqa: E402
from faults import LEFT_OVER  # noqa: E402
from modules import Modules  # noqa: E402
from pair import Pair, bring_up, discard, is_kept, take_down  # noqa: E402
from playbook import Play, site  # noqa: E402

DEFAULT_SERVERS = ("mysql-9.7", "mariadb-10.11")
_FAILED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server", action="append", help=f"a server of the test bed; default: {' and '.join(DEFAULT_SERVERS)}")
    parser.addoption("--in-full", action="store_true", help="tests that are dealt out to the servers run on each of them")


def servers(config: pytest.Config) -> list[str]:
    return list(config.getoption("--server") or DEFAULT_SERVERS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``server_name`` runs on each server; one that is ``dealt`` on one of them, which its name decides."""
    if "server_name" in metafunc.fixturenames:
        names = servers(metafunc.config)
        if metafunc.definition.get_closest_marker("dealt") and not metafunc.config.getoption("--in-full"):
            names = [names[zlib.crc32(metafunc.definition.name.encode()) % len(names)]]
        metafunc.parametrize("server_name", names)


class Kind(NamedTuple):
    """What tests with this fixture work on: the seconds that one takes, and whether those of a server share a pair."""

    fixture: str
    seconds: int
    share: bool


#: The seconds are the mean of what the tests took on two cores that three workers share. They decide no more than an order, so
#: they must only be right beside each other, and a test that is added is counted without anybody's help.
_KINDS = (
    Kind("modules_on", 4, True),
    Kind("replicating", 30, True),
    Kind("own_pair", 42, True),
    Kind("pairs", 57, False),
)


def pytest_configure(config: pytest.Config) -> None:
    """Has xdist deal the groups out in our order: by itself it begins with the group of most tests, not with the longest."""
    config.option.loadscopereorder = False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Makes groups, and puts the longest first: a worker that has ended one takes the next, so the short ones even the ends out.

    First of its kind, because xdist reads the groups in this hook too.
    """
    groups = {item: _group(item) for item in items}
    seconds = Counter[str]()
    for item in items:
        seconds[groups[item]] += _kind(item).seconds
        item.add_marker(pytest.mark.xdist_group(groups[item]))
    # Of two alike the first to be collected: the servers are named with the slower one first.
    order = sorted(seconds, key=lambda group: -seconds[group])
    items.sort(key=lambda item: order.index(groups[item]))


def _group(item: pytest.Item) -> str:
    """The tests that run one after the other in one worker, because they share a pair."""
    assert isinstance(item, pytest.Function)
    server_name = item.callspec.params.get("server_name") or item.callspec.params["name"]
    kind = _kind(item)
    return f"{server_name}-{kind.fixture if kind.share else item.originalname}"


def _kind(item: pytest.Item) -> Kind:
    assert isinstance(item, pytest.Function)
    return next(kind for kind in _KINDS if kind.fixture in item.fixturenames)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Where xdist does not see the groups, every worker makes every pair, and nothing but the time tells."""
    if session.config.getoption("loadgroup", False):
        assert all("@" in item.nodeid for item in session.items), "xdist does not group the tests: see requirements/dev.txt"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@dataclass
class Pairs:
    """The pairs that are up, by label; a label in ``doubtful`` was left by a test that failed.

    ``first_runs``: what ``site`` predicted and did on a pair on which nothing was configured, by server.
    """

    up: dict[str, Pair] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    first_runs: dict[str, tuple[Play, Play]] = field(default_factory=dict)

    def bare(self, server_name: str, label: str) -> Pair:
        """A pair on which nothing is configured yet."""
        if label in self.up or is_kept(label):
            discard(self.up.pop(label, None) or bring_up(server_name, label))
        self.up[label] = bring_up(server_name, label)
        return self.up[label]

    def drop(self, label: str) -> None:
        """Removes a pair that no other test can use."""
        discard(self.up.pop(label))

    def replicating(self, server_name: str) -> Pair:
        """The pair on which ``site`` has run; one that a failed test left, or an earlier session, is mended or made anew."""
        if server_name not in self.up:
            if not is_kept(server_name):
                return self.fresh(server_name)
            self.up[server_name] = bring_up(server_name, server_name)
            self.doubtful.add(server_name)
        if server_name in self.doubtful:
            self.doubtful.discard(server_name)
            if not self._is_mended(self.up[server_name]):
                return self.fresh(server_name)
        return self.up[server_name]

    def fresh(self, server_name: str) -> Pair:
        """The pair made anew; what ``site`` predicted and did on it is kept."""
        pair = self.bare(server_name, server_name)
        self.first_runs[server_name] = site(pair, "--check"), site(pair)
        run = self.first_runs[server_name][1]
        assert run.failure is None, f"site fails on a fresh pair: {run.failure}"
        pair.make_table()
        pair.await_applied()
        return pair

    def take_down(self) -> None:
        for pair in self.up.values():
            take_down(pair)

    @staticmethod
    def _is_mended(pair: Pair) -> bool:
        try:
            perform(pair, LEFT_OVER)
            if site(pair).failure is None:
                pair.make_table()
                pair.await_healthy()
                pair.prove_replication("after a failed test")
                return True
        except AssertionError:
            pass
        return False


@pytest.fixture(scope="session")
def pairs() -> Iterator[Pairs]:
    """All pairs of this session."""
    found = Pairs()
    yield found
    found.take_down()


@pytest.fixture
def own_pair(request: pytest.FixtureRequest, server_name: str, pairs: Pairs) -> Iterator[Pair]:
    """A replicating pair apart from that of most tests; what one of them spoils, or fails on, is removed."""
    label = f"{server_name}-own"
    if label not in pairs.up:
        pair = pairs.bare(server_name, label)
        assert site(pair).failure is None
        pair.make_table()
        for number in range(3):
            pair.prove_replication(f"before {number}")
    yield pairs.up[label]
    if request.node.get_closest_marker("spoils") or request.node.stash.get(_FAILED, False):
        pairs.drop(label)


@pytest.fixture
def own_modules(own_pair: Pair) -> Iterator[Modules]:
    """The modules on the own pair: what they refuse, or leave as it is, they do within the playbook too, and there at its price."""
    with closing(Modules(own_pair)) as modules:
        yield modules


@pytest.fixture
def replicating(request: pytest.FixtureRequest, pairs: Pairs) -> Iterator[Callable[[str], Pair]]:
    """Gives the replicating pair of a server; a test that fails leaves it to be mended before the next."""
    taken: list[str] = []

    def take(server_name: str) -> Pair:
        taken.append(server_name)
        return pairs.replicating(server_name)

    yield take
    if request.node.stash.get(_FAILED, False):
        pairs.doubtful.update(taken)


@pytest.fixture
def modules_on(
    request: pytest.FixtureRequest, replicating: Callable[[str], Pair], copies: dict[str, Modules]
) -> Iterator[Callable[[str], Modules]]:
    """Gives the modules on the pair of a server, in the state that a run of all of them leaves."""
    taken: list[str] = []

    def take(server_name: str) -> Modules:
        pair = replicating(server_name)
        taken.append(server_name)
        if server_name not in copies:
            copies[server_name] = Modules(pair)
            run = copies[server_name].site()
            assert run.failure is None, f"the pair is not sound before the test: {run.failure}"
        return copies[server_name]

    yield take
    if request.node.stash.get(_FAILED, False):
        for server_name in taken:
            copies.pop(server_name).close()


@pytest.fixture(scope="session")
def copies() -> Iterator[dict[str, Modules]]:
    found: dict[str, Modules] = {}
    yield found
    for modules in found.values():
        modules.close()
