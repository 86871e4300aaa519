"""Money that grows by interest: simple interest at difficulty 1, compound interest above, with
deposits and withdrawals from difficulty 3 on.

    forward   At compound yearly interest an account with 4000 euros goes through 2 years at 5%,
              then a deposit of 590, then 1 year at 4%. What is in it at the end?     answer 5200
    reverse   After 2 years at 5%, then a deposit of 590, then 1 year at 4%, an account at compound
              yearly interest has 5200 euros. What was in it at first?                answer 4000

A plan is a tuple of periods (years, rate) and of moves (0, amount), a withdrawal being negative. A
reverse question hides the money at the start, or the rate of one period. What there is at the end
is kept in cents.
"""

from collections.abc import Sequence
from math import gcd
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings, without
from r1k.families.words import PEOPLE, PERSON, word_slot

AREA = "percentages"
SUMMARY = "money after years of interest; reverse: the money at the start, or a rate of interest"
VERSION = 3
MONEY = ("dollars", "euros", "pounds", "pesos", "rupees", "francs", "crowns")
GOALS = (
    *"a boat/a bicycle/a piano/a violin/a telescope/a greenhouse/a kiln/a loom/a tractor".split(
        "/"
    ),
    *"a garden shed/a new kitchen/a new roof/a long journey/a trip to Peru/a trip to Japan".split(
        "/"
    ),
    *"a trip to Kenya/a year abroad/a language course/a sewing machine/a camper van".split("/"),
    *"a fishing boat/a flower shop/a small bakery/a food stall/a bookshop/a wedding".split("/"),
    *"a big party/a family visit/a horse/a beehive/a pottery class/a flying lesson".split("/"),
    *"a solar panel/a wood stove/a cargo bike/a drum kit/a harp/a cello/a film camera".split("/"),
)

# The rate None is the unknown one, written p.
Plan = Sequence[tuple[int, Any]]


def _show(plan: Plan) -> str:
    parts = []
    for years, x in plan:
        if years:
            rate = "p" if x is None else x
            parts.append(f"{years} year{'s' * (years > 1)} at {rate}%")
        else:
            parts.append(f"a deposit of {x}" if x > 0 else f"a withdrawal of {-x}")
    return ", then ".join(parts)


def _read(text: str) -> Plan:
    plan: list[tuple[int, Any]] = []
    for part in text.split(", then "):
        first, _, _, last, *_ = part.split(" ")
        if first == "a":
            plan.append((0, int(last) if part.startswith("a deposit") else -int(last)))
        else:
            rate = last.removesuffix("%")
            plan.append((int(first), None if rate == "p" else int(rate)))
    return tuple(plan)


def _money(cents: int) -> str:
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02}" if rest else f"{whole}"


def _cents(text: str) -> int:
    whole, _, rest = text.partition(".")
    return 100 * int(whole) + int(rest or 0)


