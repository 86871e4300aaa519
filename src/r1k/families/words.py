"""Names and things for stories. As many women as men, names from many places, all one word."""

from collections.abc import Sequence
from typing import TypeVar

from r1k.families.base import Slot

_WOMEN = """
Aisha Amara Anna Beatriz Carmen Chloe Dalia Elena Emma Fatima Freya Grace Hana Ines Ingrid Jana
Kavya Keiko Laila Leila Lucia Maya Mei Mina Nadia Naomi Nia Noor Olivia Priya Rosa Ruth Sana Sofia
Tara Thandi Uma Yara Zainab Zoe
"""
_MEN = """
Adam Ahmed Amir Andre Arjun Ben Carlos Chen Daniel Diego Emil Ethan Farid Felix Hassan Hiro Ibrahim
Ivan Jamal Jin Jonas Kofi Kwame Leo Liam Luis Marco Mateo Milan Nikhil Omar Oscar Pavel Rafael Ravi
Samuel Tomas Viktor Wei Yusuf
"""


T = TypeVar("T", bound=str)


def word_slot(options: Sequence[T], pattern: str) -> Slot:
    """A cosmetic slot for one of many words; faster to read than a list of alternatives."""
    known = {str(option): option for option in options}
    return Slot(pattern, read=known.__getitem__, cosmetic=True)


class Person(str):
    """A first name; `he`, `his` and `him` are its pronouns, `He` and `His` open a sentence."""

    @property
    def he(self) -> str:
        return "she" if self in _SHE else "he"

    @property
    def his(self) -> str:
        return "her" if self in _SHE else "his"

    @property
    def him(self) -> str:
        return "her" if self in _SHE else "him"

    @property
    def He(self) -> str:
        return "She" if self in _SHE else "He"

    @property
    def His(self) -> str:
        return "Her" if self in _SHE else "His"


_SHE = frozenset(_WOMEN.split())
PEOPLE = tuple(
    Person(name) for both in zip(_WOMEN.split(), _MEN.split(), strict=True) for name in both
)
PERSON = word_slot(PEOPLE, "[A-Z][a-z]+")


_THINGS = """
apples/apple pears/pear plums/plum lemons/lemon oranges/orange melons/melon carrots/carrot
onions/onion cookies/cookie muffins/muffin pies/pie buns/bun eggs/egg jars/jar pens/pen
pencils/pencil books/book notebooks/notebook rulers/ruler stamps/stamp cards/card posters/poster
balls/ball kites/kite marbles/marble puzzles/puzzle drums/drum masks/mask shirts/shirt hats/hat
scarves/scarf socks/sock belts/belt chairs/chair lamps/lamp clocks/clock mugs/mug plates/plate
bowls/bowl spoons/spoon seeds/seed tulips/tulip roses/rose shells/shell stones/stone tiles/tile
bricks/brick beads/bead buttons/button tickets/ticket badges/badge coins/coin keys/key
batteries/battery cables/cable
"""
_ONE: dict[str, str] = dict(entry.split("/") for entry in _THINGS.split())


class Thing(str):
    """A plural noun; `one` is its singular."""

    @property
    def one(self) -> str:
        return _ONE[self]


THINGS = tuple(Thing(name) for name in _ONE)
THING = word_slot(THINGS, "[a-z]+")
