# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs are kept in their order, no more than asked for, beside what others put there; the trend shows them."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from ansible_collections.dbops.mysql_replication.plugins.module_utils._model.refusal import Refusal
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.finding import SEVERITIES, Finding
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.judge import Judgement
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._checks.topology import Topology, Unreadable
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report import history, html_report, html_trend
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.audit import Run
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.files import write
from ansible_collections.dbops.mysql_replication.plugins.plugin_utils._report.predecessor import compared, read_predecessor

NOW = 1795624400.0


def run(folder, now=NOW, keep=100, criticals=1):
    """An audit that finds so much, written; gives it back."""
    findings = tuple(
        Finding("own.rule", "critical", "db1", "t", "e", "c", "r", key=f"own.rule@db1/{number}") for number in range(criticals)
    )
    topology = Topology((), (Unreadable("db1", "primary", "no route"),), now)
    audit = compared(topology, Judgement(findings, (), ()), read_predecessor(str(folder), keep), None, ())
    write(audit, str(folder), keep)
    return audit


def kept(folder):
    return sorted(path.name for path in (folder / "history").iterdir())


def criticals(folder):
    lines = [(folder / "history" / name).read_text().splitlines()[0] for name in kept(folder)]
    return [json.loads(line)["counts"]["critical"] for line in lines]


def test_a_run_is_kept_with_its_figures_and_findings(tmp_path):
    audit = run(tmp_path, criticals=2)
    (path,) = (tmp_path / "history").iterdir()
    head, *findings = map(json.loads, path.read_text().splitlines())
    assert head == {"format": 1, "taken": audit.taken, "counts": audit.counts}
    assert findings[0] == {
        **{"key": "own.rule@db1/0", "rule": "own.rule", "severity": "critical", "host": "db1", "caused_by": ""},
        "since": audit.taken,
    }
    assert len(findings) == 2


def test_only_the_last_runs_are_kept(tmp_path):
    for number in range(5):
        run(tmp_path, NOW + number, keep=3, criticals=number)
    assert criticals(tmp_path) == [2, 3, 4]


def test_no_run_is_kept_if_none_is_wanted(tmp_path):
    for _again in range(2):
        assert len(run(tmp_path, keep=0).runs) == 1
    assert kept(tmp_path) == []


def test_the_order_is_that_of_the_runs_whatever_the_clock_says(tmp_path):
    for number, now in enumerate([NOW, NOW, NOW + 9e8, NOW - 9e8, NOW]):
        audit = run(tmp_path, now, keep=4, criticals=number)
    assert criticals(tmp_path) == [1, 2, 3, 4]
    assert [one.counts["critical"] for one in audit.runs] == [1, 2, 3, 4]


def test_audits_at_once_keep_a_file_each(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: run(tmp_path, criticals=number), range(16)))
    assert sorted(criticals(tmp_path)) == list(range(16))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: run(tmp_path, keep=2), range(16)))
    assert 1 <= len(kept(tmp_path)) <= 2


def test_what_somebody_else_put_there_stays(tmp_path):
    history_folder = tmp_path / "history"
    history_folder.mkdir()
    strange = ["notes.txt", "00000001-backup.jsonl", "00000001-20261125T000000Z-0a1b2c3d.jsonl.gz", ".hidden"]
    for name in strange:
        (history_folder / name).write_text("mine")
    (history_folder / "00000002-20261125T000000Z-0a1b2c3d.jsonl").mkdir()
    (history_folder / "00000003-20261125T000000Z-0a1b2c3d.jsonl").symlink_to(tmp_path)
    before = kept(tmp_path)
    for number in range(3):
        run(tmp_path, NOW + number, keep=1)
    assert set(before) < set(kept(tmp_path))
    assert len(kept(tmp_path)) == len(before) + 1


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff\xfe\n", b"[]\n", b"null\n", b"[" * 5000, b"\x00" * 9999),
        b'{"format":2,"taken":"2026-11-25T00:00:00Z","counts":{}}\n',
        b'{"format":1,"taken":"2026-11-25T00:00:00Z","counts":{"critical":1}}\n',
        b'{"format":1,"taken":"<b>","counts":{"critical":1,"high":0,"medium":0,"low":0,"info":0}}\n',
        b'{"format":1,"taken":"2026-11-25T00:00:00Z","counts":{"critical":-1,"high":0,"medium":0,"low":0,"info":0}}\n',
        b'{"format":1,"taken":"2026-11-25T00:00:00Z","counts":{"critical":"1","high":0,"medium":0,"low":0,"info":0}}\n',
        b'{"format":1,"taken":"2026-11-25T00:00:00Z","counts":{"critical":true,"high":0,"medium":0,"low":0,"info":0}}\n',
    ],
)
def test_a_damaged_file_is_no_run_and_goes_with_its_time(tmp_path, content):
    run(tmp_path)
    (path,) = (tmp_path / "history").iterdir()
    path.write_bytes(content)
    assert len(run(tmp_path, NOW + 1).runs) == 1
    run(tmp_path, NOW + 2, keep=1)
    assert not path.exists()


def test_a_history_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "history").write_text("a file")
    with pytest.raises(Refusal, match="cannot write the report"):
        run(tmp_path)


def test_many_runs_are_read_in_no_time_and_drawn_in_no_more_than_so_much_room(tmp_path):
    run(tmp_path)
    (first,) = (tmp_path / "history").iterdir()
    text = first.read_text() + "x" * 100_000
    for number in range(2, 3001):
        (tmp_path / "history" / history.next_name([f"{number - 1:08}-"], "2026-11-25T00:00:00Z", "0a1b2c3d")).write_text(text)
    started = time.process_time()
    audit = run(tmp_path, keep=5000)
    assert time.process_time() - started < 2
    assert len(audit.runs) == history.MOST_DRAWN
    assert os.path.getsize(tmp_path / "report.html") < 200_000


class Page(HTMLParser):
    """The pictures and the text of the trend."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.labels, self.paths, self.words = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids += [values["id"]] if "id" in values else []
        self.labels += values.get("aria-labelledby", "").split()
        self.paths += [values["d"]] if tag == "path" else []

    def handle_data(self, data):
        self.words.append(data)


def runs_of(*figures):
    return [Run(f"2026-11-25T00:00:{number:02}Z", dict.fromkeys(SEVERITIES, figure)) for number, figure in enumerate(figures)]


def test_a_first_run_has_no_trend_and_a_second_has(tmp_path):
    run(tmp_path)
    assert "Trend" not in (tmp_path / "report.html").read_text()
    audit = run(tmp_path, NOW + 1)
    assert "<h2>Trend</h2><p>2 runs" in html_report.render(audit)


def test_each_severity_has_a_line_that_can_be_seen_and_be_read_out():
    page = Page(html_trend.render(runs_of(0, 3, 1)))
    assert page.paths == ["M0 28.0H200.0V2.0H400.0V19.3H600.0"] * len(SEVERITIES)
    assert page.labels == page.ids
    assert page.words.count("0 to 3 in 3 runs, now 1") == len(SEVERITIES)
    assert "2026-11-25T00:00:01Z" in page.words


def test_a_trend_without_findings_is_a_flat_line():
    assert Page(html_trend.render(runs_of(0, 0))).paths[0] == "M0 28.0H300.0V28.0H600.0"
