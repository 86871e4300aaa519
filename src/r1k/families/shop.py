"""Shopping: what is left after buying several kinds of things, or what one of them costs.

    forward   Ravi has 50 euros. He buys 3 pens for 4 euros each. How much is left?       answer 38
    reverse   Ravi has 50 euros. He buys 3 pens for p euros each and has 38 euros left.
              What is p?                                                                  answer 4

The basket holds one to four kinds of things (difficulty 1: one thing of one kind). A reverse
question hides the money at the start, or the price of the first kind.
"""

import re
from collections.abc import Sequence
from typing import Any

from r1k.families.base import INT, Draw, Facts, Slot, Solution, one_of, phrasings
from r1k.families.words import PEOPLE, PERSON, THINGS, Thing

AREA = "story arithmetic"
SUMMARY = "money left after shopping; reverse: the money before, or the price of one thing"
VERSION = 2
MONEY = ("dollars", "euros", "pounds", "pesos", "rupees", "francs", "crowns")

# Of each kind how many, what, and at which price; None is the unknown price, written p.
Basket = Sequence[tuple[int, Thing, Any]]


def _show(basket: Basket) -> str:
    parts = [
        f"{n} {thing} at {'p' if price is None else price} each"
        if n > 1
        else f"1 {thing.one} at {'p' if price is None else price}"
        for n, thing, price in basket
    ]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


_PLURAL = {thing.one: thing for thing in THINGS} | {str(thing): thing for thing in THINGS}
_PART = re.compile(r"(\d+) ([a-z]+) at (\d+|p)(?: each)?(?:, | and |$)")


def _read(text: str) -> Basket:
    return tuple(
        (int(n), _PLURAL[thing], None if price == "p" else int(price))
        for n, thing, price in _PART.findall(text)
    )


SLOTS = {
    "name": PERSON,
    "money": one_of(MONEY, cosmetic=True),
    "basket": Slot(
        r"\d+ [a-z]+ at \w+(?: each)?(?:(?:, | and )\d+ [a-z]+ at \w+(?: each)?)*", _show, _read
    ),
    "start": INT,
    "price": INT,
    "answer": INT,
}
FORWARD = phrasings(
    SLOTS,
    "{name} has {start} {money} and buys {basket}. How many {money} are left?",
    "With {start} {money} in {name.his} pocket, {name} buys {basket}. How much money is left?",
    "{name} goes to the market with {start} {money}. {name.He} buys {basket}. "
    "How many {money} does {name.he} bring home?",
    "A shop sells {name} {basket}. {name.He} pays with {start} {money}. What is the change?",
    "{name} pays for {basket} from a purse of {start} {money}. How many {money} remain in it?",
    "There were {start} {money} on {name}'s card before {name.he} bought {basket}. "
    "How many {money} are on it now?",
    "What is left of {start} {money} once {name} has bought {basket}?",
    "{name} takes {basket} to the till and hands over {start} {money}. "
    "How many {money} does {name.he} get back?",
)
REVERSE = {
    "start": phrasings(
        SLOTS,
        "{name} buys {basket} and has {answer} {money} left. How many {money} did {name.he} have "
        "at first?",
        "After buying {basket}, {name} finds {answer} {money} in {name.his} pocket. "
        "How much money was there before?",
        "{name} buys {basket} at the market and brings {answer} {money} home. "
        "With how many {money} did {name.he} set out?",
        "A shop sells {name} {basket} and gives {name.him} {answer} {money} in change. "
        "How many {money} did {name.he} pay with?",
        "{name} bought {basket}, and now {answer} {money} are on {name.his} card. "
        "How many {money} were on it before?",
    ),
    "price": phrasings(
        SLOTS,
        "{name} has {start} {money}, buys {basket}, and has {answer} {money} left. What is p?",
        "Of {start} {money}, {answer} are left once {name} has bought {basket}. Find the price p.",
        "{name} pays {start} {money} for {basket} and gets {answer} {money} back. What is p?",
        "There were {start} {money} on {name}'s card. {name.He} bought {basket}, and {answer} "
        "are left. Which price is p?",
        "{name} took {start} {money} to the market, bought {basket}, and brought {answer} home. "
        "How many {money} is p?",
    ),
}


