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


class Wording(str):
    """A text inside a fact that does not change the problem: left out of its parameters."""


class Person(Wording):
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


class Thing(Wording):
    """A plural noun; `one` is its singular."""

    @property
    def one(self) -> str:
        return _ONE[self]


THINGS = tuple(Thing(name) for name in _ONE)
THING = word_slot(THINGS, "[a-z]+")

_WORDS = """
ant ape arm art ash axe bag bar bat bay bed bee bib bin box boy bud bug bun bus cab can cap car cat
cow cry cub cup dad day den dew dig dog dot dry ear eat egg elf elm eye fan far fig fin fir fit fly
fog fox fun fur gap gas gem gym ham hat hay hen hip hop hot hug hut ice ink inn ivy jam jar jaw jet
job jog joy jug key kid kit lab lap law leg lid lip log low mad man map mat men mix mob mop mud mug
nap net new nib nod nut oak oar odd oil old ore owl own pad pan paw pay pea pen pet pie pig pin pit
pod pot pup rag ram ran rat raw ray red rib rid rim rob rod row rub rug run rye sad sap saw say sea
see set sip sir sit six sky sly sob son soy spa sun tab tag tan tap tax tea ten tie tin tip toe ton
top toy try tub tug two urn use van vet wag war wax way web wet wig win wit yak yam yes zip zoo acre
also arch area atom aunt axis bank beak bean beat bell belt best bird bite blue boat bone book bowl
bulb bush cafe calf call calm camp cane cape care chin chip city clay clip club coal coin cold cost
crab crew cube curl dark dash date dawn deal deck deep deer desk dish dive dock doll door dove down
drum duck dune dust east echo edge face fact fall fast fern find fire fish five flag flat foam fold
fork four frog fuel game gate glad glue goal goat gold golf good grab gray grid hall harp hawk head
herb high hike hill hint hive hold home hood hook hope huge hunt iron jazz kelp kind knee lake lamp
land lane late left lens life lift lily lime line lion list loaf lock loft long luck lung mane maze
meal meat melt menu milk mill mind mint mist moon moth move myth nail name nest news nice noon nose
oval oven pack page pail palm park part past path peak pier pine pipe plum poem poet pole pony pool
post quiz race raft rail rain ramp rich ring road robe rock roof room root rope rose sail sand seat
seed ship shoe sign skin slow snow soap sock song soup spot stem suit surf swan swim tail tale talk
tape tent time tool tour town trap tree tune twin unit vine walk wall warm wash wave week west wide
wind wish wolf wool word work year zero zone acorn actor album angel apple apron arrow atlas beach
berry blade blank board boost booth bride brown cabin cable camel candy canoe cargo cause cedar
chain chair chalk charm chest civic claim class clean cliff clock clown coach coast cocoa comet
coral court cover crane cream crown crumb curve daily dairy dance depth diary dough dozen draft
dream drift drink eagle elbow equal essay event fable fence fever field floor fluid focus fresh
ghost giant glass glove goose grain grape great guest heart hedge honey hotel ivory jeans jelly
jewel juice karma kayak kiosk knife koala label large laser latch layer lemon level light lilac
llama lodge lotus lunch maple melon mercy merry meter model money month moose motor mouth movie
music nacho nerve night noble north nurse oasis olive onion opera orbit organ otter paint panda
paper party peach penny petal photo piano pilot pizza plain plant plate pride print prize proud
pupil puppy quick radio ranch rapid razor ready relay ridge river robin robot rough route royal
salad sauce scale scene score shade shark sheep sheet shelf shell shine shirt shore short skill
slice slide smile smoke snail snake sound south spoon squad stage stair stand steam steel store
stove sunny sweet taste teach theme thumb topic torch tower trade treat trunk tulip union urban
vapor villa viola voice watch wheat wheel white wrist yacht young youth zebra acting animal artist
bakery bamboo banana banker barber basket beacon beaver beetle bishop blouse border bottle branch
bridge bronze bucket budget camera campus candle canyon carpet carrot cattle celery cellar cement
cherry chorus circus collar column copper corner cruise custom dancer danger decade desert dinner
divide doctor donkey drawer eating editor eleven empire energy engine estate family famous farmer
father finger flavor forest frozen galaxy garage garden garlic gentle growth guitar hamper health
humble hunger hunter insect jacket jaguar jersey jingle jungle kernel kitten ladder lagoon laptop
launch lawyer leader legend lesson letter liquid listen lively lizard locket lumber manner mantle
marble market marvel melody member middle mirror mitten modern moment mother motion muscle museum
napkin nature nectar needle nephew nimble number object office orange orchid oxygen oyster packet
palace parade parrot pastry pencil pepper period pickle pillow pirate police polish powder prince
puddle racket raisin reason rescue reward ribbon ripple rocket saddle safari sailor sample school
screen season second shadow shower silver simple singer sketch smooth soccer square stable statue
stream street string studio sunset switch target temple ticket timber tissue tomato treaty tunnel
turkey turtle twelve vanity vision waiter walnut walrus wander winner wisdom wizard wonder wooden
yellow academy account amateur ancient archive attract balloon bicycle blossom captain caravan
central century chicken chimney circuit citizen classic clothes college compass courage culture
curtain customs deliver density desktop dolphin emerald emotion evening example feather fishing
fitness foreign formula fragile freedom freight gallery garbage gateway general glacier gondola
grammar granite gravity grocery hammock harvest history husband initial journal journey juniper
kingdom kitchen logical massive measure medical mention mermaid message miracle monarch morning
mystery nothing nuclear octopus orchard organic ostrich outdoor outline package partner passage
payment peacock peasant penguin perfect perfume picture pilgrim pioneer popcorn portion poultry
printer program promise protein quarter raccoon rainbow receipt recycle reflect regular reserve
satchel section servant silence slipper society spinach success surgeon teacher thermal tractor
unicorn unknown vanilla variety vehicle village visitor website weekend welcome whistle absolute
aluminum anything aquarium artistic baseball birthday calendar cardinal cellular champion children
cinnamon concrete constant contrast creature daughter dialogue dinosaur director document dynamics
economic electric emphasis engineer evidence exercise explorer football friendly goldfish gorgeous
graduate hydrogen industry investor keyboard language laughter lavender learning lifetime location
magazine magician mandolin marathon marigold material medicine merchant midnight molecule momentum
mosquito mushroom national navigate neighbor nutshell occasion operator opposite ordinary organist
overcoat parallel passport patience peaceful personal physical pleasure position practice precious
raindrop reaction relation relative reporter resident resource sculptor seahorse security sidewalk
southern splendid squirrel standard strategy strength suitcase sunlight surprise symphony teaspoon
telegram thousand tortoise treasure vineyard waterway wireless workshop yearbook zucchini
"""
# By length.
WORDS = {n: tuple(word for word in _WORDS.split() if len(word) == n) for n in range(3, 9)}