_PART = r"(?:\d+ years? at (?:\d+|p)%|a (?:deposit|withdrawal) of \d+)"
SLOTS = {
    "name": PERSON,
    "goal": word_slot(GOALS, "a [A-Za-z ]+"),
    "money": one_of(MONEY, cosmetic=True),
    "kind": one_of(("simple", "compound")),
    "plan": Slot(rf"{_PART}(?:, then {_PART})*", _show, _read),
    "start": INT,
    "rate": INT,
    "answer": Slot(r"\d+(?:\.\d\d)?", _money, _cents),
}
FORWARD = phrasings(
    SLOTS,
    "{name} opens an account at {kind} yearly interest with {start} {money}. After {plan}, {name} "
    "wants to pay for {goal}. How many {money} are there then?",
    "Saving for {goal} at {kind} yearly interest, {name} leaves {start} {money} in the bank "
    "through {plan}. Which sum does {name} get?",
    "With {kind} yearly interest, {name}'s plan for {goal} is {start} {money}, then {plan}. "
    "What sum does {name} reach?",
    "How much does {name} have for {goal} after {plan}, if {start} {money} were there at first and "
    "the yearly interest is {kind}?",
    "A bank with {kind} yearly interest got {start} {money} from {name}. It pays back, after "
    "{plan}, just enough for {goal}. How many {money} is that?",
    "Dreaming of {goal}, {name} puts {start} {money} into a fund at {kind} yearly interest. "
    "What does {name} get out after {plan}?",
    "For {goal}, {name} needs to know what, at {kind} yearly interest, {start} {money} become "
    "through {plan}. Work it out.",
    "Through {plan}, {name}'s {start} {money} are kept at {kind} yearly interest. What can {name} "
    "then spend on {goal}?",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "At {kind} yearly interest, {name} opened an account. After {plan}, {name} has {answer} "
        "{money} for {goal}. What sum did {name} open it with?",
        "After {plan}, {name} has {answer} {money} for {goal}, thanks to {kind} yearly interest. "
        "What did {name.he} start with?",
        "At {kind} yearly interest, what must {name} bring, so that after {plan} there are "
        "{answer} {money} for {goal}?",
        "A fund at {kind} yearly interest pays {name} {answer} {money} for {goal}. Before that it "
        "saw {plan}. How many {money} did {name} put in?",
        "{name}'s plan for {goal}, at {kind} yearly interest, ends with {answer} {money}. It is "
        "{plan}. What sum does {name} need at the start?",
    ),
    "rate": phrasings(
        SLOTS,
        "{name} opens an account at {kind} yearly interest with {start} {money}. After {plan}, "
        "{name} has {answer} {money} for {goal}. What is p?",
        "A bank with {kind} yearly interest makes {answer} {money} of {name}'s {start} through "
        "{plan}, which is enough for {goal}. Find p.",
        "At {kind} yearly interest {name}'s {start} {money} became {answer} for {goal}, through "
        "{plan}. Which number is p?",
        "With {kind} yearly interest, {name} needs {answer} {money} for {goal} and has {start}. "
        "Which p makes it work: {plan}?",
        "A fund at {kind} yearly interest turned {start} {money} of {name} into {answer}, enough "
        "for {goal}. The fund saw {plan}. What is p?",
    ),
}

_RATES = (2, 4, 5, 6, 8, 10, 12, 14, 15, 16, 18, 20, 24, 25, 30)
# For several years in a row only rates that leave easy numbers, the easiest more often.
_LONG_RATES = (4, 5, 5, 8, 10, 10, 12, 15, 15, 16, 20, 20, 25, 30, 30)
# By difficulty, how long the periods may be; a move lies between one and the next.
_YEARS = (
    ((1,),),
    ((2,),),
    ((3,), (1, 1), (1, 1)),
    ((2, 1), (1, 2)),
    ((2, 2, 1), (2, 1, 2), (1, 2, 2)),
)


