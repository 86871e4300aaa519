"""Families of problems that know their own inverse: the inverter `program`.

Each module is one family. `make` gives the pair of a family, a difficulty and a seed:

>>> pair = make("linear_equation", 1, 0)
>>> pair.forward.answer == make("linear_equation", 1, 0).forward.answer
True
"""

from typing import NamedTuple

from r1k.families.base import Draw, Facts, Family, Solution, show, stated

class _Lazy(dict[str, Family]):  # TEMPORARY, while the families are being written
    def __missing__(self, name: str) -> Family:
        import importlib

        return importlib.import_module(f"r1k.families.{name}")  # type: ignore[return-value]


FAMILIES: dict[str, Family] = _Lazy()
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
        asked = d.choice(family.FORWARD).fill(show(facts, slots))
        answer = slots["answer"].text(forward.answer)
        if stated(answer, asked):
            continue
        facts["answer"] = forward.answer
        reverse = family.reverse(facts, hidden)
        given = slots[hidden].text(reverse.answer)
        back = d.choice(family.REVERSE[hidden]).fill(show(family.hide(facts, hidden), slots))
        if stated(given, back):
            continue
        return Twins(
            name, difficulty, seed, hidden, facts,
            Made(asked, answer, forward), Made(back, given, reverse),
        )  # fmt: skip
    raise RuntimeError(
        f"{name}: no problem of difficulty {difficulty} in 1,000 draws (seed {seed})"
    )
