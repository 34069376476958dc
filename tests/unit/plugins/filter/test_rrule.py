# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A calendar of systemd becomes AWX's rule for the same times, or an error."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.dbops.mysql_replication.plugins.filter.rrule import FilterModule

rrule = FilterModule().filters()["rrule"]


@pytest.mark.parametrize(
    ("calendar", "wanted"),
    [
        ("hourly", "DTSTART;TZID=UTC:20240101T000000 RRULE:FREQ=HOURLY;INTERVAL=1"),
        ("daily", "DTSTART;TZID=UTC:20240101T000000 RRULE:FREQ=DAILY;INTERVAL=1"),
        ("Weekly", "DTSTART;TZID=UTC:20240101T000000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO"),
        ("monthly", "DTSTART;TZID=UTC:20240101T000000 RRULE:FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1"),
        ("daily Europe/Vienna", "DTSTART;TZID=Europe/Vienna:20240101T000000 RRULE:FREQ=DAILY;INTERVAL=1"),
        ("6:30", "DTSTART;TZID=UTC:20240101T063000 RRULE:FREQ=DAILY;INTERVAL=1"),
        ("*-*-* 23:59:58", "DTSTART;TZID=UTC:20240101T235958 RRULE:FREQ=DAILY;INTERVAL=1"),
        ("Mon..Fri 06:30", "DTSTART;TZID=UTC:20240101T063000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR"),
        ("sunday,tue *-*-* 01:00 UTC", "DTSTART;TZID=UTC:20240101T010000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,SU"),
        ("Sat..Sun,Mon 01:00", "DTSTART;TZID=UTC:20240101T010000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,SA,SU"),
    ],
)
def test_what_both_can_say(calendar, wanted):
    assert rrule(calendar) == wanted


def test_the_calendars_own_time_zone_counts():
    assert rrule("06:00", "America/Argentina/Ushuaia").startswith("DTSTART;TZID=America/Argentina/Ushuaia:20240101T060000 ")
    assert rrule("06:00 Asia/Tokyo", "Europe/Vienna").startswith("DTSTART;TZID=Asia/Tokyo:")


@pytest.mark.parametrize(
    "calendar",
    [
        *("", "yearly", "each morning", "*:0/15", "06:00/2", "24:00", "06:60", "06:00:60", "06,18:00", "2027-*-* 06:00"),
        *("*-*-01 06:00", "Mon", "Fri..Mon 06:00", "Moon 06:00", "Mon. 06:00", "Mon, 06:00", "daily\nRRULE:X", "06:00 local"),
    ],
)
def test_what_it_cannot_say_is_refused(calendar):
    with pytest.raises(AnsibleFilterError):
        rrule(calendar)


def test_a_time_zone_that_is_none_is_refused():
    with pytest.raises(AnsibleFilterError, match="time zone"):
        rrule("06:00", "UTC;X=1")
