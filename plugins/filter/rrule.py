# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A calendar of systemd as a recurrence rule of AWX, where the two can say the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: rrule
short_description: A calendar of systemd as a recurrence rule of AWX
description:
  - Turns C(hourly), C(daily), C(weekly), C(monthly), or a time of day with or without days of the week, as systemd.time(7) writes
    them, into what AWX and the Automation Controller take as C(rrule).
  - Any other calendar is an error. Nothing is rounded, and nothing left out.
version_added: 0.2.0
author:
  - dbops contributors (@dbops)
positional: timezone
options:
  _input:
    description: The calendar.
    type: str
    required: true
  timezone:
    description: The time zone of a calendar that names none itself; systemd takes the controller's own, which AWX does not know.
    type: str
    default: UTC
"""

EXAMPLES = r"""
- name: Each working day in the morning
  ansible.builtin.debug:
    msg: "{{ 'Mon..Fri 06:30' | dbops.mysql_replication.rrule('Europe/Vienna') }}"
"""

RETURN = r"""
_value:
  description: The rule.
  type: str
  sample: DTSTART;TZID=Europe/Vienna:20240101T063000 RRULE:FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,TU,WE,TH,FR
"""

# A Monday, and the first of a month and of a year: every rule begins on it.
_FIRST_DAY = "20240101"
_WORDS = {
    "hourly": "FREQ=HOURLY;INTERVAL=1",
    "daily": "FREQ=DAILY;INTERVAL=1",
    "weekly": "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO",
    "monthly": "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=1",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = {name.lower()[:length]: number for number, name in enumerate(_DAYS) for length in (3, len(name))}
_ZONE = r"UTC|[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+"
_CALENDAR = re.compile(
    rf"(?:(?P<word>{'|'.join(_WORDS)})|"
    r"(?:(?P<days>[A-Za-z][A-Za-z,.]*) +)?(?:\*-\*-\* +)?(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?)"
    rf"(?: +(?P<zone>{_ZONE}))?",
    re.IGNORECASE,
)


def rrule(calendar: str, timezone: str = "UTC") -> str:
    """The rule of a calendar. Raises AnsibleFilterError for one that has none, and for a time zone that is no name."""
    found = _CALENDAR.fullmatch(str(calendar).strip())
    if not found:
        raise AnsibleFilterError(
            f"the calendar {calendar!r} has no equivalent here: give the recurrence rule itself"
            " (mysql_replication_schedule_rrule in examples/awx/audit_schedule.yml)"
        )
    zone = found["zone"] or str(timezone)
    if not re.fullmatch(_ZONE, zone):
        raise AnsibleFilterError(f"{zone!r} is no time zone: give UTC, or a name such as Europe/Vienna")
    if found["word"]:
        return f"DTSTART;TZID={zone}:{_FIRST_DAY}T000000 RRULE:{_WORDS[found['word'].lower()]}"
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        raise AnsibleFilterError(f"{calendar!r} has no time of day")
    days = f"FREQ=WEEKLY;INTERVAL=1;BYDAY={_by_day(found['days'])}" if found["days"] else _WORDS["daily"]
    return f"DTSTART;TZID={zone}:{_FIRST_DAY}T{hour:02}{minute:02}{second:02} RRULE:{days}"


def _by_day(text: str) -> str:
    numbers: set[int] = set()
    for part in text.split(","):
        first, dots, last = part.partition("..")
        span = range(_day(first), _day(last if dots else first) + 1)
        if not span:
            raise AnsibleFilterError(f"{part!r} ends before it begins: a week begins on Monday")
        numbers.update(span)
    return ",".join(_DAYS[number][:2].upper() for number in sorted(numbers))


def _day(name: str) -> int:
    if name.lower() not in _NUMBERS:
        raise AnsibleFilterError(f"{name!r} is no day of the week: give Mon, Mon,Thu or Mon..Fri")
    return _NUMBERS[name.lower()]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """By name."""
        return {"rrule": rrule}