def draw(d: Draw, difficulty: int, hidden: str) -> Facts:
    most = (1, 9, 9, 9, 12)[difficulty - 1]
    things = d.sample(THINGS, max(1, difficulty - 1))
    basket = tuple(
        (d.between(min(2, most), most), thing, d.between(2, 30 if difficulty == 1 else 15))
        for thing in things
    )
    start = sum(n * price for n, _, price in basket) + d.between(2, 99)
    return {"name": d.choice(PEOPLE), "money": d.choice(MONEY), "basket": basket, "start": start}


def hide(facts: Facts, hidden: str) -> Facts:
    if hidden == "start":
        return {name: value for name, value in facts.items() if name != "start"}
    (n, thing, _), *rest = facts["basket"]
    return facts | {"basket": ((n, thing, None), *rest)}


def _cost(n: int, thing: Thing, price: int) -> str:
    return f"{n} {thing} for {n} * {price} = {n * price}" if n > 1 else f"1 {thing.one} for {price}"


def _program(basket: Basket) -> str:
    return " + ".join(f"{n} * {price}" for n, _, price in basket)


def forward(facts: Facts) -> Solution:
    basket, left, money = facts["basket"], facts["start"], facts["money"]
    lines = [f"The money in hand at the start is {left} {money}."]
    for n, thing, price in basket:
        before, left = left, left - n * price
        lines.append(f"Buy {_cost(n, thing, price)}, which leaves {before} - {n * price} = {left}.")
    return Solution(left, "\n".join(lines), f"print({facts['start']} - ({_program(basket)}))")


def reverse(facts: Facts, hidden: str) -> Solution:
    basket, start, left = facts["basket"], facts["start"], facts["answer"]
    if hidden == "start":
        lines = [f"The end is known, {left} {facts['money']}."]
        now = left
        for n, thing, price in reversed(basket):
            then, now = now, now + n * price
            lines.append(f"Undo {_cost(n, thing, price)}: before it {then} + {n * price} = {now}.")
        lines.append(f"So {facts['name']} began with {now} {facts['money']}.")
        return Solution(now, "\n".join(lines), f"print({left} + {_program(basket)})")
    (n, thing, price), *rest = basket
    spent = start - left
    lines = [f"The whole basket took {start} - {left} = {spent} {facts['money']}."]
    for count, other, known in rest:
        before, spent = spent, spent - count * known
        part = _cost(count, other, known)
        lines.append(f"Leave out {part}: the rest took {before} - {count * known} = {spent}.")
    if n > 1:
        lines.append(f"Each of the {n} {thing} took p = {spent} / {n} = {price}.")
    else:
        lines.append(f"That was for the {thing.one}, so p = {price}.")
    program = f"spent = {start} - {left}" + (f" - ({_program(rest)})" if rest else "")
    return Solution(price, "\n".join(lines), f"{program}\nprint(spent // {n})", {"p": price})


def solve_forward(facts: Facts) -> list[int]:
    """Buys one thing after the other."""
    left = facts["start"]
    for n, _, price in facts["basket"]:
        for _ in range(n):
            left -= price
    return [left]


def solve_reverse(facts: Facts, hidden: str) -> list[int]:
    """Takes everything back one thing at a time, or tries every price."""
    if hidden == "start":
        return [facts["answer"] + sum(price for n, _, price in facts["basket"] for _ in range(n))]
    (n, thing, _), *rest = facts["basket"]
    tried = ((price, facts | {"basket": ((n, thing, price), *rest)}) for price in range(200))
    return [price for price, whole in tried if solve_forward(whole) == [facts["answer"]]]
