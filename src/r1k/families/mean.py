"""The mean of numbers, of numbers that count several times, and of groups joined into one.

    forward   These are Maya's marks: 5 with a mean of 12, 3 of 20 each and a single 15. What is
              the mean of all of them?                                               answer 15
    reverse   These are Maya's marks: 5 with a mean of 12, x of 20 each and a single 15. The
              mean of all of them is 15. What is x?                                   answer 3

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
VERSION = 3

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
_WARM = WHATS[: -len(_COLD)]


# How a part is told with its count and its value; one number on its own is "a single 30".
_TOLD = {"of": "%s of %s each", "mean": "%s with a mean of %s", "sum": "%s with a sum of %s"}


def _is_list(data: Data) -> bool:
    return data[0][0] == 1 and all(count == 1 and how == "of" for count, how, _ in data)


def _show(data: Data) -> str:
    if _is_list(data):
        parts = ["x" if value is None else f"{value}" for _, _, value in data]
    else:
        parts = []
        for count, how, value in data:
            if count is None:
                count = "x"
            if value is None:
                value = "x"
            single = count == 1 and how == "of"
            parts.append(f"a single {value}" if single else _TOLD[how] % (count, value))
    last = parts.pop()
    return f"{', '.join(parts)} and {last}" if parts else last


_SPLIT = re.compile(r"(\d+|x|a single)(?: of| with a (mean|sum) of)? (-?\d+|x)")


def _read(text: str) -> Data:
    def number(shown: str) -> int | None:
        return None if shown == "x" else 1 if shown == "a single" else int(shown)

    found = [(number(n), how or "of", number(v)) for n, how, v in _SPLIT.findall(text)]
    return tuple(found or [(1, "of", number(v)) for v in re.split(", | and ", text)])


_ONE = r"(?:-?\d+|x)"
_PART = rf"(?:a single {_ONE}|(?:\d+|x) (?:of {_ONE} each|with a (?:mean|sum) of {_ONE}))"


def _text(mean: Number) -> str:
    return f"{float(mean):g}"


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


# What a part may be: how many, and what is told of them. One part of six is a number on its own.
_GROUPS = tuple((count, how) for count in range(2, 13) for how in ("of", "mean"))
_COLD_PARTS = (*_GROUPS, *_GROUPS, *[(1, "of")] * 11)
_PARTS = (*_COLD_PARTS, *((count, "sum") for count in range(2, 13)))
# How many parts there are, by difficulty, where they are not a plain list.
_SIZES = (1, 2, 3, 4, 6)


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    plain = hidden == "number" and (difficulty == 1 or (difficulty == 2 and d.below(2) == 0))
    single = difficulty == 1 and not plain
    what = d.choice(_WARM if single else WHATS)
    cold = what in _COLD
    # Twice the mean: a whole number, also where the mean is one and a half.
    twice = 2 * (d.between(-9, 25) if cold else d.between(6, 70)) + (d.below(4) == 0)
    if single:
        count, twice = d.between(3, 40), twice + 2 * d.between(0, 29)
        count += twice * count % 2
        data = [(count, "sum", twice * count // 2)]
    else:
        size = 2 * difficulty + d.between(1, 2) if plain else _SIZES[difficulty - 1]
        data = _parts(d, twice, size, plain, hidden == "size", cold)
        if not data or _place(data, hidden) < 0:
            return None
    return {"name": d.choice(PEOPLE), "what": what, "data": tuple(data)}


def _parts(
    d: Draw, twice: int, size: int, plain: bool, grouped: bool, cold: bool
) -> list[tuple[int, str, int]]:
    """Parts with this mean, one of them a group if so asked; none where no last part fits."""
    if plain:
        twice -= twice * size % 2  # for a sum that is whole
    mean, spread = twice // 2, 12 if cold else 5 + twice // 4
    kinds = _COLD_PARTS if cold else _PARTS
    group = d.below(size - 1) if grouped else -1
    data, gap, taken = [], 0, 0  # the gap is twice what they are above the mean, all together
    for place in range(size - 1):
        if plain:
            count, how = 1, "of"
        elif place == group:
            count, how = d.choice(_GROUPS)
            taken = count
        else:
            count, how = d.choice(kinds)
        # On the other side of the mean than those before.
        more = d.between(-spread, spread) or 1
        value = mean - more if more * gap > 0 else mean + more
        if value < 1 and not cold:
            value = 1
        if how == "sum":
            value = count * value + d.below(count)
            gap += 2 * value - count * twice
        else:
            gap += count * (2 * value - twice)
        data.append((count, how, value))
    last = (1, "of", mean - gap // 2) if plain else _last(d, twice, gap, taken, cold)
    if not gap or (last[1] == "sum" if cold else last[2] < 1):
        return []
    data.insert(d.below(size), last)
    return data


def _last(d: Draw, twice: int, gap: int, taken: int, cold: bool) -> tuple[int, str, int]:
    """The part that closes the gap; a sum where no number does so several times."""
    # So many that no number below 1 is needed.
    first = max(d.between(3, 9), 0 if cold else -(-abs(gap) // (twice - 2)))
    for count in range(first, first + 5):
        value, rest = divmod(count * twice - gap, 2 * count)
        if not rest and count != taken:
            return count, d.choice(("of", "mean")), value
    first += (first * twice - gap) % 2
    return first, "sum", (first * twice - gap) // 2


def _place(data: Data, hidden: str) -> int:
    """The part that a reverse question hides something of: the first that it does not state as
    well; -1 where there is none."""
    if len(data) == 1:
        return 0
    counts, hows, values = zip(*data, strict=True)
    numbers = counts + values
    for at in range(len(data)):
        if hidden == "number":
            if numbers.count(values[at]) == 1:
                return at
        elif counts[at] > 1 and hows[at] != "sum" and numbers.count(counts[at]) == 1:
            return at
    return -1


def hide(facts: Facts, hidden: str) -> Facts:
    data = facts["data"]
    at = _place(data, hidden)
    count, how, value = data[at]
    part = (count, how, None) if hidden == "number" else (None, how, value)
    return facts | {"data": (*data[:at], part, *data[at + 1 :])}


def _sum(count: int, how: str, value: int) -> int:
    return value if how == "sum" else count * value


def _named(count: int, how: str, value: int) -> str:
    """A part after "The": single 30, 4 numbers of 20 each, 3 numbers with mean 56."""
    if how == "of":
        return f"single {value}" if count == 1 else f"{count} numbers of {value} each"
    return f"{count} numbers with {how} {value}"


def _added(a: float, b: float, form: str = "") -> str:
    """A sum, written as a difference where a number below 0 is added: 7 - 5 = 2."""
    return f"{a:{form}} {'+' if b >= 0 else '-'} {abs(b):{form}} = {a + b:{form}}"


def _taken(before: int, less: int) -> str:
    """A difference, written as a sum where a number below 0 is taken away: 7 + 5 = 12."""
    return f"{before} {'-' if less >= 0 else '+'} {abs(less)} = {before - less}"


def forward(facts: Facts) -> Solution:
    data = facts["data"]
    if len(data) == 1:
        ((count, _, total),) = data
        mean, result, divided = _divided(total, count)
        trace = (
            f"The mean shares the sum of {total} equally among {count} numbers, giving {result}."
        )
        return Solution(mean, trace, f"print({total} {divided} {count})")
    if _is_list(data):
        return _forward_list([value for _, _, value in data])
    total, size = 0, 0
    lines: list[str] = []
    counts, totals = [], []
    for count, how, value in data:
        name = _named(count, how, value)
        if count > 1 and how != "sum":
            own, shown = count * value, f"{count} * {value}"
            if lines:
                does = f"add {shown} = {own}, which makes {_added(total, own)}"
            else:
                does = f"add up to {shown} = {own}"
        else:
            own, shown = value, f"{value}"
            if lines:
                does = f"{'makes' if count == 1 else 'make'} it {_added(total, own)}"
            else:
                does = "is the sum so far" if count == 1 else f"give {own} to begin with"
        lines.append(f"The {name} {does}.")
        total += own
        size += count
        counts.append(f"{count}")
        totals.append(shown)
    mean, result, divided = _divided(total, size)
    sizes = " + ".join(counts)
    lines.append(f"There are {sizes} = {size} in all, so the mean is {result}.")
    program = f"count = {sizes}\ntotal = {' + '.join(totals)}\nprint(total {divided} count)"
    return Solution(mean, "\n".join(lines), program)


def _divided(total: int, count: int) -> tuple[Number, str, str]:
    """The mean, how it is found, and the operator that finds it in a program."""
    whole, rest = divmod(total, count)
    mean = Fraction(total, count) if rest else whole
    return mean, f"{total} / {count} = {_text(mean)}", "/" if rest else "//"


def _forward_list(numbers: list[int]) -> Solution:
    total, steps = numbers[0], []
    for value in numbers[1:]:
        steps.append(_added(total, value))
        total += value
    mean, result, divided = _divided(total, len(numbers))
    trace = (
        f"The numbers are added one by one, {', '.join(steps)}.\n"
        f"There are {len(numbers)} numbers, so the mean is {result}."
    )
    return Solution(mean, trace, f"numbers = {numbers}\nprint(sum(numbers) {divided} len(numbers))")


def reverse(facts: Facts, hidden: str) -> Solution:
    data, mean = facts["data"], facts["answer"]
    at = _place(data, hidden)
    rest = [*data[:at], *data[at + 1 :]]
    if not isinstance(mean, int):
        mean = float(mean)  # a half, so it is exact
    if hidden == "size":
        return _reverse_size(data[at], rest, mean)
    count, how, value = data[at]
    counts = [part[0] for part in data]
    size = sum(counts)
    left = int(size * mean)
    goal, totals = f"{size} * {mean}", []
    if _is_list(data):
        steps = []
        lines = [f"The {size} numbers must add up to {goal} = {left}."]
        for _, _, known in rest:
            steps.append(_taken(left, known))
            totals.append(f"{known}")
            left -= known
        lines.append(f"Taking the other numbers away, {', '.join(steps)}, so x = {left}.")
    else:
        sizes = " + ".join(map(str, counts))
        lines = [f"The count is {sizes} = {size}, so the sum must be {goal} = {left}."]
        for of, kind, known in rest:
            if of > 1 and kind != "sum":
                own, shown = of * known, f"{of} * {known}"
                worked = f", or {shown} = {own},"
            else:
                own, shown, worked = known, f"{known}", ""
            name = _named(of, kind, known)
            lines.append(f"Without the {name}{worked} it is {_taken(left, own)}.")
            totals.append(shown)
            left -= own
        if count == 1 or how == "sum":
            lines.append(f"So what is left is x = {left}.")
        else:
            lines.append(f"The {count} numbers share this, so x = {left} / {count} = {value}.")
    if isinstance(mean, float):
        goal = f"int({goal})"
    found = "rest" if count == 1 or how == "sum" else f"rest // {count}"
    program = f"rest = {goal} - ({' + '.join(totals)})\nprint({found})"
    return Solution(value, "\n".join(lines), program, {"x": value})


def _ratio(above: float, below: float) -> str:
    """A division of halves, without them where need be: 66.5 / 9.5 = 133 / 19 = 7."""
    shown = f"{above:g} / {below:g}"
    if above % 1 or below % 1:
        shown += f" = {2 * above:g} / {2 * below:g}"
    return f"{shown} = {above / below:g}"


def _reverse_size(part: tuple[int, str, int], rest: Data, mean: float) -> Solution:
    """The differences from the mean cancel out: what the others miss, this part makes up for."""
    count, _, value = part
    if not rest:
        ratio = _ratio(value, mean)
        trace = f"The sum of {value} is x times the mean of {mean}, so the count is x = {ratio}."
        return Solution(count, trace, f"print(int({value} / {mean}))", {"x": count})
    less = f" - {mean}" if mean >= 0 else f" + {-mean}"
    form = "" if isinstance(mean, int) else "g"  # 12 where halves come to 12.0
    lines: list[str] = []
    counts, totals, gap = [], [], 0
    for of, kind, number in rest:
        s, shown = "", f"{number}"
        if of == 1:
            s, more, found = "s", number - mean, f"{number}{less}"
        elif kind == "sum":
            more, found = number - of * mean, f"{number} - {of} * {mean}"
        else:
            more, found, shown = (
                of * (number - mean),
                f"{of} * ({number}{less})",
                f"{of} * {number}",
            )
        name = _named(of, kind, number)
        if lines:
            in_all = _added(gap, more, form)
            lines.append(f"The {name} differ{s} by {found} = {more:{form}}, in all {in_all}.")
        else:
            lines.append(f"The {name} differ{s} from the mean by {found} = {more:{form}}.")
        gap += more
        counts.append(f"{of}")
        totals.append(shown)
    each = value - mean
    lines.append(f"Each of the x numbers differs by {value}{less} = {each:{form}}.")
    lines.append(f"All differences cancel out, so x = {_ratio(abs(gap), abs(each))}.")
    program = (
        f"for x in range(1, 100):\n    count = {' + '.join(counts)} + x\n"
        f"    total = {' + '.join(totals)} + x * {value}\n"
        f"    if total == {mean} * count:\n        print(x)"
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