# What a year multiplies by, as a fraction in lowest terms: (21, 20) for 5%.
_PARTS = {rate: ((100 + rate) // gcd(rate, 100), 100 // gcd(rate, 100)) for rate in range(1, 101)}
_GROWTHS = {rate: f"{100 + rate}/100 = {top}/{bottom}" for rate, (top, bottom) in _PARTS.items()}


def _clean(d: Draw, years: int, rate: int, whole: bool, low: int, high: int) -> tuple[int, int]:
    """Money in these bounds that mostly makes whole cents each year, or even whole money, and
    the cents that it grows to: 0 where some year is too hard, also for rounder money."""
    bottom = _PARTS[rate][1]
    step = bottom
    if years > 1:
        step *= bottom if whole or years > 2 else d.choice((5, 10, bottom))
    first, end = -(-low // step), high // step
    if first > end:
        return 0, 0
    n = d.between(first, end)
    grown = _grown(100 * step * n, years, rate)
    if not grown and n - n % 10 >= first:
        n -= n % 10
        grown = _grown(100 * step * n, years, rate)
    return step * n, grown


def _grown(cents: int, years: int, rate: int) -> int:
    """The money after these years; 0 where some year is not easy enough to calculate."""
    digits, rate_digits = _digits(cents), _digits(rate)
    for _ in range(years):
        if cents * rate % 100 or digits * rate_digits >= 100_000:
            return 0
        cents += cents * rate // 100
        digits = _digits(cents)
    return cents if digits < 100_000 else 0


def _digits(cents: int) -> int:
    """The money without the zeros at its end: what one has to calculate with."""
    while cents % 10 == 0:
        cents //= 10
    return cents


def draw(d: Draw, difficulty: int, hidden: str) -> Facts | None:
    plan: list[tuple[int, int]] = []
    if difficulty == 1:
        rate = d.between(2, 15)
        start = 100 * d.between(2, 99)
        plan.append((d.between(2, 12), rate))
    else:
        start = _plan(d, difficulty, hidden == "rate", plan)
        if not start:
            return None
    return {
        "name": d.choice(PEOPLE), "goal": d.choice(GOALS), "money": d.choice(MONEY),
        "kind": "compound" if difficulty > 1 else "simple", "start": start, "plan": tuple(plan),
    }  # fmt: skip


def _plan(d: Draw, difficulty: int, whole: bool, plan: list[tuple[int, int]]) -> int:
    """Fills the plan and gives the money at its start; 0 where some year is not easy enough."""
    start = value = 0
    lengths = d.choice(_YEARS[difficulty - 1])
    for place, years in enumerate(lengths):
        rate, now = d.choice(_RATES if years == 1 else _LONG_RATES), value // 100
        if whole and rate in [x for _, x in plan]:  # a reverse question would state its answer
            return 0
        low, high = (max(100, now // 2), now + 5000) if plan else (200, 16000)
        target, grown = _clean(d, years, rate, whole or place < len(lengths) - 1, low, high)
        if not grown or value % 100 or abs(target - now) < 10:
            return 0
        if plan:
            plan.append((0, target - now))
        else:
            start = target
        plan.append((years, rate))
        value = grown
    return start


def _place(plan: Plan) -> int:
    """Which rate a reverse question hides: any, but always the same of one problem."""
    places, total = [], 0
    for place, (years, x) in enumerate(plan):
        if years:
            places.append(place)
            total += x
    return places[total % len(places)]


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return without(facts, hidden)
    plan = facts["plan"]
    return facts | {"plan": _hidden(plan, _place(plan))}


def _hidden(plan: Plan, at: int) -> Plan:
    """The plan without this rate."""
    return (*plan[:at], (plan[at][0], None), *plan[at + 1 :])


def _scaled(cents: int, shown: str, top: int, bottom: int) -> tuple[int, str, str]:
    """top/bottom of some money, its text, and how it is found: 400 / 20 * 21 = 20 * 21 = 420."""
    part = cents // bottom
    cents = part * top
    result = _money(cents)
    return cents, result, f"{shown} / {bottom} * {top} = {_money(part)} * {top} = {result}"


def _name(x: int) -> str:
    return "deposit" if x > 0 else "withdrawal"


def _moved(cents: int, shown: str, x: int) -> tuple[int, str, str]:
    """Money after a deposit or a withdrawal, its text, and how it is found."""
    cents += 100 * x
    result = _money(cents)
    return cents, result, f"{shown} {'+' if x > 0 else '-'} {abs(x)} = {result}"


def _fraction(cents: int) -> str:
    return f"Fraction({cents // 100})" if cents % 100 == 0 else f'Fraction("{_money(cents)}")'


def _program(first: str, plan: Plan) -> str:
    """Lines that follow a plan, with the variable p for an unknown rate."""
    code = ""
    for years, x in plan:
        if years:
            top = "100 + p" if x is None else 100 + x
            first += f" * Fraction({top}, 100)" + f" ** {years}" * (years > 1)
        else:
            code += f"money = {first} {'+' if x > 0 else '-'} {abs(x)}\n"
            first = "money"
    return f"{code}money = {first}\n"


def forward(facts: Facts) -> Solution:
    start, plan, money = facts["start"], facts["plan"], facts["money"]
    if facts["kind"] == "simple":
        ((years, rate),) = plan
        yearly, gain = start * rate // 100, years * start * rate // 100
        trace = (
            f"The interest of each year is {start} * {rate} / 100 = {yearly}.\n"
            f"In {years} years that is {years} * {yearly} = {gain}, "
            f"which makes {start} + {gain} = {start + gain} {money}."
        )
        program = f"interest = {start} * {rate} // 100\nprint({start} + {years} * interest)"
        return Solution(100 * (start + gain), trace, program)
    lines, cents, shown, year = [], 100 * start, f"{start}", 0
    for years, x in plan:
        if not years:
            cents, shown, found = _moved(cents, shown, x)
            lines.append(f"The {_name(x)} makes it {found}.")
        for _ in range(years):
            year += 1
            more = cents * x // 100
            cents += more
            gain, before, shown = _money(more), shown, _money(cents)
            lines.append(
                f"The interest of year {year} is {before} * {x} / 100 = {gain}, "
                f"which makes {before} + {gain} = {shown}."
            )
    lines.append(f"So {facts['name']} has {shown} {money} at the end.")
    program = f"from fractions import Fraction\n{_program(f'Fraction({start})', plan)}"
    program += "print(money)" if cents % 100 == 0 else 'print(f"{float(money):.2f}")'
    return Solution(cents, "\n".join(lines), program)


def _undo(plan: Plan, cents: int, year: int, lines: list[str]) -> tuple[int, str]:
    """The money before a plan that ends with this year, and its text."""
    shown = _money(cents)
    for years, x in reversed(plan):
        if not years:
            cents, shown, found = _moved(cents, shown, -x)
            lines.append(f"The sum before the {_name(x)} was {found}.")
            continue
        top, bottom = _PARTS[x]
        for _ in range(years):
            cents, shown, found = _scaled(cents, shown, bottom, top)
            lines.append(f"The sum before year {year} was {found}, since {_GROWTHS[x]}.")
            year -= 1
    return cents, shown


def reverse(facts: Facts, hidden: str) -> Solution:
    start, plan, end = facts["start"], facts["plan"], facts["answer"]
    if facts["kind"] == "simple":
        return _reverse_simple(facts, hidden)
    lines: list[str] = []
    all_years = sum([years for years, _ in plan])
    if hidden == "start":
        cents, shown = _undo(plan, end, all_years, lines)
        lines.append(f"So {facts['name']} had {shown} {facts['money']} at the start.")
        code, money = "from fractions import Fraction\n", _fraction(end)
        for years, x in reversed(plan):
            if years:
                power = f" ** {years}" if years > 1 else ""
                code += f"money = {money} / Fraction({100 + x}, 100){power}\n"
                money = "money"
            else:
                money = f"(money {'-' if x > 0 else '+'} {abs(x)})"
        return Solution(cents // 100, "\n".join(lines), code + "print(money)")
    at = _place(plan)
    years, rate = plan[at]
    _, after = _undo(plan[at + 1 :], end, all_years, lines)
    cents, shown, year = 100 * start, f"{start}", 0
    for count, x in plan[:at]:
        if not count:
            cents, shown, found = _moved(cents, shown, x)
            lines.append(f"The sum after the {_name(x)} was {found}.")
            continue
        top, bottom = _PARTS[x]
        for _ in range(count):
            year += 1
            cents, shown, found = _scaled(cents, shown, top, bottom)
            lines.append(f"The sum after year {year} was {found}, since {_GROWTHS[x]}.")
    top, bottom = _PARTS[rate]
    growth = f"{after}/{shown}"
    if years == 1:
        lines.append(f"The growth factor at p% is {growth} = {top}/{bottom} = {100 + rate}/100.")
        lines.append(f"So the rate is p = {100 + rate} - 100 = {rate}.")
    else:
        reduced = f"{top**years}/{bottom**years}"
        if growth != reduced:
            growth += f" = {reduced}"
        powers = f"{top}^{years}/{bottom}^{years}"
        lines.append(f"The growth factor of {years} years at p% is {growth} = {powers}.")
        _, first, found = _scaled(cents, shown, top, bottom)
        lines.append(f"So one year makes {shown} into {found}.")
        lines.append(f"With {first}/{shown} = {100 + rate}/100 the rate is p = {rate}.")
    code = _program(f"Fraction({start})", _hidden(plan, at)).replace("\n", "\n    ")
    program = (
        f"from fractions import Fraction\nfor p in range(1, 101):\n    {code}"
        f"if money == {_fraction(end)}:\n        print(p)"
    )
    return Solution(rate, "\n".join(lines), program, {"p": rate})


def _quotient(above: int, below: int) -> str:
    """A division without rest, tens and ones apart."""
    tens, ones = divmod(above // below, 10)
    rest = above - 10 * tens * below
    if not tens:
        return f"Divide: {below} * {ones} = {above}."
    first = f"Divide: {below} * {10 * tens} = {10 * tens * below}"
    if not ones:
        return f"{first}."
    left = f"{above} - {10 * tens * below} = {rest}"
    return f"{first} leaves {left}, which is {below} * {ones} = {rest}."


def _reverse_simple(facts: Facts, hidden: str) -> Solution:
    start, end = facts["start"], facts["answer"] // 100
    ((years, rate),) = facts["plan"]
    if hidden == "start":
        whole = 100 + years * rate
        trace = (
            f"The {years} years add {years} * {rate} = {years * rate} percent, so {end} is {whole} "
            f"percent of the start.\n"
            f"{_quotient(end, whole)}\n"
            f"So one percent is {start // 100}, and the start was {start // 100} * 100 = {start} "
            f"{facts['money']}."
        )
        return Solution(start, trace, f"print({end} * 100 // (100 + {years} * {rate}))")
    gain = end - start
    yearly = gain // years
    common = gcd(rate, 100)
    share = f"{yearly}/{start}" + (f" = {rate // common}/{100 // common}" if common > 1 else "")
    trace = (
        f"The interest is {end} - {start} = {gain}, or {gain} / {years} = {yearly} in each year.\n"
        f"Of {start} that is {share} = {rate}/100, so p = {rate}."
    )
    program = f"yearly = ({end} - {start}) // {years}\nprint(yearly * 100 // {start})"
    return Solution(rate, trace, program, {"p": rate})


def _end(facts: Facts, start: int, plan: Plan) -> tuple[int, int]:
    """The money at the end, as a fraction that is never reduced."""
    top, bottom = start, 1
    for years, x in plan:
        if not years:
            top += x * bottom
        elif facts["kind"] == "simple":
            top, bottom = top * (100 + years * x), bottom * 100
        else:
            top, bottom = top * (100 + x) ** years, bottom * 100**years
    return top, bottom


def solve_forward(facts: Facts) -> list[int]:
    """All multiplications first, one division at the end."""
    top, bottom = _end(facts, facts["start"], facts["plan"])
    return [100 * top // bottom] if 100 * top % bottom == 0 else []


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """The end is linear in the start: two trials, 0 and 1, tell which start fits. Of the rates
    every one is tried."""
    plan, answer = facts["plan"], facts["answer"]
    if hidden == "start":
        at_0, bottom = _end(facts, 0, plan)
        slope = 100 * (_end(facts, 1, plan)[0] - at_0)
        rest = answer * bottom - 100 * at_0
        return [rest // slope] if rest % slope == 0 else []
    at = next(place for place, (_, x) in enumerate(plan) if x is None)
    found = []
    for rate in range(1, 101):
        tried = (*plan[:at], (plan[at][0], rate), *plan[at + 1 :])
        top, bottom = _end(facts, facts["start"], tried)
        if 100 * top == answer * bottom:
            found.append(rate)
    return found
