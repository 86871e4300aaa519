"""The mean of numbers, of numbers that count several times, and of groups joined into one.

    forward   These are Maya's marks: 5 with a mean of 12, 3 of 20 each and 1 of 15. What is the
              mean of all of them?                                                   answer 15
    reverse   These are Maya's marks: 5 with a mean of 12, x of 20 each and 1 of 15. The mean of
              all of them is 15. What is x?                                           answer 3

The data are parts (count, how, value): "of" for equal numbers, "mean" for a group with this mean,
"sum" for one with this sum; a part that is None is written x. Numbers that all stand for
themselves are shown as a plain list. A reverse question hides the value of a part (hidden
`number`), or how many it has (hidden `size`).
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON

AREA = "statistics"
SUMMARY = "the mean of numbers and of groups joined; reverse: one of the numbers, or a group's size"
VERSION = 1

Data = Sequence[tuple[Any, str, Any]]
# A whole number, or one and a half.
Number = int | Fraction
_COLD = ("temperatures in degrees", "night temperatures in degrees")
WHATS = (
    *"marks/scores/points/bills in francs/prices in euros/prices in dollars/wages in pounds".split(
        "/"
    ),
    *"weights in kg/lengths in cm/plant heights in cm/distances in km/depths in metres".split("/"),
    *"times in minutes/waiting times in minutes/speeds in km per hour/phone calls a day".split("/"),
    *"daily sales/weekly sales/catches in kg/harvests in tonnes/loads in tonnes".split("/"),
    *"word counts/goal counts/step counts/rain totals in mm/volumes in litres".split("/"),
    *_COLD,
)


def _show_part(count: Any, how: str, value: Any) -> str:
    count, value = "x" if count is None else count, "x" if value is None else value
    if how == "of":
        return f"{count} of {value}" if count == 1 else f"{count} of {value} each"
    return f"{count} with a {how} of {value}"


def _is_list(data: Data) -> bool:
    return all(count == 1 and how == "of" for count, how, _ in data)


def _show(data: Data) -> str:
    if _is_list(data):
        parts = ["x" if value is None else str(value) for _, _, value in data]
    else:
        parts = [_show_part(*part) for part in data]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_SPLIT = re.compile(r"(\d+|x) (?:with a )?(?:(mean|sum) )?of (-?\d+|x)")


def _read(text: str) -> Data:
    def number(shown: str) -> int | None:
        return None if shown == "x" else int(shown)

    found = [(number(n), how or "of", number(v)) for n, how, v in _SPLIT.findall(text)]
    return tuple(found or [(1, "of", number(v)) for v in re.split(", | and ", text)])


_PART = r"(?:\d+|x) (?:with a (?:mean|sum) )?of (?:-?\d+|x)(?: each)?"
_ONE = r"(?:-?\d+|x)"


def _half(twice: int) -> str:
    """Half of a number: 12, -0.5."""
    return f"{twice // 2}" if twice % 2 == 0 else f"{'-' * (twice < 0)}{abs(twice) // 2}.5"


def _text(mean: Number) -> str:
    return _half(int(2 * mean))


SLOTS = {
    "name": PERSON,
    "what": one_of(WHATS, cosmetic=True),
    "data": Slot(rf"{_PART}(?:(?:, | and ){_PART})*|{_ONE}(?:(?:, | and ){_ONE})*", _show, _read),
    "number": INT,
    "size": INT,
    "answer": Slot(
        r"-?\d+(?:\.5)?", _text, lambda text: Fraction(text) if "." in text else int(text)
    ),
}
FORWARD = phrasings(
    SLOTS,
    "These are {name}'s {what}: {data}. What is the mean of all of them?",
    "In {name}'s table of {what} there are {data}. Find the mean of the whole table.",
    "Which mean do all of {name}'s {what} together have, if there are {data}?",
    "For a report {name} has gathered {what}: {data}. How large is their mean?",
    "Given {data}, what is the mean of all {what} that {name} has written down?",
    "{name} must state the mean of all these {what}: {data}. Which number should {name.he} give?",
    "Take {name}'s {what}, namely {data}. Work out the mean of them all.",
    "A friend sends {name} some {what}: {data}. {name} puts them into one list. "
    "What is the mean of the list?",
    "The {what} on {name}'s screen are {data}. What do they come to on average, all together?",
)
_BACK = phrasings(
    SLOTS,
    "These are {name}'s {what}: {data}. The mean of all of them is {answer}. What is x?",
    "In {name}'s table of {what} there are {data}. The whole table has the mean {answer}. Find x.",
    "Which number must x be, if all of {name}'s {what} together have the mean {answer} and "
    "there are {data}?",
    "For a report {name} has gathered {what}: {data}. Their mean is {answer}. One number was "
    "lost, and x stands for it. Which is it?",
    "Given {data}, all {what} that {name} has written down have the mean {answer}. Work out x.",
    "A friend sends {name} some {what}: {data}. Put into one list they have the mean {answer}. "
    "How large is x?",
    "{name} states the mean {answer} for these {what}: {data}. Which number does x stand for?",
    "On {name}'s screen the {what} are {data}. On average, all together, they come to {answer}. "
    "Determine x.",
)
REVERSE = {"number": _BACK, "size": _BACK}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    single = difficulty == 1 and hidden == "size"
    what = d.choice(WHATS[: -len(_COLD)] if single else WHATS)
    cold = what in _COLD
    # Twice the mean: a whole number, also where the mean is one and a half.
    twice = 2 * (d.between(-9, 25) if cold else d.between(6, 70)) + (d.below(4) == 0)
    plain = hidden == "number" and (difficulty == 1 or (difficulty == 2 and d.below(2) == 0))
    parts: list[tuple[int, str, int]]
    if single:
        count, twice = d.between(3, 40), twice + 2 * d.between(0, 29)
        count += twice * count % 2
        parts = [(count, "sum", twice * count // 2)]
    else:
        size = (d.between(3, 4), d.between(5, 6) if plain else 2, 3, 4, 6)[difficulty - 1]
        spread = 12 if cold else 5 + twice // 4
        parts, missing = [], 0
        for _ in range(size - 1):
            value = twice // 2 + d.between(-spread, spread)
            value = value if cold else max(value, 1)
            count, how = 1, "of"
            if not plain and d.below(5):
                count = d.between(2, 12)
                how = d.choice(("of", "mean") if cold else ("of", "of", "mean", "mean", "sum"))
            if how == "sum":
                value = count * value + d.below(count)
            missing += count * twice - 2 * _sum(count, how, value)
            parts.append((count, how, value))
        last = _last(d, twice, missing, plain, cold)
        if abs(2 * _sum(*last) - last[0] * twice) > 4 * spread * last[0]:
            return None
        if last[2] < 1 and not cold:
            return None
        parts.append(last)
        if (missing + last[0] * twice) % 2 or any(2 * value == twice for _, _, value in parts):
            return None
    data = tuple(d.shuffled(parts))
    return {"name": d.choice(PEOPLE), "what": what, "data": data} if _places(data, hidden) else None


def _last(d: Draw, twice: int, missing: int, plain: bool, cold: bool) -> tuple[int, str, int]:
    """The part that makes up for what is missing; a half is left over where that is odd."""
    if plain:
        return 1, "of", (missing + twice) // 2
    first = d.between(3, 9)
    for count in range(first, first + 5):
        value, rest = divmod(missing + count * twice, 2 * count)
        if not rest:
            return count, d.choice(("of", "mean")), value
    if cold or missing + first * twice < 0:
        return 1, "of", (missing + twice) // 2
    first += (missing + first * twice) % 2
    return first, "sum", (missing + first * twice) // 2


def _places(data: Data, hidden: str) -> list[int]:
    """The parts that a reverse question may hide something of, which it does not state as well."""
    if len(data) == 1:
        return [0]
    counts, values = [part[0] for part in data], [part[2] for part in data]
    stated = [*counts, *values]
    if hidden == "number":
        return [place for place, value in enumerate(values) if stated.count(value) == 1]
    return [
        place
        for place, (count, how, _) in enumerate(data)
        if count > 1 and how != "sum" and stated.count(count) == 1
    ]


def _place(facts: Facts, hidden: str) -> int:
    """Which of the parts it is: any, but always the same of one problem."""
    data = facts["data"]
    places = _places(data, hidden)
    total: int = sum(count + value for count, _, value in data)
    return places[total % len(places)]


def hide(facts: Facts, hidden: str) -> Facts:
    data, at = facts["data"], _place(facts, hidden)
    count, how, value = data[at]
    part = (count, how, None) if hidden == "number" else (None, how, value)
    return facts | {"data": (*data[:at], part, *data[at + 1 :])}


def _sum(count: int, how: str, value: int) -> int:
    return value if how == "sum" else count * value


def _less(twice: int) -> str:
    """Half of this taken away, as it stands behind a number: " - 5", " + 0.5"."""
    return f" - {_half(twice)}" if twice >= 0 else f" + {_half(-twice)}"


def _more(twice: int) -> str:
    return f" + {_half(twice)}" if twice >= 0 else f" - {_half(-twice)}"


def _product(count: Any, how: str, value: int) -> str:
    return f"{value}" if count == 1 or how == "sum" else f"{count} * {value}"


def _name(part: tuple[Any, str, Any]) -> str:
    return _show_part(*part).removesuffix(" each")


def _counts(data: Data) -> str:
    return " + ".join(str(count) for count, _, _ in data)


def _totals(data: Data) -> str:
    return " + ".join(_product(*part) for part in data)


def forward(facts: Facts) -> Solution:
    data = facts["data"]
    count, total = sum(part[0] for part in data), sum(_sum(*part) for part in data)
    mean: Number = total // count if total % count == 0 else Fraction(total, count)
    result = f"{total} / {count} = {_text(mean)}"
    divided = "/" if total % count else "//"
    if len(data) == 1:
        trace = f"The mean shares the sum of {total} equally among the {count}, so it is {result}."
        return Solution(mean, trace, f"print({total} {divided} {count})")
    running = _sum(*data[0])
    if _is_list(data):
        numbers = [value for _, _, value in data]
        steps = []
        for value in numbers[1:]:
            steps.append(f"{running}{_more(2 * value)} = {running + value}")
            running += value
        trace = (
            f"The numbers are added one by one, {', '.join(steps)}.\n"
            f"There are {count} numbers, so the mean is {result}."
        )
        program = f"numbers = {numbers}\nprint(sum(numbers) {divided} len(numbers))"
        return Solution(mean, trace, program)
    lines = []
    for place, part in enumerate(data):
        of, how, value = part
        own = _sum(*part)
        makes = f"{running}{_more(2 * own)} = {running + own}"
        if of > 1 and how != "sum":
            line = f"The {_name(part)} add up to {of} * {value} = {own}"
            line += f", which makes {makes}" if place else ""
        elif place:
            line = f"The {_name(part)} make{'s' * (of == 1)} {makes}"
        else:
            line = f"The {_name(part)} give{'s' * (of == 1)} {own} to begin with"
        running += own if place else 0
        lines.append(f"{line}.")
    lines.append(f"There are {_counts(data)} = {count} in all, so the mean is {result}.")
    program = f"count = {_counts(data)}\ntotal = {_totals(data)}\nprint(total {divided} count)"
    return Solution(mean, "\n".join(lines), program)


def reverse(facts: Facts, hidden: str) -> Solution:
    data, mean, at = facts["data"], facts["answer"], _place(facts, hidden)
    rest = [part for place, part in enumerate(data) if place != at]
    if hidden == "size":
        return _reverse_size(data[at], rest, mean)
    count, how, value = data[at]
    everything, plain = sum(part[0] for part in data), _is_list(data)
    left = int(everything * mean)
    total = f"{everything} * {_text(mean)} = {left}"
    if plain:
        lines = [f"The {everything} numbers must add up to {total}."]
        steps = []
        for _, _, known in rest:
            steps.append(f"{left}{_less(2 * known)} = {left - known}")
            left -= known
        lines.append(f"Taking the others away, {', '.join(steps)}, so x = {left}.")
    else:
        lines = [f"The count is {_counts(data)} = {everything}, so the sum must be {total}."]
        for part in rest:
            own = _sum(*part)
            step = f"{left}{_less(2 * own)} = {left - own}"
            more = f", or {_product(*part)} = {own}," if part[0] > 1 and part[1] != "sum" else ""
            lines.append(f"Without the {_name(part)}{more} it is {step}.")
            left -= own
        if count == 1 or how == "sum":
            lines.append(f"So what is left is x = {left}.")
        else:
            lines.append(f"The {count} of x share this, so x = {left} / {count} = {value}.")
    goal = (
        f"{everything} * {mean}" if isinstance(mean, int) else f"int({everything} * {_text(mean)})"
    )
    program = f"rest = {goal} - ({_totals(rest)})\n"
    program += "print(rest)" if count == 1 or how == "sum" else f"print(rest // {count})"
    return Solution(value, "\n".join(lines), program, {"x": value})


def _ratio(above: int, below: int) -> str:
    """A division of halves, without them where need be: 66.5 / 9.5 = 133 / 19 = 7."""
    shown = f"{_half(above)} / {_half(below)}"
    if above % 2 or below % 2:
        shown += f" = {above} / {below}"
    return f"{shown} = {above // below}"


def _reverse_size(part: tuple[int, str, int], rest: Data, mean: Number) -> Solution:
    """The differences from the mean cancel out: what the others miss, this part makes up for."""
    count, how, value = part
    twice, shown = int(2 * mean), _text(mean)
    if not rest:
        ratio = _ratio(2 * value, twice)
        trace = f"The sum of {value} is x times the mean of {shown}, so x = {ratio}."
        return Solution(count, trace, f"print(int({value} / {shown}))", {"x": count})
    lines: list[str] = []
    gap = 0
    for known in rest:
        of, kind, number = known
        more = 2 * _sum(*known) - of * twice
        if kind == "sum":
            found = f"{number} - {of} * {shown}"
        elif of == 1:
            found = f"{number}{_less(twice)}"
        else:
            found = f"{of} * ({number}{_less(twice)})"
        line = f"The {_name(known)} differ{'s' * (of == 1)}"
        if not lines:
            line += f" from the mean by {found} = {_half(more)}"
        else:
            line += f" by {found} = {_half(more)}"
            line += f", in all {_half(gap)}{_more(more)} = {_half(gap + more)}"
        gap += more
        lines.append(f"{line}.")
    each = 2 * value - twice
    lines.append(f"Each of the x differs by {value}{_less(twice)} = {_half(each)}.")
    lines.append(f"All differences cancel out, so x = {_ratio(abs(gap), abs(each))}.")
    parts = [*rest, ("x", how, value)]
    program = (
        f"for x in range(1, 100):\n    count = {_counts(parts)}\n    total = {_totals(parts)}\n"
        f"    if total == {shown} * count:\n        print(x)"
    )
    return Solution(count, "\n".join(lines), program, {"x": count})


def solve_forward(facts: Facts) -> list[Number]:
    """From the first number on: how far the others lie from it on average."""
    data = facts["data"]
    count, how, value = data[0]
    base = value // count if how == "sum" else value
    more = sum(v - n * base if how == "sum" else n * (v - base) for n, how, v in data)
    mean = base + Fraction(more, sum(n for n, _, _ in data))
    return [int(mean) if mean.denominator == 1 else mean]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Every size is tried. The sum is linear in a number: two trials, 0 and 1, tell which fits."""
    data, mean = facts["data"], Fraction(facts["answer"])
    at = next(place for place, part in enumerate(data) if None in part)
    count, how, value = data[at]
    rest = [part for place, part in enumerate(data) if place != at]
    known, others = sum(_sum(*part) for part in rest), sum(part[0] for part in rest)
    if hidden == "size":
        return [
            n
            for n in range(1, 200)
            if (known + _sum(n, how, value)) * mean.denominator == (others + n) * mean.numerator
        ]
    goal = (others + count) * mean
    slope = _sum(count, how, 1) - _sum(count, how, 0)
    found = (goal - known) / slope
    return [int(found)] if found.denominator == 1 else []
