# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real Prometheus, Alertmanager, exporters and servers: each fault makes its own alert fire, reach whom it is for, and clear."""

from __future__ import annotations

import json
import time

import pytest
from faults import FAULTS, Fault, at, on
from watch import PROJECT, Watch, play, until

MAINTENANCE = "/var/lib/prometheus/node-exporter/maintenance.prom"
# Prometheus's answers to a range that Grafana fills in.
GRAFANA = {"$__rate_interval": "10s", "$__range": "5m", "$host": ".*"}


def test_a_sound_pair_alarms_nobody(watch: Watch) -> None:
    watch.settle()
    began = time.time()

    def looks() -> list:
        return watch.query(f"count_over_time(mysql_up[{int(time.time() - began) + 1}s]) > 20")

    until("20 looks at each server", lambda: len(looks()) == 2)
    assert watch.fired(began) == set()
    assert {one["metric"]["host"] for one in watch.query("mysql_replication:lag_seconds < 5")} == {"replica1"}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_makes_its_alert_fire_and_clear(fault: Fault, watch: Watch, times: list) -> None:
    watch.settle()
    named = {"alertname": fault.alert, "host": fault.host}
    began = time.time()

    def told(path: str, status: str) -> list:
        alerts = watch.told(path, began)
        return [one for one in alerts if one["status"] == status and named.items() <= one["labels"].items()]

    try:
        fault.inject()
        until(f"{fault.alert} to fire", lambda: (fault.alert, fault.host) in watch.firing())
        fired = time.time()
        if fault.pages:
            alert = until("people to be told", lambda: told("/pager", "firing"))[0]
            assert fault.host in alert["annotations"]["summary"]
            assert alert["annotations"]["runbook_url"].endswith(f"docs/runbooks.md#{fault.alert.lower()}")
        if fault.heals:
            assert until("heal to be called", lambda: told("/endpoint", "firing"))[0]["has_token"]
    finally:
        mended = time.time()
        fault.mend()
    until(f"{fault.alert} to clear", lambda: (fault.alert, fault.host) not in watch.firing())
    times.append((fault.name, fault.alert, fired - began, time.time() - mended))
    if fault.pages:
        until("people to be told that it is over", lambda: told("/pager", "resolved"))
    watch.settle()
    assert {name for name, _host in watch.fired(began)} <= {fault.alert, *fault.beside}
    assert fault.pages or not watch.told("/pager", began)


def test_an_audit_that_no_longer_runs(watch: Watch, times: list) -> None:
    """It has not run since the scenario began."""
    stale = 'alertname="MySQLReplicationAuditStale"'
    until("the audit to be stale", lambda: watch.firing(stale), 150)
    audited = watch.value("max(mysql_replication_audit_timestamp_seconds)")
    fired = watch.value(f"min_over_time(timestamp(ALERTS{{{stale}, alertstate='firing'}})[15m:1s])")
    began = time.time()
    play("audited.yml")
    until("the audit to be fresh", lambda: not watch.firing(stale))
    times.append(("no audit for 90 s", "MySQLReplicationAuditStale", fired - audited, time.time() - began))


def test_what_only_an_audit_sees(watch: Watch, times: list) -> None:
    """The outage before it happens: the account is locked, and the replica still connected."""
    # What the tests before changed is told once, as changed outside.
    play("audited.yml")
    watch.settle()
    began = time.time()
    wanted = {("MySQLReplicationLoginWouldFail", "replica1"), ("MySQLReplicationChangedOutside", "primary")}
    try:
        on("primary", "ALTER USER 'repl'@'%' ACCOUNT LOCK")()
        play("audited.yml")
        until("the audit's alerts", lambda: wanted <= watch.firing())
        fired = time.time()
        assert "MySQLReplicationLoginFails" not in {name for name, _host in watch.fired(began)}
    finally:
        mended = time.time()
        on("primary", "ALTER USER 'repl'@'%' ACCOUNT UNLOCK")()
    play("audited.yml")
    until("the login to work", lambda: ("MySQLReplicationLoginWouldFail", "replica1") not in watch.firing())
    times.append(("account locked, still connected", "MySQLReplicationLoginWouldFail", fired - began, time.time() - mended))
    play("audited.yml")
    watch.settle()


def test_planned_work_wakes_nobody(watch: Watch) -> None:
    watch.settle()
    began = time.time()
    metric = 'mysql_replication_maintenance_until_seconds{host="replica1"}'
    try:
        at("replica1", f"echo '{metric} {int(began) + 600}' > {MAINTENANCE}")()
        until("the maintenance to be known", lambda: ("MySQLMaintenance", "replica1") in watch.firing('severity="none"'))
        at("replica1", "systemctl stop mysql")()
        until("the alert", lambda: ("MySQLServerDown", "replica1") in watch.firing())
        command = "amtool alert query --alertmanager.url http://127.0.0.1:9093 --inhibited --output json alertname=MySQLServerDown"
        until("Alertmanager to hold it back", lambda: json.loads(watch.host.check_output(command)))
    finally:
        at("replica1", "systemctl start mysql")()
        until("the alert to clear", lambda: ("MySQLServerDown", "replica1") not in watch.firing())
        at("replica1", f"rm {MAINTENANCE}")()
    watch.settle()
    assert not watch.told("/pager", began)


def test_the_dashboard_shows_something_in_each_panel(watch: Watch) -> None:
    """Within the time of these tests: a panel of errors shows something only when there are some."""
    dashboard = json.loads((PROJECT / "extensions" / "grafana" / "mysql_replication.json").read_text("utf-8"))
    asked = {target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])}
    assert len(asked) > 30
    empty = set()
    for expression in asked:
        filled = expression
        for name, value in GRAFANA.items():
            filled = filled.replace(name, value)
        if not watch.query(f"count_over_time(({filled})[15m:2s])"):
            empty.add(expression)
    assert not empty
