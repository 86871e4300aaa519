"""Families of problems that know their own inverse: the inverter `program`.

Each module is one family. `make` gives the pair of a family, a difficulty and a seed:

>>> pair = make("linear_equation", 1, 0)
>>> pair.forward.answer == make("linear_equation", 1, 0).forward.answer
True
"""

from fractions import Fraction
from typing import Any, NamedTuple

from r1k.families import (
    ages,
    bayes,
    cipher,
    clock,
    committee,
    compound_interest,
    coordinates,
    derivative,
    gcd_lcm,
    journey,
    letter_moves,
    linear_equation,
    list_program,
    matrix,
    mean,
    mixture,
    modular_inverse,
    motion,
    number_base,
    percent_change,
    polynomial,
    pythagoras,
    rectangle,
    recurrence,
    remainders,
    route,
    seating,
    sequence,
    set_counts,
    shop,
    unit_conversion,
    urn,
    weekday,
    work_rate,
)
from r1k.families.base import Draw, Facts, Family, Solution, stated
from r1k.families.words import Wording
from r1k.schema import canonical

FAMILIES: dict[str, Family] = {
    "ages": ages,
    "bayes": bayes,
    "cipher": cipher,
    "clock": clock,
    "committee": committee,
    "compound_interest": compound_interest,
    "coordinates": coordinates,
    "derivative": derivative,
    "gcd_lcm": gcd_lcm,
    "journey": journey,
    "letter_moves": letter_moves,
    "linear_equation": linear_equation,
    "list_program": list_program,
    "matrix": matrix,
    "mean": mean,
    "mixture": mixture,
    "modular_inverse": modular_inverse,
    "motion": motion,
    "number_base": number_base,
    "percent_change": percent_change,
    "polynomial": polynomial,
    "pythagoras": pythagoras,
    "rectangle": rectangle,
    "recurrence": recurrence,
    "remainders": remainders,
    "route": route,
    "seating": seating,
    "sequence": sequence,
    "set_counts": set_counts,
    "shop": shop,
    "unit_conversion": unit_conversion,
    "urn": urn,
    "weekday": weekday,
    "work_rate": work_rate,
}
DIFFICULTIES = (1, 2, 3, 4, 5)


class Made(NamedTuple):
    """One problem of a made pair; all texts, but for `solution`, which holds the values too."""

    question: str
    answer: str
    solution: Solution


class Twins(NamedTuple):
    """A forward and a reverse problem; `facts` holds all slots, `hidden` names the unknown."""

    family: str
    difficulty: int
    seed: int
    hidden: str
    facts: Facts
    forward: Made
    reverse: Made

    def texts(self) -> list[str]:
        """Both questions and both traces."""
        sides = (self.forward, self.reverse)
        return [side.question for side in sides] + [side.solution.trace for side in sides]


def make(name: str, difficulty: int, seed: int) -> Twins:
    """The pair of a family, a difficulty (1 to 5) and a seed: always the same.

    Raises:
        RuntimeError: the family finds no problem of this difficulty.
    """
    family = FAMILIES[name]
    slots = family.SLOTS
    d = Draw(f"{name} {family.VERSION} {difficulty} {seed}")
    options = tuple(family.REVERSE)
    for _ in range(1000):
        hidden = d.choice(options)
        facts = family.draw(d, difficulty, hidden)
        if facts is None:
            continue
        forward = family.forward(facts)
        asked = d.choice(family.FORWARD).fill(facts)
        answer = slots["answer"].text(forward.answer)
        if stated(answer, asked):
            continue
        facts["answer"] = forward.answer
        reverse = family.reverse(facts, hidden)
        given = slots[hidden].text(reverse.answer)
        back = d.choice(family.REVERSE[hidden]).fill(family.hide(facts, hidden))
        if stated(given, back):
            continue
        return Twins(
            name, difficulty, seed, hidden, facts,
            Made(asked, answer, forward), Made(back, given, reverse),
        )  # fmt: skip
    raise RuntimeError(
        f"{name}: no problem of difficulty {difficulty} in 1,000 draws (seed {seed})"
    )


def parameters(pair: Twins) -> str:
    """The givens as canonical JSON, without names, things and other cosmetics: two pairs of a
    family with equal parameters are one problem in two wordings."""
    slots = FAMILIES[pair.family].SLOTS
    kept = {
        name: _plain(value)
        for name, value in pair.facts.items()
        if name != "answer" and not slots[name].cosmetic
    }
    return canonical(kept).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value if not isinstance(part, Wording)]
    return str(value) if isinstance(value, Fraction) else value
