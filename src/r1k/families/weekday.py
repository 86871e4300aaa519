"""Days in the calendar: on which weekday or date something is after it was moved.

    forward   Mei's party was planned for Wednesday and is then moved 45 days later. On which
              weekday does it take place?                                      answer Saturday
    reverse   Mei's party was planned for Wednesday, but then moved n days (between 6 and 7 weeks)
              later. Now it is on Saturday. What is n?                               answer 45

A day is the tuple (weekday, day, month, year) with Monday as 1, and 0 for what is not told:
weekdays at difficulty 1, dates at 2, both from 3 on. A reverse question hides the first day, or
the number of days of one move; where only weekdays are told, it gives the weeks around them.
"""

import re
from collections.abc import Sequence
from datetime import date

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, plus
from r1k.families.words import PEOPLE, PERSON

AREA = "calendars and clocks"
SUMMARY = "weekday or date after a change of days; reverse: the day before it, or how many days"
VERSION = 1
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
EVENTS = """
barbecue ceremony checkup concert contest course debate dinner hearing launch lecture lesson match
meeting party picnic race reading recital reunion show talk test tournament trial trip visit wedding
workshop
""".split()
FORMS = ("weekday", "date", "weekday and date")

Day = tuple[int, int, int, int]
# How many (None is the unknown n), of what, 1 for later and -1 for earlier, and the full weeks
# in n where they are told.
Move = tuple[int | None, str, int, int]


def _date(day: Day) -> str:
    return f"{day[1]} {MONTHS[day[2] - 1]} {day[3]}"


def _show_day(day: Day) -> str:
    if not day[0]:
        return _date(day)
    return f"{WEEKDAYS[day[0] - 1]} {_date(day)}" if day[1] else WEEKDAYS[day[0] - 1]


def _read_day(text: str) -> Day:
    words = text.split()
    weekday = WEEKDAYS.index(words.pop(0)) + 1 if words[0] in WEEKDAYS else 0
    if not words:
        return weekday, 0, 0, 0
    return weekday, int(words[0]), MONTHS.index(words[1]) + 1, int(words[2])


def _show_move(move: Move) -> str:
    amount, unit, sign, weeks = move
    within = f" (between {weeks} and {weeks + 1} weeks)" if weeks else ""
    return f"{amount or 'n'} {unit}{within} {'later' if sign > 0 else 'earlier'}"


_MOVE = re.compile(r"(\d+|n) (days|weeks)(?: \(between (\d+) and \d+ weeks\))? (later|earlier)")


def _read_moves(text: str) -> tuple[Move, ...]:
    return tuple(
        (None if n == "n" else int(n), unit, 1 if way == "later" else -1, int(weeks or 0))
        for n, unit, weeks, way in _MOVE.findall(text)
    )


