# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches machines while something runs: looks for secrets in process lists, the servers' too, and in temporary files.

The program runs on the machine itself, and takes what it looks for from its standard input, so that it does not find itself.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from machine import Machine

_PROGRAM = r"""
import glob, json, os, re, sys, threading
import pymysql
job = json.loads(sys.stdin.readline())
needles = {name: re.compile(pattern.encode(), re.I) for name, pattern in job["needles"].items()}
found, seen, done = {}, 0, threading.Event()
def look(place, data):
    for name, needle in needles.items():
        match = needle.search(data)
        if match:
            found.setdefault(f"{name} in {place}", data[max(0, match.start() - 150):match.end()].decode(errors="replace"))
def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(1_000_000)
    except OSError:
        return b""
def wait():
    sys.stdin.read()
    done.set()
def quiet_connection():
    made = pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="root", autocommit=True)
    with made.cursor() as cursor:
        # What this watcher asks must not push out of the logs and the history what it is about.
        cursor.execute("SET SESSION sql_log_off = 1, long_query_time = 1000")
        cursor.execute("UPDATE performance_schema.threads SET HISTORY = 'NO' WHERE PROCESSLIST_ID = CONNECTION_ID()")
    return made
threading.Thread(target=wait, daemon=True).start()
print("watching", flush=True)
connection = None
while not done.is_set():
    seen += 1
    for path in glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/environ"):
        look("processes", read(path))
    for top in job["folders"]:
        for folder, _folders, files in os.walk(os.path.expanduser(top)):
            for name in files:
                path = os.path.join(folder, name)
                look(f"the file {path}", read(path))
    for _ in range(20):
        try:
            connection = connection or quiet_connection()
            with connection.cursor() as cursor:
                cursor.execute("SHOW FULL PROCESSLIST")
                for row in cursor.fetchall():
                    look("the server's process list", str(row[7]).encode())
        except (pymysql.err.Error, OSError):
            connection = None
        if done.wait(0.005):
            break
print(json.dumps({"found": found, "seen": seen}))
"""
_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "~/.ansible", "/etc/mysql")


@contextmanager
def watched(machines: Sequence[Machine], needles: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Watches the machines for regular expressions while the block runs; the mapping then holds what was found where."""
    found: dict[str, str] = {}
    job = json.dumps({"needles": dict(needles), "folders": _FOLDERS}) + "\n"
    watchers = [(machine, _started(machine, job)) for machine in machines]
    try:
        yield found
    finally:
        for machine, watcher in watchers:
            output, errors = watcher.communicate()
            assert watcher.returncode == 0, f"the watcher on {machine.name} broke off: {errors.decode()}"
            report = json.loads(output)
            assert report["seen"] > 1
            found.update({f"{machine.name}: {place}": text for place, text in report["found"].items()})


def _started(machine: Machine, job: str) -> subprocess.Popen[bytes]:
    machine.shell("cat > /opt/watch.py", _PROGRAM.encode())
    watcher = subprocess.Popen(
        [*machine.ssh, "python3 /opt/watch.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert watcher.stdin and watcher.stdout
    watcher.stdin.write(job.encode())
    watcher.stdin.flush()
    assert watcher.stdout.readline() == b"watching\n"
    return watcher
