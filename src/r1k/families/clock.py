"""Times of day: when a plan of one to five stages ends, also over midnight and time zones.

    forward   At 14:35 Mei begins a film of 95 minutes. What is the local time at the
              end?                                                              answer 16:10
    reverse   It is 16:10 local time when Mei is through with a film of 95 minutes. At what local
              time did she begin?                                               answer 14:35

A time is kept as minutes after midnight; a stage as what it is, its minutes and the hours by which
the clocks at its end are ahead. A reverse question hides the start, or the minutes of the middle
stage (None, written n). The whole plan takes less than a day.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from r1k.families.base import INT, Draw, Facts, Slot, Solution, phrasings, without
from r1k.families.words import PEOPLE, PERSON, Wording

AREA = "calendars and clocks"
SUMMARY = "the time at the end of a plan; reverse: the time at its start, or how long a stage took"
VERSION = 1
DAY = 24 * 60


class Stage(Wording):
    """What takes a while; like a thing it does not change the problem."""


def _stages(text: str) -> tuple[Stage, ...]:
    return tuple(Stage(" ".join(name.split())) for name in text.split(","))


LONG = _stages(
    "bike ride, boat ride, concert, drive, film, hike, match, rehearsal, tour, train ride"
)
STAGES = LONG + _stages(
    """break, bus ride, chat, class, dinner, ferry crossing, game, lecture, lesson, lunch, meeting,
    nap, phone call, queue, rest, session, show, shower, stroll, swim, talk, taxi ride, tram ride,
    visit, wait, walk"""
)
FLIGHTS = _stages("flight, direct flight, charter flight, night flight")
_KNOWN = {str(stage): stage for stage in (*STAGES, *FLIGHTS)}

# What it is, its minutes (None is the unknown n), and the hours ahead (negative: behind).
Plan = Sequence[tuple[Stage, int | None, int]]


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _span(minutes: int | None) -> str:
    if minutes is None or minutes < 100:
        return f"{'n' if minutes is None else minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return _count(hours, "hour") + (f" and {_count(rest, 'minute')}" if rest else "")


def _zone(hours: int) -> str:
    return f"{_count(abs(hours), 'hour')} {'ahead' if hours > 0 else 'behind'}"


def _show(plan: Plan) -> str:
    return ", then ".join(
        f"a {what} of {_span(minutes)}" + (f" to a place {_zone(zone)}" if zone else "")
        for what, minutes, zone in plan
    )


_STAGE = re.compile(
    r"a ([a-z ]+) of (?:(\d+) hours?(?: and )?)?(?:(\d+|n) minutes?)?"
    r"(?: to a place (\d+) hours? (ahead|behind))?"
)


def _read(text: str) -> Plan:
    plan = []
    for part in text.split(", then "):
        match = _STAGE.fullmatch(part)
        if not match:
            raise ValueError(part)
        what, hours, minutes, zone, way = match.groups()
        length = None if minutes == "n" else 60 * int(hours or 0) + int(minutes or 0)
        plan.append((_KNOWN[what], length, int(zone or 0) * (1 if way == "ahead" else -1)))
    return tuple(plan)


_ANY = (
    r"a [a-z]+(?: [a-z]+)? of [\dn]+ [a-z]+(?: and \d+ [a-z]+)?(?: to a place \d+ [a-z]+ [a-z]+)?"
)
TIME = Slot(r"\d\d:\d\d", _time, lambda text: int(text[:2]) * 60 + int(text[3:]))
SLOTS = {
    "name": PERSON,
    "start": TIME,
    "plan": Slot(rf"{_ANY}(?:, then {_ANY})*", _show, _read),
    "minutes": INT,
    "answer": TIME,
}
FORWARD = phrasings(
    SLOTS,
    "At {start} {name} begins {plan}. What is the local time at the end?",
    "{name}'s plan starts at {start}: {plan}. At what local time does it end?",
    "Find the local time at the end of {name}'s plan, which is {plan}, if it begins at {start}.",
    "What do the local clocks show when {name} has finished {plan}, having begun at {start}?",
    "{name} looks at the clock: {start}. Ahead of {name.him} lies {plan}. "
    "What will the local time be afterwards?",
    "From {start} on {name} has {plan}. When is {name.he} done, by local time?",
    "The clock says {start}, and {name} starts {plan}. What will the local clock say at the end?",
    "{name} goes through {plan}, and it all begins at {start}. Give the local time at the end.",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "It is {answer} local time when {name} is through with {plan}. "
        "At what local time did {name.he} begin?",
        "{name}'s plan ends at {answer} local time: {plan}. At what local time did it start?",
        "Find the local time at the start of {name}'s plan, which is {plan}, if it ends at "
        "{answer} local time.",
        "The local clocks show {answer} when {name} has finished {plan}. "
        "What did the local clocks show when {name.he} began?",
        "{name} goes through {plan}, and it all ends at {answer} local time. "
        "Give the local time at the start.",
    ),
    "minutes": phrasings(
        SLOTS,
        "At {start} {name} begins {plan}. Less than 24 hours later, at {answer} local time, "
        "all of this is over. What is n?",
        "{name}'s plan starts at {start}: {plan}. It takes less than 24 hours and ends at {answer} "
        "local time. Find n.",
        "The local clocks show {answer} when {name} has finished {plan}, having begun at {start}, "
        "less than 24 hours before. What number is n?",
        "From {start} on {name} has {plan}. By local time {name.he} is done at {answer}, in less "
        "than 24 hours. Work out n.",
        "{name} goes through {plan}, and it all begins at {start} and ends at {answer} local time, "
        "within 24 hours. How large is n?",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    stages = d.sample(STAGES, (1, 2, 3, 3, 5)[difficulty - 1])
    minutes = [d.between(11, 99) for _ in stages]
    zones = [0] * len(stages)
    if difficulty == 3:
        long = d.choice([what for what in LONG if what not in stages])
        stages[at := d.below(3)], minutes[at] = long, d.between(100, 300)
    flights = d.sample(FLIGHTS, max(0, difficulty - 3))
    for at, flight in zip(d.sample(range(len(stages)), len(flights)), flights, strict=True):
        stages[at], minutes[at] = flight, d.between(150, 500)
        zones[at] = d.between(2, 9) * (1 - 2 * d.below(2))
    whole = sum(minutes)
    # Within a day up to difficulty 3, over midnight beyond.
    start = d.between(5 * 60, DAY - 1 - whole) if difficulty <= 3 else DAY - d.between(1, whole - 1)
    plan = tuple(zip(stages, minutes, zones, strict=True))
    return {"name": d.choice(PEOPLE), "start": start, "plan": plan}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return without(facts, "start")
    plan = list(facts["plan"])
    what, _, zone = plan[len(plan) // 2]
    plan[len(plan) // 2] = what, None, zone
    return facts | {"plan": tuple(plan)}


def _sum(time: int) -> str:
    """A time of day as a sum of minutes: "14 * 60 + 35"."""
    return f"{time // 60} * 60 + {time % 60}"


def _long(minutes: int) -> str:
    """Minutes as they are counted: "2 * 60 + 20 = 140", or plain below 100."""
    return f"{_sum(minutes)} = {minutes}" if minutes >= 100 else f"{minutes}"


def _print(minutes: str) -> str:
    return f'minutes = {minutes}\nprint(f"{{minutes // 60 % 24:02}}:{{minutes % 60:02}}")'


def _terms(plan: Plan, sign: str) -> str:
    """The stages and time zones of a plan as a sum for a program."""
    other = "-" if sign == "+" else "+"
    text = ""
    for _, minutes, zone in plan:
        if minutes:
            text += f" {sign} {minutes}"
        if zone:
            text += f" {sign if zone > 0 else other} {abs(zone)} * 60"
    return text


def forward(facts: Facts) -> Solution:
    start, plan = facts["start"], facts["plan"]
    lines = [f"The start, {_time(start)}, is minute {_sum(start)} = {start}."]
    now = start
    for what, minutes, zone in plan:
        takes = f"takes {_long(minutes)}" if minutes >= 100 else "lasts"
        lines.append(f"The {what} {takes} until minute {now} + {minutes} = {now + minutes}.")
        now += minutes
        if zone:
            lines.append(f"Clocks {_zone(zone)} show {_shift(now, zone)}.")
            now += 60 * zone
    if not 0 <= now < DAY:
        lines.append(f"A day has 1440 minutes, so take {_turn(now)}.")
        now %= DAY
    lines.append(f"Since {now} = {_sum(now)}, the time is {_time(now)}.")
    return Solution(now, "\n".join(lines), _print(_sum(start) + _terms(plan, "+")))


def _shift(now: int, zone: int) -> str:
    """Clocks put ahead (or back) by whole hours: "100 + 5 * 60 = 400"."""
    sign = "+" if zone > 0 else "-"
    return f"{now} {sign} {abs(zone)} * 60 = {now + 60 * zone}"


def _turn(now: int) -> str:
    """The same time on another day: "1500 - 1440 = 60"."""
    sign, then = ("+", now + DAY) if now < 0 else ("-", now - DAY)
    return f"{now} {sign} {DAY} = {then}"


def reverse(facts: Facts, hidden: str) -> Solution:
    start, plan, end = facts["start"], facts["plan"], facts["answer"]
    lines = [f"The end, {_time(end)}, is minute {_sum(end)} = {end}."]
    if hidden == "start":
        now = end
        for what, minutes, zone in reversed(plan):
            if zone:
                lines.append(f"Undo the clocks {_zone(zone)}: {_shift(now, -zone)}.")
                now -= 60 * zone
            if now < minutes:
                lines.append(f"Counted from a day before, that is {now} + {DAY} = {now + DAY}.")
                now += DAY
            takes = f" of {_long(minutes)}" if minutes >= 100 else ""
            lines.append(f"Before the {what}{takes} it was {now} - {minutes} = {now - minutes}.")
            now -= minutes
        if now >= DAY:  # where clocks were put behind
            lines.append(f"A day has 1440 minutes, so it was {_turn(now)}.")
            now -= DAY
        lines.append(f"As {now} = {_sum(now)}, it began at {_time(now)}.")
        return Solution(now, "\n".join(lines), _print(_sum(end) + _terms(plan, "-")))
    left = end - start
    lines.append(
        f"From {_time(start)}, or {_sum(start)} = {start}, it is {end} - {start} = {left}."
    )
    for _, _, zone in plan:
        if zone:
            lines.append(f"Without the clocks {_zone(zone)} it is {_shift(left, -zone)}.")
            left -= 60 * zone
    if not 0 < left < DAY:
        lines.append(f"It takes less than a day, so {_turn(left)} minutes.")
        left %= DAY
    middle = len(plan) // 2
    for what, minutes, _ in (*plan[:middle], *plan[middle + 1 :]):
        takes = f" of {_long(minutes)}" if minutes >= 100 else ""
        lines.append(f"Without the {what}{takes}, {left} - {minutes} = {left - minutes} are left.")
        left -= minutes
    lines.append(f"This remains for the {plan[middle][0]}, so n = {left}.")
    known = [(*part[:1], None if i == middle else part[1], part[2]) for i, part in enumerate(plan)]
    program = f"rest = {_sum(end)} - ({_sum(start)}){_terms(known, '-')}\nprint(rest % (24 * 60))"
    return Solution(left, "\n".join(lines), program, {"n": left})


def _known(plan: Plan) -> tuple[int, int]:
    """The known minutes of a plan, and by how many the clocks change."""
    return sum(minutes or 0 for _, minutes, _ in plan), sum(60 * zone for *_, zone in plan)


def solve_forward(facts: Facts) -> list[int]:
    """With the dates and times of Python, on some day."""
    hours, minutes = divmod(facts["start"], 60)
    now = datetime(2024, 5, 15, hours, minutes)
    for _, length, zone in facts["plan"]:
        now += timedelta(minutes=length, hours=zone)
    return [now.hour * 60 + now.minute]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Tries every minute of a day, or every length below a day."""
    end = facts["answer"]
    known, change = _known(facts["plan"])
    if hidden == "start":
        return [start for start in range(DAY) if (start + known + change - end) % DAY == 0]
    now = facts["start"] + known + change
    return [n for n in range(1, DAY - known) if (now + n) % DAY == end]