_ANY_MOVE = r"(?:\d+|n) (?:days|weeks)(?: \(between \d+ and \d+ weeks\))? (?:later|earlier)"
DAY = Slot(
    rf"(?:{'|'.join(WEEKDAYS)})(?: \d+ [A-Z][a-z]+ \d{{4}})?|\d+ [A-Z][a-z]+ \d{{4}}",
    _show_day,
    _read_day,
)
SLOTS = {
    "name": PERSON,
    "event": one_of(EVENTS, cosmetic=True),
    "form": one_of(FORMS, cosmetic=True),
    "moves": Slot(
        rf"{_ANY_MOVE}(?:, then {_ANY_MOVE})*",
        lambda moves: ", then ".join(map(_show_move, moves)),
        _read_moves,
    ),
    "days": INT,
    "start": DAY,
    "answer": DAY,
}
FORWARD = phrasings(
    SLOTS,
    "{name}'s {event} was planned for {start} and is then moved {moves}. "
    "On which {form} does it take place?",
    "The {event} of {name} stood in the calendar for {start}. It has been shifted {moves}. "
    "To which {form} was it shifted?",
    "What is the new {form} of {name}'s {event}, if it was fixed for {start} and has been "
    "moved {moves}?",
    "{name} changes the {event} in {name.his} calendar: from {start} it goes {moves}. "
    "On which {form} is it now?",
    "A letter tells {name} that the {event} of {start} has been moved {moves}. "
    "Find its new {form}.",
    "Once due on {start}, the {event} that {name} waits for was put {moves}. Which {form} is that?",
    "Tell {name} the {form} of the {event} now: from {start} it was moved {moves}.",
    "First set for {start}, {name}'s {event} is shifted {moves}. "
    "What {form} should {name.he} write down?",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "Moved {moves}, {name}'s {event} is now on {answer}. For which {form} was it planned?",
        "The {event} of {name} stands in the calendar for {answer}. It had been shifted {moves}. "
        "From which {form} was it shifted?",
        "What was the old {form} of {name}'s {event}, if it has been moved {moves} and is now "
        "fixed for {answer}?",
        "{name} changes the {event} in {name.his} calendar: it goes {moves}, to {answer}. "
        "On which {form} was it before?",
        "A letter tells {name} that the {event} has been moved {moves}, to {answer}. "
        "Find its old {form}.",
    ),
    "days": phrasings(
        SLOTS,
        "{name}'s {event} was planned for {start}, but then moved {moves}. Now it is on {answer}. "
        "What is n?",
        "The {event} of {name} was shifted from {start} to {answer}, namely {moves}. Find n.",
        "{name} changes the {event} in {name.his} calendar: from {start} it goes {moves}. "
        "It is now on {answer}. What number is n?",
        "What must n be if {name}'s {event}, once fixed for {start}, has been moved {moves} and "
        "ends up on {answer}?",
        "Once due on {start}, the {event} that {name} waits for was put {moves}, "
        "on {answer}. Work out n.",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    sign = 1 - 2 * d.below(2)
    facts = {"name": d.choice(PEOPLE), "event": d.choice(EVENTS), "form": FORMS[0]}
    if difficulty == 1:
        days = 7 * d.between(2, 130) + d.between(1, 6)
        return facts | {"start": (d.between(1, 7), 0, 0, 0), "moves": ((days, "days", sign, 0),)}
    year = d.between(2001, 2079)  # each fourth of these is a leap year
    facts["form"] = FORMS[min(difficulty - 1, 2)]
    if difficulty <= 3:
        # Over one end of a month, or two; never through February.
        month = d.between(3, 13 - difficulty)
        first = date(year, month, d.between(1, LENGTHS[month - 1]))
        month += difficulty - 1
        last = date(year, month, d.between(1, LENGTHS[month - 1]))
        days = last.toordinal() - first.toordinal()
        if days < 8:
            return None
        start = first if sign > 0 else last
        moves: tuple[Move, ...] = ((days, "days", sign, 0),)
    else:
        net = sign * (d.between(60, 110) if difficulty == 4 else d.between(100, 150))
        weeks: list[Move] = [
            (d.between(2, 9), "weeks", 1 - 2 * d.below(2), 0) for _ in range(difficulty - 3)
        ]
        days = net - sum(map(_days, weeks))
        if not 10 <= abs(days) <= 199:
            return None
        # Over the end of February at difficulty 5, from any day at 4.
        if difficulty == 5:
            start = date.fromordinal(date(year, 3, 1).toordinal() - sign * d.between(9, 90))
        else:
            start = date.fromordinal(date(year, 1, 1).toordinal() + d.below(365))
        all_moves: list[Move] = [*weeks, (abs(days), "days", 1 if days > 0 else -1, 0)]
        moves = tuple(d.shuffled(all_moves))
    weekday = 0 if difficulty == 2 else start.isoweekday()
    return facts | {"start": (weekday, start.day, start.month, start.year), "moves": moves}


def hide(facts: Facts, hidden: str) -> Facts:
    kept = {name: value for name, value in facts.items() if name != "start" or hidden != "start"}
    if hidden == "start":
        return kept
    del kept["form"]
    only_weekdays = not facts["start"][1]
    kept["moves"] = tuple(
        (None, unit, sign, amount // 7 if only_weekdays else 0)
        if unit == "days"
        else (amount, unit, sign, 0)
        for amount, unit, sign, _ in facts["moves"]
    )
    return kept


def _days(move: Move) -> int:
    amount, unit, sign, _ = move
    return sign * (amount or 0) * (7 if unit == "weeks" else 1)


def _sum(moves: Sequence[Move]) -> tuple[int, str]:
    """The days that some moves make together, and the sum in figures."""
    terms = [_days(move) for move in moves]
    net = sum(terms)
    shown = "".join(
        f"{' + ' if sign > 0 else ' - '}{n}{' * 7' if unit == 'weeks' else ''}"
        for n, unit, sign, _ in moves
    )
    shown = shown.removeprefix(" + ").replace(" - ", "-", 1) if shown[1] == "-" else shown[3:]
    if len(terms) > 1:
        shown += f" = {terms[0]}{''.join(map(plus, terms[1:]))}"
    return net, f"{shown} = {net}"


def _passed(weekday: int, days: int) -> str:
    """The weekdays that are passed, up to the last: "Thursday, Friday, Saturday"."""
    step = 1 if days > 0 else -1
    return ", ".join(WEEKDAYS[(weekday - 1 + i) % 7] for i in range(step, days + step, step))


def _length(month: int, year: int) -> tuple[int, str]:
    """The length of a month, and for February why."""
    if month != 2:
        return LENGTHS[month - 1], ""
    return (
        (29, f", as {year} mod 4 = 0,")
        if year % 4 == 0
        else (28, f", as {year} mod 4 = {year % 4},")
    )


def _last(month: int, year: int) -> tuple[int, str]:
    """The length of a month, and its last day in words."""
    length, why = _length(month, year)
    return length, f"{length} {MONTHS[month - 1]}{why or f' {year}'}"


def _ahead(start: Day, days: int) -> tuple[Day, list[str]]:
    """The date so many days after another, month by month."""
    _, day, month, year = start
    length, last = _last(month, year)
    left = days - length + day
    lines = [
        f"The way to {last} takes {length} - {day} = {length - day}, "
        f"which leaves {days} - {length - day} = {left}."
    ]
    month, year = (month + 1, year) if month < 12 else (1, year + 1)
    while left > 28 and left > (length := (found := _last(month, year))[0]):
        lines.append(f"By {found[1]} there remain {left} - {length} = {left - length}.")
        left -= length
        month, year = (month + 1, year) if month < 12 else (1, year + 1)
    end = (0, left, month, year)
    lines.append(f"With {left} more it is {_date(end)}.")
    return end, lines


def _back(start: Day, days: int) -> tuple[Day, list[str]]:
    """The date so many days before another, month by month."""
    _, day, month, year = start
    month, year = (month - 1, year) if month > 1 else (12, year - 1)
    length, last = _last(month, year)
    left = days - day
    lines = [f"The way back to {last} takes {day}, which leaves {days} - {day} = {left}."]
    while left >= length:
        month, year = (month - 1, year) if month > 1 else (12, year - 1)
        passed, (length, last) = length, _last(month, year)
        lines.append(f"Back at {last} there remain {left} - {passed} = {left - passed}.")
        left -= passed
    end = (0, length - left, month, year)
    lines.append(
        f"This is in {MONTHS[month - 1]} {year}, on day {length} - {left} = {length - left}."
    )
    return end, lines


def _between(first: Day, last: Day) -> tuple[int, list[str]]:
    """How many days lie between two dates, the earlier one first."""
    _, day, month, year = first
    length, until = _last(month, year)
    days = length - day
    lines = [f"The time up to {until} is {length} - {day} = {days}."]
    month, year = (month + 1, year) if month < 12 else (1, year + 1)
    while (month, year) != last[2:]:
        length, until = _last(month, year)
        lines.append(f"Up to {until} it is {days} + {length} = {days + length}.")
        days += length
        month, year = (month + 1, year) if month < 12 else (1, year + 1)
    lines.append(f"Up to {_date(last)} it is {days} + {last[1]} = {days + last[1]}.")
    return days + last[1], lines


def _nearest(days: int) -> tuple[str, int]:
    """Days as whole weeks and a rest, such as "20 = 3 * 7 - 1", and the rest with its way."""
    weeks = (abs(days) + 3) // 7
    rest = abs(days) - 7 * weeks
    return f"{abs(days)} = {weeks} * 7{plus(rest)}", rest if days > 0 else -rest


def _step(days: int) -> str:
    return f"{days} on" if days > 0 else f"{-days} back"


def _turn(start: Day, days: int, opening: str) -> tuple[int, str]:
    """The weekday so many days on (or back), and the line that finds it."""
    weekday = (start[0] - 1 + days) % 7 + 1
    shown, step = _nearest(days)
    if not step:
        return weekday, f"{opening} {shown}, it is {WEEKDAYS[weekday - 1]} again."
    line = f"{opening} {shown}, the weekday goes {_step(step)} from {WEEKDAYS[start[0] - 1]}"
    return weekday, f"{line}: {_passed(start[0], step)}."


_LIST = f'days = "{" ".join(WEEKDAYS)}".split()\n'


def _moved(day: Day, moves: Sequence[Move]) -> str:
    """A program that prints the day after some moves."""
    if not day[1]:
        days = sum(map(_days, moves))
        return f'{_LIST}print(days[(days.index("{WEEKDAYS[day[0] - 1]}"){plus(days)}) % 7])'
    steps = "".join(
        f" {'+' if sign > 0 else '-'} timedelta({unit}={n})" for n, unit, sign, _ in moves
    )
    form = "{day:%A} {day.day} {day:%B} {day.year}" if day[0] else "{day.day} {day:%B} {day.year}"
    return (
        "from datetime import date, timedelta\n\n"
        f'day = date({day[3]}, {day[2]}, {day[1]}){steps}\nprint(f"{form}")'
    )


def forward(facts: Facts) -> Solution:
    start, moves = facts["start"], facts["moves"]
    net, total = _sum(moves)
    program = _moved(start, moves)
    if not start[1]:
        shown, step = _nearest(net)
        trace = (
            f"The whole weeks in {shown} change nothing.\n"
            f"Go {_step(step)} from {WEEKDAYS[start[0] - 1]}: {_passed(start[0], step)}."
        )
        return Solution(((start[0] - 1 + net) % 7 + 1, 0, 0, 0), trace, program)
    (_, *end), lines = _ahead(start, net) if net > 0 else _back(start, -net)
    if len(moves) > 1:
        way = f"{abs(net)} {'later' if net > 0 else 'earlier'}"
        lines.insert(0, f"The moves, with later as plus, make {total} days, so {way}.")
    weekday = 0
    if start[0]:
        weekday, line = _turn(start, net, "As")
        lines.append(line)
    return Solution((weekday, *end), "\n".join(lines), program)


def reverse(facts: Facts, hidden: str) -> Solution:
    if hidden == "start":
        return _first_day(facts["answer"], facts["moves"])
    return _how_many(facts["start"], facts["answer"], facts["moves"])


def _first_day(now: Day, moves: tuple[Move, ...]) -> Solution:
    undone = [(n, unit, -sign, 0) for n, unit, sign, _ in reversed(moves)]
    net, total = _sum(undone)
    program = _moved(now, undone)
    if not now[1]:
        shown, step = _nearest(net)
        trace = (
            f"The way back goes {shown} days {'later' if net > 0 else 'earlier'}.\n"
            f"So count {_step(step)} from {WEEKDAYS[now[0] - 1]}: "
            f"{_passed(now[0], step)}."
        )
        return Solution(((now[0] - 1 + net) % 7 + 1, 0, 0, 0), trace, program)
    (_, *end), lines = _ahead(now, net) if net > 0 else _back(now, -net)
    if len(moves) > 1:
        way = f"{abs(net)} {'later' if net > 0 else 'earlier'}"
        lines.insert(0, f"The moves undone, from the last, make {total} days, so look {way}.")
    weekday = 0
    if now[0]:
        weekday, line = _turn(now, net, "Since")
        lines.append(line)
    return Solution((weekday, *end), "\n".join(lines), program)


def _how_many(start: Day, now: Day, moves: tuple[Move, ...]) -> Solution:
    days, sign = next((n or 0, sign) for n, unit, sign, _ in moves if unit == "days")
    way = "later" if sign > 0 else "earlier"
    if not start[1]:
        weeks, rest = divmod(days, 7)
        trace = (
            f"The full weeks in n are {weeks} * 7 = {7 * weeks} days.\n"
            f"{'After' if sign > 0 else 'Before'} {WEEKDAYS[start[0] - 1]} "
            f"come{'s' * (rest == 1)} "
            f"{_passed(start[0], sign * rest)}, so n = {7 * weeks} + {rest} = {days}."
        )
        ends = (now, start) if sign > 0 else (start, now)
        apart = " - ".join(f'days.index("{WEEKDAYS[day[0] - 1]}")' for day in ends)
        program = f"{_LIST}rest = ({apart}) % 7\nprint(7 * {weeks} + rest)"
        return Solution(days, trace, program, {"n": days})
    weeks_moves = [move for move in moves if move[1] == "weeks"]
    net = sum(map(_days, weeks_moves)) + sign * days
    count, lines = _between(start, now) if net > 0 else _between(now, start)
    steps = "".join(
        f" {'+' if way > 0 else '-'} timedelta({unit}={n})" for n, unit, way, _ in weeks_moves
    )
    if weeks_moves:
        known, total = _sum(weeks_moves)
        lines.append(f"With later as plus, the weeks make {total} of {net}.")
        if sign > 0:
            lines.append(f"So n = {net}{plus(-known)} = {days} days later.")
        else:
            lines.append(f"So n = {known}{plus(-net)} = {days} days earlier.")
    else:
        lines.append(f"Thus n = {count} leads {way} from {_date(start)} to {_date(now)}.")
    if start[0]:
        first, last = (start, now) if net > 0 else (now, start)
        lines.append(
            f"The weekdays agree, as {count} mod 7 = {count % 7} and {WEEKDAYS[last[0] - 1]} is "
            f"{count % 7} after {WEEKDAYS[first[0] - 1]}."
            if count % 7
            else f"The weekdays agree, as {count} mod 7 = 0 and both are a {WEEKDAYS[now[0] - 1]}."
        )
    then, later = (f"date({day[3]}, {day[2]}, {day[1]})" for day in (start, now))
    program = (
        f"from datetime import date, timedelta\n\nbefore = {then}{steps}\n"
        f"print(({later} - before).days)"
    )
    if sign < 0:
        program = program.replace(f"{later} - before", f"before - {later}")
    if not steps:
        program = program.replace(", timedelta", "")
    return Solution(days, "\n".join(lines), program, {"n": days})


def _ordinal(day: Day) -> int:
    """The number of a day; only its rest by 7 is right where just a weekday is known."""
    return date(day[3], day[2], day[1]).toordinal() if day[1] else 7 * 1000 + day[0]


def _true(day: Day) -> bool:
    """Whether the date has the weekday that is told with it."""
    return not (day[0] and day[1]) or date(day[3], day[2], day[1]).isoweekday() == day[0]


def _shifted(day: Day, days: int) -> list[Day]:
    if not _true(day):
        return []
    then = date.fromordinal(_ordinal(day) + days)
    weekday = then.isoweekday() if day[0] else 0
    return [(weekday, then.day, then.month, then.year) if day[1] else (weekday, 0, 0, 0)]


def solve_forward(facts: Facts) -> list[Day]:
    """By the number that each day has in the calendar of Python."""
    return _shifted(facts["start"], sum(map(_days, facts["moves"])))


def solve_reverse(facts: Facts, hidden: str) -> list[Day] | list[int]:
    """In the same way, or by trying each number of days."""
    moves, now = facts["moves"], facts["answer"]
    if hidden == "start":
        return _shifted(now, -sum(map(_days, moves)))
    start = facts["start"]
    if not (_true(start) and _true(now)):
        return []
    sign, weeks = next((sign, weeks) for n, _, sign, weeks in moves if n is None)
    gap = _ordinal(now) - _ordinal(start) - sum(map(_days, moves))
    if start[1]:
        return [n for n in range(1, 400) if sign * n == gap]
    return [n for n in range(7 * weeks + 1, 7 * weeks + 7) if (sign * n - gap) % 7 == 0]
